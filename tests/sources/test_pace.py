"""What a place allows is kept to: bytes and rows a second, tables whole or in part, workers that give way."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pytest

from scanners.engine import scan
from scanners.errors import ExtractionError
from scanners.extractors.interface import Limits
from scanners.isolation import time_limit
from scanners.model import Entry, Gap, Reason
from scanners.options import ScanKeys, ScanOptions
from scanners.pace import Pace, Throttle
from scanners.sources import open_source
from scanners.sources.database import DatabaseSource
from scanners.sources.paced import paced
from tests.sources.contract import Planted, SourceContract
from tests.sources.test_sources import planted_folder


class Clock:
    """A clock that moves only while somebody sleeps or is said to be busy."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds


def throttle(rows: float, size: float, clock: Clock) -> Throttle:
    """Return a throttle on a clock of the test."""
    return Throttle(rows, size, clock=lambda: clock.now, sleep=clock.sleep)


@pytest.mark.parametrize(("rows", "size", "seconds"), [(100, 0, 20), (0, 1_000, 40), (100, 1_000, 40)])
def test_pieces_take_as_long_as_their_rows_and_bytes_may(rows: float, size: float, seconds: float) -> None:
    """Of two limits the stricter one counts."""
    clock = Clock()
    slow = throttle(rows, size, clock)
    for _ in range(10):
        slow.passed(200, 4_000)
    assert clock.now == pytest.approx(seconds)


def test_time_in_which_nothing_was_read_is_not_made_up_for() -> None:
    """After an hour of other work the place is read as slowly as before."""
    clock = Clock()
    slow = throttle(0, 1_000, clock)
    clock.now = 3_600
    slow.passed(0, 1_000_000)
    assert clock.now >= 3_600 + 999


def test_workers_share_what_a_place_allows() -> None:
    """Four of them read a quarter each."""
    assert Pace(8e6, 400, complete=True).shared(4) == Pace(2e6, 100, complete=True)
    assert Pace().shared(4) == Pace()


def test_a_slow_file_has_the_time_that_it_needs() -> None:
    """Whoever asks for a narrow line does not want files to end at the time limit."""
    file = Entry("file:///a", "a", 100_000_000, 1)
    table = Entry("sqlite:///a!t", "t", 0, 0)
    slow = Pace(10_000, 10)
    assert time_limit(file, Limits(), slow) > 10_000 > time_limit(file, Limits())
    assert time_limit(table, Limits(), slow) == 86_400 > time_limit(table, Limits())


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    """Return a folder that is read slowly."""
    made = planted_folder(tmp_path)
    return replace(made, opened=lambda selection: paced(made.opened(selection), Pace(1e9)))


class TestContract(SourceContract):
    """A source that is read slowly keeps to what every source keeps to."""


def test_a_database_is_read_on_the_terms_of_its_source() -> None:
    """Of the rates in the URL and in the terms the lower one, and whole where the terms say so."""
    url = "postgresql://db/hr?rows_per_second=50&scan=sample"
    source = paced(open_source(url), Pace(2e6, 400))
    assert isinstance(source, DatabaseSource)
    assert (source.care.rows_per_second, source.care.mb_per_second) == (50, 2.0)
    assert source.care.mode == "sample"
    whole = paced(open_source("postgresql://db/hr"), Pace(0, 12.5, complete=True))
    assert isinstance(whole, DatabaseSource)
    assert (whole.care.rows_per_second, whole.care.mode) == (12.5, "complete")


def test_the_workers_of_a_scan_keep_to_it(tmp_path: Path) -> None:
    """A table that the URL would have sampled is read whole when the terms say so."""
    file = tmp_path / "hr.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE staff (id INTEGER PRIMARY KEY, note TEXT)")
        database.executemany("INSERT INTO staff VALUES (?, ?)", [(row, "x") for row in range(2_000)])
    database.close()
    url = f"sqlite:///{file}?sample_above=100"
    told = {}
    for pace in (Pace(), Pace(complete=True)):
        options = ScanOptions(jobs=1, names=False, pace=pace)
        (result,) = scan(open_source(url), ScanKeys(b"k" * 32), options)
        told[pace] = result.reason
    assert told == {Pace(): Reason.SAMPLED, Pace(complete=True): None}


@dataclass(frozen=True)
class Telling:
    """A source whose one entry tells how nice the process is that opens it."""

    place: str = "file:///telling"

    def entries(self) -> Iterator[Entry]:
        """Yield the entry."""
        yield Entry("file:///telling/one", "one", 1, 1)

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Tell it as the reason why nothing is read."""
        raise ExtractionError(Gap(Reason.UNREADABLE, f"nice {os.getpriority(os.PRIO_PROCESS, 0)}"))
        yield


def test_workers_give_way_to_other_work() -> None:
    """The processes of a scan are as nice as the settings say, and the one that started them is not."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    options = ScanOptions(jobs=1, names=False, nice=3)
    (result,) = scan(Telling(), ScanKeys(b"k" * 32), options)
    assert result.detail == f"nice {min(19, before + 3)}"
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
