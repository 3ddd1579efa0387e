"""Lists of laws as files: the list of today, and the list as it was reviewed."""

from __future__ import annotations

from collections.abc import Sequence

from daicho.pages import law_words, list_export
from daicho.pages.context import PageContext
from daicho.pages.list_export import Listing
from daicho.table_out import Value
from privacy_mark.laws.copies import CopiedLine
from registry.model import Unit


def show(unit: Unit, lines: Sequence[CopiedLine], name: str, context: PageContext) -> None:
    """Offer a list as Excel and CSV; each time is recorded. `name` tells which: "2026-11-20"."""
    text = context.text
    labels = {"xlsx": text("Excel で受け取る"), "csv": text("CSV で受け取る")}
    file = f"laws-{unit.code}{f'-{name}' if name else ''}"
    list_export.show(labels, file, "laws", lambda form: made(form, unit, lines, name, context))


def made(form: str, unit: Unit, lines: Sequence[CopiedLine], name: str, context: PageContext) -> bytes:
    """Return the file, after the journal has that it leaves the product."""
    rows, title = [_row(each, context) for each in lines], context.text("法令等一覧")
    details = {"reviewed_on": name}
    return list_export.made(
        form, Listing("law_entry", unit.id, title, _head(context), rows, details), context
    )


def _head(context: PageContext) -> list[str]:
    text = context.text
    return [
        text("法令等"),
        text("種類"),
        text("番号"),
        text("所管"),
        text("公表元"),
        text("施行日"),
        text("終わりの日"),
        text("適用"),
        text("理由"),
        text("担当"),
        text("判断した日"),
    ]


def _row(each: CopiedLine, context: PageContext) -> list[Value]:
    text, language = context.text, context.language
    return [
        each.names[language],
        text(law_words.KIND[each.kind]),
        each.number,
        each.authorities[language],
        each.address,
        each.since,
        each.until,
        text(law_words.APPLIES[each.applies]),
        each.reason,
        each.owner,
        each.decided_on,
    ]
