"""A call of every service of evidence packs, for the company of a target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from privacy_mark.pack import answers, building
from privacy_mark.pack.bag import Pack
from privacy_mark.pack.building import Built
from privacy_mark.pack.model import Order, Purpose
from registry.store import Tx

ORDER = Order(Purpose.RENEWAL)
Call = Callable[[Tx, Any, Any], object]


def _build(tx: Tx, _world: Any, at: Any) -> object:
    return building.build(
        tx,
        at.unit_id,
        ORDER,
        lambda _of, sheet: sheet.file.encode(),
        lambda _of, _by: b"list",
        lambda _of, _used, data: data,
    )


def _note(tx: Tx, _world: Any, at: Any) -> object:
    found = building.preview(tx, at.unit_id, ORDER)
    building.note_built(tx, Built(found, Pack(found.name, b"", "0" * 64, b""), 0, 0))
    return True


def _answered(tx: Tx, at: Any) -> object:
    """Ask for what nobody answered: who may is told so, which is an answer."""
    answers.answers(tx, at.unit_id)
    return True


READS: dict[str, Call] = {
    "pack.answers.answers": lambda tx, _, at: _answered(tx, at),
    "pack.building.build": _build,
    "pack.building.preview": lambda tx, _, at: building.preview(tx, at.unit_id, ORDER),
}
WRITES: dict[str, Call] = {
    "pack.answers.keep": lambda tx, _, at: answers.keep(tx, at.unit_id, {"contact_name": "担当者"}),
    "pack.building.note_built": _note,
}
