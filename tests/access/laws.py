"""Lists of laws in each company of the tests, and a call of every service of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from privacy_mark.laws import amendments, entries, overview, reviews
from privacy_mark.laws.catalogue import Kind
from privacy_mark.laws.model import AmendmentDraft, AmendmentId, Applies, LawDraft, ReviewId
from registry.model import UnitId
from registry.store import Tx
from tests.access.bases import APPROVER
from tests.access.rights import ABSENT, DAY

LAW = "appi"
YES = LawDraft(Applies.APPLIES, "個人情報を取り扱う")


@dataclass(frozen=True, slots=True)
class Laws:
    """The ids of one company's rows."""

    amendment_id: AmendmentId
    review_id: ReviewId  # of somebody else, waits for approval


NO_LAWS = Laws(AmendmentId(ABSENT), ReviewId(ABSENT))


def own(mark: str = "", **values: Any) -> LawDraft:
    """Return a norm of an entity's own."""
    told: dict[str, Any] = {"kind": Kind.CONTRACT, "name": f"取引先の基準 {mark}", "owner": f"法務 {mark}"}
    return LawDraft(Applies.APPLIES, f"契約による {mark}", **(told | values))


def amendment(law: str = LAW, mark: str = "", **values: Any) -> AmendmentDraft:
    """Return a change of a law."""
    told: dict[str, Any] = {
        "law": law,
        "effective_on": DAY,
        "due_on": DAY,
        "summary": f"改正 {mark}",
        "meaning": f"規程を直す {mark}",
    }
    return AmendmentDraft(**(told | values))


def decide_all(tx: Tx, unit_id: UnitId) -> None:
    """Say of every norm of the list that it applies."""
    for line in entries.law_list(tx, unit_id):
        if line.version == 0:
            entries.decide(tx, unit_id, line.law, YES, expected_version=0)


def fill(tx: Tx, unit_id: UnitId, mark: str) -> Laws:
    """Add a norm, note a change and review the list, marked; somebody else reviewed it."""
    entries.add(tx, unit_id, own(mark))
    noted = amendments.note(tx, unit_id, amendment(mark=mark))
    decide_all(tx, unit_id)
    other = replace(tx, principal=APPROVER)
    return Laws(noted.id, reviews.submit(other, unit_id, f"全件を見た {mark}").id)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "laws.amendments.amendments": lambda tx, _, at: amendments.amendments(tx, at.unit_id),
    "laws.entries.law_list": lambda tx, _, at: entries.law_list(tx, at.unit_id),
    "laws.overview.overview": lambda tx, _, at: overview.overview(tx, at.unit_id),
    "laws.reviews.copy_of": lambda tx, _, at: reviews.copy_of(tx, at.laws.review_id),
    "laws.reviews.reviews": lambda tx, _, at: reviews.reviews(tx, at.unit_id),
}

WRITES: dict[str, Call] = {
    "laws.amendments.finish": lambda tx, _, at: amendments.finish(
        tx, at.laws.amendment_id, "規程を直した", expected_version=1
    ),
    "laws.amendments.note": lambda tx, _, at: amendments.note(tx, at.unit_id, amendment()),
    "laws.entries.add": lambda tx, _, at: entries.add(tx, at.unit_id, own()),
    "laws.entries.decide": lambda tx, _, at: entries.decide(tx, at.unit_id, LAW, YES, expected_version=1),
    "laws.reviews.approve": lambda tx, _, at: reviews.approve(tx, at.laws.review_id, "", expected_version=1),
    "laws.reviews.send_back": lambda tx, _, at: reviews.send_back(
        tx, at.laws.review_id, "もう一度", expected_version=1
    ),
    "laws.reviews.submit": lambda tx, _, at: _submit(tx, at),
}


def _submit(tx: Tx, at: Any) -> object:
    """Ask for a review of a list that one waits for: who may is told so, which is an answer."""
    from registry.errors import InvalidValue

    try:
        return reviews.submit(tx, at.unit_id, "全件を見た")
    except InvalidValue:
        return True
