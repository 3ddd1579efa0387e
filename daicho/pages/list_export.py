"""Lists given out as Excel or CSV: made when somebody asks, and the journal has it before they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import streamlit as st

from daicho.pages.context import PageContext
from daicho.table_out import Value, csv_bytes, xlsx_bytes
from registry.model import UnitId
from registry.views import note_export

MIME: Mapping[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands in the file, and what the journal says of it."""

    of: str  # type of the records
    unit_id: UnitId
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Value]] = field(repr=False)
    details: Mapping[str, str] = field(default_factory=dict)


def show(
    labels: Mapping[str, str],
    name: str,
    key: str,
    made_by: Callable[[str], bytes],
    kind: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """Offer a file `name` in each form that has a label; `made_by` makes it."""
    with st.container(horizontal=True, gap="small"):
        for form, label in labels.items():
            st.download_button(
                label,
                partial(made_by, form),
                file_name=f"{name}.{form}",
                mime=MIME[form],
                key=f"{key}-{form}",
                icon=":material/download:",
                type=kind,
                on_click="ignore",
            )


def made(form: str, what: Listing, context: PageContext) -> bytes:
    """Return the file, after the journal has that it leaves the product."""
    details = {"rows": len(what.rows), "format": form, **what.details}
    note_export(context.workspace.registry, context.principal, what.of, what.unit_id, details)
    if form == "xlsx":
        return xlsx_bytes(what.title, what.head, what.rows)
    return csv_bytes(what.head, what.rows)
