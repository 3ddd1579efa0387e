"""Which permission each service of internal rules asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "documents.reading.distribute": Permission.MANAGE_REVIEWS,
    "documents.reading.progress": Permission.VIEW_REVIEWS,
    "documents.register.approve": Permission.DECIDE_REVIEWS,
    "documents.register.register": Permission.MANAGE_REVIEWS,
    "documents.register.rules": Permission.VIEW_REVIEWS,
    "documents.register.write": Permission.MANAGE_REVIEWS,
}

PARTS: Mapping[str, str] = {
    "documents.due.due": "asks for decide_reviews; the rest is what was given to the person asking",
    "documents.reading.acknowledge": "one's own word that one has read what was given to one",
    "documents.reading.to_read": "what was given to the person asking",
    "documents.register.seen_version": "the check of what asks about one version",
}
