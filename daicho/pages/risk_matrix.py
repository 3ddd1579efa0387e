"""The matrix of likelihood and impact: how many threats stand where; a click narrows the list to a cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from daicho.pages import frame, risk_words
from daicho.pages.context import PageContext
from registry.risk_levels import STEPS, Step, scale

Cell = tuple[int, int]


def picture(counts: Mapping[Cell, int], selected: Cell | None, context: PageContext) -> dict[str, Any]:
    """Return the matrix as the browser's script builds it: the likeliest above, the gravest to the right."""
    text, language, known = context.text, context.language, scale()
    rows = []
    for likelihood in reversed(STEPS):
        cells = []
        for impact in STEPS:
            level = known.level(likelihood, impact)
            count = counts.get((likelihood, impact), 0)
            cells.append(
                {
                    "id": f"{likelihood}-{impact}",
                    "text": context.formats.number(count) if count else "",
                    "tone": risk_words.tone(level),
                    "level": risk_words.level(level, text),
                    "title": text(
                        "起こりやすさ {likelihood}、影響 {impact}：{level}、脅威 {number} 件",
                        likelihood=known.likelihood[likelihood].name.of(language),
                        impact=known.impact[impact].name.of(language),
                        level=risk_words.level(level, text),
                        number=count,
                    ),
                }
            )
        rows.append({"name": _name(known.likelihood[likelihood], language), "cells": cells})
    return {
        "label": text("脅威の数（縦：起こりやすさ、横：影響の大きさ）。数を押すと一覧を絞り込みます。"),
        "corner": text("起こりやすさ＼影響"),
        "columns": [_name(known.impact[impact], language) for impact in STEPS],
        "rows": rows,
        "selected": "" if selected is None else f"{selected[0]}-{selected[1]}",
    }


_MATRIX = st.components.v2.component(
    "daicho.risk_matrix",
    js=Path(__file__).with_name("risk_matrix.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def show(counts: Mapping[Cell, int], selected: Cell | None, context: PageContext, key: str) -> str | None:
    """Show the matrix; return the cell that was pressed in this run as "likelihood-impact", else None."""
    result = _MATRIX(key=key, data=picture(counts, selected, context), on_open_change=_reacts)
    return str(result.open) if result.open else None


def cell_of(written: str) -> Cell | None:
    """Return the cell of "likelihood-impact", None for anything else."""
    first, _, second = written.partition("-")
    if not (first.isdecimal() and second.isdecimal() and len(written) == 3):
        return None
    found = int(first), int(second)
    return found if found[0] in STEPS and found[1] in STEPS else None


def definitions(context: PageContext) -> None:
    """Show what each step of likelihood and impact means."""
    text, language, known = context.text, context.language, scale()
    with st.expander(text("起こりやすさと影響の基準")):
        left, right = st.columns(2)
        for place, name, steps in (
            (left, text("起こりやすさ"), known.likelihood),
            (right, text("影響の大きさ"), known.impact),
        ):
            with place:
                frame.heading(name)
                frame.facts({_name(step, language): step.means.of(language) for step in steps.values()})


def _name(step: Step, language: str) -> str:
    return f"{step.step} {step.name.of(language)}"


def _reacts() -> None:
    """Make the click cause a rerun; the value is read from the result."""
