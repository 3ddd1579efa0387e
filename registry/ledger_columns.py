"""The columns of a ledger entry: what each may hold, and how its value reads in the history.

Required columns: JIS Q 15001 Annex A.3.3.1 practice (名称・項目, 利用目的, 保管場所, 保管方法,
アクセス権を有する者, 利用期限, 保管期限). The approximate count and the owner are kept because risk and
follow-up need them. What is recommended beside them stands in `registry.handling`; here both read as one
flat list of columns.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import cast

from registry import handling
from registry.errors import InvalidValue
from registry.handling import Acquisition, Handling, Transfer
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
    handling: Handling = handling.DEFAULT


_CORE = tuple(field.name for field in fields(EntryDraft) if field.name != "handling")
COLUMNS = (*_CORE, *handling.COLUMNS)
_REQUIRED_TEXT = ("name", "purpose", "storage_method", "access_holders", "end_of_use", "owner")


def draft_of(entry: LedgerEntry) -> EntryDraft:
    """Return the editable part of an entry."""
    return EntryDraft(**{field.name: getattr(entry, field.name) for field in fields(EntryDraft)})


def value_of(draft: EntryDraft | LedgerEntry, column: str) -> object:
    """Return the value of one column, wherever it stands."""
    return getattr(draft if column in _CORE else draft.handling, column)


def changed(draft: EntryDraft, changes: Mapping[str, object]) -> EntryDraft:
    """Return the draft with some columns replaced, checked; InvalidValue names an unknown column."""
    for column in changes:
        if column not in COLUMNS:
            raise InvalidValue(column, "unknown_column")
    core = {column: value for column, value in changes.items() if column in _CORE}
    rest = {column: value for column, value in changes.items() if column not in _CORE}
    moved = dataclasses.replace(draft.handling, **rest)  # type: ignore[arg-type]  # types are checked below
    return checked(dataclasses.replace(draft, **core, handling=moved))  # type: ignore[arg-type]


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
    return dataclasses.replace(draft, **trimmed, handling=_checked_handling(draft.handling))


def unstated(draft: EntryDraft | LedgerEntry) -> tuple[str, ...]:
    """Return the columns that somebody must state before the entry can be approved 承認前に必要な項目."""
    of = draft.handling
    missing = {
        "acquisition": of.acquisition is Acquisition.UNSTATED,
        "media": not of.media,
        "disposal_method": not of.disposal_method,
        "acquired_from": of.acquisition is Acquisition.INDIRECT and not of.acquired_from,
        "entrusted_by": of.entrusted and not of.entrusted_by,
        "my_number_purpose": Category.MY_NUMBER in draft.items and not of.my_number_purpose,
    }
    return tuple(column for column in COLUMNS if missing.get(column))


def differences(before: EntryDraft, after: EntryDraft) -> dict[str, tuple[str, str]]:
    """Return column -> (text before, text after) of every column that differs."""
    return {
        column: (column_text(value_of(before, column)), column_text(value_of(after, column)))
        for column in COLUMNS
        if value_of(before, column) != value_of(after, column)
    }


def first_values(draft: EntryDraft) -> dict[str, tuple[str, str]]:
    """Return the differences between nothing and a new entry; what it does not state is left out."""
    core = {column: ("", column_text(getattr(draft, column))) for column in _CORE}
    return core | {column: ("", text) for column, text in handling.texts_of(draft.handling).items()}


def column_text(value: object) -> str:
    """Return a value as the history keeps it: ids comma-separated, places as JSON, nothing as ""."""
    if isinstance(value, tuple) and value and isinstance(value[0], Place):
        rows = [[place.source_id, place.prefix, place.text] for place in cast("tuple[Place, ...]", value)]
        return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return handling.text_of(value)


def column_value(column: str, text: str) -> object:
    """Return the value that `column_text` wrote; ValueError for a text that it never writes."""
    if column not in _CORE:
        return handling.value_of(column, text)
    match column:
        case "items":
            return frozenset(Category(each) for each in text.split(",") if each)
        case "places":
            return tuple(Place(*each) for each in json.loads(text or "[]"))
        case "exposure":
            return Exposure(text)
        case "unit_id":
            return UnitId(int(text))
        case "retention_months" | "approximate_count":
            return int(text) if text else None
        case "retention_until":
            return date.fromisoformat(text) if text else None
        case _:
            return text


def _checked_handling(of: Handling) -> Handling:
    """Return the handling with its texts trimmed; InvalidValue names the first column that breaks a rule."""
    trimmed: dict[str, object] = {}
    for column in handling.COLUMNS:
        value, default = getattr(of, column), getattr(handling.DEFAULT, column)
        if isinstance(default, str) and not isinstance(default, enum.Enum):
            _check_text(column, value, TEXT_LIMIT, required=False)
            trimmed[column] = value.strip()
        elif default is None:
            if value is not None and type(value) is not date:  # nor a datetime
                raise InvalidValue(column, "type")
        elif type(value) is not type(default):
            raise InvalidValue(column, "type")
    for column, kind in (("subjects", handling.Subject), ("media", handling.Medium), ("processors", int)):
        if not all(isinstance(member, kind) for member in getattr(of, column)):
            raise InvalidValue(column, "type")
    _check_transfers(of.transfers)
    if of.identity_copies and not of.identity_copies_masked:
        raise InvalidValue("identity_copies_masked", "not_masked")
    after = dataclasses.replace(of, **trimmed)  # type: ignore[arg-type]  # texts only
    if after.legal_hold and not after.legal_hold_reason:
        raise InvalidValue("legal_hold_reason", "required")
    return after


def _check_transfers(transfers: tuple[object, ...]) -> None:
    if len(transfers) > PLACES_LIMIT:
        raise InvalidValue("transfers", "too_many")
    for each in transfers:
        if not isinstance(each, Transfer):
            raise InvalidValue("transfers", "type")
        if not (len(each.country) == 2 and each.country.isascii() and each.country.isupper()):
            raise InvalidValue("transfers", "country")
        if each.country == "JP":
            raise InvalidValue("transfers", "not_abroad")
        if each.basis is handling.TransferBasis.EQUAL_COUNTRY and (
            each.country not in handling.EQUAL_COUNTRIES
        ):
            raise InvalidValue("transfers", "not_equal")
        if len(each.recipient) > NAME_LIMIT:
            raise InvalidValue("transfers", "too_long")


def _check_text(column: str, value: object, limit: int, *, required: bool = True) -> None:
    if not isinstance(value, str):
        raise InvalidValue(column, "type")
    if required and not value.strip():
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
