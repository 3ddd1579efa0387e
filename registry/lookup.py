"""The lookup of a run 索引: which object holds a fingerprint, and where, sorted so that it is found fast.

Findings lie in the order of objects, so that looking for one person would read all of them. The lookup has
the same fingerprints, of the categories that tell who somebody is, sorted within stretches of up to a million
rows; a row group holds a few thousand, and its footer says from which fingerprint to which. Looking for a
value then opens one small row group per stretch. It is a file of the run like the others: encrypted, listed,
wrapped again when keys are replaced, and part of every backup.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scanners.model import Category

SOUGHT = frozenset(
    {
        Category.PERSON,
        Category.DOB,
        Category.PHONE,
        Category.EMAIL,
        Category.ADDRESS,
        Category.MY_NUMBER,
        Category.DRIVER_LICENSE,
        Category.PASSPORT,
        Category.RESIDENCE_CARD,
        Category.HEALTH_INSURANCE,
        Category.PENSION_NUMBER,
        Category.EMPLOYMENT_INSURANCE,
        Category.RESIDENT_CODE,
        Category.BANK_ACCOUNT,
        Category.CREDIT_CARD,
        Category.PATIENT_ID,
        Category.STAFF_ID,
        Category.CUSTOMER_ID,
        Category.FOREIGN_ID,
    }
)
"""Categories by which a person can be looked for: what is wrong with somebody does not tell who it is."""

LOOKUP = pa.schema(
    [
        ("high", pa.int64()),  # the fingerprint's first eight bytes: whole numbers have statistics
        ("low", pa.int64()),
        ("category", pa.string()),
        ("object_id", pa.string()),
        ("location", pa.string()),
    ]
)
STRETCH_ROWS = 1 << 20  # sorted in memory at a time: about 100 MB
GROUP_ROWS = 1 << 13
TABLES_HELD = 1_000
"""Small tables that are held at most: each takes some kilobytes, however few its rows."""

Halves = npt.NDArray[np.int64]


class LookupRows:
    """Takes findings as they arrive and writes them sorted, a stretch at a time; memory stays bounded."""

    def __init__(self, write: Callable[[pa.Table], None]) -> None:
        self._write = write
        self._held: list[pa.Table] = []
        self._rows = 0

    def add(self, findings: pa.Table) -> None:
        """Take the findings of one object."""
        wanted = findings.select(["fingerprint", "category", "object_id", "location"]).filter(
            pc.is_in(findings["category"], _names())
        )
        if wanted.num_rows:
            self._held.append(wanted)
            self._rows += wanted.num_rows
        if len(self._held) >= TABLES_HELD:
            self._held = [together(self._held)]
        if self._rows >= STRETCH_ROWS:
            self._sort()

    def close(self) -> None:
        """Write what is left; one without rows is a file all the same, so that nobody builds it again."""
        if self._held:
            self._sort()
        else:
            self._write(LOOKUP.empty_table())

    def _sort(self) -> None:
        table = pa.concat_tables(self._held)
        high, low = halves(table["fingerprint"])
        order = np.lexsort((low, high))
        columns = [pa.array(high[order]), pa.array(low[order])]
        rest = table.select(["category", "object_id", "location"]).combine_chunks().take(pa.array(order))
        whole = pa.table([*columns, *rest.columns], schema=LOOKUP)
        for start in range(0, whole.num_rows, GROUP_ROWS):
            self._write(whole.slice(start, GROUP_ROWS))
        self._held.clear()
        self._rows = 0


def together(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables as one without pieces."""
    return pa.concat_tables(tables).combine_chunks()


@cache
def _names() -> pa.Array:
    # Not when the module is loaded: the first array of lists loads much that commands do not need.
    return pa.array(sorted(category.value for category in SOUGHT), pa.string())


def halves(fingerprints: pa.ChunkedArray) -> tuple[Halves, Halves]:
    """Return fingerprints of 16 bytes as two columns of whole numbers."""
    parts = [_pairs(chunk) for chunk in fingerprints.chunks if len(chunk)]
    pairs = np.concatenate(parts) if parts else np.empty((0, 2), dtype=np.int64)
    return np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])


def _pairs(chunk: pa.FixedSizeBinaryArray) -> Halves:
    data = np.frombuffer(chunk.buffers()[1], dtype=">i8")
    first = chunk.offset * 2
    return data[first : first + len(chunk) * 2].reshape(-1, 2).astype(np.int64)


def found(file: pq.ParquetFile, wanted: Collection[bytes]) -> Iterator[pa.Table]:
    """Yield fingerprint, object_id and location of the rows of a lookup whose fingerprint is wanted."""
    asked = pa.array(sorted(wanted), pa.binary(16))
    high, _ = halves(pa.chunked_array([asked]))
    firsts = np.sort(high)
    for group in _groups(file.metadata, firsts):
        # Most groups hold none of the values between their ends: one column tells.
        column = file.read_row_group(group, columns=["high"])["high"].to_numpy()
        rows = np.flatnonzero(np.isin(column, firsts))
        if not len(rows):
            continue
        hits = file.read_row_group(group).take(pa.array(rows))
        pairs = np.stack([hits["high"].to_numpy(), hits["low"].to_numpy()], axis=1).astype(">i8")
        whole = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(16), len(pairs), [None, pa.py_buffer(pairs.tobytes())]
        )
        table = hits.select(["object_id", "location"]).append_column("fingerprint", whole)
        yield table.filter(pc.is_in(whole, asked))


def read_through(file: pq.ParquetFile, wanted: Collection[bytes]) -> Iterator[pa.Table]:
    """Yield the same from a file of findings that has no lookup: slow, it reads all of them."""
    asked = pa.array(sorted(wanted), pa.binary(16))
    for group in range(file.num_row_groups):
        table = file.read_row_group(group, columns=["fingerprint", "object_id", "location"])
        yield table.filter(pc.is_in(table["fingerprint"], asked))


def in_company(hits: pa.Table, writings: Collection[Sequence[frozenset[bytes]]]) -> pa.Table:
    """Return the hits that count: every part of a writing in one record; a part alone is everybody's.

    `writings` are those whose every part must be there. A common surname stands in thousands of records
    whose given name is another: they are sorted out here, in columns.
    """
    if not hits.num_rows:
        return hits
    prints = hits["fingerprint"].combine_chunks()
    records = pc.binary_join_element_wise(hits["object_id"], _lines(hits["location"]), "|").combine_chunks()
    kept = np.zeros(hits.num_rows, dtype=bool)
    for parts in writings:
        masks = [pc.is_in(prints, pa.array(sorted(part), pa.binary(16))) for part in parts]
        together = np.ones(hits.num_rows, dtype=bool)
        for mask in masks:
            together &= pc.is_in(records, records.filter(mask)).to_numpy(zero_copy_only=False)
        for mask in masks:
            kept |= mask.to_numpy(zero_copy_only=False) & together
    return hits.filter(pa.array(kept))


def _lines(locations: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the records that places belong to, as `registry.asked.line_of` does one by one."""
    cells = pc.replace_substring_regex(locations, r"^(?:(.*)!)?[A-Z]+([0-9]+)$", r"\1#\2")
    return pc.replace_substring_regex(cells, r"^.*\[([0-9]+)\]$", r"#\1")


def _groups(metadata: pq.FileMetaData, firsts: Halves) -> Iterator[int]:
    """Yield the row groups that may hold one of the numbers, by what their footer says."""
    for group in range(metadata.num_row_groups):
        held = metadata.row_group(group)
        if not held.num_rows:
            continue
        statistics = held.column(0).statistics
        if statistics is None or not statistics.has_min_max:
            yield group
            continue
        at = np.searchsorted(firsts, statistics.min)
        if at < len(firsts) and firsts[at] <= statistics.max:
            yield group
