"""Counts how common each letter is in each language: `python -m training.encodings` writes data/letters.txt.

Alphabets are counted from sentences of our own (encoding_texts.yaml), Chinese and Korean stand in order of
frequency there; Japanese characters, and pairs of half-width kana, are counted from the labelled texts
(training/corpora.py) and the names of municipalities. The table says how surprising a character is, in
tenths of a nat, so that readings of the same bytes can be compared.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from training.corpora import corpora_folder, read
from training.synthetic_names import half_width

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "data" / "letters.txt"
_TEXTS = Path(__file__).resolve().parent / "encoding_texts.yaml"
_CJK = ("zh-hans", "zh-hant", "ko")
_HEAD = """\
# How surprising a character is in a language: language, cost in tenths of a nat, characters ("kana": pairs).
# Made by `python -m training.encodings`; its sources stand in SOURCES.md.
"""


def _cost(share: float) -> int:
    return round(-10 * math.log(share))


def _alphabet(sentences: list[str], letters: str) -> dict[str, int]:
    """Return the cost of every letter beyond ASCII, small and capital."""
    counted = Counter("".join(sentences).lower())
    counted.update(dict.fromkeys(letters, 0))
    total = sum(number for letter, number in counted.items() if letter.isalpha() or letter > "\x7f")
    costs = {
        letter: _cost((number + 0.5) / total)
        for letter, number in counted.items()
        if letter > "\x7f" and not letter.isspace()
    }
    capitals = {letter.upper(): cost + 25 for letter, cost in costs.items() if len(letter.upper()) == 1}
    return {**capitals, **costs}


def _ranked(characters: str, sentences: list[str]) -> dict[str, int]:
    """Return costs by rank (Zipf's law), three quarters of a text being everyday characters."""
    order = list(dict.fromkeys(each for each in characters if not each.isspace()))
    order += [each for each in dict.fromkeys("".join(sentences)) if each > "\u2e80" and each not in order]
    scale = 0.75 / math.log((len(order) + 15) / 15)
    return {character: _cost(scale / (rank + 15)) for rank, character in enumerate(order)}


def _japanese_texts(own: Mapping[str, list[str]]) -> Iterator[str]:
    for path in sorted(corpora_folder().glob("*_train.jsonl")):
        yield from (labelled.text for labelled in read(path))
    yield from (ROOT / "data" / "municipalities.txt").read_text(encoding="utf-8").splitlines()
    yield from own["ja"]


def _japanese(texts: list[str]) -> dict[str, int]:
    counted = Counter(each for text in texts for each in text if each > "\x7f" and not each.isspace())
    total = sum(counted.values())
    return {each: _cost(number / total) for each, number in counted.items() if number > 1}


def _kana(texts: list[str]) -> dict[str, int]:
    """Return the cost of each pair of half-width kana, hiragana counted as katakana."""
    pairs: Counter[str] = Counter()
    firsts: Counter[str] = Counter()
    for text in texts:
        spoken = "".join(chr(ord(each) + 0x60) if "ぁ" <= each <= "ゔ" else each for each in text)
        for word in re.findall("[ァ-ヴー]{2,}", spoken):
            half = half_width(word)
            pairs.update(half[at : at + 2] for at in range(len(half) - 1))
            firsts.update(half[:-1])
    return {
        pair: _cost(number / firsts[pair[0]])
        for pair, number in pairs.items()
        if number > 2 and all("｡" <= each <= "ﾟ" for each in pair)
    }


def main() -> None:
    """Write the table."""
    own = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    japanese = list(_japanese_texts(own))
    tables = {"ja": _japanese(japanese), "kana": _kana(japanese)}
    for language, sentences in own.items():
        if language in _CJK:
            tables[language] = _ranked(own["frequent"][language], sentences)
        elif language not in ("ja", "words", "frequent", "alphabets"):
            tables[language] = _alphabet(sentences, own["alphabets"].get(language, ""))
    lines: list[str] = []
    for language, costs in tables.items():
        by_cost: defaultdict[int, list[str]] = defaultdict(list)
        for characters, cost in costs.items():
            by_cost[cost if language not in ("ja", "kana") else 2 * round(cost / 2)].append(characters)
        lines += [f"{language}\t{cost}\t{''.join(sorted(each))}" for cost, each in sorted(by_cost.items())]
    TABLE.write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    sys.stderr.write(f"{TABLE.relative_to(ROOT)}: {TABLE.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
