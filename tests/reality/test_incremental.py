"""A comparison with what earlier ones kept says what one without it says, whatever changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import assess
from tests.reality.changing import Changing

QUICK_STEPS, LONG_STEPS = 14, 60
MUCH = 5.0
"""No assessment differs in so great a share of its rows: what is kept stays in pieces."""


def follow(seed: int, steps: int, directory: Path) -> None:
    """Change a group again and again, sometimes several times between two comparisons."""
    group = Changing(seed, directory)
    done = []
    for _ in range(steps):
        done += [group.change() for _ in range(group.chance.choice([1, 1, 2, 3]))]
        with_kept, anew = group.told(anew=False), group.told(anew=True)
        for name, said in anew.items():
            assert with_kept[name] == said, (name, done)
        if group.chance.random() < 0.8:
            group.compare()
    group.fed.close()


def test_what_is_kept_changes_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Differences, states, risks, ends, scores and what can be judged: all alike after each change."""
    monkeypatch.setattr(assess, "DELTA_SHARE", MUCH)
    follow(1, QUICK_STEPS, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 10))
def test_what_is_kept_changes_no_answer_over_many_changes(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for longer, from other beginnings, and written whole often or seldom."""
    monkeypatch.setattr(assess, "DELTA_SHARE", MUCH if seed % 2 else 0.3)
    follow(seed, LONG_STEPS, tmp_path)


def test_kept_files_that_are_missing_or_damaged_are_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever file of what is kept is gone or broken, the runs are read again and the answer is the same."""
    monkeypatch.setattr(assess, "DELTA_SHARE", MUCH)
    group = Changing(1, tmp_path)
    for step in (group.scan_again, group.edit):
        step()
        group.compare()
    group.scan_again()
    anew = group.told(anew=True)
    files = group.kept_files()
    assert {file.stem for file in files} >= {"kept_objects", "kept_values", "kept_counts", "kept_stamps"}
    for file in files:
        whole = file.read_bytes()
        file.unlink()
        assert group.told(anew=False) == anew, file.stem
        middle = len(whole) // 2
        file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        assert group.told(anew=False) == anew, file.stem
        file.write_bytes(whole)
    group.fed.close()


def test_nothing_that_is_kept_is_legible(tmp_path: Path) -> None:
    """Names of entries, folders and files stand in no kept file in the clear."""
    group = Changing(1, tmp_path)
    words = [f"名簿 {group.group.entries[0].key}", group.group.objects[0].name.rpartition("/")[2]]
    for file in group.kept_files():
        held = file.read_bytes()
        assert not any(word.encode() in held for word in words), file.stem
    group.fed.close()
