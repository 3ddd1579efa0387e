"""What a pack takes from the journal: its signed head, and the records of the rows that the pack cites.

A documented exception: proofs of single records are else for who may see the whole journal
(`registry.proofs`). A pack holds those of its cited rows alone, as the journal keeps them: who did it and
what was changed stay sealed. A row that the entity's own units do not tell of (a course of the group, a
programme of the headquarters) has the record of a unit above or of the headquarters 本社; never that of a
sister company, which is a third party. Of a unit that went to another entity the newest record from when it
was the entity's own is taken, none of what became of it there. The rest of the tree is there as hashes, which
tell nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_

from privacy_mark.changes.tree import Past
from privacy_mark.pack.bag import JournalLeaf
from privacy_mark.pack.model import RowKey, Subject
from registry import merkle
from registry.errors import InvalidValue
from registry.heads import SignedHead, sign
from registry.journal import Action
from registry.journal_check import Head, chain_keys, verify_in
from registry.model import UnitKind
from registry.store import Tx
from registry.store.journal_rows import canonical_row, stored_rows
from registry.store.tables import JournalRecord, OrgClosure, OrgUnit

_AT, _HASH = 3, 13  # places in a stored row
_LOOKED = (Action.EVIDENCE_VIEWED.value,)
"""Records of who looked at something, under the name of its table: they change nothing."""
_OF_HEADQUARTERS = ("audit_programme",)
"""Tables whose rows of the headquarters are told of in packs of companies beside it."""
_UNIT = "org_unit"
_MANY = 400  # rows that one question names


@dataclass(frozen=True, slots=True)
class JournalPart:
    """The signed head of a pack, all leaves up to it, and the records of cited rows."""

    head: SignedHead
    leaves: tuple[bytes, ...]
    seqs: Mapping[RowKey, int]
    cited: tuple[JournalLeaf, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the journal a pack stands: as of a moment, after so many records."""

    as_of: datetime
    size: int


def place(tx: Tx, as_of: datetime | None, head: int | None) -> Place:
    """Return the moment and head of a pack: by default all records up to the moment, which is now.

    Raises InvalidValue: `head` `out_of_range`; `as_of` `future`, `too_early` when there was no record yet, or
    `before_head` when the head's last record is of a later moment.
    """
    if as_of is not None and as_of > tx.now:
        raise InvalidValue("as_of", "future")
    newest = select(JournalRecord.seq, JournalRecord.at).order_by(JournalRecord.seq.desc()).limit(1)
    if head is not None:
        newest = newest.where(JournalRecord.seq == head)
    elif as_of is not None:
        newest = newest.where(JournalRecord.at <= as_of)
    found = tx.session.execute(newest).one_or_none()
    if found is None:
        raise InvalidValue("head", "out_of_range") if head is not None else InvalidValue("as_of", "too_early")
    size, at = found
    if as_of is not None and at > as_of:
        raise InvalidValue("as_of", "before_head")
    return Place(as_of or max(tx.now, at), size)  # another machine's clock may be ahead


def require_unchanged(tx: Tx, of: Subject, size: int, tables: Collection[str]) -> None:
    """Raise InvalidValue (`head` `changed_since`) when what the pack tells of was changed after its head.

    The registry keeps the present state; a pack of an earlier moment would tell of another one.
    """
    below, above, headquarters = _circles(of)  # courses come from above
    later = select(JournalRecord.seq).where(
        JournalRecord.seq > size,
        JournalRecord.table_name.in_(tables),
        JournalRecord.action.not_in(_LOOKED),
        or_(
            JournalRecord.unit_id.in_(below),
            JournalRecord.unit_id.in_(above),
            and_(JournalRecord.unit_id.in_(headquarters), JournalRecord.table_name.in_(_OF_HEADQUARTERS)),
        ),
    )
    left = _UNIT in tables and any(_own_units(tx, of, JournalRecord.seq > size))
    if left or tx.session.scalar(later.limit(1)) is not None:
        raise InvalidValue("head", "changed_since")


def journal_part(tx: Tx, of: Subject, size: int, tellers: Collection[RowKey]) -> JournalPart:
    """Return the journal of a pack: the newest record up to the head of each row that tells of a cited one.

    Of a row's records those of the entity count, else those of units above, else of the headquarters; of a
    unit that is another entity's now, those of when it was this one's.
    Raises InvalidValue (`journal` `broken`) when the journal does not verify: nothing is signed then.
    """
    if not verify_in(tx.session, chain_keys(tx.vault)).ok:
        raise InvalidValue("journal", "broken")
    seqs: dict[RowKey, int] = {}
    for circle in _circles(of):
        seqs |= _newest(tx, circle, size, sorted(set(tellers) - seqs.keys()))
    gone = [each for each in set(tellers) - seqs.keys() if each.table == _UNIT]
    of_gone = JournalRecord.row_id.in_([each.id for each in gone])
    seqs |= {key: seq for seq, key in _own_units(tx, of, JournalRecord.seq <= size, of_gone)}
    picked = frozenset(seqs.values())
    leaves: list[bytes] = []
    cited: list[JournalLeaf] = []
    last = written = b""
    for batch in stored_rows(tx.session, up_to=size):
        for row in batch:
            record, last, written = canonical_row(row), row[_HASH], row[_AT]
            leaves.append(hashlib.sha256(b"\x00" + record + last).digest())
            if row[0] in picked:
                cited.append(JournalLeaf(row[0], record, last))
    journal = tx.session.scalar(select(JournalRecord.id).where(JournalRecord.seq == 1))
    signed = sign(
        tx.vault,
        journal=journal or "",
        head=Head(size, merkle.root(leaves).hex()),
        chain_head=last.hex(),
        # Not the moment of the pack: nobody can ask for a head that says that it is older than its records.
        at=datetime.fromisoformat(written.decode("ascii")).replace(tzinfo=UTC),
    )
    return JournalPart(signed, tuple(leaves), seqs, tuple(cited))


def _circles(of: Subject) -> tuple[Select[int], Select[int], Select[int]]:
    """Return the ids of the entity's own units, of those above, and of the headquarters below these."""
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == of.unit.id)
    above = select(OrgClosure.ancestor).where(
        OrgClosure.descendant == of.unit.id, OrgClosure.ancestor != of.unit.id
    )
    group = select(OrgClosure.descendant).where(OrgClosure.ancestor.in_(above))
    headquarters = select(OrgUnit.id).where(
        OrgUnit.kind == UnitKind.HEADQUARTERS.value, OrgUnit.id.in_(group), OrgUnit.id != of.unit.id
    )
    return below, above, headquarters


def _newest(tx: Tx, units: Select[int], size: int, wanted: Sequence[RowKey]) -> dict[RowKey, int]:
    """Return the newest record up to the head that these units' journal has of each row."""
    found: dict[RowKey, int] = {}
    key = tuple_(JournalRecord.table_name, JournalRecord.row_id)
    for at in range(0, len(wanted), _MANY):
        rows = tx.session.execute(
            select(JournalRecord.table_name, JournalRecord.row_id, func.max(JournalRecord.seq))
            .where(
                key.in_([tuple(each) for each in wanted[at : at + _MANY]]),
                JournalRecord.unit_id.in_(units),
                JournalRecord.action.not_in(_LOOKED),
                JournalRecord.seq <= size,
            )
            .group_by(JournalRecord.table_name, JournalRecord.row_id)
        )
        found |= {RowKey(table, row): seq for table, row, seq in rows}
    return found


def _own_units(tx: Tx, of: Subject, *which: ColumnElement[bool]) -> Iterator[tuple[int, RowKey]]:
    """Yield number and row of records of units that were the entity's own at that moment, oldest first.

    The move by which a unit left is the last of them.
    """
    rows = tx.session.execute(
        select(JournalRecord.seq, JournalRecord.at, JournalRecord.row_id)
        .where(JournalRecord.table_name == _UNIT, JournalRecord.action.not_in(_LOOKED), *which)
        .order_by(JournalRecord.seq)
    ).all()
    if rows:
        past = Past(tx, min(row.at for row in rows))
        for row in rows:
            if of.unit.id in past.belonged(int(row.row_id), row.at):
                yield row.seq, RowKey(_UNIT, row.row_id)
