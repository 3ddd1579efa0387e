"""An object that brings down every machine that reads it costs that object alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daicho.cluster.work import Place
from scanners.engine import Scanner
from scanners.model import ObjectResult, Outcome, Reason
from scanners.sources import open_source
from tests.cluster.test_cluster import KEYS, OPTIONS, Machines, machines, plain, scanned

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
POISON = "060-poison.txt"
FILES = 120
"""More than two batches, so that there are batches before and behind the one with the poison."""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """A share of files of which one is poison."""
    share = tmp_path / "share"
    share.mkdir()
    for number in range(FILES):
        name = POISON if number == 60 else f"{number:03d}.txt"
        text = "毒" if number == 60 else f"連絡先 090-1234-{number:04d} 架空花子様\n"
        (share / name).write_text(text, encoding="utf-8")
    return share


@contextmanager
def restarted(made: Machines, site: str) -> Iterator[None]:
    """Keep a worker running as a supervisor does: one that died is started again."""
    started = made.workers(site, poison=POISON)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            if started[-1].poll() is not None:
                started.extend(made.workers(site, poison=POISON))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def apart(results: list[ObjectResult]) -> tuple[list[ObjectResult], ObjectResult]:
    """Return what is no poison, and the poison."""
    (poison,) = (each for each in results if each.uri.endswith(POISON))
    return [each for each in results if each is not poison], poison


@pytest.mark.slow
def test_an_object_that_brings_down_every_machine_ends_as_crashed_alone(tmp_path: Path, estate: Path) -> None:
    """Neither what was given out with it nor what waited at the same machine is lost with it."""
    with Scanner(KEYS, OPTIONS) as scanner:
        alone, _ = apart(list(scanner.scan(open_source(str(estate)))))
    folder = tmp_path / "cluster"
    folder.mkdir()
    with machines(folder) as (made, client), restarted(made, ""):
        others, poison = apart(list(scanned(client, Place(str(estate)))))
    assert (poison.outcome, poison.reason) == (Outcome.FAILED, Reason.CRASHED)
    assert plain(others) == plain(alone)
    assert len(others) == FILES - 1
