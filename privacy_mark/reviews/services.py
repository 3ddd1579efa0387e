"""Which permission each service of management reviews asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "reviews.calendar.calendar": Permission.VIEW_REVIEWS,
    "reviews.follow_up.decisions": Permission.VIEW_REVIEWS,
    "reviews.follow_up.drop": Permission.DECIDE_REVIEWS,
    "reviews.follow_up.extend": Permission.DECIDE_REVIEWS,
    "reviews.follow_up.report": Permission.MANAGE_REVIEWS,  # or being the owner, who sees the review
    "reviews.holding.hold": Permission.MANAGE_REVIEWS,
    "reviews.holding.inputs": Permission.VIEW_REVIEWS,
    "reviews.holding.set_words": Permission.MANAGE_REVIEWS,
    "reviews.minutes.add_decision": Permission.MANAGE_REVIEWS,
    "reviews.minutes.close": Permission.DECIDE_REVIEWS,
    "reviews.minutes.remove_decision": Permission.MANAGE_REVIEWS,
    "reviews.minutes.send_back": Permission.DECIDE_REVIEWS,
    "reviews.minutes.submit": Permission.MANAGE_REVIEWS,
    "reviews.minutes.write": Permission.MANAGE_REVIEWS,
    "reviews.people.people": Permission.MANAGE_REVIEWS,
    "reviews.register.cancel": Permission.MANAGE_REVIEWS,
    "reviews.register.change": Permission.MANAGE_REVIEWS,
    "reviews.register.plan": Permission.MANAGE_REVIEWS,
    "reviews.register.review": Permission.VIEW_REVIEWS,
    "reviews.register.reviews": Permission.VIEW_REVIEWS,
}

_COUNTS = "counts, codes and days of one unit and below; inputs has checked who asks"

PARTS: Mapping[str, str] = {
    "reviews.audit_facts.actions": _COUNTS,
    "reviews.audit_facts.audits": _COUNTS,
    "reviews.due.due": "asks for manage_reviews, decide_reviews, or being an owner",
    "reviews.earlier_facts.follow_up": _COUNTS,
    "reviews.estate_facts.certificates": _COUNTS,
    "reviews.estate_facts.ledger": _COUNTS,
    "reviews.estate_facts.risks": _COUNTS,
    "reviews.evidence.evidence": "days of entities, for readiness, which has asked",
    "reviews.follow_up.may_report": "tells whether report would be allowed",
    "reviews.holding.kept_texts": "texts of a row that was found within the scope, for its digest",
    "reviews.law_facts.laws": _COUNTS,
    "reviews.operation_facts.checks": _COUNTS,
    "reviews.operation_facts.plan": _COUNTS,
    "reviews.operation_facts.self_checks": _COUNTS,
    "reviews.operation_facts.training": _COUNTS,
    "reviews.people.is_owner": "part of add_decision, which has asked",
    "reviews.person_facts.accidents": _COUNTS,
    "reviews.person_facts.complaints": _COUNTS,
    "reviews.person_facts.requests": _COUNTS,
    "reviews.rows.decision_of": "reads a row that was found within the scope",
    "reviews.rows.decisions_of": "reads the decisions of a row that was found within the scope",
    "reviews.rows.held": "asks for view_reviews and the permission of the step",
    "reviews.rows.last_held": "days of units whose reviews the caller may see",
    "reviews.rows.review_of": "reads a row that was found within the scope",
    "reviews.rows.row_of": "asks for view_reviews",
    "reviews.rows.saved": "writes the journal of a row that was found within the scope",
    "reviews.rows.written": "notes who wrote in a row that was found within the scope",
}
