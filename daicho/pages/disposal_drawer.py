"""The drawer of one disposal: what it disposes of, who decides, its execution and its certificate."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from daicho.pages import addresses, certificate, frame, scope, words
from daicho.pages.case_sentences import refused
from daicho.pages.context import PageContext
from registry import disposals, organisation
from registry.access import allowed
from registry.disposal_states import EXECUTABLE, Certificate, Disposal, DisposalId, DisposalState
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import Permission
from registry.store import Tx
from registry.views import note_export

_SAID = "disposal-said"
_ASKED = "disposal-asked"
_ITEMS = 20


def show(disposal_id: DisposalId, context: PageContext) -> None:
    """Open the drawer on the right; it asks the registry anew in the name of the person."""
    text = context.text
    try:
        with context.read() as tx:
            order = disposals.disposal(tx, disposal_id)
            unit = scope.full_names(organisation.units(tx), context.language).get(order.unit_id, "—")
            handles = allowed(tx, Permission.HANDLE_CASES, order.unit_id)
            decides = allowed(tx, Permission.DECIDE_CASES, order.unit_id)
            proof = disposals.certificate(tx, disposal_id) if order.state.is_certified else None
    except (AccessDenied, NotFound):
        frame.message(text("この廃棄は見つからないか、閲覧できません。"))
        return

    @st.dialog(text("廃棄"), position="right", width="medium", on_dismiss=_closed)
    def drawer() -> None:
        said = st.session_state.pop(_SAID, "")
        if said:
            frame.message(said)
        _facts(order, unit, context)
        if order.state is DisposalState.PROPOSED:
            _decision(order, decides, context)
        if handles and order.state in EXECUTABLE:
            _execution(order, context)
        if decides and order.state is DisposalState.APPROVED:
            _revocation(order, context)
        if proof is not None:
            _certificate(order, proof, context)
        if order.entry_id is not None and st.button(
            text("台帳の記載を開く"), key="disposal-entry", type="tertiary"
        ):
            addresses.go(addresses.LEDGER, entry=str(order.entry_id))

    drawer()


def _closed() -> None:
    """Take the disposal out of the address when the drawer is closed."""
    st.query_params.pop("disposal", None)
    st.session_state.pop(_ASKED, None)


def _facts(order: Disposal, unit: str, context: PageContext) -> None:
    text, formats = context.text, context.formats
    hidden = text("閲覧の権限がないため表示しません")
    listed = words.listed((item.shown for item in order.items[:_ITEMS]), text)
    rest = len(order.items) - _ITEMS
    facts = {
        text("状態"): text(words.DISPOSAL_STATE[order.state]),
        text("単位"): unit,
        text("対象の数"): text("{number} 件", number=formats.number(order.objects)),
        text("対象"): (f"{listed} +{rest}" if rest > 0 else listed) if order.located else hidden,
        text("本人の数"): text("{number} 人以上", number=formats.number(order.persons)),
        text("廃棄の方法"): text(words.DISPOSAL_METHOD[order.method]),
        text("廃棄の理由"): order.reason if order.located else hidden,
        text("実施の期限"): formats.day(order.due_on),
        text("依頼した方"): f"{order.orderer}　{formats.moment(order.ordered_at)}",
    }
    if order.approver:
        decided = text("却下した方") if order.state is DisposalState.REFUSED else text("承認した方")
        facts[decided] = f"{order.approver}　{formats.moment(order.decided_at)}"
    if order.executor:
        facts[text("実施した方")] = f"{order.executor}　{formats.moment(order.executed_at)}"
    if order.state.is_certified:
        told = certificate.confirmed(order.state, order.examined_at, context.language)
        if order.source_removed and order.state is DisposalState.EXECUTED:
            told = text("走査対象の登録が取り消されたため、走査では確認できません。")
        facts[text("再走査による確認")] = told
    frame.facts(facts)


def _decision(order: Disposal, decides: bool, context: PageContext) -> None:
    text = context.text
    own = order.orderer_id == context.principal.user_id
    if own:
        frame.note(text("ご自身の依頼は承認も却下もできません。"))
    if not decides:
        frame.note(text("承認は、個人情報保護管理者が行います。"))
        return

    def decide(tx: Tx, approve: bool) -> None:
        disposals.decide(tx, order.id, expected_version=order.version, approve=approve)

    question = text(
        "{number} 件の廃棄を承認しますか？廃棄したデータは元に戻せません。",
        number=context.formats.number(order.objects),
    )
    _confirmed(
        "approve",
        text("廃棄を承認"),
        question,
        lambda tx: decide(tx, True),  # noqa: FBT003 - the decision itself
        text("承認しました。実施できます。"),
        context,
        disabled=own,
    )
    st.button(
        text("却下"),
        key="disposal-refuse",
        disabled=own,
        on_click=_take,
        args=(context, lambda tx: decide(tx, False), text("却下しました。")),  # noqa: FBT003
    )


def _revocation(order: Disposal, context: PageContext) -> None:
    """Offer the way out of an order that is approved and will not be carried out."""
    text = context.text
    _confirmed(
        "revoke",
        text("承認を取り消す"),
        text("この廃棄の承認を取り消しますか？取り消すと却下になり、実施できません。"),
        lambda tx: disposals.decide(tx, order.id, expected_version=order.version, approve=False),
        text("承認を取り消しました。"),
        context,
        disabled=order.orderer_id == context.principal.user_id,
        primary=False,
    )


def _execution(order: Disposal, context: PageContext) -> None:
    text = context.text
    if order.state is DisposalState.NOT_CONFIRMED:
        frame.note(text("走査でデータがまだ見つかっています。除いてから、もう一度記録してください。"))
    else:
        frame.note(text("データを実際に除いてから記録してください。証明書が発行され、次の走査で確認します。"))
    question = text(
        "{number} 件の廃棄を実施したと記録しますか？記録は取り消せません。",
        number=context.formats.number(order.objects),
    )
    _confirmed(
        "execute",
        text("廃棄の実施を記録"),
        question,
        lambda tx: disposals.execute(tx, order.id, expected_version=order.version),
        text("記録しました。証明書を保存できます。"),
        context,
    )


def _confirmed(
    name: str,
    label: str,
    question: str,
    act: Callable[[Tx], object],
    said: str,
    context: PageContext,
    *,
    disabled: bool = False,
    primary: bool = True,
) -> None:
    """Show a button that asks before it acts: the question tells what cannot be undone."""
    if st.session_state.get(_ASKED) != name:
        st.button(
            label,
            key=f"disposal-{name}",
            type="primary" if primary else "secondary",
            disabled=disabled,
            on_click=_ask,
            args=(name,),
        )
        return
    st.warning(question)
    with st.container(horizontal=True, gap="small"):
        st.button(context.text("キャンセル"), key=f"disposal-{name}-cancel", on_click=_ask, args=("",))
        st.button(
            label,
            key=f"disposal-{name}-sure",
            type="primary",
            on_click=_take,
            args=(context, act, said),
        )


def _ask(name: str) -> None:
    st.session_state[_ASKED] = name


def _take(context: PageContext, act: Callable[[Tx], object], said: str) -> None:
    """Take a step and keep what became of it for the next run."""
    st.session_state.pop(_ASKED, None)
    try:
        with context.write("disposal page") as tx:
            act(tx)
    except (Conflict, InvalidValue, AccessDenied, NotFound) as error:
        said = refused(error, context)
    st.session_state[_SAID] = said


def _certificate(order: Disposal, proof: Certificate, context: PageContext) -> None:
    """Offer the certificate in both languages; taking it out of the product leaves a record."""
    text = context.text
    frame.heading(text("廃棄証明書"), text("証明書番号 {number}", number=proof.number))
    with st.container(horizontal=True, gap="small"):
        for language, label in (("ja", text("日本語の PDF")), ("en", text("英語の PDF"))):
            st.download_button(
                label,
                certificate.pdf(proof, language),
                file_name=certificate.file_name(proof, language),
                mime="application/pdf",
                key=f"disposal-pdf-{language}",
                icon=":material/download:",
                on_click=_note,
                args=(order, proof, language, context),
            )


def _note(order: Disposal, proof: Certificate, language: str, context: PageContext) -> None:
    details = {"certificate": proof.number, "language": language}
    note_export(context.workspace.registry, context.principal, "disposal", order.unit_id, details)
