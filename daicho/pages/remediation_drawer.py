"""The drawer of one remediation: its facts, the second person's decision, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from daicho import remediating
from daicho.errors import UsageError
from daicho.pages import destruction, frame, words
from daicho.pages.context import PageContext
from daicho.pages.remediation_words import FAULT, KIND, REFUSED, SEEN, STATE, WISH
from daicho.pages.steps import why_not
from daicho.remediating import RemediationFailedError
from daicho.workspace import Workspace
from registry import remediation, remediation_steps
from registry.access import allowed, today_in_japan
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import Permission, Principal, UnitId
from registry.remediation_states import (
    REASON_LENGTH,
    RUNNABLE,
    DestructionCertificate,
    Remediation,
    RemediationId,
    RemediationKind,
    RemediationState,
    Seen,
)
from registry.views import note_export
from remediation.errors import Fault

SAID = "remediation-said"
_ASKED, _ANSWER = "remediation-asked", "remediation-answer"


def show(remediation_id: RemediationId, names: Mapping[UnitId, str], context: PageContext) -> None:
    """Open the drawer on the right; it asks the registry anew in the name of the person."""
    text = context.text
    try:
        with context.read() as tx:
            each = remediation.remediation(tx, remediation_id)
            handles = allowed(tx, Permission.HANDLE_CASES, each.unit_id)
            decides = allowed(tx, Permission.DECIDE_CASES, each.unit_id)
            proof = remediation_steps.certificate(tx, each.id) if each.certificate_number else None
    except (AccessDenied, NotFound):
        frame.message(text("この是正は見つからないか、閲覧できません。"))
        return

    @st.dialog(text(KIND[each.kind]), position="right", width="medium", on_dismiss=_closed)
    def drawer() -> None:
        frame.facts(_facts(each, names, context))
        if each.state is RemediationState.PROPOSED:
            _decision(each, decides, context)
        elif each.kind.is_exclusion:
            if decides and each.state is RemediationState.APPROVED:
                _end(each, context)
        elif handles and each.state in RUNNABLE:
            _run(each, context)
        if handles and each.can_be_restored(today_in_japan(context.now())):
            _restore(each, context)
        if handles and each.kind is RemediationKind.REQUEST and each.state is RemediationState.DONE:
            _answer(each, context)
        if proof is not None:
            _certificate(each, proof, context)

    drawer()


def _closed() -> None:
    """Take the remediation out of the address when the drawer is closed."""
    st.query_params.pop("remediation", None)
    st.session_state.pop(_ASKED, None)


def state(each: Remediation, context: PageContext) -> str:
    """Return how far a remediation is, in words."""
    text = context.text
    if each.kind.is_exclusion and each.state is RemediationState.APPROVED:
        return text("除外中") if each.applies(today_in_japan(context.now())) else text("期限切れ")
    return text(STATE[each.state])


def _facts(each: Remediation, names: Mapping[UnitId, str], context: PageContext) -> dict[str, str]:
    text, formats = context.text, context.formats
    counts = words.listed(
        (
            f"{text(words.CATEGORY[category])} {formats.number(number)}"
            for category, number in sorted(each.facts.categories.items())
        ),
        text,
    )
    facts = {
        text("状態"): state(each, context),
        text("単位"): names.get(each.unit_id, "—"),
        text("場所"): each.facts.shown,
        text("見つかったもの"): counts,
        text("理由"): each.reason,
        text("提案した方"): f"{each.proposer}　{formats.moment(each.proposed_at)}",
    }
    if each.decider:
        refused = each.state is RemediationState.REFUSED
        label = text("却下した方") if refused else text("承認した方")
        facts[label] = f"{each.decider}　{formats.moment(each.decided_at)}"
    if each.request is not None:
        facts[text("依頼先")] = each.request.address
        facts[text("お願い")] = text(WISH[each.request.wish])
        facts[text("回答")] = each.answer or "—"
    if each.until is not None:
        facts[text("期限")] = formats.day(each.until)
    if each.done_at is not None:
        facts[text("実施した日時")] = formats.moment(each.done_at)
        facts[text("再走査による確認")] = _seen(each, context)
    if each.failure:
        facts[text("失敗の理由")] = text(FAULT[Fault(each.failure)])
    return facts


def _seen(each: Remediation, context: PageContext) -> str:
    told = context.text(SEEN[each.seen])
    return told if each.seen is Seen.NOTHING else f"{told}　{context.formats.moment(each.seen_at)}"


def _decision(each: Remediation, decides: bool, context: PageContext) -> None:
    text = context.text
    own = each.proposer_id == context.principal.user_id
    if own:
        frame.note(text("ご自身の提案は承認も却下もできません。"))
    if not decides:
        frame.note(text("承認は、個人情報保護管理者が行います。"))
        return

    def decide(approve: bool) -> None:
        remediating.decide(
            context.workspace,
            context.principal,
            each.id,
            expected_version=each.version,
            approve=approve,
        )

    with st.container(horizontal=True, gap="small"):
        st.button(
            text("承認する"),
            key="remediation-approve",
            type="primary",
            disabled=own,
            on_click=_take,
            args=(context, lambda: decide(True), text("承認しました。")),  # noqa: FBT003 - the decision
        )
        st.button(
            text("却下"),
            key="remediation-refuse",
            disabled=own,
            on_click=_take,
            args=(context, lambda: decide(False), text("却下しました。")),  # noqa: FBT003 - the decision
        )


def _run(each: Remediation, context: PageContext) -> None:
    text = context.text
    question, label, said = (
        (text("このファイルを元の場所から除きますか？"), text("隔離する"), text("隔離しました。"))
        if each.kind is RemediationKind.QUARANTINE
        else (text("所有者にメールを送りますか？"), text("メールを送る"), text("送りました。"))
    )
    _confirmed("run", label, question, lambda: remediating.run(*_of(each, context)), said, context)


def _restore(each: Remediation, context: PageContext) -> None:
    text = context.text
    _confirmed(
        "restore",
        text("元の場所に戻す"),
        text("写しを元の場所に戻しますか？別のファイルがあれば、上書きせずにやめます。"),
        lambda: remediating.restore(*_of(each, context)),
        text("元の場所に戻しました。"),
        context,
        primary=False,
    )


def _end(each: Remediation, context: PageContext) -> None:
    text = context.text
    _confirmed(
        "end",
        text("除外を終える"),
        text("除外を終えて、リスクに数えますか？"),
        lambda: remediating.withdraw(*_of(each, context), expected_version=each.version),
        text("除外を終えました。"),
        context,
        primary=False,
    )


def _of(each: Remediation, context: PageContext) -> tuple[Workspace, Principal, RemediationId]:
    return context.workspace, context.principal, each.id


def _answer(each: Remediation, context: PageContext) -> None:
    text = context.text
    with st.form("remediation-answer-form", border=False):
        st.text_area(text("所有者の回答"), key=_ANSWER, max_chars=REASON_LENGTH, height=80)
        sent = st.form_submit_button(text("記録する"), key="remediation-answered")
    if sent:

        def keep() -> None:
            with context.write("remediation page") as tx:
                remediation.answer(tx, each.id, st.session_state[_ANSWER], expected_version=each.version)

        _take(context, keep, text("記録しました。"))
        st.rerun()


def _confirmed(
    name: str,
    label: str,
    question: str,
    act: Callable[[], object],
    said: str,
    context: PageContext,
    *,
    primary: bool = True,
) -> None:
    """Show a button that asks before it acts."""
    key = f"remediation-{name}"
    if st.session_state.get(_ASKED) != name:
        kind = "primary" if primary else "secondary"
        st.button(label, key=key, type=kind, on_click=_ask, args=(name,))  # type: ignore[arg-type]
        return
    st.warning(question)
    with st.container(horizontal=True, gap="small"):
        st.button(context.text("キャンセル"), key=f"{key}-cancel", on_click=_ask, args=("",))
        st.button(label, key=f"{key}-sure", type="primary", on_click=_take, args=(context, act, said))


def _ask(name: str) -> None:
    st.session_state[_ASKED] = name


def _take(context: PageContext, act: Callable[[], object], said: str) -> None:
    """Take a step and keep what became of it for the next run."""
    st.session_state.pop(_ASKED, None)
    try:
        act()
    except (Conflict, InvalidValue, AccessDenied, NotFound) as error:
        said = why_not(error, REFUSED, context)
    except RemediationFailedError as error:
        said = context.text(FAULT[error.fault])
    except UsageError:
        said = context.text("設定か認証情報が足りません。daicho remediation run で詳しく確かめてください。")
    st.session_state[SAID] = said


def _certificate(each: Remediation, proof: DestructionCertificate, context: PageContext) -> None:
    """Offer the certificate in both languages; taking it out of the product leaves a record."""
    text = context.text
    frame.heading(text("廃棄証明書"), text("証明書番号 {number}", number=proof.number))
    with st.container(horizontal=True, gap="small"):
        for language, label in (("ja", text("日本語の PDF")), ("en", text("英語の PDF"))):
            details = {"certificate": proof.number, "language": language}
            st.download_button(
                label,
                destruction.pdf(proof, language),
                file_name=destruction.file_name(proof, language),
                mime="application/pdf",
                key=f"remediation-pdf-{language}",
                icon=":material/download:",
                on_click=note_export,
                args=(context.workspace.registry, context.principal, "remediation", each.unit_id, details),
            )
