"""Registered places to scan: name, unit, owner and an address that never holds credentials."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import Select, select

from registry.access import require, require_open, scope
from registry.errors import Duplicate, InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, SourceId, SourceRow, UnitId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.tables import SourceRecord

_NAME_LENGTH = 200
_URL_LENGTH = 2000
_SECRET_NAMES = ("pass", "sig", "key")
_SECRET_ENDINGS = (
    *("password", "passwd", "passphrase", "pwd", "token", "secret", "signature"),
    *("apikey", "accesskey", "accesskeyid", "credential", "credentials"),
)


def add_source(tx: Tx, *, unit_id: UnitId, name: str, owner: str, url: str) -> SourceRow:
    """Register a place to scan.

    Raises AccessDenied, Duplicate (`name`, within its unit), and InvalidValue: rule `credentials` when the
    address holds a password, token or signature.
    """
    require(tx, Permission.MANAGE_SOURCES, unit_id)
    require_open(tx, unit_id)
    name, owner, url = name.strip(), owner.strip(), url.strip()
    _check(name, owner, url)
    taken = _present().where(SourceRecord.unit_id == unit_id, SourceRecord.name == name)
    if tx.session.scalar(taken) is not None:
        raise Duplicate("name")
    uid = new_uid()
    row = SourceRecord(
        uid=uid,
        unit_id=unit_id,
        name=name,
        owner_sealed=tx.vault.seal(owner, table="source", row=uid, column="owner_sealed"),
        url_sealed=tx.vault.seal(url, table="source", row=uid, column="url_sealed"),
    )
    tx.session.add(row)
    tx.session.flush()
    made = _source(tx, row)
    after = {"name": name, "owner": owner, "url": url}
    tx.record(Action.SOURCE_ADDED, "source", made.id, unit_id, None, after)
    return made


def list_sources(tx: Tx) -> list[SourceRow]:
    """Return the visible sources that were not removed, ordered by unit and name."""
    return [_source(tx, row) for row in tx.session.scalars(_seen(tx))]


def source(tx: Tx, source_id: SourceId) -> SourceRow:
    """Return one visible source; raises NotFound."""
    return _source(tx, _row(tx, source_id))


def source_by_name(tx: Tx, name: str) -> SourceRow | None:
    """Return the visible source of this name, None when there is none.

    Raises InvalidValue (`name`, rule `ambiguous`) when several units have one of the same name.
    """
    rows = list(tx.session.scalars(_seen(tx).where(SourceRecord.name == name)))
    if len(rows) > 1:
        raise InvalidValue("name", "ambiguous")
    return _source(tx, rows[0]) if rows else None


def remove_source(tx: Tx, source_id: SourceId) -> None:
    """Take a source off the list; runs and ledger places that refer to it stay. NotFound, AccessDenied."""
    row = _row(tx, source_id)
    require(tx, Permission.MANAGE_SOURCES, UnitId(row.unit_id))
    before = _source(tx, row)
    row.removed_at = tx.now
    described = {"name": before.name, "owner": before.owner, "url": before.url}
    tx.record(Action.SOURCE_REMOVED, "source", source_id, before.unit_id, described, None)


def require_source(tx: Tx, source_id: SourceId, column: str = "places") -> None:
    """Raise InvalidValue (the column, rule `source`) unless the person asking can see this source."""
    if tx.session.scalar(_seen(tx).where(SourceRecord.id == source_id)) is None:
        raise InvalidValue(column, "source")


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


def _check(name: str, owner: str, url: str) -> None:
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


def _source(tx: Tx, row: SourceRecord) -> SourceRow:
    return SourceRow(
        id=SourceId(row.id),
        unit_id=UnitId(row.unit_id),
        name=row.name,
        owner=tx.vault.open(row.owner_sealed, table="source", row=row.uid, column="owner_sealed"),
        url=tx.vault.open(row.url_sealed, table="source", row=row.uid, column="url_sealed"),
        version=row.version,
    )
