"""Company or hospital 会社・病院: why this score, which step helps most, and what lies behind it."""

from __future__ import annotations

from html import escape

import streamlit as st

from daicho.pages import (
    addresses,
    difference,
    drawer,
    frame,
    risk_scale,
    scope,
    sentences,
    separation,
    tables,
    trend,
    words,
)
from daicho.pages.context import PageContext
from daicho.pages.formats import examined_share, percent
from registry import discrepancies, inventory
from registry import situation as reality
from registry.inventory import ObjectFilter
from registry.model import (
    Discrepancy,
    ObjectRow,
    Permission,
    Risk,
    Situation,
    SourceId,
    SourceRow,
    TrendPoint,
    Unit,
)
from registry.views import SensitiveList

TOP = 5


def show(context: PageContext) -> None:
    """Show the page of the unit in the address, or of the gravest one."""
    text = context.text
    if not context.may(Permission.VIEW_SITUATION):
        frame.title(text("会社・病院"), _purpose(context))
        frame.no_right(text)
        return
    left, right = st.columns([7, 3], vertical_alignment="top")
    store = context.workspace.findings
    with context.read() as tx:
        entities = [unit for unit in scope.units(tx) if unit.kind.is_entity]
        if not entities:
            entities = scope.units(tx)
        if scope.chosen_code() not in {unit.code for unit in entities}:
            entities = _gravest_first(entities, reality.situations(tx, store))
        with right:
            unit = scope.select(context, entities, "entity-scope", whole=False)
        if unit is None:
            frame.no_right(text)
            return
        situation = reality.situation(tx, store, unit.id)
        found = discrepancies.open_discrepancies(tx, unit_id=unit.id, limit=TOP)
        objects = (
            inventory.objects(tx, store, ObjectFilter(unit_id=unit.id), offset=0, limit=TOP)
            if context.may(Permission.VIEW_LOCATIONS)
            else None
        )
        closed = unit.id in separation.closed(tx)
        points = reality.trend(tx, unit.id)
        known = drawer.visible_sources(tx)
    with left:
        frame.title(unit.name(context.language), _purpose(context))
    if situation.as_of is None:
        frame.nothing_scanned(text)
        return
    _cards(situation, context)
    frame.attention(text("広く読めるデータ"), sentences.widely_readable([situation], context))
    if situation.risk is not None:
        _why(situation, situation.risk, context)
    _differences_and_trend(situation, found, points, context)
    if objects is None:
        frame.heading(text("リスクの重い対象"))
        frame.note(text("対象の場所と見本は、個人情報保護管理者だけが見られます。"))
    else:
        if objects.rows:
            context.viewed(SensitiveList.LOCATIONS, unit.id)
        if closed:
            separation.note({unit.id}, [unit], context)
        _objects(unit, objects.rows, objects.total, known, context)


def _gravest_first(entities: list[Unit], situations: list[Situation]) -> list[Unit]:
    """Return the units by score, so that the page opens with the one that needs a look most."""
    scores = {each.unit.id: each.risk.score for each in situations if each.risk is not None}
    return sorted(entities, key=lambda unit: -scores.get(unit.id, -1))


def _purpose(context: PageContext) -> str:
    return context.text("点数の理由、台帳との差異、いま効く一手を確かめます。")


def _cards(situation: Situation, context: PageContext) -> None:
    text, formats = context.text, context.formats
    risk = situation.risk
    if risk is None:
        score = f"<span class='dc-unknown'>{escape(text('未確認'))}</span>"
        moved = text("個人情報は見つかっていません")
    else:
        score = f"{risk.score} {frame.chip(risk.score, text, number=False)}"
        if situation.upper is not None and situation.upper > risk.score:
            score += f" <small>{escape(text('最大 {upper}', upper=situation.upper))}</small>"
        moved = _moved(situation, risk, context)
    totals = situation.totals
    unread = totals.listed - totals.complete - totals.by_policy
    persons = situation.persons
    cards = [
        (text("リスク"), score, moved),
        (
            text("本人の数（推定）"),
            f"{formats.number(persons.low)}<small>{escape(text('人'))}</small>",
            text("{range} 人の幅", range=formats.persons(persons))
            if persons.low != persons.high
            else text("幅はありません"),
        ),
        (
            text("未処理の差異"),
            f"{formats.number(situation.discrepancies)}<small>{escape(text('件'))}</small>",
            text("台帳と実態の違い"),
        ),
        (
            text("調べ終えた対象"),
            percent(examined_share(totals)),
            text(
                "全 {all} 件、調べ切れず {unread} 件",
                all=formats.number(totals.listed),
                unread=formats.number(unread),
            ),
        ),
    ]
    body = "".join(
        f"<div class='dc-card'><div class='dc-card-label'>{escape(name)}</div>"
        f"<div class='dc-card-value'>{value}</div><div class='dc-muted'>{escape(below)}</div></div>"
        for name, value, below in cards
    )
    st.html(f"<div class='dc-cards'>{body}</div>")


def _moved(situation: Situation, risk: Risk, context: PageContext) -> str:
    if situation.previous is None:
        return context.text("初めての走査です")
    return context.text(
        "前回 {before}（{word}）から {change}",
        before=situation.previous,
        word=risk_scale.word(situation.previous, context.text),
        change=context.formats.change(risk.score - situation.previous),
    )


def _why(situation: Situation, risk: Risk, context: PageContext) -> None:
    text = context.text
    name = situation.heaviest.name if situation.heaviest and context.may(Permission.VIEW_LOCATIONS) else ""
    title = (
        text("なぜ {score} 点か：最も重い対象「{name}」", score=risk.score, name=name)
        if name
        else text("なぜ {score} 点か", score=risk.score)
    )
    frame.heading(title)
    sign = "<span class='dc-sign'>×</span>"
    terms = sign.join(
        f"<div class='dc-term'><b>{_value(term.value)}</b>"
        f"<span>{escape(sentences.term_words(term.kind, term.basis, context))}</span></div>"
        for term in risk.terms
    )
    end = (
        f"<div class='dc-end'><span class='dc-sign'>＝</span><div class='dc-term'><b>{risk.score}</b>"
        f"<span>{escape(text('{word}（0–100）', word=risk_scale.word(risk.score, text)))}</span></div></div>"
    )
    st.html(f"<div class='dc-terms'>{terms}{end}</div>")
    if situation.upper is not None and situation.upper > risk.score:
        totals = situation.totals
        unread = totals.listed - totals.complete - totals.by_policy
        frame.note(
            text(
                "分かっていないことを重く見ると、最大 {upper} 点です"
                "（本人の数の幅の上限、読める人の不明な対象、調べ切れなかった {unread} 件）。",
                upper=situation.upper,
                unread=context.formats.number(unread),
            )
        )
    best = sentences.most_effective(situation, name or text("最も重い対象"), context)
    if best:
        st.html(f"<div class='dc-step'><b>{escape(text('いま最も効く一手：'))}</b>{escape(best)}</div>")


def _value(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def _differences_and_trend(
    situation: Situation, found: list[Discrepancy], points: list[TrendPoint], context: PageContext
) -> None:
    text = context.text
    left, right = st.columns([6, 4], gap="medium")
    with left, st.container(gap="xsmall"):
        frame.heading(text("台帳との差異"))
        if not found:
            frame.note(text("台帳と実態に違いはありません。"))
        else:
            caption = text(
                "{all} 件のうち上位 {shown} 件（単位：人）", all=situation.discrepancies, shown=len(found)
            )
            opened = tables.show(difference.table(found, caption, context), key="differences")
            if opened:
                difference.open_row(found[int(opened)], situation.unit.code)
        if st.button(text("差異への対応を見る"), key="all-cases"):
            addresses.go(addresses.CASES, unit=situation.unit.code)
    with right, st.container(gap="xsmall"):
        frame.heading(text("推移"))
        trend.show(points, context, key="trend")


def _objects(
    unit: Unit,
    rows: tuple[ObjectRow, ...],
    total: int,
    known: dict[SourceId, SourceRow],
    context: PageContext,
) -> None:
    text, formats = context.text, context.formats
    frame.heading(text("リスクの重い対象"))
    if not rows:
        frame.note(text("個人情報のある対象はありません。"))
        return
    table = tables.Table(
        caption=text(
            "{all} 件のうち上位 {shown} 件、リスクの高い順", all=formats.number(total), shown=len(rows)
        ),
        columns=[
            tables.Column(text("対象")),
            tables.Column(text("見つかった種類")),
            tables.Column(text("本人（人）"), right=True),
            tables.Column(text("読める人"), nowrap=True),
            tables.Column(text("リスク"), nowrap=True),
        ],
        rows=[
            tables.Row(
                row.id,
                [
                    tables.Cell(drawer.name_of(row, context), below=drawer.place_of(row, known), link=True),
                    tables.Cell(words.categories(row.categories, text, 4)),
                    tables.Cell(formats.persons(row.persons)),
                    tables.Cell(text(words.READERS[row.exposure])),
                    tables.risk_cell(row.risk.score, text) if row.risk else tables.Cell("—"),
                ],
            )
            for row in rows
        ],
    )
    opened = tables.show(table, key="objects")
    if opened:
        addresses.go(addresses.INVENTORY, unit=unit.code, object=opened)
    if st.button(context.text("すべての対象を見る"), key="all-objects"):
        addresses.go(addresses.INVENTORY, unit=unit.code)
