"""Who reads what a record of the journal says 記録の中身: who may read the object that it tells of.

The journal itself (who, when, what was done to which object) is for who may read the journal of a unit; the
values before and after are those of the object, and need besides what its own page needs. What belongs to no
other page (organisation, accounts, roles, sign-ins, keys, exports, views) is the journal's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from registry.access import EVERYWHERE, units_allowed
from registry.model import Permission
from registry.store import Tx
from registry.store.tables import JournalRecord

_LEDGER = frozenset({Permission.VIEW_LEDGER})
_PLACES = frozenset({Permission.VIEW_LOCATIONS})
_SITUATION = frozenset({Permission.VIEW_SITUATION})
_CERTIFICATION = frozenset({Permission.VIEW_CERTIFICATION})
_AUDITS = frozenset({Permission.VIEW_AUDITS})
_AUDITORS = frozenset({Permission.PLAN_AUDITS})
_CONFIRMATIONS = frozenset({Permission.VIEW_CONFIRMATIONS})
_REVIEWS = frozenset({Permission.VIEW_REVIEWS})
_TRAINING = frozenset({Permission.VIEW_TRAINING})
_COMPLAINTS = frozenset({Permission.VIEW_COMPLAINTS})
_REQUESTS = frozenset({Permission.VIEW_REQUESTS})

OWN = frozenset(
    {
        *("org_unit", "user_account", "user_identity", "role_grant", "affiliation", "people_import"),
        *("session", "address_counter", "notification_setting", "saved_filter"),
        *("key_check", "key", "journal_key", "journal_anchor", "journal_record", "run_file", "tick_claim"),
        *("backup", "registry"),
        *(
            "samples",
            "locations",
            "judgements",
            "journal",
            "requests",
            "provisions",
            "complaints",
            "training",
        ),
        *("ledger", "person_search"),  # exports, and with which kinds of values somebody was looked for
    }
)
"""What no other page shows: the journal's own."""

READERS: Mapping[str, frozenset[Permission]] = {
    **dict.fromkeys(OWN, frozenset()),
    "source": _PLACES,
    "collector": _PLACES,
    "monitoring_rule": _PLACES,
    "scan_run": _SITUATION,
    "scan_job": _SITUATION,
    "assessment": _SITUATION,
    "feedback": frozenset({Permission.VIEW_SAMPLES}),
    "discrepancy_case": _SITUATION | _PLACES,
    "disposal": _LEDGER | _PLACES,
    "locked_decision": _SITUATION | _PLACES,
    "remediation": _PLACES,
    "remediation_place": _PLACES,
    "ledger_entry": _LEDGER | _PLACES,
    "ledger_application": frozenset({Permission.APPROVE_LEDGER}),
    "comment": _PLACES,
    "attachment": _PLACES,
    "processor": _LEDGER,
    "processor_evaluation": _LEDGER,
    "disclosure_basis": _LEDGER,
    "risk_analysis": _LEDGER,
    "notice": _LEDGER,
    "research_use": _LEDGER,
    "research_refusal": _REQUESTS,
    "rights_request": _REQUESTS,
    "request_place": frozenset({Permission.SEARCH_PERSONS}),
    "provision_record": frozenset({Permission.VIEW_PROVISIONS}),
    "evidence": _CERTIFICATION,
    "readiness_confirmation": _CERTIFICATION,
    "evidence_pack": _CERTIFICATION,
    "pack_answer": frozenset({Permission.MANAGE_CERTIFICATION}),
    "pack_original": _CERTIFICATION,
    "renewal_report": _CERTIFICATION,
    "pms_revision": _CERTIFICATION,
    "pm_certificate": _CERTIFICATION,
    "pm_round": _CERTIFICATION,
    "pm_accident": _CERTIFICATION,
    "pms_year": _CERTIFICATION,
    "pm_assessment": _CERTIFICATION,
    "pm_findings_letter": _CERTIFICATION,
    "pm_finding": _CERTIFICATION,
    "pm_requested_document": _CERTIFICATION,
    "pm_file": _CERTIFICATION | _PLACES,
    "pm_change": _CERTIFICATION,
    "pm_change_task": _CERTIFICATION,
    "law_entry": _CERTIFICATION,
    "law_amendment": _CERTIFICATION,
    "law_review": _CERTIFICATION,
    "audit": _AUDITS,
    "audit_programme": _AUDITS,
    "audit_appointment": _AUDITS,
    "auditor_profile": _AUDITORS,
    "audit_unit_terms": _AUDITORS,
    "corrective_action": _AUDITS,
    "self_check": _AUDITS,
    "self_check_round": _AUDITS,
    "confirmation": _CONFIRMATIONS,
    "confirmation_campaign": _CONFIRMATIONS,
    "confirmation_operation": _CONFIRMATIONS,
    "complaint": _COMPLAINTS,
    "complaint_terms": _COMPLAINTS,
    "management_review": _REVIEWS,
    "management_review_decision": _REVIEWS,
    "review_minutes": _REVIEWS,
    "governance_body": _REVIEWS,
    "governance_appointment": _REVIEWS,
    "governance_decision": _REVIEWS,
    "governance_arrival": _REVIEWS,
    "internal_rule": _REVIEWS,
    "internal_rule_version": _REVIEWS,
    "internal_rule_fact": _REVIEWS,
    "internal_rule_reading": _REVIEWS,
    "training_course": _TRAINING,
    "training_gate": _TRAINING,
    "training_import": _TRAINING,
    "training_result": _TRAINING,
    "training_follow_up": _TRAINING,
    "training_supplier": _TRAINING,
}
"""Table of a record -> what reading its values needs in its unit, besides the right to the journal."""


def opened_to(tx: Tx, records: Iterable[JournalRecord]) -> frozenset[int]:
    """Return the numbers of the records whose values the person asking may read.

    The caller has checked the right to the journal. A table that nobody named is for who works at the machine
    itself alone.
    """
    found = list(records)
    if EVERYWHERE in tx.principal.units_with(Permission.VIEW_JOURNAL):
        return frozenset(record.seq for record in found)
    needed = frozenset[Permission]().union(*(READERS.get(record.table_name, ()) for record in found))
    units = {permission: units_allowed(tx, permission) for permission in needed}
    return frozenset(
        record.seq
        for record in found
        if record.table_name in READERS
        and all(record.unit_id in units[permission] for permission in READERS[record.table_name])
    )
