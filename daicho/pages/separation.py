"""What stays closed because it belongs to another legal entity, and why: said where it would have stood."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from daicho.pages import frame, words
from daicho.pages.context import PageContext
from registry.access import withheld
from registry.model import Unit, UnitId
from registry.store import Tx

_NAMED = 5


def closed(tx: Tx) -> frozenset[UnitId]:
    """Return the visible units whose locations and samples are withheld from the person."""
    return withheld(tx)


def note(closed_units: Collection[UnitId], units: Sequence[Unit], context: PageContext) -> None:
    """Name the entities whose locations and samples are withheld; nothing when there are none."""
    names = [unit.name(context.language) for unit in units if unit.id in closed_units and unit.kind.is_entity]
    if names:
        frame.note(
            context.text(
                "{units}の場所と見本は表示していません。別の法人のため、委託または共同利用の根拠の記録と承認が"
                "要ります。件数と点数は表示します。",
                units=words.listed(names, context.text, _NAMED),
            )
        )


def why(context: PageContext) -> str:
    """Return why one thing of another entity is withheld."""
    return context.text("別の法人のデータです。委託または共同利用の根拠が記録・承認されるまで表示しません。")
