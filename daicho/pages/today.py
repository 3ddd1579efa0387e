"""What is to be done today 今日の対応 in one legal entity: the first page to open in the morning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from daicho.pages import addresses, frame, scope, tables, today_window, words
from daicho.pages.agenda_words import KINDS
from daicho.pages.context import PageContext
from daicho.pages.formats import examined_share, percent
from daicho.requirements import catalogue_or_product
from privacy_mark.about import About, about
from privacy_mark.agenda import MOST, Agenda, Line, agenda
from privacy_mark.certificates import agenda as certificates
from privacy_mark.due import LATE_DAYS, Level
from privacy_mark.responsible import Responsible, responsible
from registry import situation
from registry.access import today_in_japan
from registry.errors import NotFound
from registry.model import Permission, Situation, UnitId
from registry.views import SensitiveList

PER_PAGE = 30
_WEEK = 7


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("今日の対応"), text("期限のある仕事を、早いものから並べます。"))
    if not context.may(Permission.VIEW_SITUATION):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        entities = [unit for unit in units if unit.kind.is_entity and unit.closed_at is None] or units[:1]
        with right:
            entity = scope.select(context, entities, "today-scope", whole=False)
        if entity is None:
            frame.message(text("見られる会社・病院がありません。"))
            return
        known = catalogue_or_product(context.workspace.path)
        today = today_in_japan(tx.now)
        found = agenda(tx, entity.id, today, catalogue=known)
        marks = certificates.agenda(tx, today, unit_id=entity.id)
        try:
            stands = situation.situation(tx, context.workspace.findings, entity.id)
        except NotFound:
            stands = None
    names = scope.full_names(units, context.language)
    _verdict(found, context)
    within = scope.inside(units, entity)
    today_window.show(
        [each for each in marks if each.certificate.unit_id in within],
        {unit: names[unit] for unit in within if unit != entity.id},
        today,
        context,
    )
    _known(stands, context)
    _work(found, names, context)


def _verdict(found: Agenda, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    if not found.lines:
        frame.verdict(text("**期限のある仕事はありません。**"))
        return
    late, today = found.late(), found.within(1)
    frame.verdict(
        (text("**期限を過ぎたものが {late} 件あります。**", late=number(late)) if late else "")
        + text(
            "今日中が {today} 件、今週中が {week} 件です。",
            today=number(today),
            week=number(found.within(_WEEK)),
        )
    )
    if long := found.long_late():
        days = number(LATE_DAYS[Level.TOP_MANAGEMENT])
        frame.note(text("{number} 件は {days} 日以上遅れています。", number=number(long), days=days))


def _known(stands: Situation | None, context: PageContext) -> None:
    """Show what share of the estate was not examined: nothing below tells of it."""
    text = context.text
    if stands is None or stands.as_of is None:
        frame.note(text("この会社・病院はまだ走査していません。差異は走査のあとに分かります。"))
        return
    share = examined_share(stands.totals)
    if share is None:
        return
    frame.bar(
        text(
            "**調べ終えたもの {share}**　未確認 {left} 件",
            share=percent(share),
            left=context.formats.number(stands.totals.listed - stands.totals.complete),
        ),
        share,
    )


def _work(found: Agenda, names: Mapping[UnitId, str], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    if not found.lines:
        frame.message(
            text("新しい差異や依頼が来ると、ここに並びます。状況はグループの状況で確かめられます。")
        )
        return
    counts = Counter(line.due.kind for line in found.lines)
    kinds = ["", *(kind for kind in KINDS if kind in counts)]
    left, right = st.columns(2)
    wanted = left.selectbox(
        text("表示する仕事"),
        kinds,
        format_func=lambda kind: (
            text("すべて（{number}）", number=number(len(found.lines)))
            if not kind
            else f"{text(KINDS[kind].name)}（{number(counts[kind])}）"
        ),
        key="today-kind",
    )
    where = _department(found, names, right, context)
    for kind in sorted(found.cut):
        frame.note(
            text(
                "「{name}」は早いものから {number} 件だけを並べています。",
                name=text(KINDS[kind].name),
                number=number(MOST),
            )
        )
    lines = [
        line
        for line in found.lines
        if (not wanted or line.due.kind == wanted) and where in (None, line.due.unit_id)
    ]
    if not lines:
        frame.message(text("この組み合わせの仕事はありません。"))
        return
    pages = -(-len(lines) // PER_PAGE)
    page = st.pagination(pages, key=f"today-page-{wanted}-{where}") if pages > 1 else 1
    first = (page - 1) * PER_PAGE
    shown = lines[first : first + PER_PAGE]
    with context.read() as tx:
        dues = [line.due for line in shown]
        who = responsible(tx, dues, [line.owner for line in shown])
        told = about(tx, dues)
    for unit in {due.unit_id for due, of in zip(dues, told, strict=True) if of.people and of.names}:
        context.viewed(SensitiveList.TRAINING, unit)
    _table(list(zip(shown, who, told, strict=True)), len(lines), first, names, found.today, context)


def _department(
    found: Agenda, names: Mapping[UnitId, str], place: DeltaGenerator, context: PageContext
) -> UnitId | None:
    """Let the reader narrow the list to one department; None for all, and where there is but one."""
    text, number = context.text, context.formats.number
    counts = Counter(line.due.unit_id for line in found.lines)
    if len(counts) < 2:
        return None
    units = [None, *(unit for unit in names if unit in counts)]
    return place.selectbox(
        text("部門・拠点"),
        units,
        format_func=lambda unit: (
            text("すべて（{number}）", number=number(len(found.lines)))
            if unit is None
            else f"{names[unit]}（{number(counts[unit])}）"
        ),
        key="today-department",
    )


def _table(
    lines: Sequence[tuple[Line, Responsible, About]],
    total: int,
    before: int,
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text, number = context.text, context.formats.number

    def where(line: Line) -> str:
        return names.get(line.due.unit_id, "—")

    rows = [
        tables.Row(
            f"{line.due.kind}/{line.due.row}",
            [
                tables.Cell(context.formats.day(line.due.due_on), below=_distance(line, today, context)),
                tables.Cell(
                    text(KINDS[line.due.kind].name),
                    below="　".join(filter(None, (line.due.number, _about(told, context), where(line)))),
                ),
                _who(of, context),
                tables.Cell(text(KINDS[line.due.kind].step), link=True, action=True),
            ],
        )
        for line, of, told in lines
    ]
    columns = [
        tables.Column(text("いつまで"), nowrap=True),
        tables.Column(text("対応すること")),
        tables.Column(text("担当")),
        tables.Column(text("次の操作"), nowrap=True),
    ]
    caption = text(
        "{total} 件のうち {first}–{last} 件目、期限の早い順",
        total=number(total),
        first=before + 1,
        last=before + len(lines),
    )
    opened = tables.show(tables.Table(caption, columns, rows), key="today")
    if opened:
        kind, _, row = opened.partition("/")
        work = KINDS[kind]
        addresses.go(work.address, unit=scope.chosen_code(), **{work.query: row})


def _about(of: About, context: PageContext) -> str:
    """Return whom or what a line is about: the first few, and how many besides."""
    text = context.text
    named, number = words.listed(of.names, text), context.formats.number(of.more)
    if not of.more:
        return named
    if not of.names:
        return text("{number} 名", number=number)
    if of.people:
        return text("{names}ほか {number} 名", names=named, number=number)
    return text("{names}ほか {number} 件", names=named, number=number)


def _who(of: Responsible, context: PageContext) -> tables.Cell:
    """Return who is responsible; where the name is not one's to see, the post."""
    if of.post is None:
        return tables.Cell(of.name or context.text("担当なし"))
    post = context.text(words.ROLE[of.post])
    return tables.Cell(of.name, below=post) if of.name else tables.Cell(post)


def _distance(line: Line, today: date, context: PageContext) -> str:
    days = (line.due.due_on - today).days
    if days < 0:
        return context.text("{days} 日超過", days=context.formats.number(-days))
    if not days:
        return context.text("今日まで")
    return context.text("あと {days} 日", days=context.formats.number(days))
