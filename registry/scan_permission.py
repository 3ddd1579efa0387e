"""Whether a place may be scanned at all, before anything of it is listed.

Sources: the guideline on the security of medical information systems (医療情報システムの安全管理に関する
ガイドライン 6.0): systems in use for care are not disturbed, so their replica or export is read, with the
consent of whoever answers for the system; and for mailboxes and home folders see `monitoring_rules`.
"""

from __future__ import annotations

import enum
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from registry import monitoring_rules
from registry.access import require, today_in_japan
from registry.errors import RegistryError
from registry.model import Permission, SourceRow, UnitId
from registry.source_terms import MONITORED, PlaceKind
from registry.sources import opened
from registry.store import Tx
from registry.store.tables import SourceRecord
from scanners.selection import Selection

_MAIL = frozenset({"imap", "imaps", "pop3", "pop3s"})


class Bar(enum.StrEnum):
    """Why a place may not be scanned."""

    LIVE_SYSTEM = "live_system"
    MEDICAL_DEVICE = "medical_device"
    NO_CONSENT = "no_consent"
    NO_RULE = "no_rule"
    NOTICE_AHEAD = "notice_ahead"  # there is a rule, but its workers are told of it only later


NEVER = frozenset({Bar.LIVE_SYSTEM, Bar.MEDICAL_DEVICE})
"""What stands in the inventory on purpose, without being scanned."""

_WORDS = {
    Bar.LIVE_SYSTEM: "it is a chart or PACS in operation, never scanned; register a replica or an export",
    Bar.MEDICAL_DEVICE: "it is a medical device, excluded until somebody decides otherwise with a reason",
    Bar.NO_CONSENT: "the vendor's consent to reading it is not recorded; record it: daicho source edit",
    Bar.NO_RULE: "no rule on monitoring workers covers its unit; register one: daicho monitoring add",
    Bar.NOTICE_AHEAD: "the workers are told of the monitoring rule only later; scan from that day on",
}


class ScanRefusedError(RegistryError):
    """A place may not be scanned; `bar` says why, `name` is what it is called."""

    def __init__(self, bar: Bar, name: str) -> None:
        super().__init__(f"{name}: {_WORDS[bar]}")
        self.bar = bar
        self.name = name


def bar(tx: Tx, source: SourceRow) -> Bar | None:
    """Return why a source may not be scanned now; None when it may. AccessDenied without VIEW_LOCATIONS."""
    require(tx, Permission.VIEW_LOCATIONS, source.unit_id)
    return _bar(tx, source)


def _bar(tx: Tx, source: SourceRow) -> Bar | None:
    terms = source.terms
    match terms.kind:
        case PlaceKind.LIVE_CHART_OR_PACS:
            return Bar.LIVE_SYSTEM
        case PlaceKind.MEDICAL_DEVICE if terms.release is None:
            return Bar.MEDICAL_DEVICE
        case PlaceKind.CHART_OR_PACS_REPLICA if terms.consent is None:
            return Bar.NO_CONSENT
    if terms.kind in MONITORED or _is_mail(source.url):
        return _unmonitored(tx, source.unit_id)
    return None


def require_scannable(tx: Tx, unit_id: UnitId, url: str, *, source: SourceRow | None = None) -> None:
    """Raise ScanRefusedError for what may not be scanned for a unit, AccessDenied without RUN_SCANS there.

    An address that was not registered, or lies within or around a registered one, is judged by all that are
    registered, whoever may see them: a live chart is not read by calling the folder above it. What a source's
    own exclude patterns leave out does not count. Two names of one server are not known to be one.
    """
    require(tx, Permission.RUN_SCANS, unit_id)
    if source is not None:
        found = _bar(tx, source)
        if found is not None:
            raise ScanRefusedError(found, source.name)
    elif _is_mail(url):
        found = _unmonitored(tx, unit_id)
        if found is not None:
            raise ScanRefusedError(found, url.partition("://")[0])
    selection = Selection(source.terms.include, source.terms.exclude) if source else Selection()
    guarded = select(SourceRecord).where(
        SourceRecord.removed_at.is_(None), SourceRecord.kind != PlaceKind.ORDINARY.value
    )
    for row in tx.session.scalars(guarded.order_by(SourceRecord.id)):
        other = opened(tx, row)
        if source is not None and other.id == source.id:
            continue
        if _touches(url, other.url, selection):
            found = _bar(tx, other)
            if found is not None:
                # its name may belong to another company: the place that was asked for is named instead
                raise ScanRefusedError(found, source.name if source else _plain(url))


def _unmonitored(tx: Tx, unit_id: UnitId) -> Bar | None:
    today = today_in_japan(tx.now)
    rules = [each for each in monitoring_rules.covering(tx, unit_id) if each.ended_on is None]
    if any(each.holds_on(today) for each in rules):
        return None
    return Bar.NOTICE_AHEAD if rules else Bar.NO_RULE


def _is_mail(url: str) -> bool:
    scheme, separator, _ = url.partition("://")
    return bool(separator) and scheme.lower() in _MAIL


def _plain(url: str) -> str:
    """Return an address without account, password and options."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}" if separator else url


def _touches(url: str, other: str, selection: Selection) -> bool:
    """Tell whether a scan of one address reads anything of another."""
    (place, path), (server, guarded) = _split(url), _split(other)
    if place != server:
        return False
    if path[: len(guarded)] == guarded:
        return True
    if guarded[: len(path)] != path:
        return False
    below = guarded[len(path) :]
    return all(selection.enters("/".join(below[:depth])) for depth in range(1, len(below) + 1))


def _split(url: str) -> tuple[tuple[str, str, int | None], tuple[str, ...]]:
    """Return scheme, host and port of an address, and the parts of its path."""
    if "://" not in url:
        url = f"file://{url}"
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "", parts.port)
    except ValueError:
        return ("", url, None), ()
    scheme = parts.scheme.partition("+")[0]
    scheme = {"postgres": "postgresql", "imaps": "imap", "davs": "dav", "https": "dav", "http": "dav"}.get(
        scheme, scheme
    )
    fold = scheme == "smb"  # letter case does not count there
    path = unquote(parts.path, errors="surrogateescape")
    path = path.casefold() if fold else path
    return (scheme, host, port), tuple(part for part in path.split("/") if part)
