"""Which permission each service of confirmations asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "confirmations.answering.answer": Permission.ANSWER_CONFIRMATIONS,
    "confirmations.answering.confirm": Permission.DECIDE_CONFIRMATIONS,
    "confirmations.answering.confirmation": Permission.VIEW_CONFIRMATIONS,
    "confirmations.answering.known_facts": Permission.ANSWER_CONFIRMATIONS,
    "confirmations.answering.send_back": Permission.DECIDE_CONFIRMATIONS,
    "confirmations.campaigns.campaign": Permission.VIEW_CONFIRMATIONS,
    "confirmations.campaigns.campaigns": Permission.VIEW_CONFIRMATIONS,
    "confirmations.campaigns.open_campaign": Permission.MANAGE_CONFIRMATIONS,
    "confirmations.campaigns.rows": Permission.VIEW_CONFIRMATIONS,
    "confirmations.operations.change": Permission.MANAGE_CONFIRMATIONS,
    "confirmations.operations.listed": Permission.VIEW_CONFIRMATIONS,
    "confirmations.operations.operations": Permission.VIEW_CONFIRMATIONS,
    "confirmations.operations.register": Permission.MANAGE_CONFIRMATIONS,
    "confirmations.workplaces.missing": Permission.VIEW_CONFIRMATIONS,
    "confirmations.workplaces.register": Permission.MANAGE_CONFIRMATIONS,
}

PARTS: Mapping[str, str] = {
    "confirmations.asking.join": "part of register and change, which have asked",
    "confirmations.asking.settle": "part of open_due, for the daily tick",
    "confirmations.asking.take_back": "part of change, which has asked",
    "confirmations.asking.take_out": "part of change, which has asked, and of the daily tick",
    "confirmations.campaigns.open_due": "made of open_campaign, which asks, for the daily tick",
    "confirmations.correcting.followed": "part of confirm, which has asked",
    "confirmations.due.due": "asks for answer_confirmations and decide_confirmations, each for its own",
    "confirmations.facts.facts": "counts of one unit; the caller has checked it",
    "confirmations.operations.operation_of": "reads a row that was found within the scope",
}
