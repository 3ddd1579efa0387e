"""「個人情報ではない」: an officer says it of a sample, somebody else decides, the next scan follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from daicho.pages import addresses, frame, scope, tables, words
from daicho.pages.context import PageContext
from daicho.text import Translator, mark
from registry import feedback, inventory
from registry.access import today_in_japan
from registry.errors import AccessDenied, Duplicate, InvalidValue, NotFound
from registry.feedback import LONGEST, Feedback, FeedbackState, NotPersonal
from registry.model import ObjectRow, Permission, Sample, UnitId
from registry.views import SensitiveList

REASON: Mapping[NotPersonal, str] = {
    NotPersonal.ORGANISATION: mark("会社や部署の番号・名称"),
    NotPersonal.OTHER_NUMBER: mark("品番・伝票番号など別の番号"),
    NotPersonal.PUBLIC_FIGURE: mark("歴史上の人物・作品などの名"),
    NotPersonal.SAMPLE: mark("記入例・試験用の値"),
    NotPersonal.OTHER: mark("その他（説明を書く）"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("fingerprint", "taken"): mark("同じ値の依頼がすでにあります。"),
    ("note", "too_long"): mark("説明が長すぎます（500 文字まで）。"),
    ("expires_on", "past"): mark("期限が過ぎています。"),
    ("expires_on", "too_late"): mark("期限は 2 年以内にしてください。"),
    ("decider", "same_person"): mark("ご自身の依頼は承認も却下もできません。"),
    ("state", "decided"): mark("この依頼はすでに決まっています。"),
}
_REASON, _UNTIL, _NOTE = "not-personal-reason", "not-personal-until", "not-personal-note"
_CHOSEN, _SAID = "not-personal-sample", "not-personal-said"


def action(sample: Sample, known: Mapping[bytes, FeedbackState], context: PageContext) -> tables.Cell:
    """Return the cell beside a sample: a button, or how far a judgement on its value is."""
    match known.get(sample.fingerprint):
        case FeedbackState.PROPOSED:
            return tables.Cell(context.text("承認待ち"))
        case FeedbackState.APPROVED:
            return tables.Cell(context.text("次の走査から除外"))
        case _:
            return tables.Cell(context.text("個人情報ではない"), link=True, action=True)


def known_in(row: ObjectRow, context: PageContext) -> dict[bytes, FeedbackState]:
    """Return the judgements of the object's unit that wait or are in force, by fingerprint."""
    with context.read() as tx:
        today = today_in_japan(tx.now)
        seen = feedback.judgements(tx, states={FeedbackState.PROPOSED, FeedbackState.APPROVED})
    return {
        each.fingerprint: each.state
        for each in seen
        if each.unit_id == row.unit_id and (each.state is FeedbackState.PROPOSED or each.applies(today))
    }


def choose(index: str) -> None:
    """Take the sample of a row of the table into the form."""
    st.session_state[_CHOSEN] = int(index)


def form(row: ObjectRow, samples: Sequence[Sample], context: PageContext) -> None:
    """Ask which sample is not personal data, why, and until when; and propose it."""
    text = context.text
    if not context.may(Permission.REVIEW_FINDINGS) or not samples:
        return
    _tell(st.session_state.pop(_SAID, ""))
    chosen = st.selectbox(
        text("個人情報ではない見本"),
        range(len(samples)),
        index=None,
        key=_CHOSEN,
        placeholder=text("見本を選ぶ"),
        format_func=lambda index: _called(samples[index], text),
    )
    if chosen is None:
        return
    today = today_in_japan(context.now())
    left, right = st.columns(2)
    with left:
        st.selectbox(
            text("理由を選ぶ"),
            list(NotPersonal),
            key=_REASON,
            format_func=lambda each: text(REASON[each]),
        )
    with right:
        st.date_input(
            text("期限（この日まで除外する）"),
            today + timedelta(days=365),
            min_value=today,
            max_value=today + LONGEST,
            format="YYYY/MM/DD",
            key=_UNTIL,
        )
    st.text_input(text("説明"), key=_NOTE, max_chars=500)
    frame.note(text("ほかの方の承認が要ります。承認した値は、次の走査から検出に数えません。"))
    st.button(
        text("承認を依頼する"),
        key="not-personal-propose",
        on_click=_propose,
        args=(row, samples[chosen], context),
    )


def _propose(row: ObjectRow, sample: Sample, context: PageContext) -> None:
    """Propose what the fields hold now: what was typed last may arrive together with the click."""
    text, held = context.text, st.session_state
    until = held[_UNTIL]
    if not isinstance(until, date):
        held[_SAID] = text("期限を選んでください。")
        return
    try:
        with context.write("not personal data") as tx:
            reason = NotPersonal(held[_REASON])
            feedback.propose(
                tx,
                row.unit_id,
                sample,
                reason=reason,
                expires_on=until,
                note=held[_NOTE],
                object_id=row.id,
            )
    except (InvalidValue, AccessDenied) as error:
        st.session_state[_SAID] = _refused(error, text)
        return
    st.session_state[_CHOSEN] = None
    st.session_state[_SAID] = text("依頼しました。ほかの方が承認すると、次の走査から除かれます。")


def proposals(context: PageContext) -> None:
    """Show what waits for a decision, and what was approved, to those who may decide."""
    text, formats = context.text, context.formats
    if not context.may(Permission.REVIEW_FINDINGS):
        return
    with context.read() as tx:
        seen = feedback.judgements(tx, states={FeedbackState.PROPOSED, FeedbackState.APPROVED})
        units = scope.full_names(scope.units(tx), context.language)
        wanted = {each.object_id for each in seen if each.object_id is not None}
        objects = inventory.rows_of(tx, context.workspace.findings, wanted)
    waiting = [each for each in seen if each.state is FeedbackState.PROPOSED]
    approved = [each for each in seen if each.state is FeedbackState.APPROVED]
    said = st.session_state.pop(f"{_SAID}-decided", "")
    if not seen and not said:
        return
    if seen:
        context.viewed(SensitiveList.JUDGEMENTS)
    title = text("個人情報ではない：承認待ち {number} 件", number=formats.number(len(waiting)))
    with st.expander(title, expanded=bool(said)):
        _tell(said)
        frame.note(text("承認した値は次の走査から除かれます。今の件数は変わりません。"))
        for each in waiting:
            seen_in = objects.get(each.object_id) if each.object_id is not None else None
            _waiting(each, units.get(each.unit_id, "—"), seen_in, context)
        if approved:
            _approved(approved, units, context)


def _waiting(proposal: Feedback, unit: str, seen_in: ObjectRow | None, context: PageContext) -> None:
    text, formats = context.text, context.formats
    own = proposal.requester_id == context.principal.user_id
    about, yes, no = st.columns([6, 1.2, 1.2], vertical_alignment="center")
    with about:
        frame.facts(
            {
                text(words.CATEGORY[proposal.category]): proposal.masked,
                text("単位"): unit,
                text("理由"): "　".join(filter(None, (text(REASON[proposal.reason]), proposal.note))),
                text("依頼した方"): proposal.requester,
                text("期限"): formats.day(proposal.expires_on),
            }
        )
        if own:
            frame.note(text("ご自身の依頼は承認も却下もできません。"))
        if seen_in is not None:
            label = text("{name} を見る", name=seen_in.name or seen_in.shown)
            if st.button(label, key=f"not-personal-object-{proposal.id}", type="tertiary"):
                addresses.go(addresses.INVENTORY, object=seen_in.id)
    for column, approve, label in ((yes, True, text("承認")), (no, False, text("却下"))):
        with column:
            st.button(
                label,
                key=f"not-personal-{'approve' if approve else 'reject'}-{proposal.id}",
                disabled=own,
                on_click=_decide,
                args=(proposal, approve, context),
            )


def _decide(proposal: Feedback, approve: bool, context: PageContext) -> None:
    text = context.text
    try:
        with context.write("not personal data") as tx:
            feedback.decide(tx, proposal.id, approve=approve)
        said = text("承認しました。次の走査から除かれます。") if approve else text("却下しました。")
    except (InvalidValue, AccessDenied, NotFound) as error:
        said = _refused(error, text)
    st.session_state[f"{_SAID}-decided"] = said


def _approved(approved: Sequence[Feedback], units: Mapping[UnitId, str], context: PageContext) -> None:
    text, formats = context.text, context.formats
    today = today_in_japan(context.now())
    labels = (text("種類"), text("見本"), text("単位"), text("承認した方"), text("期限"))
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(text(words.CATEGORY[each.category])),
                tables.Cell(each.masked, code=True),
                tables.Cell(units.get(each.unit_id, "—")),
                tables.Cell(each.decider),
                tables.Cell(
                    formats.day(each.expires_on), below="" if each.applies(today) else text("期限切れ")
                ),
            ],
        )
        for each in approved
    ]
    caption = text("承認済み {number} 件", number=formats.number(len(approved)))
    tables.show(tables.Table(caption, [tables.Column(label) for label in labels], rows), key="approved")


def _called(sample: Sample, text: Translator) -> str:
    return f"{text(words.CATEGORY[sample.category])} {sample.masked}　{sample.location}".rstrip("　")


def _refused(error: Exception, text: Translator) -> str:
    if isinstance(error, Duplicate | InvalidValue):
        return text(_REFUSED.get((error.column, error.rule), mark("この内容では受け付けられません。")))
    return text("この操作の権限がありません。")


def _tell(sentence: str) -> None:
    if sentence:
        frame.message(sentence)
