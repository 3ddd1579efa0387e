"""The table of findings 指摘事項: what was seen where, and how far its corrective action has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daicho.pages import action_words, audit_words, frame, tables
from daicho.pages.context import PageContext
from privacy_mark.audits.model import PaperResult
from privacy_mark.audits.results import Finding, Results
from registry.model import UnitId

_MOST = 100


def show(
    heading: str, found: Results, names: Mapping[UnitId, str] | None, context: PageContext, *, key: str
) -> str | None:
    """Show the findings, the nonconformities first; return the id of the audit that the reader opens.

    `names` of the audited units; None on the page of one audit, where no row opens anything.
    """
    text, number = context.text, context.formats.number
    if not found.findings:
        return None
    told = text(
        "不適合 {bad} 件、観察事項 {seen} 件",
        bad=number(found.count(PaperResult.NONCONFORMING)),
        seen=number(found.count(PaperResult.OBSERVATION)),
    )
    frame.heading(heading, told)
    shown = found.findings[:_MOST]
    rows = [
        tables.Row(f"{each.audit_id}-{place}", _cells(each, names, context))
        for place, each in enumerate(shown)
    ]
    labels = [text("要求事項"), text("結果"), text("確かめた事実"), text("是正処置")]
    columns = [tables.Column(label, nowrap=label != labels[2]) for label in labels]
    if names is not None:
        columns.insert(0, tables.Column(text("監査する部門")))
    caption = text(
        "{total} 件のうち {number} 件、不適合から",
        total=number(len(found.findings)),
        number=number(len(rows)),
    )
    opened = tables.show(tables.Table(caption, columns, rows), key=key)
    return opened.partition("-")[0] if opened else None


def _cells(of: Finding, names: Mapping[UnitId, str] | None, context: PageContext) -> Sequence[tables.Cell]:
    text, action = context.text, of.action
    cells = [
        tables.Cell(of.requirement),
        tables.Cell(
            text(audit_words.RESULT[of.result]),
            below="" if action is None else text(action_words.GRADE[action.grade]),
        ),
        tables.Cell(of.fact),
        tables.Cell(
            "—" if action is None else action.number,
            below="" if action is None else text(action_words.STATE[action.state]),
        ),
    ]
    if names is not None:
        cells.insert(0, tables.Cell(names.get(of.unit_id, "—"), below=of.audit_number, link=True))
    return cells
