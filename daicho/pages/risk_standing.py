"""How the analysis of an entry stands: its levels, the acceptance of what remains, measures still to come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from daicho.pages import frame, risk_form, risk_words, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from registry import risk_analysis
from registry.errors import RegistryError
from registry.handling import ProcessorId
from registry.model import LedgerEntry
from registry.risk_model import (
    Analysis,
    Decision,
    MeasureId,
    PlannedMeasure,
    Risk,
    RiskState,
    RiskVersion,
)
from registry.store import Tx
from registry.threat_proposals import Proposal


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the page shows."""

    entry: LedgerEntry
    analysis: Analysis
    open: Sequence[Proposal]  # proposed, and neither taken nor left
    versions: Sequence[RiskVersion]
    may_edit: bool
    may_accept: bool
    today: date
    processors: Mapping[ProcessorId, str]
    seen: int  # the version of the analysis that the person was shown


def show(case: Case, context: PageContext) -> None:
    """Show the levels and the acceptance, one below the other."""
    _standing(case, context)
    _acceptance(case, context)


def _standing(case: Case, context: PageContext) -> None:
    text, formats, made = context.text, context.formats, case.analysis
    frame.heading(text("分析の状態"))
    levels = {
        name: text("未判断") if found is None else risk_words.level(found, text)
        for name, found in (
            (text("今のリスク（最も高いもの）"), made.worst),
            (text("残留リスク（最も高いもの）"), made.worst_residual),
        )
    }
    updated = NONE if made.updated_at is None else f"{made.updated_by}　{formats.moment(made.updated_at)}"
    accepted = (
        f"{made.accepted_by}　{formats.moment(made.accepted_at)}" if made.accepted_by else text("未承認")
    )
    frame.facts(
        {
            text("状態"): text(risk_words.STATE[made.state]),
            **levels,
            text("最後の変更"): updated,
            text("残留リスクを承認した方"): accepted,
            text("次の見直し日"): formats.day(made.next_review),
        }
    )


def _acceptance(case: Case, context: PageContext) -> None:
    text, made = context.text, case.analysis
    if made.state in (RiskState.NONE, RiskState.ACCEPTED):
        return
    frame.heading(text("残留リスクの承認"))
    if case.open:
        frame.note(
            text("承認の前に、提案された脅威をすべて判断します（残り {number} 件）。", number=len(case.open))
        )
        return
    if any(each.decision is Decision.TAKEN and not each.is_judged for each in made.risks):
        frame.note(text("承認の前に、すべての脅威の起こりやすさと影響を入れます。"))
        return
    if not case.may_accept:
        frame.note(text("この法人の個人情報保護管理者が、書いた方とは別に承認します。"))
        return
    with st.form(f"risk-accept-{case.entry.id}", border=False):
        note = st.text_input(text("承認の理由（再分析を変更なしで承認するときは必須）"), max_chars=500)
        sent = st.form_submit_button(text("残留リスクを承認"), type="primary", key="risk-accept")
    if sent:
        _act(
            lambda tx: risk_analysis.accept(tx, case.entry.id, expected_version=case.seen, note=note),
            text("残留リスクを承認しました。次の見直しは 1 年後です。"),
            context,
        )


def measures(case: Case, context: PageContext) -> None:
    """Show the planned measures that were not carried out yet; a press records that one was."""
    text, formats = context.text, context.formats
    planned = [(risk, each) for risk in case.analysis.risks for each in risk.measures if each.done_on is None]
    frame.heading(text("これから行う対策"))
    if not planned:
        frame.note(text("予定した対策はすべて実施済みか、まだありません。"))
        return
    planned.sort(key=lambda pair: pair[1].due_on)
    rows = [_measure_row(risk, each, case, context) for risk, each in planned]
    labels = (text("対策"), text("脅威"), text("対策の担当者"), text("実施期限"), text("実施の記録"))
    caption = text("{number} 件", number=formats.number(len(rows)))
    pressed = tables.show(
        tables.Table(caption, [tables.Column(label, nowrap=label in labels[3:]) for label in labels], rows),
        key="risk-planned",
    )
    if pressed and case.may_edit:
        _act(
            lambda tx: risk_analysis.finish_measure(
                tx,
                case.entry.id,
                MeasureId(int(pressed)),
                on=case.today,
                expected_version=case.analysis.version,
            ),
            text("対策の実施を記録しました。"),
            context,
        )


def _measure_row(risk: Risk, measure: PlannedMeasure, case: Case, context: PageContext) -> tables.Row:
    text = context.text
    late = measure.due_on < case.today
    return tables.Row(
        str(measure.id),
        [
            tables.Cell(measure.what),
            tables.Cell(risk_words.threat(risk, context.language), below=text(risk_words.PHASE[risk.phase])),
            tables.Cell(measure.owner),
            tables.Cell(
                context.formats.day(measure.due_on), below=text("期限を過ぎています") if late else ""
            ),
            tables.Cell(text("実施を記録"), link=case.may_edit, action=True),
        ],
    )


def _act(step: Callable[[Tx], object], said: str, context: PageContext) -> None:
    """Do a step and say so on the next run, or say why it was refused."""
    try:
        with context.write("risk analysis page") as tx:
            step(tx)
    except RegistryError as error:
        st.error(risk_words.refused(error, context))
        return
    st.session_state[risk_form.SAID] = said
    st.rerun()
