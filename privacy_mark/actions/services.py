"""Which permission each service of corrective actions asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "actions.due.due": Permission.WORK_ON_ACTIONS,
    "actions.history.history": Permission.VIEW_AUDITS,
    "actions.listing.found_in": Permission.VIEW_AUDITS,
    "actions.listing.listed": Permission.VIEW_AUDITS,
    "actions.listing.numbered": Permission.VIEW_AUDITS,
    "actions.listing.standing": Permission.VIEW_AUDITS,
    "actions.origin.origin": Permission.VIEW_AUDITS,
    "actions.recurrence.earlier": Permission.VIEW_AUDITS,
    "actions.register.action": Permission.VIEW_AUDITS,
    "actions.register.actions": Permission.VIEW_AUDITS,
    "actions.register.raise_action": Permission.WORK_ON_ACTIONS,
    "actions.steps.analyse": Permission.WORK_ON_ACTIONS,
    "actions.steps.approve": Permission.APPROVE_ACTIONS,
    "actions.steps.finish": Permission.WORK_ON_ACTIONS,
    "actions.steps.plan": Permission.WORK_ON_ACTIONS,
    "actions.steps.review": Permission.WORK_ON_ACTIONS,  # or conduct_audits where an audit found it
    "actions.steps.send_back": Permission.APPROVE_ACTIONS,
}

PARTS: Mapping[str, str] = {
    "actions.changing.held": "asks for the permission that the step needs",
    "actions.changing.kept": "keeps a row that `held` returned",
    "actions.due.owners": "names of lines that `due` returned",
    "actions.recurrence.earlier_of": "rows that were found within the scope",
    "actions.recurrence.elsewhere": "tells of actions that one may see, of one that one may see",
    "actions.register.correct": "only for who found it, where one may see audits",
    "actions.register.withdraw": "for who found it, where one may see audits, and who may approve it",
    "actions.rows.made": "opens the action of a finding: register and audits check who asks",
    "actions.rows.note_step": "the history of a row whose step was checked",
    "actions.rows.row_of": "the row of one action, for services that check what may be done with it",
    "actions.rows.seen": "the query of the actions in sight",
    "actions.rows.told": "a row as a value",
    "actions.rows.withdrawn": "part of rooms that follow an action, which have checked their own row",
}
