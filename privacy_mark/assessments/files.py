"""Files that show an answer 証跡ファイル: kept with the finding, until its answer is approved."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from privacy_mark.assessments.model import Finding, FindingId, FindingState, LetterState
from privacy_mark.assessments.rows import FINDINGS, held, seen
from privacy_mark.files import SHELF, FileId, KeptFile, told
from registry.access import allowed, require
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.journal import Action
from registry.kept_files import Of
from registry.model import Permission, UnitId
from registry.sealed_files import File
from registry.store import Tx
from registry.store.assessment_tables import FindingRecord, FindingsLetter
from registry.store.file_tables import FileRecord


def add(tx: Tx, finding_id: FindingId, name: str, data: bytes, *, personal: bool) -> KeptFile:
    """Attach a file to a finding, as who answers it or keeps the assessment.

    An approval that was begun on other evidence is a conflict. Raises NotFound, AccessDenied without
    WORK_ON_ACTIONS, InvalidValue: `round` `ended`, `state` `not_open` or `approved`, `owner` `not_yours`, and
    for the file as `registry.kept_files`.
    """
    row = _workable(tx, finding_id)
    made = SHELF.keep(tx, _of(row.id), UnitId(row.unit_id), name, data, personal=personal)
    _touched(tx, row)
    return told(tx, made, readable=True)


def remove(tx: Tx, file_id: FileId, *, expected_version: int, reason: str) -> None:
    """Destroy a file of a finding; its hash, who removed it and why stay.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `add`, and `reason` `required`, `state`
    `decided` when it is removed already.
    """
    file, of = _seen(tx, file_id)
    row = _workable(tx, FindingId(of.id))
    SHELF.destroy(tx, file, UnitId(file.unit_id), {"personal": file.personal}, expected_version, reason)
    _touched(tx, row)


def attached(tx: Tx, finding_id: FindingId) -> list[KeptFile]:
    """Return the files of a visible finding, removed ones too; raises NotFound."""
    row = seen(tx, FindingRecord, finding_id)
    located = allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id))
    return [told(tx, each, readable=located or not each.personal) for each in SHELF.kept(tx, _of(row.id))]


def attached_to(tx: Tx, of: Collection[Finding]) -> Mapping[FindingId, list[KeptFile]]:
    """Return the files that findings have now, for the report on them; raises NotFound."""
    return {each.id: [file for file in attached(tx, each.id) if file.removed_at is None] for each in of}


def content(tx: Tx, file_id: FileId) -> File:
    """Hand a file out, and record that it was.

    Raises NotFound, AccessDenied for who may not see locations in the finding's unit when personal data
    stand in it: legal entities are third parties to each other. InvalidValue `state` `decided` of a removed
    one.
    """
    file, of = _seen(tx, file_id)
    if file.personal:
        require(tx, Permission.VIEW_LOCATIONS, UnitId(of.unit_id))
    return SHELF.handed_out(tx, file, UnitId(file.unit_id))


def has_any(tx: Tx, finding_id: int) -> bool:
    """Tell whether a finding has a file now; the caller has checked who asks."""
    return bool(SHELF.standing(tx, _of(finding_id)))


def had_any(tx: Tx, finding_id: int) -> bool:
    """Tell whether a finding has or had a file; the caller has checked who asks."""
    return bool(SHELF.kept(tx, _of(finding_id)))


def _of(finding_id: int) -> Of:
    return {"finding_id": finding_id}


def _seen(tx: Tx, file_id: FileId) -> tuple[FileRecord, FindingRecord]:
    """Return a file of a visible finding; one of anything else is not found."""
    try:
        file = SHELF.row(tx, file_id)
        return file, seen(tx, FindingRecord, file.finding_id or 0)
    except NotFound:
        raise NotFound(SHELF.table) from None


def _workable(tx: Tx, finding_id: FindingId) -> FindingRecord:
    row = held(tx, FindingRecord, finding_id, None, Permission.WORK_ON_ACTIONS)
    state = tx.session.scalar(select(FindingsLetter.state).where(FindingsLetter.id == row.letter_id))
    if state != LetterState.OPEN.value:
        raise InvalidValue("state", "not_open")
    if row.state == FindingState.APPROVED.value:
        raise InvalidValue("state", "approved")
    if row.owner_id not in (None, tx.principal.user_id):
        try:
            require(tx, Permission.MANAGE_CERTIFICATION, UnitId(row.unit_id))
        except AccessDenied:
            raise InvalidValue("owner", "not_yours") from None
    return row


def _touched(tx: Tx, row: FindingRecord) -> None:
    """Count a change of the files as one of the finding: who approves has seen all of it."""
    flag_modified(row, "state")
    tx.session.flush()
    after = {"number": row.number, "state": row.state, "files": SHELF.standing(tx, _of(row.id))}
    tx.record(Action.FINDING_CHANGED, FINDINGS, row.id, UnitId(row.unit_id), None, after)
