"""Names of diseases: a lexicon, and the endings that diseases in Japanese have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final

import yaml

from data import read_text

_LEXICON: Final[dict[str, Any]] = yaml.safe_load(read_text("lexicon_medical.yaml"))
SUFFIXES: Final = tuple(sorted(_LEXICON["suffixes"], key=len, reverse=True))
LABELS: Final[frozenset[str]] = frozenset(_LEXICON["labels"])
# Words with such an ending that name no disease.
NOT_DISEASES: Final[frozenset[str]] = frozenset(_LEXICON["not_diseases"])
_STEM: Final = "一-龥々ァ-ヴーⅠ-ⅤⅡA-Z0-9・"
# 「肺癌病変」 ends in no disease: another kanji may only follow as the beginning of a word of its own.
_ENDS: Final = r"(?!(?!疑|術|後|既往|治療|加療|合併|発症|入院|通院|再発|等|他|及)[一-龥々])"
_SUFFIXED: Final = re.compile(rf"[{_STEM}]{{1,16}}(?:{'|'.join(SUFFIXES)}){_ENDS}")
_QUALIFIER: Final = re.compile(
    r"(?:右|左|両|両側|急性|慢性|陳旧性|再発性|転移性|家族性|先天性|原発性|続発性|本態性|軽度|中等度|重度|疑い)+"
)
# Everything before the disease in one run of kanji that is no part of its name.
_PREFIX_NOISE: Final = re.compile(
    r"\A(?:既往|既往歴|病名|傷病名|主病名|診断名|診断|入院時|主訴|合併|同|及|他|現病歴)"
)


@cache
def lexicon() -> tuple[frozenset[str], frozenset[str]]:
    """Return the disease names of the lexicon: Japanese ones, and English ones in lower case."""
    japanese = frozenset(name for group in _LEXICON["ja"].values() for name in group)
    english = frozenset(name.lower() for group in _LEXICON["en"].values() for name in group)
    return japanese, english


@cache
def _japanese() -> re.Pattern[str]:
    """Return one expression for all Japanese names, longest first, parted by their first two characters."""
    names: dict[str, dict[str, list[str]]] = {}
    for name in sorted(lexicon()[0], key=len, reverse=True):
        names.setdefault(name[:1], {}).setdefault(name[1:2], []).append(name[2:])
    return re.compile(
        "|".join(
            f"{re.escape(first)}(?:{'|'.join(_behind(second, rests) for second, rests in group.items())})"
            for first, group in names.items()
        )
    )


def _behind(second: str, rests: list[str]) -> str:
    return f"{re.escape(second)}(?:{'|'.join(map(re.escape, rests))})"


@cache
def _hints() -> re.Pattern[str]:
    # The last two characters of every name and ending, or a Latin word.
    endings = {name[-2:] for name in lexicon()[0]}.union(SUFFIXES)
    singles = "".join(sorted(ending for ending in SUFFIXES if len(ending) == 1))
    pairs: dict[str, str] = {}
    for ending in sorted(ending for ending in endings if len(ending) > 1 and ending[-1] not in singles):
        pairs[ending[-2]] = pairs.get(ending[-2], "") + ending[-1]
    rest = "|".join(f"(?<={re.escape(first)})[{re.escape(seconds)}]" for first, seconds in pairs.items())
    # One set of characters comes first, so that the search runs from one of them to the next.
    firsts = re.escape("".join(pairs))
    return re.compile(f"[{singles}A-Za-z{firsts}](?:(?<=[{singles}])|(?<=[A-Za-z])[A-Za-z]|{rest})")


def may_name_disease(text: str, start: int, end: int) -> bool:
    """Say whether `diseases` can find anything in text[start:end]: the cheap question before it."""
    return _hints().search(text, start, end) is not None


_ENGLISH_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9'’-]*")


@cache
def _english() -> dict[str, tuple[str, ...]]:
    """Return the English names by their first word, longest first: an alternation of all is slow."""
    names: dict[str, list[str]] = {}
    for name in sorted(lexicon()[1], key=len, reverse=True):
        names.setdefault(name.split(" ")[0], []).append(name)
    return {word: tuple(group) for word, group in names.items()}


def _english_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    names = _english()
    for word in _ENGLISH_WORD.finditer(text, start, end):
        group = names.get(word.group().lower())
        if group is None:
            continue
        following = text[word.start() : min(end, word.start() + 60)].lower()
        for name in group:
            if following.startswith(name) and not following[len(name) : len(name) + 1].isalpha():
                yield word.start(), word.start() + len(name)
                break


def diseases(text: str, start: int, end: int, *, suffixes: bool) -> list[tuple[int, int]]:
    """Return the bounds of the disease names in text[start:end], ordered, not overlapping.

    With `suffixes` unknown words that end like a disease count too.
    """
    found = [
        _widened(text, match.start(), match.end(), start) for match in _japanese().finditer(text, start, end)
    ]
    found += _english_spans(text, start, end)
    if suffixes:
        for match in _SUFFIXED.finditer(text, start, end):
            noise = _PREFIX_NOISE.match(match.group())
            low = match.start() + (noise.end() if noise else 0)
            if text[low : match.end()] not in NOT_DISEASES and match.end() - low > 1:
                found.append((low, match.end()))
    kept: list[tuple[int, int]] = []
    for span in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
        elif span[1] > kept[-1][1]:
            kept[-1] = (kept[-1][0], span[1])
    return kept


def _widened(text: str, start: int, end: int, floor: int) -> tuple[int, int]:
    """Take 右, 急性 and the like in front of a known disease into its name."""
    piece = text[max(floor, start - 6) : start]
    for length in range(len(piece), 0, -1):
        if _QUALIFIER.fullmatch(piece[-length:]):
            return start - length, end
    return start, end


@lru_cache(maxsize=20_000)
def is_disease(value: str) -> bool:
    """Return True when a whole normalised cell names diseases and little else."""
    text = value.strip()
    spans = diseases(text, 0, len(text), suffixes=True)
    return sum(end - start for start, end in spans) * 2 >= len(text) > 0
