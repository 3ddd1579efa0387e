"""A large group as scans and editors would leave it, written through the product's own store.

Every source has forty registered folders and a few that nobody registered. Most objects are letters that
tell of a few persons; a tenth are lists. Each legal entity has persons of its own; here and there lies a
list of another entity. All values are synthetic: a fingerprint is a mixed number of category and person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from registry import ledger, organisation, runs, sources
from registry.access import bootstrap_principal
from registry.findings import FINDINGS, OBJECTS, FindingsStore, RunFile
from registry.model import Place, RunId, SourceRow, Unit, UnitKind
from registry.store import Registry
from registry.vault import Vault
from scanners.model import Category, Exposure, RunTotals

KEY = bytes(range(32))  # no secret
OWNER = bootstrap_principal()
NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
FOLDERS = 42  # in a source; the last two are not registered
REGISTERED = 40
PERSONS = 30_000  # of one legal entity
LIST_SHARE = 0.1

C = Category
CONTENTS: tuple[tuple[Category, ...], ...] = (
    (C.PERSON, C.PHONE, C.ADDRESS),
    (C.PERSON, C.EMAIL),
    (C.PERSON, C.DOB, C.ADDRESS, C.PHONE),
    (C.PERSON, C.PATIENT_ID, C.MEDICAL),
    (C.PERSON, C.MY_NUMBER, C.ADDRESS),
    (C.PERSON, C.ADDRESS, C.POSTAL_CODE),
)
"""What the lists of one kind of folder hold; a folder's kind is its number modulo their count."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the group is."""

    entities: int = 50
    departments: int = 5  # of each entity
    sources: int = 10  # of each entity
    objects: int = 2000  # of each source
    findings: int = 10  # of each object, on average

    @property
    def total(self) -> int:
        """Return the number of findings in all, about."""
        return self.entities * self.sources * self.objects * self.findings


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.now


def opened(folder: Path) -> tuple[Registry, FindingsStore, Clock]:
    """Open the registry and the findings of a folder."""
    vault, clock = Vault(KEY), Clock()
    registry = Registry.open(f"sqlite:///{folder / 'registry.db'}", vault, clock=clock)
    registry.migrate()
    return registry, FindingsStore(folder / "findings", vault), clock


def make(folder: Path, size: Size) -> None:
    """Fill an empty folder with a group, its ledger and one run of every source."""
    folder.mkdir(parents=True)
    registry, store, _ = opened(folder)
    with registry.write(OWNER, reason="benchmark") as tx:
        shares = _organise(tx, size)
        for share in shares:
            _register(tx, share)
    for number, share in enumerate(shares):
        scan(registry, store, share, number, size, NOW - timedelta(days=1))
    registry.close()


def _organise(tx: object, size: Size) -> list[SourceRow]:
    def unit(code: str, kind: UnitKind, parent: Unit | None) -> Unit:
        return organisation.create_unit(
            tx,
            code=code,
            kind=kind,
            name_ja=f"単位{code}",
            name_en=code,
            parent_id=parent.id if parent else None,
        )

    group, shares = unit("G", UnitKind.GROUP, None), []
    for number in range(size.entities):
        entity = unit(f"E{number}", UnitKind.HOSPITAL if number % 5 == 0 else UnitKind.COMPANY, group)
        departments = [
            unit(f"E{number}-{each}", UnitKind.DEPARTMENT, entity) for each in range(size.departments)
        ]
        for each in range(size.sources):
            home = departments[each % size.departments]
            name = f"共有{number}-{each}"
            shares.append(
                sources.add_source(tx, unit_id=home.id, name=name, owner="", url=f"/srv/{number}/{name}")
            )
    return shares


def _register(tx: object, share: SourceRow) -> None:
    for folder in range(REGISTERED):
        ledger.create_entry(
            tx,
            ledger.EntryDraft(
                unit_id=share.unit_id,
                name=f"名簿 {share.name} {folder}",
                items=frozenset(CONTENTS[folder % len(CONTENTS)]),
                purpose="管理",
                places=(Place(share.id, folder_name(folder), ""),),
                storage_method="共有フォルダ",
                access_holders="担当者",
                end_of_use="在籍中",
                retention_months=None if folder % 4 else 60,
                retention_until=date(2020, 3, 31)
                if folder == 7 and share.id % 10 == 0
                else date(2040, 3, 31),
                approximate_count=20 if folder == 3 and share.id % 20 == 0 else 3000,
                exposure=Exposure.GROUP,
                owner="部長",
            ),
        )


def folder_name(number: int) -> str:
    """Return the name of a source's folder."""
    return f"部門{number % 7}/業務{number:02}"


def scan(
    registry: Registry,
    store: FindingsStore,
    share: SourceRow,
    number: int,
    size: Size,
    at: datetime,
    seed: int = 0,
) -> None:
    """Write one run of a source; another seed gives what some days later lies there."""
    rng = np.random.default_rng([number, seed])
    run_id = RunId(f"{at:%Y%m%dT%H%M%S}-{number:08x}")
    files = store.file_set(run_id)
    objects, findings = _contents(rng, share, number, size, run_id)
    files.write("objects", objects)
    files.write("findings", findings)
    _record(registry, share, run_id, files.commit(), objects.num_rows, at)


def _record(
    registry: Registry, share: SourceRow, run_id: RunId, files: list[RunFile], count: int, at: datetime
) -> None:
    totals = replace(RunTotals(), listed=count, complete=count, bytes=count * 1000)
    with registry.write(OWNER, reason="benchmark") as tx:
        runs.record_run(
            tx,
            run_id=run_id,
            unit_id=share.unit_id,
            source_id=share.id,
            started_at=at,
            finished_at=at,
            totals=totals,
            rules_version="benchmark/1",
            files=files,
        )


def _contents(
    rng: np.random.Generator, share: SourceRow, number: int, size: Size, run_id: RunId
) -> tuple[pa.Table, pa.Table]:
    count, entity = size.objects, number // size.sources
    folder = np.arange(count) % FOLDERS
    names = [f"{folder_name(each)}/{2020 + i % 5}年度/資料{i:05}.xlsx" for i, each in enumerate(folder)]
    ids = [f"{number:08x}{i:08x}{(number * 2654435761 + i * 40503) % 2**64:016x}" for i in range(count)]
    is_list = rng.random(count) < LIST_SHARE
    wide = np.array([len(CONTENTS[each % len(CONTENTS)]) for each in folder])
    rest = (size.findings - LIST_SHARE * 55) / (1 - LIST_SHARE) / wide.mean()
    persons = np.where(
        is_list, np.maximum(1, (55 / wide).astype(int)), 1 + rng.poisson(max(0, rest - 1), count)
    )
    whose = np.full(count, entity)
    if number % 25 == 7:  # a list of another entity lies in a folder that nobody registered
        whose[(folder >= REGISTERED) & is_list] = (entity + 1) % size.entities
    first = rng.integers(0, PERSONS - 100, count)
    parts = list(_findings(folder, persons, whose, first))
    order = np.concatenate([part[0] for part in parts])
    sort = np.argsort(order, kind="stable")
    rows = [np.concatenate([part[index] for part in parts])[sort] for index in range(4)]
    return (
        _objects(rng, share, run_id, names, ids, folder, persons),
        _finding_table(ids, *rows),
    )


def _findings(
    folder: np.ndarray, persons: np.ndarray, whose: np.ndarray, first: np.ndarray
) -> Iterator[tuple[np.ndarray, ...]]:
    for kind, categories in enumerate(CONTENTS):
        chosen = np.flatnonzero(folder % len(CONTENTS) == kind)
        each = np.repeat(chosen, persons[chosen])
        line = np.arange(len(each)) - np.repeat(np.cumsum(persons[chosen]) - persons[chosen], persons[chosen])
        person = whose[each] * PERSONS + first[each] + line
        for column, category in enumerate(categories):
            yield each, np.full(len(each), list(C).index(category)), person, line * 8 + column


def _mixed(values: np.ndarray, salt: int) -> np.ndarray:
    mixed = values.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


_CELLS = pa.array([f"名簿!{chr(65 + column)}{line + 2}" for line in range(100) for column in range(8)])
_MASKS = pa.array([f"山●{number}●" for number in range(1000)])
_NAMES = pa.array([category.value for category in C])
_RULES = pa.array([f"{category.value.lower()}.rule/1" for category in C])


def _finding_table(
    ids: list[str], at: np.ndarray, category: np.ndarray, person: np.ndarray, cell: np.ndarray
) -> pa.Table:
    code = person * 64 + category
    both = np.empty((len(at), 2), np.uint64)
    both[:, 0], both[:, 1] = _mixed(code, 1), _mixed(code, 2)
    fingerprints = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(at), [None, pa.py_buffer(both)])
    start = np.arange(len(at)) % 5000
    columns = {
        "object_id": pa.array(ids).take(pa.array(at)),
        "location": _CELLS.take(pa.array(cell)),
        "start": start,
        "end": start + 8,
        "category": _NAMES.take(pa.array(category)),
        "score": pa.array((50 + person % 50) / 100, pa.float32()),
        "masked": _MASKS.take(pa.array(person % 1000)),
        "fingerprint": fingerprints,
        "rule": _RULES.take(pa.array(category)),
        "why": pa.array(["label=氏名;pattern"]).take(pa.array(np.zeros(len(at), int))),
    }
    return pa.table(columns, FINDINGS)


def _objects(
    rng: np.random.Generator,
    share: SourceRow,
    run_id: RunId,
    names: list[str],
    ids: list[str],
    folder: np.ndarray,
    persons: np.ndarray,
) -> pa.Table:
    count = len(names)
    uris = [f"file://{quote(f'{share.url}/{name}')}" for name in names]
    tallies = [
        [
            {"category": category.value, "count": int(many), "distinct": int(many)}
            for category in CONTENTS[each % len(CONTENTS)]
        ]
        for each, many in zip(folder, persons, strict=True)
    ]
    changed = 1_767_225_600 - rng.integers(0, 86400 * 365 * 4, count)
    exposure = np.where(rng.random(count) < 0.002, "everyone", "group")
    columns = {
        "object_id": ids,
        "run_id": [run_id] * count,
        "unit_id": np.full(count, share.unit_id),
        "source_id": np.full(count, share.id),
        "uri": uris,
        "shown": [f"file://{share.url}/{name}" for name in names],
        "kind": ["xlsx"] * count,
        "outcome": ["complete"] * count,
        "reason": pa.nulls(count, pa.string()),
        "detail": [""] * count,
        "bytes": np.full(count, 1000),
        "mtime_ns": changed * 1_000_000_000,
        "owner": ["sato"] * count,
        "exposure": exposure,
        "categories": tallies,
        "persons_low": persons,
        "persons_high": persons * 2,
        "columns": [[]] * count,
    }
    return pa.table(
        {name: pa.array(columns[name], OBJECTS.field(name).type) for name in OBJECTS.names}, OBJECTS
    )
