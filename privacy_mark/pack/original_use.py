"""A body's own form as a pack uses it: which field stands in each place, and what is still blank."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from privacy_mark.pack.original_model import Original
from privacy_mark.pack.sheets import Row, Sheet
from registry.risk_levels import Words


@dataclass(frozen=True, slots=True)
class Used:
    """One form of a pack."""

    original: Original
    sheet: Sheet = field(repr=False)  # the document that it is
    rows: Mapping[str, Row | None] = field(repr=False)  # by place; None: the forms have no such field now

    @property
    def file(self) -> str:
        """Return its name beside the numbered PDFs."""
        return f"{self.sheet.place:02}-{self.sheet.document.id.replace('_', '-')}.{self.original.kind}"

    @property
    def missing(self) -> tuple[Words, ...]:
        """Return the fields that are blank and should not be, in the order of places."""
        found: dict[Words, None] = {}
        for place, row in self.rows.items():
            if row is None:
                name = self.original.mapping[place]
                found[Words(name, name)] = None
            elif row.value in (None, "") and not row.field.optional:
                found[row.field.label] = None
        return tuple(found)


def uses(originals: Iterable[Original], sheets: Sequence[Sheet]) -> tuple[Used, ...]:
    """Return each form with its fields; one whose document these forms do not have is left out."""
    by_id = {sheet.document.id: sheet for sheet in sheets}
    return tuple(
        Used(each, by_id[each.document], rows_of(each.mapping, sheets))
        for each in originals
        if each.document in by_id
    )


def rows_of(mapping: Mapping[str, str], sheets: Sequence[Sheet]) -> dict[str, Row | None]:
    """Return what stands in each place of a mapping; None for a field that the forms do not have."""
    rows = {f"{sheet.document.id}.{row.field.id}": row for sheet in sheets for row in sheet.rows}
    return {place: rows.get(name) for place, name in mapping.items()}


def places(used: Iterable[Used]) -> bytes:
    """Return which figures stand in which place of which form, as CSV for the annex."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["file", "place", "field", "figures"])
    for each in used:
        for place, name in each.original.mapping.items():
            row = each.rows[place]
            writer.writerow([each.file, f"'{place}" if place[:1] in "=+-@" else place, name, _refs(row)])
    return out.getvalue().encode("utf-8-sig")


def _refs(row: Row | None) -> str:
    return " ".join(map(str, row.refs)) if row else ""
