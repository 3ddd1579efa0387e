"""The line of a score over time, and the band that what is not known makes above it."""

from datetime import UTC, datetime, timedelta

from daicho.pages import trend
from registry.model import TrendPoint

START = datetime(2026, 4, 1, tzinfo=UTC)
POINTS = [TrendPoint(START + timedelta(days=30 * n), 40 + n, 60) for n in range(3)]


def test_the_band_lies_between_the_score_and_what_it_could_be() -> None:
    """Its outline goes along the upper ends and back along the scores; heights fall as scores rise."""
    outline, line = trend.band(POINTS), trend.places(POINTS)
    assert outline[3:] == [*reversed(line)]
    assert all(high < low for (_, high), (_, low) in zip(outline[:3], line, strict=True))
    assert [along for along, _ in outline[:3]] == [along for along, _ in line]


def test_one_point_has_no_band() -> None:
    """A band needs a line: nothing is drawn for a first scan."""
    assert trend.band(POINTS[:1]) == []
