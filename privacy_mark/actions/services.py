"""Which permission each service of corrective actions asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "actions.due.due": Permission.WORK_ON_ACTIONS,
    "actions.register.action": Permission.VIEW_AUDITS,
    "actions.register.actions": Permission.VIEW_AUDITS,
    "actions.register.earlier": Permission.VIEW_AUDITS,
    "actions.register.raise_action": Permission.WORK_ON_ACTIONS,
    "actions.steps.analyse": Permission.WORK_ON_ACTIONS,
    "actions.steps.approve": Permission.APPROVE_ACTIONS,
    "actions.steps.finish": Permission.WORK_ON_ACTIONS,
    "actions.steps.plan": Permission.WORK_ON_ACTIONS,
    "actions.steps.review": Permission.WORK_ON_ACTIONS,
}

PARTS: Mapping[str, str] = {
    "actions.rows.made": "opens the action of a finding: register and audits check who asks",
    "actions.rows.row_of": "the row of one action, for services that check what may be done with it",
    "actions.rows.seen": "the query of the actions in sight",
    "actions.rows.told": "a row as a value",
}
