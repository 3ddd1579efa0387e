"""One year of a unit: objectives, items with their days, approval, what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, pm_words, pms_item_fields, pms_year_revision, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.certificates import year_revisions, years
from privacy_mark.certificates.year_model import (
    Item,
    ItemId,
    Outcome,
    Revision,
    Room,
    Shown,
    Year,
    YearId,
    YearState,
)
from privacy_mark.certificates.years import Aim
from privacy_mark.due import Due
from privacy_mark.requirements import year_facts
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission
from registry.store import Tx

SAID = "year-said"
_BLANK = 2  # so many empty lines for new objectives


@dataclass(frozen=True, slots=True)
class _Case:
    year: Year
    unit: str
    may: bool
    decides: bool  # may approve, and did not make it
    today: date
    code: str  # of the unit
    shown: Mapping[ItemId, Shown]  # open items that records of the product show as done
    revisions: Sequence[Revision]


def show(year_id: YearId, context: PageContext) -> None:
    """Show one year, or that it cannot be seen."""
    text = context.text
    try:
        with context.read() as tx:
            year = years.year(tx, year_id)
            units = scope.units(tx)
            names = scope.full_names(units, context.language)
            case = _Case(
                year,
                names.get(year.unit_id, NONE),
                allowed(tx, Permission.MANAGE_CERTIFICATION, year.unit_id),
                allowed(tx, Permission.DECIDE_REVIEWS, year.unit_id)
                and year.author_id != tx.principal.user_id,
                today_in_japan(tx.now),
                next((unit.code for unit in units if unit.id == year.unit_id), ""),
                year_facts.shown(tx, year_id),
                year_revisions.revisions(tx, year_id),
            )
    except NotFound:
        frame.title(text("年間計画"), "")
        frame.message(text("この計画は見つからないか、閲覧できません。"))
        return
    if st.button(text("一覧に戻る"), key="year-back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.PMS_YEARS)
    frame.title(text("年間計画　{number} {unit}", number=year.number, unit=case.unit), _next(case, context))
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    if year.note and year.state is YearState.DRAFT:
        frame.message(text("差し戻されました：{note}", note=year.note))
    left, right = st.columns([66, 34], gap="large")
    with left:
        pms_year_revision.waiting(year, case.revisions, SAID, context)
        _items(case, context)
        if case.may and year.state is YearState.DRAFT:
            _draft_items(case, context)
        if case.may and year.state is YearState.APPROVED:
            _finish(case, context)
        pms_year_revision.show(year, case.revisions, case.today, SAID, context, may=case.may)
    with right:
        _facts(case, context)
        _objectives(case, context)
        _decide(case, context)


def _next(case: _Case, context: PageContext) -> str:
    text, year = context.text, case.year
    if year.state is YearState.DRAFT:
        return text("次は、目的と期限を決めて、トップマネジメントに承認を依頼します。")
    if year.state is YearState.SUBMITTED:
        return text("次は、作成した方とは別のトップマネジメントが承認します。")
    if year.state is YearState.CLOSED:
        return text("この年度は終わりました。")
    waiting = [each for each in year.items if each.is_open]
    if not waiting:
        return text("すべての項目が終わりました。年度が終わったら、計画を終えてください。")
    return text(
        "次は{what}（{day}、{left}）です。",
        what=pm_words.item(waiting[0], context, year.starts_on),
        day=context.formats.day(waiting[0].due_on),
        left=pm_words.left(waiting[0].due_on, case.today, context),
    )


def _facts(case: _Case, context: PageContext) -> None:
    text, formats, year = context.text, context.formats, case.year
    frame.facts(
        {
            text("年度"): formats.period(year.starts_on, year.ends_on),
            text("状態"): text(pm_words.YEAR[year.state]),
            text("作成者"): year.author,
            text("承認者"): year.approver or NONE,
            text("承認日時"): formats.moment(year.approved_at),
        }
    )


def _items(case: _Case, context: PageContext) -> None:
    text, formats, year = context.text, context.formats, case.year
    frame.heading(text("1 年に行うこと"))
    rows = []
    for each in year.items:
        late = each.is_open and each.due_on < case.today and year.state is YearState.APPROVED
        raised = Due("pms.item", year.unit_id, each.due_on, "", "").level(case.today)
        rows.append(
            tables.Row(
                str(each.id),
                [
                    tables.Cell(pm_words.item(each, context, year.starts_on), below=each.requirement),
                    tables.Cell(each.owner or NONE),
                    tables.Cell(
                        formats.day(each.due_on),
                        below=text("{days} 日過ぎています", days=(case.today - each.due_on).days)
                        if late
                        else text(pm_words.DERIVED[each.derived]),
                    ),
                    _state(
                        each, case.shown.get(each.id), text(pm_words.LEVEL[raised]) if late else "", context
                    ),
                ],
            )
        )
    labels = (text("項目"), text("担当"), text("実施期限"), text("実施"))
    caption = text("{number} 項目（期限の早い順）", number=formats.number(len(rows)))
    opened = tables.show(
        tables.Table(caption, [tables.Column(label, nowrap=label == labels[2]) for label in labels], rows),
        key="year-items",
    )
    chosen = next((each for each in year.items if str(each.id) == opened), None)
    if chosen is not None:
        found = case.shown.get(chosen.id)
        if chosen.room is not None:
            _go(chosen.room, chosen.row, case.code)
        elif found is not None:
            _go(found.room, found.row, case.code)


def _go(room: Room, row: str, code: str) -> None:
    _name, address, query = pm_words.ROOM[room]
    if row and query:
        addresses.go(address, unit=code, **{query: row})
    addresses.go(address, unit=code)


def _state(of: Item, found: Shown | None, level: str, context: PageContext) -> tables.Cell:
    text = context.text
    if of.done_on is not None and of.room is not None:
        name = text(pm_words.ROOM[of.room][0])
        said = name if of.record == "-" else f"{name} {of.record}"
        return tables.Cell(
            context.formats.day(of.done_on), below=text("本製品の記録：{said}", said=said), link=True
        )
    if found is not None:
        name = text(pm_words.ROOM[found.room][0])
        return tables.Cell(
            text("記録あり"), below=f"{name} {found.number}　{context.formats.day(found.on)}", link=True
        )
    if of.done_on is not None:
        return tables.Cell(
            context.formats.day(of.done_on),
            below=text("{record}（{who}）", record=of.record, who=of.actor),
        )
    if of.left:
        return tables.Cell(text("行わない"), below=text("{record}（{who}）", record=of.left, who=of.actor))
    if level:
        return tables.Cell(text("未実施"), below=text("知らせる先：{level}", level=level))
    return tables.Cell(text("これから"))


def _draft_items(case: _Case, context: PageContext) -> None:
    text, year = context.text, case.year
    with st.expander(text("期限と担当を決める")), st.form("year-items-form", border=False):
        changes = pms_item_fields.changes(year.items, year, context, key="draft")
        saved = st.form_submit_button(text("期限と担当を保存"), key="year-items-save")
    with st.expander(text("この単位の項目を加える")), st.form("year-item-new", border=False):
        title = st.text_input(text("項目の名前（必須）"), max_chars=100)
        left, right = st.columns(2)
        on = left.date_input(text("実施期限"), year.ends_on, format="YYYY/MM/DD")
        who = right.text_input(text("担当"), max_chars=100)
        added = st.form_submit_button(text("項目を加える"), key="year-item-add")
    if saved:
        _do(
            lambda tx: years.change_items(tx, year.id, changes, expected_version=year.version),
            text("期限と担当を保存しました。"),
            context,
        )
    if added:
        _do(
            lambda tx: years.add_item(
                tx, year.id, title=title, owner=who, due_on=on, expected_version=year.version
            ),
            text("項目を加えました。"),
            context,
        )


def _finish(case: _Case, context: PageContext) -> None:
    text, year = context.text, case.year
    if case.shown:
        frame.note(
            text(
                "本製品の記録が示す {number} 項目は、毎日の処理で実施済みになります。今すぐにもできます。",
                number=context.formats.number(len(case.shown)),
            )
        )
        if st.button(text("記録のある項目を実施済みにする"), key="year-facts", icon=":material/done_all:"):
            _do(
                lambda tx: year_facts.finish(tx, year.id, expected_version=year.version),
                text("記録のある項目を実施済みにしました。"),
                context,
            )
    with st.expander(text("実施を記録する"), expanded=True):
        chosen = st.selectbox(
            text("項目"),
            sorted(year.items, key=lambda each: not each.is_open),
            format_func=lambda each: (
                f"{context.formats.day(each.due_on)}　{pm_words.item(each, context, year.starts_on)}"
            ),
            key=f"year-item-{year.version}",
        )
        with st.form(f"year-done-{chosen.id}-{year.version}", border=False):
            left, right = st.columns([1, 2])
            on = left.date_input(text("実施日"), chosen.done_on or case.today, format="YYYY/MM/DD")
            record = right.text_input(text("実施の記録（文書名・保管場所）"), chosen.record, max_chars=300)
            done = st.form_submit_button(text("実施を記録"), type="primary", key="year-item-done")
        with st.form(f"year-left-{chosen.id}-{year.version}", border=False):
            reason = st.text_input(text("今年度は行わない理由"), chosen.left, max_chars=300)
            left_out = st.form_submit_button(text("行わないと記録"), key="year-item-left")
    if done:
        _do(
            lambda tx: years.finish_item(
                tx, year.id, chosen.id, on=on, record=record, expected_version=year.version
            ),
            text("実施を記録しました。"),
            context,
        )
    if left_out:
        _do(
            lambda tx: years.leave_item(tx, year.id, chosen.id, reason=reason, expected_version=year.version),
            text("行わないことと理由を記録しました。"),
            context,
        )


def _objectives(case: _Case, context: PageContext) -> None:
    text, year = context.text, case.year
    frame.heading(text("個人情報保護目的"))
    if not year.objectives:
        frame.note(text("目的はまだありません。"))
    for each in year.objectives:
        outcome = text(pm_words.OUTCOME[each.outcome]) if each.outcome else text("結果は未記録")
        frame.facts(
            {
                text("目的"): each.what,
                text("達成の測り方"): each.measure,
                text("結果"): f"{outcome}　{each.result}".strip(),
            }
        )
    if case.may and year.state is YearState.DRAFT:
        _aims(case, context)
    if case.may and year.state is YearState.APPROVED and year.objectives:
        _judge(case, context)


def _aims(case: _Case, context: PageContext) -> None:
    text, year = context.text, case.year
    with st.expander(text("目的を決める"), expanded=not year.objectives), st.form("aims", border=False):
        held = [Aim(each.what, each.measure) for each in year.objectives]
        aims = []
        for place, aim in enumerate([*held, *[Aim("", "")] * _BLANK], 1):
            what = st.text_input(
                text("目的 {number}", number=place),
                aim.what,
                max_chars=300,
                key=f"aim-{place}-{year.version}",
            )
            measure = st.text_input(
                text("達成の測り方 {number}", number=place),
                aim.measure,
                max_chars=300,
                key=f"measure-{place}-{year.version}",
            )
            if what.strip() or measure.strip():
                aims.append(Aim(what, measure))
        sent = st.form_submit_button(text("目的を保存"), key="aims-save")
    if sent:
        _do(
            lambda tx: years.set_objectives(tx, year.id, aims, expected_version=year.version),
            text("目的を保存しました。"),
            context,
        )


def _judge(case: _Case, context: PageContext) -> None:
    text, year = context.text, case.year
    with st.expander(text("目的の結果を記録する")), st.form("outcome", border=False):
        chosen = st.selectbox(text("目的"), year.objectives, format_func=lambda each: each.what)
        outcomes: Sequence[Outcome] = tuple(Outcome)
        outcome = st.selectbox(text("結果"), outcomes, format_func=lambda each: text(pm_words.OUTCOME[each]))
        result = st.text_input(text("結果の説明"), max_chars=300)
        sent = st.form_submit_button(text("結果を記録"), key="outcome-save")
    if sent:
        _do(
            lambda tx: years.judge_objective(
                tx, year.id, chosen.id, outcome=outcome, result=result, expected_version=year.version
            ),
            text("結果を記録しました。"),
            context,
        )


def _decide(case: _Case, context: PageContext) -> None:
    text, year = context.text, case.year
    if case.may and year.state is YearState.DRAFT:
        if st.button(text("承認を依頼"), type="primary", key="year-submit"):
            _do(
                lambda tx: years.submit(tx, year.id, expected_version=year.version),
                text("承認を依頼しました。"),
                context,
            )
    elif year.state is YearState.SUBMITTED and case.decides:
        frame.heading(text("承認"))
        if st.button(text("計画を承認"), type="primary", key="year-approve"):
            _do(
                lambda tx: years.approve(tx, year.id, expected_version=year.version),
                text("計画を承認しました。"),
                context,
            )
        with st.form("year-return", border=False):
            note = st.text_input(text("差し戻す理由"), max_chars=300)
            sent = st.form_submit_button(text("計画を差し戻す"), key="year-return-save")
        if sent:
            _do(
                lambda tx: years.send_back(tx, year.id, note=note, expected_version=year.version),
                text("計画を差し戻しました。"),
                context,
            )
    elif case.may and year.state is YearState.APPROVED and case.today > year.ends_on:
        sure = st.checkbox(text("この年度を終えますか？終えた計画は変えられません。"), key="year-sure")
        if st.button(text("年度を終える"), disabled=not sure, key="year-close"):
            _do(
                lambda tx: years.close(tx, year.id, expected_version=year.version),
                text("年度を終えました。次の年度の計画を作ってください。"),
                context,
            )


def _do(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    pm_words.do(act, said, context, key=SAID)
