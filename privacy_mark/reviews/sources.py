"""Where each topic of a review comes from; a topic without a source has no record.

A source counts a whole unit and all below it, whoever asks: the caller has checked that. It tells numbers,
codes and days, and no person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from privacy_mark.reviews import (
    audit_facts,
    earlier_facts,
    estate_facts,
    law_facts,
    operation_facts,
    person_facts,
)
from privacy_mark.reviews.model import Facts, Topic
from privacy_mark.reviews.span import Span
from registry.model import UnitId
from registry.store import Tx

Source = Callable[[Tx, UnitId, Span], Facts]

SOURCES: Mapping[Topic, Source] = {
    Topic.FOLLOW_UP: earlier_facts.follow_up,
    Topic.AUDITS: audit_facts.audits,
    Topic.ACTIONS: audit_facts.actions,
    Topic.CHECKS: operation_facts.checks,
    Topic.SELF_CHECKS: operation_facts.self_checks,
    Topic.COMPLAINTS: person_facts.complaints,
    Topic.REQUESTS: person_facts.requests,
    Topic.ACCIDENTS: person_facts.accidents,
    Topic.LEDGER: estate_facts.ledger,
    Topic.RISKS: estate_facts.risks,
    Topic.TRAINING: operation_facts.training,
    Topic.PLAN: operation_facts.plan,
    Topic.CERTIFICATES: estate_facts.certificates,
    Topic.LAWS: law_facts.laws,
}
"""Every topic that is not written by people has its source here."""
