"""The fields of a ledger entry: from an entry or an object to widgets, and back to changed columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import fields as columns_of
from datetime import date

import streamlit as st

from daicho.pages import drawer, frame, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from registry.ledger_columns import EntryDraft, column_text
from registry.model import LedgerEntry, ObjectRow, Place, SourceRow, UnitId
from scanners.model import Category, Exposure

REQUIRED = ("name", "items", "purpose", "storage_method", "access_holders", "end_of_use", "owner")

# Without bounds of our own the calendar ends ten years from today; retention may be longer.
_FIRST_DAY, _LAST_DAY = date(1950, 1, 1), date(2200, 12, 31)


@dataclass(frozen=True, slots=True)
class Values:
    """What the form holds."""

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


def of_entry(entry: LedgerEntry) -> Values:
    """Return what an entry holds."""
    return Values(**{column.name: getattr(entry, column.name) for column in columns_of(Values)})


def of_draft(made: EntryDraft) -> Values:
    """Return what a draft holds that the registry made of a difference."""
    return Values(**{column.name: getattr(made, column.name) for column in columns_of(Values)})


def of_object(row: ObjectRow, source: SourceRow | None) -> Values:
    """Return a first draft for an object that no entry covers; purpose and owner are a person's to say."""
    prefix = drawer.below(row.shown, source) if source is not None else row.shown
    called = f"{source.name}　{prefix}" if source is not None else row.shown
    place = Place(row.source_id, prefix, called)
    return Values(
        name=row.name,
        items=frozenset(row.categories),
        purpose="",
        places=(place,),
        storage_method="",
        access_holders="",
        end_of_use="",
        retention_months=None,
        retention_until=None,
        approximate_count=row.persons.low,
        exposure=row.exposure,
        owner=row.owner,
    )


def draft(values: Values, unit_id: UnitId) -> EntryDraft:
    """Return the values as a new entry of a unit."""
    return EntryDraft(
        unit_id=unit_id, **{column.name: getattr(values, column.name) for column in columns_of(Values)}
    )


def changes(entry: LedgerEntry, values: Values) -> dict[str, object]:
    """Return the columns that differ from the entry, with their new values."""
    before = of_entry(entry)
    return {
        column.name: getattr(values, column.name)
        for column in columns_of(Values)
        if getattr(values, column.name) != getattr(before, column.name)
    }


def kept_text(column: str, kept: str, context: PageContext) -> str:
    """Return a value of the history in words: codes are named, places shown as people call them."""
    text = context.text
    if not kept:
        return NONE
    match column:
        case "items":
            return words.categories((Category(each) for each in kept.split(",")), text)
        case "exposure":
            return text(words.READERS[Exposure(kept)])
        case "places":
            return words.listed((called or prefix for _source, prefix, called in json.loads(kept)), text)
        case _:
            return kept


def shown(entry: LedgerEntry, unit: str, context: PageContext) -> dict[str, str]:
    """Return an entry as names and values, for who may read but not edit it."""
    values = {name: kept_text(name, column_text(getattr(entry, name)), context) for name in words.COLUMN}
    values["unit_id"] = unit
    if not entry.places:  # every entry has one: these are out of the person's sight
        values["places"] = context.text("場所は閲覧できません")
    return {context.text(words.COLUMN[name]): value for name, value in values.items()}


def missing(values: Values, context: PageContext) -> str:
    """Return the names of required columns that are empty, joined; empty when all are there."""
    empty = [name for name in REQUIRED if not getattr(values, name)]
    return words.listed((context.text(words.COLUMN[name]) for name in empty), context.text)


def fields(start: Values, unit: str, context: PageContext, key: str, *, may_locate: bool = True) -> Values:
    """Show the form's fields in tabs and return what they hold; `key` tells forms apart.

    Who may not see the places of the entry's unit is not asked for them, and they stay as they are.
    """
    text = context.text
    circles: Sequence[Exposure] = tuple(Exposure)
    basics, keeping = st.tabs([text("基本"), text("保管と廃棄")])
    with basics:
        name = st.text_input(_required("name", context), start.name)
        left, right = st.columns(2)
        with left:
            st.text_input(text("単位"), unit, disabled=True)
        with right:
            owner = st.text_input(_required("owner", context), start.owner)
        items = st.multiselect(
            _required("items", context),
            list(words.GRAVITY),
            default=[category for category in words.GRAVITY if category in start.items],
            format_func=lambda each: text(words.CATEGORY[each]),
        )
        left, right = st.columns(2)
        with left:
            count = st.number_input(
                _word("approximate_count", context),
                min_value=0,
                value=start.approximate_count,
                step=1,
            )
        with right:
            exposure = st.selectbox(
                _word("exposure", context),
                circles,
                index=circles.index(start.exposure),
                format_func=lambda each: text(words.READERS[each]),
            )
        purpose = st.text_area(_required("purpose", context), start.purpose, height=90)
        holders = st.text_input(_required("access_holders", context), start.access_holders)
    with keeping:
        places = _places(start, context, key, may_locate=may_locate)
        method = st.text_input(_required("storage_method", context), start.storage_method)
        end_of_use = st.text_input(_required("end_of_use", context), start.end_of_use)
        left, right = st.columns(2)
        with left:
            months = st.number_input(
                _word("retention_months", context),
                min_value=0,
                value=start.retention_months,
                step=1,
            )
        with right:
            until = st.date_input(
                _word("retention_until", context),
                start.retention_until,
                format="YYYY/MM/DD",
                min_value=_FIRST_DAY,
                max_value=_LAST_DAY,
            )
    return Values(
        name=name.strip(),
        items=frozenset(Category(each) for each in items),
        purpose=purpose.strip(),
        places=places,
        storage_method=method.strip(),
        access_holders=holders.strip(),
        end_of_use=end_of_use.strip(),
        retention_months=int(months) if months is not None else None,
        retention_until=until if isinstance(until, date) else None,
        approximate_count=int(count) if count is not None else None,
        exposure=exposure,
        owner=owner.strip(),
    )


def _places(start: Values, context: PageContext, key: str, *, may_locate: bool) -> tuple[Place, ...]:
    """Show each place: how people call it, and the folder or table that the scan compares."""
    text = context.text
    places = []
    for index, place in enumerate(start.places):
        left, right = st.columns(2)
        with left:
            called = st.text_input(
                text("保管場所 {number}", number=index + 1),
                place.text,
                key=f"{key}-place-{index}",
            )
        with right:
            prefix = st.text_input(
                text("フォルダーまたは表 {number}", number=index + 1),
                place.prefix,
                key=f"{key}-prefix-{index}",
            )
        # An empty folder means the whole source: only a line emptied altogether takes the place away.
        if called.strip() or prefix.strip():
            places.append(Place(place.source_id, prefix.strip(), called.strip()))
    if not start.places and not may_locate:  # every entry has one: these are out of the person's sight
        frame.note(text("場所は閲覧できません"))
    elif not start.places:
        called = st.text_input(text("保管場所"), "")
        if called.strip():
            places.append(Place(None, "", called.strip()))
    return tuple(places)


def _word(column: str, context: PageContext) -> str:
    return context.text(words.COLUMN[column])


def _required(column: str, context: PageContext) -> str:
    return context.text("{name}（必須）", name=context.text(words.COLUMN[column]))
