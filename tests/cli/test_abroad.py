"""`daicho scan` of units in other countries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

pytest.importorskip("presidio_analyzer")


@pytest.mark.usefixtures("workspace")
def test_a_unit_abroad_is_searched_for_the_numbers_of_its_country(
    daicho: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same file holds a Spanish number for the unit in Spain and none for the one in Japan."""
    share = tmp_path / "share"
    share.mkdir()
    (share / "note.txt").write_text("el trabajador 12345678Z firma\n", encoding="utf-8")
    assert daicho("init") == 0
    capsys.readouterr()
    for code, country in (("MADRID", "ES"), ("OSAKA", "JP")):
        assert daicho("unit", "add", "--code", code, "--name", code, "--country", country) == 0
    capsys.readouterr()
    found = {}
    for code in ("MADRID", "OSAKA"):
        assert daicho("scan", share, "--unit", code, "--format", "jsonl") == 0
        (entry,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        found[code] = list(entry["categories"])
    assert found == {"MADRID": ["FOREIGN_ID"], "OSAKA": []}
