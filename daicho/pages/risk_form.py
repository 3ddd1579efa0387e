"""The form of one threat: take it with measures, likelihood and impact, or leave it with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NoReturn

import streamlit as st

from daicho.pages import frame, risk_history, risk_matrix, risk_words
from daicho.pages.context import PageContext
from registry import risk_analysis
from registry.errors import Conflict, NotFound, RegistryError
from registry.model import EntryId, LedgerEntry
from registry.risk_levels import Step, scale
from registry.risk_model import Analysis, Decision, PlannedMeasure, RiskDraft, RiskState
from registry.risk_model import Risk as Judged
from registry.threat_proposals import Proposal
from registry.threats import Phase, Threat, catalogue

SAID = "risk-said"
_OPENED = "risk-opened"
_ATTEMPTS = 5
NEW = "new"
"""The address of a threat that is not there yet."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The threat of the form: what stands of it, and what the catalogue knows."""

    address: str
    draft: RiskDraft
    known: Threat | None


@dataclass(frozen=True, slots=True)
class _Opened:
    """A form as it was when the person opened it, and what others wrote since."""

    entry_id: EntryId
    chosen: Chosen
    analysis: Analysis
    overtaken: Conflict | None = None

    @property
    def key(self) -> str:
        """Return the key of the form and its fields; another version of the analysis starts them anew."""
        return f"risk-form-{self.entry_id}-{self.analysis.version}-{self.chosen.address}"

    @property
    def version(self) -> int:
        """Return the version that saving names: the latest that the person was told of."""
        return self.overtaken.version if self.overtaken else self.analysis.version


def chosen(address: str, analysis: Analysis, proposals: Sequence[Proposal]) -> Chosen | None:
    """Return the threat of an address phase/threat; None for one that there is not."""
    if address == NEW:
        return Chosen(address, RiskDraft(Phase.STORE, ""), None)
    for risk in analysis.risks:
        if f"{risk.phase}/{risk.threat}" == address:
            return Chosen(address, _plain(risk), catalogue().threats.get(risk.threat))
    for each in proposals:
        if f"{each.phase}/{each.threat.id}" == address:
            return Chosen(address, RiskDraft(each.phase, each.threat.id), each.threat)
    return None


def turn_to(address: str) -> NoReturn:
    """Show the form of a threat of the same entry, or its analysis again."""
    if address:
        st.query_params["threat"] = address
    else:
        st.query_params.pop("threat", None)
    st.session_state.pop(_OPENED, None)
    st.rerun()


def _plain(risk: Judged) -> RiskDraft:
    return RiskDraft(**{name: getattr(risk, name) for name in RiskDraft.__dataclass_fields__})


def show(
    of: Chosen,
    entry: LedgerEntry,
    analysis: Analysis,
    proposals: Sequence[Proposal],
    context: PageContext,
) -> None:
    """Show the form; a saved one leads back to the analysis or on to the next open threat."""
    text, language = context.text, context.language
    if st.button(text("分析に戻る"), key="risk-form-back", icon=":material/arrow_back:", type="tertiary"):
        turn_to("")
    phase = text(risk_words.PHASE[of.draft.phase])
    name = risk_words.threat(of.draft, language) or text("自社の脅威を加える")
    frame.title(name, f"{entry.number} {entry.name}　{phase if of.draft.threat else ''}")
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    opened = _held(_Opened(entry.id, of, analysis))
    left, right = st.columns([62, 38], gap="large")
    with right:
        if of.known is not None:
            _known(of.known, context)
    with left:
        if opened.overtaken is not None:
            _overtaken(opened.overtaken, of, context)
        _fields(opened, entry, proposals, context)
    risk_matrix.definitions(context)


def _held(now: _Opened) -> _Opened:
    """Return the form as it was opened, while it is being sent or others were faster; else as things stand.

    Otherwise a change of somebody else would exchange the form under the person's hands, without a word.
    """
    held = st.session_state.get(_OPENED)
    if (
        isinstance(held, _Opened)
        and (held.entry_id, held.chosen.address) == (now.entry_id, now.chosen.address)
        and (
            held.overtaken
            or st.session_state.get(f"{held.key}-next")
            or st.session_state.get(f"{held.key}-save")
        )
    ):
        return held
    st.session_state[_OPENED] = now
    return now


def _overtaken(conflict: Conflict, of: Chosen, context: PageContext) -> None:
    """Show what others wrote of the same threat meanwhile; saving again writes over it."""
    text = context.text
    st.error(
        text(
            "保存できませんでした。{when} に {who} さんが先に変更しています。下の内容を確かめ、"
            "もう一度保存すると、あなたの内容になります。",
            when=context.formats.moment(conflict.when),
            who=conflict.who,
        )
    )
    edits = {
        each.column.rpartition("/")[2]: each.after
        for each in conflict.edits
        if _concerns(each.column, of.draft)
    }
    frame.facts(
        {
            text(risk_words.FIELD[field]): risk_history.shown(field, after, context)
            for field, after in edits.items()
            if field in risk_words.FIELD
        }
    )


def _concerns(column: str, draft: RiskDraft) -> bool:
    """Tell whether a change is one of the threat, or of the acceptance that saving would take away."""
    return column == "accepted_by" or column.startswith(f"{draft.phase}/{draft.threat}/")


def _known(threat: Threat, context: PageContext) -> None:
    text, language = context.text, context.language
    frame.heading(text("起こりうること"))
    frame.note(threat.harm.of(language))
    frame.heading(text("対策の例"))
    frame.facts(
        {
            f"{number} {text(risk_words.MEASURE[each.kind])}": each.name.of(language)
            for number, each in enumerate(threat.measures, 1)
        }
    )
    frame.note(text("出典：{source}", source=catalogue().sources[threat.source]))


def _fields(
    opened: _Opened,
    entry: LedgerEntry,
    proposals: Sequence[Proposal],
    context: PageContext,
) -> None:
    text, draft, key = context.text, opened.chosen.draft, opened.key
    decisions: Sequence[Decision] = tuple(Decision)
    decision = st.radio(
        text("判断"),
        decisions,
        index=decisions.index(draft.decision),
        key=f"{key}-decision",
        horizontal=True,
        format_func=lambda each: text(risk_words.DECISION[each]),
    )
    with st.form(key, border=False):
        after = replace(draft, decision=decision)
        if not draft.threat or draft.title:
            after = _own(after, context, new=not draft.threat)
        if decision is Decision.LEFT:
            why = st.text_area(text("該当しない理由（必須）"), draft.left_reason, max_chars=2_000, height=90)
            after = replace(after, left_reason=why)
        else:
            after = _judgement(after, context)
            after = replace(after, measures=_planned(draft, context, key))
        why_changed = reason(opened.analysis, context)
        with st.container(horizontal=True):
            onwards = st.form_submit_button(text("保存して次の脅威へ"), type="primary", key=f"{key}-next")
            back = st.form_submit_button(text("保存して分析に戻る"), key=f"{key}-save")
    if not onwards and not back:
        return
    here = f"{draft.phase}/{draft.threat}"
    others = [address for each in proposals if (address := f"{each.phase}/{each.threat.id}") != here]
    conflict = save(
        entry,
        opened.version,
        [after],
        why_changed,
        context,
        following=others[0] if onwards and others else "",
    )
    if conflict is not None:
        st.session_state[_OPENED] = replace(opened, overtaken=conflict)
        st.rerun()


def _own(draft: RiskDraft, context: PageContext, *, new: bool) -> RiskDraft:
    text = context.text
    title = st.text_input(text("脅威の名称（必須）"), draft.title, max_chars=200)
    if not new:
        return replace(draft, title=title)
    phases: Sequence[Phase] = tuple(Phase)
    phase = st.selectbox(
        text("段階"),
        phases,
        index=phases.index(draft.phase),
        format_func=lambda each: text(risk_words.PHASE[each]),
    )
    return replace(draft, title=title, phase=phase)


def _judgement(draft: RiskDraft, context: PageContext) -> RiskDraft:
    text, known = context.text, scale()
    present = st.text_area(text("今の対策"), draft.present, max_chars=4_000, height=90)
    left, right = st.columns(2)
    with left:
        likelihood = _step(text("起こりやすさ"), known.likelihood, draft.likelihood, context)
        residual_likelihood = _step(
            text("対策後の起こりやすさ"), known.likelihood, draft.residual_likelihood, context
        )
    with right:
        impact = _step(text("影響の大きさ"), known.impact, draft.impact, context)
        residual_impact = _step(text("対策後の影響の大きさ"), known.impact, draft.residual_impact, context)
    return replace(
        draft,
        present=present,
        likelihood=likelihood,
        impact=impact,
        residual_likelihood=residual_likelihood,
        residual_impact=residual_impact,
    )


def _step(label: str, steps: Mapping[int, Step], now: int | None, context: PageContext) -> int | None:
    language = context.language
    numbers = list(steps)
    return st.selectbox(
        label,
        numbers,
        index=None if now is None else numbers.index(now),
        placeholder=context.text("選ぶ"),
        format_func=lambda each: f"{each} {steps[each].name.of(language)} — {steps[each].means.of(language)}",
    )


def _planned(draft: RiskDraft, context: PageContext, key: str) -> tuple[PlannedMeasure, ...]:
    """Show the planned measures and an empty line; one whose content is emptied is taken away."""
    text = context.text
    frame.heading(text("追加する対策"), text("内容・担当者・期限を入れます。内容を空にすると取り除きます。"))
    found = []
    for number, each in enumerate((*draft.measures, None), 1):
        what_box, owner_box, due_box, done_box = st.columns([3.2, 2.2, 2.3, 2.3])
        label = text("対策 {number}", number=number)
        what = what_box.text_input(
            label, each.what if each else "", max_chars=500, key=f"{key}-what-{number}"
        )
        owner = owner_box.text_input(
            text("担当者 {number}", number=number),
            each.owner if each else "",
            max_chars=200,
            key=f"{key}-owner-{number}",
        )
        due = due_box.date_input(
            text("期限 {number}", number=number),
            each.due_on if each else None,
            format="YYYY/MM/DD",
            key=f"{key}-due-{number}",
        )
        done = done_box.date_input(
            text("実施日 {number}", number=number),
            each.done_on if each else None,
            format="YYYY/MM/DD",
            key=f"{key}-done-{number}",
        )
        if not what.strip() and (each is not None or not owner.strip()):
            continue
        found.append(
            PlannedMeasure(
                what,
                owner,
                due if isinstance(due, date) else date.max,
                done if isinstance(done, date) else None,
                each.id if each else None,
            )
        )
    return tuple(found)


def reason(analysis: Analysis, context: PageContext) -> str:
    """Ask why an analysis changes that had been accepted; nothing before that."""
    if not analysis.needs_reason:
        return ""
    label = context.text("変更の理由（必須）")
    if analysis.state is RiskState.ACCEPTED:
        frame.note(context.text("保存すると残留リスクの承認が外れ、もう一度承認が必要になります。"))
    return st.text_input(label, max_chars=500)


def save(
    entry: LedgerEntry,
    version: int,
    drafts: Sequence[RiskDraft],
    why: str,
    context: PageContext,
    *,
    following: str = "",
) -> Conflict | None:
    """Save judgements and go on; a refusal is shown where the person is, a conflict is returned.

    What others wrote of other threats meanwhile is none: both stay.
    """
    text = context.text
    if any(each.due_on == date.max for draft in drafts for each in draft.measures):
        st.error(text("対策の期限を入れてください。"))
        return None
    try:
        _write(entry, version, drafts, why, context)
    except Conflict as conflict:
        return conflict
    except RegistryError as error:
        st.error(risk_words.refused(error, context))
        return None
    st.session_state[SAID] = text("{number} 件の脅威の判断を保存しました。", number=len(drafts))
    turn_to(following)


def _write(
    entry: LedgerEntry, version: int, drafts: Sequence[RiskDraft], why: str, context: PageContext
) -> None:
    for _ in range(_ATTEMPTS):
        try:
            with context.write("risk analysis page") as tx:
                risk_analysis.save(tx, entry.id, drafts, expected_version=version, reason=why)
        except Conflict as conflict:
            if any(_concerns(column, draft) for column in conflict.columns for draft in drafts):
                raise
            version = conflict.version
        else:
            if version == 0:
                context.reassess()  # what was found of the entry is kept with its analysis from now on
            return
    raise NotFound("risk_analysis")
