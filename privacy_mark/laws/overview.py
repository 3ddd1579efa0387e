"""The lists of laws of the group as counts: who has decided on every norm, who is due for the review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from privacy_mark.certificates.model import State
from privacy_mark.laws.catalogue import laws_for
from privacy_mark.laws.model import Applies, ReviewId, ReviewState
from privacy_mark.laws.reviews import due_from
from registry.access import scope, today_in_japan
from registry.model import Permission, UnitId, UnitKind
from registry.store import Tx
from registry.store.certificate_tables import CertificateRecord
from registry.store.law_tables import LawAmendmentRecord, LawEntryRecord, LawReviewRecord
from registry.store.tables import OrgClosure, OrgUnit


@dataclass(frozen=True, slots=True)
class Standing:
    """How the list of one entity stands; `due_on` is None without a certificate and without a list begun."""

    unit_id: UnitId
    applying: int
    excluded: int
    undecided: int
    amendments: int  # noted changes with something left to do
    reviewed_on: date | None  # of the review that was approved last
    due_on: date | None
    waiting: ReviewId | None  # a review that waits for approval
    waiting_since: date | None
    waiting_of: int | None  # who made it

    @property
    def begun(self) -> bool:
        """Return whether anything was decided."""
        return self.applying + self.excluded > 0


def overview(tx: Tx, unit_id: UnitId | None = None) -> list[Standing]:
    """Return how the lists of the visible entities stand, of a unit and all below it: the due ones first.

    Five questions, however many entities there are.
    """
    query = select(OrgUnit.id).where(OrgUnit.id.in_(scope(tx, Permission.VIEW_CERTIFICATION)))
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(OrgUnit.id.in_(below))
    found = standings(tx, tx.session.scalars(query))
    return sorted(found, key=lambda each: (each.due_on or date.max, not each.begun, each.unit_id))


def standings(tx: Tx, unit_ids: Iterable[int]) -> list[Standing]:
    """Return how the lists of the open entities among units stand; the caller has checked who asks."""
    wanted = set(unit_ids)
    today = today_in_japan(tx.now)
    kinds = [str(kind) for kind in UnitKind if kind.is_entity]
    entities = [
        row
        for row in tx.session.execute(
            select(OrgUnit.id, OrgUnit.kind, OrgUnit.country)
            .where(OrgUnit.kind.in_(kinds), OrgUnit.closed_at.is_(None))
            .order_by(OrgUnit.id)
        )
        if row.id in wanted
    ]
    decided: dict[int, dict[str, str]] = {}
    for unit, law, applies in tx.session.execute(
        select(LawEntryRecord.unit_id, LawEntryRecord.law, LawEntryRecord.applies)
    ):
        decided.setdefault(unit, {})[law] = applies
    open_ = dict(
        tx.session.execute(
            select(LawAmendmentRecord.unit_id, func.count())
            .where(LawAmendmentRecord.done_on.is_(None))
            .group_by(LawAmendmentRecord.unit_id)
        ).all()
    )
    approved: dict[int, date] = {}
    waiting: dict[int, tuple[int, date, int]] = {}
    moving = (ReviewState.APPROVED.value, ReviewState.SUBMITTED.value)
    for row in tx.session.execute(
        select(
            LawReviewRecord.id,
            LawReviewRecord.unit_id,
            LawReviewRecord.state,
            LawReviewRecord.reviewed_on,
            LawReviewRecord.reviewer_id,
        )
        .where(LawReviewRecord.state.in_(moving))
        .order_by(LawReviewRecord.id)
    ):
        if row.state == ReviewState.APPROVED.value:
            approved[row.unit_id] = row.reviewed_on
        else:
            waiting[row.unit_id] = (row.id, row.reviewed_on, row.reviewer_id)
    certified = set(
        tx.session.scalars(
            select(CertificateRecord.unit_id).where(
                CertificateRecord.state.in_([State.HELD.value, State.APPLYING.value])
            )
        )
    )
    lines = []
    for entity in entities:
        mine = decided.get(entity.id, {})
        proposed = {law.id for law in laws_for(UnitKind(entity.kind), entity.country, today)}
        last, asked = approved.get(entity.id), waiting.get(entity.id)
        due_on = due_from(last) if last else today if mine or entity.id in certified else None
        applying = sum(applies == Applies.APPLIES.value for applies in mine.values())
        lines.append(
            Standing(
                UnitId(entity.id),
                applying,
                len(mine) - applying,
                len(proposed - set(mine)),
                open_.get(entity.id, 0),
                last,
                due_on,
                None if asked is None else ReviewId(asked[0]),
                None if asked is None else asked[1],
                None if asked is None else asked[2],
            )
        )
    return lines
