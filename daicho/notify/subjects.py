"""Which subject each kind of work of a digest belongs to, and what is left of a digest for who chose."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping

from daicho.text import mark
from privacy_mark.cycle_digest import Part
from registry.digests import Digest, Task
from registry.notifications import DUTY, Frequency, Subject

SUBJECT: Mapping[enum.StrEnum, Subject] = {
    Task.REQUESTS_DUE: Subject.CLOCKS,
    Task.CASES_MINE: Subject.SCANS,
    Task.CASES_NEW: Subject.SCANS,
    Task.EXPLANATIONS_TO_DECIDE: Subject.SCANS,
    Task.EXPLANATIONS_EXPIRING: Subject.SCANS,
    Task.APPLICATIONS_TO_DECIDE: Subject.LEDGER,
    Task.APPLICATIONS_RETURNED: Subject.LEDGER,
    Task.ENTRIES_TO_REVIEW: Subject.LEDGER,
    Task.RETENTION_OVER: Subject.DISPOSALS,
    Task.DISPOSALS_TO_DECIDE: Subject.DISPOSALS,
    Task.DISPOSALS_TO_EXECUTE: Subject.DISPOSALS,
    Task.DISPOSALS_NOT_CONFIRMED: Subject.DISPOSALS,
    Task.REMEDIATIONS_TO_DECIDE: Subject.SCANS,
    Task.REMEDIATIONS_FOUND_AGAIN: Subject.SCANS,
    Task.CONTRACTS_ENDING: Subject.PROCESSORS,
    Task.PROVISIONS_OVER: Subject.PROCESSORS,
    Part.CERTIFICATES: Subject.CERTIFICATION,
    Part.ACCIDENTS: Subject.CLOCKS,
    Part.ASSESSMENTS: Subject.CERTIFICATION,
    Part.CHANGES: Subject.CERTIFICATION,
    Part.YEARLY_PLAN: Subject.CERTIFICATION,
    Part.EVIDENCE: Subject.CERTIFICATION,
    Part.PROCESSORS: Subject.PROCESSORS,
    Part.ACTIONS: Subject.AUDITS,
    Part.AUDITS: Subject.AUDITS,
    Part.REVIEWS: Subject.REVIEWS,
    Part.TRAINING: Subject.TRAINING,
    Part.CONFIRMATIONS: Subject.CONFIRMATIONS,
    Part.SELF_CHECKS: Subject.CONFIRMATIONS,
    Part.COMPLAINTS: Subject.COMPLAINTS,
    Part.RULES: Subject.REVIEWS,
    Part.DECISIONS: Subject.REVIEWS,
    Part.LAWS: Subject.REVIEWS,
    Part.RISEN_MANAGER: Subject.RISEN,
    Part.RISEN_TOP: Subject.RISEN,
    Part.RISEN_HEADQUARTERS: Subject.RISEN,
}
NAME: Mapping[Subject, str] = {
    Subject.LEDGER: mark("台帳と申請"),
    Subject.SCANS: mark("走査の差異とデータの是正"),
    Subject.DISPOSALS: mark("保管期限と廃棄"),
    Subject.PROCESSORS: mark("委託先と提供の記録"),
    Subject.CERTIFICATION: mark("プライバシーマーク"),
    Subject.AUDITS: mark("監査と是正処置"),
    Subject.TRAINING: mark("教育"),
    Subject.CONFIRMATIONS: mark("運用の確認と自己点検"),
    Subject.REVIEWS: mark("見直し・規程・体制・法令"),
    Subject.COMPLAINTS: mark("苦情・相談"),
    Subject.CLOCKS: mark("期限のある請求・事故の報告"),
    Subject.RISEN: mark("期限を過ぎ、上位の方に知らせるもの"),
}


def chosen(told: Digest, frequency: Frequency, left_out: Collection[Subject]) -> Digest:
    """Return what of a digest somebody is sent: not what was left out; by duty alone who wants none."""
    off = frequency is Frequency.OFF
    kept = (
        line
        for line in told.lines
        if (subject := SUBJECT[line.task]) in DUTY or not (off or subject in left_out)
    )
    return Digest(tuple(kept))
