"""What cells of a ledger file refer to: units, registered sources, processors, countries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from babel import Locale

from daicho.ledger_file.refusal import CellError
from daicho.ledger_file.vocabulary import plain, vocabulary
from registry import organisation, processors, sources
from registry.handling import ProcessorId, Transfer, TransferBasis
from registry.model import LedgerEntry, Place, SourceRow, Unit, UnitId
from registry.processors import Processor
from registry.store import Tx

_LINES = re.compile(r"[\n;；]+")
_NAMES = re.compile(r"[\n;；、,，]+")
_AT_SOURCE = re.compile(r"([^:：]+)[:：]\s*(.*)", re.DOTALL)
_TRANSFER = re.compile(r"([^（(:：]+?)\s*[（(]([^）)]+)[）)]\s*(?:[:：]\s*(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Known:
    """What is registered, as the person asking sees it."""

    units: Mapping[UnitId, Unit]
    sources: Sequence[SourceRow]
    processors: Mapping[ProcessorId, Processor]
    entries: Mapping[str, LedgerEntry]  # by number

    def unit(self, text: str) -> Unit | None:
        """Return the unit of a code or a name; None when there is none or several."""
        exact = [unit for unit in self.units.values() if unit.code == text]
        named = [unit for unit in self.units.values() if text in (unit.name_ja, unit.name_en)]
        found = exact or named
        return found[0] if len(found) == 1 else None

    def line(self, unit_id: UnitId) -> list[UnitId]:
        """Return a unit and those above it, the nearest first."""
        found: list[UnitId] = []
        above: UnitId | None = unit_id
        while above is not None and above in self.units and above not in found:
            found.append(above)
            above = self.units[above].parent_id
        return found

    def source(self, name: str, unit_id: UnitId) -> SourceRow | None:
        """Return the source of a name in a unit, the nearest above it, or below it."""
        named = [row for row in self.sources if row.name == name]
        for above in self.line(unit_id):
            for row in named:
                if row.unit_id == above:
                    return row
        below = [row for row in named if unit_id in self.line(row.unit_id)]
        return below[0] if len(below) == 1 else None

    def processor(self, name: str, unit_id: UnitId) -> Processor | None:
        """Return the processor of a name in a unit or the nearest above it; None for none or several."""
        for above in self.line(unit_id):
            named = [
                each
                for each in self.processors.values()
                if each.draft.unit_id == above and plain(each.draft.name) == plain(name)
            ]
            if named:
                return named[0] if len(named) == 1 else None
        return None


def known(tx: Tx, entries: Sequence[LedgerEntry] = ()) -> Known:
    """Return what the person asking may see of what cells refer to; rows may name these entries."""
    return Known(
        units={unit.id: unit for unit in organisation.units(tx)},
        sources=sources.list_sources(tx),
        processors={each.id: each for each in processors.processors(tx)},
        entries={entry.number: entry for entry in entries},
    )


def places_of(text: str, unit_id: UnitId, registered: Known) -> tuple[Place, ...]:
    """Return the places of a cell: "source: folder" where the unit has the source, else as people call it."""
    found = []
    for line in filter(None, (each.strip() for each in _LINES.split(text))):
        at = _AT_SOURCE.fullmatch(line)
        source = registered.source(at[1].strip(), unit_id) if at else registered.source(line, unit_id)
        if source is None:
            found.append(Place(None, "", line))
        else:
            found.append(Place(source.id, at[2].strip() if at else "", ""))
    return tuple(found)


def processors_of(text: str, unit_id: UnitId, registered: Known) -> frozenset[ProcessorId]:
    """Return the registered processors that a cell names; CellError `processor` for another name."""
    whole = registered.processor(text, unit_id)
    if whole is not None:
        return frozenset({whole.id})
    found = set()
    for name in filter(None, (each.strip() for each in _NAMES.split(text))):
        processor = registered.processor(name, unit_id)
        if processor is None:
            raise CellError("processors", "processor_name", name)
        found.add(processor.id)
    return frozenset(found)


def transfers_of(text: str) -> tuple[Transfer, ...]:
    """Return the transfers of a cell, a line each: "country (ground): recipient"."""
    found = []
    for line in filter(None, (each.strip() for each in _LINES.split(text))):
        parts = _TRANSFER.fullmatch(line)
        country = _country(parts[1]) if parts else ""
        basis = vocabulary().words["basis"].code(parts[2]) if parts else None
        if parts is None or not country or basis is None:
            raise CellError("transfers", "transfer", line)
        found.append(Transfer(country, TransferBasis(basis), (parts[3] or "").strip()))
    return tuple(found)


@cache
def countries(language: str) -> Mapping[str, str]:
    """Return the names of countries in a language by their two letters (ISO 3166-1)."""
    names = Locale(language).territories
    return {code: str(name) for code, name in names.items() if len(code) == 2 and code.isalpha()}


def _country(text: str) -> str:
    wanted = text.strip()
    if len(wanted) == 2 and wanted.isascii() and wanted.isalpha():
        return wanted.upper()
    for language in ("ja", "en"):
        for code, name in countries(language).items():
            if plain(name) == plain(wanted):
                return code
    return {"アメリカ": "US", "米国": "US", "英国": "GB", "韓国": "KR"}.get(wanted, "")
