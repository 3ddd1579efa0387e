"""Treemap group > kind > company or hospital > site: buttons laid out by area, for keyboard and print.

Layout: squarified treemap (Bruls, Huizing, van Wijk 2000), a little wider than square because words are
wide, with a floor for small areas: every tile stays readable, and the caption says so. A tile without
room for its sites names them in its tooltip and to screen readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

WIDTH, HEIGHT = 760.0, 440.0  # nominal pixels of the layout; sent to the browser as percent
GROUP_LABEL = 22.0
TILE_HEAD = 42.0  # name and level on two lines
FLAT_HEAD = 22.0  # both on one line
SITE_LINE = 20.0
SITE_WIDTH = 110.0  # sites less wide than this are rather laid one below the other
FLAT_WIDTH = 200.0  # a head of one line takes this much
NARROW = 72.0  # a tile less wide than this is lettered from top to bottom
FLOOR = 0.045  # smallest share of the map one tile gets
SITE_FLOOR = 0.12  # smallest share of its company that a site gets
WIDER = 1.6  # how much wider than high a tile should be: words are


@dataclass(frozen=True, slots=True)
class Tile:
    """One company, hospital or site; `tone` is the step 0..4 of the risk scale, None when not assessed."""

    id: str
    name: str
    detail: str
    weight: float
    tone: int | None
    parts: Sequence[Tile] = ()
    short: str = ""  # the detail where a site has but one line


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in nominal pixels."""

    x: float
    y: float
    width: float
    height: float

    def percent(self) -> dict[str, float]:
        """Return the rectangle as percent of the whole map."""
        return {
            "x": round(100 * self.x / WIDTH, 3),
            "y": round(100 * self.y / HEIGHT, 3),
            "w": round(100 * self.width / WIDTH, 3),
            "h": round(100 * self.height / HEIGHT, 3),
        }


def squarify(weights: Sequence[float], box: Box) -> list[Box]:
    """Return one rectangle per weight (descending, all positive), together filling the box."""
    boxes: list[Box] = []
    rest = list(weights)
    while rest:
        scale = box.width * box.height / sum(rest)
        side = min(box.width, box.height)
        row = 1
        while row < len(rest) and _worst(rest[: row + 1], side, scale) <= _worst(rest[:row], side, scale):
            row += 1
        placed, box = _place(rest[:row], box, scale)
        boxes += placed
        rest = rest[row:]
    return boxes


def lay_out(weights: Sequence[float], box: Box) -> list[Box]:
    """Return one rectangle per weight like `squarify`, but rather wide than high, so that names fit."""
    squares = squarify(weights, Box(box.x / WIDER, box.y, box.width / WIDER, box.height))
    return [Box(each.x * WIDER, each.y, each.width * WIDER, each.height) for each in squares]


def _worst(row: Sequence[float], side: float, scale: float) -> float:
    """Return the worst aspect ratio when the row is laid along the side."""
    area = sum(row) * scale
    return max(max(side**2 * w * scale / area**2, area**2 / (side**2 * w * scale)) for w in row)


def _place(row: Sequence[float], box: Box, scale: float) -> tuple[list[Box], Box]:
    """Lay a row along the shorter side; return its boxes and what remains."""
    total = sum(row)
    boxes: list[Box] = []
    if box.width >= box.height:
        thick = total * scale / box.height
        y = box.y
        for weight in row:
            height = box.height * weight / total
            boxes.append(Box(box.x, y, thick, height))
            y += height
        return boxes, Box(box.x + thick, box.y, max(box.width - thick, 1e-6), box.height)
    thick = total * scale / box.width
    x = box.x
    for weight in row:
        width = box.width * weight / total
        boxes.append(Box(x, box.y, width, thick))
        x += width
    return boxes, Box(box.x, box.y + thick, box.width, max(box.height - thick, 1e-6))


def floored(weights: Sequence[float], floor: float) -> list[float]:
    """Return shares of one in which none is below the floor (or below an equal part of a crowded map)."""
    if not weights:
        return []
    total = sum(weights) or 1.0
    low = min(floor, 0.5 / len(weights))
    raised = [max(weight / total, low) for weight in weights]
    return [weight / sum(raised) for weight in raised]


def layout(groups: Sequence[tuple[str, Sequence[Tile]]]) -> dict[str, Any]:
    """Return labels and tiles with their places in percent; groups keep their order, tiles go by weight."""
    ordered = [(name, sorted(tiles, key=lambda tile: -tile.weight)) for name, tiles in groups if tiles]
    flat = [tile for _, tiles in ordered for tile in tiles]
    share = dict(zip((tile.id for tile in flat), floored([t.weight for t in flat], FLOOR), strict=True))
    sizes = sorted(
        ((sum(share[tile.id] for tile in tiles), name, tiles) for name, tiles in ordered),
        key=lambda each: -each[0],
    )
    labels: list[dict[str, Any]] = []
    shown: list[dict[str, Any]] = []
    for box, (_, name, tiles) in zip(
        squarify([size for size, _, _ in sizes], Box(0, 0, WIDTH, HEIGHT)), sizes, strict=True
    ):
        labels.append({"text": name, **box.percent()})
        inner = Box(box.x, box.y + GROUP_LABEL, box.width - 4, max(box.height - GROUP_LABEL - 2, 1))
        weights = sorted((share[tile.id] for tile in tiles), reverse=True)
        by_share = sorted(tiles, key=lambda tile: -share[tile.id])
        shown += [_tile(tile, place) for tile, place in zip(by_share, lay_out(weights, inner), strict=True)]
    return {"labels": labels, "tiles": shown}


def _sites(tile: Tile, box: Box) -> tuple[bool, list[dict[str, Any]]]:
    """Return whether the tile's head is one line, and its sites where there is room for them."""
    sites = sorted((part for part in tile.parts if part.weight > 0), key=lambda part: -part.weight)
    flat = box.height < TILE_HEAD + (SITE_LINE if len(sites) > 1 else 0)
    head = FLAT_HEAD if flat else TILE_HEAD
    room = Box(0, head, box.width, box.height - head - 1)
    if len(sites) < 2 or room.height < SITE_LINE or (flat and room.width < FLAT_WIDTH):
        return box.height < TILE_HEAD, []
    shares = floored([site.weight for site in sites], max(SITE_FLOOR, 1.3 * SITE_LINE / room.height))
    places = lay_out(shares, room)
    if min(each.width for each in places) < SITE_WIDTH and min(shares) * room.height >= SITE_LINE:
        places = rows(shares, room)
    if min(each.width for each in places) < NARROW:
        return box.height < TILE_HEAD, []
    return flat, [
        {
            "name": site.name,
            "detail": site.short if place.height < 2 * SITE_LINE else site.detail,
            "tone": site.tone,
            "flat": place.height < 2 * SITE_LINE,
            "x": 100 * place.x / box.width,
            "y": 100 * place.y / box.height,
            "w": 100 * place.width / box.width,
            "h": 100 * place.height / box.height,
        }
        for site, place in zip(sites, places, strict=True)
    ]


def rows(shares: Sequence[float], box: Box) -> list[Box]:
    """Return one rectangle as wide as the box per share of one, from top to bottom."""
    placed: list[Box] = []
    y = box.y
    for share in shares:
        placed.append(Box(box.x, y, box.width, box.height * share))
        y += box.height * share
    return placed


def _tile(tile: Tile, box: Box) -> dict[str, Any]:
    flat, parts = _sites(tile, box)
    return {
        "id": tile.id,
        "name": tile.name,
        "detail": tile.detail,
        "tone": tile.tone,
        "parts": parts,
        "whole": [f"{part.name} {part.detail}" for part in tile.parts],
        "flat": flat,
        "narrow": box.width < NARROW < box.height,
        "tall": not parts and box.height >= 2 * TILE_HEAD,
        **box.percent(),
    }


_MAP = st.components.v2.component(
    "daicho.treemap",
    js=Path(__file__).with_name("treemap.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def show(groups: Sequence[tuple[str, Sequence[Tile]]], label: str, key: str) -> str | None:
    """Show the map; return the id of the tile that was clicked in this run, else None."""
    result = _MAP(key=key, data={"label": label, **layout(groups)}, on_open_change=_reacts)
    return str(result.open) if result.open else None


def _reacts() -> None:
    """Make the click cause a rerun; the value is read from the result."""
