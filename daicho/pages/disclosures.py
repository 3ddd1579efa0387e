"""Bases for disclosure 提供の根拠: which entity may show its data to which, on what ground, by whose word."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import frame, scope, separation, tables
from daicho.pages.context import PageContext
from daicho.text import Translator, mark
from registry import disclosures
from registry.access import allowed, today_in_japan
from registry.disclosures import Disclosure, DisclosureId, DisclosureKind, DisclosureState
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import Permission, Unit, UnitId, UnitKind
from registry.store import Tx

KIND: Mapping[DisclosureKind, str] = {
    DisclosureKind.ENTRUSTMENT: mark("委託（法第27条第5項第1号）"),
    DisclosureKind.JOINT_USE: mark("共同利用（法第27条第5項第3号）"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("approver", "same_person"): mark("ご自身が記録した根拠は承認できません。"),
    ("state", "decided"): mark("この根拠はすでに決まっています。"),
    ("document", "required"): mark("根拠となる文書を入れてください。"),
    ("document", "too_long"): mark("文書の記載が長すぎます（500 文字まで）。"),
    ("valid_until", "before_valid_from"): mark("終了日が開始日より前です。"),
    ("to_id", "same_entity"): mark("提供元と提供先が同じです。"),
}
_SAID = "disclosure-said"


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    frame.title(
        text("提供の根拠"),
        text("法人の間で個人情報の場所と見本を見せてよい根拠を、記録し、別の方が承認します。"),
    )
    if not context.may(Permission.VIEW_LEDGER):
        frame.no_right(text)
        return
    with context.read() as tx:
        found = disclosures.disclosures(tx)
        units = scope.units(tx)
        closed = separation.closed(tx)
        today = today_in_japan(tx.now)
        decides = {each.id for each in found if allowed(tx, Permission.DECIDE_DISCLOSURE, each.from_id)}
        givers = [unit for unit in units if unit.kind.is_entity and _may_record(tx, unit)]
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    separation.note(closed, units, context)
    names = {unit.id: unit.name(context.language) for unit in units}
    _waiting([each for each in found if each.state is DisclosureState.RECORDED], decides, names, context)
    _known([each for each in found if each.state is not DisclosureState.RECORDED], names, today, context)
    _ending([each for each in found if each.state is DisclosureState.APPROVED], decides, names, context)
    if givers:
        _form(givers, [unit for unit in units if _receives(unit)], today, context)


def _may_record(tx: Tx, unit: Unit) -> bool:
    return allowed(tx, Permission.RECORD_DISCLOSURE, unit.id)


def _receives(unit: Unit) -> bool:
    return unit.kind.is_entity or unit.kind is UnitKind.GROUP


def _waiting(
    waiting: Sequence[Disclosure],
    decides: Collection[DisclosureId],
    names: Mapping[UnitId, str],
    context: PageContext,
) -> None:
    text, formats = context.text, context.formats
    if not waiting:
        return
    frame.heading(text("承認待ち {number} 件", number=formats.number(len(waiting))))
    for each in waiting:
        own = each.recorder_id == context.principal.user_id
        about, yes, no = st.columns([6, 1.2, 1.2], vertical_alignment="center")
        with about:
            frame.facts(
                {
                    text("提供元 → 提供先"): _between(each, names, text),
                    text("根拠"): text(KIND[each.kind]),
                    text("文書"): each.document,
                    text("期間"): _period(each, context),
                    text("記録した方"): each.recorder,
                }
            )
            if own:
                frame.note(text("ご自身が記録した根拠は承認できません。"))
            elif each.id not in decides:
                frame.note(text("承認は、提供元の法人の方が行います。"))
        for column, approve, label in ((yes, True, text("承認")), (no, False, text("却下"))):
            with column:
                st.button(
                    label,
                    key=f"disclosure-{'approve' if approve else 'refuse'}-{each.id}",
                    disabled=each.id not in decides or (own and approve),
                    on_click=_decide,
                    args=(each, approve, context),
                )


def _known(
    found: Sequence[Disclosure], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text = context.text
    if not found:
        frame.note(text("承認された根拠はまだありません。"))
        return
    labels = (
        text("提供元 → 提供先"),
        text("根拠"),
        text("文書"),
        text("期間"),
        text("記録した方"),
        text("承認した方"),
        text("状態"),
    )
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(_between(each, names, text)),
                tables.Cell(text(KIND[each.kind])),
                tables.Cell(each.document),
                tables.Cell(_period(each, context)),
                tables.Cell(each.recorder),
                tables.Cell(each.approver or "—"),
                tables.Cell(_state(each, today, text)),
            ],
        )
        for each in found
    ]
    tables.show(
        tables.Table("", [tables.Column(label, nowrap=label in labels[3:]) for label in labels], rows),
        key="disclosures",
    )


def _ending(
    found: Sequence[Disclosure],
    decides: Collection[DisclosureId],
    names: Mapping[UnitId, str],
    context: PageContext,
) -> None:
    text = context.text
    mine = [each for each in found if each.id in decides]
    if not mine:
        return
    with st.expander(text("根拠を終える")):
        chosen = st.selectbox(
            text("終える根拠"),
            mine,
            index=None,
            key="disclosure-ending",
            placeholder=text("根拠を選ぶ"),
            format_func=lambda each: f"{_between(each, names, text)}　{each.document}",
        )
        if chosen is not None:
            st.button(
                text("今日で終える"), key="disclosure-end", on_click=_decide, args=(chosen, False, context)
            )


def _form(givers: Sequence[Unit], receivers: Sequence[Unit], today: date, context: PageContext) -> None:
    text = context.text
    with st.expander(text("根拠を記録する")), st.form("disclosure", border=False, clear_on_submit=False):
        left, right = st.columns(2)
        with left:
            giver = st.selectbox(
                text("提供元（データの法人）"), givers, format_func=lambda unit: unit.name(context.language)
            )
        with right:
            receiver = st.selectbox(
                text("提供先（見る法人）"), receivers, format_func=lambda unit: unit.name(context.language)
            )
        kinds: Sequence[DisclosureKind] = tuple(DisclosureKind)
        kind = st.selectbox(text("根拠"), kinds, index=0, format_func=lambda each: text(KIND[each]))
        document = st.text_input(text("文書（契約書・通知の名称と番号）"), max_chars=500)
        left, right = st.columns(2)
        with left:
            first = st.date_input(text("開始日"), today, format="YYYY/MM/DD")
        with right:
            last = st.date_input(text("終了日（なければ空のまま）"), None, format="YYYY/MM/DD")
        sent = st.form_submit_button(text("記録して承認を依頼する"), type="primary", key="disclosure-record")
    if not sent or not isinstance(first, date):
        return
    try:
        with context.write("disclosure page") as tx:
            disclosures.record_disclosure(
                tx,
                kind=kind,
                from_id=giver.id,
                to_id=receiver.id,
                valid_from=first,
                valid_until=last if isinstance(last, date) else None,
                document=document,
            )
    except (InvalidValue, AccessDenied, NotFound) as error:
        st.error(_refused(error, text))
        return
    st.session_state[_SAID] = text("記録しました。提供元の別の方が承認すると、表示が開きます。")
    st.rerun()


def _decide(each: Disclosure, approve: bool, context: PageContext) -> None:
    text = context.text
    act = disclosures.approve_disclosure if approve else disclosures.end_disclosure
    try:
        with context.write("disclosure page") as tx:
            act(tx, each.id, expected_version=each.version)
        said = text("承認しました。") if approve else text("終了しました。場所と見本は閉じました。")
    except Conflict as conflict:
        said = text(
            "{when} に {who} さんが先に変更しています。内容を確かめてください。",
            when=context.formats.moment(conflict.when),
            who=conflict.who,
        )
    except (InvalidValue, AccessDenied, NotFound) as error:
        said = _refused(error, text)
    st.session_state[_SAID] = said


def _between(each: Disclosure, names: Mapping[UnitId, str], text: Translator) -> str:
    hidden = text("ほかの単位")
    return f"{names.get(each.from_id, hidden)} → {names.get(each.to_id, hidden)}"


def _period(each: Disclosure, context: PageContext) -> str:
    end = context.formats.day(each.valid_until) if each.valid_until is not None else ""
    return f"{context.formats.day(each.valid_from)}–{end}"


def _state(each: Disclosure, today: date, text: Translator) -> str:
    if each.state is DisclosureState.ENDED:
        return text("終了")
    if today < each.valid_from:
        return text("開始前")
    if each.valid_until is not None and each.valid_until < today:
        return text("期限切れ")
    return text("有効")


def _refused(error: Exception, text: Translator) -> str:
    if isinstance(error, InvalidValue):
        return text(_REFUSED.get((error.column, error.rule), mark("この内容では受け付けられません。")))
    return text("この操作の権限がありません。")
