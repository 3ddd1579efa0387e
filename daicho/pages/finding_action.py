"""The corrective action 是正処置 of a finding: how far it is, beginning one, what the answer gets of it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from daicho.pages import action_form, action_words, addresses, assessment_words, frame
from daicho.pages.assessment_case import SAID
from daicho.pages.context import PageContext
from privacy_mark.actions import register
from privacy_mark.actions.model import ActionState
from privacy_mark.assessments import correcting
from privacy_mark.assessments.correcting import Link
from privacy_mark.assessments.model import Evidence, EvidenceKind, Finding
from registry.errors import NotFound
from registry.store import Tx


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a corrective action has for the answer to its finding."""

    number: str
    cause: str
    answer: str
    evidence: Evidence


def link_of(tx: Tx, of: Finding) -> Link | None:
    """Return the corrective action that a finding opened last."""
    return correcting.links(tx, [of]).get(of.id)


def show(of: Finding, link: Link | None, context: PageContext, *, works: bool) -> None:
    """Show the action of a finding; a form to begin one while there is none that goes on."""
    text = context.text
    free = link is None or link.state is ActionState.WITHDRAWN
    if link is None and not works:
        return
    frame.heading(
        text("この指摘の是正処置"),
        text("原因から有効性まで追う必要のある指摘に始めます。軽微な指摘には要りません。"),
    )
    if link is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            frame.note(standing(link, context))
            label = text("是正処置 {number} を開く", number=link.number)
            if link.visible and st.button(
                label, key="finding-action-open", type="tertiary", icon=":material/build_circle:"
            ):
                addresses.go(addresses.ACTIONS, action=str(link.id))
    if works and free:
        _begin(of, context)


def standing(link: Link | None, context: PageContext) -> str:
    """Return the number of an action with how far it is; nothing of none."""
    return "" if link is None else f"{link.number}　{context.text(action_words.STANDING[link.state])}"


def proposal(of: Finding, link: Link | None, context: PageContext) -> Proposal | None:
    """Return what the action has for an answer not yet written; None while it has no cause."""
    if link is None or not link.visible or link.state is ActionState.WITHDRAWN or of.answer:
        return None
    try:
        with context.read() as tx:
            action = register.action(tx, link.id)
    except NotFound:
        return None
    if not action.cause:
        return None
    told = "\n".join(part for part in (action.measure, action.result) if part)
    return Proposal(link.number, action.cause, told, Evidence(EvidenceKind.ACTION, link.number))


def _begin(of: Finding, context: PageContext) -> None:
    text, key = context.text, f"finding-action-{of.id}-{of.version}"
    with st.expander(text("是正処置を始める")), st.form("finding-action", border=False):
        frame.note(
            text(
                "要求事項 {requirement}、見つかった場面は審査 {number} として登録します。",
                requirement=of.requirement,
                number=of.assessment_number,
            )
        )
        grade = action_form.grade(key, context)
        finding = action_form.finding(key, context, of.text)
        sent = st.form_submit_button(text("是正処置を始める"), key="finding-action-send")
    if sent:
        assessment_words.do(
            lambda tx: correcting.open_action(
                tx, of.id, finding=finding, grade=grade, expected_version=of.version
            ),
            text("是正処置を始めました。次は、事実と原因を記録します。"),
            context,
            key=SAID,
        )
