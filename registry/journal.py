"""The journal 操作記録: what was done, by whom and why, in a chain that shows every later change.

How records are signed: `registry.store.chain`. Records are written by `Tx.record` inside the transaction
whose change they tell of.
"""

from __future__ import annotations

import enum
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from registry.access import SYSTEM_NAME, SYSTEM_USER, scope
from registry.errors import VaultError
from registry.journal_check import Break, Verdict, verify
from registry.journal_rights import opened_to
from registry.model import Permission, UnitId, UserId
from registry.store import Tx
from registry.store.month_keys import is_month_sealed, month_keys, month_of, open_sealed, record_key
from registry.store.tables import JournalRecord, OrgClosure
from registry.vault import Vault

__all__ = [
    "Action",
    "Break",
    "JournalFilter",
    "JournalLine",
    "Verdict",
    "actors",
    "lines",
    "pseudonym",
    "verify",
]


class Action(enum.StrEnum):
    """What a record tells of; the ids are public API."""

    UNIT_CREATED = "unit_created"
    ACCOUNT_CREATED = "account_created"
    ROLE_GRANTED = "role_granted"
    ROLE_REVOKED = "role_revoked"
    ROLE_ENDED = "role_ended"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SOURCE_ADDED = "source_added"
    SOURCE_REMOVED = "source_removed"
    ENTRY_CREATED = "entry_created"
    ENTRY_UPDATED = "entry_updated"
    RUN_RECORDED = "run_recorded"
    FEEDBACK_PROPOSED = "feedback_proposed"
    FEEDBACK_APPROVED = "feedback_approved"
    FEEDBACK_REJECTED = "feedback_rejected"
    REALITY_ASSESSED = "reality_assessed"
    UNIT_CHANGED = "unit_changed"
    UNIT_MOVED = "unit_moved"
    UNIT_MERGED = "unit_merged"
    SCAN_STARTED = "scan_started"
    LIST_VIEWED = "list_viewed"
    RESULTS_EXPORTED = "results_exported"
    KEY_CREATED = "key_created"
    JOURNAL_ANCHORED = "journal_anchored"
    JOURNAL_EXPORTED = "journal_exported"
    JOURNAL_SHREDDED = "journal_shredded"
    SESSIONS_PURGED = "sessions_purged"
    JOB_ENDED = "job_ended"
    SECOND_STEP_ASKED = "second_step_asked"  # a right password, to be followed by a one-time code
    ADDRESS_BLOCKED = "address_blocked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - no password
    LINK_ISSUED = "link_issued"
    LINK_USED = "link_used"
    FEED_MADE = "feed_made"  # the secret address of a person's calendar; an earlier one is void
    FEED_ENDED = "feed_ended"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    SESSIONS_ENDED = "sessions_ended"
    IDENTITY_LINKED = "identity_linked"
    KEY_ROTATION_STARTED = "key_rotation_started"
    KEY_ROTATED = "key_rotated"
    FINDINGS_REWRITTEN = "findings_rewritten"
    KEY_SHARES_MADE = "key_shares_made"
    REGISTRY_GRANTED = "registry_granted"
    BACKUP_MADE = "backup_made"
    RESTORED = "restored"
    AFFILIATED = "affiliated"
    AFFILIATION_ENDED = "affiliation_ended"
    DISCLOSURE_RECORDED = "disclosure_recorded"
    DISCLOSURE_APPROVED = "disclosure_approved"
    DISCLOSURE_ENDED = "disclosure_ended"
    ENTRY_APPROVED = "entry_approved"
    ENTRY_REVIEWED = "entry_reviewed"
    APPLICATION_SUBMITTED = "application_submitted"
    APPLICATION_APPROVED = "application_approved"
    APPLICATION_RETURNED = "application_returned"
    APPLICATION_WITHDRAWN = "application_withdrawn"
    PROCESSOR_ADDED = "processor_added"
    PROCESSOR_CHANGED = "processor_changed"
    PROCESSOR_EVALUATED = "processor_evaluated"
    EVALUATION_WITHDRAWN = "evaluation_withdrawn"
    FINDINGS_INDEXED = "findings_indexed"
    PERSON_SEARCHED = "person_searched"  # with what kinds of values, never with which
    REQUEST_RECEIVED = "request_received"
    REQUEST_CHANGED = "request_changed"
    REQUEST_DECIDED = "request_decided"
    REQUEST_CLOSED = "request_closed"
    REQUEST_FOUND = "request_found"  # places of a search were kept with a request
    LETTER_MADE = "letter_made"
    PROVISION_RECORDED = "provision_recorded"
    PROVISION_CHANGED = "provision_changed"
    PROVISION_DISPOSED = "provision_disposed"
    NOTICE_WRITTEN = "notice_written"
    NOTICE_LINKED = "notice_linked"
    RESEARCH_REGISTERED = "research_registered"
    RESEARCH_CHANGED = "research_changed"
    RESEARCH_DISPOSED = "research_disposed"
    REFUSAL_RECORDED = "refusal_recorded"
    CASES_FOLLOWED = "cases_followed"  # what an assessment made of the cases of one unit
    CASE_CHANGED = "case_changed"
    CASE_COMMENTED = "case_commented"
    DISPOSAL_ORDERED = "disposal_ordered"
    DISPOSAL_APPROVED = "disposal_approved"
    DISPOSAL_REFUSED = "disposal_refused"
    DISPOSAL_EXECUTED = "disposal_executed"
    COMMENT_ADDED = "comment_added"
    COMMENT_REMOVED = "comment_removed"
    ATTACHMENT_ADDED = "attachment_added"
    ATTACHMENT_VIEWED = "attachment_viewed"
    ATTACHMENT_REMOVED = "attachment_removed"
    FILTER_SAVED = "filter_saved"
    FILTER_REMOVED = "filter_removed"
    NOTIFICATIONS_CHOSEN = "notifications_chosen"
    DISPOSALS_EXAMINED = "disposals_examined"  # what an assessment says of executed disposals of one unit
    PEOPLE_IMPORT_STARTED = "people_import_started"
    PEOPLE_IMPORT_ENDED = "people_import_ended"
    RISK_CHANGED = "risk_changed"
    RISK_ACCEPTED = "risk_accepted"  # residual risks, by name
    RISK_REOPENED = "risk_reopened"
    RISK_REJUDGED = "risk_rejudged"  # the table of levels changed
    RISK_MEASURE_DONE = "risk_measure_done"
    EVIDENCE_ADDED = "evidence_added"
    EVIDENCE_VIEWED = "evidence_viewed"
    EVIDENCE_REMOVED = "evidence_removed"
    READINESS_CONFIRMED = "readiness_confirmed"
    READINESS_FELL = "readiness_fell"  # a confirmation: its evidence changed or ran out
    AUDIT_MANAGER_APPOINTED = "audit_manager_appointed"  # or his time ended
    AUDIT_TERMS_CHANGED = "audit_terms_changed"  # what a unit asks of its auditors
    AUDITOR_REGISTERED = "auditor_registered"
    AUDIT_PLANNED = "audit_planned"
    AUDIT_PLAN_APPROVED = "audit_plan_approved"
    AUDITORS_ASSIGNED = "auditors_assigned"
    AUDITOR_CHANGED = "auditor_changed"
    AUDIT_CHANGED = "audit_changed"  # a work paper was filled in, the audit begun or ended
    AUDIT_REPORTED = "audit_reported"
    AUDIT_REPORT_RECEIVED = "audit_report_received"
    ACTION_RAISED = "action_raised"
    ACTION_CHANGED = "action_changed"
    ACTION_APPROVED = "action_approved"
    ACTION_WITHDRAWN = "action_withdrawn"
    OPERATION_REGISTERED = "operation_registered"
    OPERATION_CHANGED = "operation_changed"
    CONFIRMATIONS_OPENED = "confirmations_opened"
    CONFIRMATION_ANSWERED = "confirmation_answered"
    CONFIRMATION_CONFIRMED = "confirmation_confirmed"
    CONFIRMATION_RETURNED = "confirmation_returned"
    CONFIRMATION_WITHDRAWN = "confirmation_withdrawn"  # the operation ended before anybody answered
    CONFIRMATION_RESUMED = "confirmation_resumed"  # and did not end after all
    SELF_CHECK_OPENED = "self_check_opened"
    SELF_CHECK_ANSWERED = "self_check_answered"
    SELF_CHECK_APPROVED = "self_check_approved"
    SELF_CHECK_RETURNED = "self_check_returned"
    SELF_CHECK_SAMPLED = "self_check_sampled"
    SELF_CHECK_CONFIRMED = "self_check_confirmed"
    BODY_REGISTERED = "body_registered"
    BODY_ENDED = "body_ended"
    APPOINTED = "appointed"
    APPOINTMENT_ENDED = "appointment_ended"
    DECISION_RECORDED = "decision_recorded"
    DECISION_CORRECTED = "decision_corrected"
    DECISION_ISSUED = "decision_issued"
    DECISION_WITHDRAWN = "decision_withdrawn"
    DECISION_CONVEYED = "decision_conveyed"
    DECISION_ACKNOWLEDGED = "decision_acknowledged"
    DECISION_FOLLOWED = "decision_followed"  # what a merged unit left behind
    DECISION_WIDENED = "decision_widened"  # to units that came later
    RULE_REGISTERED = "rule_registered"
    RULE_WRITTEN = "rule_written"
    RULE_APPROVED = "rule_approved"
    RULE_DISTRIBUTED = "rule_distributed"
    RULE_READ = "rule_read"
    RULE_CHANGED = "rule_changed"
    RULE_ENDED = "rule_ended"
    RULE_REINSTATED = "rule_reinstated"
    RULE_CORRECTED = "rule_corrected"
    RULE_WITHDRAWN = "rule_withdrawn"
    RULE_RETURNED = "rule_returned"
    RULE_TAKEN_BACK = "rule_taken_back"
    RULE_FACT_STATED = "rule_fact_stated"
    RULE_FACT_REMOVED = "rule_fact_removed"
    RULE_FACT_COMPARED = "rule_fact_compared"
    RULE_REVIEWED = "rule_reviewed"
    COMPLAINT_RECEIVED = "complaint_received"
    COMPLAINT_CHANGED = "complaint_changed"
    COMPLAINT_ANSWERED = "complaint_answered"
    COMPLAINT_EXAMINED = "complaint_examined"
    COMPLAINT_RETURNED = "complaint_returned"
    COMPLAINT_CLOSED = "complaint_closed"
    COMPLAINT_ERASED = "complaint_erased"
    COMPLAINT_TERMS_CHANGED = "complaint_terms_changed"
    REVIEW_PLANNED = "review_planned"
    REVIEW_CHANGED = "review_changed"
    REVIEW_CANCELLED = "review_cancelled"
    REVIEW_HELD = "review_held"  # its inputs were frozen
    REVIEW_WRITTEN = "review_written"
    REVIEW_SUBMITTED = "review_submitted"
    REVIEW_RETURNED = "review_returned"
    REVIEW_CLOSED = "review_closed"
    DECISION_REPORTED = "decision_reported"
    DECISION_EXTENDED = "decision_extended"
    DECISION_DROPPED = "decision_dropped"
    LAW_DECIDED = "law_decided"
    LAW_ADDED = "law_added"
    LAW_CHANGE_NOTED = "law_change_noted"
    LAW_CHANGE_DONE = "law_change_done"
    LAWS_REVIEWED = "laws_reviewed"
    LAWS_APPROVED = "laws_approved"
    LAWS_RETURNED = "laws_returned"
    CHANGE_ENTERED = "change_entered"
    CHANGE_OPENED = "change_opened"
    CHANGE_CORRECTED = "change_corrected"
    CHANGE_ANSWERED = "change_answered"
    CHANGE_SUBMITTED = "change_submitted"
    CHANGE_APPROVED = "change_approved"
    CHANGE_RETURNED = "change_returned"
    CHANGE_TASK_PLANNED = "change_task_planned"
    CHANGE_TASK_DONE = "change_task_done"
    CHANGE_TASK_LEFT = "change_task_left"
    CHANGE_TASK_REOPENED = "change_task_reopened"
    CERTIFICATE_REGISTERED = "certificate_registered"
    CERTIFICATE_CHANGED = "certificate_changed"
    CERTIFICATE_ENDED = "certificate_ended"
    CERTIFICATE_APPLIED = "certificate_applied"  # an application was begun
    CERTIFICATE_STEP = "certificate_step"
    CERTIFICATE_DECIDED = "certificate_decided"
    ACCIDENT_REGISTERED = "accident_registered"
    ACCIDENT_REPORTED = "accident_reported"
    ACCIDENT_CHANGED = "accident_changed"
    ACCIDENT_WITHDRAWN = "accident_withdrawn"
    ASSESSMENT_STARTED = "assessment_started"
    ASSESSMENT_CHANGED = "assessment_changed"
    FINDINGS_RECEIVED = "findings_received"  # a document of the assessors
    FINDINGS_DUE_SET = "findings_due_set"
    FINDING_ADDED = "finding_added"
    FINDING_CHANGED = "finding_changed"
    FINDING_REMOVED = "finding_removed"
    FINDING_ANSWERED = "finding_answered"
    FINDING_APPROVED = "finding_approved"
    FINDING_RETURNED = "finding_returned"
    REPORT_SENT = "report_sent"  # an improvement report
    REPORT_ACCEPTED = "report_accepted"
    REPORT_RETURNED = "report_returned"
    DOCUMENT_REQUESTED = "document_requested"
    DOCUMENT_GIVEN = "document_given"
    DOCUMENT_TAKEN_BACK = "document_taken_back"
    YEAR_PLANNED = "year_planned"
    YEAR_CHANGED = "year_changed"
    YEAR_SUBMITTED = "year_submitted"
    YEAR_APPROVED = "year_approved"
    YEAR_RETURNED = "year_returned"
    YEAR_ITEM_DONE = "year_item_done"
    YEAR_CLOSED = "year_closed"
    YEAR_REVISION_ASKED = "year_revision_asked"
    YEAR_REVISED = "year_revised"
    YEAR_REVISION_RETURNED = "year_revision_returned"
    COURSE_CREATED = "course_created"
    COURSE_CHANGED = "course_changed"
    TRAINING_GATE_SET = "training_gate_set"  # what a unit does with who has not passed before access
    COURSE_PUBLISHED = "course_published"  # a version of its material
    ROUND_OPENED = "round_opened"
    WORKERS_IMPORTED = "workers_imported"  # one record for each unit: counts, and the digest of the file
    COMPLETIONS_IMPORTED = "completions_imported"
    TRAINING_RECORDED = "training_recorded"
    SUPPLIER_TAUGHT = "supplier_taught"
    TEST_SUBMITTED = "test_submitted"
    TRAINING_FOLLOWED_UP = "training_followed_up"
    RENEWAL_REPORT_ISSUED = "renewal_report_issued"  # with its hash: never with what is in it
    PACK_BUILT = "pack_built"  # with its digest, moment and head: never with what is in it
    PACK_ANSWERED = "pack_answered"  # a field of the forms: which, never what
    PACK_ORIGINAL_ADDED = "pack_original_added"  # a form of a body, as a file
    PACK_ORIGINAL_ENDED = "pack_original_ended"


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One record in the clear, for who may view the journal."""

    seq: int
    at: datetime
    actor_id: UserId
    actor: str
    action: str
    table: str
    row_id: str
    unit_id: UnitId | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str
    shredded: bool = False  # its key is gone: `actor` is a pseudonym, and what changed is unreadable
    closed: bool = False  # who may not read the object gets neither `before` nor `after`


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which records are wanted: what is None does not narrow."""

    since: datetime | None = None
    before: datetime | None = None  # this moment not included
    actor_id: UserId | None = None
    action: Action | None = None
    unit_id: UnitId | None = None  # with all units below it


def lines(
    tx: Tx, *, limit: int = 100, below: int | None = None, wanted: JournalFilter | None = None
) -> list[JournalLine]:
    """Return the newest records of the visible units, newest first; `below` continues after a seq.

    What changed is told of objects that the person asking may read (`registry.journal_rights`).
    """
    query = (
        select(JournalRecord)
        .where(JournalRecord.unit_id.in_(scope(tx, Permission.VIEW_JOURNAL)), *_conditions(wanted))
        .order_by(JournalRecord.seq.desc())
        .limit(limit)
    )
    if below is not None:
        query = query.where(JournalRecord.seq < below)
    keys = month_keys(tx.session, tx.vault)
    records = tx.session.scalars(query).all()
    open_ = opened_to(tx, records)
    return [_line(tx.vault, record, keys, closed=record.seq not in open_) for record in records]


def actors(tx: Tx) -> dict[UserId, str]:
    """Return who did what the visible units' records tell of, by the name in their newest record."""
    newest = (
        select(func.max(JournalRecord.seq))
        .where(JournalRecord.unit_id.in_(scope(tx, Permission.VIEW_JOURNAL)))
        .group_by(JournalRecord.actor_id)
    )
    keys = month_keys(tx.session, tx.vault)
    found = tx.session.scalars(select(JournalRecord).where(JournalRecord.seq.in_(newest)))
    return {UserId(record.actor_id): _line(tx.vault, record, keys).actor for record in found}


def _conditions(wanted: JournalFilter | None) -> list[ColumnElement[bool]]:
    if wanted is None:
        return []
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(JournalRecord.at >= wanted.since)
    if wanted.before is not None:
        found.append(JournalRecord.at < wanted.before)
    if wanted.actor_id is not None:
        found.append(JournalRecord.actor_id == wanted.actor_id)
    if wanted.action is not None:
        found.append(JournalRecord.action == wanted.action.value)
    if wanted.unit_id is not None:
        inside = select(OrgClosure.descendant).where(OrgClosure.ancestor == wanted.unit_id)
        found.append(JournalRecord.unit_id.in_(inside))
    return found


def newest_of(tx: Tx, table: str, row_id: object) -> JournalLine:
    """Return the newest record of a row; the caller has checked that it may be seen.

    Of a row that has none of its own, one by nobody: `actor` "", `at` now.
    """
    record = tx.session.scalars(
        select(JournalRecord)
        .where(JournalRecord.table_name == table, JournalRecord.row_id == str(row_id))
        .order_by(JournalRecord.seq.desc())
        .limit(1)
    ).one_or_none()
    if record is None:
        nobody = UserId(SYSTEM_USER)
        return JournalLine(0, tx.now, nobody, "", "", table, str(row_id), None, None, None, "")
    return _line(tx.vault, record, month_keys(tx.session, tx.vault))


def pseudonym(vault: Vault, user_id: int) -> str:
    """Return what stands for a person after retention: the same for all their records, and no name.

    Keyed, so that who holds a list of accounts but not the vault cannot tell whose it is.
    """
    if user_id == SYSTEM_USER:
        return SYSTEM_NAME
    digest = hmac.digest(vault.subkey("pseudonym"), str(user_id).encode("ascii"), "sha256")
    return f"P-{digest.hex()[:10]}"


def _line(
    vault: Vault, record: JournalRecord, keys: Mapping[str, bytes | None], *, closed: bool = False
) -> JournalLine:
    month_key = keys.get(month_of(record.at))
    own_key = None if month_key is None else record_key(month_key, record.id)
    if own_key is not None and not _fits(own_key, record):
        own_key = None  # the schema went back and forth meanwhile, and the month's key of then was lost

    def opened(sealed: bytes | None, column: str) -> str | None:
        if sealed is None or (closed and column in ("before_sealed", "after_sealed")):
            return None
        if not is_month_sealed(sealed):
            return vault.open(sealed, table="journal_record", row=record.id, column=column)
        return None if own_key is None else open_sealed(own_key, record.id, column, sealed)

    name = opened(record.actor_name_sealed, "actor_name_sealed")
    before = opened(record.before_sealed, "before_sealed")
    after = opened(record.after_sealed, "after_sealed")
    return JournalLine(
        seq=record.seq,
        at=record.at,
        actor_id=UserId(record.actor_id),
        actor=pseudonym(vault, record.actor_id) if name is None else name,
        action=record.action,
        table=record.table_name,
        row_id=record.row_id,
        unit_id=None if record.unit_id is None else UnitId(record.unit_id),
        before=None if before is None else json.loads(before),
        after=None if after is None else json.loads(after),
        reason=opened(record.reason_sealed, "reason_sealed") or "",
        shredded=name is None,
        closed=closed,
    )


def _fits(own_key: bytes, record: JournalRecord) -> bool:
    if not is_month_sealed(record.actor_name_sealed):
        return True
    try:
        open_sealed(own_key, record.id, "actor_name_sealed", record.actor_name_sealed)
    except VaultError:
        return False
    return True
