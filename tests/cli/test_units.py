"""`daicho unit`: import, rename, move, merge and history."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command

TABLE = """記号,名称,英語名,種類,上位,プライバシーマーク
TOWA-KOJO,工場,,site,TOWA-SYS,
TOWA-SYS,東和システムズ,Towa Systems,company,,10820001(01)
TOWA-HP,東和病院,,hospital,,
"""


@pytest.fixture
def made(made_workspace: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a workspace whose top unit is TOWA."""
    capsys.readouterr()
    return made_workspace


def _tree(daicho: Command, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert daicho("unit", "list") == 0
    return [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_table_is_tried_then_taken(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    """Rows stand in any order; a trial changes nothing; a second import changes nothing more."""
    file = tmp_path / "units.csv"
    file.write_text(TABLE, encoding=encoding)
    assert daicho("unit", "import", file, "--dry-run") == 0
    tried = capsys.readouterr().out.splitlines()
    assert _tree(daicho, capsys) == ["TOWA"]
    assert daicho("unit", "import", file) == 0
    assert capsys.readouterr().out.splitlines() == tried
    assert tried[0].startswith("units.csv:2\tTOWA-KOJO\t")
    assert _tree(daicho, capsys) == ["TOWA", "  TOWA-HP", "  TOWA-SYS", "    TOWA-KOJO"]
    assert daicho("unit", "import", file) == 0
    assert {line.split("\t")[2] for line in capsys.readouterr().out.splitlines()} == {"unchanged"}


def test_a_table_renames_and_moves(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tree becomes what the rows say; what no row names stays."""
    file = tmp_path / "units.csv"
    file.write_text(TABLE, encoding="utf-8")
    daicho("unit", "import", file)
    file.write_text("code\tname_ja\tkind\tparent\nTOWA-KOJO\t第一工場\tsite\tTOWA-HP\n", encoding="utf-8")
    capsys.readouterr()
    assert daicho("unit", "import", file) == 0
    assert capsys.readouterr().out == "units.csv:2\tTOWA-KOJO\tchanged, moved\n"
    assert _tree(daicho, capsys) == ["TOWA", "  TOWA-HP", "    TOWA-KOJO", "  TOWA-SYS"]
    assert daicho("unit", "history", "TOWA-KOJO") == 0
    lines = [line.split("\t")[1:] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["TOWA-KOJO", "TOWA-SYS", "工場"],
        ["TOWA-KOJO", "TOWA-SYS", "第一工場"],
        ["TOWA-KOJO", "TOWA-HP", "第一工場"],
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code,name_ja\nX,良い\nX,二度\n", "units.csv:3\tX\twrong\tcode: taken"),
        ("code,name_ja,parent\nX,甲,Y\nY,乙,X\n", "units.csv:2\tX\twrong\tparent: circle"),
        ("code,name_ja,parent\nX,甲,NONE\n", "units.csv:2\tX\twrong\tparent: unknown"),
        ("code,name_ja,kind\nX,甲,planet\n", "units.csv:2\tX\twrong\tkind: unknown"),
        ("code,name_ja\nX,\n", "units.csv:2\tX\twrong\tname_ja: required"),
        ("code,name_ja,country\nX,甲,JPN\n", "units.csv:2\tX\twrong\tcountry: iso_3166_alpha_2"),
    ],
)
def test_one_wrong_row_and_nothing_is_changed(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    """Every row is told of, the wrong one with column and rule."""
    file = tmp_path / "units.csv"
    file.write_text(text, encoding="utf-8")
    assert daicho("unit", "import", file) == 2
    assert told in capsys.readouterr().out.splitlines()
    assert _tree(daicho, capsys) == ["TOWA"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"code,colour\nX,red\n", "unknown column 'colour'"),
        (b"code,code\nX,X\n", "stands twice"),
        (b"\xff\xfe\x00", "neither UTF-8 nor Shift_JIS"),
        (b'code,name_ja\n"X,Y\n', "not valid CSV"),
        (b"code\nX,Y\n", "line 2 has more cells"),
    ],
)
def test_what_is_no_table_is_refused(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, told: str
) -> None:
    """The error names the file and the reason."""
    file = tmp_path / "units.csv"
    file.write_bytes(data)
    assert daicho("unit", "import", file) == 2
    error = capsys.readouterr().err
    assert told in error
    assert str(file) in error


def test_units_are_renamed_moved_and_merged(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each by its own command; a merged unit is shown as closed below the one that took it over."""
    file = tmp_path / "units.csv"
    file.write_text(TABLE, encoding="utf-8")
    daicho("unit", "import", file)
    assert daicho("unit", "rename", "TOWA-SYS", "--name", "東和デジタル", "--new-code", "TOWA-DG") == 0
    assert daicho("unit", "move", "TOWA-KOJO", "--below", "TOWA") == 0
    assert daicho("unit", "merge", "TOWA-HP", "--into", "TOWA-DG") == 0
    capsys.readouterr()
    assert daicho("unit", "list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "TOWA\theadquarters\t本社",
        "  TOWA-DG\tcompany\t東和デジタル",
        "    TOWA-HP\thospital\t東和病院\tclosed",
        "  TOWA-KOJO\tsite\t工場",
    ]
    assert daicho("unit", "merge", "TOWA-HP", "--into", "TOWA-DG") == 2
    assert daicho("unit", "move", "NONE", "--below", "TOWA") == 2
