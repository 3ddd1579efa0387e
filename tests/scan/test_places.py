"""Names as data: what is masked, and that ordinary names stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanners.detection import analyzer
from scanners.places import Places, member_uri, name_of, shown_uri
from scanners.sources.local import file_uri
from scanners.tallies import DistinctTally


@pytest.fixture(scope="module")
def places() -> Places:
    """Names analysed with all detectors."""
    return Places(analyzer())


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("人事/佐藤花子_履歴書.docx", "花子"),
        ("田中一郎-健診.pdf", "一郎"),
        ("メモ_090-3344-5566.txt", "5566"),
        ("090-3344-5566/a.txt", "3344"),
    ],
)
def test_personal_data_in_names_is_masked(places: Places, name: str, secret: str) -> None:
    """Joined words and suffixes do not hide a value."""
    uri = file_uri(Path("/data") / name)
    shown = shown_uri(uri, name, places.matches(name))
    assert secret not in name_of(shown)
    assert shown.startswith("file:///data/")
    assert shown.count("/") == uri.count("/")


@pytest.mark.parametrize(
    "name",
    [
        "人事部/採用/2024年度.xlsx",
        "見積書_2024-03-15.pdf",
        "form_utf8.txt",
        "東京本社/議事録.docx",
        "backup/db.sqlite",
    ],
)
def test_ordinary_names_stay_readable(places: Places, name: str) -> None:
    """Departments, dates and file names are not masked."""
    assert places.matches(name) == []
    uri = file_uri(Path("/data") / name)
    assert shown_uri(uri, name, []) == uri


def test_tables_are_shown_as_they_are_named(places: Places) -> None:
    """Only file URIs are percent-encoded: a masked table reads like its neighbours."""
    name = "佐藤花子_健診"
    shown = shown_uri(f"sqlite:////srv/hr.db!{name}", name, places.matches(name))
    assert shown == "sqlite:////srv/hr.db!佐●●●_健診"
    name = "佐藤花子_健診%"
    shown = shown_uri(member_uri("sqlite:////srv/hr.db", name), name, places.matches(name))
    assert name_of(shown) == "//srv/hr.db!佐●●●_健診%"


def test_a_member_stands_behind_an_exclamation_mark() -> None:
    """Inner names are readable; control characters and lone surrogates are escaped."""
    assert member_uri("file:///a.zip", "名簿/一覧.txt") == "file:///a.zip!名簿/一覧.txt"
    assert member_uri("u", "a\nb%\udc81") == "u!a%0Ab%25%3F"


def test_distinct_values_are_counted_exactly_over_merges() -> None:
    """A hundred thousand findings of seventy thousand values."""
    tally = DistinctTally()
    for number in range(100_000):
        tally.add((number % 70_000 * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8, "big"))
    assert (tally.tally().count, tally.tally().distinct) == (100_000, 70_000)
