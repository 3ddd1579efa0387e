"""Whom or what lines of 今日の対応 are about, in words for a page of them: the name of a processor 委託先."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from privacy_mark.due import Due
from privacy_mark.processors.due import EVALUATE
from registry.access import scope
from registry.model import Permission
from registry.sealing import Row
from registry.store import Tx
from registry.store.ledger_tables import ProcessorRecord


@dataclass(frozen=True, slots=True)
class About:
    """The first few names, and how many there are besides."""

    names: tuple[str, ...] = field(default=(), repr=False)
    more: int = 0


NOTHING = About()


def about(tx: Tx, dues: Sequence[Due]) -> list[About]:
    """Return what each of some lines is about, in their order; meant for a page of lines.

    Names are opened one by one, and told only to who may see them where they stand.
    """
    processors = _processors(tx, dues)
    return [processors.get(each, NOTHING) for each in dues]


def _processors(tx: Tx, dues: Sequence[Due]) -> dict[Due, About]:
    wanted = {int(each.row): each for each in dues if each.kind == EVALUATE}
    if not wanted:
        return {}
    rows = tx.session.execute(
        select(ProcessorRecord.id, ProcessorRecord.uid, ProcessorRecord.name_sealed).where(
            ProcessorRecord.id.in_(wanted), ProcessorRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER))
        )
    )
    return {
        wanted[row.id]: About((Row(tx, "processor", row.uid).opened("name", row.name_sealed),)) for row in rows
    }
