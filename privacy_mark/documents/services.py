"""Which permission each service of internal rules asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "documents.distribution.distribute": Permission.MANAGE_REVIEWS,
    "documents.distribution.take_back": Permission.MANAGE_REVIEWS,
    "documents.fact_links.facts": Permission.VIEW_REVIEWS,
    "documents.fact_links.remove": Permission.MANAGE_REVIEWS,
    "documents.fact_links.restate": Permission.MANAGE_REVIEWS,
    "documents.fact_links.state": Permission.MANAGE_REVIEWS,
    "documents.facts.entry_id_of": Permission.VIEW_LEDGER,
    "documents.files.add": Permission.MANAGE_REVIEWS,
    "documents.files.remove": Permission.MANAGE_REVIEWS,
    "documents.register.change": Permission.MANAGE_REVIEWS,
    "documents.register.end": Permission.DECIDE_REVIEWS,
    "documents.register.register": Permission.MANAGE_REVIEWS,
    "documents.register.reinstate": Permission.DECIDE_REVIEWS,
    "documents.register.rule": Permission.VIEW_REVIEWS,
    "documents.register.rules": Permission.VIEW_REVIEWS,
    "documents.register.standing": Permission.VIEW_REVIEWS,
    "documents.review.review": Permission.MANAGE_REVIEWS,
    "documents.versions.approve": Permission.DECIDE_REVIEWS,
    "documents.versions.correct": Permission.MANAGE_REVIEWS,
    "documents.versions.send_back": Permission.DECIDE_REVIEWS,
    "documents.versions.text_of": Permission.VIEW_REVIEWS,
    "documents.versions.withdraw": Permission.MANAGE_REVIEWS,
    "documents.versions.write": Permission.MANAGE_REVIEWS,
}

PARTS: Mapping[str, str] = {
    "documents.due.due": "asks for decide_reviews, manage_reviews; the rest was given to the person asking",
    "documents.distribution.from_above": "what was given to units where one holds view_reviews",
    "documents.distribution.progress": "asks for view_reviews of the rule or of a unit that it was given to",
    "documents.distribution.text_from_above": "asks as documents.distribution.progress does",
    "documents.distribution.unread": "asks as documents.distribution.progress, for names view_training too",
    "documents.fact_links.check": "compares where one holds manage_reviews, and tells a number",
    "documents.fact_links.carry": "a step of writing a version",
    "documents.fact_links.restated": "a step of correcting a version",
    "documents.distribution.reachable": "the check of what asks about a version from above",
    "documents.files.attached": "asks as documents.distribution.progress, or that it was given to one",
    "documents.files.content": "asks as documents.distribution.progress, or that it was given to one",
    "documents.facts.current": "facts that a rule states, which the caller has checked",
    "documents.facts.entry_numbers": "numbers of entries that a rule states, which the caller has checked",
    "documents.facts.require_reach": "the check of what a rule of a unit may state",
    "documents.reading.acknowledge": "one's own word that one has read what was given to one",
    "documents.reading.given": "what was given to the person asking",
    "documents.reading.mine": "what was given to the person asking",
    "documents.reading.open_mine": "what was given to the person asking",
    "documents.reading.to_read": "what was given to the person asking",
    "documents.register.held": "the check of what changes a rule",
    "documents.versions.opened_text": "the text of a version that the caller has checked",
    "documents.versions.seen_version": "the check of what asks about one version",
    "documents.versions.version_of": "a version that the caller has checked",
}
