"""Which permission each service of governance asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "governance.arrivals.arrivals": Permission.VIEW_REVIEWS,
    "governance.arrivals.convey": Permission.MANAGE_REVIEWS,
    "governance.arrivals.open_received": Permission.VIEW_REVIEWS,
    "governance.bodies.appoint": Permission.MANAGE_REVIEWS,
    "governance.bodies.bodies": Permission.VIEW_REVIEWS,
    "governance.bodies.end": Permission.MANAGE_REVIEWS,
    "governance.bodies.end_appointment": Permission.MANAGE_REVIEWS,
    "governance.bodies.appointment": Permission.VIEW_REVIEWS,
    "governance.bodies.officers": Permission.VIEW_REVIEWS,
    "governance.bodies.register": Permission.MANAGE_REVIEWS,
    "governance.decisions.correct": Permission.MANAGE_REVIEWS,
    "governance.decisions.decision": Permission.VIEW_REVIEWS,
    "governance.decisions.decisions": Permission.VIEW_REVIEWS,
    "governance.decisions.issue": Permission.MANAGE_REVIEWS,
    "governance.decisions.record": Permission.MANAGE_REVIEWS,
    "governance.decisions.withdraw": Permission.MANAGE_REVIEWS,
    "governance.following.add_missing": Permission.MANAGE_REVIEWS,
    "governance.following.missing": Permission.VIEW_REVIEWS,
}

PARTS: Mapping[str, str] = {
    "governance.arrivals.acknowledge": "asks for view_reviews by a role in the unit itself, not from above",
    "governance.arrivals.received": "what was conveyed to units in which one holds view_reviews oneself",
    "governance.bodies.body_row": "the check of what asks about one body",
    "governance.decisions.decision_row": "one row within the scope of view_reviews",
    "governance.decisions.held": "the check of what changes a decision",
    "governance.decisions.nearest": "units below one that the caller has checked",
    "governance.decisions.opened": "title and text of a decision that the caller has checked",
    "governance.due.due": "asks for manage_reviews, and view_reviews by a role in the unit itself",
    "governance.following.follow": "within manage_reviews, for the daily tick",
}
