"""Evidence of what is asked no longer: of needs and requirements that a correction or a new version replaced.

Nothing that was shown once goes out of sight because the catalogue changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from privacy_mark.requirements.evidence import Evidence, Shows, evidence
from privacy_mark.requirements.model import Catalogue, Need, Requirement
from privacy_mark.requirements.readiness import Readiness
from registry.store import Tx


@dataclass(frozen=True, slots=True)
class EarlierNeed:
    """One need that was asked once, with what shows it."""

    requirement: str
    of: Requirement | None  # its last version that had the need, else its newest; None: no file tells of it
    id: str
    need: Need | None  # None: every version was corrected, and none has it
    until: date | None  # its last day; None: it is asked of others, or was never
    evidence: tuple[Evidence, ...]  # newest day first


def earlier(tx: Tx, catalogue: Catalogue, found: Readiness) -> Mapping[str, tuple[EarlierNeed, ...]]:
    """Return what an entity keeps for needs that are not asked of it on the day of `found`, by requirement.

    Requirements that are still asked, with some needs that are not, come in their order before the others.
    Raises AccessDenied without VIEW_CERTIFICATION in the unit.
    """
    asked = {Shows(line.requirement.id, each.need.id) for line in found.lines for each in line.needs}
    kept: dict[Shows, list[Evidence]] = {}
    for piece in evidence(tx, found.unit_id):
        for shown in piece.shows - asked:
            kept.setdefault(shown, []).append(piece)
    places = {name: place for place, name in enumerate(catalogue.requirements)}
    order = sorted(kept, key=lambda each: (places.get(each.requirement, len(places)), each))
    needs: dict[str, list[EarlierNeed]] = {line.requirement.id: [] for line in found.lines}
    for shown in order:
        made = _need(shown, tuple(kept[shown]), catalogue, found.as_of)
        needs.setdefault(shown.requirement, []).append(made)
    return {name: tuple(each) for name, each in needs.items() if each}


def _need(shown: Shows, pieces: tuple[Evidence, ...], catalogue: Catalogue, today: date) -> EarlierNeed:
    if shown.requirement not in catalogue.requirements:
        return EarlierNeed(shown.requirement, None, shown.need, None, None, pieces)
    versions = catalogue.versions(shown.requirement)
    having = [each for each in versions if each.need(shown.need) is not None]
    begun = [each for each in having if each.first <= today]
    of = (begun or having or versions)[-1]
    until = of.valid_until if having and of.last < today else None
    return EarlierNeed(shown.requirement, of, shown.need, of.need(shown.need), until, pieces)
