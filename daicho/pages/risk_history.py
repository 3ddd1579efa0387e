"""What each version of a risk analysis changed, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from daicho.pages import frame, risk_words, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from registry.risk_facts import reopening_of
from registry.risk_levels import Level
from registry.risk_model import Decision, RiskDraft, RiskVersion
from registry.threats import Phase


def show(versions: Sequence[RiskVersion], context: PageContext) -> None:
    """Show the history, the newest first."""
    text = context.text
    frame.heading(text("版の履歴"))
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(text("第 {version} 版", version=each.version), below=each.by),
                tables.Cell(context.formats.moment(each.at)),
                tables.Cell(text(risk_words.KIND[each.kind]), below=each.reason),
                tables.Cell(name),
                tables.Cell(before),
                tables.Cell(after),
            ],
        )
        for each in sorted(versions, key=lambda one: -one.version)
        for name, before, after in _changes(each, context)
    ]
    if not rows:
        frame.note(text("まだ分析されていません。"))
        return
    columns = [text("版"), text("日付"), text("内容"), text("変わった項目"), text("前"), text("後")]
    with st.expander(text("版ごとの違い {number} 行", number=len(rows))):
        tables.show(tables.Table("", [tables.Column(name) for name in columns], rows), key="risk-versions")


def _changes(version: RiskVersion, context: PageContext) -> list[tuple[str, str, str]]:
    """Return what a version changed, in words; a threat judged for the first time is one line."""
    text = context.text
    found: list[tuple[str, str, str]] = []
    first: set[str] = set()
    for path, (before, after) in version.changes.items():
        threat, _, field = path.rpartition("/")
        if field == "decision" and not before:
            first.add(threat)
            found.append((_called(threat, version, context), NONE, shown(field, after, context)))
        elif threat not in first:
            called = text(risk_words.FIELD[field]) if field in risk_words.FIELD else field
            where = _called(threat, version, context)
            name = f"{where}　{called}" if where else called
            found.append((name, shown(field, before, context), shown(field, after, context)))
    return found


def _called(threat: str, version: RiskVersion, context: PageContext) -> str:
    if not threat:
        return ""
    phase, _, threat_id = threat.partition("/")
    title = version.changes.get(f"{threat}/title", ("", ""))[1]
    draft = RiskDraft(Phase(phase), threat_id, title=title)
    name = risk_words.threat(draft, context.language) or context.text("自社の脅威")
    return f"{context.text(risk_words.PHASE[draft.phase])}　{name}"


def shown(field: str, kept: str, context: PageContext) -> str:
    """Return a value of the history in words."""
    if not kept:
        return NONE
    match field:
        case "decision":
            return context.text(risk_words.DECISION[Decision(kept)])
        case "measures":
            return "\n".join(f"{what}（{owner}、{due}）" for what, owner, due, _done in json.loads(kept))
        case "reopened":
            return "".join(risk_words.reasons(reopening_of(kept), context))
        case "level" | "residual_level":
            return risk_words.level(Level(int(kept)), context.text)
        case _:
            return kept
