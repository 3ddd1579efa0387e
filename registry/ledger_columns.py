"""The columns of a ledger entry: what each may hold, and how its value reads in the history.

Required columns: JIS Q 15001 Annex A.3.3.1 practice (名称・項目, 利用目的, 保管場所, 保管方法,
アクセス権を有する者, 利用期限, 保管期限). The approximate count and the owner are kept because risk and
follow-up need them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from registry.errors import InvalidValue
from registry.model import LedgerEntry, Place, UnitId
from scanners.model import Category, Exposure

TEXT_LIMIT = 4000
NAME_LIMIT = 200
PLACES_LIMIT = 200
MONTHS_LIMIT = 1200  # a hundred years: longer is a typing error
COUNT_LIMIT = 10**10  # more than there are people


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A ledger entry as people write it: `LedgerEntry` without what the registry itself adds."""

    unit_id: UnitId
    name: str
    items: frozenset[Category]
    purpose: str
    places: tuple[Place, ...]
    storage_method: str
    access_holders: str
    end_of_use: str
    retention_months: int | None
    retention_until: date | None
    approximate_count: int | None
    exposure: Exposure
    owner: str


COLUMNS = tuple(field.name for field in fields(EntryDraft))
_REQUIRED_TEXT = ("name", "purpose", "storage_method", "access_holders", "end_of_use", "owner")


def draft_of(entry: LedgerEntry) -> EntryDraft:
    """Return the editable part of an entry."""
    return EntryDraft(**{column: getattr(entry, column) for column in COLUMNS})


def changed(draft: EntryDraft, changes: Mapping[str, object]) -> EntryDraft:
    """Return the draft with some columns replaced, checked; InvalidValue names an unknown column."""
    for column in changes:
        if column not in COLUMNS:
            raise InvalidValue(column, "unknown_column")
    return checked(dataclasses.replace(draft, **changes))  # type: ignore[arg-type]  # types are checked below


def checked(draft: EntryDraft) -> EntryDraft:
    """Return the draft with its texts trimmed; InvalidValue names the first column that breaks a rule."""
    for column in _REQUIRED_TEXT:
        _check_text(column, getattr(draft, column), NAME_LIMIT if column == "name" else TEXT_LIMIT)
    _check_number("retention_months", draft.retention_months, 1, MONTHS_LIMIT)
    _check_number("approximate_count", draft.approximate_count, 0, COUNT_LIMIT)
    _check_type("unit_id", draft.unit_id, int)
    _check_type("exposure", draft.exposure, Exposure)
    if draft.retention_until is not None and type(draft.retention_until) is not date:  # nor a datetime
        raise InvalidValue("retention_until", "type")
    _check_items(draft.items)
    _check_places(draft.places)
    trimmed = {column: getattr(draft, column).strip() for column in _REQUIRED_TEXT}
    return dataclasses.replace(draft, **trimmed)


def differences(before: EntryDraft, after: EntryDraft) -> dict[str, tuple[str, str]]:
    """Return column -> (text before, text after) of every column that differs."""
    return {
        column: (column_text(getattr(before, column)), column_text(getattr(after, column)))
        for column in COLUMNS
        if getattr(before, column) != getattr(after, column)
    }


def first_values(draft: EntryDraft) -> dict[str, tuple[str, str]]:
    """Return the differences between nothing and a new entry."""
    return {column: ("", column_text(getattr(draft, column))) for column in COLUMNS}


def column_text(value: object) -> str:
    """Return a value as the history keeps it: ids comma-separated, places as JSON, None as ""."""
    match value:
        case None:
            return ""
        case frozenset():
            return ",".join(sorted(str(member) for member in value))
        case tuple():
            return json.dumps(
                [[place.source_id, place.prefix, place.text] for place in value],
                ensure_ascii=False,
                separators=(",", ":"),
            )
        case _:
            return str(value)


def _check_text(column: str, value: object, limit: int) -> None:
    if not isinstance(value, str):
        raise InvalidValue(column, "type")
    if not value.strip():
        raise InvalidValue(column, "required")
    if len(value) > limit:
        raise InvalidValue(column, "too_long")
    if not all(letter.isprintable() or letter in "\n\t\u3000" for letter in value):
        raise InvalidValue(column, "control_characters")


def _check_number(column: str, value: object, least: int, most: int) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidValue(column, "type")
    if not least <= value <= most:
        raise InvalidValue(column, "range")


def _check_type(column: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise InvalidValue(column, "type")


def _check_items(items: object) -> None:
    if not isinstance(items, frozenset) or not all(isinstance(item, Category) for item in items):
        raise InvalidValue("items", "type")
    if not items:
        raise InvalidValue("items", "required")


def _check_places(places: object) -> None:
    if not isinstance(places, tuple) or not all(isinstance(place, Place) for place in places):
        raise InvalidValue("places", "type")
    if not places:
        raise InvalidValue("places", "required")
    if len(places) > PLACES_LIMIT:
        raise InvalidValue("places", "too_many")
    for place in places:
        if place.source_id is None and not place.text.strip():
            raise InvalidValue("places", "required")
        if len(place.prefix) > TEXT_LIMIT or len(place.text) > TEXT_LIMIT:
            raise InvalidValue("places", "too_long")
        if ".." in place.prefix.split("/"):
            raise InvalidValue("places", "outside_the_source")
