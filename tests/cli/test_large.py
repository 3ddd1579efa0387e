"""Sixty-four megabytes in a single line, with more than two million values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

SIZE = 64_000_000


@pytest.mark.slow
@pytest.mark.usefixtures("workspace")
def test_one_endless_line_is_wholly_examined(
    daicho: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every value is counted, wherever the line is cut for reading, and the worker lives."""
    share = tmp_path / "share"
    share.mkdir()
    number = size = 0
    with (share / "line.json").open("w", encoding="utf-8") as file:
        while size < SIZE:
            size += file.write(
                f'{{"mail":"u{number:07}@corp-{number % 97}.co.jp","tel":"090-1234-{number % 10_000:04}"}},'
            )
            number += 1
    assert daicho("init") == 0
    capsys.readouterr()
    assert daicho("scan", share, "--format", "jsonl") == 0
    (entry,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert entry["outcome"] == "complete"
    assert entry["categories"] == {
        "PHONE": {"count": number, "distinct": 10_000},
        "EMAIL": {"count": number, "distinct": number},
    }
