"""Compares the ledger with the latest runs and keeps the answer: after each scan and ledger change.

The answer is a row per object of the latest runs (what the inventory shows, see `registry.snapshot`), the
discrepancies, and a score per unit. It is made for the whole group, because whose data lie in the wrong
place cannot be told from one unit alone; what a person sees of it is limited when it is read. Earlier
assessments stay: history is never rewritten. When nothing differs from the current one, nothing is
written.

Comparing takes its time and holds no lock: what was read is looked at again before the answer is written,
and when it changed meanwhile, it is compared again. What was read of a run is kept for the next time.
"""

from __future__ import annotations

import gc
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
from sqlalchemy import delete, event, insert, select

from registry import case_following, disposal_following, remediation_following
from registry import estate as reality
from registry.access import require_somewhere
from registry.assessment_rows import discrepancy_rows, keep_scores
from registry.columns import Flags, Keys
from registry.counts import Kept, digest_of, kept_of, table_of
from registry.covers import covers_of
from registry.errors import StoreError, VaultError
from registry.evidence import Counted, evidence
from registry.facts import Evidence
from registry.findings import FindingsStore, RunFile
from registry.journal import Action
from registry.living import Living
from registry.model import Discrepancy, Principal, UnitId
from registry.pieces import Piece, Pieces, Read, Stored
from registry.reading import read_runs
from registry.reconcile import Comparison, compare
from registry.risk_reopening import reopen_changed
from registry.scores import Score, unit_scores, wholes_of
from registry.snapshot import ABSENT, DELTA_SHARE, Change, Snapshot, kept_stamps
from registry.store import Registry, Tx
from registry.store.tables import AssessmentRecord, DiscrepancyRecord, RunFileRecord
from registry.values import mixed

_ATTEMPTS = 3
_KEPT_TIMES = 8
"""After so many runs of comparing, what was read is kept in one piece again."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """One comparison of ledger and reality, and how much of the estate it could judge."""

    id: str
    at: datetime
    discrepancies: int
    objects: int  # objects in which something personal was found
    examined: int  # objects read completely
    in_scope: int  # objects listed and not left out on purpose
    entries_judged: int
    entries: int
    changed: bool  # False: the current assessment says the same, nothing was written


def assess(tx: Tx, store: FindingsStore, *, as_of: date) -> Assessment:
    """Compare the ledger with the latest runs as of a day, and keep the answer, all in one transaction.

    Nobody else writes meanwhile: `reassess` is what people wait for. Raises AccessDenied for who may
    neither run scans nor edit or approve the ledger anywhere.
    """
    return _keep(tx, store, _compare(_gather(tx, store, as_of), store, as_of))


def reassess(
    registry: Registry,
    principal: Principal,
    store: FindingsStore,
    *,
    as_of: date | None = None,
    reason: str = "reconciliation",
) -> Assessment:
    """Compare as `assess` does, without keeping anybody from writing while it compares.

    When ledger, tree, sources, bases or runs changed meanwhile, it compares again, the last time alone.
    """
    for _ in range(_ATTEMPTS):
        with registry.read(principal) as tx:
            day = as_of or tx.now.date()
            given = _gather(tx, store, day)
        compared = _compare(given, store, day)
        with registry.write(principal, reason=reason) as tx:
            if reality.basis(tx) == given.estate.basis and _current_id(tx) == given.current:
                return _keep(tx, store, compared)
        store.remove(file.name for file in compared.files)
    with registry.write(principal, reason=reason) as tx:
        return assess(tx, store, as_of=as_of or tx.now.date())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let no garbage be looked for meanwhile: what is gathered is kept, and looked through in vain."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """What a comparison starts from."""

    estate: reality.Estate
    now: datetime
    current: str | None  # id of the assessment that is the current one
    files: Mapping[str, Mapping[str, str]]  # of what is kept: directory -> kind -> name
    known: _Known


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What earlier comparisons keep for the next one."""

    directories: Sequence[str] = ()  # of the pieces, the whole one first
    pieces: Sequence[Piece] = ()
    stamps: Keys | None = None  # of the last whole assessment
    kept: Kept | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """A comparison, and the files that will be listed when it is kept."""

    given: _Given
    living: Living
    comparison: Comparison
    scores: Mapping[UnitId, Score]
    id: str
    files: Sequence[RunFile]
    kept: Sequence[str]
    whole: bool

    @property
    def changed(self) -> bool:
        """True when it says something new."""
        return self.id != self.given.current


@_uncollected()
def _gather(tx: Tx, store: FindingsStore, as_of: date) -> _Given:
    require_somewhere(tx, *reality.MAY_COMPARE)
    current = _current(tx)
    files: dict[str, dict[str, str]] = {}
    rows = select(RunFileRecord.name, RunFileRecord.kind).where(RunFileRecord.kind.startswith("kept_"))
    for name, kind in tx.session.execute(rows):
        files.setdefault(name.partition("/")[0], {})[kind] = name
    directories = [] if current is None else json.loads(current.kept)
    with ThreadPoolExecutor(1) as pool:  # files are read while the ledger is
        reading = pool.submit(_pieces, store, directories, files)
        kept = None if current is None else _kept(store, current.id, directories, files)
        estate = reality.gather(tx, as_of, None if kept is None else kept.entries)
        known = reading.result()
        if known.pieces:  # without them, nothing is numbered as it was
            known = replace(known, kept=kept)
    return _Given(estate, tx.now, None if current is None else current.id, files, known)


def _pieces(
    store: FindingsStore, directories: Sequence[str], files: Mapping[str, Mapping[str, str]]
) -> _Known:
    """Return what is kept of runs, and the stamps of the last whole assessment; nothing if it is missing."""
    if not directories:
        return _Known()
    try:
        pieces = [Stored(store, files[directory]) for directory in directories]
        Pieces(pieces)
        return _Known(directories, pieces, kept_stamps(store, files[directories[0]]))
    except (KeyError, StoreError, VaultError):
        return _Known()


def _kept(
    store: FindingsStore, current: str, directories: Sequence[str], files: Mapping[str, Mapping[str, str]]
) -> Kept | None:
    """Return what the current assessment counted; None if it is missing or not of this program."""
    try:
        kept = kept_of(store.table(files[current]["kept_counts"]))
    except (KeyError, ValueError, StoreError, VaultError):
        return None
    return kept if kept.pieces == directories else None


def _compare(given: _Given, store: FindingsStore, as_of: date) -> _Compared:
    try:
        return _compare_with(given.known, given, store, as_of)
    except (
        StoreError,
        VaultError,
    ):  # a kept file is damaged, which shows when it is asked for: all runs are read again
        if not given.known.pieces:
            raise
        return _compare_with(_Known(), given, store, as_of)


@_uncollected()
def _compare_with(known: _Known, given: _Given, store: FindingsStore, as_of: date) -> _Compared:
    estate = given.estate
    held = {run for piece in known.pieces for run in piece.table("folders")["run_id"].unique().to_pylist()}
    unread = [estate.files[run.id] for run in estate.runs if run.id not in held]
    with ThreadPoolExecutor(1) as pool:  # what will be asked for is read from files while runs are
        loading = pool.submit(_load, known.pieces, ("values", "heads") if unread else ())
        new = read_runs(store, unread)
        names = {} if known.kept is None else known.kept.names
        pieces = Pieces([*known.pieces, *([Read(new)] if new.folders.num_rows else [])], names)
        living = Living.of(estate, pieces)
        loading.result()
    runs = {run.id: (run.unit_id, run.source_id) for run in estate.runs}
    tree = digest_of(estate.tree)
    kept = known.kept
    if kept is not None and (kept.tree != tree or _differ(kept.runs, runs)):
        kept = None  # what was counted is of another organisation
    before = None if kept is None else kept.counted
    units = runs if kept is None else {**kept.runs, **runs}
    covers = covers_of(
        estate.entries,
        living.objects,
        read=living.personal,
        before=None if before is None else before.placed,
        touched=None if before is None else _touched(estate, living, before),
    )
    wholes = wholes_of(estate.tree, [units[run][0] if run in units else None for run in living.runs])
    told, persons, counted = evidence(living, covers, wholes, before)
    found = compare(
        covers,
        living.objects,
        _without_joined(told, living, estate),
        as_of=as_of,
        coverage=reality.coverage(estate),
        processors=estate.processors,
    )
    scores = unit_scores(estate, living, found, wholes, persons)
    snapshot = Snapshot(living, found, estate.files)
    now = snapshot.stamps()
    digest = _digest(estate, living, now, found, scores)
    if given.current is not None and given.current.endswith(digest):
        return _Compared(given, living, found, scores, given.current, (), known.directories, whole=False)
    assessment_id = f"{given.now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}-{digest}"
    change = None if known.stamps is None else Change.between(known.stamps, now)
    whole = bool(
        change is None
        or len(change) > DELTA_SHARE * len(now)
        or np.count_nonzero(now == ABSENT) > DELTA_SHARE * len(now)
        or len(known.directories) >= _KEPT_TIMES
    )
    files = store.file_set(assessment_id)
    try:
        if whole or change is None:
            part, rows, folders = pieces.without([run not in runs for run in living.runs])
            directories = [assessment_id]
            row = np.full(pieces.rows, -1, np.int64)
            row[rows] = np.arange(len(rows))
            named = {int(row[read]): name for read, name in pieces.named.items()}
            counted = counted.renumbered(rows, folders)
            remembered = Kept(tree, directories, runs, estate.entries, counted, named)
            snapshot.write_whole(store, files, now[rows], part, table_of(remembered))
        else:
            directories = [*known.directories, *([assessment_id] if new.folders.num_rows else [])]
            remembered = Kept(tree, directories, runs, estate.entries, counted, pieces.named)
            snapshot.write_delta(store, files, change, new, table_of(remembered))
        listed = files.commit()
    except BaseException:
        files.abort()
        raise
    return _Compared(given, living, found, scores, assessment_id, listed, directories, whole=whole)


def _load(pieces: Sequence[Piece], tables: Sequence[str]) -> None:
    for piece in pieces:
        for name in tables:
            piece.table(name)


def _differ(before: Mapping[str, tuple[int, int | None]], now: Mapping[str, tuple[int, int | None]]) -> bool:
    """Return whether a run is of another unit or source than before."""
    return any(run in now and now[run] != where for run, where in before.items())


def _touched(estate: reality.Estate, living: Living, before: Counted) -> Flags:
    """Return the folders whose sources hold new objects, or other places of entries than before."""
    folders = living.objects.folders
    new = living.held.copy()
    new[: len(before.living)] &= ~before.living
    sources = {*np.unique(folders.source_id[living.folder[new]]).tolist(), *estate.entries.moved}
    touched = np.isin(folders.source_id, np.array(sorted(sources), np.int64))
    touched[len(before.placed.folder) :] = True
    return touched


def _without_joined(told: Evidence, living: Living, estate: reality.Estate) -> Evidence:
    """Leave out copies between entities that an approved basis for disclosure joins."""
    objects = living.objects

    def entity(row: int) -> UnitId:
        return UnitId(int(objects.folders.entity_id[objects.folder[row]]))

    copies = (copy for copy in told.copies if {entity(copy.one), entity(copy.other)} not in estate.joined)
    return replace(told, copies=tuple(copies))


def _digest(
    estate: reality.Estate,
    living: Living,
    stamps: np.ndarray,
    found: Comparison,
    scores: Mapping[UnitId, Score],
) -> str:
    """Return a digest of everything that would be written: equal answers are not kept twice."""
    hashed = hashlib.sha256()
    objects = int(mixed(living.objects.order ^ mixed(stamps[living.personal])).sum(dtype=np.uint64))
    for part in (
        [run.id for run in estate.runs],
        [len(living.objects), objects],
        [_described(difference.shown) for difference in found.differences],
        [(unit, score.score, score.terms_json, score.persons_low) for unit, score in sorted(scores.items())],
    ):
        hashed.update(json.dumps(part, ensure_ascii=True, sort_keys=True).encode("ascii"))
    return hashed.hexdigest()[:32]


def _described(shown: Discrepancy) -> list[object]:
    return [
        *(shown.kind.value, shown.unit_id, shown.entry_id, shown.subject, shown.registered, shown.found),
        *(shown.days_over, shown.other_unit_id, shown.objects, shown.score),
        sorted(category.value for category in shown.categories),
    ]


def _current(tx: Tx) -> AssessmentRecord | None:
    return tx.session.scalar(select(AssessmentRecord).where(AssessmentRecord.current))


def _current_id(tx: Tx) -> str | None:
    return tx.session.scalar(select(AssessmentRecord.id).where(AssessmentRecord.current))


@_uncollected()
def _keep(tx: Tx, store: FindingsStore, compared: _Compared) -> Assessment:
    require_somewhere(tx, *reality.MAY_COMPARE)
    if compared.changed:
        _write(tx, store, compared)
        keep_scores(tx, compared.scores)
    found = compared.comparison
    reopen_changed(tx, found)
    return Assessment(
        id=compared.id,
        at=tx.now,
        discrepancies=len(found.differences),
        objects=len(found.judged.objects),
        examined=found.judgeable.examined,
        in_scope=found.judgeable.in_scope,
        entries_judged=found.judgeable.entries_judged,
        entries=found.judgeable.entries,
        changed=compared.changed,
    )


def _write(tx: Tx, store: FindingsStore, compared: _Compared) -> None:
    root = compared.given.estate.tree.root
    earlier = _current(tx)
    if earlier is not None:
        earlier.current = False
    for file in compared.files:
        tx.session.add(
            RunFileRecord(
                name=file.name,
                run_id=None,
                unit_id=root,
                kind=file.kind,
                rows=file.rows,
                bytes=file.bytes,
                sha256=file.sha256,
                key_id=file.key_id,
            )
        )
    tx.session.flush()
    (file,) = [each for each in compared.files if each.kind == "assessment"]
    tx.session.add(
        AssessmentRecord(
            id=compared.id,
            at=tx.now,
            unit_id=root,
            run_file=file.name if compared.whole or earlier is None else earlier.run_file,
            delta_file=None if compared.whole else file.name,
            kept=json.dumps(compared.kept),
            current=True,
        )
    )
    tx.session.flush()
    _forget(tx, store, compared)
    rows = discrepancy_rows(tx, compared.id, compared.comparison)
    if rows:
        tx.session.execute(insert(DiscrepancyRecord), rows)
    after = {
        "file": file.name,
        "sha256": file.sha256,
        "objects": len(compared.comparison.judged.objects),
        "discrepancies": len(rows),
    }
    tx.record(Action.REALITY_ASSESSED, "assessment", compared.id, root, None, after)
    estate, found = compared.given.estate, compared.comparison
    since = None if earlier is None else earlier.at
    case_following.follow(tx, compared.id, estate, found, since=since)
    disposal_following.follow(tx, compared.id, estate, found)
    remediation_following.follow(tx, store, estate)


def _forget(tx: Tx, store: FindingsStore, compared: _Compared) -> None:
    """Delete what earlier assessments kept and this one keeps itself."""
    kept = [
        name
        for files in compared.given.files.values()
        for kind, name in files.items()
        if compared.whole or kind == "kept_counts"
    ]
    for start in range(0, len(kept), 500):
        tx.session.execute(delete(RunFileRecord).where(RunFileRecord.name.in_(kept[start : start + 500])))
    event.listen(tx.session, "after_commit", lambda _: store.remove(kept), once=True)
