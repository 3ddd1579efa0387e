"""The inventory of one assessment in the store: every object of the latest runs with its score.

An assessment is written whole, or as what differs from the last one that was written whole: rows of new
runs, new judgements of known rows, and rows that are gone. What it read of the runs is kept beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from registry.columns import Flags, Keys, Rows
from registry.covers import Packed
from registry.differences import STATES
from registry.finding_columns import OBJECTS
from registry.findings import FileSet, FindingsStore
from registry.living import Living, ids_of
from registry.model import Risk
from registry.pieces import KEPT
from registry.reading import Part, RunToRead
from registry.reconcile import Comparison
from registry.values import mixed

if TYPE_CHECKING:
    import duckdb
    import pyarrow.dataset as pads

DELTA_SHARE = 0.1
"""An assessment that differs in more of its rows from the last whole one is written whole."""

_ROWS = 50_000
_STAMPS = pa.schema([("stamp", pa.uint64())])
ABSENT, _NOTHING = np.uint64(0), np.uint64(1)
_OBJECT = (
    "object_id",
    "run_id",
    "unit_id",
    "source_id",
    "shown",
    "kind",
    "outcome",
    "reason",
    "bytes",
    "mtime_ns",
    "owner",
    "exposure",
    "categories",
    "persons_low",
    "persons_high",
    "detail",
    "share",
    "suffix",
    "readers",
)
_JUDGEMENT = pa.schema(
    [
        ("score", pa.int32()),
        ("terms", pa.string()),
        ("state", pa.string()),
        ("entry_ids", pa.list_(pa.int64())),
        ("retained_until", pa.date32()),
        ("retained_by", pa.int64()),
    ]
)
_ROW = pa.schema([*(OBJECTS.field(name) for name in _OBJECT), *_JUDGEMENT])
_JUDGED = [f"CASE WHEN part IS NULL THEN b.{name} ELSE d.{name} END AS {name}" for name in _JUDGEMENT.names]
_LATER = {
    "retained_until": "DATE",
    "retained_by": "BIGINT",
    "detail": "VARCHAR",
    "share": "DOUBLE",
    "suffix": "VARCHAR",
    "readers": "VARCHAR[]",
}
"""Columns that an assessment of an earlier version of the platform lacks."""

_INVENTORY = f"""
CREATE VIEW inventory AS
SELECT {", ".join((*(f"b.{name}" for name in _OBJECT), *_JUDGED))}
FROM known b LEFT JOIN (FROM delta WHERE part <> 'whole') d USING (object_id)
WHERE (d.part IS NULL OR d.part = 'judged')
  AND b.object_id NOT IN (SELECT object_id FROM delta WHERE part = 'whole')
UNION ALL
SELECT {", ".join((*_OBJECT, *_JUDGEMENT.names))} FROM delta WHERE part = 'whole'
"""  # noqa: S608 - put together from the constants of this module


def show_inventory(
    connection: duckdb.DuckDBPyConnection, whole: pads.Dataset, delta: pads.Dataset | None
) -> None:
    """Make the rows of an assessment known to a connection as `inventory`."""
    connection.register("whole", whole)
    connection.execute(_known("inventory" if delta is None else "known", "whole", whole))
    if delta is None:
        return
    connection.register("changes", delta)
    connection.execute(_known("delta", "changes", delta))
    connection.execute(_INVENTORY)


def _known(view: str, table: str, rows: pads.Dataset) -> str:
    lacking = [f", NULL::{kind} AS {name}" for name, kind in _LATER.items() if name not in rows.schema.names]
    return f"CREATE VIEW {view} AS SELECT *{''.join(lacking)} FROM {table}"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What one comparison found, ready to be written."""

    living: Living
    comparison: Comparison
    runs: Mapping[str, RunToRead]

    def stamps(self) -> Keys:
        """Return per row read a digest of how it is judged."""
        stamps = np.where(self.living.counts, _NOTHING, ABSENT).astype(np.uint64)
        judged, covers = self.comparison.judged, self.comparison.covers
        of_risk = np.array([_digest(risk.score, terms_of(risk)) for risk in judged.risks], np.uint64)
        listed = covers.placed.all  # in the order of ids: their mixed sum tells one list from another
        ids = Packed(listed.offsets, mixed(listed.members.astype(np.uint64)).astype(np.int64))
        of_cover = ids.summed().astype(np.uint64)
        if len(judged.risk):
            both = mixed(of_risk[judged.risk] ^ mixed(of_cover)[covers.of])
            ends = self.comparison.ends
            known = np.flatnonzero(ends.known)
            both[known] ^= mixed(mixed(ends.day[known]) ^ ends.entry_id[known].astype(np.uint64))
            stamps[self.living.personal] = both | np.uint64(2)
        return stamps

    def write_whole(
        self, store: FindingsStore, files: FileSet, stamps: Keys, part: Part, kept: pa.Table
    ) -> None:
        """Write every row, what was read of the runs, and what else the next comparison asks for."""
        for table in self._rows(store, np.flatnonzero(self.living.counts)):
            files.write("assessment", table)
        _keep(files, part)
        files.write("kept_stamps", pa.table([stamps], schema=_STAMPS))
        files.write("kept_counts", kept)

    def write_delta(
        self, store: FindingsStore, files: FileSet, change: Change, new: Part, kept: pa.Table
    ) -> None:
        """Write the rows that differ, what was read of new runs, and what the next comparison asks for."""
        empty, words = _ROW.empty_table(), _Words.of(self.comparison)
        files.write("assessment", empty.append_column("part", pa.array([], pa.string())))
        for table in self._rows(store, change.whole):
            files.write("assessment", _in_part(table, "whole"))
        for rows, part in ((change.judged, "judged"), (change.gone, "gone")):
            if len(rows):
                columns = {
                    name: pa.nulls(len(rows), empty.schema.field(name).type) for name in empty.schema.names
                }
                columns["object_id"] = pa.array(ids_of(self.living.pieces, rows))
                judgement = self._judgement(rows, words)
                columns.update({name: judgement[name] for name in judgement.schema.names})
                files.write("assessment", _in_part(pa.table(columns, schema=empty.schema), part))
        if new.folders.num_rows:
            _keep(files, new)
        files.write("kept_counts", kept)

    def _rows(self, store: FindingsStore, rows: Rows) -> Iterator[pa.Table]:
        """Yield rows as the runs have them, with their judgement, some ten thousand at a time."""
        waiting: list[pa.Table] = [_ROW.empty_table()]
        held, words = 0, _Words.of(self.comparison)
        run_of = self.living.run[rows]
        starts = np.searchsorted(self.living.run, np.arange(len(self.living.runs)))
        chosen = [(int(run), rows[run_of == run]) for run in np.unique(run_of)]

        def read(pair: tuple[int, Rows]) -> pa.Table:
            run, members = pair
            table = _with_later(store.table(self.runs[self.living.runs[run]].objects, _OBJECT))
            local = members - starts[run]
            if len(local) < table.num_rows:
                table = table.take(pa.array(local))
            judgement = self._judgement(members, words)
            for name in judgement.schema.names:
                table = table.append_column(judgement.schema.field(name), judgement[name])
            return table

        with ThreadPoolExecutor(2) as pool:
            for start in range(0, len(chosen), 16):
                for table in pool.map(read, chosen[start : start + 16]):
                    waiting.append(table)
                    held += table.num_rows
                    if held >= _ROWS:
                        yield pa.concat_tables(waiting)
                        waiting, held = [], 0
        if waiting:
            yield pa.concat_tables(waiting)

    def _judgement(self, rows: Rows, words: _Words) -> pa.Table:
        judged, covers = self.comparison.judged, self.comparison.covers
        personal = self.living.personal
        where = np.minimum(np.searchsorted(personal, rows), max(0, len(personal) - 1))
        held = personal[where] == rows if len(personal) else np.zeros(len(rows), np.bool_)
        at = where[held]

        def column(values: pa.Array, numbers: Rows) -> pa.Array:
            places = np.zeros(len(rows), np.int64)
            places[held] = numbers
            return values.take(pa.array(places, mask=~held))

        columns = [
            column(words.scores, judged.risk[at]),
            column(words.terms, judged.risk[at]),
            column(words.states, judged.state[at]),
            column(words.entries, covers.of[at]),
            *self._ends(held, at),
        ]
        return pa.table(columns, schema=_JUDGEMENT)

    def _ends(self, held: Flags, at: Rows) -> Iterator[pa.Array]:
        ends = self.comparison.ends
        lacking = np.ones(len(held), np.bool_)
        lacking[held] = ~ends.known[at]
        for values in (ends.day.astype("datetime64[D]"), ends.entry_id):
            known = np.zeros(len(held), values.dtype)
            known[held] = values[at]
            yield pa.array(known, mask=lacking)


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """How judgements are written: every one that there is, once."""

    scores: pa.Array
    terms: pa.Array
    states: pa.Array
    entries: pa.Array

    @classmethod
    def of(cls, comparison: Comparison) -> _Words:
        """Return the words of one comparison."""
        risks = comparison.judged.risks or (Risk(0, ()),)
        covers = comparison.covers.placed.all
        return cls(
            scores=pa.array([risk.score for risk in risks], pa.int32()),
            terms=pa.array([json.dumps(terms_of(risk)) for risk in risks], pa.string()),
            states=pa.array([state.value for state in STATES], pa.string()),
            entries=pa.ListArray.from_arrays(pa.array(covers.offsets, pa.int32()), pa.array(covers.members)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """How rows read differ from those of the last whole assessment."""

    whole: Rows  # rows that it does not have
    judged: Rows  # rows that it judged otherwise
    gone: Rows  # rows that no longer count

    @classmethod
    def between(cls, before: Keys, now: Keys) -> Change:
        """Compare the stamps of two assessments; the later one may have read more runs."""
        known, later = now[: len(before)], np.arange(len(before), len(now))
        appeared = np.flatnonzero((before == ABSENT) & (known != ABSENT))
        return cls(
            whole=np.concatenate([appeared, later[now[len(before) :] != ABSENT]]),
            judged=np.flatnonzero((before != ABSENT) & (known != ABSENT) & (before != known)),
            gone=np.flatnonzero((before != ABSENT) & (known == ABSENT)),
        )

    def __len__(self) -> int:
        return len(self.whole) + len(self.judged) + len(self.gone)


def _with_later(objects: pa.Table) -> pa.Table:
    """Return the objects of a run with the columns that an earlier version of the platform did not write."""
    for name in _OBJECT:
        if name not in objects.schema.names:
            field = OBJECTS.field(name)
            objects = objects.append_column(field, pa.nulls(objects.num_rows, field.type))
    return objects.select(list(_OBJECT))


def _in_part(table: pa.Table, part: str) -> pa.Table:
    return table.append_column("part", pa.array([part] * table.num_rows, pa.string()))


def _keep(files: FileSet, part: Part) -> None:
    for name, kind in KEPT.items():
        files.write(kind, getattr(part, name))


def kept_stamps(store: FindingsStore, files: Mapping[str, str]) -> Keys:
    """Read the stamps of an assessment that was written whole."""
    stamps: Keys = store.table(files["kept_stamps"])["stamp"].to_numpy().astype(np.uint64)
    return stamps


def terms_of(risk: Risk) -> list[list[object]]:
    """Return the terms of a risk as JSON keeps them: [kind, value, basis]."""
    return [[term.kind.value, term.value, term.basis] for term in risk.terms]


def _digest(*parts: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "little")
