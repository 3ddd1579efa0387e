"""Columnar files: Parquet, Arrow IPC (Feather) and ORC, in blocks of rows whatever their size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.cell_values import Binaries, shown
from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason, TableSegment, TextSegment

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BLOCK_ROWS = 2_000
_BLOCK_BYTES = 32 << 20
_LARGEST_BATCH = 512 << 20  # of formats whose batches come only whole
_DEPTH = 8  # of nested columns that are flattened; what lies deeper is one text
_OWN_METADATA = frozenset({b"ARROW:schema", b"pandas", b"org.apache.spark.version"})


@contextmanager
def _translated() -> Iterator[None]:
    """Turn errors of Arrow into gaps: encrypted files say so in words only."""
    import pyarrow as pa

    try:
        yield
    except ExtractionError:
        raise
    except (pa.ArrowException, *MALFORMED) as error:
        if isinstance(error, MemoryError):
            raise
        words = str(error).lower()
        locked = "encrypt" in words or "decrypt" in words or "crypto" in words
        raise ExtractionError(
            Gap(Reason.ENCRYPTED) if locked else Gap(Reason.DAMAGED, type(error).__name__)
        ) from None


class _Blocks:
    """Turns batches of one table into blocks of rows."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._row = 1
        self._binaries = Binaries()

    def of(self, batch: pa.RecordBatch) -> Iterator[Extracted]:
        """Yield a batch as blocks, and documents inside it as members."""
        self._budget.spend(batch.nbytes)
        if batch.nbytes > _LARGEST_BATCH:
            self._row += batch.num_rows
            yield Gap(Reason.OVERSIZED, f"{batch.num_rows} rows in one batch of {batch.nbytes} bytes")
            return
        rows = max(1, min(BLOCK_ROWS, _BLOCK_BYTES * batch.num_rows // max(1, batch.nbytes)))
        for start in range(0, batch.num_rows, rows):
            yield from self._block(batch.slice(start, rows))

    def _block(self, batch: pa.RecordBatch) -> Iterator[Extracted]:
        names, columns = [], []
        for name, column in _flat(batch):
            texts = []
            for number, value in enumerate(_values(column)):
                text = shown(value)
                if text is None and isinstance(value, bytes):
                    self._binaries.take(f"{name}[{self._row + number}]", value, self._budget)
                texts.append(text or "")
            names.append(name)
            columns.append(texts)
        if not columns:
            return
        yield TableSegment("", tuple(names), self._row, tuple(zip(*columns, strict=True)))
        self._row += batch.num_rows
        yield from self._binaries.members()

    def end(self, schema: pa.Schema) -> Iterator[Extracted]:
        """Yield what stands beside the rows: the schema's own texts, and what was left out."""
        if self._row == 1:
            yield TableSegment("", tuple(schema.names), 1, ())
        for key, value in (schema.metadata or {}).items():
            text = shown(value)
            if key not in _OWN_METADATA and text:
                yield TextSegment(f"{shown(key) or ''}: {text}", "schema metadata")
        yield from self._binaries.gap()


def _flat(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    """Yield the columns of a batch; a column of structures is one column for each of its fields: a.b."""
    import pyarrow as pa

    pending = [(name, batch.column(index), 0) for index, name in enumerate(batch.schema.names)]
    while pending:
        name, column, depth = pending.pop(0)
        if pa.types.is_struct(column.type) and depth < _DEPTH and column.type.num_fields:
            fields = column.flatten()
            names = [column.type.field(index).name for index in range(column.type.num_fields)]
            pending[:0] = [
                (f"{name}.{inner}", part, depth + 1) for inner, part in zip(names, fields, strict=True)
            ]
        else:
            yield name, column


def _values(column: pa.Array) -> list[object]:
    """Return a column's values; times as they are written, for Python has not all of them."""
    import pyarrow as pa
    from pyarrow import compute

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
        kind = column.type
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        try:
            column = compute.cast(column, pa.string())
        except (pa.ArrowException, ValueError, NotImplementedError):
            return [str(value) for value in column]
    values: list[object] = column.to_pylist()
    return values


class Parquet:
    """A Parquet file, read in row batches of every row group."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield blocks of rows; raises `ExtractionError` when the file is encrypted or its footer damaged."""
        from pyarrow import parquet

        if stream.read(4) == b"PARE":
            raise ExtractionError(Gap(Reason.ENCRYPTED, "footer"))
        stream.seek(0)
        with _translated():
            file = parquet.ParquetFile(stream, pre_buffer=False, buffer_size=1 << 20)
            groups = file.metadata.num_row_groups
            schema = file.schema_arrow
        blocks, locked = _Blocks(budget), set[str]()
        for number in range(groups):
            for attempt in (1, 2):
                columns = [name for name in schema.names if name not in locked]
                try:
                    yield from _group(file, number, columns, blocks)
                except ExtractionError as error:
                    if error.gap.reason is Reason.ENCRYPTED and attempt == 1 and not locked:
                        locked = _locked(file)
                        if locked and len(locked) < len(schema.names):
                            continue
                        raise
                    if error.gap.reason not in (Reason.DAMAGED, Reason.ENCRYPTED):
                        raise
                    yield Gap(error.gap.reason, f"row group {number + 1} of {groups}: {error.gap.detail}")
                break
        if locked:
            total = len(schema.names)
            told, seen = f"{len(locked)} of {total} columns", total - len(locked)
            yield Gap(Reason.ENCRYPTED, told, seen=seen, total=total, unit="columns")
        with _translated():
            yield from blocks.end(schema)


def _group(file: pq.ParquetFile, number: int, columns: list[str], blocks: _Blocks) -> Iterator[Extracted]:
    with _translated():
        group = file.metadata.row_group(number)
        width = max(1, group.total_byte_size // max(1, group.num_rows))
        rows = max(1, min(BLOCK_ROWS, _BLOCK_BYTES // width))
        for batch in file.iter_batches(rows, [number], columns, use_threads=False):
            yield from blocks.of(batch)


def _locked(file: pq.ParquetFile) -> set[str]:
    """Return the columns whose key we do not have, where the file's footer is open.

    They are tried one by one: asking the metadata of a locked column ends the process.
    """
    found = set()
    for name in file.schema_arrow.names:
        try:
            with _translated():
                next(file.iter_batches(1, [0], [name], use_threads=False), None)
        except ExtractionError as error:
            if error.gap.reason is not Reason.ENCRYPTED:
                continue  # damage is told where the rows are read
            found.add(name)
    return found


class ArrowIpc:
    """Arrow IPC in its two forms: the file (Feather 2) and the stream."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield blocks of rows of every record batch."""
        from pyarrow import ipc

        is_file = stream.read(6) == b"ARROW1"
        stream.seek(0)
        blocks = _Blocks(budget)
        with _translated():
            reader = ipc.open_file(stream) if is_file else ipc.open_stream(stream)
            for batch in _batches(reader):
                batch.validate(full=True)  # offsets that lead nowhere would end the process
                yield from blocks.of(batch)
        with _translated():
            yield from blocks.end(reader.schema)


def _batches(reader: pa.ipc.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Yield the batches of either form; a file has them by number."""
    if hasattr(reader, "get_batch"):
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
    else:
        yield from reader


class Orc:
    """An ORC file, read stripe by stripe."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield blocks of rows of every stripe; a damaged one is a gap."""
        from pyarrow import orc

        with _translated():
            file = orc.ORCFile(stream)
            stripes = file.nstripes
            schema = file.schema
        blocks = _Blocks(budget)
        for number in range(stripes):
            try:
                with _translated():
                    yield from blocks.of(file.read_stripe(number))
            except ExtractionError as error:
                if error.gap.reason is not Reason.DAMAGED:
                    raise
                yield Gap(Reason.DAMAGED, f"stripe {number + 1} of {stripes}: {error.gap.detail}")
        with _translated():
            yield from blocks.end(schema)
