"""The line of a unit's score over time; its axis is the risk scale in shapes and words, not bare numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from daicho.pages import frame, risk_scale
from daicho.pages.context import PageContext
from registry.model import TrendPoint

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360.0, 250.0, 84.0, 20.0, 22.0, 26.0


def places(points: Sequence[TrendPoint]) -> list[tuple[float, float]]:
    """Return the points as picture coordinates: time to the right, score upwards."""
    return _placed(points, [point.score for point in points])


def band(points: Sequence[TrendPoint]) -> list[tuple[float, float]]:
    """Return the outline of the band between the scores and what they could be, for two points or more."""
    if len(points) < 2:
        return []
    return [*_placed(points, [point.upper for point in points]), *reversed(places(points))]


def _placed(points: Sequence[TrendPoint], values: Sequence[int]) -> list[tuple[float, float]]:
    first = points[0].at.timestamp()
    span = points[-1].at.timestamp() - first
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    found = []
    for point, value in zip(points, values, strict=True):
        along = (point.at.timestamp() - first) / span if span else 1.0
        found.append((round(LEFT + along * inner_width, 1), round(TOP + (1 - value / 100) * inner_height, 1)))
    return found


def picture(points: Sequence[TrendPoint], context: PageContext) -> dict[str, Any]:
    """Return what the browser's script draws: guide lines, words, dots and the latest score."""
    inner_height = HEIGHT - TOP - BOTTOM
    steps = []
    for index, step in enumerate(risk_scale.STEPS):
        top = TOP + (1 - (index + 1) / 5) * inner_height
        steps.append(
            {
                "y": top,
                "middle": top + inner_height / 10 + 4,
                "text": f"{step.shape} {context.text(step.word)}",
            }
        )
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "steps": steps,
        "points": places(points),
        "band": band(points),
        "last": str(points[-1].score),
        "from": context.formats.moment(points[0].at) if len(points) > 1 else "",
        "to": context.formats.moment(points[-1].at),
        "label": description(points, context),
    }


def description(points: Sequence[TrendPoint], context: PageContext) -> str:
    """Return the line in one sentence, for those who do not see it."""
    first, last = points[0], points[-1]
    return context.text(
        "{start} の {before} 点から {end} の {after} 点になりました。",
        start=context.formats.moment(first.at),
        before=first.score,
        end=context.formats.moment(last.at),
        after=last.score,
    )


_LINE = st.components.v2.component(
    "daicho.trend", js=Path(__file__).with_name("trend.js").read_text(encoding="utf-8"), isolate_styles=False
)


def show(points: Sequence[TrendPoint], context: PageContext, key: str) -> None:
    """Show the line, or say that it starts with the second scan."""
    if not points:
        frame.note(context.text("推移は次の走査から表示します。"))
        return
    _LINE(key=key, data=picture(points, context))
    if len(points) == 1:
        frame.note(context.text("まだ 1 回分の結果です。線は次の走査から伸びます。"))
