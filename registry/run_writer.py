"""Writes what one scan found as the files of its run."""

from __future__ import annotations

import pyarrow as pa

from registry.finding_columns import FINDINGS, OBJECTS, object_row
from registry.findings import FileSet, RunFile
from registry.kept_batch import KeptBatch
from registry.lookup import TABLES_HELD, LookupRows, together
from registry.model import RunId, SourceId, UnitId
from scanners.model import ObjectResult

ROWS_HELD = 50_000  # findings kept in memory before a row group is written
OBJECTS_HELD = 2_000


class RunWriter:
    """Writes the results of one run as they arrive; memory stays bounded by one row group."""

    def __init__(self, files: FileSet, run_id: RunId, unit_id: UnitId, source_id: SourceId | None) -> None:
        self._files = files
        self._constant: dict[str, object] = {"run_id": run_id, "unit_id": unit_id, "source_id": source_id}
        self._objects: list[dict[str, object]] = []
        self._kept: list[pa.Table] = []
        self._rows = 0  # of both
        self._findings: list[pa.Table] = []
        self._held = 0
        self._lookup = LookupRows(lambda table: files.write("lookup", table))

    def add(self, result: ObjectResult) -> None:
        """Take one object and its findings."""
        self._objects.append(object_row(result) | self._constant)
        if result.findings is not None:
            self.add_findings(result.findings)
        self._rows += 1
        if self._rows >= OBJECTS_HELD:
            self._write_objects()

    def add_kept(self, batch: KeptBatch) -> None:
        """Take the objects of a batch of which nothing changed, and their findings."""
        self._kept.append(batch.objects(self._constant))
        self._rows += self._kept[-1].num_rows
        self.add_findings(batch.findings())
        if self._rows >= OBJECTS_HELD:
            self._write_objects()

    def add_findings(self, found: pa.Table) -> None:
        """Take findings of objects that were taken."""
        if not found.num_rows:
            return
        self._findings.append(found.select(FINDINGS.names).cast(FINDINGS))
        self._lookup.add(self._findings[-1])
        if len(self._findings) >= TABLES_HELD:
            self._findings = [together(self._findings)]
        self._held += found.num_rows
        if self._held >= ROWS_HELD:
            self._write_findings()

    def commit(self) -> list[RunFile]:
        """Write what is left and make the run's files appear; the registry must list them afterwards."""
        self._write_findings()
        self._write_objects()
        self._lookup.close()
        return self._files.commit()

    def abort(self) -> None:
        """Leave nothing behind; harmless after `commit`."""
        self._files.abort()

    def _write_objects(self) -> None:
        read = pa.Table.from_pylist(self._objects, OBJECTS)
        self._files.write("objects", pa.concat_tables([read, *self._kept]).combine_chunks())
        self._objects.clear()
        self._kept.clear()
        self._rows = 0

    def _write_findings(self) -> None:
        table = pa.concat_tables(self._findings) if self._findings else FINDINGS.empty_table()
        self._files.write("findings", table)
        self._findings.clear()
        self._held = 0
