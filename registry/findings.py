"""What scans found: immutable, encrypted Parquet files, listed in the registry and never found by search.

Every file has its own random key (AES-256-GCM, Parquet modular encryption, footer included), wrapped by
the vault's key for findings and stored in the file itself; without the vault a file tells its size only.
A run is written to a hidden directory, synced, and renamed to its name as the last step, so that a
scan that was killed leaves nothing that is ever read. A file becomes visible by its row in `run_file`.

Not defended against: whoever holds the vault and the disk can replace one file by another one that this
vault made; `FindingsStore.verify` finds that through the digest kept in the registry.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
from pyarrow.fs import LocalFileSystem

from registry.errors import StoreError, VaultError
from registry.finding_columns import FINDINGS, OBJECTS
from registry.lookup import LOOKUP
from registry.model import RunId, SourceId, UnitId
from registry.vault import Vault
from registry.wrapping import KEY_NAME, Wrapping, key_in

if TYPE_CHECKING:
    import duckdb
    import pyarrow.dataset as pads

    from registry.run_writer import RunWriter

Kind = Literal[
    "objects",
    "findings",
    "assessment",
    "lookup",
    "kept_folders",  # what reconciliation keeps of runs, so that it need not read them again
    "kept_objects",
    "kept_values",
    "kept_lists",
    "kept_heads",
    "kept_stamps",
    "kept_counts",
]

_TEMPORARY = ".writing-"
_AS_THEY_ARE = frozenset({"kept_values", "kept_lists", "kept_heads", "kept_stamps", "kept_counts"})
"""Kinds that hold little but digests: there is nothing to be compressed."""
_DIGESTS = frozenset({"id_high", "id_low"})


@dataclass(frozen=True, slots=True)
class RunFile:
    """One file of a run as the registry lists it; `name` is relative to the store's directory."""

    name: str
    kind: Kind
    rows: int
    bytes: int
    sha256: str
    key_id: int = 1  # version of the key that wraps the file's own


class FindingsStore:
    """The directory of one workspace's runs and assessments."""

    def __init__(self, directory: Path, vault: Vault) -> None:
        self._vault = vault
        self._directory = directory
        self._crypto = pe.CryptoFactory(lambda _: Wrapping(vault))
        self._kms = pe.KmsConnectionConfig()
        self._opened = False

    @property
    def directory(self) -> Path:
        """Where the files lie."""
        return self._directory

    def writer(self, run_id: RunId, unit_id: UnitId, source_id: SourceId | None = None) -> RunWriter:
        """Open the files of one run; nothing is visible before `commit`."""
        from registry.run_writer import RunWriter

        return RunWriter(FileSet(self, run_id), run_id, unit_id, source_id)

    def file_set(self, name: str) -> FileSet:
        """Open a set of files that becomes visible as a whole; for assessments."""
        return FileSet(self, name)

    @property
    def key_id(self) -> int:
        """Return the version of the key that new files are wrapped with."""
        return self._vault.version("findings")

    def encryption(self, key_id: int) -> object:
        """Return fresh encryption properties: a new random key for one file, wrapped with this version."""
        config = pe.EncryptionConfiguration(
            footer_key=f"{KEY_NAME}{key_id}",
            uniform_encryption=True,
            encryption_algorithm="AES_GCM_V1",
            double_wrapping=False,
            data_key_length_bits=256,
        )
        return self._crypto.file_encryption_properties(self._kms, config)

    def dataset(self, files: Iterable[RunFile | str], kind: Kind) -> pads.Dataset:
        """Return the listed files of one kind as a dataset for DuckDB; empty when there are none.

        Raises `StoreError` when a listed file is missing, `VaultError` on read with another vault.
        """
        import pyarrow.dataset as pads

        names = sorted({file if isinstance(file, str) else file.name for file in files if _is(file, kind)})
        schema = {"objects": OBJECTS, "findings": FINDINGS, "lookup": LOOKUP}.get(kind)
        if not names and schema is not None:
            return pads.dataset(schema.empty_table())
        fragments = [self._fragment(name) for name in names]
        self._check_key(fragments[0])
        # A schema given here spares reading the footer of every file before the query starts.
        of = schema or fragments[0].physical_schema
        return pads.FileSystemDataset(fragments, of, fragments[0].format, LocalFileSystem())

    def _fragment(self, name: str) -> pads.ParquetFileFragment:
        import pyarrow.dataset as pads

        path = self._path(name)
        options = pads.ParquetFragmentScanOptions(decryption_properties=self._opening(path))
        file_format = pads.ParquetFileFormat(default_fragment_scan_options=options)
        return file_format.make_fragment(str(path), LocalFileSystem())

    def _opening(self, path: Path) -> object:
        try:
            return pe.create_decryption_properties(key_in(path, self._vault))
        except OSError as error:
            raise StoreError(f"the file of findings {path.name} cannot be read ({error.strerror})") from None

    def table(
        self, name: str, columns: Sequence[str] | None = None, *, as_dictionary: Sequence[str] = ()
    ) -> pa.Table:
        """Read one listed file in the order in which it was written, or some of its columns.

        Errors are those of `dataset`; columns of `as_dictionary` come with each of their values once.
        """
        path = self._path(name)
        opening = self._opening(path)
        try:
            with pq.ParquetFile(
                str(path), decryption_properties=opening, read_dictionary=list(as_dictionary)
            ) as file:
                return file.read(columns=None if columns is None else list(columns))
        except (OSError, pa.ArrowException):
            raise VaultError(
                "the findings do not open: they were written with another master key, or are damaged"
            ) from None

    def remove(self, names: Iterable[str]) -> None:
        """Delete files that are no longer listed, and directories that held nothing else."""
        for name in names:
            path = self._directory / name
            path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()

    def _check_key(self, fragment: pads.ParquetFileFragment) -> None:
        """Open one footer the first time: damage shows as our error, not deep inside a query."""
        if self._opened:
            return
        try:
            fragment.ensure_complete_metadata()
        except (OSError, pa.ArrowException):
            raise VaultError(
                "the findings do not open: they were written with another master key, or are damaged"
            ) from None
        self._opened = True

    def opened(self, file: RunFile) -> pq.ParquetFile:
        """Return one listed file, opened at its footer; raises as `dataset`."""
        path = self._path(file.name)
        opening = self._opening(path)
        try:
            return pq.ParquetFile(str(path), decryption_properties=opening)
        except (OSError, pa.ArrowException):
            raise VaultError(
                f"the file of findings {file.name} does not open with this key, or is damaged"
            ) from None

    def rewritten(self, file: RunFile) -> RunFile:
        """Write a listed file again under the current key and return it under its new name.

        The registry must list the new one afterwards; the old one stays until `remove_unlisted`.
        """
        folder, _, base = file.name.partition("/")
        name = f"{folder}/{base.split('.', 1)[0]}.k{self.key_id}.parquet"
        path = self._directory / name
        temporary = path.with_name(f"{_TEMPORARY}{path.name}")
        temporary.unlink(missing_ok=True)
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            source = self.opened(file)
            closing = self.encryption(self.key_id)
            with pq.ParquetWriter(
                str(temporary),
                source.schema_arrow,
                **_packing(file.kind, source.schema_arrow),
                encryption_properties=closing,
            ) as writer:
                for group in range(source.num_row_groups):
                    writer.write_table(source.read_row_group(group))
        except (OSError, pa.ArrowException, VaultError) as error:
            temporary.unlink(missing_ok=True)
            raise StoreError(
                f"the file of findings {file.name} cannot be written again ({type(error).__name__}); "
                "check the disk, or restore the file from a backup"
            ) from None
        _sync(temporary)
        temporary.rename(path)
        _sync(path.parent)
        return RunFile(name, file.kind, file.rows, path.stat().st_size, sha256_of(path), self.key_id)

    def remove_unlisted(self, listed: Collection[str]) -> int:
        """Delete files that were written again, in the folders of listed ones; return how many."""
        kept = set(listed)
        removed = 0
        for folder in sorted({name.split("/", 1)[0] for name in kept}):
            for path in sorted((self._directory / folder).glob("*.parquet")):
                if f"{folder}/{path.name}" not in kept:
                    path.unlink()
                    removed += 1
        return removed

    def verify(self, files: Iterable[RunFile]) -> list[str]:
        """Return the names of files that are missing or not the ones that were listed."""
        return [
            file.name
            for file in files
            if not (self._directory / file.name).is_file()
            or sha256_of(self._directory / file.name) != file.sha256
        ]

    def remove_abandoned(self, listed: Collection[str], before: datetime) -> int:
        """Delete what killed writers left: directories untouched since `before` (UTC) with no listed file."""
        if not self._directory.is_dir():
            return 0
        kept = {name.split("/", 1)[0] for name in listed}
        abandoned = [
            path
            for path in self._directory.iterdir()
            if path.is_dir() and path.name not in kept and _touched(path) < before
        ]
        for path in abandoned:
            shutil.rmtree(path)
        return len(abandoned)

    def _path(self, name: str) -> Path:
        path = self._directory / name
        if not path.resolve().is_relative_to(self._directory.resolve()) or not path.is_file():
            raise StoreError(
                f"the file of findings {name} is missing; restore it from a backup, or scan again"
            )
        return path


def _packing(kind: Kind, schema: pa.Schema) -> dict[str, Any]:
    """Return how the columns of a file are compressed."""
    plain = {
        name for name in schema.names if kind in _AS_THEY_ARE or (kind == "kept_objects" and name in _DIGESTS)
    }
    if not plain:
        return {"compression": "zstd"}
    return {
        "compression": {name: "none" if name in plain else "zstd" for name in schema.names},
        "use_dictionary": [name for name in schema.names if name not in plain],
    }


def _is(file: RunFile | str, kind: Kind) -> bool:
    return isinstance(file, str) or file.kind == kind


class FileSet:
    """Files that are written in a hidden directory and appear together, or not at all."""

    def __init__(self, store: FindingsStore, name: str) -> None:
        if not name or "/" in name or name.startswith("."):
            raise StoreError("the name of a run is made of letters, digits, - and _")
        self._store = store
        self._name = name
        self._final = store.directory / name
        self._temporary = store.directory / f"{_TEMPORARY}{name}-{secrets.token_hex(4)}"
        self._writers: dict[Kind, pq.ParquetWriter] = {}
        self._rows: dict[Kind, int] = {}
        self._key_id = store.key_id
        store.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._temporary.mkdir(mode=0o700)

    def write(self, kind: Kind, table: pa.Table) -> None:
        """Append one row group to the file of its kind; the first one decides the schema."""
        if kind not in self._writers:
            path = self._temporary / f"{kind}.parquet"
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            self._writers[kind] = pq.ParquetWriter(
                str(path),
                table.schema,
                **_packing(kind, table.schema),
                encryption_properties=self._store.encryption(self._key_id),
            )
            self._rows[kind] = 0
        self._writers[kind].write_table(table)
        self._rows[kind] += table.num_rows

    def commit(self) -> list[RunFile]:
        """Sync everything to the disk, give the directory its name, and return the manifest."""
        for writer in self._writers.values():
            writer.close()
        files = [self._listed(kind) for kind in self._writers]
        _sync(self._temporary)
        self._temporary.rename(self._final)
        _sync(self._store.directory)
        return files

    def abort(self) -> None:
        """Leave nothing behind; harmless after `commit`."""
        if self._temporary.is_dir():
            for writer in self._writers.values():
                writer.close()
            shutil.rmtree(self._temporary)

    def _listed(self, kind: Kind) -> RunFile:
        path = self._temporary / f"{kind}.parquet"
        _sync(path)
        return RunFile(
            name=f"{self._name}/{path.name}",
            kind=kind,
            rows=self._rows[kind],
            bytes=path.stat().st_size,
            sha256=sha256_of(path),
            key_id=self._key_id,
        )


@contextmanager
def analytics(memory: str = "1GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory DuckDB that reaches neither disk nor network: only what is registered on it.

    It never spills: a temporary file would hold the findings in the clear. What goes wrong in a query is
    a `StoreError` that names the kind only: DuckDB's own messages may quote values.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "threads": 2,
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,  # a table name never means a variable of ours
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        # After the temporary directory is gone: DuckDB refuses to change it once this is set.
        connection.execute("SET enable_external_access = false")
        yield connection
    except duckdb.Error as error:
        raise StoreError(
            f"the findings cannot be read ({type(error).__name__}); restore the files, or scan again"
        ) from None
    finally:
        connection.close()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _touched(directory: Path) -> datetime:
    """Return when something was last written in a directory, UTC: a long scan goes on writing."""
    newest = max(path.stat().st_mtime for path in (directory, *directory.iterdir()))
    return datetime.fromtimestamp(newest, UTC)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
