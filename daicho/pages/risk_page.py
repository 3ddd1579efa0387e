"""The risk analysis of one entry: its threats phase by phase, taken, left out or waiting."""

from __future__ import annotations

import streamlit as st

from daicho.pages import (
    addresses,
    applications,
    flow_chart,
    frame,
    risk_form,
    risk_history,
    risk_matrix,
    risk_standing,
    risk_words,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.risk_standing import Case
from registry import ledger, risk_analysis
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import EntryId, Permission
from registry.risk_model import Analysis, Decision, Risk, RiskDraft, RiskState
from registry.store import Tx
from registry.threats import Phase


def show(entry_id: EntryId, context: PageContext) -> None:
    """Show the analysis of one entry, or the form of the threat in the address."""
    text = context.text
    try:
        with context.read() as tx:
            case = _case(tx, entry_id)
    except NotFound:
        frame.title(text("リスク分析"), "")
        frame.message(text("この記載は見つからないか、閲覧できません。"))
        return
    wanted = st.query_params.get("threat", "")
    if wanted and case.may_edit:
        chosen = risk_form.chosen(wanted, case.analysis, case.open)
        if chosen is not None:
            risk_form.show(chosen, case.entry, case.analysis, case.open, context)
            return
    _page(case, context)


def _case(tx: Tx, entry_id: EntryId) -> Case:
    entry = ledger.entry(tx, entry_id)
    made = risk_analysis.analysis(tx, entry_id)
    decided = {(risk.phase, risk.threat) for risk in made.risks}
    return Case(
        entry,
        made,
        [
            each
            for each in risk_analysis.proposals(tx, entry_id)
            if (each.phase, each.threat.id) not in decided
        ],
        risk_analysis.versions(tx, entry_id),
        allowed(tx, Permission.EDIT_LEDGER, entry.unit_id),
        allowed(tx, Permission.APPROVE_LEDGER, entry.unit_id),
        today_in_japan(tx.now),
        applications.processor_names(tx),
        _seen(made),
    )


def _seen(made: Analysis) -> int:
    """Return the version that the person was shown: what he decides is about that one."""
    key = f"risk-seen-{made.entry_id}"
    seen = int(st.session_state.get(key, made.version))
    st.session_state[key] = made.version
    return seen


def _page(case: Case, context: PageContext) -> None:
    text, entry = context.text, case.entry
    with st.container(horizontal=True):
        if st.button(text("一覧に戻る"), key="risk-back", icon=":material/arrow_back:", type="tertiary"):
            addresses.go(addresses.RISKS)
        if st.button(
            text("台帳の記載を開く"), key="risk-entry", icon=":material/menu_book:", type="tertiary"
        ):
            addresses.go(addresses.LEDGER, entry=str(entry.id))
    frame.title(
        text("リスク分析　{number} {name}", number=entry.number, name=entry.name), _next_step(case, context)
    )
    if said := st.session_state.pop(risk_form.SAID, ""):
        frame.message(said)
    if why := risk_words.reasons(case.analysis.reopened, context):
        frame.message("".join(why) + text("内容を見直し、もう一度承認してください。"))
    chart = flow_chart.chart_of(entry, case.analysis, case.open, case.processors, context)
    flow_chart.show(chart, entry, case.analysis, context)
    left, right = st.columns([66, 34], gap="large")
    with left:
        for phase in Phase:
            _phase(phase, case, context)
        if case.may_edit:
            _leave_many(case, context)
            _own(context)
        _left_out(case, context)
    with right:
        risk_standing.show(case, context)
    risk_standing.measures(case, context)
    risk_matrix.definitions(context)
    risk_history.show(case.versions, context)


def _next_step(case: Case, context: PageContext) -> str:
    text = context.text
    if case.open:
        return text("次は、提案された脅威を判断します（残り {number} 件）。", number=len(case.open))
    match case.analysis.state:
        case RiskState.NONE:
            return text("この記載に提案できる脅威はありません。自社の脅威を加えて分析します。")
        case RiskState.DRAFT | RiskState.REOPENED:
            return text("次は、書いた方とは別の個人情報保護管理者が残留リスクを承認します。")
        case RiskState.ACCEPTED:
            return text("残留リスクは承認されています。変更するときは理由を記録します。")


def _phase(phase: Phase, case: Case, context: PageContext) -> None:
    text, language = context.text, context.language
    taken = [each for each in case.analysis.risks if each.phase is phase and each.decision is Decision.TAKEN]
    waiting = [each for each in case.open if each.phase is phase]
    frame.heading(text(risk_words.PHASE[phase]))
    if not taken and not waiting:
        frame.note(text("この段階に分析する脅威はありません。"))
        return
    rows = [
        *(_taken_row(each, case, context) for each in taken),
        *(
            tables.Row(
                f"{phase}/{each.threat.id}",
                [
                    tables.Cell(
                        each.threat.name.of(language), below=each.threat.harm.of(language), link=case.may_edit
                    ),
                    tables.Cell(NONE),
                    risk_words.cell(None, text),
                    risk_words.cell(None, text),
                    tables.Cell(NONE),
                ],
            )
            for each in waiting
        ),
    ]
    columns = [
        tables.Column(text("脅威")),
        tables.Column(text("今の対策")),
        tables.Column(text("今のリスク"), nowrap=True),
        tables.Column(text("残留リスク"), nowrap=True),
        tables.Column(text("追加する対策"), nowrap=True),
    ]
    caption = text("分析 {taken} 件、未判断 {waiting} 件", taken=len(taken), waiting=len(waiting))
    opened = tables.show(tables.Table(caption, columns, rows), key=f"risk-{phase}")
    if opened:
        risk_form.turn_to(opened)


def _taken_row(risk: Risk, case: Case, context: PageContext) -> tables.Row:
    text = context.text
    done = sum(each.done_on is not None for each in risk.measures)
    measures = NONE
    if risk.measures:
        measures = text("{done}／{all} 件実施", done=done, all=len(risk.measures))
    return tables.Row(
        f"{risk.phase}/{risk.threat}",
        [
            tables.Cell(risk_words.threat(risk, context.language), link=case.may_edit),
            tables.Cell(risk.present or NONE),
            risk_words.cell(risk.level, text),
            risk_words.cell(risk.residual_level, text),
            tables.Cell(measures),
        ],
    )


def _leave_many(case: Case, context: PageContext) -> None:
    """Let several proposals be left out at once, for one reason."""
    text = context.text
    if not case.open:
        return
    names = {
        f"{each.phase}/{each.threat.id}": "　".join(
            (text(risk_words.PHASE[each.phase]), each.threat.name.of(context.language))
        )
        for each in case.open
    }
    with (
        st.expander(text("まとめて該当しないとする")),
        st.form(f"risk-leave-{case.entry.id}", border=False),
    ):
        chosen = st.multiselect(
            text("該当しない脅威"), list(names), format_func=names.__getitem__, placeholder=text("選ぶ")
        )
        why = st.text_input(text("該当しない理由（必須）"), max_chars=500)
        reason = risk_form.reason(case.analysis, context)
        sent = st.form_submit_button(text("該当しないとして記録"), key="risk-leave")
    if not sent:
        return
    if not chosen:
        st.error(text("該当しない脅威を選んでください。"))
        return
    drafts = []
    for each in chosen:
        phase, _, threat = each.partition("/")
        drafts.append(RiskDraft(Phase(phase), threat, Decision.LEFT, left_reason=why))
    conflict = risk_form.save(case.entry, case.seen, drafts, reason, context)
    if conflict is not None:
        st.error(risk_words.refused(conflict, context))


def _own(context: PageContext) -> None:
    if st.button(context.text("自社の脅威を加える"), key="risk-own", icon=":material/add:"):
        risk_form.turn_to(risk_form.NEW)


def _left_out(case: Case, context: PageContext) -> None:
    text = context.text
    left = [each for each in case.analysis.risks if each.decision is Decision.LEFT]
    if not left:
        return
    with st.expander(text("該当しないとした脅威 {number} 件", number=len(left))):
        rows = [
            tables.Row(
                f"{each.phase}/{each.threat}",
                [
                    tables.Cell(
                        risk_words.threat(each, context.language),
                        below=text(risk_words.PHASE[each.phase]),
                        link=case.may_edit,
                    ),
                    tables.Cell(each.left_reason),
                ],
            )
            for each in left
        ]
        columns = [tables.Column(text("脅威")), tables.Column(text("該当しない理由"))]
        opened = tables.show(tables.Table("", columns, rows), key="risk-left")
        if opened:
            risk_form.turn_to(opened)
