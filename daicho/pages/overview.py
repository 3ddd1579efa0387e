"""Group overview グループの状況: which company or hospital is at risk, why, and how sure the picture is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from daicho.pages import addresses, frame, risk_scale, scope, sentences, tables, treemap, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE, add_totals, examined_share, local_day, percent
from registry import inventory
from registry import situation as reality
from registry.model import Permission, Situation, UnitId, UnitKind
from scanners.model import Reason

_SITE_LIMIT = 40  # more entities than this: the map shows them without their sites


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    if not context.may(Permission.VIEW_SITUATION):
        frame.title(text("グループの状況"), text("どの会社・病院が、なぜ危ないかを一目で確かめます。"))
        frame.no_right(text)
        return
    left, middle, right = st.columns([6, 2.3, 1.7], vertical_alignment="top")
    with left:
        frame.title(text("グループの状況"), text("どの会社・病院が、なぜ危ないかを一目で確かめます。"))
    with context.read() as tx:
        choices = scope.units(tx)
        with middle:
            under = scope.select(context, choices, "overview-scope", whole=len(choices) > 1)
        found = _by_risk(
            reality.situations(tx, context.workspace.findings, under=under.id if under else None)
        )
        sites = {
            each.unit.id: reality.children(tx, context.workspace.findings, each.unit.id)
            for each in (found if len(found) <= _SITE_LIMIT else [])
        }
        gaps = inventory.unexamined(tx, context.workspace.findings, unit_id=under.id if under else None)
    with right:
        _as_of(found, context)
    assessed = [each for each in found if each.as_of is not None]
    if not assessed:
        frame.nothing_scanned(text)
        return
    frame.verdict(sentences.verdict(found, context))
    frame.attention(text("広く読めるデータ"), sentences.widely_readable(found, context))
    _actions(found[0], context)
    _map_and_sureness(found, sites, gaps, context)
    _table(found, context)


def _by_risk(found: Sequence[Situation]) -> list[Situation]:
    """Return the gravest first; what was never scanned comes last."""
    return sorted(found, key=lambda each: (-(each.risk.score if each.risk else -1), each.unit.code))


def _as_of(found: Sequence[Situation], context: PageContext) -> None:
    latest = max((each.as_of for each in found if each.as_of), default=None)
    name, value = context.text("基準日"), context.formats.moment(latest)
    st.html(f"<div class='dc-asof'><span>{escape(name)}</span>{escape(value)}</div>")


def _actions(worst: Situation, context: PageContext) -> None:
    name = worst.unit.name(context.language)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        opened = st.button(
            context.text("{unit}を開く", unit=name),
            key="open-worst",
            type="primary",
            icon=":material/arrow_forward:",
        )
        frame.legend(context.text)
    if opened:
        addresses.go(addresses.ENTITY, unit=worst.unit.code)


def _map_and_sureness(
    found: Sequence[Situation],
    sites: dict[UnitId, list[Situation]],
    gaps: Mapping[Reason, int],
    context: PageContext,
) -> None:
    text = context.text
    left, right = st.columns([65, 35], gap="medium")
    with left, st.container(gap="xsmall"):
        frame.heading(text("会社・病院の広がり"))
        groups = [
            (
                text(words.UNIT_KIND[kind]),
                [_tile(each, sites, context) for each in found if each.unit.kind is kind],
            )
            for kind in UnitKind
        ]
        opened = treemap.show(groups, text("会社・病院の広がり"), key="map")
        frame.note(text("面積：見つかった本人の数（小さい単位は読める大きさまで拡大）。色と形：リスク。"))
    with right, st.container(gap="xsmall"):
        _changes(found, context)
        _sureness(found, gaps, context)
    if opened:
        addresses.go(addresses.ENTITY, unit=opened)


def _tile(each: Situation, sites: dict[UnitId, list[Situation]], context: PageContext) -> treemap.Tile:
    parts = [_tile(site, {}, context) for site in sites.get(each.unit.id, [])]
    score = each.risk.score if each.risk else None
    tone = None if score is None else risk_scale.step_of(score).level // 20
    rest = each.persons.high - sum(site.weight for site in parts)
    if parts and rest > 0:  # what belongs to no site shows the colour of the whole
        parts.append(treemap.Tile(each.unit.code, context.text("全体で共有"), "", rest, tone))
    return treemap.Tile(
        id=each.unit.code,
        name=each.unit.name(context.language),
        detail=context.text("未確認") if score is None else risk_scale.label(score, context.text),
        weight=float(each.persons.high),
        tone=tone,
        parts=parts,
        short="" if score is None else f"{risk_scale.step_of(score).shape} {score}",
    )


def _changes(found: Sequence[Situation], context: PageContext) -> None:
    text = context.text
    moved = [
        (each.risk.score - each.previous, each)
        for each in found
        if each.risk and each.previous is not None and each.risk.score != each.previous
    ]
    frame.heading(text("前回からの変化"))
    if not moved:
        frame.note(text("前回の走査から点数の変わった単位はありません。"))
        return
    moved.sort(key=lambda each: -abs(each[0]))
    pairs = []
    for change, each in moved[:5]:
        before = risk_scale.word(each.previous or 0, text)
        after = risk_scale.word(each.risk.score if each.risk else 0, text)
        name = each.unit.name(context.language)
        shape = "▲" if change > 0 else "▽"
        line = f"{shape}　{name}" if before == after else f"{shape}　{name}　{before} → {after}"
        pairs.append((line, context.formats.change(change)))
    frame.pairs_list(pairs)


def _sureness(found: Sequence[Situation], gaps: Mapping[Reason, int], context: PageContext) -> None:
    """Say how much of the estate the picture rests on; nothing unexamined is left unsaid."""
    text, number = context.text, context.formats.number
    frame.heading(text("この図はどこまで確かか"))
    reported = [each for each in found if each.as_of is not None]
    frame.bar(
        text("報告あり **{reported} / {all} 単位**", reported=len(reported), all=len(found)),
        len(reported) / len(found),
    )
    totals = add_totals(list(found))
    due = totals.listed - totals.by_policy
    share = examined_share(totals)
    frame.bar(
        text(
            "調べ終えた対象 **{share}**（{done} / {all}）",
            share=percent(share),
            done=number(totals.complete),
            all=number(due),
        ),
        share or 0.0,
    )
    if unseen := totals.listed - totals.complete - totals.by_policy:
        reasons = (f"{text(words.REASON[reason])} {number(count)}" for reason, count in gaps.items())
        frame.note(
            text(
                "調べ切れなかったもの {count} 件（{reasons}）。"
                "その分のリスクは図に入らず、点数の最大値に入っています。",
                count=number(unseen),
                reasons=words.listed(reasons, text, 4),
            )
        )
    missing = [each.unit.name(context.language) for each in found if each.as_of is None]
    if missing:
        frame.note(text("まだ報告のない単位：{names}", names=words.listed(missing, text, 3)))
    oldest = min(reported, key=lambda each: each.as_of.timestamp() if each.as_of else 0.0, default=None)
    if oldest is not None:
        frame.note(
            text(
                "最も古い走査は {when}（{unit}）です。",
                when=context.formats.moment(oldest.as_of),
                unit=oldest.unit.name(context.language),
            )
        )


def _table(found: Sequence[Situation], context: PageContext) -> None:
    text, formats = context.text, context.formats
    frame.heading(text("会社・病院の一覧"))
    rows = [
        tables.Row(
            each.unit.code,
            [
                tables.Cell(each.unit.name(context.language), link=True),
                tables.Cell(text(words.UNIT_KIND[each.unit.kind])),
                tables.risk_cell(each.risk.score if each.risk else None, text, each.upper),
                tables.Cell(formats.persons(each.persons) if each.as_of else NONE, order=each.persons.high),
                tables.Cell(
                    formats.number(each.discrepancies) if each.as_of else NONE, order=each.discrepancies
                ),
                tables.Cell(
                    formats.number(each.objects_with_findings) if each.as_of else NONE,
                    order=each.objects_with_findings,
                ),
                tables.Cell(percent(examined_share(each.totals)), order=examined_share(each.totals) or -1),
                tables.Cell(
                    formats.day(local_day(each.as_of)), order=each.as_of.timestamp() if each.as_of else 0
                ),
            ],
        )
        for each in found
    ]
    table = tables.Table(
        caption=text(
            "{count} 単位、リスクの高い順。行を選ぶと会社・病院のページが開きます。", count=len(rows)
        ),
        columns=[
            tables.Column(text("会社・病院"), sortable=True),
            tables.Column(text("区分"), nowrap=True),
            tables.Column(text("リスク"), sortable=True, nowrap=True),
            tables.Column(text("本人（人）"), right=True, sortable=True),
            tables.Column(text("差異（件）"), right=True, sortable=True),
            tables.Column(text("個人情報のある対象"), right=True, sortable=True),
            tables.Column(text("調べ終えた"), right=True, sortable=True),
            tables.Column(text("走査"), right=True, sortable=True),
        ],
        rows=rows,
        sorted_by=2,
    )
    opened = tables.show(table, key="units")
    if opened:
        addresses.go(addresses.ENTITY, unit=opened)
