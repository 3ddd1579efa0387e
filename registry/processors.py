"""Processors 委託先: whom a unit entrusts personal data to, by which contract, and where the data lie there.

A minimal register (APPI Art. 25): of every source that lies with a processor, which categories its contract
covers, and until when. An ended contract stays; it covers nothing any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date

from sqlalchemy import Select, select

from registry.access import allowed, require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.handling import ProcessorId
from registry.journal import Action, newest_of
from registry.model import Permission, SourceId, UnitId
from registry.sources import require_source
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.ledger_tables import ProcessorRecord, ProcessorSource
from registry.store.tables import OrgClosure
from scanners.check_digits import corporate_number
from scanners.model import Category

_NAME_LIMIT, _TEXT_LIMIT = 200, 2000


@dataclass(frozen=True, slots=True)
class ProcessorDraft:
    """A processor as people write it."""

    unit_id: UnitId  # who entrusts
    name: str
    corporate_number: str = ""  # 法人番号, 13 digits
    country: str = "JP"  # ISO 3166-1 alpha-2
    contract: str = ""  # which contract, and where it is kept
    categories: frozenset[Category] = frozenset()  # what the contract covers
    valid_from: date | None = None
    valid_until: date | None = None
    sources: frozenset[SourceId] = frozenset()  # scanned places that lie with the processor


@dataclass(frozen=True, slots=True)
class Processor:
    """A registered processor; its sources are left out for who may not see where data lie."""

    id: ProcessorId
    draft: ProcessorDraft
    version: int

    def covers_on(self, day: date) -> bool:
        """Tell whether there is a contract in force on a day."""
        of = self.draft
        began = of.valid_from is None or of.valid_from <= day
        return bool(of.contract) and began and (of.valid_until is None or day <= of.valid_until)


def add_processor(tx: Tx, draft: ProcessorDraft) -> Processor:
    """Register a processor. AccessDenied without MANAGE_PROCESSORS, InvalidValue."""
    draft = _checked(draft)
    require(tx, Permission.MANAGE_PROCESSORS, draft.unit_id)
    require_open(tx, draft.unit_id)
    for source_id in draft.sources:
        require_source(tx, source_id, "sources")
    row = ProcessorRecord(uid=new_uid(), registered_on=today_in_japan(tx.now))
    _write(tx, row, draft)
    tx.session.add(row)
    tx.session.flush()
    tx.record(Action.PROCESSOR_ADDED, "processor", row.id, draft.unit_id, None, _described(draft))
    return _shown(tx, row)


def change_processor(
    tx: Tx, processor_id: ProcessorId, *, expected_version: int, changes: Mapping[str, object]
) -> Processor:
    """Change what is registered of a processor; its unit stays. Errors as `ledger.update_entry`."""
    row = _row(tx, processor_id)
    require(tx, Permission.MANAGE_PROCESSORS, UnitId(row.unit_id))
    before = _draft(tx, row)
    if row.version != expected_version:
        last = newest_of(tx, "processor", row.id)
        raise Conflict(last.actor, last.at, ("processor",), version=row.version)
    for column in changes:
        if column not in _COLUMNS or column == "unit_id":
            raise InvalidValue(column, "unknown_column")
    after = _checked(replace(before, **changes))  # type: ignore[arg-type]  # types are checked there
    if after == before:
        return _shown(tx, row)
    if after.sources != before.sources:
        require(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id))  # who saw none would write over them
        for source_id in after.sources - before.sources:
            require_source(tx, source_id, "sources")
    _write(tx, row, after)
    tx.session.flush()
    tx.record(
        Action.PROCESSOR_CHANGED,
        "processor",
        row.id,
        UnitId(row.unit_id),
        _described(before),
        _described(after),
    )
    return _shown(tx, row)


def processors(tx: Tx, *, unit_id: UnitId | None = None) -> list[Processor]:
    """Return the processors of the units whose ledger one may see, in the order of registration."""
    query = _seen(tx).order_by(ProcessorRecord.id)
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(ProcessorRecord.unit_id.in_(below))
    located = set(tx.session.scalars(scope(tx, Permission.VIEW_LOCATIONS)))
    return [_seen_by(row.unit_id in located, _processor(tx, row)) for row in tx.session.scalars(query)]


def processor(tx: Tx, processor_id: ProcessorId) -> Processor:
    """Return one processor of a unit whose ledger one may see; raises NotFound."""
    return _shown(tx, _row(tx, processor_id))


_COLUMNS = tuple(field.name for field in fields(ProcessorDraft))


def _checked(draft: ProcessorDraft) -> ProcessorDraft:
    trimmed = replace(
        draft,
        name=draft.name.strip(),
        contract=draft.contract.strip(),
        corporate_number=draft.corporate_number.strip(),
    )
    if not trimmed.name:
        raise InvalidValue("name", "required")
    for column, limit in (("name", _NAME_LIMIT), ("contract", _TEXT_LIMIT)):
        value = getattr(trimmed, column)
        if len(value) > limit:
            raise InvalidValue(column, "too_long")
        if not all(letter.isprintable() or letter in "\n\t\u3000" for letter in value):
            raise InvalidValue(column, "control_characters")
    if trimmed.corporate_number and not _is_corporate_number(trimmed.corporate_number):
        raise InvalidValue("corporate_number", "check_digit")
    if not (len(trimmed.country) == 2 and trimmed.country.isascii() and trimmed.country.isupper()):
        raise InvalidValue("country", "country")
    if not all(isinstance(each, Category) for each in trimmed.categories):
        raise InvalidValue("categories", "type")
    if trimmed.valid_from and trimmed.valid_until and trimmed.valid_until < trimmed.valid_from:
        raise InvalidValue("valid_until", "before_valid_from")
    return trimmed


def _is_corporate_number(text: str) -> bool:
    return len(text) == 13 and text.isascii() and text.isdecimal() and corporate_number(text)


def _write(tx: Tx, row: ProcessorRecord, draft: ProcessorDraft) -> None:
    row.unit_id = draft.unit_id
    row.name_sealed = _seal(tx, row, "name_sealed", draft.name)
    row.contract_sealed = _seal(tx, row, "contract_sealed", draft.contract)
    row.corporate_number = draft.corporate_number
    row.country = draft.country
    row.categories = ",".join(sorted(draft.categories))
    row.valid_from, row.valid_until = draft.valid_from, draft.valid_until
    kept = {each.source_id: each for each in row.sources}
    row.sources = [
        kept.get(each, ProcessorSource(source_id=each, unit_id=draft.unit_id))
        for each in sorted(draft.sources)
    ]


def _seen(tx: Tx) -> Select[ProcessorRecord]:
    return select(ProcessorRecord).where(ProcessorRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)))


def _row(tx: Tx, processor_id: ProcessorId) -> ProcessorRecord:
    row = tx.session.scalar(_seen(tx).where(ProcessorRecord.id == processor_id))
    if row is None:
        raise NotFound("processor")
    return row


def _draft(tx: Tx, row: ProcessorRecord) -> ProcessorDraft:
    def opened(sealed: bytes, column: str) -> str:
        return tx.vault.open(sealed, table="processor", row=row.uid, column=column)

    return ProcessorDraft(
        unit_id=UnitId(row.unit_id),
        name=opened(row.name_sealed, "name_sealed"),
        corporate_number=row.corporate_number,
        country=row.country,
        contract=opened(row.contract_sealed, "contract_sealed"),
        categories=frozenset(Category(each) for each in row.categories.split(",") if each),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        sources=frozenset(SourceId(each.source_id) for each in row.sources),
    )


def _processor(tx: Tx, row: ProcessorRecord) -> Processor:
    return Processor(ProcessorId(row.id), _draft(tx, row), row.version)


def _shown(tx: Tx, row: ProcessorRecord) -> Processor:
    return _seen_by(allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id)), _processor(tx, row))


def _seen_by(located: bool, found: Processor) -> Processor:
    return found if located else replace(found, draft=replace(found.draft, sources=frozenset()))


def _seal(tx: Tx, row: ProcessorRecord, column: str, plain: str) -> bytes:
    return tx.vault.seal(plain, table="processor", row=row.uid, column=column)


def _text(value: object) -> str:
    if isinstance(value, Collection) and not isinstance(value, str):
        return ",".join(sorted(str(each) for each in value))
    return "" if value is None else str(value)


def _described(draft: ProcessorDraft) -> dict[str, object]:
    return {column: _text(value) for column, value in asdict(draft).items()}
