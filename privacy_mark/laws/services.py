"""Which permission each service of the list of laws asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "laws.amendments.amendments": Permission.VIEW_CERTIFICATION,
    "laws.amendments.finish": Permission.MANAGE_CERTIFICATION,
    "laws.amendments.note": Permission.MANAGE_CERTIFICATION,
    "laws.entries.add": Permission.MANAGE_CERTIFICATION,
    "laws.entries.decide": Permission.MANAGE_CERTIFICATION,
    "laws.entries.law_list": Permission.VIEW_CERTIFICATION,
    "laws.overview.overview": Permission.VIEW_CERTIFICATION,
    "laws.reviews.approve": Permission.DECIDE_REVIEWS,
    "laws.reviews.copy_of": Permission.VIEW_CERTIFICATION,
    "laws.reviews.reviews": Permission.VIEW_CERTIFICATION,
    "laws.reviews.send_back": Permission.DECIDE_REVIEWS,
    "laws.reviews.submit": Permission.MANAGE_CERTIFICATION,
}

PARTS: Mapping[str, str] = {
    "laws.due.due": "asks for manage_certification and decide_reviews",
    "laws.entries.approved_at": "a day of one entity; the caller has checked it",
    "laws.entries.list_of": "the list of one entity; the caller has checked it",
    "laws.overview.standings": "counts of given units; the caller has checked them",
}
