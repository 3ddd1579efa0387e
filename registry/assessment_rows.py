"""The rows that an assessment keeps beside its files: differences, and the history of each unit's score."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import func, select

from registry.differences import difference_key
from registry.discrepancies import OPEN
from registry.model import UnitId
from registry.reconcile import Comparison
from registry.scores import Score
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.tables import UnitScore


def discrepancy_rows(tx: Tx, assessment_id: str, found: Comparison) -> list[dict[str, object]]:
    """Return the rows of all differences of a comparison, sealed."""
    rows, key = [], tx.vault.subkey("difference", 1)
    for difference in found.differences:
        shown, uid = difference.shown, new_uid()
        rows.append(
            {
                "id": uid,
                "unit_id": shown.unit_id,
                "assessment_id": assessment_id,
                "kind": shown.kind.value,
                "entry_id": shown.entry_id,
                "subject_sealed": tx.vault.seal(
                    difference.subject, table="discrepancy", row=uid, column="subject_sealed"
                ),
                "subject_shown": shown.subject,
                "categories_json": json.dumps(sorted(category.value for category in shown.categories)),
                "registered": shown.registered,
                "found": shown.found,
                "days_over": shown.days_over,
                "other_unit_id": shown.other_unit_id,
                "objects_json": json.dumps(shown.objects),
                "score": shown.score,
                "state": OPEN,
                "identity": difference_key(key, difference),
                "version": 1,
            }
        )
    return rows


def keep_scores(tx: Tx, scores: Mapping[UnitId, Score]) -> None:
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
