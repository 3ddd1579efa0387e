"""Rosters and completions from files 取込: columns matched by a person, tried, then all or nothing."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from daicho import uploads
from daicho.pages import frame, scope, tables, training_words, words
from daicho.pages.context import PageContext
from daicho.table_file import TableRefusedError
from daicho.training_file import Reading, Taken, read, take_completions, take_workers
from privacy_mark.training import courses, headings, records
from privacy_mark.training.headings import COLUMNS, Kind
from privacy_mark.training.model import Course
from registry.access import today_in_japan, units_allowed
from registry.errors import RegistryError
from registry.model import Permission, Unit

_SAID = "imports-said"
_SHOWN = 200


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(
            text("名簿と受講結果の取込"),
            text("人事の名簿と、ほかの教育システムの受講結果を、試してから取り込みます。"),
        )
    if not context.may(Permission.MANAGE_TRAINING):
        frame.no_right(text)
        return
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    with context.read() as tx:
        inside = units_allowed(tx, Permission.MANAGE_TRAINING)
        managed = [unit for unit in scope.units(tx) if unit.id in inside and unit.closed_at is None]
    if not managed:
        frame.message(text("教育を管理できる単位がありません。"))
        return
    with right:
        unit = scope.select(context, managed, "imports-scope", whole=False) or managed[0]
    kinds: Sequence[Kind] = tuple(Kind)
    kind = st.radio(
        text("取り込むもの"),
        kinds,
        horizontal=True,
        key="imports-kind",
        format_func=lambda each: text(training_words.KIND[each]),
    )
    course, percent = (None, 0) if kind is Kind.WORKERS else _course(unit, context)
    if kind is Kind.COMPLETIONS and course is None:
        frame.message(text("この単位に届くコースがありません。先に「教育コース」で作ってください。"))
    else:
        _file(kind, unit, course, percent, context)
    _past(unit, context)


def _course(unit: Unit, context: PageContext) -> tuple[Course | None, int]:
    text = context.text
    with context.read() as tx:
        found = courses.applying(tx, unit.id, today_in_japan(tx.now))
    if not found:
        return None, 0
    left, right = st.columns([7, 3], vertical_alignment="bottom")
    with left:
        chosen = st.selectbox(
            text("コース"), found, key="imports-course", format_func=lambda each: each.title(context.language)
        )
    with right:
        percent = st.number_input(text("合否の列がないときの合格点（%）"), 1, 100, 80, key="imports-percent")
    return chosen, int(percent)


def _file(kind: Kind, unit: Unit, course: Course | None, percent: int, context: PageContext) -> None:
    text = context.text
    file = st.file_uploader(
        text("CSV（UTF-8 または Shift_JIS）か Excel（.xlsx）のファイル"),
        type=list(uploads.SUFFIXES),
        max_upload_size=uploads.LIMIT >> 20,
        key=f"imports-file-{kind}-{st.session_state.get('imports-count', 0)}",
    )
    if file is None:
        return
    try:
        reading = read(kind, file.getvalue(), limit=uploads.LIMIT)
        with context.read() as tx:
            kept = records.remembered(tx, unit.id, kind, headings.digest(reading.headings))
        if kept:
            reading = read(kind, file.getvalue(), kept, limit=uploads.LIMIT)
    except TableRefusedError as error:
        st.error(uploads.sentence(error, text))
        return
    columns = _matching(reading, kind, context, remembered=bool(kept))
    lacking = headings.lacking(kind, columns)
    if lacking:
        named = words.listed((text(training_words.COLUMN[each]) for each in lacking), text)
        st.error(text("次の列が足りません：{columns}", columns=named))
        return
    _take(reading, columns, unit, course, percent, context)


def _matching(reading: Reading, kind: Kind, context: PageContext, *, remembered: bool) -> list[str]:
    text = context.text
    choices = ["", *COLUMNS[kind]]
    rows = context.formats.number(len(reading.cells))
    told = (
        text("{rows} 行あります。前に使った列の対応を使っています。", rows=rows)
        if remembered
        else text("{rows} 行あります。列の対応を確かめてください。", rows=rows)
    )
    frame.note(told)
    columns: list[str] = []
    places = st.columns(4)
    for index, each in enumerate(reading.proposed):
        with places[index % 4]:
            chosen = st.selectbox(
                each.heading or text("（見出しなし）"),
                choices,
                index=choices.index(each.column),
                key=f"match-{reading.digest[:8]}-{kind}-{index}",
                format_func=lambda name: text(training_words.COLUMN[name]) if name else text("読まない"),
            )
        columns.append(chosen if chosen not in columns else "")
    return columns


def _take(
    reading: Reading,
    columns: Sequence[str],
    unit: Unit,
    course: Course | None,
    percent: int,
    context: PageContext,
) -> None:
    text = context.text
    basis = (reading.digest, tuple(columns), unit.id, None if course is None else course.id, percent)

    def taken(*, dry_run: bool) -> Taken:
        registry, principal = context.workspace.registry, context.principal
        if course is None:
            return take_workers(registry, principal, unit.id, reading, columns, dry_run=dry_run)
        return take_completions(
            registry,
            principal,
            unit.id,
            course.id,
            reading,
            columns,
            pass_percent=percent,
            dry_run=dry_run,
        )

    try:
        if st.button(text("試す"), key="imports-try"):
            st.session_state["imports-tried"] = (basis, taken(dry_run=True))
        tried, found = st.session_state.get("imports-tried", (None, None))
        if tried != basis or not isinstance(found, Taken):
            frame.note(text("試すと、何も変えずに、変わることと誤りを示します。"))
            return
        _told(found, context)
        label = text("{rows} 行を取り込む", rows=context.formats.number(found.rows))
        if not found.refused and st.button(label, key="imports-take", type="primary"):
            done = taken(dry_run=False)
            st.session_state["imports-tried"] = (basis, done)
            if not done.refused:
                del st.session_state["imports-tried"]
                st.session_state["imports-count"] = st.session_state.get("imports-count", 0) + 1
                st.session_state[_SAID] = text(
                    "取り込みました：{counts}", counts=_counts(done.counts, context)
                )
            st.rerun()
    except RegistryError as error:
        st.error(training_words.refused(error, text))


def _told(found: Taken, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    if not found.refused:
        frame.message(text("誤りはありません。{counts}", counts=_counts(found.counts, context)))
        if found.missing:
            frame.note(
                text(
                    "名簿にいてこのファイルにない方が {number} 人います。そのまま残します。"
                    "退職した方は退職日を入れてください。",
                    number=number(found.missing),
                )
            )
        return
    st.error(text("{refused} 行に誤りがあるため、1 行も取り込みません。", refused=number(len(found.refused))))
    rows = [
        tables.Row(
            "",
            [tables.Cell(number(each.row)), tables.Cell(training_words.rule(each.column, each.rule, text))],
        )
        for each in found.refused[:_SHOWN]
    ]
    caption = text(
        "誤りのある {all} 行のうち {shown} 行", all=number(len(found.refused)), shown=number(len(rows))
    )
    columns = [tables.Column(text("行"), right=True), tables.Column(text("誤り"))]
    tables.show(tables.Table(caption, columns, rows), key="imports-refused")


def _counts(counts: object, context: PageContext) -> str:
    found = dict(counts) if isinstance(counts, dict) else {}
    parts = (
        f"{context.text(training_words.STEP[step])} {context.formats.number(count)}"
        for step, count in found.items()
        if count and step in training_words.STEP
    )
    return words.listed(parts, context.text) or context.text("変わるものはありません。")


def _past(unit: Unit, context: PageContext) -> None:
    text = context.text
    with context.read() as tx:
        found = records.imports(tx, unit.id)
    frame.heading(text("これまでの取込"))
    if not found:
        frame.note(text("この単位への取込はまだありません。"))
        return
    labels = (text("日時"), text("取り込んだもの"), text("行"), text("結果"), text("取り込んだ方"))
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(context.formats.moment(each.at)),
                tables.Cell(text(training_words.KIND[each.kind]), below=each.file_digest[:12]),
                tables.Cell(context.formats.number(each.rows)),
                tables.Cell(_counts(each.counts, context)),
                tables.Cell(each.by),
            ],
        )
        for each in found[:50]
    ]
    columns = [
        tables.Column(label, right=place == 2, nowrap=place != 3) for place, label in enumerate(labels)
    ]
    tables.show(tables.Table(text("取込 {number} 件", number=len(found)), columns, rows), key="imports-past")
