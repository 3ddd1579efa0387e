"""Which permission each service of assessments asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "assessments.correcting.links": Permission.VIEW_CERTIFICATION,
    "assessments.correcting.open_action": Permission.WORK_ON_ACTIONS,
    "assessments.files.add": Permission.WORK_ON_ACTIONS,
    "assessments.files.attached": Permission.VIEW_CERTIFICATION,
    "assessments.files.attached_to": Permission.VIEW_CERTIFICATION,
    "assessments.files.content": Permission.VIEW_CERTIFICATION,  # and view_locations for personal data
    "assessments.files.remove": Permission.WORK_ON_ACTIONS,
    "assessments.findings.add": Permission.MANAGE_CERTIFICATION,
    "assessments.findings.answer": Permission.WORK_ON_ACTIONS,
    "assessments.findings.approve": Permission.CONFIRM_READINESS,
    "assessments.findings.change": Permission.MANAGE_CERTIFICATION,
    "assessments.findings.finding": Permission.VIEW_CERTIFICATION,
    "assessments.findings.remove": Permission.MANAGE_CERTIFICATION,
    "assessments.findings.send_back": Permission.CONFIRM_READINESS,
    "assessments.findings.waiting": Permission.VIEW_CERTIFICATION,
    "assessments.index.index": Permission.VIEW_CERTIFICATION,
    "assessments.letters.earlier": Permission.VIEW_CERTIFICATION,
    "assessments.letters.letter": Permission.VIEW_CERTIFICATION,
    "assessments.letters.letters": Permission.VIEW_CERTIFICATION,
    "assessments.letters.receive": Permission.MANAGE_CERTIFICATION,
    "assessments.letters.set_due": Permission.MANAGE_CERTIFICATION,
    "assessments.lookup.entries": Permission.VIEW_LEDGER,
    "assessments.owners.owners": Permission.MANAGE_CERTIFICATION,
    "assessments.register.assessment": Permission.VIEW_CERTIFICATION,
    "assessments.register.assessments": Permission.VIEW_CERTIFICATION,
    "assessments.register.change": Permission.MANAGE_CERTIFICATION,
    "assessments.register.start": Permission.MANAGE_CERTIFICATION,
    "assessments.reports.accept": Permission.MANAGE_CERTIFICATION,
    "assessments.reports.send": Permission.MANAGE_CERTIFICATION,
    "assessments.reports.send_back": Permission.MANAGE_CERTIFICATION,
    "assessments.visit.ask": Permission.MANAGE_CERTIFICATION,
    "assessments.visit.give": Permission.MANAGE_CERTIFICATION,
    "assessments.visit.interview": Permission.VIEW_CERTIFICATION,
    "assessments.visit.requested": Permission.VIEW_CERTIFICATION,
    "assessments.visit.schedule": Permission.VIEW_CERTIFICATION,
    "assessments.visit.set_interview": Permission.MANAGE_CERTIFICATION,
    "assessments.visit.set_schedule": Permission.MANAGE_CERTIFICATION,
    "assessments.visit.take_back": Permission.MANAGE_CERTIFICATION,
}

PARTS: Mapping[str, str] = {
    "assessments.correcting.links_of": "reads rows that were found within the scope",
    "assessments.due.due": "for work_on_actions, confirm_readiness, manage_certification, each for its own",
    "assessments.evidence.stored": "part of findings.answer; looks up only what one may see",
    "assessments.files.had_any": "part of findings.remove, which has asked",
    "assessments.files.has_any": "part of answering and approving a finding, which have asked",
    "assessments.findings.reopen": "part of what sends answers back, which asks",
    "assessments.findings.require_inside": "a check, part of what gives a finding to a unit",
    "assessments.history.record": "writes the journal of a row that was found within the scope",
    "assessments.history.told": "what a row says that was found within the scope",
    "assessments.letters.note_step": "part of what is a step of the application too, which asks",
    "assessments.letters.open_letter": "a check, part of whatever works on a document",
    "assessments.owners.owner_of": "part of what gives a finding to an owner, which asks",
    "assessments.rows.assessment_of": "reads a row that was found within the scope",
    "assessments.rows.assessments_of": "reads rows that were found within the scope",
    "assessments.rows.findings_of": "reads rows that were found within the scope",
    "assessments.rows.held": "a check, part of whatever changes a row",
    "assessments.rows.letters_of": "reads rows that were found within the scope",
    "assessments.rows.next_number": "the next number of a table; part of what adds a row after asking",
    "assessments.rows.requested_of": "reads a row that was found within the scope",
    "assessments.rows.seen": "one row within the scope of view_certification",
}
