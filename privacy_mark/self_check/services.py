"""Which permission each service of the self check asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "self_check.checking.answer": Permission.ANSWER_CONFIRMATIONS,
    "self_check.checking.check": Permission.VIEW_AUDITS,
    "self_check.checking.confirm": Permission.CONDUCT_AUDITS,
    "self_check.checking.send_back": Permission.CONDUCT_AUDITS,  # manage_confirmations until approved
    "self_check.rounds.draw_sample": Permission.PLAN_AUDITS,
    "self_check.rounds.open_round": Permission.PLAN_AUDITS,
    "self_check.rounds.rounds": Permission.VIEW_AUDITS,
}

PARTS: Mapping[str, str] = {
    "self_check.checking.approve": "asks for manage_confirmations by a role in the company, not from above",
    "self_check.checking.own_units": "the units in which one holds manage_confirmations oneself",
    "self_check.history.record": "writes the journal of a row that was found within the scope",
    "self_check.history.told": "what a row says that was found within the scope",
    "self_check.due.due": "asks for answer_confirmations, manage_confirmations, conduct_audits, plan_audits",
}
