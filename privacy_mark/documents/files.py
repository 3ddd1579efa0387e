"""The document of a rule itself 規程の原本, of each version: what readers get is what was approved."""

from __future__ import annotations

from sqlalchemy.orm.attributes import flag_modified

from privacy_mark.documents import distribution, reading
from privacy_mark.documents.model import OPEN, VERSIONS, VersionId
from privacy_mark.documents.versions import seen_version
from privacy_mark.files import SHELF, FileId, KeptFile, told
from registry.access import require
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.kept_files import Of
from registry.model import Permission, UnitId
from registry.sealed_files import File
from registry.store import Tx
from registry.store.document_tables import RuleVersionRecord


def add(tx: Tx, version_id: VersionId, name: str, data: bytes) -> KeptFile:
    """Attach a file to a version of one's own that is not decided yet.

    An approval that was begun on other files is a conflict. Raises NotFound, AccessDenied without
    MANAGE_REVIEWS, InvalidValue: `state` `decided`, `author` `other_person`, and for the file as
    `registry.kept_files`.
    """
    row = _writable(tx, version_id)
    made = SHELF.keep(tx, _of(row.id), UnitId(row.unit_id), name, data, personal=False)
    _touched(tx, row)
    return told(tx, made, readable=True)


def remove(tx: Tx, file_id: FileId, *, expected_version: int, reason: str) -> None:
    """Destroy a file of a version that is not decided yet; its hash, who removed it and why stay.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `add`, and `reason` `required`.
    """
    file = SHELF.row(tx, file_id)
    try:
        row = _writable(tx, VersionId(file.version_id or 0))
    except NotFound:
        raise NotFound(SHELF.table) from None
    SHELF.destroy(tx, file, UnitId(file.unit_id), {"personal": False}, expected_version, reason)
    _touched(tx, row)


def attached(tx: Tx, version_id: VersionId) -> list[KeptFile]:
    """Return the files of a version that one may see or was given, oldest first, removed ones too.

    Raises NotFound.
    """
    return [told(tx, each, readable=True) for each in SHELF.kept(tx, _of(_readable(tx, version_id)))]


def content(tx: Tx, file_id: FileId) -> File:
    """Hand the file of a version out to who may see it or was given it, and record that it was.

    Raises NotFound, InvalidValue `state` `decided` of a removed one.
    """
    file = SHELF.row(tx, file_id)
    try:
        _readable(tx, VersionId(file.version_id or 0))
    except NotFound:
        raise NotFound(SHELF.table) from None
    return SHELF.handed_out(tx, file, UnitId(file.unit_id))


def _of(version_id: int) -> Of:
    return {"version_id": version_id}


def _readable(tx: Tx, version_id: VersionId) -> VersionId:
    """Return a version that one may see, that was given to units one sees, or to oneself; raises NotFound."""
    if any(each.id == version_id for each in reading.given(tx)):
        return version_id
    return VersionId(distribution.reachable(tx, version_id).id)


def _writable(tx: Tx, version_id: VersionId) -> RuleVersionRecord:
    row = seen_version(tx, version_id)
    require(tx, Permission.MANAGE_REVIEWS, UnitId(row.unit_id))
    if row.state not in OPEN:
        raise InvalidValue("state", "decided")
    if row.author_id != tx.principal.user_id:
        raise InvalidValue("author", "other_person")
    return row


def _touched(tx: Tx, row: RuleVersionRecord) -> None:
    """Count a change of the files as one of the version: who approves has seen all of it."""
    flag_modified(row, "state")
    tx.session.flush()
    after = {"rule": row.rule_id, "number": row.number, "files": SHELF.standing(tx, _of(row.id))}
    tx.record(Action.RULE_CORRECTED, VERSIONS, row.id, UnitId(row.unit_id), None, after)
