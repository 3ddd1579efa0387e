"""`daicho pack` and `daicho verify`: built, looked at before, checked, and refused in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from privacy_mark.pack import check_pack
from tests.certification.pack.original_files import word_form
from tests.cli.conftest import Command


@pytest.fixture
def company(made_workspace: Path, daicho: Command, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the code of a company in a workspace."""
    assert daicho("unit", "add", "--code", "A", "--name", "甲社", "--name-en", "Company A") == 0
    assert daicho("unit", "add", "--code", "A-1", "--name", "工場", "--kind", "site", "--parent", "A") == 0
    capsys.readouterr()
    return "A"


def test_a_pack_is_built_checked_and_repeated(
    company: str, daicho: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it prints is the file; the same moment and head give the same bytes; a changed one is named."""
    assert daicho("pack", company, "--purpose", "new", "--language", "en", "--output", tmp_path) == 0
    out, told = capsys.readouterr()
    path = Path(out.strip())
    assert path.parent == tmp_path
    again = re.search(r"--as-of (\S+) --head (\d+)", told)
    assert again is not None
    assert daicho("verify", path) == 0
    said = " ".join("".join(capsys.readouterr()).lower().split())
    assert "compare the key's number" in said
    assert "not compared with rows" in said
    assert "time-stamp" not in said
    assert daicho("journal", "key") == 0
    (tmp_path / "journal.pem").write_text(capsys.readouterr().out, encoding="utf-8")
    assert daicho("verify", path, "--public-key", tmp_path / "journal.pem") == 0
    data = path.read_bytes()
    path.unlink()
    order = ("--as-of", again[1], "--head", again[2], "--output", tmp_path)
    assert daicho("pack", company, "--purpose", "new", "--language", "en", *order) == 0
    assert path.read_bytes() == data
    path.write_bytes(data.replace(b"data/annex/figures.csv", b"data/annex/figures.cSv", 1))
    capsys.readouterr()
    assert daicho("verify", path) == 4
    assert "data/annex/figures.c" in capsys.readouterr().err


def test_what_will_be_in_it_is_shown_first(
    company: str, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line per document with what is missing; nothing is built."""
    assert daicho("pack", company, "--purpose", "new", "--preview", "--field", "head_office=東京都") == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines] == [str(number) for number in range(1, 22)]
    assert lines[1][3] == "Has blanks"
    assert "Corporate number" in lines[1][4]
    assert "head office" not in lines[1][4]
    assert daicho("journal", "list", "--limit", "5") == 0
    assert "pack_built" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("pack", "NOWHERE"), "There is no unit NOWHERE"),
        (("pack", "A-1"), "one legal entity or hospital"),
        (("pack", "A", "--as-of", "yesterday"), "with its offset"),
        (("pack", "A", "--field", "head_office"), "field=value"),
        (("pack", "A", "--field", "shoe=42"), "no field shoe"),
        (("pack", "A", "--timestamp"), "No time-stamping authority"),
        (("pack", "A", "--head", "100000"), "does not have so many records"),
        (("pack", "A", "--language", "fr"), "ja or en"),
        (("verify", "nowhere.zip"), "nowhere.zip"),
    ],
)
def test_what_is_asked_for_wrongly_is_told(
    company: str,
    daicho: Command,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    told: str,
) -> None:
    """Each refusal is a usage error in words."""
    assert company == "A"
    assert daicho(*arguments) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_what_is_no_pack_is_broken(
    daicho: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a workspace, and with the exit code of failed checks; a wrong key is a usage error."""
    path = tmp_path / "x.zip"
    path.write_bytes(b"no pack")
    assert daicho("verify", path) == 4
    assert "no evidence pack" in capsys.readouterr().err
    assert daicho("verify", path, "--public-key", path) == 2


def test_what_is_given_once_is_kept_for_the_next_pack(
    company: str, daicho: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer of one pack is no blank of the next one; a preview keeps nothing."""
    order = ("pack", company, "--purpose", "new")
    assert daicho(*order, "--preview", "--field", "web=https://example.test/") == 0
    assert daicho(*order, "--field", "corporate_number=1234567890123", "--output", tmp_path) == 0
    capsys.readouterr()
    assert daicho(*order, "--preview") == 0
    application = capsys.readouterr().out.splitlines()[1]
    assert "Corporate number" not in application
    assert "head office" in application


def test_a_form_of_the_body_is_registered_listed_and_ended(
    company: str, daicho: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A draft of the mapping comes from the file; what is wrong is told; the pack fills it in."""
    form, mapping = tmp_path / "form.docx", tmp_path / "form.txt"
    form.write_bytes(word_form())
    assert daicho("pack-form", "places", form, "--body", "jipdec", "--purpose", "new") == 0
    drafted = capsys.readouterr().out
    assert "{{training.done}} = training.done" in drafted
    mapping.write_text("tel = contact_phone\n# a second time\ntel = web\n", encoding="utf-8")
    add = (
        "pack-form",
        "add",
        company,
        form,
        "--body",
        "other",
        "--purpose",
        "new",
        "--document",
        "application",
    )
    assert daicho(*add, "--mapping", mapping) == 2
    assert "line 3" in " ".join(capsys.readouterr().err.split())
    mapping.write_text("tel = phone\nx = web\n", encoding="utf-8")
    assert daicho(*add, "--mapping", mapping) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert 'no field "phone"' in told
    assert 'no place called "x"' in told
    mapping.write_text("tel = contact_phone\n", encoding="utf-8")
    assert daicho(*add, "--mapping", mapping, "--valid-from", "2026-01-01") == 0
    number = capsys.readouterr().out.strip()
    assert daicho("pack-form", "list", company) == 0
    assert capsys.readouterr().out.split("\t")[:4] == [number, "Company A", "other", "new"]
    assert daicho("pack", company, "--purpose", "new", "--output", tmp_path) == 0
    path = Path(capsys.readouterr().out.strip())
    assert any(name.endswith("/02-application.docx") for name in check_pack.unpacked(path.read_bytes()))
    assert daicho("pack-form", "end", number) == 0
    assert daicho("pack-form", "end", number) == 2
    assert daicho("pack-form", "end", "4242") == 2
    form.write_bytes(b"%PDF-1.7")
    assert daicho(*add) == 1
    assert daicho("pack-form", "places", form, "--body", "jipdec") == 1
    assert daicho(*add, "--valid-from", "soon") == 2
    assert daicho(*add[:3], tmp_path / "no.docx", *add[4:]) == 2
