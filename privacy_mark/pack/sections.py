"""The sections of a pack: which room tells each, and who may hear it.

A room that keeps records of its own joins here a function that returns its `Section`. It gives every figure
the rows that it rests on, and a listing as many cells a line as data/pack_forms/documents.yaml gives it
columns. Until then the documents that need it say that there is no record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from privacy_mark.pack import (
    assessment_section,
    audit_sections,
    certificate_section,
    change_section,
    entity_section,
    law_section,
    ledger_section,
    readiness_section,
    register_sections,
    rule_sections,
    training_section,
)
from privacy_mark.pack.model import Section, Subject
from registry.access import allowed
from registry.model import Permission
from registry.store import Tx


@dataclass(frozen=True, slots=True)
class Source:
    """One section: what seeing it needs, who tells it (None: no room does yet), and from which tables."""

    permission: Permission
    tell: Callable[[Tx, Subject], Section] | None = None
    tables: tuple[str, ...] = ()  # under whose names the journal tells of what the section rests on


_CERTIFICATION = Permission.VIEW_CERTIFICATION
_TRAINING = ("training_course", "training_import", "training_result")
_READINESS = (
    *("evidence", "readiness_confirmation", "ledger_entry", "risk_analysis", "scan_run", "source"),
    *("assessment", "discrepancy_case", "journal_anchor", "confirmation", "confirmation_campaign"),
    *("confirmation_operation", "pms_year", "audit", "audit_programme", "corrective_action", *_TRAINING),
    *("management_review", "management_review_decision", "internal_rule", "internal_rule_version"),
)
_CHANGES = (
    *("pm_change", "pm_change_task", "pm_certificate", "pm_round", "org_unit"),
    *("role_grant", "audit_appointment", "governance_appointment"),
)
SOURCES: Mapping[str, Source] = {
    "unit": Source(_CERTIFICATION, entity_section.unit, ("org_unit",)),
    "officers": Source(
        _CERTIFICATION, entity_section.officers, ("role_grant", "affiliation", "audit_appointment")
    ),
    "sites": Source(_CERTIFICATION, entity_section.sites, ("org_unit",)),
    "certificate": Source(
        _CERTIFICATION, certificate_section.certificate, ("pm_certificate", "pm_round", "pm_accident")
    ),
    "plan": Source(_CERTIFICATION, certificate_section.plan, ("pms_year",)),
    "ledger": Source(Permission.VIEW_LEDGER, ledger_section.section, ("ledger_entry", "org_unit", "source")),
    "risk": Source(Permission.VIEW_LEDGER, ledger_section.risk, ("risk_analysis", "ledger_entry")),
    "training": Source(_CERTIFICATION, training_section.section, _TRAINING),
    "confirmations": Source(
        Permission.VIEW_CONFIRMATIONS,
        register_sections.confirmations,
        ("confirmation", "confirmation_campaign"),
    ),
    "complaints": Source(Permission.VIEW_COMPLAINTS, register_sections.complaints, ("complaint",)),
    "audits": Source(Permission.VIEW_AUDITS, audit_sections.audits, ("audit", "audit_programme", "org_unit")),
    "reviews": Source(
        Permission.VIEW_REVIEWS,
        rule_sections.reviews,
        ("management_review", "management_review_decision"),
    ),
    "rules": Source(Permission.VIEW_REVIEWS, rule_sections.rules, ("internal_rule", "internal_rule_version")),
    "readiness": Source(_CERTIFICATION, readiness_section.section, _READINESS),
    "actions": Source(Permission.VIEW_AUDITS, audit_sections.actions, ("corrective_action",)),
    "laws": Source(_CERTIFICATION, law_section.laws, ("law_entry", "law_amendment", "law_review")),
    "assessments": Source(
        _CERTIFICATION,
        assessment_section.assessments,
        ("pm_assessment", "pm_findings_letter", "pm_finding", "pm_file", "corrective_action"),
    ),
    "changes": Source(_CERTIFICATION, change_section.changes, _CHANGES),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the rooms told of a subject."""

    sections: Mapping[str, Section]
    withheld: frozenset[str]  # the person asking may not see them
    absent: frozenset[str]  # no room tells them


def tell(tx: Tx, of: Subject, wanted: Iterable[str]) -> Told:
    """Ask the rooms for the sections; of what the person asking may not see nothing is read."""
    found: dict[str, Section] = {}
    withheld, absent = set(), set()
    for name in sorted(set(wanted)):
        source = SOURCES[name]
        if source.tell is None:
            absent.add(name)
        elif not allowed(tx, source.permission, of.unit.id):
            withheld.add(name)
        else:
            found[name] = source.tell(tx, of)
    return Told(found, frozenset(withheld), frozenset(absent))
