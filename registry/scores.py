"""The score of every unit: that of the heaviest object in it or below it, and the persons behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from registry.columns import Ints
from registry.differences import Judged
from registry.estate import Estate, Tree
from registry.evidence import Wholes
from registry.living import Living
from registry.model import ObjectId, Readable, Risk, UnitId
from registry.readable import widely_readable
from registry.reconcile import Comparison
from registry.risk import beside_persons, unit_upper
from registry.runs import totals_of
from registry.snapshot import terms_of


@dataclass(frozen=True, slots=True)
class Score:
    """What one unit and all below it come to."""

    risk: Risk | None
    heaviest: ObjectId | None
    objects: int
    persons_low: int
    persons_high: int
    upper: int  # end of the band
    readable: tuple[Readable, ...] = ()

    @property
    def score(self) -> int:
        """The score of the heaviest object; 0 where there is none."""
        return 0 if self.risk is None else self.risk.score

    @property
    def terms_json(self) -> str:
        """The heaviest object's terms and id, the number of objects, the band's end and who reads much."""
        terms = [] if self.risk is None else terms_of(self.risk)
        kept = {
            "terms": terms,
            "heaviest": self.heaviest or "",
            "objects": self.objects,
            "upper": self.upper,
            "readable": [[each.exposure, each.subject, each.persons] for each in self.readable],
        }
        return json.dumps(kept, ensure_ascii=True)


def wholes_of(tree: Tree, unit_of_run: Sequence[int | None]) -> Wholes:
    """Return the units that persons are counted for; runs are given by their unit, None where it is gone."""
    units, above = _numbered(tree)
    number = {int(unit): place for place, unit in enumerate(units)}
    member = [-1 if unit is None else number.get(unit, -1) for unit in unit_of_run]
    return Wholes(np.array(member, np.int32), above)


def _member(units: Sequence[UnitId], living: Living) -> npt.NDArray[np.int32]:
    """Return the number of the unit of every object."""
    number = {unit: place for place, unit in enumerate(units)}
    known = np.array(sorted(number), np.int64)
    numbers = np.array([number[UnitId(int(unit))] for unit in known], np.int32)
    folders = living.objects.folders
    of_folder: npt.NDArray[np.int32] = numbers[
        np.minimum(np.searchsorted(known, folders.unit_id), len(known) - 1)
    ]
    return of_folder[living.objects.folder]


def unit_scores(
    estate: Estate, living: Living, found: Comparison, wholes: Wholes, counted: Ints
) -> Mapping[UnitId, Score]:
    """Return the score of every unit with a run in it or below it; `counted` are the persons of `wholes`.

    Persons of a unit: at least as many as its fullest object tells of, or as there are different numbers
    of one kind over all its objects; at most the sum of its objects, because the same person may stand in
    each of them under another name.
    """
    units, _ = _numbered(estate.tree)
    number = {unit: place for place, unit in enumerate(units)}
    objects, judged = living.objects, found.judged
    member = _member(units, living)
    own = np.bincount(member, minlength=len(units))
    high = np.zeros(len(units), np.int64)
    np.add.at(high, member, objects.high)
    low = np.zeros(len(units), np.int64)
    np.maximum.at(low, member, objects.low)
    upper = np.zeros(len(units), np.int64)
    np.maximum.at(upper, member, _uppers(judged, np.maximum(objects.high, objects.surely)))
    seen = _seen(estate)
    heaviest = _heaviest(member, judged.score, objects.surely, objects.order, len(units))
    weights = [
        (int(judged.score[row]), int(objects.surely[row]), int(objects.order[row]), int(row))
        for row in heaviest
        if row >= 0
    ]
    weight = dict(zip(np.flatnonzero(heaviest >= 0).tolist(), weights, strict=True))
    reached = {unit for run in estate.runs for unit in estate.tree.above[UnitId(run.unit_id)]}
    below: dict[UnitId, list[int]] = {}
    for place, unit in enumerate(units):
        for each in estate.tree.above[unit]:
            if each in reached:
                below.setdefault(each, []).append(place)
    most_of = {
        unit: max((weight[place] for place in places if place in weight), default=None)
        for unit, places in below.items()
    }
    rows = sorted({most[-1] for most in most_of.values() if most is not None})
    ids = dict(zip(rows, objects.texts.ids(np.array(rows, np.int64)), strict=True))
    readable = widely_readable(living, wholes, len(units))
    scores = {}
    for unit, places in below.items():
        most = most_of[unit]
        row = None if most is None else most[-1]
        scores[unit] = Score(
            risk=None if row is None else judged.risks[judged.risk[row]],
            heaviest=None if row is None else ids[row],
            objects=int(own[places].sum()),
            persons_low=int(max(counted[number[unit]], low[places].max())),
            persons_high=int(high[places].sum()),
            readable=readable[number[unit]],
            upper=unit_upper(int(upper[places].max()), *seen[unit]),
        )
    return scores


def _uppers(judged: Judged, persons: Ints) -> Ints:
    """Return the upper end of every object's band, as `registry.risk.object_upper` does for one."""
    rest = np.array([beside_persons(risk) for risk in judged.risks])
    products = 10 * np.log10(1 + persons) * (rest[judged.risk] if len(rest) else 0.0)
    ends: Ints = np.maximum(judged.score, np.minimum(100, np.rint(products).astype(np.int64)))
    return ends


def _seen(estate: Estate) -> Mapping[UnitId, tuple[int, int]]:
    """Return per unit how many objects in it or below it were examined wholly, and how many should be."""
    seen: dict[UnitId, tuple[int, int]] = {}
    for run in estate.runs:
        totals = totals_of(run)
        for unit in estate.tree.above[UnitId(run.unit_id)]:
            examined, in_scope = seen.get(unit, (0, 0))
            seen[unit] = (examined + totals.complete, in_scope + totals.listed - totals.by_policy)
    return seen


def _numbered(tree: Tree) -> tuple[list[UnitId], npt.NDArray[np.int32]]:
    """Return all units, those below one behind it, and per unit the numbers of itself and all above it."""
    units = sorted(tree.above, key=lambda unit: [int(each) for each in reversed(tree.above[unit])])
    number = {unit: place for place, unit in enumerate(units)}
    above = np.full((len(units), max(len(path) for path in tree.above.values())), -1, np.int32)
    for place, unit in enumerate(units):
        for depth, each in enumerate(reversed(tree.above[unit])):
            above[place, depth] = number[each]
    return units, above


def _heaviest(
    member: npt.NDArray[np.int32], score: Ints, surely: Ints, order: npt.NDArray[np.uint64], count: int
) -> Ints:
    """Return per unit the row of its heaviest object, -1 where it has none."""
    best = np.full(count, -1, np.int64)
    np.maximum.at(best, member, score)
    rows = np.flatnonzero(score == best[member])
    rows = rows[np.lexsort((order[rows], surely[rows], member[rows]))]
    last = np.flatnonzero(np.diff(member[rows], append=-1) != 0)
    heaviest = np.full(count, -1, np.int64)
    heaviest[member[rows[last]]] = rows[last]
    return heaviest
