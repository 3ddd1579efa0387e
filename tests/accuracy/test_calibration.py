"""Scores and what they mean: curves are monotone, few findings change little, the report shows the table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.accuracy_report import OWN, Results, markdown, plain
from benchmarks.accuracy_sets import TextSet
from benchmarks.calibration import BANDS, FILE, FITTED, MEASURED, Band, fitted, knots, number, tally
from benchmarks.scoring import TOTAL, Document, Interval, Score, Scores
from benchmarks.written.documents import MORE, SETS
from benchmarks.written.measure import key
from scanners.detectors.calibration import along, curves
from scanners.detectors.evidence import PATTERN, WEIGHT, score
from scanners.detectors.evidence import number as made
from scanners.model import Category, Evidence, EvidenceKind, Match

LABELLED = (PATTERN, Evidence(EvidenceKind.LABEL, "電話番号"))


def _band(score: float, right: int, total: int) -> Band:
    return Band(right, total, score * total)


@given(
    st.dictionaries(
        st.integers(0, BANDS - 1),
        st.tuples(st.floats(0, 0.999), st.integers(1, 300), st.floats(0, 1)),
        max_size=8,
    )
)
def test_curves_rise(counted: dict[int, tuple[float, int, float]]) -> None:
    """A better raw score is never believed less, whatever was counted."""
    bands = {
        place: _band((place + inside) / BANDS, round(share * total), total)
        for place, (inside, total, share) in counted.items()
    }
    curve = [(0.0, 0.0), *knots(bands), (1.0, 1.0)]
    values = [along(curve, step / 200) for step in range(201)]
    assert values == sorted(values)
    assert 0.0 <= values[0] <= values[-1] <= 1.0


def test_few_findings_change_little() -> None:
    """Two findings are drawn to their score, two hundred speak for themselves."""
    curve = dict(knots({12: _band(0.62, 2, 2), 16: _band(0.82, 200, 200)}))
    assert curve[0.62] == pytest.approx(0.62, abs=0.03)
    assert curve[0.82] > 0.95


def test_only_clear_bands_make_a_curve() -> None:
    """Too few, too near, or within the interval: nothing is off."""
    assert not _band(0.79, 39, 39).is_off
    assert not _band(0.93, 60, 62).is_off
    assert not _band(0.80, 35, 40).is_off
    assert _band(0.79, 60, 62).is_off
    assert _band(0.95, 40, 60).is_off


def _set(right: int, wrong: int) -> tuple[TextSet, list[list[Match]]]:
    """Return one document with telephone numbers that are found, some of them wrongly."""
    found = [
        made("phone/1", Category.PHONE, 10 * place, 10 * place + 5, *LABELLED)
        for place in range(right + wrong)
    ]
    gold = tuple((match.start, match.end, "PHONE") for match in found[:right])
    return TextSet("dev", "Set", (Document("x" * 10 * len(found), gold),), ("PHONE",)), [found]


def test_what_is_counted_becomes_a_curve() -> None:
    """Labelled numbers that are nearly always right get the score that says so, others keep theirs."""
    raw = score(*LABELLED)
    curve = curves(fitted({"dev": _set(200, 2)}))[Category.PHONE]
    assert along(curve, raw) == pytest.approx((200 + 40 * raw) / 242, abs=0.01)
    assert along(curve, 0.3) == 0.3
    assert Category.PHONE not in curves(fitted({"dev": _set(30, 8)}))


def test_the_curves_in_force_lower_nothing() -> None:
    """Thresholds of workspaces work on scores: what was reported stays reported."""
    in_force = curves(FILE.read_text(encoding="utf-8"))
    assert in_force
    for curve in in_force.values():
        assert all(along(curve, step / 1000) >= step / 1000 for step in range(1001))
    assert max(WEIGHT.values()) < 1


def test_nothing_is_fitted_on_what_is_only_measured() -> None:
    """The second set of each pair tests the curves, so that it may not make them."""
    assert {key(SETS[1]), key(MORE[1])} <= set(MEASURED)
    assert not set(FITTED) & set(MEASURED)


def test_the_report_shows_what_scores_mean() -> None:
    """One row a band with ten findings; thinner ones are left out."""
    results = Results()
    tally(results.reliability, *_set(19, 1))
    tally(results.reliability_measured, *_set(5, 1))
    results.reliability["DOB"] = {15: _band(0.79, 9, 9)}
    interval = Interval(1.0, 1.0, 1.0)
    each = Score(1, 1, 1.0, 1.0, interval, interval)
    results.scores["dev", OWN] = Scores({TOTAL: each, "PHONE": each}, 1.0, 0.0)
    results.titles["dev"] = "Development set"
    results.tables[OWN] = (1, 1)
    results.groups["kana"] = each
    value = made("phone/1", Category.PHONE, 0, 5, *LABELLED).score
    place = number(value)
    band = f"{place / BANDS:.2f}-{(place + 1) / BANDS:.2f}"
    row = f"| PHONE | {band} | 20 | {value:.3f} | 0.950 | 6 | {value:.3f} | 0.833 |"
    assert row in markdown(results)
    assert row in plain(results)
    assert "| DOB |" not in markdown(results)
