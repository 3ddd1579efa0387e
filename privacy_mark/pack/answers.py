"""Answers to what no record holds 記入項目: kept for the next pack of the company, by whom and when.

Contacts and their telephones are personal data: every answer is a sealed column, and the journal tells which
field was answered or emptied, never what was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from privacy_mark.pack import entity_section
from privacy_mark.pack.field_names import asked
from privacy_mark.pack.kept_answers import SITE_FIELD, TABLE, kept, of_sites, workplaces
from privacy_mark.pack.model import LONGEST, Answer
from registry import organisation
from registry.access import require, require_open
from registry.errors import Conflict, InvalidValue
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UnitKind
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.pack_tables import PackAnswer


@dataclass(frozen=True, slots=True)
class Workplace:
    """One workplace 事業所 and what was answered of it."""

    unit_id: UnitId
    name_ja: str
    name_en: str
    answer: Answer | None


def answers(tx: Tx, unit_id: UnitId) -> dict[str, Answer]:
    """Return what a company answered, by field; AccessDenied without MANAGE_CERTIFICATION."""
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    return kept(tx, unit_id)


def sites(tx: Tx, unit_id: UnitId) -> list[Workplace]:
    """Return the workplaces of an entity with what was answered; AccessDenied as `answers`."""
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    found = of_sites(tx, unit_id)
    rows = workplaces(entity_section.units_below(tx, unit_id), unit_id)
    return [
        Workplace(UnitId(row.id), row.name_ja, row.name_en or row.name_ja, found.get(row.id)) for row in rows
    ]


def keep(
    tx: Tx, unit_id: UnitId, given: Mapping[str, str], *, seen: Mapping[str, int] | None = None
) -> dict[str, Answer]:
    """Keep the answers that differ from those kept, and return all; an empty text empties its field.

    A workplace answers `site_work` alone; an entity without workplaces is its own. `seen` holds the version
    of each answer as it was read, without it the newest is replaced. Raises NotFound, AccessDenied without
    MANAGE_CERTIFICATION, Conflict naming the fields that somebody else answered since, InvalidValue:
    `unit_id` `no_entity` or `closed`, a field `unknown` or `too_long`.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    require_open(tx, unit_id)
    kind = organisation.unit(tx, unit_id).kind
    if not kind.is_entity and (kind is not UnitKind.SITE or set(given) != {SITE_FIELD}):
        raise InvalidValue("unit_id", "no_entity")
    before = kept(tx, unit_id)
    changed = {name: text for name, text in _checked(given).items() if text != _text(before, name)}
    stale = [name for name in changed if seen is not None and seen.get(name, 0) != _version(before, name)]
    if stale:
        newest = newest_of(tx, TABLE, before[stale[0]].id)
        raise Conflict(newest.actor, newest.at, tuple(stale), version=before[stale[0]].version)
    for name, text in sorted(changed.items()):
        _write(tx, unit_id, name, text)
    return kept(tx, unit_id)


def _write(tx: Tx, unit_id: UnitId, name: str, text: str) -> None:
    row = tx.session.scalar(select(PackAnswer).where(PackAnswer.unit_id == unit_id, PackAnswer.field == name))
    was = row is not None and row.text_sealed is not None
    if row is None:
        row = PackAnswer(uid=new_uid(), unit_id=unit_id, field=name)
        tx.session.add(row)
    sealed = Row(tx, TABLE, row.uid).sealed({"text": text, "author": tx.principal.name})
    row.text_sealed = sealed["text_sealed"] if text else None
    row.author_sealed, row.author_id = sealed["author_sealed"], tx.principal.user_id
    row.answered_at = tx.now
    tx.session.flush()
    told = ({"field": name, "answered": was}, {"field": name, "answered": bool(text)})
    tx.record(Action.PACK_ANSWERED, TABLE, row.id, unit_id, *told)


def _checked(given: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, text in given.items():
        if name not in asked():
            raise InvalidValue(name, "unknown")
        found[name] = text.strip()
        if len(found[name]) > LONGEST:
            raise InvalidValue(name, "too_long")
    return found


def _text(found: Mapping[str, Answer], name: str) -> str:
    return found[name].text if name in found else ""


def _version(found: Mapping[str, Answer], name: str) -> int:
    return found[name].version if name in found else 0
