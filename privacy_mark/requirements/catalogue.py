"""The catalogue: the product's sets and mapping tables, with the corrections of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from data import read_text
from privacy_mark.requirements.loading import (
    among,
    changed_item,
    load_mappings,
    load_set,
    new_item,
)
from privacy_mark.requirements.model import Catalogue, MappingTable, Requirement, RequirementSet
from registry.reference_file import Value, read

FOLDER = "requirements"
SETS = (
    "pmark_j_2024.yaml",
    "pmark_medical_5.yaml",
    "mhlw_hospital_2025.yaml",
    "gdpr.yaml",
    "overseas.yaml",
    "iso27001_2022.yaml",
    "iso27001_2013.yaml",
    "jis_q_15001_2023.yaml",
    "jis_q_15001_2017.yaml",
)
MAPPINGS = "mappings.yaml"


@cache
def product() -> Catalogue:
    """Return the catalogue as it comes with the product."""
    sets: dict[str, RequirementSet] = {}
    items: dict[str, Requirement] = {}
    for name in SETS:
        made, found = load_set(read_text(f"{FOLDER}/{name}"), name)
        if made.id in sets or items.keys() & found.keys():
            raise ValueError(f"{name}: an id stands in another set already")
        sets[made.id] = made
        items |= found
    bare = Catalogue(sets, items, {})
    return replace(bare, mappings=load_mappings(read_text(f"{FOLDER}/{MAPPINGS}"), MAPPINGS, bare))


def corrected(base: Catalogue, files: Sequence[tuple[str, str]]) -> Catalogue:
    """Return a catalogue with the corrections of files (text, name), each on top of those before.

    `correct` changes fields of items by id, `add` adds items to a set, `map` replaces rows of mapping tables.
    Raises `ReferenceFileError` naming file and line.
    """
    for text, file in files:
        base = _corrected(base, read(text, file), file)
    return base


def _corrected(base: Catalogue, root: Value, file: str) -> Catalogue:
    fields = root.fields(("version", "source", "correct", "add", "map"), ("version", "source"))
    fields["version"].integer()
    fields["source"].text(400)
    items = dict(base.requirements)
    for value in fields["add"].items() if "add" in fields else ():
        given = value.pairs()
        if "set" not in given:
            raise value.error("the field 'set' is missing")
        of = base.sets[among(given["set"], base.sets)]
        own = [each.id for each in items.values() if each.set_id == of.id]
        item = new_item(value, replace(of, sources={**of.sources, "own": file}), {}, own, also="set")
        if item.id in items:
            raise value.error(f"the id {item.id!r} is taken; correct it under `correct`")
        items = _placed(items, replace(item, corrected_by=file))
    for name, value in fields["correct"].pairs().items() if "correct" in fields else ():
        if name not in items:
            raise value.error(f"there is no {name!r}; add it under `add`")
        was = items[name]
        own = [each.id for each in items.values() if each.set_id == was.set_id and each.id != name]
        items[name] = replace(changed_item(value, was, own), corrected_by=file)
        _no_circle(items, items[name], value)
    mappings = dict(base.mappings)
    for name, value in fields["map"].pairs().items() if "map" in fields else ():
        if name not in mappings:
            raise value.error(f"there is no mapping table {name!r}; known are {', '.join(sorted(mappings))}")
        mappings[name] = _remapped(mappings[name], value, items)
    return replace(base, requirements=items, mappings=mappings, corrections=(*base.corrections, file))


def _placed(items: dict[str, Requirement], item: Requirement) -> dict[str, Requirement]:
    """Return the items with a new one after the last of its parent, else of its set."""
    near = [each.id for each in items.values() if item.parent and item.parent in (each.id, each.parent)]
    after = (near or [each.id for each in items.values() if each.set_id == item.set_id])[-1]
    found: dict[str, Requirement] = {}
    for each in items.values():
        found[each.id] = each
        if each.id == after:
            found[item.id] = item
    return found


def _no_circle(items: dict[str, Requirement], item: Requirement, value: Value) -> None:
    seen, above = {item.id}, item.parent
    while above:
        if above in seen:
            raise value.error("an item may not stand below itself")
        seen.add(above)
        above = items[above].parent


def _remapped(table: MappingTable, value: Value, items: dict[str, Requirement]) -> MappingTable:
    rows, gaps = dict(table.rows), dict(table.gaps)
    own = {each.id for each in items.values() if each.set_id == table.of_set}
    other = {each.id for each in items.values() if each.set_id == table.to_set}
    for name, found in value.pairs().items():
        if name not in own:
            raise found.error(f"there is no {name!r} in {table.of_set}")
        rows[name] = tuple(among(each, other) for each in found.items())
        gaps.pop(name, None)
    reached = {each for others in rows.values() for each in others}
    left = {name: why for name, why in table.to_gaps.items() if name not in reached}
    return replace(table, rows=rows, gaps=gaps, to_gaps=left)
