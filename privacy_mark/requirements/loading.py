"""Loads sets and mapping tables from YAML; a refusal names the file, the line and the field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from privacy_mark.reading import member
from privacy_mark.requirements.model import (
    Applies,
    Catalogue,
    Confidence,
    EvidenceKind,
    Frequency,
    MappingTable,
    Need,
    Requirement,
    RequirementSet,
    SetKind,
    SupplierId,
)
from registry.model import UnitKind
from registry.reference_file import Value, read
from registry.risk_levels import Words, words_of

LANGUAGES = ("ja", "en")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SET = ("id", "version", "kind", *LANGUAGES, "sources", "defaults", "applies", "items")
_ITEM = ("id", "parent", *LANGUAGES, "needs", "source", "confidence", "from", "until", "applies", "note")
CORRECTED = _ITEM[1:]
"""The fields that a correction of an item may give."""


def load_set(text: str, file: str) -> tuple[RequirementSet, dict[str, tuple[Requirement, ...]]]:
    """Return a set and the versions of its items that a file tells, the oldest first.

    Raises `ReferenceFileError` naming file and line, also of versions of one item with days in common.
    """
    fields = read(text, file).fields(_SET, [name for name in _SET if name != "applies"])
    sources = {name: value.text(400) for name, value in fields["sources"].pairs().items()}
    made = RequirementSet(
        id=identifier(fields["id"]),
        version=fields["version"].integer(),
        kind=member(fields["kind"], SetKind),
        title=_title(fields),
        sources=sources,
        applies=applies(fields["applies"]) if "applies" in fields else Applies(),
        file=file,
    )
    given = ("source", "confidence", "from")
    defaults = fields["defaults"].fields(given, given[:2])
    items: dict[str, tuple[Requirement, ...]] = {}
    for value in fields["items"].items():
        item = new_item(value, made, defaults, items)
        before = items.get(item.id, ())
        if any(each.first <= item.last and item.first <= each.last for each in before):
            raise value.error(f"the id {item.id!r} is given twice for the same days")
        items[item.id] = tuple(sorted((*before, item), key=lambda each: each.first))
    return made, items


def new_item(
    value: Value, of: RequirementSet, defaults: Mapping[str, Value], known: Collection[str], also: str = ""
) -> Requirement:
    """Return an item of a set; its parent must be one of the known ones. `also` is a field besides."""
    required = ("id", *LANGUAGES) if defaults else ("id", "source", "confidence", *LANGUAGES)
    fields = {**defaults, **value.fields((*_ITEM, *([also] if also else [])), required)}
    parts = _parts(fields, of, known)
    return Requirement(
        id=identifier(fields["id"]),
        set_id=of.id,
        parent=str(parts.get("parent", "")),
        title=_title(fields),
        needs=_needs(fields["needs"]) if "needs" in fields else (),
        source=among(fields["source"], of.sources),
        confidence=member(fields["confidence"], Confidence),
        valid_from=day(fields["from"]) if "from" in fields else None,
        valid_until=day(fields["until"]) if "until" in fields else None,
        applies=applies(fields["applies"]) if "applies" in fields else None,
        note=words_of(fields["note"], most=400) if "note" in fields else None,
    )


def changed_item(value: Value, was: Requirement, known: Collection[str]) -> Requirement:
    """Return an item with the fields that a correction gives; its days are left to who calls."""
    fields = value.fields(CORRECTED, ())
    now = was
    if "parent" in fields:
        now = replace(now, parent=among(fields["parent"], known))
    if "ja" in fields or "en" in fields:
        ja = fields["ja"].text() if "ja" in fields else was.title.ja
        en = fields["en"].text() if "en" in fields else was.title.en
        now = replace(now, title=Words(ja, en))
    if "needs" in fields:
        now = replace(now, needs=_needs(fields["needs"]))
    if "source" in fields:
        now = replace(now, source=fields["source"].text(400))
    if "confidence" in fields:
        now = replace(now, confidence=member(fields["confidence"], Confidence))
    if "applies" in fields:
        now = replace(now, applies=applies(fields["applies"]))
    if "note" in fields:
        now = replace(now, note=words_of(fields["note"], most=400))
    return now


def load_mappings(text: str, file: str, catalogue: Catalogue) -> dict[str, MappingTable]:
    """Return the mapping tables of a file; every item of both sets is in a row or a stated gap."""
    fields = read(text, file).fields(("version", "tables"), ("version", "tables"))
    fields["version"].integer()
    found: dict[str, MappingTable] = {}
    for value in fields["tables"].items():
        table = _table(value, catalogue)
        if table.id in found:
            raise value.error(f"the id {table.id!r} is given twice")
        found[table.id] = table
    return found


@dataclass(frozen=True, slots=True)
class _Sides:
    own: Mapping[str, Requirement]
    other: Mapping[str, Requirement]


def _table(value: Value, catalogue: Catalogue) -> MappingTable:
    known = ("id", "of", "to", *LANGUAGES, "confidence", "rows", "part", "gaps", "to_gaps")
    fields = value.fields(known, known[:7])
    of_set, to_set = (among(fields[name], catalogue.sets) for name in ("of", "to"))
    own_side = {each.id: each for each in catalogue.of_set(of_set)}
    sides = _Sides(
        _part(fields["part"], own_side) if "part" in fields else own_side,
        {each.id: each for each in catalogue.of_set(to_set)},
    )
    rows: dict[str, tuple[str, ...]] = {}
    for own, others in fields["rows"].pairs().items():
        if own not in sides.own:
            raise others.error(f"there is no {own!r} in {of_set}")
        rows[own] = tuple(among(each, sides.other) for each in others.items())
        if not rows[own]:
            raise others.error("is empty: state it as a gap")
    gaps = _gaps(fields.get("gaps"), sides.own)
    to_gaps = _gaps(fields.get("to_gaps"), sides.other)
    _complete(fields["rows"], sides.own, rows.keys(), gaps)
    _complete(fields["rows"], sides.other, {each for others in rows.values() for each in others}, to_gaps)
    return MappingTable(
        id=identifier(fields["id"]),
        title=_title(fields),
        of_set=of_set,
        to_set=to_set,
        confidence=member(fields["confidence"], Confidence),
        rows=rows,
        gaps=gaps,
        to_gaps=to_gaps,
    )


def _part(value: Value, side: Mapping[str, Requirement]) -> dict[str, Requirement]:
    """Return the items that a table speaks of: those named and what stands below them."""
    found = {among(each, side) for each in value.items()}
    while below := {each.id for each in side.values() if each.parent in found} - found:
        found |= below
    return {name: each for name, each in side.items() if name in found}


def _complete(
    value: Value, side: Mapping[str, Requirement], mapped: Collection[str], gaps: Mapping[str, Words]
) -> None:
    """Refuse a table that says nothing of an item that others do not stand below, or two things of one."""
    parents = {each.parent for each in side.values()}
    for item in side.values():
        wanted = item.id not in parents or bool(item.needs)
        if wanted and item.id not in mapped and item.id not in gaps:
            raise value.error(f"{item.id} is neither in a row nor a stated gap")
        if item.id in mapped and item.id in gaps:
            raise value.error(f"{item.id} is in a row and a gap at once")


def _gaps(value: Value | None, side: Mapping[str, Requirement]) -> dict[str, Words]:
    found: dict[str, Words] = {}
    for own, why in value.pairs().items() if value is not None else ():
        if own not in side:
            raise why.error(f"there is no {own!r} in the set")
        found[own] = words_of(why, most=400)
    return found


def _parts(fields: Mapping[str, Value], of: RequirementSet, known: Collection[str]) -> dict[str, str]:
    if "from" in fields and "until" in fields and day(fields["until"]) < day(fields["from"]):
        raise fields["until"].error("lies before the first day")
    among(fields["source"], of.sources)
    if "parent" not in fields:
        return {}
    parent = fields["parent"]
    if parent.text() not in known:
        raise parent.error(f"there is no {parent.text()!r} above this item")
    return {"parent": parent.text()}


def _needs(value: Value) -> tuple[Need, ...]:
    found: dict[str, Need] = {}
    for each in value.items():
        known = ("id", "kind", "every", "supplier", "if_any", *LANGUAGES)
        fields = each.fields(known, ("id", "kind", "every", *LANGUAGES))
        need = Need(
            id=identifier(fields["id"]),
            kind=member(fields["kind"], EvidenceKind),
            name=_title(fields),
            every=member(fields["every"], Frequency),
            supplier=member(fields["supplier"], SupplierId) if "supplier" in fields else None,
            if_any="if_any" in fields and _truth(fields["if_any"]),
        )
        if need.id in found:
            raise each.error(f"the id {need.id!r} is given twice")
        found[need.id] = need
    if not found:
        raise value.error("is empty: leave it out of a heading")
    return tuple(found.values())


def applies(value: Value) -> Applies:
    """Return the condition under which something applies."""
    fields = value.fields(("kinds", "countries", "not_countries"), ())

    def countries(name: str) -> frozenset[str]:
        found = []
        for each in fields[name].items() if name in fields else ():
            if not _COUNTRY.fullmatch(each.text()):
                raise each.error("must be two capital letters (ISO 3166-1)")
            found.append(each.text())
        return frozenset(found)

    kinds = fields["kinds"].items() if "kinds" in fields else ()
    found = frozenset(member(each, UnitKind) for each in kinds)
    if any(not kind.is_entity for kind in found):
        raise fields["kinds"].error("only legal entities: headquarters, company, overseas, hospital")
    return Applies(found, countries("countries"), countries("not_countries"))


def _title(fields: Mapping[str, Value]) -> Words:
    return Words(fields["ja"].text(), fields["en"].text())


def _truth(value: Value) -> bool:
    return among(value, ("true", "false")) == "true"


def identifier(value: Value) -> str:
    """Return an id: letters, digits, full stop, hyphen."""
    written = value.text()
    if not _ID.fullmatch(written):
        raise value.error("an id has at most 32 letters, digits, full stops and hyphens")
    return written


def day(value: Value) -> date:
    """Return a day, written as 2024-10-01."""
    try:
        return date.fromisoformat(value.text())
    except ValueError:
        raise value.error("must be a day such as 2024-10-01") from None


def bound(value: Value, endless: date) -> date:
    """Return a day, `endless` for `none`."""
    return endless if value.text() == "none" else day(value)


def among(value: Value, known: Collection[str]) -> str:
    """Return a text that is one of the known ones."""
    written = value.text(400)
    if written not in known:
        shown = ", ".join(sorted(known)[:40])
        raise value.error(f"there is no {written!r}; known are {shown}")
    return written
