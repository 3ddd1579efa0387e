"""Remediation 是正 as pages, commands and services exchange it: kinds, states, and what is known of each.

quarantine 隔離: proposed → approved (by another person) → running → done → restored, or destroyed with a
certificate 廃棄証明 when its period is over. exclude 除外: in force from its approval until it ends.
request 依頼: done when the mail went out; its answer is kept. What a later scan tells stands beside it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NewType

from registry.model import ObjectId, SourceId, UnitId, UserId
from scanners.model import Category

RemediationId = NewType("RemediationId", int)
LONGEST = timedelta(days=731)  # of an exclusion; after that somebody must look again
REASON_LENGTH = 2_000


class RemediationKind(enum.StrEnum):
    """What is to be done; the ids are public API."""

    QUARANTINE = "quarantine"  # 隔離
    EXCLUDE_OBJECT = "exclude_object"  # 除外（このファイル）
    EXCLUDE_FOLDER = "exclude_folder"  # 除外（このフォルダー）
    REQUEST = "request"  # 所有者への依頼

    @property
    def is_exclusion(self) -> bool:
        """True for what leaves something out of comparison and risk."""
        return self in EXCLUSIONS


EXCLUSIONS = frozenset({RemediationKind.EXCLUDE_OBJECT, RemediationKind.EXCLUDE_FOLDER})


class RemediationState(enum.StrEnum):
    """How far it is; the ids are public API."""

    PROPOSED = "proposed"
    APPROVED = "approved"  # an exclusion: in force
    REFUSED = "refused"
    RUNNING = "running"
    FAILED = "failed"  # with a reason; may be run again
    DONE = "done"
    RESTORED = "restored"
    DESTROYED = "destroyed"
    EXPIRED = "expired"  # an exclusion whose last day is over, or that was withdrawn

    @property
    def is_open(self) -> bool:
        """True while something is still to be done or in force."""
        return self in OPEN


OPEN = frozenset(
    {
        RemediationState.PROPOSED,
        RemediationState.APPROVED,
        RemediationState.RUNNING,
        RemediationState.FAILED,
    }
)
RUNNABLE = frozenset({RemediationState.APPROVED, RemediationState.RUNNING, RemediationState.FAILED})


class Step(enum.StrEnum):
    """The steps of a quarantine, each written down before the next begins."""

    NONE = ""
    COPIED = "copied"  # encrypted, synced to the disk
    VERIFIED = "verified"  # read back, the same digest
    REMOVING = "removing"  # about to be removed: from here on the copy may be the only one
    REMOVED = "removed"
    RESTORED = "restored"  # lies at its place again


class Seen(enum.StrEnum):
    """What a scan since then told."""

    NOTHING = ""
    CONFIRMED = "confirmed"  # its folder was examined and it was not there
    REAPPEARED = "reappeared"  # something lies there again, or still


class Wish(enum.StrEnum):
    """What the owner of an object is asked for."""

    DELETE = "delete"
    MOVE = "move"  # to a place of the ledger
    RESTRICT = "restrict"  # who can read it
    EXPLAIN = "explain"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of whom."""

    address: str = field(repr=False)
    wish: Wish
    language: str  # "ja" or "en"


@dataclass(frozen=True, slots=True)
class Facts:
    """The object as it was found; `uri` and `folder` are true names, which nobody is shown."""

    uri: str = field(repr=False)
    folder: str = field(repr=False)  # below the source
    shown: str  # masked
    bytes: int
    mtime_ns: int
    categories: Mapping[Category, int]  # distinct values of each
    persons: int  # at least


@dataclass(frozen=True, slots=True)
class Copy:
    """The encrypted copy of an object: where it lies, and what it is a copy of."""

    name: str
    sha256: str = field(repr=False)  # of the plain bytes
    size: int
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)  # what is put back beside the bytes


@dataclass(frozen=True, slots=True)
class Remediation:
    """One remediation, for who may see where the object lies."""

    id: RemediationId
    kind: RemediationKind
    state: RemediationState
    step: Step
    unit_id: UnitId
    source_id: SourceId | None
    object_id: ObjectId
    facts: Facts
    reason: str
    until: date | None
    request: Request | None
    answer: str
    proposer_id: UserId
    proposer: str
    proposed_at: datetime
    decider: str
    decided_at: datetime | None
    failure: str
    done_at: datetime | None
    ended_at: datetime | None
    seen: Seen
    seen_at: datetime | None
    certificate_number: str
    version: int

    def can_be_restored(self, today: date) -> bool:
        """True while there is a copy whose period is not over."""
        return (
            self.kind is RemediationKind.QUARANTINE
            and self.state is RemediationState.DONE
            and (self.until is None or today <= self.until)
        )

    def applies(self, today: date) -> bool:
        """True for an exclusion that is in force."""
        return (
            self.kind.is_exclusion
            and self.state is RemediationState.APPROVED
            and self.until is not None
            and today <= self.until
        )


@dataclass(frozen=True, slots=True)
class DestructionCertificate:
    """What a certificate of destruction 廃棄証明 states; names are masked, digests keyed."""

    number: str
    unit_ja: str
    unit_en: str
    shown: str
    digest: str  # HMAC-SHA256 of the SHA-256: shows that a file is the one, tells nothing of it
    size: int
    categories: Mapping[Category, int]
    persons: int
    reason: str
    proposer: str
    proposed_at: datetime
    decider: str
    decided_at: datetime
    removed_at: datetime
    destroyed_at: datetime
