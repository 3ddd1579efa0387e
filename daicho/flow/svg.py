"""Draws a flow chart as SVG: boxes in a row with arrows, the branch below them, risk marks on every box.

Every height follows from the wrapped text, so that nothing overlaps however long an entry's words are. The
picture holds no link, script or style sheet: it is shown as an image and set into PDF.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from daicho.flow.chart import Box, Chart
from daicho.flow.wrapping import width, wrap

FONTS = "Noto Sans CJK JP, Noto Sans JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif"
WIDTH = 1120.0
_MARGIN, _GAP, _PAD = 8.0, 28.0, 10.0
_HEAD, _NAME, _LINE, _AFTER = 34.0, 16.0, 18.0, 6.0
_MARK, _THREAT = 24.0, 16.0
_BRANCH_GAP = 40.0
_VALUE_LINES, _THREAT_LINES = 5, 2
_BIG, _TEXT, _SMALL = 14.0, 13.0, 11.5
_BOLD = 0.03
"""Width of the outline that makes a heading bold, per size, where the font has no bold face."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme; `fills` and `inks` are those of the risk scale, 0..4."""

    page: str
    panel: str
    line: str
    ink: str
    muted: str
    primary: str
    on_primary: str
    fills: Sequence[str]
    inks: Sequence[str]
    outlined: bool = False  # bold by an outline: the fonts of a PDF have one weight


@dataclass(frozen=True, slots=True)
class _Text:
    """One line of text at its place below the box's top."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    weight: int = 400


@dataclass(frozen=True, slots=True)
class _Chip:
    """A risk mark at its place below the box's top."""

    y: float
    label: str
    wide: float
    fill: str
    ink: str


@dataclass(frozen=True, slots=True)
class _Laid:
    """A box whose text is wrapped: what stands in it, and how high it must be at least."""

    name: str
    texts: Sequence[_Text]
    chips: Sequence[_Chip]
    height: float


def draw(chart: Chart, palette: Palette) -> str:
    """Return the chart as an SVG document."""
    count = len(chart.boxes)
    wide = (WIDTH - 2 * _MARGIN - (count - 1) * _GAP) / count
    laid = [_lay(box, wide, palette) for box in chart.boxes]
    high = max(each.height for each in laid)
    lefts = [_MARGIN + place * (wide + _GAP) for place in range(count)]
    branch_wide = 2 * wide + _GAP
    branch = _lay(chart.branch, branch_wide, palette)
    branch_left, branch_top = lefts[chart.branches_from], _MARGIN + high + _BRANCH_GAP
    total = branch_top + branch.height + _MARGIN
    parts = [_box(each, left, _MARGIN, wide, high, palette) for each, left in zip(laid, lefts, strict=True)]
    middle = _MARGIN + _HEAD / 2
    parts += [
        _arrow(((left + wide + 3, middle), (left + wide + _GAP - 3, middle)), palette) for left in lefts[:-1]
    ]
    parts.append(_box(branch, branch_left, branch_top, branch_wide, branch.height, palette))
    down = branch_left + wide / 2
    parts.append(_arrow(((down, _MARGIN + high + 3), (down, branch_top - 3)), palette))
    return _document(chart, total, parts, palette)


def _document(chart: Chart, total: float, parts: Sequence[str], palette: Palette) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}" height="{total:g}"'
        f' viewBox="0 0 {WIDTH:g} {total:g}" role="img" aria-labelledby="flow-title flow-desc"'
        f' font-family="{FONTS}">'
        f'<title id="flow-title">{escape(chart.title)}</title>'
        f'<desc id="flow-desc">{escape(chart.description)}</desc>'
        f'<rect width="{WIDTH:g}" height="{total:g}" fill="{palette.page}"/>{"".join(parts)}</svg>'
    )


def _lay(box: Box, wide: float, palette: Palette) -> _Laid:
    """Wrap everything that stands in a box of this width."""
    room = wide - 2 * _PAD
    y = _HEAD + _AFTER
    texts: list[_Text] = []
    chips: list[_Chip] = []
    for fact in box.facts:
        for line in wrap(fact.name, room / _SMALL, lines=2):
            y += _NAME
            texts.append(_Text(_PAD, y, line, _SMALL, palette.muted))
        for line in wrap(fact.value, room / _TEXT, lines=_VALUE_LINES):
            y += _LINE
            texts.append(_Text(_PAD, y, line, _TEXT, palette.ink))
        y += _AFTER
    for mark in box.risks:
        y += _AFTER
        fill, ink = palette.panel, palette.ink
        if mark.tone is not None:
            fill, ink = palette.fills[mark.tone], palette.inks[mark.tone]
        chips.append(_Chip(y, mark.label, min(room, width(mark.label) * _SMALL + 2 * _PAD), fill, ink))
        y += _MARK
        for threat in mark.threats:
            for line in wrap(threat, room / _SMALL, lines=_THREAT_LINES):
                y += _THREAT
                texts.append(_Text(_PAD, y, line, _SMALL, palette.ink))
        y += _AFTER if mark.threats else 0
    return _Laid(box.name, texts, chips, y + _PAD)


def _box(laid: _Laid, left: float, top: float, wide: float, high: float, palette: Palette) -> str:
    frame = (
        f'<rect x="{left:g}" y="{top:g}" width="{wide:g}" height="{high:g}" rx="6" fill="{palette.page}"'
        f' stroke="{palette.line}"/>'
    )
    head = (
        f'<path d="M{left:g} {top + _HEAD:g}v{6 - _HEAD:g}a6 6 0 0 1 6 -6h{wide - 12:g}a6 6 0 0 1 6 6'
        f'v{_HEAD - 6:g}z" fill="{palette.primary}"/>'
    )
    name = _text(_Text(left + _PAD, top + 22, laid.name, _BIG, palette.on_primary, 700), palette)
    parts = [frame, head, name]
    parts += [
        _text(_Text(left + each.x, top + each.y, each.text, each.size, each.colour, each.weight), palette)
        for each in laid.texts
    ]
    for chip in laid.chips:
        parts.append(
            f'<rect x="{left + _PAD:g}" y="{top + chip.y:g}" width="{chip.wide:g}" height="{_MARK - 4:g}"'
            f' rx="4" fill="{chip.fill}" stroke="{palette.line}"/>'
        )
        label = _Text(left + 2 * _PAD, top + chip.y + 14, chip.label, _SMALL, chip.ink, 700)
        parts.append(_text(label, palette))
    return f"<g>{''.join(parts)}</g>"


def _text(line: _Text, palette: Palette) -> str:
    weight = "" if line.weight == 400 else f' font-weight="{line.weight}"'
    if weight and palette.outlined:
        weight = f' stroke="{line.colour}" stroke-width="{line.size * _BOLD:g}"'
    return (
        f'<text x="{line.x:g}" y="{line.y:g}" font-size="{line.size:g}"{weight} fill="{line.colour}">'
        f"{escape(line.text, quote=False)}</text>"
    )


def _arrow(ends: tuple[tuple[float, float], tuple[float, float]], palette: Palette) -> str:
    (x, y), (to_x, to_y) = ends
    heads: Mapping[bool, str] = {
        True: f"M{to_x - 9:g} {to_y - 6:g}L{to_x:g} {to_y:g}L{to_x - 9:g} {to_y + 6:g}",
        False: f"M{to_x - 6:g} {to_y - 9:g}L{to_x:g} {to_y:g}L{to_x + 6:g} {to_y - 9:g}",
    }
    return (
        f'<path d="M{x:g} {y:g}L{to_x:g} {to_y:g}{heads[y == to_y]}" fill="none" stroke="{palette.primary}"'
        ' stroke-width="2"/>'
    )
