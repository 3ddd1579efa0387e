"""Compares the ledger with the latest runs and keeps the answer: after each scan and ledger change.

The answer is one Parquet file with a row per object of the latest runs (what the inventory shows), the
discrepancies, and a score per unit. It is made for the whole group, because whose data lie in the wrong
place cannot be told from one unit alone; what a person sees of it is limited when it is read. Earlier
assessments stay: history is never rewritten. When nothing differs from the current one, nothing is
written.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlalchemy import func, select

from registry import case_following, disposal_following
from registry import estate as reality
from registry.access import require_somewhere
from registry.discrepancies import OPEN
from registry.facts import Judged, Reconciliation
from registry.findings import FindingsStore, RunFile, analytics
from registry.journal import Action
from registry.model import Discrepancy, EntryId, ObjectId, Permission, UnitId
from registry.overlap import overlaps, persons_per_place, persons_per_unit
from registry.places import Cover
from registry.reconcile import covers_of, difference_key, homes_of, reconcile, registered_items, retention_end
from registry.runs import files_of
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.tables import AssessmentRecord, DiscrepancyRecord, RunFileRecord, UnitScore

if TYPE_CHECKING:
    import duckdb

_BATCH_ROWS = 20_000

_JUDGED = pa.schema(
    [
        ("object_id", pa.string()),
        ("score", pa.int32()),
        ("terms", pa.string()),
        ("state", pa.string()),
        ("entry_ids", pa.list_(pa.int64())),
        ("retained_until", pa.date32()),
        ("retained_by", pa.int64()),
    ]
)
_SNAPSHOT = """
SELECT o.object_id, o.run_id, o.unit_id, o.source_id, o.shown, o.kind, o.outcome, o.reason, o.detail, o.bytes,
       o.mtime_ns, o.owner, o.exposure, o.categories, o.persons_low, o.persons_high, o.columns,
       s.score, s.terms, s.state, s.entry_ids, s.retained_until, s.retained_by
FROM objects o SEMI JOIN newest USING (object_id, run_id)
LEFT JOIN scored s USING (object_id)
ORDER BY s.score DESC NULLS LAST, o.persons_high DESC, o.object_id
"""


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
    """Compare the ledger with the latest runs as of a day, and keep the answer.

    Raises AccessDenied for who may neither run scans nor edit the ledger anywhere.
    """
    require_somewhere(tx, Permission.RUN_SCANS, Permission.EDIT_LEDGER)
    estate = reality.gather(tx)
    everyone = reality.as_everyone(tx)
    run_ids = [run.id for run in estate.runs]
    with analytics() as connection:
        connection.register("objects", store.dataset(files_of(everyone, run_ids, "objects"), "objects"))
        connection.register("findings", store.dataset(files_of(everyone, run_ids, "findings"), "findings"))
        found, ends = _compare(connection, estate, as_of)
        scores = _unit_scores(connection, estate, found)
        digest = _digest(run_ids, found, scores, ends)
        current = _current(tx)
        if current is not None and current.id.endswith(digest):
            assessment_id, changed = current.id, False
        else:
            changed = True
            assessment_id = f"{tx.now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}-{digest}"
            file = _write_snapshot(connection, store, assessment_id, found.objects, ends)
            _keep(tx, estate.tree.root, assessment_id, file, found)
            _keep_scores(tx, scores)
            case_following.follow(tx, assessment_id, estate, found)
            disposal_following.follow(tx, assessment_id, estate, found)
    return Assessment(
        id=assessment_id,
        at=tx.now,
        discrepancies=len(found.differences),
        objects=len(found.objects),
        examined=found.examined,
        in_scope=found.in_scope,
        entries_judged=found.entries_judged,
        entries=found.entries,
        changed=changed,
    )


_Ends = Mapping[ObjectId, tuple[date, EntryId]]
"""The last day on which an object may be kept, and by which entry."""


def _compare(
    connection: duckdb.DuckDBPyConnection, estate: reality.Estate, as_of: date
) -> tuple[Reconciliation, _Ends]:
    facts = reality.facts(connection, estate)
    covers = covers_of(estate.entries, facts)
    registered = {key: registered_items(found.all) for key, found in covers.items()}
    found = reconcile(
        estate.entries,
        facts,
        overlaps(connection, facts, registered),
        as_of=as_of,
        coverage=reality.coverage(estate),
        persons=persons_per_place(connection, homes_of(estate.entries, facts)),
    )
    ends = {each.id: end for each in facts if (end := _end_of(covers[each.id], each.modified)) is not None}
    return found, ends


def _end_of(found: Cover, modified: date | None) -> tuple[date, EntryId] | None:
    """Return the end of retention by the entry that lets an object be kept longest; None: it has no end."""
    ends = [(retention_end(entry, modified), entry.id) for entry in found.home]
    known = [(end, entry_id) for end, entry_id in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


@dataclass(frozen=True, slots=True)
class _Score:
    """What one unit and all below it come to."""

    heaviest: Judged | None
    objects: int
    persons_low: int
    persons_high: int

    @property
    def score(self) -> int:
        return 0 if self.heaviest is None else self.heaviest.risk.score

    @property
    def terms_json(self) -> str:
        """The heaviest object's terms and id, and the number of objects, as pages ask for them."""
        terms = [] if self.heaviest is None else terms_of(self.heaviest)
        heaviest = "" if self.heaviest is None else self.heaviest.facts.id
        return json.dumps({"terms": terms, "heaviest": heaviest, "objects": self.objects}, ensure_ascii=True)


def terms_of(judged: Judged) -> list[list[object]]:
    """Return the terms of a risk as JSON keeps them: [kind, value, basis]."""
    return [[term.kind.value, term.value, term.basis] for term in judged.risk.terms]


def _unit_scores(
    connection: duckdb.DuckDBPyConnection, estate: reality.Estate, found: Reconciliation
) -> dict[UnitId, _Score]:
    """Return the score of every unit with a run in it or below it.

    Persons of a unit: at least as many as its fullest object tells of, or as there are different numbers
    of one kind over all its objects; at most the sum of its objects, because the same person may stand in
    each of them under another name.
    """
    above = estate.tree.above
    members: dict[UnitId, list[Judged]] = {}
    for run in estate.runs:
        for unit in above[UnitId(run.unit_id)]:
            members.setdefault(unit, [])
    for judged in found.objects:
        for unit in above[judged.facts.unit_id]:
            members[unit].append(judged)
    pairs = [(judged.facts.id, unit) for judged in found.objects for unit in above[judged.facts.unit_id]]
    counted = persons_per_unit(connection, pairs)
    return {
        unit: _Score(
            heaviest=max(
                items, key=lambda item: (item.risk.score, item.facts.surely, item.facts.id), default=None
            ),
            objects=len(items),
            persons_low=max([counted.get(unit, 0), *(item.facts.persons.low for item in items)]),
            persons_high=sum(item.facts.persons.high for item in items),
        )
        for unit, items in members.items()
    }


def _digest(
    run_ids: Sequence[str], found: Reconciliation, scores: Mapping[UnitId, _Score], ends: _Ends
) -> str:
    """Return a digest of everything that would be written: equal answers are not kept twice."""
    hashed = hashlib.sha256()
    for part in (
        run_ids,
        [(item.facts.id, item.state.value, item.risk.score, item.entry_ids) for item in found.objects],
        [_described(difference.shown) for difference in found.differences],
        [(unit, score.score, score.terms_json, score.persons_low) for unit, score in sorted(scores.items())],
        sorted((key, end.isoformat(), entry_id) for key, (end, entry_id) in ends.items()),
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


def _write_snapshot(
    connection: duckdb.DuckDBPyConnection,
    store: FindingsStore,
    assessment_id: str,
    objects: Sequence[Judged],
    ends: _Ends,
) -> RunFile:
    kept = [ends.get(item.facts.id, (None, None)) for item in objects]
    rows = {
        "object_id": [item.facts.id for item in objects],
        "score": [item.risk.score for item in objects],
        "terms": [json.dumps(terms_of(item)) for item in objects],
        "state": [item.state.value for item in objects],
        "entry_ids": [list(item.entry_ids) for item in objects],
        "retained_until": [end for end, _ in kept],
        "retained_by": [entry_id for _, entry_id in kept],
    }
    connection.register("scored", pa.table(rows, schema=_JUDGED))
    files = store.file_set(assessment_id)
    try:
        reader = connection.sql(_SNAPSHOT).to_arrow_reader(_BATCH_ROWS)
        files.write("assessment", reader.schema.empty_table())
        for batch in reader:
            files.write("assessment", pa.Table.from_batches([batch]))
        return files.commit()[0]
    except BaseException:
        files.abort()
        raise


def _keep(tx: Tx, root: UnitId, assessment_id: str, file: RunFile, found: Reconciliation) -> None:
    for earlier in tx.session.scalars(select(AssessmentRecord).where(AssessmentRecord.current)):
        earlier.current = False
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
    tx.session.add(
        AssessmentRecord(id=assessment_id, at=tx.now, unit_id=root, run_file=file.name, current=True)
    )
    tx.session.flush()
    tx.session.add_all(_discrepancies(tx, assessment_id, found))
    after = {
        "file": file.name,
        "sha256": file.sha256,
        "objects": len(found.objects),
        "discrepancies": len(found.differences),
    }
    tx.record(Action.REALITY_ASSESSED, "assessment", assessment_id, root, None, after)


def _discrepancies(tx: Tx, assessment_id: str, found: Reconciliation) -> list[DiscrepancyRecord]:
    rows, key = [], tx.vault.subkey("difference", 1)
    for difference in found.differences:
        shown, uid = difference.shown, new_uid()
        rows.append(
            DiscrepancyRecord(
                id=uid,
                unit_id=shown.unit_id,
                assessment_id=assessment_id,
                kind=shown.kind.value,
                entry_id=shown.entry_id,
                subject_sealed=tx.vault.seal(
                    difference.subject, table="discrepancy", row=uid, column="subject_sealed"
                ),
                subject_shown=shown.subject,
                categories_json=json.dumps(sorted(category.value for category in shown.categories)),
                registered=shown.registered,
                found=shown.found,
                days_over=shown.days_over,
                other_unit_id=shown.other_unit_id,
                objects_json=json.dumps(shown.objects),
                score=shown.score,
                state=OPEN,
                identity=difference_key(key, difference),
            )
        )
    return rows


def _keep_scores(tx: Tx, scores: Mapping[UnitId, _Score]) -> None:
    """Add a point to the history of every unit whose situation changed."""
    newest = select(func.max(UnitScore.id)).group_by(UnitScore.unit_id)
    known = {
        row.unit_id: row for row in tx.session.scalars(select(UnitScore).where(UnitScore.id.in_(newest)))
    }
    for unit, score in scores.items():
        row = known.get(unit)
        now = (score.score, score.terms_json, score.persons_low, score.persons_high)
        if row is not None and now == (row.score, row.terms_json, row.persons_low, row.persons_high):
            continue
        tx.session.add(
            UnitScore(
                unit_id=unit,
                run_id=None,
                at=tx.now,
                score=score.score,
                terms_json=score.terms_json,
                persons_low=score.persons_low,
                persons_high=score.persons_high,
            )
        )
