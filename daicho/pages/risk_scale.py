"""The risk scale: one definition of its five steps, with shape, word and colours.

The shapes are JIS X 0208 characters: they survive every Japanese font, CP932 and a grey photocopy.
Colours differ enough in lightness to be told apart with every common colour vision deficiency.
"""

from __future__ import annotations

from dataclasses import dataclass

from daicho.text import Translator, mark
from registry.model import RiskLevel


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours of a step on one theme: the treemap's fill and ink, the chip's fill and ink."""

    fill: str
    ink: str
    chip: str
    chip_ink: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the scale."""

    level: RiskLevel
    shape: str
    word: str  # message id
    light: Colours
    dark: Colours


_INK, _DARK_INK, _WHITE = "#1C2127", "#15181D", "#FFFFFF"
STEPS: tuple[Step, ...] = (
    Step(
        RiskLevel.LOW,
        "○",
        mark("低"),
        Colours("#E4ECF2", _INK, "#E9EFF4", "#3F5768"),
        Colours("#2C3A46", _WHITE, "#26313B", "#B9CDDB"),
    ),
    Step(
        RiskLevel.MODERATE,
        "◇",
        mark("中"),
        Colours("#EDCF74", _INK, "#FBF0CC", "#5E4E06"),
        Colours("#6B5A1D", _WHITE, "#3A3214", "#E9D583"),
    ),
    Step(
        RiskLevel.ELEVATED,
        "△",
        mark("やや高"),
        Colours("#E59140", _INK, "#FCE3C8", "#7D3F00"),
        Colours("#C07324", _DARK_INK, "#472C10", "#F6BC7C"),
    ),
    Step(
        RiskLevel.HIGH,
        "▲",
        mark("高"),
        Colours("#C64422", _WHITE, "#FBDDD3", "#962A0D"),
        Colours("#EF7B52", _DARK_INK, "#55231A", "#FFB59B"),
    ),
    Step(
        RiskLevel.CRITICAL,
        "■",
        mark("危機的"),
        Colours("#6E1033", _WHITE, "#6E1033", _WHITE),
        Colours("#FFB3C6", _DARK_INK, "#FFB3C6", "#3A0519"),
    ),
)


def step(level: RiskLevel) -> Step:
    """Return the step of a level."""
    return STEPS[level // 20]


def step_of(score: int) -> Step:
    """Return the step of a score 0..100."""
    return step(RiskLevel.of(score))


def label(score: int, text: Translator) -> str:
    """Return shape, word and score, e.g. "▲ 高 72"."""
    found = step_of(score)
    return f"{found.shape} {text(found.word)} {score}"


def word(score: int, text: Translator) -> str:
    """Return the word of a score's step."""
    return text(step_of(score).word)


def variables(theme: str) -> str:
    """Return the scale as CSS variables of the "light" or "dark" theme."""
    lines = []
    for index, each in enumerate(STEPS):
        colours = each.dark if theme == "dark" else each.light
        lines.append(
            f"--risk-fill-{index}:{colours.fill};--risk-ink-{index}:{colours.ink};"
            f"--risk-chip-{index}:{colours.chip};--risk-chip-ink-{index}:{colours.chip_ink};"
        )
    return "".join(lines)
