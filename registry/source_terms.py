"""On which terms a registered place is scanned 走査の条件: what kind of place, when, how much, with what.

A source row keeps them sealed, but for what the schedule asks for. Pure values and their rules; no store.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from registry.credential_references import reference
from registry.errors import InvalidValue
from registry.schedules import OFF, schedule, window

_PATTERNS, _PATTERN_LENGTH, _TEXT_LENGTH = 200, 500, 500
_PRIORITIES = range(1, 10)


class PlaceKind(enum.StrEnum):
    """What kind of place a source is; it decides what a scan needs beforehand."""

    ORDINARY = "ordinary"
    MAILBOX = "mailbox"  # メールボックス: needs a rule on monitoring workers
    HOME_FOLDERS = "home_folders"  # 個人フォルダ: likewise
    CHART_OR_PACS_REPLICA = "chart_or_pacs_replica"  # 電子カルテ・PACS の複製や書出し: the vendor's consent
    LIVE_CHART_OR_PACS = "live_chart_or_pacs"  # 稼働中の電子カルテ・PACS: never scanned
    MEDICAL_DEVICE = "medical_device"  # 医療機器: not scanned unless that was decided


MONITORED = frozenset({PlaceKind.MAILBOX, PlaceKind.HOME_FOLDERS})
GUARDED = frozenset({PlaceKind.LIVE_CHART_OR_PACS, PlaceKind.MEDICAL_DEVICE})
"""Kinds that are registered for the inventory; whoever takes a source out of one says why."""


class ReadMode(enum.StrEnum):
    """How much of the tables of a database is read."""

    SAMPLE = "sample"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class VendorConsent:
    """The vendor's consent ベンダーの同意 to reading a replica or an export of its system."""

    by: str
    on: date
    document: str  # where the document is kept


@dataclass(frozen=True, slots=True)
class Release:
    """The decision to scan a medical device all the same; of one address, by one person."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """The terms of one source; None among the limits leaves it to the settings."""

    kind: PlaceKind = PlaceKind.ORDINARY
    credential: str = ""  # a reference, never a secret
    schedule: str = OFF
    window: str = ""  # "22:00-06:00": scans run only then
    priority: int = 5  # 1 first, 9 last
    paused: bool = False  # 一時停止: no scan begins by itself or goes on
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    bandwidth_mb: float | None = None  # megabytes a second
    jobs: int | None = None  # worker processes
    object_mib: int | None = None  # larger objects are reported as oversized
    mode: ReadMode = ReadMode.SAMPLE
    rows_per_second: int | None = None
    consent: VendorConsent | None = None
    release: Release | None = None


USUAL = SourceTerms()
"""Terms that nobody chose."""

PLAIN = ("kind", "schedule", "window", "priority", "paused")
"""Terms with columns of their own; `release` is written by its own service."""


def checked(terms: SourceTerms, today: date) -> SourceTerms:
    """Return the terms in their written form.

    InvalidValue: `credential` `reference`, `schedule` `schedule`, `window` `window` or `outside` (the
    schedule begins outside it), `priority`, `bandwidth_mb`, `jobs`, `object_mib`, `rows_per_second`
    `number`, `include` and `exclude` `pattern` or `too_long`, `consent` `required`, `future` or `too_long`.
    """
    if terms.credential:
        reference(terms.credential)
    timed, hours = schedule(terms.schedule), window(terms.window)
    if timed.at is not None and hours is not None and not hours.holds(timed.at):
        raise InvalidValue("window", "outside")
    if terms.priority not in _PRIORITIES:
        raise InvalidValue("priority", "number")
    for column in ("bandwidth_mb", "jobs", "object_mib", "rows_per_second"):
        value = getattr(terms, column)
        if value is not None and not 0 < value < 1e9:
            raise InvalidValue(column, "number")
    for column in ("include", "exclude"):
        _check_patterns(column, getattr(terms, column))
    consent = terms.consent
    if consent is not None:
        if not (consent.by.strip() and consent.document.strip()):
            raise InvalidValue("consent", "required")
        if max(len(consent.by), len(consent.document)) > _TEXT_LENGTH:
            raise InvalidValue("consent", "too_long")
        if consent.on > today:
            raise InvalidValue("consent", "future")
    return terms


def _check_patterns(column: str, patterns: tuple[str, ...]) -> None:
    if len(patterns) > _PATTERNS or any(len(each) > _PATTERN_LENGTH for each in patterns):
        raise InvalidValue(column, "too_long")
    if not all(each == each.strip() and each.strip("/") and each.isprintable() for each in patterns):
        raise InvalidValue(column, "pattern")


def written(terms: SourceTerms) -> str:
    """Return all terms without columns of their own as text, to be sealed."""
    told = {name: value for name, value in asdict(terms).items() if name not in PLAIN}
    return json.dumps(told, default=_plain, ensure_ascii=False, sort_keys=True)


def read(text: str, plain: Mapping[str, Any]) -> SourceTerms:
    """Return the terms that `written` wrote, with the values of the columns."""
    told = json.loads(text) if text else {}
    consent, release = told.get("consent"), told.get("release")
    return SourceTerms(
        kind=PlaceKind(plain["kind"]),
        schedule=plain["schedule"],
        window=plain["window"],
        priority=plain["priority"],
        paused=plain["paused"],
        credential=told.get("credential", ""),
        include=tuple(told.get("include", ())),
        exclude=tuple(told.get("exclude", ())),
        bandwidth_mb=told.get("bandwidth_mb"),
        jobs=told.get("jobs"),
        object_mib=told.get("object_mib"),
        mode=ReadMode(told.get("mode", ReadMode.SAMPLE)),
        rows_per_second=told.get("rows_per_second"),
        consent=consent
        and VendorConsent(consent["by"], date.fromisoformat(consent["on"]), consent["document"]),
        release=release and Release(release["reason"], release["by"], datetime.fromisoformat(release["at"])),
    )


def described(terms: SourceTerms) -> dict[str, object]:
    """Return what differs from the terms that nobody chose, as the journal tells it."""
    told: dict[str, object] = {}
    for name, value in asdict(terms).items():
        if value == getattr(USUAL, name):
            continue
        match value:
            case dict():
                told |= {f"{name}_{part}": _plain(each) for part, each in value.items()}
            case tuple():
                told[name] = "\n".join(value)
            case _:
                told[name] = value
    return told


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
