"""Invented groups, whose truth is told by who planted it, are told right by the product."""

import ast
from pathlib import Path

import pytest

from tests.reality.invented.group import compared, compared_step_by_step, invented
from tests.reality.invented.model import Expected, f1

KINDS = {
    *("unregistered", "not_found", "category_drift", "count_drift", "over_retained", "over_exposed"),
    *("wrong_unit", "copied", "no_contract"),
}


def wrong(expected: set[Expected], told: list[Expected]) -> tuple[list[Expected], list[Expected]]:
    """Return what is missing and what is told besides."""
    return sorted(expected - set(told)), sorted(set(told) - expected)


@pytest.mark.parametrize("seed", [101, 102, 103])
def test_an_invented_group_is_told_right(seed: int, tmp_path: Path) -> None:
    """Every planted difference is told once and nothing else, among as many near-misses."""
    group = invented(seed, entities=4, rounds=2)
    assert {each.kind for each in group.expected} == KINDS
    told = compared(group, tmp_path)
    assert wrong(group.expected, told) == ([], [])
    assert f1(group.expected, told) == 1


def test_many_small_steps_lead_to_the_same_answer(tmp_path: Path) -> None:
    """Comparing after every few entries and runs ends where comparing once does."""
    group = invented(104, entities=4, rounds=2)
    assert wrong(group.expected, compared_step_by_step(group, tmp_path)) == ([], [])


def test_a_seed_always_gives_the_same_group() -> None:
    """The same seed invents the same group, another one another."""
    assert invented(7) == invented(7)
    assert invented(7) != invented(8)


def test_the_truth_asks_nothing_of_the_product() -> None:
    """What plants differences imports no module of the registry: only what feeds it does."""
    for path in (Path(__file__).parent / "invented").glob("*.py"):
        names = {
            node.module or ""
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        assert path.stem == "feeding" or not any(name.startswith("registry") for name in names), path


@pytest.mark.parametrize(
    ("told", "expected"), [([], 0.0), (["a"], 0.6667), (["a", "b"], 1.0), (["a", "b", "b"], 0.8)]
)
def test_f1_counts_what_is_told_twice(told: list[str], expected: float) -> None:
    """A difference that is told twice is one too many."""
    planted = {Expected("unregistered", "E1", name) for name in "ab"}
    assert round(f1(planted, [Expected("unregistered", "E1", name) for name in told]), 4) == expected
