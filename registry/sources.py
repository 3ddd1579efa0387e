"""Registered places to scan: name, unit, owner, terms and an address that never holds credentials.

What a scan signs in with belongs to the machine that scans, as do its own files: only who manages sources
in the whole workspace names a credential or an address of this machine. Otherwise the manager of one company
could have the machine send another company's password to a server of their own, or read its files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import Select, select

from registry import source_terms
from registry.access import require, require_open, scope, today_in_japan, top_unit
from registry.errors import AccessDenied, Conflict, Duplicate, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, SourceId, SourceRow, UnitId
from registry.places import COLLECTOR
from registry.sealing import Row
from registry.source_terms import GUARDED, USUAL, PlaceKind, Release, SourceTerms
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.tables import SourceRecord

_FILES = frozenset({"file", "sqlite", "duckdb"})
_NAME_LENGTH = 200
_URL_LENGTH = 2000
_SECRET_NAMES = ("pass", "sig", "key")
_SECRET_ENDINGS = (
    *("password", "passwd", "passphrase", "pwd", "token", "secret", "signature"),
    *("apikey", "accesskey", "accesskeyid", "credential", "credentials"),
)


_COLUMNS = ("name", "owner", "url")
_TERMS = frozenset(field.name for field in fields(SourceTerms)) - {"release"}


def add_source(
    tx: Tx, *, unit_id: UnitId, name: str, owner: str, url: str, terms: SourceTerms = USUAL
) -> SourceRow:
    """Register a place to scan.

    Raises AccessDenied, also for a credential or an address of this machine without MANAGE_SOURCES in the top
    unit; Duplicate (`name`, within its unit); InvalidValue: rule `credentials` when the address holds a
    password, token or signature, and the rules of `source_terms.checked`.
    """
    require(tx, Permission.MANAGE_SOURCES, unit_id)
    require_open(tx, unit_id)
    wanted = SourceRow(
        SourceId(0), unit_id, name.strip(), owner.strip(), url.strip(), 0, replace(terms, release=None)
    )
    _check(tx, wanted)
    _require_machine(tx, None, wanted)
    _require_free(tx, unit_id, wanted.name)
    row = SourceRecord(uid=new_uid(), unit_id=unit_id)
    _write(tx, row, wanted)
    tx.session.add(row)
    tx.session.flush()
    made = opened(tx, row)
    tx.record(Action.SOURCE_ADDED, "source", made.id, unit_id, None, _described(made))
    return made


def change_source(
    tx: Tx, source_id: SourceId, *, expected_version: int, changes: Mapping[str, object], reason: str = ""
) -> SourceRow:
    """Change name, owner, address or terms of a source; its unit stays.

    A decision to scan a medical device ends when its address or kind changes. Raises NotFound, AccessDenied
    and InvalidValue as `add_source`, Conflict, and InvalidValue (`reason`, `required`) for a place that was
    a chart or PACS in operation or a medical device and is to be called something else.
    """
    row = _row(tx, source_id)
    require(tx, Permission.MANAGE_SOURCES, UnitId(row.unit_id))
    before = opened(tx, row)
    _require_version(tx, row, expected_version)
    for column in changes:
        if column not in _COLUMNS and column not in _TERMS:
            raise InvalidValue(column, "unknown_column")
    texts = {column: str(changes[column]).strip() for column in _COLUMNS if column in changes}
    terms = {column: value for column, value in changes.items() if column in _TERMS}
    after = replace(before, **texts, terms=replace(before.terms, **terms))  # type: ignore[arg-type]  # see _check
    if after == before:
        return before
    if (after.url, after.terms.kind) != (before.url, before.terms.kind):
        after = replace(after, terms=replace(after.terms, release=None))
    reason = reason.strip()
    if before.terms.kind in GUARDED and after.terms.kind is not before.terms.kind and not reason:
        raise InvalidValue("reason", "required")
    if len(reason) > _URL_LENGTH:
        raise InvalidValue("reason", "too_long")
    _check(tx, after)
    _require_machine(tx, before, after)
    if after.name != before.name:
        _require_free(tx, after.unit_id, after.name)
    _write(tx, row, after)
    tx.session.flush()
    told = _described(after) | ({"reason": reason} if reason else {})
    tx.record(Action.SOURCE_CHANGED, "source", source_id, before.unit_id, _described(before), told)
    return opened(tx, row)


def release_device(tx: Tx, source_id: SourceId, *, reason: str, expected_version: int) -> SourceRow:
    """Decide that a medical device is scanned all the same 医療機器の除外を解く, and why.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `kind` `no_device`, `reason` `required` or
    `too_long`.
    """
    reason = reason.strip()
    if not reason:
        raise InvalidValue("reason", "required")
    if len(reason) > _URL_LENGTH:
        raise InvalidValue("reason", "too_long")
    return _decide(
        tx, source_id, Release(reason, tx.principal.name, tx.now), expected_version, Action.DEVICE_RELEASED
    )


def exclude_device(tx: Tx, source_id: SourceId, *, expected_version: int) -> SourceRow:
    """Take the decision to scan a medical device back. Raises as `release_device`."""
    return _decide(tx, source_id, None, expected_version, Action.DEVICE_EXCLUDED)


def _decide(
    tx: Tx, source_id: SourceId, release: Release | None, expected_version: int, action: Action
) -> SourceRow:
    row = _row(tx, source_id)
    require(tx, Permission.MANAGE_SOURCES, UnitId(row.unit_id))
    before = opened(tx, row)
    _require_version(tx, row, expected_version)
    if before.terms.kind is not PlaceKind.MEDICAL_DEVICE:
        raise InvalidValue("kind", "no_device")
    after = replace(before, terms=replace(before.terms, release=release))
    _write(tx, row, after)
    tx.session.flush()
    tx.record(action, "source", source_id, before.unit_id, _described(before), _described(after))
    return opened(tx, row)


def list_sources(tx: Tx) -> list[SourceRow]:
    """Return the visible sources that were not removed, ordered by unit and name."""
    return [opened(tx, row) for row in tx.session.scalars(_seen(tx))]


def source(tx: Tx, source_id: SourceId) -> SourceRow:
    """Return one visible source; raises NotFound."""
    return opened(tx, _row(tx, source_id))


def source_by_name(tx: Tx, name: str) -> SourceRow | None:
    """Return the visible source of this name, None when there is none.

    Raises InvalidValue (`name`, rule `ambiguous`) when several units have one of the same name.
    """
    rows = list(tx.session.scalars(_seen(tx).where(SourceRecord.name == name)))
    if len(rows) > 1:
        raise InvalidValue("name", "ambiguous")
    return opened(tx, rows[0]) if rows else None


def remove_source(tx: Tx, source_id: SourceId) -> None:
    """Take a source off the list; runs and ledger places that refer to it stay. NotFound, AccessDenied."""
    row = _row(tx, source_id)
    require(tx, Permission.MANAGE_SOURCES, UnitId(row.unit_id))
    before = opened(tx, row)
    row.removed_at = tx.now
    tx.record(Action.SOURCE_REMOVED, "source", source_id, before.unit_id, _described(before), None)


def require_source(tx: Tx, source_id: SourceId, column: str = "places") -> None:
    """Raise InvalidValue (the column, rule `source`) unless the person asking can see this source."""
    if tx.session.scalar(_seen(tx).where(SourceRecord.id == source_id)) is None:
        raise InvalidValue(column, "source")


def is_collected(url: str) -> bool:
    """Tell whether a source is scanned at a site by a collector, and never from here."""
    return url.startswith(f"{COLLECTOR}://")


def has_credentials(url: str) -> bool:
    """Tell whether an address holds a password, token or signature; a user name alone is none.

    Also true for addresses so malformed that a parser could take the secret for something else.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.lower() == "file":
        return False
    if ":" in rest.rpartition("@")[0]:
        return True
    parts = urlsplit(url)
    for field in (parts.query, parts.fragment):
        for name, _ in parse_qsl(field, keep_blank_values=True):
            plain = "".join(letter for letter in name.lower() if letter.isalnum())
            if plain in _SECRET_NAMES or plain.endswith(_SECRET_ENDINGS):
                return True
    return False


def is_of_machine(url: str) -> bool:
    """Tell whether an address lies on the machine that scans: a path, a file, or a database in a file."""
    scheme, separator, _ = url.partition("://")
    return not separator or scheme.lower().partition("+")[0] in _FILES


def _require_machine(tx: Tx, before: SourceRow | None, after: SourceRow) -> None:
    named = is_of_machine(after.url) and (before is None or after.url != before.url)
    credential = after.terms.credential
    sent = credential and (before is None or (credential, after.url) != (before.terms.credential, before.url))
    if not (named or sent):
        return
    top = top_unit(tx)
    if top is None:
        raise AccessDenied(Permission.MANAGE_SOURCES)
    require(tx, Permission.MANAGE_SOURCES, top)


def _require_free(tx: Tx, unit_id: UnitId, name: str) -> None:
    taken = _present().where(SourceRecord.unit_id == unit_id, SourceRecord.name == name)
    if tx.session.scalar(taken) is not None:
        raise Duplicate("name")


def _require_version(tx: Tx, row: SourceRecord, expected: int) -> None:
    if row.version != expected:
        last = newest_of(tx, "source", row.id)
        raise Conflict(last.actor, last.at, ("source",), version=row.version)


def _check(tx: Tx, wanted: SourceRow) -> None:
    name, owner, url = wanted.name, wanted.owner, wanted.url
    source_terms.checked(wanted.terms, today_in_japan(tx.now))
    for column, value, limit in (("name", name, _NAME_LENGTH), ("url", url, _URL_LENGTH)):
        if not value:
            raise InvalidValue(column, "required")
        if len(value) > limit:
            raise InvalidValue(column, "too_long")
        if not value.isprintable():
            raise InvalidValue(column, "control_characters")
    if len(owner) > _NAME_LENGTH:
        raise InvalidValue("owner", "too_long")
    try:
        secret = has_credentials(url)
    except ValueError:
        raise InvalidValue("url", "malformed") from None
    if secret:
        raise InvalidValue("url", "credentials")


def _present() -> Select[SourceRecord]:
    return select(SourceRecord).where(SourceRecord.removed_at.is_(None))


def _seen(tx: Tx) -> Select[SourceRecord]:
    # The address is a location, so who may not see locations sees no sources.
    visible = SourceRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS))
    return _present().where(visible).order_by(SourceRecord.unit_id, SourceRecord.name)


def _row(tx: Tx, source_id: SourceId) -> SourceRecord:
    row = tx.session.scalar(_seen(tx).where(SourceRecord.id == source_id))
    if row is None:
        raise NotFound("source")
    return row


def _write(tx: Tx, row: SourceRecord, wanted: SourceRow) -> None:
    terms = wanted.terms
    row.name = wanted.name
    row.kind, row.schedule = terms.kind.value, terms.schedule
    row.window, row.priority, row.paused = terms.window, terms.priority, terms.paused
    sealed = {"owner": wanted.owner, "url": wanted.url, "terms": source_terms.written(terms)}
    for column, value in Row(tx, "source", row.uid).sealed(sealed).items():
        setattr(row, column, value)


def _described(of: SourceRow) -> dict[str, object]:
    return {"name": of.name, "owner": of.owner, "url": of.url, **source_terms.described(of.terms)}


def opened(tx: Tx, row: SourceRecord) -> SourceRow:
    """Return the source of a row; part of whatever found the row and checked who asks."""
    plain = {column: getattr(row, column) for column in source_terms.PLAIN}
    return SourceRow(
        id=SourceId(row.id),
        unit_id=UnitId(row.unit_id),
        name=row.name,
        owner=tx.vault.open(row.owner_sealed, table="source", row=row.uid, column="owner_sealed"),
        url=tx.vault.open(row.url_sealed, table="source", row=row.uid, column="url_sealed"),
        version=row.version,
        terms=source_terms.read(Row(tx, "source", row.uid).opened("terms", row.terms_sealed), plain),
    )
