"""Which permission each service of this room asks for, and what is no service."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "certificates.accidents.accidents": Permission.VIEW_CERTIFICATION,
    "certificates.accidents.add": Permission.MANAGE_CERTIFICATION,
    "certificates.accidents.change": Permission.MANAGE_CERTIFICATION,
    "certificates.accidents.sent": Permission.MANAGE_CERTIFICATION,
    "certificates.accidents.withdraw": Permission.MANAGE_CERTIFICATION,
    "certificates.agenda.agenda": Permission.VIEW_CERTIFICATION,
    "certificates.due.due": Permission.MANAGE_CERTIFICATION,
    "certificates.register.certificate": Permission.VIEW_CERTIFICATION,
    "certificates.register.certificates": Permission.VIEW_CERTIFICATION,
    "certificates.register.change": Permission.MANAGE_CERTIFICATION,
    "certificates.register.end": Permission.MANAGE_CERTIFICATION,
    "certificates.register.register": Permission.MANAGE_CERTIFICATION,
    "certificates.register.set_window": Permission.MANAGE_CERTIFICATION,
    "certificates.rounds.grant": Permission.MANAGE_CERTIFICATION,
    "certificates.rounds.rounds": Permission.VIEW_CERTIFICATION,
    "certificates.rounds.set_steps": Permission.MANAGE_CERTIFICATION,
    "certificates.rounds.start": Permission.MANAGE_CERTIFICATION,
    "certificates.rounds.stop": Permission.MANAGE_CERTIFICATION,
    "certificates.year_overview.due": Permission.MANAGE_CERTIFICATION,  # or decide_reviews, of approvals
    "certificates.year_overview.overview": Permission.VIEW_CERTIFICATION,
    "certificates.year_revisions.approve": Permission.DECIDE_REVIEWS,
    "certificates.year_revisions.propose": Permission.MANAGE_CERTIFICATION,
    "certificates.year_revisions.revisions": Permission.VIEW_CERTIFICATION,
    "certificates.year_revisions.send_back": Permission.DECIDE_REVIEWS,
    "certificates.year_revisions.withdraw": Permission.MANAGE_CERTIFICATION,
    "certificates.years.add_item": Permission.MANAGE_CERTIFICATION,
    "certificates.years.approve": Permission.DECIDE_REVIEWS,
    "certificates.years.change_items": Permission.MANAGE_CERTIFICATION,
    "certificates.years.close": Permission.MANAGE_CERTIFICATION,
    "certificates.years.finish_item": Permission.MANAGE_CERTIFICATION,
    "certificates.years.judge_objective": Permission.MANAGE_CERTIFICATION,
    "certificates.years.leave_item": Permission.MANAGE_CERTIFICATION,
    "certificates.years.plan": Permission.MANAGE_CERTIFICATION,
    "certificates.years.send_back": Permission.DECIDE_REVIEWS,
    "certificates.years.set_objectives": Permission.MANAGE_CERTIFICATION,
    "certificates.years.submit": Permission.MANAGE_CERTIFICATION,
    "certificates.years.year": Permission.VIEW_CERTIFICATION,
}

PARTS: Mapping[str, str] = {
    "certificates.rows.accident_of": "reads a row that was found within the scope",
    "certificates.rows.certificate_of": "reads a row that was found within the scope",
    "certificates.rows.held": "a check, part of whatever changes a row",
    "certificates.rows.next_number": "the next number of a table; part of what adds a row after asking",
    "certificates.rows.round_of": "reads a row that was found within the scope",
    "certificates.rows.seen": "one row within the scope of view_certification",
    "certificates.rows.steps_of": "reads rows of applications that were found within the scope",
    "certificates.years.add_row": "an item of a year; part of services that have asked",
    "certificates.years.move_row": "an item of a year; part of services that have asked",
    "certificates.year_rows.year_of": "reads a row that was found within the scope",
}
