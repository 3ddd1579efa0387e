"""The ledger as columns: as much of twenty thousand entries as reconciliation asks, each a value when asked.

Columns that no rule asks for are empty in those values. Most rules are asked once for every distinct
combination of what they depend on, not once for every entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from registry import rules
from registry.columns import EXPOSURES, Flags, Ints, Keys, Rows, categories_of, day_of, mask_of, numbered
from registry.handling import DEFAULT, Handling, of_texts
from registry.model import EntryId, LedgerEntry, Place, SourceId, UnitId
from registry.places import Registered

ENTRIES = pa.schema(
    [
        ("id", pa.int64()),
        ("version", pa.int64()),
        ("uid", pa.string()),
        ("unit_id", pa.int64()),
        ("name", pa.string()),
        ("items", pa.uint64()),  # categories, a bit each
        ("end_of_use", pa.string()),
        ("months", pa.int64()),
        ("until", pa.date32()),
        ("count", pa.int64()),
        ("exposure", pa.int8()),  # place in EXPOSURES
        ("legal_hold", pa.bool_()),
        ("retention", pa.string()),  # JSON of what its handling says of the end of retention; "": nothing
    ]
)
PLACES = pa.schema([("entry", pa.int64()), ("source", pa.int64()), ("prefix", pa.string())])
"""Places within sources only: what lies in no source is compared with nothing."""

NO_END = np.int64(2**40)
NO_MONTHS = -1
UNKNOWN = -1
_NEVER = datetime.min.replace(tzinfo=UTC)


class Entries(Sequence[LedgerEntry]):
    """All entries in the order of their ids."""

    def __init__(self, table: pa.Table, places: pa.Table, made: Mapping[int, LedgerEntry] | None = None):
        """Take `ENTRIES` and `PLACES`, both in the order of ids, and entries that are values already."""
        self.table = table
        self.places = places
        self.moved: frozenset[int] = frozenset()  # see `replaced`
        self.id: Ints = numbers_of(table, "id")
        self.unit_id: Ints = numbers_of(table, "unit_id")
        self.exposure: Ints = numbers_of(table, "exposure")
        self.persons: Ints = numbers_of(table, "count")  # UNKNOWN where the entry says nothing
        self.place_source: Ints = numbers_of(places, "source")
        self.place_entry: Ints = np.searchsorted(self.id, numbers_of(places, "entry"))
        self._made = dict(made or {})

    @classmethod
    def of(cls, entries: Iterable[LedgerEntry]) -> Entries:
        """Return entries that are values already."""
        if isinstance(entries, Entries):
            return entries
        given = sorted(entries, key=lambda entry: entry.id)
        table = pa.Table.from_pylist(
            [
                {
                    "id": entry.id,
                    "version": entry.version,
                    "uid": "",
                    "unit_id": entry.unit_id,
                    "name": entry.name,
                    "items": int(mask_of(entry.items)),
                    "end_of_use": entry.end_of_use,
                    "months": entry.retention_months,
                    "until": entry.retention_until,
                    "count": entry.approximate_count,
                    "exposure": EXPOSURES.index(entry.exposure),
                    "legal_hold": entry.handling.legal_hold,
                    "retention": "",
                }
                for entry in given
            ],
            ENTRIES,
        )
        places = [
            {"entry": entry.id, "source": place.source_id, "prefix": place.prefix}
            for entry in given
            for place in entry.places
            if place.source_id is not None
        ]
        return cls(table, pa.Table.from_pylist(places, PLACES), dict(enumerate(given)))

    def __len__(self) -> int:
        return len(self.id)

    @overload
    def __getitem__(self, place: int) -> LedgerEntry: ...
    @overload
    def __getitem__(self, place: slice) -> list[LedgerEntry]: ...
    def __getitem__(self, place: int | slice) -> LedgerEntry | list[LedgerEntry]:
        """Return the entry at a place in the order of ids."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        number = range(len(self))[int(place)]
        if number not in self._made:
            self.make(np.array([number]))
        return self._made[number]

    def make(self, places: Rows) -> None:
        """Make the values of entries that will be asked for, all at once."""
        new = np.array([each for each in np.unique(places).tolist() if each not in self._made], np.int64)
        chosen = self.table.select(list(_VALUE)).take(pa.array(new))
        columns = [column.to_pylist() for column in chosen.columns]
        for number, values in zip(new.tolist(), zip(*columns, strict=True), strict=len(new) > 0):
            self._made[number] = self._value(number, dict(zip(_VALUE, values, strict=True)))

    def sources_of(self, entry_id: int) -> frozenset[SourceId]:
        """Return the sources in which an entry has places."""
        place = int(np.searchsorted(self.id, np.int64(entry_id)))
        first, end = self._places_of[place], self._places_of[place + 1]
        return frozenset(map(SourceId, self.place_source[first:end].tolist()))

    def _value(self, number: int, row: Mapping[str, Any]) -> LedgerEntry:
        first, end = self._places_of[number], self._places_of[number + 1]
        sources = self.place_source[first:end].tolist()
        prefixes = self._prefixes[first:end].to_pylist()
        return LedgerEntry(
            id=EntryId(row["id"]),
            number="",
            unit_id=UnitId(row["unit_id"]),
            name=row["name"],
            items=categories_of(row["items"]),
            purpose="",
            places=tuple(
                Place(SourceId(source), prefix, "") for source, prefix in zip(sources, prefixes, strict=True)
            ),
            storage_method="",
            access_holders="",
            end_of_use=row["end_of_use"],
            retention_months=row["months"],
            retention_until=row["until"],
            approximate_count=row["count"],
            exposure=EXPOSURES[row["exposure"]],
            owner="",
            version=row["version"],
            updated_at=_NEVER,
            updated_by="",
            handling=_handling(row["retention"], legal_hold=row["legal_hold"]),
        )

    @cached_property
    def _prefixes(self) -> pa.Array:
        return self.places["prefix"].combine_chunks()

    @cached_property
    def _places_of(self) -> list[int]:
        """Return where the places of each entry begin, and where those of the last one end."""
        found: list[int] = np.searchsorted(self.place_entry, np.arange(len(self) + 1)).tolist()
        return found

    @cached_property
    def registered(self) -> Keys:
        """Return per entry the categories that it lists, with what goes without saying."""
        distinct, which = np.unique(numbers_of(self.table, "items").astype(np.uint64), return_inverse=True)
        masks = [mask_of(rules.with_implied(categories_of(mask))) for mask in distinct]
        found: Keys = np.array(masks, np.uint64)[which]
        return found

    @cached_property
    def retention(self) -> tuple[Ints, Ints]:
        """Return per entry the end that is the same for all its data, and the months after a change.

        NO_END and NO_MONTHS where there is none; days since 1970. An entry is asked once for every
        combination of what both depend on.
        """
        first, which = self._combinations()
        ends, months = [], []
        for number in first.tolist():
            fixed, runs = rules.fixed_end(self[number]), rules.months_from_change(self[number])
            ends.append(int(NO_END) if fixed is None else day_of(fixed))
            months.append(NO_MONTHS if runs is None else runs)
        return np.array(ends, np.int64)[which], np.array(months, np.int64)[which]

    def _combinations(self) -> tuple[Ints, Ints]:
        """Return one entry of each combination, and per entry the place of its combination among them."""
        if len(self._made) == len(self):  # values may say more than the columns
            return np.arange(len(self)), np.arange(len(self))
        code = np.zeros(len(self), np.int64)
        for name in _RETENTION:
            coded = self.table[name].combine_chunks().dictionary_encode("encode")
            code = code * max(1, len(coded.dictionary)) + coded.indices.to_numpy()
            code = numbered(code)[1].astype(np.int64)
        _, first = np.unique(code, return_index=True)
        return first, code

    def standing(self, chosen: Flags | None = None) -> list[Registered]:
        """Return all places that are registered, or those that are chosen."""
        rows = np.arange(len(self.place_source)) if chosen is None else np.flatnonzero(chosen)
        entry = self.place_entry[rows]
        columns = (
            self.id[entry].tolist(),
            self.unit_id[entry].tolist(),
            self.place_source[rows].tolist(),
            self.places["prefix"].combine_chunks().take(pa.array(rows)).to_pylist(),
        )
        return list(map(Registered._make, zip(*columns, strict=True)))

    def unchanged(self, ids: Ints, versions: Ints, uids: pa.Array, units: Ints) -> Flags:
        """Return which of the rows, given in the order of ids, stand here as they are."""
        if not len(self):
            return np.zeros(len(ids), np.bool_)
        where = np.minimum(np.searchsorted(self.id, ids), len(self) - 1)
        same = (self.id[where] == ids) & (self.unit_id[where] == units)
        same &= numbers_of(self.table, "version")[where] == versions
        mine = self.table["uid"].combine_chunks().take(pa.array(where))
        same &= np.asarray(pc.equal(mine, uids).to_numpy(zero_copy_only=False), np.bool_)
        found: Flags = same
        return found

    def replaced(self, ids: Ints, kept: Flags, table: pa.Table, places: pa.Table) -> Entries:
        """Return the entries of `ids`: the kept ones of them as they are here, the others from the tables.

        `moved` of what comes back are the sources in which places, or the units of these, differ from here.
        """
        mine = np.searchsorted(self.id, ids[kept])
        here = np.zeros(len(self), np.bool_)
        here[mine] = True
        rows = pa.concat_tables([self.table.take(pa.array(mine)), table]).combine_chunks()
        stays = here[self.place_entry]
        left = self.places.take(pa.array(np.flatnonzero(stays)))
        all_places = pa.concat_tables([left, places]).combine_chunks()
        found = Entries(_in_order(rows, "id"), _in_order(all_places, "entry"))
        new = ~np.isin(found.id[found.place_entry], self.id[here])
        changed = {*found.standing(new)} ^ {*self.standing(~stays)}
        found.moved = frozenset(each.source_id for each in changed)
        return found


_VALUE = tuple(name for name in ENTRIES.names if name != "uid")
_RETENTION = ("retention", "until", "months", "end_of_use", "legal_hold")


def _in_order(table: pa.Table, column: str) -> pa.Table:
    keys = numbers_of(table, column)
    if (keys[1:] >= keys[:-1]).all():
        return table
    return table.take(pa.array(np.argsort(keys, kind="stable"))).combine_chunks()


def numbers_of(table: pa.Table, name: str) -> Ints:
    """Return a column of numbers as an array; UNKNOWN where nothing is said."""
    column = table[name].combine_chunks()
    if column.null_count:
        column = column.fill_null(UNKNOWN)
    found: Ints = column.to_numpy(zero_copy_only=False)
    return found


def retention_text(details: Mapping[str, str]) -> str:
    """Return what an entry's texts say of the end of retention, as `ENTRIES` keeps it."""
    texts = {name: text for name, text in details.items() if name in _HANDLING}
    return json.dumps(texts, sort_keys=True) if texts else ""


_HANDLING = ("retention_event", "retention_event_on")


def _handling(retention: str, *, legal_hold: bool) -> Handling:
    """Return what an entry says of the end of retention; most often what every entry says at first."""
    texts = json.loads(retention) if retention else {}
    return replace(of_texts(texts), legal_hold=legal_hold) if texts or legal_hold else DEFAULT
