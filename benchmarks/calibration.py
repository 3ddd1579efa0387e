"""Whether 0.9 means nine in ten, by category: python -m benchmarks.calibration [--write].

Counts right findings by category and band of scores. --write fits `data/calibration.toml` on the sets that
may be looked at: the development set and the written sets a and c, and for names also the public sentences
and the English ones. Radiology reports are left out: their gold means something else. A category gets a
curve when a band of 40 findings or more lies clearly beside its score; each band is drawn towards its own
score as if 40 more findings agreed with it, and bands that would then fall are pooled.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import accuracy_sets as sets  # noqa: E402  the checkout must be on the path first
from benchmarks.scoring import rules  # noqa: E402
from benchmarks.written import measure as written  # noqa: E402
from scanners.detectors.evidence import AGAINST, believed, score  # noqa: E402
from scanners.model import Category, Match  # noqa: E402

FILE: Final = ROOT / "data" / "calibration.toml"
FITTED: Final = ("dev", "corpora", "english", written.key("a"), written.key("c"))
MEASURED: Final = ("english_held_out", written.key("b"), written.key("d"))
BANDS: Final = 20  # of equal width
ENOUGH: Final = 40  # findings that a band needs to say that it is off; as many agree with the raw score
OFF: Final = 0.05
_Z: Final = 1.96


@dataclass(slots=True)
class Band:
    """Findings of one category whose scores lie near each other."""

    right: int = 0
    total: int = 0
    scores: float = 0.0  # sum

    def add(self, value: float, *, right: bool) -> None:
        """Count one finding."""
        self.right += right
        self.total += 1
        self.scores += value

    @property
    def score(self) -> float:
        """The mean score."""
        return self.scores / self.total

    @property
    def precision(self) -> float:
        """The share of right findings."""
        return self.right / self.total

    @property
    def is_off(self) -> bool:
        """Whether the score is far from the precision and outside its 95 % interval (Wilson)."""
        share, n = self.precision, self.total
        middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * (share * (1 - share) / n + _Z**2 / (4 * n**2)) ** 0.5
        inside = middle - half <= self.score <= middle + half
        return n >= ENOUGH and abs(share - self.score) > OFF and not inside


Bands = Mapping[str, Mapping[int, Band]]  # category -> number of the band -> counts


def judged(each: sets.TextSet, found: Sequence[Iterable[Match]]) -> Iterator[tuple[Match, bool]]:
    """Yield the findings of a set that count, and whether they are right: by overlap, as precision is."""
    hit = rules().hit
    for item, matches in zip(each.items, found, strict=True):
        for match in matches:
            kind, span = match.category.value, (match.start, match.end)
            if each.only and kind not in each.only:
                continue
            right = any(gold[2] == kind and hit(span, gold[:2]) for gold in item.gold)
            if right or not any(gold[2] == kind and hit(span, gold[:2]) for gold in item.optional):
                yield match, right


def number(value: float) -> int:
    """Return the band of a score."""
    return min(int(value * BANDS + 1e-9), BANDS - 1)


def raw(match: Match) -> float | None:
    """Return what a match's evidence adds up to where that makes its score; None where it does not."""
    if any(reason.kind in AGAINST for reason in match.evidence):
        return None
    return score(*match.evidence) if believed(match.category, match.evidence) == match.score else None


def knots(bands: Mapping[int, Band]) -> list[tuple[float, float]]:
    """Return a monotone curve: every band drawn to its score, falling ones pooled, the rest as it was."""
    pooled: list[tuple[float, float, list[float]]] = []  # weight, value, raw scores
    for _, band in sorted(bands.items()):
        weight = float(band.total + ENOUGH)
        pooled.append((weight, (band.right + ENOUGH * band.score) / weight, [band.score]))
        while len(pooled) > 1 and pooled[-2][1] > pooled[-1][1]:
            (one, low, before), (two, high, behind) = pooled[-2:]
            pooled[-2:] = [(one + two, (one * low + two * high) / (one + two), before + behind)]
    known = {at: value for _, value, scores in pooled for at in scores}
    for empty in range(BANDS):
        if empty not in bands:
            at = (empty + 0.5) / BANDS
            floor = max((value for place, value in known.items() if place < at), default=0.0)
            ceiling = min((value for place, value in known.items() if place > at), default=1.0)
            known[at] = min(max(at, floor), ceiling)
    inner = [(round(at, 3), round(value, 3)) for at, value in sorted(known.items())]
    curve = [(0.0, 0.0), *inner, (1.0, 1.0)]
    # Where a curve and both its neighbours change nothing, a straight line says the same.
    return [
        curve[at]
        for at in range(1, len(curve) - 1)
        if any(before != after for before, after in curve[at - 1 : at + 2])
    ]


def fitted(found: Mapping[str, tuple[sets.TextSet, Sequence[Iterable[Match]]]]) -> str:
    """Return the file of curves; set -> (set, its findings)."""
    bands: dict[Category, dict[int, Band]] = defaultdict(lambda: defaultdict(Band))
    own: set[Category] = set()  # categories whose scores are made otherwise
    for each, matches in found.values():
        for match, right in judged(each, matches):
            value = raw(match)
            if value is not None:
                bands[match.category][number(value)].add(value, right=right)
            elif not any(reason.kind in AGAINST for reason in match.evidence):
                own.add(match.category)
    lines = [
        "# Made by `python -m benchmarks.calibration --write`; change nothing by hand. By category: curve",
        "# as [raw score, calibrated score] and counts as [mean raw score, right findings, findings].",
    ]
    for category in sorted(bands.keys() - own):
        here = bands[category]
        if any(band.is_off for band in here.values()):
            curve = ", ".join(f"[{at}, {value}]" for at, value in knots(here))
            counts = ", ".join(
                f"[{band.score:.3f}, {band.right}, {band.total}]" for _, band in sorted(here.items())
            )
            lines += ["", f"[{category.value}]", f"knots = [{curve}]", f"counted = [{counts}]"]
    return "\n".join(lines) + "\n"


def tally(bands: dict[str, dict[int, Band]], each: sets.TextSet, found: Sequence[Iterable[Match]]) -> None:
    """Count a set's findings by category and band of their scores as they are reported."""
    for match, right in judged(each, found):
        bands.setdefault(match.category.value, {}).setdefault(number(match.score), Band()).add(
            match.score, right=right
        )


def main() -> None:
    """Print what is counted; write the curves when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write data/calibration.toml")
    options = parser.parse_args()
    found = {
        each.key: (each, sets.own_matches([item.text for item in each.items]))
        for each in (*sets.text_sets(), *written.text_sets())
        if each.key in FITTED
    }
    text = fitted(found)
    if options.write:
        FILE.write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
