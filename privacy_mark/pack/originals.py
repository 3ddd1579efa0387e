"""The bodies' own forms 審査機関の様式ファイル: of a company or the group, in versions with a first day.

A file is opened by who hands the service in (`daicho.originals`): it refuses what acts by itself or points
outside. Files are kept sealed and hold no answers; packs fill in copies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from sqlalchemy import ColumnElement, select

from privacy_mark.certificates.bodies import bodies
from privacy_mark.pack.forms import FormSet, set_for
from privacy_mark.pack.model import Purpose, Subject
from privacy_mark.pack.original_model import (
    LIMIT,
    PLACE_LENGTH,
    PLACES,
    MappingRefusedError,
    Opened,
    Original,
    OriginalDraft,
    OriginalId,
    judged,
    suggested,
)
from registry import organisation
from registry.access import allowed, require, require_open, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UnitKind
from registry.sealed_files import File, Parts, incoming
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.pack_tables import PackOriginal, PackOriginalPart
from registry.store.tables import OrgClosure, OrgUnit

TABLE, _PARTS = PackOriginal.__tablename__, Parts(PackOriginalPart, "original_id")
Opener = Callable[[bytes], Opened]
"""Opens a file safely; raises an error of its own for what is not taken."""


def register(tx: Tx, draft: OriginalDraft, name: str, data: bytes, opener: Opener) -> Original:
    """Keep a form as the next version for its unit, body, purpose and document.

    Places called as a field is are filled without a line in the mapping. Raises NotFound, AccessDenied
    without MANAGE_CERTIFICATION in the unit, MappingRefusedError naming every unknown field and place, what
    `opener` raises, InvalidValue: `unit_id` `closed` or `no_entity`, `body` `unknown`, `document` `unknown`,
    `mapping` `required`, `too_many` or `too_long`, `name` `required` or `too_long`, `data` `required`,
    `too_large`, `kind` or `taken` for the file and mapping of the newest version.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, draft.unit_id)
    require_open(tx, draft.unit_id)
    forms = forms_of(tx, draft)
    if not data or len(data) > LIMIT:
        raise InvalidValue("data", "too_large" if data else "required")
    opened = opener(data)
    file = incoming(name, data)
    mapping = checked_mapping(draft, opened, forms)
    newest = tx.session.scalars(
        select(PackOriginal).where(*_same(draft)).order_by(PackOriginal.number.desc()).limit(1)
    ).first()
    written = json.dumps(mapping, ensure_ascii=False, sort_keys=True)
    told = (file.sha256, written, draft.valid_from)
    if newest and newest.ended_on is None and (newest.sha256, newest.mapping, newest.valid_from) == told:
        raise InvalidValue("data", "taken")
    uid = new_uid()
    row = PackOriginal(
        uid=uid,
        unit_id=draft.unit_id,
        body=draft.body,
        purpose=draft.purpose.value,
        document=draft.document,
        number=newest.number + 1 if newest else 1,
        valid_from=draft.valid_from,
        kind=opened.kind,
        size=len(data),
        sha256=file.sha256,
        mapping=written,
        author_id=tx.principal.user_id,
        added_at=tx.now,
        **Row(tx, TABLE, uid).sealed({"name": file.name, "author": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    _PARTS.put(tx, row, data)
    tx.record(Action.PACK_ORIGINAL_ADDED, TABLE, row.id, draft.unit_id, None, _described(row))
    return _original(tx, row, tx.session.get_one(OrgUnit, row.unit_id))


def end(tx: Tx, original_id: OriginalId, *, expected_version: int) -> Original:
    """Use a version no longer from today on; an earlier version that was in force is used again.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, Conflict, InvalidValue: `state` `decided`.
    """
    row, unit = _seen(tx, original_id)
    require(tx, Permission.MANAGE_CERTIFICATION, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, ("ended_on",), version=row.version)
    if row.ended_on is not None:
        raise InvalidValue("state", "decided")
    row.ended_on = today_in_japan(tx.now)
    tx.session.flush()
    tx.record(Action.PACK_ORIGINAL_ENDED, TABLE, row.id, UnitId(row.unit_id), None, _described(row))
    return _original(tx, row, unit)


def originals(tx: Tx, unit_id: UnitId) -> list[Original]:
    """Return the forms that packs of a unit may use, its own and those of units above, newest first.

    Raises AccessDenied without VIEW_CERTIFICATION in the unit.
    """
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    return [_original(tx, row, unit) for row, unit, _ in _reaching(tx, unit_id)]


def content(tx: Tx, unit_id: UnitId, original_id: OriginalId) -> File:
    """Hand out the blank form that packs of a unit may use; NotFound, AccessDenied as `originals`."""
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    for row, _, _ in _reaching(tx, unit_id):
        if row.id == original_id:
            return _PARTS.handed_out(tx, row)
    raise NotFound(TABLE)


def in_force(tx: Tx, of: Subject) -> list[Original]:
    """Return the forms that a pack fills in, by document: the nearest unit's, of these the newest in force.

    The caller has checked the right to the pack.
    """
    found: dict[str, Original] = {}
    for row, unit, _ in sorted(_reaching(tx, of.unit.id), key=lambda each: each[2]):
        original = _original(tx, row, unit)
        fits = (original.body, original.purpose) == (of.body, of.purpose) and original.in_force(of.day)
        if fits and original.document not in found:
            found[original.document] = original
    return [found[document] for document in sorted(found)]


def data_of(tx: Tx, original: Original) -> bytes:
    """Return the bytes of a form that a pack fills in; the caller has checked the right to the pack."""
    return _PARTS.joined(tx, tx.session.get_one(PackOriginal, original.id))


def forms_of(tx: Tx, draft: OriginalDraft) -> FormSet:
    """Return the forms whose fields a file may take.

    Raises NotFound, InvalidValue: `unit_id` `no_entity` for a workplace or department, `body` `unknown`,
    `document` `unknown`.
    """
    kind = organisation.unit(tx, draft.unit_id).kind
    if not kind.is_entity and kind is not UnitKind.GROUP:
        raise InvalidValue("unit_id", "no_entity")
    if draft.body not in bodies():
        raise InvalidValue("body", "unknown")
    forms = set_for(draft.body, draft.purpose, draft.valid_from)
    if draft.document not in {each.id for each in forms.documents}:
        raise InvalidValue("document", "unknown")
    return forms


def checked_mapping(draft: OriginalDraft, opened: Opened, forms: FormSet) -> dict[str, str]:
    """Return place -> whole name of the field, with the places that are called as a field is.

    Raises MappingRefusedError, InvalidValue: `mapping` `required`, `too_many` or `too_long`.
    """
    given = suggested(opened, forms) | dict(draft.mapping)
    if not given:
        raise InvalidValue("mapping", "required")
    if len(given) > PLACES:
        raise InvalidValue("mapping", "too_many")
    if any(len(text) > PLACE_LENGTH for line in given.items() for text in line):
        raise InvalidValue("mapping", "too_long")
    mapping, wrong = judged(given, opened, forms)
    if wrong:
        raise MappingRefusedError(tuple(wrong))
    return mapping


def _same(draft: OriginalDraft) -> tuple[ColumnElement[bool], ...]:
    return (
        PackOriginal.unit_id == draft.unit_id,
        PackOriginal.body == draft.body,
        PackOriginal.purpose == draft.purpose.value,
        PackOriginal.document == draft.document,
    )


def _reaching(tx: Tx, unit_id: UnitId) -> Iterator[tuple[PackOriginal, OrgUnit, int]]:
    """Yield the forms of a unit and of those above, newest first, with how far above their unit is."""
    rows = tx.session.execute(
        select(PackOriginal, OrgUnit, OrgClosure.depth)
        .join(OrgClosure, OrgClosure.ancestor == PackOriginal.unit_id)
        .join(OrgUnit, OrgUnit.id == PackOriginal.unit_id)
        .where(OrgClosure.descendant == unit_id)
        .order_by(PackOriginal.valid_from.desc(), PackOriginal.number.desc(), PackOriginal.id.desc())
    )
    for row, unit, depth in rows:  # noqa: UP028 - rows are no tuples to mypy
        yield row, unit, depth


def _seen(tx: Tx, original_id: OriginalId) -> tuple[PackOriginal, OrgUnit]:
    row = tx.session.get(PackOriginal, original_id)
    if row is None or not allowed(tx, Permission.VIEW_CERTIFICATION, UnitId(row.unit_id)):
        raise NotFound(TABLE)
    return row, tx.session.get_one(OrgUnit, row.unit_id)


def _described(row: PackOriginal) -> dict[str, object]:
    names = ("body", "purpose", "document", "number", "valid_from", "ended_on", "kind", "size", "sha256")
    return {name: getattr(row, name) for name in names}


def _original(tx: Tx, row: PackOriginal, unit: OrgUnit) -> Original:
    sealed = Row(tx, TABLE, row.uid)
    own = allowed(tx, Permission.VIEW_CERTIFICATION, UnitId(row.unit_id))
    return Original(
        unit_id=UnitId(row.unit_id),
        body=row.body,
        purpose=Purpose(row.purpose),
        document=row.document,
        valid_from=row.valid_from,
        mapping=json.loads(row.mapping),
        id=OriginalId(row.id),
        unit_name=(unit.name_ja, unit.name_en or unit.name_ja),
        number=row.number,
        name=sealed.opened("name", row.name_sealed),
        kind=row.kind,
        size=row.size,
        sha256=row.sha256,
        author=sealed.opened("author", row.author_sealed) if own else "",  # not the group's to companies
        added_at=row.added_at,
        ended_on=row.ended_on,
        version=row.version,
    )
