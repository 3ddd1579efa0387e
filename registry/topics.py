"""What a comment or an attachment is about: one ledger entry, or one difference.

Who may see it reads what others added, who may change it adds. The words and files of others may name
places: they are for who also sees locations there.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from registry.access import require, scope
from registry.case_states import CaseId
from registry.errors import Conflict, InvalidValue, NotFound
from registry.model import EntryId, Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.case_tables import CaseRecord
from registry.store.kept_rows import Added
from registry.store.tables import LedgerRecord

REASON_LENGTH = 2_000  # characters of why something was removed


class TopicKind(enum.StrEnum):
    """What there is to add to: the name of its table."""

    ENTRY = "ledger_entry"
    CASE = "discrepancy_case"


@dataclass(frozen=True, slots=True)
class Topic:
    """One entry, or one difference."""

    kind: TopicKind
    id: int

    @classmethod
    def of_entry(cls, entry_id: EntryId) -> Topic:
        """Return the topic of a ledger entry."""
        return cls(TopicKind.ENTRY, entry_id)

    @classmethod
    def of_case(cls, case_id: CaseId) -> Topic:
        """Return the topic of a difference."""
        return cls(TopicKind.CASE, case_id)

    @classmethod
    def of_row(cls, entry_id: int | None, case_id: int | None) -> Topic:
        """Return the topic of a row, which names one of both."""
        return cls(TopicKind.CASE, case_id or 0) if entry_id is None else cls(TopicKind.ENTRY, entry_id)

    @property
    def columns(self) -> dict[str, int]:
        """Return the column of a row that names the topic."""
        return {"entry_id" if self.kind is TopicKind.ENTRY else "case_id": self.id}


class _Rights(NamedTuple):
    table: type[LedgerRecord | CaseRecord]
    see: Permission
    add: Permission


_RIGHTS: Mapping[TopicKind, _Rights] = {
    TopicKind.ENTRY: _Rights(LedgerRecord, Permission.VIEW_LEDGER, Permission.EDIT_LEDGER),
    TopicKind.CASE: _Rights(CaseRecord, Permission.VIEW_SITUATION, Permission.HANDLE_CASES),
}


def seen(tx: Tx, topic: Topic) -> UnitId:
    """Return the unit of a topic that the person asking may see; raises NotFound."""
    table, see, _ = _RIGHTS[topic.kind]
    visible = table.unit_id.in_(scope(tx, see))
    unit_id = tx.session.scalar(select(table.unit_id).where(table.id == topic.id, visible))
    if unit_id is None:
        raise NotFound(topic.kind)
    return UnitId(unit_id)


def changed(tx: Tx, topic: Topic) -> UnitId:
    """Return the unit of a topic that the person asking may add to; raises NotFound, AccessDenied."""
    unit_id = seen(tx, topic)
    require(tx, _RIGHTS[topic.kind].add, unit_id)
    return unit_id


def take_out(tx: Tx, row: Added, expected_version: int, reason: str) -> str:
    """Mark what somebody added as removed by the person asking, who may change its topic; return the reason.

    Raises Conflict when somebody else removed it meanwhile, InvalidValue: `state` `decided` when it is
    removed already, `reason` `required` or `too_long`.
    """
    sealed = Row(tx, row.__tablename__, row.uid)
    if row.removed_at is not None and row.version != expected_version:
        who = sealed.opened("remover", row.remover_sealed)
        raise Conflict(who, row.removed_at, ("state",), version=row.version)
    if row.removed_at is not None:
        raise InvalidValue("state", "decided")
    why = checked({"reason": reason}, "reason", longest=REASON_LENGTH)["reason"]
    columns = sealed.sealed({"remover": tx.principal.name, "removal": why})
    row.removed_at = tx.now
    row.remover_sealed, row.removal_sealed = columns["remover_sealed"], columns["removal_sealed"]
    return why


def may_add(topic: Topic) -> Permission:
    """Return the permission that adding needs in the topic's unit."""
    return _RIGHTS[topic.kind].add
