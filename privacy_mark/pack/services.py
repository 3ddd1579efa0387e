"""Which permission each service of evidence packs asks for."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "pack.answers.answers": Permission.MANAGE_CERTIFICATION,
    "pack.answers.keep": Permission.MANAGE_CERTIFICATION,
    "pack.answers.sites": Permission.MANAGE_CERTIFICATION,
    "pack.building.build": Permission.MANAGE_CERTIFICATION,
    "pack.building.note_built": Permission.MANAGE_CERTIFICATION,
    "pack.building.preview": Permission.VIEW_CERTIFICATION,
    "pack.originals.content": Permission.VIEW_CERTIFICATION,
    "pack.originals.end": Permission.MANAGE_CERTIFICATION,
    "pack.originals.originals": Permission.VIEW_CERTIFICATION,
    "pack.originals.register": Permission.MANAGE_CERTIFICATION,
}

_SECTION = "part of packs, which ask for the permission that seeing the section needs"
PARTS: Mapping[str, str] = {
    "pack.assessment_section.assessments": _SECTION,
    "pack.audit_sections.actions": _SECTION,
    "pack.audit_sections.audits": _SECTION,
    "pack.certificate_section.certificate": _SECTION,
    "pack.certificate_section.plan": _SECTION,
    "pack.change_section.changes": _SECTION,
    "pack.entity_section.below": _SECTION,
    "pack.entity_section.officers": _SECTION,
    "pack.entity_section.sites": _SECTION,
    "pack.entity_section.unit": _SECTION,
    "pack.journal_part.journal_part": "part of build; sealed records of the entity's own cited rows alone",
    "pack.journal_part.place": "part of packs; how many records the journal has",
    "pack.journal_part.require_unchanged": "part of packs; tells whether something changed, never what",
    "pack.entity_section.units_below": _SECTION,
    "pack.kept_answers.kept": "part of packs and answers, which ask for the permission",
    "pack.kept_answers.of_sites": "part of packs and answers, which ask for the permission",
    "pack.law_section.laws": _SECTION,
    "pack.ledger_section.risk": _SECTION,
    "pack.ledger_section.section": _SECTION,
    "pack.originals.data_of": "part of build, which asks for the permission",
    "pack.originals.forms_of": "part of register; which forms a unit's file may take, no row of it",
    "pack.originals.in_force": "part of packs; the forms of the unit and of those above",
    "pack.readiness_section.section": _SECTION,
    "pack.register_sections.complaints": _SECTION,
    "pack.register_sections.confirmations": _SECTION,
    "pack.rule_sections.reviews": _SECTION,
    "pack.rule_sections.rules": _SECTION,
    "pack.sections.tell": "part of packs; asks for the permission of each section",
    "pack.training_section.section": _SECTION,
    "pack.unit_changes.unit_changes": _SECTION,
}
