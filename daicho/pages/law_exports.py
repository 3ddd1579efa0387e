"""Lists of laws as files: the list of today, and the list as it was reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from daicho.pages import law_words
from daicho.pages.context import PageContext
from daicho.table_out import Value, csv_bytes, xlsx_bytes
from privacy_mark.laws.copies import CopiedLine
from registry.model import Unit
from registry.views import note_export

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(unit: Unit, lines: Sequence[CopiedLine], name: str, context: PageContext) -> None:
    """Offer a list as Excel and CSV; each time is recorded. `name` tells which: "2026-11-20"."""
    text = context.text
    with st.container(horizontal=True, gap="small"):
        for form, mime in (("xlsx", _XLSX), ("csv", "text/csv")):
            st.download_button(
                text("Excel で受け取る") if form == "xlsx" else text("CSV で受け取る"),
                partial(made, form, unit, lines, name, context),
                file_name=f"laws-{unit.code}{f'-{name}' if name else ''}.{form}",
                mime=mime,
                key=f"laws-{form}",
                icon=":material/download:",
                on_click="ignore",
            )


def made(form: str, unit: Unit, lines: Sequence[CopiedLine], name: str, context: PageContext) -> bytes:
    """Return the file, after the journal has that it leaves the product."""
    text = context.text
    details = {"rows": len(lines), "format": form, "reviewed_on": name}
    note_export(context.workspace.registry, context.principal, "law_entry", unit.id, details)
    rows = [_row(each, context) for each in lines]
    if form == "xlsx":
        return xlsx_bytes(text("法令等一覧"), _head(context), rows)
    return csv_bytes(_head(context), rows)


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
