"""How training stands 教育の状況: rates by unit on a day, comprehension, and who has to be followed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import answer_sheets, formats, frame, scope, tables, training_suppliers, training_words
from daicho.pages.context import PageContext
from privacy_mark.training import courses, records, standing
from privacy_mark.training.model import Audience, Comprehension, Course, CourseId, PersonStanding, Rate
from privacy_mark.training.standing import PersonPage
from registry.access import allowed, today_in_japan, units_allowed
from registry.errors import RegistryError
from registry.model import Permission, Unit, UnitId
from registry.views import SensitiveList

PAGE = 50
_SAID = "training-said"


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(
            text("教育の状況"),
            text("教育の対象、受講、合格を日付を指定して確かめ、まだの方をフォローします。"),
        )
    if not context.may(Permission.VIEW_CERTIFICATION):
        frame.no_right(text)
        return
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    sheet = answer_sheets.chosen_sheet()
    if sheet is not None:
        answer_sheets.one(sheet, context, own=False)
        return
    with context.read() as tx:
        units = scope.units(tx)
        today = today_in_japan(tx.now)
        inside = units_allowed(tx, Permission.VIEW_CERTIFICATION)
        seen = [unit for unit in units if unit.id in inside]
    if not seen:
        frame.message(text("見られる単位がありません。"))
        return
    with right:
        unit = scope.select(context, seen, "training-scope", whole=False) or seen[0]
        day = st.date_input(
            text("いつの時点か"), today, max_value=today, format="YYYY/MM/DD", key="training-day"
        )
    with context.read() as tx:
        found = courses.applying(tx, unit.id, day)
        rates = {each.id: standing.rate(tx, unit.id, each.id, day) for each in found if each.runs_on(day)}
    if not found:
        frame.message(text("この単位に届くコースがありません。「教育コース」で、標準のコースから作れます。"))
        return
    _verdict(rates, context)
    opened = _courses(found, rates, day, context)
    if opened:
        st.query_params["course"] = opened
        st.rerun()
    wanted = st.query_params.get("course", "")
    chosen = next((each for each in found if str(each.id) == wanted), None) or next(
        (each for each in found if each.id in rates), None
    )
    if None in rates.values() and (chosen is None or rates.get(chosen.id) is not None):
        frame.note(text(training_words.TOO_FEW))
    if chosen is not None and chosen.id in rates:
        _one(chosen, unit, units, day, today, context)


def _verdict(rates: Mapping[CourseId, Rate | None], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    told = [each for each in rates.values() if each is not None]
    missing = sum(each.missing for each in told)
    if not rates:
        frame.verdict(text("この日に実施中のコースはありません。"))
    elif missing:
        frame.verdict(text("**延べ {number} 人がまだ合格していません。**", number=number(missing)))
    elif len(told) < len(rates):
        frame.verdict(text("少人数のため、個人が分かる人数は示しません。"))
    elif any(each.in_scope for each in told):
        frame.verdict(text("休職・休業中の方を除き、対象の全員が合格しています。"))
    else:
        frame.verdict(
            text("対象の従業者がまだ登録されていません。「名簿と受講結果の取込」で取り込んでください。")
        )


def _courses(
    found: Sequence[Course], rates: Mapping[CourseId, Rate | None], day: date, context: PageContext
) -> str | None:
    text, number = context.text, context.formats.number
    rows = []
    for each in found:
        rate = rates.get(each.id, Rate())
        state = (
            context.formats.period(each.opens_on, each.due_on)
            if each.opens_on
            else text("入社・受入のとき")
            if each.runs_on(day)
            else text("実施前")
        )
        rows.append(
            tables.Row(
                str(each.id),
                [
                    tables.Cell(each.title(context.language), below=each.number, link=each.id in rates),
                    tables.Cell(text(training_words.AUDIENCE[each.audience])),
                    tables.Cell(state),
                    *_counts(rate),
                ],
            )
        )
    labels = (text("コース"), text("対象者"), text("実施の期間"), *_count_labels(context))
    caption = text("コース {number} 件", number=number(len(found)))
    columns = [tables.Column(label, right=place > 2, nowrap=place > 1) for place, label in enumerate(labels)]
    return tables.show(tables.Table(caption, columns, rows), key="training-courses-rates")


def _count_labels(context: PageContext) -> tuple[str, ...]:
    text = context.text
    return (
        text("対象（人）"),
        text("受講（人）"),
        text("合格（人）"),
        text("休職・休業（人）"),
        text("合格率"),
    )


def _counts(rate: Rate | None) -> list[tables.Cell]:
    if rate is None:
        return [tables.Cell("—", order=-1) for _ in range(5)]
    share = None if rate.percent is None else rate.percent / 100
    numbers = (rate.in_scope, rate.done, rate.passed, rate.on_leave)
    cells = [tables.Cell(f"{each:,}", order=each) for each in numbers]
    return [*cells, tables.Cell(formats.percent(share), order=-1 if share is None else share)]


def _one(
    chosen: Course, unit: Unit, units: Sequence[Unit], day: date, today: date, context: PageContext
) -> None:
    text = context.text
    names = scope.full_names(units, context.language)
    frame.heading(
        chosen.title(context.language),
        text("休職・休業中でまだ合格していない方は、合格率の分母から除きます。"),
    )
    with context.read() as tx:
        below = standing.rates_below(tx, unit.id, chosen.id, day)
        understood = standing.comprehension(tx, unit.id, chosen.id, day)
    labels = (text("単位"), *_count_labels(context))
    rows = [
        tables.Row(
            str(each.unit_id),
            [
                tables.Cell(
                    text("{unit}（直属）", unit=names.get(each.unit_id, "—"))
                    if each.unit_id == unit.id
                    else names.get(each.unit_id, "—")
                ),
                *_counts(each.rate),
            ],
        )
        for each in below
    ]
    columns = [tables.Column(label, right=place > 0, sortable=True) for place, label in enumerate(labels)]
    if rows:
        caption = text("単位 {number} 件、{day} の時点", number=len(rows), day=context.formats.day(day))
        tables.show(tables.Table(caption, columns, rows), key="training-units")
    if any(each.rate is None for each in below):
        frame.note(text(training_words.TOO_FEW))
    if understood:
        frame.heading(text("項目ごとの理解度"), text("5 人に満たない項目は、個人が分かるため示しません。"))
        for each in understood:
            _understood(each, unit, context)
    answer_sheets.listing(chosen, unit, names, day, understood, context)
    if chosen.audience is Audience.SUPPLIERS:
        training_suppliers.show(chosen, unit, names, day, today, context)
    if rows:
        _people(chosen, unit, names, day, today, context)


def _understood(each: Comprehension, unit: Unit, context: PageContext) -> None:
    left, right = st.columns([8, 2], vertical_alignment="center")
    with left:
        frame.bar(
            context.text(
                "{topic}：正答 **{percent}**（{persons} 人）",
                topic=each.name.of(context.language),
                percent=formats.percent(each.correct / each.asked),
                persons=context.formats.number(each.persons),
            ),
            each.correct / each.asked,
        )
    with right, context.read() as tx:
        if allowed(tx, Permission.VIEW_TRAINING, unit.id):
            answer_sheets.topic_link(each, context)


def _people(
    chosen: Course, unit: Unit, names: Mapping[UnitId, str], day: date, today: date, context: PageContext
) -> None:
    text = context.text
    frame.heading(text("まだ合格していない方"))
    with context.read() as tx:
        may = allowed(tx, Permission.VIEW_TRAINING, unit.id)
        manages = allowed(tx, Permission.MANAGE_TRAINING, unit.id)
    if not may:
        frame.note(
            text(
                "氏名は、この法人の教育を見る権限のある方だけが見られます。ほかの法人の氏名は、根拠がなければ開きません。"
            )
        )
        return
    context.viewed(SensitiveList.TRAINING, unit.id)
    key = f"training-page-{unit.id}-{chosen.id}"
    offset = (int(st.session_state.get(key, 1)) - 1) * PAGE
    with context.read() as tx:
        page = standing.persons(tx, unit.id, chosen.id, day, offset=offset, limit=PAGE)
    if not page.total:
        frame.message(text("まだ合格していない方はいません。"))
        return
    _table(page, names, today, context)
    if page.total > PAGE:
        st.pagination(-(-page.total // PAGE), key=key)
    if manages:
        _follow_up(page.rows, chosen, today, context)


def _table(page: PersonPage, names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text, shown = context.text, context.formats
    labels = (text("氏名"), text("所属"), text("雇用区分"), text("状態"), text("いつまで"), text("フォロー"))
    rows = [
        tables.Row(
            str(each.worker_id),
            [
                tables.Cell(each.name, below=each.number),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(text(training_words.EMPLOYMENT[each.employment])),
                tables.Cell(
                    text(training_words.STANDING[each.standing]),
                    below=text("休職・休業中") if each.on_leave else "",
                ),
                tables.Cell(
                    shown.day(each.due_on),
                    below=text("{days} 日過ぎています", days=late) if (late := each.days_late(today)) else "",
                ),
                tables.Cell(
                    shown.day(each.followed_up_on),
                    below=text("予定 {day}", day=shown.day(each.planned_on)) if each.planned_on else "",
                ),
            ],
        )
        for each in page.rows
    ]
    caption = text("{all} 人のうち {shown} 人", all=shown.number(page.total), shown=shown.number(len(rows)))
    columns = [tables.Column(label, nowrap=place > 3) for place, label in enumerate(labels)]
    tables.show(tables.Table(caption, columns, rows), key="training-people")


def _follow_up(rows: Sequence[PersonStanding], chosen: Course, today: date, context: PageContext) -> None:
    text = context.text
    with st.expander(text("フォロー・受講を記録する")):
        person = st.selectbox(
            text("従業者"),
            rows,
            index=None,
            key=f"follow-who-{chosen.id}",
            placeholder=text("従業者を選ぶ"),
            format_func=lambda each: f"{each.name}　{each.number}",
        )
        if person is None:
            return
        with st.form("follow-up", border=False, clear_on_submit=True):
            note = st.text_input(text("行ったこと（連絡、面談、再受講の指示など）"), max_chars=1000)
            planned = st.date_input(text("受講の予定日（なければ空のまま）"), None, format="YYYY/MM/DD")
            again = st.checkbox(text("テストの回数を数え直し、もう一度受けられるようにする"))
            sent = st.form_submit_button(text("フォローを記録"), type="primary", key="follow-save")
        with st.form("attendance", border=False, clear_on_submit=True):
            left, middle, right = st.columns([3, 3, 3], vertical_alignment="bottom")
            on = left.date_input(text("受講した日（集合研修など）"), today, format="YYYY/MM/DD")
            passed = middle.checkbox(text("合格（理解を確認した）"))
            attended = right.form_submit_button(text("受講を記録"), key="attendance-save")
    try:
        if sent:
            with context.write("training page") as tx:
                records.follow_up(
                    tx,
                    person.worker_id,
                    chosen.id,
                    note=note,
                    planned_on=planned if isinstance(planned, date) else None,
                    again=again,
                )
            st.session_state[_SAID] = text("フォローを記録しました。")
            st.rerun()
        if attended and isinstance(on, date):
            with context.write("training page") as tx:
                records.record_attendance(tx, person.worker_id, chosen.id, on=on, passed=passed)
            st.session_state[_SAID] = text("受講を記録しました。")
            st.rerun()
    except RegistryError as error:
        st.error(training_words.refused(error, text))
