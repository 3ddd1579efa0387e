"""Changes that concern a certificate: a holder was renamed, moved, merged, took over, or has new officers.

Every change of a unit leaves what it was in its history, every post whose holder changed the row that tells
it (`changes.posts`); each opens one report per certificate, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from privacy_mark.certificates.model import State as CertificateState
from privacy_mark.changes import posts
from privacy_mark.changes.catalogue import Kind, rules
from privacy_mark.changes.model import ChangeDraft
from privacy_mark.changes.register import opened
from privacy_mark.changes.rows import CHANGES
from registry.access import scope, today_in_japan
from registry.model import Permission
from registry.sealing import Row
from registry.store import Tx
from registry.store.certificate_tables import CertificateRecord
from registry.store.change_tables import ChangeRecord
from registry.store.tables import OrgUnit, UnitHistory

_ABOUT = timedelta(days=60)  # registers tell of one change on days so near to each other


@dataclass(frozen=True, slots=True)
class _Was:
    """What a unit was until a moment, and what it became."""

    id: int
    unit_id: int
    until: datetime
    before: UnitHistory
    after: UnitHistory | OrgUnit
    unit: OrgUnit

    @property
    def merged(self) -> bool:
        """Return whether this is the change by which the unit was merged into another one."""
        return self.unit.merged_into_id is not None and self.until == self.unit.closed_at


def open_found(tx: Tx) -> int:
    """Open a report for every change of the tree and every new officer that has none yet; return how many.

    Of units whose certificates one manages, as far back as the rules say. A few questions, however many
    units there are.
    """
    certificates: dict[int, list[CertificateRecord]] = {}
    for row in tx.session.scalars(
        select(CertificateRecord)
        .where(
            CertificateRecord.unit_id.in_(scope(tx, Permission.MANAGE_CERTIFICATION)),
            CertificateRecord.state.in_([CertificateState.HELD.value, CertificateState.APPLYING.value]),
        )
        .order_by(CertificateRecord.id)
    ):
        certificates.setdefault(row.unit_id, []).append(row)
    if not certificates:
        return 0
    there = {
        (row.certificate_id, row.kind, row.history_id)
        for row in tx.session.execute(
            select(ChangeRecord.certificate_id, ChangeRecord.kind, ChangeRecord.history_id).where(
                ChangeRecord.history_id.is_not(None)
            )
        )
    }
    number = 0
    for was in _past(tx, tx.now - timedelta(days=rules().look_back_days)):
        for unit_id, draft in _drafts(was, today_in_japan(was.until)):
            for certificate in certificates.get(unit_id, ()):
                if (certificate.id, draft.kind.value, was.id) not in there:
                    opened(tx, certificate, draft, history_id=was.id)
                    number += 1
    return number + _open_posts(tx, certificates)


def _open_posts(tx: Tx, certificates: Mapping[int, list[CertificateRecord]]) -> int:
    """Open a report for every new officer; two registers that tell of one person open one."""
    there: dict[tuple[int, str], list[ChangeRecord]] = {}
    for row in tx.session.scalars(
        select(ChangeRecord).where(
            ChangeRecord.certificate_id.in_([each.id for of in certificates.values() for each in of]),
            ChangeRecord.kind.in_([kind.value for kind in posts.KINDS]),
        )
    ):
        there.setdefault((row.certificate_id, row.kind), []).append(row)
    number = 0
    for new in posts.new_holders(tx, certificates.keys()):
        for certificate in certificates[new.unit_id]:
            known = there.setdefault((certificate.id, new.draft.kind.value), [])
            if not any(tells(tx, row, new) for row in known):
                known.append(opened(tx, certificate, new.draft, cause=new.cause))
                number += 1
    return number


def tells(tx: Tx, row: ChangeRecord, new: posts.NewHolder) -> bool:
    """Tell whether a report is about a new officer: opened for it, or naming the person about that day.

    The caller has checked who asks, and compared what kind of change they tell of.
    """
    if row.cause == new.cause:
        return True
    if abs(row.changed_on - new.draft.changed_on) > _ABOUT:
        return False
    after = Row(tx, CHANGES, row.uid).opened("after", row.after_sealed)
    return posts.plain(new.name) in posts.plain(after)


def _past(tx: Tx, since: datetime) -> Iterator[_Was]:
    """Yield the changes of units since a moment, in their order, each with what the unit became by it."""
    concerned = select(UnitHistory.unit_id).where(UnitHistory.until >= since)
    units = {row.id: row for row in tx.session.scalars(select(OrgUnit).where(OrgUnit.id.in_(concerned)))}
    after: dict[int, UnitHistory | OrgUnit] = dict(units)
    found = []
    rows = tx.session.scalars(
        select(UnitHistory).where(UnitHistory.until >= since).order_by(UnitHistory.id.desc())
    )
    for row in rows:
        found.append(_Was(row.id, row.unit_id, row.until, row, after[row.unit_id], units[row.unit_id]))
        after[row.unit_id] = row
    yield from reversed(found)


def _drafts(was: _Was, on: date) -> Iterator[tuple[int, ChangeDraft]]:
    """Yield the units that a change concerns, each with the report that it brings."""
    old, new = was.before, was.after
    if (old.name_ja, old.name_en) != (new.name_ja, new.name_en):
        yield was.unit_id, ChangeDraft(Kind.NAME, on, _name(old), _name(new))
    if old.parent_id == new.parent_id:
        return
    if was.merged and was.unit.merged_into_id is not None:
        draft = ChangeDraft(Kind.MERGER, on, _name(old), "")
        yield was.unit_id, draft
        yield was.unit.merged_into_id, draft
    else:
        yield was.unit_id, ChangeDraft(Kind.MOVED, on)


def _name(of: UnitHistory | OrgUnit) -> str:
    return f"{of.name_ja} / {of.name_en}" if of.name_en else of.name_ja
