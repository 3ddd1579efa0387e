"""Changes that concern a certificate: a holder was renamed, moved, merged, split, or has new officers.

Every change of a unit leaves what it was in its history (`changes.tree`), every post whose holder changed the
row that tells it (`changes.posts`); each opens one report per certificate, once. What may be a split
(`changes.splits`) opens one that asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlalchemy import select

from privacy_mark.certificates.model import State as CertificateState
from privacy_mark.changes import posts, splits
from privacy_mark.changes.catalogue import Kind, rules
from privacy_mark.changes.model import ChangeDraft
from privacy_mark.changes.register import extended, opened
from privacy_mark.changes.rows import CHANGES
from privacy_mark.changes.tree import Past, Was, is_entity, name
from registry.access import scope, today_in_japan
from registry.model import Permission
from registry.sealing import Row
from registry.store import Tx
from registry.store.certificate_tables import CertificateRecord
from registry.store.change_tables import ChangeRecord


def open_found(tx: Tx) -> int:
    """Open a report for every change of the tree and every new officer that has none yet; return how many.

    Another part of a split is added to its report while that is open. Of units whose certificates one
    manages, as far back as the rules say. A few questions, however many units there are.
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
    number, since = 0, tx.now - timedelta(days=rules().look_back_days)
    past = Past(tx, since)
    for was in past.changes():
        for unit_id, draft in _drafts(was, past):
            for certificate in certificates.get(unit_id, ()):
                if (certificate.id, draft.kind.value, was.id) not in there:
                    opened(tx, certificate, draft, history_id=was.id)
                    number += 1
    for certificate, split, told in list(splits.proposed(tx, past, since, certificates)):
        if told is not None:
            extended(tx, told, split.draft)
            continue
        opened(tx, certificate, split.draft, cause=split.cause)
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
    if abs(row.changed_on - new.draft.changed_on) > splits.ABOUT:
        return False
    after = Row(tx, CHANGES, row.uid).opened("after", row.after_sealed)
    return posts.plain(new.name) in posts.plain(after)


def _drafts(was: Was, past: Past) -> Iterator[tuple[int, ChangeDraft]]:
    """Yield the units that a change concerns, each with the report that it brings."""
    old, new, on = was.before, was.after, today_in_japan(was.until)
    if (old.name_ja, old.name_en) != (new.name_ja, new.name_en):
        yield was.unit_id, ChangeDraft(Kind.NAME, on, name(old), name(new))
    ceased = is_entity(old) and not is_entity(new)
    if old.parent_id == new.parent_id and not ceased:
        return
    if not was.merged and not ceased:
        yield was.unit_id, ChangeDraft(Kind.MOVED, on)
        return
    draft = ChangeDraft(Kind.MERGER, on, name(old), "")
    over = was.unit.merged_into_id if was.merged else None
    taking = past.entity_above(new, was.until) if is_entity(old) else None
    for unit_id in dict.fromkeys(filter(None, (was.unit_id, over, taking))):
        yield unit_id, draft
