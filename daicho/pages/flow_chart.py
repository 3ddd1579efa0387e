"""The processing flow of an entry 取扱いの流れ, drawn from its columns, with its risks: page and PDF.

Hospitals show it to the assessors: the certification guideline for medical institutions
(保健医療福祉分野のプライバシーマーク認定指針) expects flow charts with the risks identified on them.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from daicho.flow.chart import Box, Chart, Fact, RiskMark, described
from daicho.flow.svg import Palette, draw
from daicho.letters.flow import FlowDocument, RiskLine, flow_document
from daicho.pages import entry_form, frame, handling_words, risk_scale, risk_words, theme, words
from daicho.pages.context import PageContext
from registry.handling import ProcessorId
from registry.ledger_columns import column_text, value_of
from registry.model import LedgerEntry
from registry.risk_levels import Level
from registry.risk_model import Analysis, Decision, PlannedMeasure, Risk
from registry.threat_proposals import Proposal
from registry.threats import Phase

_NAMED = 2  # so many threats of the highest level are named on a box
_FACTS: Mapping[Phase, tuple[str, ...]] = {
    Phase.ACQUIRE: ("acquisition", "acquired_from", "subjects", "items", "consent"),
    Phase.TRANSFER: ("media", "transfers"),
    Phase.USE: ("purpose", "access_holders", "end_of_use"),
    Phase.STORE: ("places", "storage_method", "approximate_count", "exposure"),
    Phase.PROVIDE: ("processors", "recipients", "joint_use", "transfers"),
    Phase.ERASE: ("retention_months", "retention_until", "disposal_method", "legal_hold"),
}
_ALWAYS = frozenset({"acquisition", "media", "purpose", "places", "disposal_method", "recipients"})
"""What is shown even where nothing is stated: an assessor asks for it."""


def chart_of(
    entry: LedgerEntry,
    analysis: Analysis,
    waiting: Sequence[Proposal],
    processors: Mapping[ProcessorId, str],
    context: PageContext,
) -> Chart:
    """Return the chart of an entry: who gives, media, places, processors, recipients, retention, disposal."""
    text = context.text
    boxes = {
        phase: Box(
            text(risk_words.PHASE[phase]),
            _facts(phase, entry, processors, context),
            _marks(phase, analysis, waiting, context),
        )
        for phase in Phase
    }
    row = [each for phase, each in boxes.items() if phase is not Phase.PROVIDE]
    return Chart(
        title=text("取扱いの流れ　{number} {name}", number=entry.number, name=entry.name),
        description=described(list(boxes.values())),
        boxes=row,
        branch=boxes[Phase.PROVIDE],
        branches_from=2,  # from where data are used
    )


def show(chart: Chart, entry: LedgerEntry, analysis: Analysis, context: PageContext) -> None:
    """Show the chart, its content as text, and the way to its PDF."""
    text = context.text
    frame.heading(text("取扱いの流れとリスク"), text("台帳の記載と分析から描いています。"))
    picture = base64.b64encode(draw(chart, palette(theme.theme_name())).encode("utf-8")).decode("ascii")
    st.html(
        f"<img class='dc-flow' src='data:image/svg+xml;base64,{picture}'"
        f" alt='{escape(chart.title, quote=True)}'>"
    )
    with st.container(horizontal=True):
        st.download_button(
            text("流れ図（PDF）を受け取る"),
            lambda: pdf(chart, entry, analysis, context),
            file_name=f"{entry.number}-flow-{context.language}.pdf",
            mime="application/pdf",
            key="flow-pdf",
            icon=":material/download:",
        )
    with st.expander(text("流れを文章で読む")):
        for box in (*chart.boxes[:3], *chart.boxes[3:4], chart.branch, *chart.boxes[4:]):
            frame.heading(box.name, "、".join(mark.label for mark in box.risks))
            frame.facts({fact.name: fact.value for fact in box.facts})


def pdf(chart: Chart, entry: LedgerEntry, analysis: Analysis, context: PageContext) -> bytes:
    """Return the chart with the list of its risks as PDF."""
    text, formats = context.text, context.formats
    accepted = text("未承認")
    if analysis.accepted_by:
        accepted = f"{analysis.accepted_by}　{formats.moment(analysis.accepted_at)}"
    lines = [
        RiskLine(
            text(risk_words.PHASE[risk.phase]),
            risk_words.threat(risk, context.language),
            risk.present or "—",
            _level(risk.level, context),
            "\n".join(_planned(each, context) for each in risk.measures) or "—",
            _level(risk.residual_level, context),
        )
        for risk in analysis.risks
        if risk.decision is Decision.TAKEN
    ]
    document = FlowDocument(
        language=context.language,
        title=chart.title,
        description=chart.description,
        svg=draw(chart, replace(palette("light"), outlined=True)),
        facts=[
            (text("状態"), text(risk_words.STATE[analysis.state])),
            (text("残留リスクを承認した方"), accepted),
            (text("次の見直し日"), formats.day(analysis.next_review)),
        ],
        head=[
            text("段階"),
            text("脅威"),
            text("今の対策"),
            text("今のリスク"),
            text("追加する対策"),
            text("残留リスク"),
        ],
        lines=lines,
        none=text("まだ分析されていません。"),
        made_at=max(entry.updated_at, analysis.updated_at or entry.updated_at),
    )
    return flow_document(document)


def palette(name: str) -> Palette:
    """Return the colours of the "light" or "dark" theme."""
    dark = name == "dark"
    colours = [step.dark if dark else step.light for step in risk_scale.STEPS]
    fills, inks = [each.fill for each in colours], [each.ink for each in colours]
    if dark:
        return Palette(
            "#15181D", "#1E2229", "#3A424C", "#E8EAED", "#A9B2BD", "#8DB6F0", "#15181D", fills, inks
        )
    return Palette("#FFFFFF", "#F5F6F8", "#B9C0C8", "#1C2127", "#59626D", "#1F4F8F", "#FFFFFF", fills, inks)


def _facts(
    phase: Phase, entry: LedgerEntry, processors: Mapping[ProcessorId, str], context: PageContext
) -> list[Fact]:
    text = context.text
    found = []
    for column in _FACTS[phase]:
        value = _value(column, entry, processors, context)
        if value or column in _ALWAYS:
            found.append(Fact(text(entry_form.NAMES[column]), value or text("未記入")))
    return found


def _value(
    column: str, entry: LedgerEntry, processors: Mapping[ProcessorId, str], context: PageContext
) -> str:
    text, of = context.text, entry.handling
    match column:
        case "processors":
            known = [processors.get(each, text("ほかの単位の委託先")) for each in sorted(of.processors)]
            return words.listed(known, text)
        case "places":
            if not entry.places:
                return text("場所は閲覧できません")
            return words.listed((each.text or each.prefix for each in entry.places), text)
        case "retention_until":
            return "" if entry.retention_until is None else context.formats.day(entry.retention_until)
        case "approximate_count":
            return "" if entry.approximate_count is None else context.formats.number(entry.approximate_count)
        case "legal_hold":
            return of.legal_hold_reason or text("はい") if of.legal_hold else ""
        case "transfers":
            return words.listed((handling_words.transfer_text(each, text) for each in of.transfers), text)
        case _:
            kept = column_text(value_of(entry, column))
            return entry_form.kept_text(column, kept, context) if kept not in ("", "unstated") else ""


def _marks(
    phase: Phase, analysis: Analysis, waiting: Sequence[Proposal], context: PageContext
) -> list[RiskMark]:
    """Return the marks of a phase, the highest level first: what remains, where that was judged."""
    text = context.text
    here = [risk for risk in analysis.risks if risk.phase is phase and risk.decision is Decision.TAKEN]
    marks: list[RiskMark] = []
    for level in sorted({found for risk in here if (found := _of(risk)) is not None}, reverse=True):
        threats = [risk_words.threat(risk, context.language) for risk in here if _of(risk) is level]
        label = text("{level} {number} 件", level=risk_words.level(level, text), number=len(threats))
        marks.append(RiskMark(label, risk_words.tone(level), () if marks else tuple(threats[:_NAMED])))
    undecided = sum(each.phase is phase for each in waiting) + sum(_of(risk) is None for risk in here)
    if undecided:
        marks.append(RiskMark(text("未判断 {number} 件", number=undecided), None))
    return marks


def _of(risk: Risk) -> Level | None:
    return risk.level if risk.residual_level is None else risk.residual_level


def _planned(measure: PlannedMeasure, context: PageContext) -> str:
    text, formats = context.text, context.formats
    if measure.done_on is not None:
        return text(
            "{what}（{owner}、{day} 実施）",
            what=measure.what,
            owner=measure.owner,
            day=formats.day(measure.done_on),
        )
    return text(
        "{what}（{owner}、{day} まで）",
        what=measure.what,
        owner=measure.owner,
        day=formats.day(measure.due_on),
    )


def _level(level: Level | None, context: PageContext) -> str:
    return context.text("未判断") if level is None else risk_words.level(level, context.text)
