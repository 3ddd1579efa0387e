"""A kept answer and a form in each company of the tests, and a call of every service of evidence packs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from daicho.originals.filling import opened
from privacy_mark.pack import answers, building, originals
from privacy_mark.pack.bag import Pack
from privacy_mark.pack.building import Built
from privacy_mark.pack.model import Order, Purpose
from privacy_mark.pack.original_model import OriginalDraft, OriginalId
from registry.model import UnitId
from registry.store import Tx
from tests.access.rights import ABSENT, DAY
from tests.certification.pack.original_files import control, word_form

ORDER = Order(Purpose.RENEWAL)


@dataclass(frozen=True, slots=True)
class Packs:
    """The ids of one company's rows."""

    original_id: OriginalId


NO_PACKS = Packs(OriginalId(ABSENT))


def form(unit_id: UnitId) -> OriginalDraft:
    """Return a form of the application."""
    kana = {"{{事業者のカナ}}": "applicant_kana"}
    return OriginalDraft(unit_id, "jipdec", Purpose.RENEWAL, "application", DAY, kana)


def fill(tx: Tx, unit_id: UnitId, mark: str) -> Packs:
    """Keep an answer and a form, marked."""
    answers.keep(tx, unit_id, {"contact_name": f"担当 {mark}"})
    kept = originals.register(tx, form(unit_id), f"様式 {mark}.docx", word_form(), opened)
    return Packs(kept.id)


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


READS: dict[str, Call] = {
    "pack.answers.answers": lambda tx, _, at: answers.answers(tx, at.unit_id),
    "pack.answers.sites": lambda tx, _, at: answers.sites(tx, at.unit_id),
    "pack.building.build": _build,
    "pack.building.preview": lambda tx, _, at: building.preview(tx, at.unit_id, ORDER),
    "pack.originals.content": lambda tx, _, at: originals.content(tx, at.unit_id, at.packs.original_id),
    "pack.originals.originals": lambda tx, _, at: originals.originals(tx, at.unit_id),
}
WRITES: dict[str, Call] = {
    "pack.answers.keep": lambda tx, _, at: answers.keep(tx, at.unit_id, {"contact_name": "担当者"}),
    "pack.building.note_built": _note,
    "pack.originals.end": lambda tx, _, at: originals.end(tx, at.packs.original_id, expected_version=1),
    "pack.originals.register": lambda tx, _, at: originals.register(
        tx, form(at.unit_id), "新しい様式.docx", word_form(control("contact_mail")), opened
    ),
}
