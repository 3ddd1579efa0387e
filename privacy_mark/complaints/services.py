"""Which permission each service of complaints asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "complaints.handling.answer": Permission.HANDLE_COMPLAINTS,
    "complaints.handling.change": Permission.HANDLE_COMPLAINTS,
    "complaints.handling.close": Permission.HANDLE_COMPLAINTS,
    "complaints.handling.examine": Permission.HANDLE_COMPLAINTS,
    "complaints.handling.follow": Permission.HANDLE_COMPLAINTS,
    "complaints.handling.send_back": Permission.HANDLE_COMPLAINTS,
    "complaints.register.complaint": Permission.VIEW_COMPLAINTS,
    "complaints.register.complaints": Permission.VIEW_COMPLAINTS,
    "complaints.register.receive": Permission.HANDLE_COMPLAINTS,
    "complaints.register.standing": Permission.VIEW_COMPLAINTS,
    "complaints.statistics.statistics": Permission.VIEW_COMPLAINTS,
    "complaints.terms.change_terms": Permission.HANDLE_COMPLAINTS,
    "complaints.terms.terms": Permission.VIEW_COMPLAINTS,
}

PARTS: Mapping[str, str] = {
    "complaints.due.due": "asks for handle_complaints",
    "complaints.handling.erase_due": "within handle_complaints, for the daily tick",
    "complaints.register.checked_draft": "the caller has checked the unit",
    "complaints.register.complaint_of": "reads a row that was found within the scope",
    "complaints.register.held": "asks for view_complaints and handle_complaints",
    "complaints.register.record": "writes the journal of a row that was found within the scope",
    "complaints.register.row_of": "asks for view_complaints",
    "complaints.statistics.counted": "counts of one unit; the caller has checked it",
    "complaints.terms.terms_of": "days of one entity; the caller has checked it",
}
