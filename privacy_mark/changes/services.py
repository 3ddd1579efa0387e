"""Which permission each service of change reports asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "changes.handling.answer": Permission.MANAGE_CERTIFICATION,
    "changes.handling.approve": Permission.DECIDE_REVIEWS,
    "changes.handling.finish_task": Permission.MANAGE_CERTIFICATION,
    "changes.handling.plan_task": Permission.MANAGE_CERTIFICATION,
    "changes.handling.reopen_task": Permission.MANAGE_CERTIFICATION,
    "changes.handling.send_back": Permission.DECIDE_REVIEWS,
    "changes.handling.submit": Permission.MANAGE_CERTIFICATION,
    "changes.register.change": Permission.VIEW_CERTIFICATION,
    "changes.register.changes": Permission.VIEW_CERTIFICATION,
    "changes.register.correct": Permission.MANAGE_CERTIFICATION,
    "changes.register.enter": Permission.MANAGE_CERTIFICATION,
}

PARTS: Mapping[str, str] = {
    "changes.detection.open_found": "within manage_certification, for the daily tick and the page",
    "changes.detection.tells": "reads a report and a row that were found within the scope",
    "changes.due.due": "asks for manage_certification and decide_reviews",
    "changes.posts.new_holders": "of units whose certificates the caller has found within the scope",
    "changes.splits.proposed": "of units whose certificates the caller has found within the scope",
    "changes.register.extended": "writes to a report of a certificate that was found within the scope",
    "changes.register.opened": "writes for a certificate that was found within the scope",
    "changes.rows.add_tasks": "writes tasks of a row that was found within the scope",
    "changes.rows.change_of": "reads a row that was found within the scope",
    "changes.rows.held": "a check, part of whatever changes a row",
    "changes.rows.record": "writes the journal of a row that was found within the scope",
    "changes.rows.seen": "one row within the scope of view_certification",
}
