"""Damaged files of every kind, through real workers: each ends in exactly one outcome, within its limits."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from benchmarks.mutations import Fuzzed, fuzz, mutants
from scanners.extractors.interface import Limits
from scanners.ocr.model import OcrMode
from tests.extractors import samples

FAULTS_OF_OURS = "internal"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One valid file of every kind."""
    return samples.everything(tmp_path_factory.mktemp("samples"))


def checked(found: Fuzzed) -> None:
    """Every file has one outcome, none by a fault of ours, and no worker is left."""
    assert found.without_outcome == 0
    assert FAULTS_OF_OURS not in found.reasons, found.alarming
    assert multiprocessing.active_children() == []


def test_damaged_files_end_in_an_outcome(files: dict[str, bytes], tmp_path: Path) -> None:
    """Three hundred, of all kinds in turn."""
    checked(fuzz(files, 300, seed=7, limits=Limits(seconds=20.0), folder=tmp_path))


def test_the_same_seed_gives_the_same_files(files: dict[str, bytes]) -> None:
    """What was found once is found again."""
    first, again = list(mutants(files, 60, seed=3)), list(mutants(files, 60, seed=3))
    assert first == again
    assert first != list(mutants(files, 60, seed=4))
    changed = sum(data != files[name.partition(".")[2]] for name, data in first)
    assert changed >= 50


@pytest.mark.slow
def test_ten_thousand_damaged_files_end_in_an_outcome(files: dict[str, bytes], tmp_path: Path) -> None:
    """The bar of the project, with other damage than the small run; OCR of each would take an hour."""
    limits = Limits(seconds=20.0, ocr=OcrMode.OFF)
    checked(fuzz(files, 10_000, seed=11, limits=limits, folder=tmp_path))
