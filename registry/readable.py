"""How many persons' data are open to everyone or to all staff 広く読める個人データ, by unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from registry.columns import EXPOSURES, Rows, mask_of
from registry.evidence import Wholes, persons_by_several
from registry.living import Living
from registry.model import Readable, Subject
from registry.risk import sensitivity_of
from scanners.model import Category, Exposure, LegalClass

TOLD = 3
"""So many lines of a unit are kept, the gravest first."""


_WIDE = (Exposure.EVERYONE, Exposure.ALL_STAFF)


def _masks() -> Iterator[tuple[Subject, np.uint64]]:
    yield Subject.PATIENT, mask_of([Category.PATIENT_ID])
    for subject, wanted in (
        (Subject.SPECIAL_CARE, LegalClass.SPECIAL_CARE),
        (Subject.MY_NUMBER, LegalClass.MY_NUMBER),
    ):
        yield subject, mask_of(each for each in Category if sensitivity_of(each) == wanted)
    yield Subject.PERSON, mask_of(Category)


def widely_readable(living: Living, wholes: Wholes, units: int) -> Sequence[tuple[Readable, ...]]:
    """Return the gravest lines of each of so many units, which `wholes` numbers.

    An object counts once: for the first subject that it tells of. Persons are counted as those of a unit:
    at least as many as the fullest of the objects tells of, or as there are different numbers of one kind
    in all of them.
    """
    objects = living.objects
    found: list[list[Readable]] = [[] for _ in range(units)]
    left = np.ones(len(objects), np.bool_)
    for subject, mask in _masks():
        of_subject = left & (objects.categories & mask != 0)
        left &= ~of_subject
        for exposure in _WIDE:
            rows = np.flatnonzero(of_subject & (objects.exposure == EXPOSURES.index(exposure)))
            if not len(rows):
                continue
            for unit, persons in _persons(living, wholes, units, rows):
                if len(found[unit]) < TOLD:
                    found[unit].append(Readable(exposure, subject, persons))
    return [tuple(each) for each in found]


def _persons(living: Living, wholes: Wholes, units: int, rows: Rows) -> Iterator[tuple[int, int]]:
    """Yield every unit that some objects lie in or below, and the persons surely counted there."""
    chosen = np.zeros(len(living.held), np.bool_)
    chosen[living.personal[rows]] = True
    values = living.pieces.of_rows("values", chosen)
    member = wholes.member[living.run]
    most = persons_by_several(values, member, wholes.above, units).max(axis=0, initial=0)
    own = member[living.personal[rows]]
    surely = living.objects.surely[rows]
    for column in wholes.above.T:
        unit = column[own]
        inside = (own >= 0) & (unit >= 0)
        np.maximum.at(most, unit[inside], surely[inside])
    for unit in np.flatnonzero(most):
        yield int(unit), int(most[unit])
