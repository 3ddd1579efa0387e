"""The fields of a ledger entry: from an entry or an object to widgets, and back to a draft."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import streamlit as st

from daicho.pages import drawer, frame, handling_words, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from registry.handling import DEFAULT, Handling, ProcessorId, Transfer, TransferBasis
from registry.ledger_columns import COLUMNS, EntryDraft, column_text, draft_of, value_of
from registry.model import LedgerEntry, ObjectRow, Place, SourceRow, UnitId
from scanners.model import Category, Exposure

REQUIRED = ("name", "items", "purpose", "storage_method", "access_holders", "end_of_use", "owner")
NAMES: Mapping[str, str] = {**words.COLUMN, **handling_words.COLUMN}

SAVED = "ledger-saved"  # in the session: the entry that was just written

T = TypeVar("T")

# Without bounds of our own the calendar ends ten years from today; retention may be longer.
_FIRST_DAY, _LAST_DAY = date(1950, 1, 1), date(2200, 12, 31)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for: which processors there are, and how much of an entry the person states."""

    unit: str
    processors: Mapping[ProcessorId, str]
    may_locate: bool = True
    all_columns: bool = True  # False: what a department states


def empty(unit_id: UnitId) -> EntryDraft:
    """Return a draft that says nothing yet."""
    return EntryDraft(
        unit_id=unit_id,
        name="",
        items=frozenset(),
        purpose="",
        places=(),
        storage_method="",
        access_holders="",
        end_of_use="",
        retention_months=None,
        retention_until=None,
        approximate_count=None,
        exposure=Exposure.GROUP,
        owner="",
    )


def of_object(row: ObjectRow, source: SourceRow | None) -> EntryDraft:
    """Return a first draft for an object that no entry covers; purpose and owner are a person's to say."""
    prefix = drawer.below(row.shown, source) if source is not None else row.shown
    called = f"{source.name}　{prefix}" if source is not None else row.shown
    return replace(
        empty(row.unit_id),
        name=row.name,
        items=frozenset(row.categories),
        places=(Place(row.source_id, prefix, called),),
        approximate_count=row.persons.low,
        exposure=row.exposure,
        owner=row.owner,
    )


def changes(entry: LedgerEntry, after: EntryDraft) -> dict[str, object]:
    """Return the columns that differ from the entry, with their new values."""
    before = draft_of(entry)
    return {
        column: value_of(after, column)
        for column in COLUMNS
        if value_of(after, column) != value_of(before, column)
    }


def kept_text(column: str, kept: str, context: PageContext) -> str:
    """Return a value of the history in words: codes are named, places shown as people call them."""
    text = context.text
    if column in handling_words.COLUMN:
        return handling_words.kept_text(column, kept, context)
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
    """Return an entry as names and values, for who may read only; what is not stated is left out."""
    stated = [
        column
        for column in NAMES
        if column in words.COLUMN
        or (column in COLUMNS and value_of(entry, column) != getattr(DEFAULT, column))
    ]
    values = {name: kept_text(name, column_text(value_of(entry, name)), context) for name in stated}
    values["unit_id"] = unit
    if not entry.places:  # every entry has one: these are out of the person's sight
        values["places"] = context.text("場所は閲覧できません")
    return {context.text(NAMES[name]): value for name, value in values.items()}


def missing(values: EntryDraft, context: PageContext) -> str:
    """Return the names of required columns that are empty, joined; empty when all are there."""
    empty_ones = [name for name in REQUIRED if not getattr(values, name)]
    return listed(empty_ones, context)


def listed(columns: Sequence[str], context: PageContext) -> str:
    """Return columns as people call them, joined."""
    return words.listed((context.text(NAMES.get(name, name)) for name in columns), context.text)


def fields(start: EntryDraft, asked: Asked, context: PageContext, key: str) -> EntryDraft:
    """Show the form's fields in tabs and return what they hold; `key` tells forms apart.

    Who may not see the places of the entry's unit is not asked for them, and they stay as they are.
    """
    text = context.text
    names = [text("基本"), text("取得と利用"), text("保管と廃棄")]
    tabs = st.tabs([*names, text("提供と委託")] if asked.all_columns else names)
    with tabs[0]:
        after = _basics(start, asked.unit, context)
    with tabs[1]:
        after = _acquiring(after, asked, context)
    with tabs[2]:
        after = _keeping(after, asked, context, key)
    if asked.all_columns:
        with tabs[3]:
            after = _giving(after, asked, context, key)
    return after


def _basics(start: EntryDraft, unit: str, context: PageContext) -> EntryDraft:
    text = context.text
    circles: Sequence[Exposure] = tuple(Exposure)
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
            _word("approximate_count", context), min_value=0, value=start.approximate_count, step=1
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
    return replace(
        start,
        name=name.strip(),
        owner=owner.strip(),
        items=frozenset(Category(each) for each in items),
        approximate_count=int(count) if count is not None else None,
        exposure=exposure,
        purpose=purpose.strip(),
        access_holders=holders.strip(),
    )


def _acquiring(start: EntryDraft, asked: Asked, context: PageContext) -> EntryDraft:
    of = start.handling
    left, right = st.columns(2)
    with left:
        acquisition = _choice("acquisition", handling_words.ACQUISITION, of.acquisition, context)
    of = replace(of, acquisition=acquisition)
    if not asked.all_columns:
        return replace(start, handling=of)
    with right:
        acquired_from = _line("acquired_from", of.acquired_from, context)
    subjects = _choices("subjects", handling_words.SUBJECT, of.subjects, context)
    left, right = st.columns(2)
    with left:
        consent = _choice("consent", handling_words.CONSENT, of.consent, context)
        notice = _line("purpose_notice", of.purpose_notice, context)
    with right:
        disclosable = _choice("disclosable", handling_words.ANSWER, of.disclosable, context)
        contact = _line("contact", of.contact, context)
    my_number = _line("my_number_purpose", of.my_number_purpose, context)
    basis = _line("legal_basis", of.legal_basis, context)
    left, right = st.columns(2)
    with left:
        copies = st.checkbox(_word("identity_copies", context), of.identity_copies)
    with right:
        masked = st.checkbox(
            _word("identity_copies_masked", context),
            of.identity_copies_masked,
            help=context.text("個人番号、被保険者等の記号・番号、基礎年金番号"),
        )
    return replace(
        start,
        handling=replace(
            of,
            acquired_from=acquired_from,
            subjects=subjects,
            consent=consent,
            purpose_notice=notice,
            disclosable=disclosable,
            contact=contact,
            my_number_purpose=my_number,
            legal_basis=basis,
            identity_copies=copies,
            identity_copies_masked=masked,
        ),
    )


def _keeping(start: EntryDraft, asked: Asked, context: PageContext, key: str) -> EntryDraft:
    of = start.handling
    places = _places(start, context, key, may_locate=asked.may_locate)
    media = _choices("media", handling_words.MEDIUM, of.media, context)
    method = st.text_input(_required("storage_method", context), start.storage_method)
    end_of_use = st.text_input(_required("end_of_use", context), start.end_of_use)
    after = replace(
        start,
        places=places,
        storage_method=method.strip(),
        end_of_use=end_of_use.strip(),
        handling=replace(of, media=media),
    )
    return _retention(after, context) if asked.all_columns else after


def _retention(start: EntryDraft, context: PageContext) -> EntryDraft:
    of = start.handling
    left, middle, right = st.columns(3)
    with left:
        months = st.number_input(
            _word("retention_months", context), min_value=0, value=start.retention_months, step=1
        )
    with middle:
        event = _choice("retention_event", handling_words.RETENTION_EVENT, of.retention_event, context)
    with right:
        event_on = _day("retention_event_on", of.retention_event_on, context)
    left, middle, right = st.columns(3)
    with left:
        until = _day("retention_until", start.retention_until, context)
    with middle:
        disposal = _line("disposal_method", of.disposal_method, context)
    with right:
        review = _day("next_review", of.next_review, context)
    security = _line("security_measures", of.security_measures, context)
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        hold = st.checkbox(_word("legal_hold", context), of.legal_hold)
    with right:
        reason = _line("legal_hold_reason", of.legal_hold_reason, context)
    return replace(
        start,
        retention_months=int(months) if months is not None else None,
        retention_until=until,
        handling=replace(
            of,
            retention_event=event,
            retention_event_on=event_on,
            disposal_method=disposal,
            next_review=review,
            security_measures=security,
            legal_hold=hold,
            legal_hold_reason=reason,
        ),
    )


def _giving(start: EntryDraft, asked: Asked, context: PageContext, key: str) -> EntryDraft:
    text, of = context.text, start.handling
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        entrusted = st.checkbox(_word("entrusted", context), of.entrusted)
    with right:
        entrusted_by = _line("entrusted_by", of.entrusted_by, context)
    # A processor out of the person's sight stays as it is.
    hidden = of.processors - frozenset(asked.processors)
    processors = st.multiselect(
        _word("processors", context),
        list(asked.processors),
        default=[each for each in asked.processors if each in of.processors],
        format_func=lambda each: asked.processors[each],
        placeholder=text("委託先を選ぶ"),
    )
    recipients = _line("recipients", of.recipients, context)
    joint_use = _line("joint_use", of.joint_use, context)
    return replace(
        start,
        handling=replace(
            of,
            entrusted=entrusted,
            entrusted_by=entrusted_by,
            processors=hidden | frozenset(processors),
            recipients=recipients,
            joint_use=joint_use,
            transfers=_transfers(of, context, key),
        ),
    )


def _transfers(of: Handling, context: PageContext, key: str) -> tuple[Transfer, ...]:
    """Show each transfer abroad, and an empty line for one more; an emptied country takes it away."""
    text = context.text
    bases: Sequence[TransferBasis] = tuple(TransferBasis)
    found = []
    frame.note(_word("transfers", context))
    for index, each in enumerate((*of.transfers, Transfer("", TransferBasis.CONSENT))):
        left, middle, right = st.columns([1, 2, 3])
        with left:
            country = st.text_input(
                text("国 {number}", number=index + 1),
                each.country,
                max_chars=2,
                key=f"{key}-country-{index}",
                placeholder="US",
            )
        with middle:
            basis = st.selectbox(
                text("根拠 {number}", number=index + 1),
                bases,
                index=bases.index(each.basis),
                format_func=lambda one: text(handling_words.TRANSFER_BASIS[one]),
                key=f"{key}-basis-{index}",
            )
        with right:
            recipient = st.text_input(
                text("相手 {number}", number=index + 1), each.recipient, key=f"{key}-recipient-{index}"
            )
        if country.strip():
            found.append(Transfer(country.strip().upper(), basis, recipient.strip()))
    return tuple(found)


def _places(start: EntryDraft, context: PageContext, key: str, *, may_locate: bool) -> tuple[Place, ...]:
    """Show each place: how people call it, and the folder or table that the scan compares; and one more."""
    text = context.text
    if not may_locate:  # every entry has one: these are out of the person's sight
        frame.note(text("場所は閲覧できません"))
        return start.places
    places = []
    for index, place in enumerate((*start.places, Place(None, "", ""))):
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
                disabled=place.source_id is None,
            )
        # An empty folder means the whole source: only a line emptied altogether takes the place away.
        if called.strip() or prefix.strip():
            places.append(Place(place.source_id, prefix.strip(), called.strip()))
    return tuple(places)


def _line(column: str, value: str, context: PageContext) -> str:
    return st.text_input(_word(column, context), value).strip()


def _choice(column: str, names: Mapping[T, str], value: T, context: PageContext) -> T:
    choices: Sequence[T] = tuple(names)
    return st.selectbox(
        _word(column, context),
        choices,
        index=choices.index(value),
        format_func=lambda each: context.text(names[each]),
    )


def _choices(column: str, names: Mapping[T, str], value: frozenset[T], context: PageContext) -> frozenset[T]:
    found = st.multiselect(
        _word(column, context),
        list(names),
        default=[each for each in names if each in value],
        format_func=lambda each: context.text(names[each]),
        placeholder=context.text("選ぶ"),
    )
    return frozenset(found)


def _day(column: str, value: date | None, context: PageContext) -> date | None:
    found = st.date_input(
        _word(column, context), value, format="YYYY/MM/DD", min_value=_FIRST_DAY, max_value=_LAST_DAY
    )
    return found if isinstance(found, date) else None


def _word(column: str, context: PageContext) -> str:
    return context.text(NAMES[column])


def _required(column: str, context: PageContext) -> str:
    return context.text("{name}（必須）", name=context.text(NAMES[column]))
