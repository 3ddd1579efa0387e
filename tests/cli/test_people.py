"""`daicho account import`: people from CSV or Excel, tried first, and their one-time links."""

from __future__ import annotations

import csv
import io
import stat
from pathlib import Path

import pytest
import xlsxwriter

from daicho.settings import Settings
from daicho.workspace import Workspace
from privacy_mark.training import courses, joining, roster_import
from privacy_mark.training.content import ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.joining import Gate
from privacy_mark.training.model import Audience, Cycle
from registry import accounts, journal, links, people
from registry.access import today_in_japan
from tests.access.training import NO_FILE, line
from tests.cli.conftest import Command

SATO, WEBER = "sato@towa.example", "weber@towa.example"
WEBER_ROLES = "role granted worker TOWA, role granted statutory_auditor TOWA"
TABLE = """メールアドレス,氏名,言語,所属,所属区分,所属開始日,役割,役割の単位
sato@towa.example,佐藤 恵,日本語,SYS,主務,2026/04/01,個人情報保護管理者,
sato@towa.example,佐藤 恵,日本語,TOWA,兼務,,,
weber@towa.example,Katharina Weber,en,SYS,出向,2026年10月1日,従業者；監査役,TOWA
"""


@pytest.fixture
def made(daicho: Command, made_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a workspace with the units TOWA and SYS, and an empty folder's path for files."""
    assert daicho("unit", "add", "--code", "SYS", "--name", "東和システムズ") == 0
    capsys.readouterr()
    return tmp_path


def _logins(daicho: Command, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert daicho("account", "list") == 0
    return [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]


def _hire(path: Path, login: str, gate: Gate) -> None:
    """Put a joiner on the roster of a unit with a course before access, and say what the unit does."""
    opened = Workspace.open(Settings(workspace=path))
    owner = opened.owner()
    with opened.registry.write(owner, reason="test") as tx:
        at, today = opened.first_unit().id, today_in_japan(tx.now)
        draft = CourseDraft(
            at, "入社時", "On joining", Audience.NEW, Cycle.JOINING, today, days=14, before_access=True
        )
        courses.publish(tx, courses.create(tx, draft).id, ready_made("joining"), expected_version=1)
        joining.set_rule(tx, at, gate, expected_version=0)
        worker = line("TOWA", "9001", name="新人", joined_on=today, login=login)
        roster_import.apply(tx, roster_import.plan(tx, at, [worker], NO_FILE))
    opened.registry.close()


def _roles(path: Path, login: str) -> list[str]:
    opened = Workspace.open(Settings(workspace=path))
    with opened.registry.read(opened.owner()) as tx:
        found = [each.role.value for each in accounts.roles_held(tx, people.person(tx, login).user_id)]
    opened.registry.close()
    return found


@pytest.mark.parametrize(
    ("gate", "code", "roles", "said"),
    [
        (Gate.OFF, 0, ["officer"], ""),
        (Gate.WARN, 0, ["officer"], "Not passed yet"),
        (Gate.REFUSE, 3, [], "No role is given before the person passes “On joining”."),
    ],
)
def test_a_joiner_is_registered_as_the_unit_says(
    daicho: Command,
    made: Path,
    workspace: Path,
    capsys: pytest.CaptureFixture[str],
    gate: Gate,
    code: int,
    roles: list[str],
    said: str,
) -> None:
    """`daicho account add` gives the role, gives it and tells of the course, or registers without a role."""
    _hire(workspace, SATO, gate)
    assert daicho("account", "add", SATO, "--name", "佐藤 恵") == code
    told = capsys.readouterr()
    assert "/sign-in/link/" in told.out
    assert said in told.err
    assert ("On joining" in told.err) is bool(said)
    assert _roles(workspace, SATO) == roles


def test_a_row_for_a_joiner_is_refused_with_the_course(
    daicho: Command, made: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is taken; the line names the column and the course."""
    _hire(workspace, SATO, Gate.REFUSE)
    file = made / "people.csv"
    file.write_text(TABLE, encoding="utf-8")
    assert daicho("account", "import", file) == 2
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(
        f"people.csv:2\t{SATO}\twrong\trole: No role is given before the person passes “On joining”"
    )
    assert _logins(daicho, capsys) == ["admin"]


def workbook(text: str) -> bytes:
    """Return a CSV text as an Excel workbook."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名簿")
        for number, row in enumerate(csv.reader(text.splitlines())):
            sheet.write_row(number, 0, row)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["utf-8", "utf-8-sig", "cp932", "xlsx"])
def test_a_table_is_tried_then_taken(
    daicho: Command, made: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """A trial shows each difference and changes nothing; a second import finds nothing new."""
    file = made / "people.txt"  # the name tells nothing: the content does
    file.write_bytes(workbook(TABLE) if kind == "xlsx" else TABLE.encode(kind))
    assert daicho("account", "import", file, "--dry-run") == 0
    tried = capsys.readouterr()
    assert "Tried" in tried.err
    assert _logins(daicho, capsys) == ["admin"]
    assert daicho("account", "import", file) == 0
    assert capsys.readouterr().out == tried.out
    assert tried.out.splitlines() == [
        f"people.txt:2\t{SATO}\tregistered, affiliated primary SYS 2026-04-01–, role granted officer SYS",
        f"people.txt:3\t{SATO}\taffiliated concurrent TOWA",
        f"people.txt:4\t{WEBER}\tregistered, affiliated secondment SYS 2026-10-01–, {WEBER_ROLES}",
        "-\tadmin",
    ]
    assert _logins(daicho, capsys) == ["admin", "sato@towa.example", "weber@towa.example"]
    assert daicho("account", "import", file) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[2:] for line in told[:3]] == [["unchanged"]] * 3


def test_links_go_to_a_file_of_their_own(
    daicho: Command, made: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mode 0600, a working link for each new account, nothing of them on the screen; never over a file."""
    file, target = made / "people.csv", made / "links.csv"
    file.write_text(TABLE, encoding="utf-8")
    assert daicho("account", "import", file, "--dry-run", "--links", target) == 0
    assert not target.exists()
    assert daicho("account", "import", file, "--links", target) == 0
    said = capsys.readouterr()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert [row["login"] for row in rows] == ["sato@towa.example", "weber@towa.example"]
    opened = Workspace.open(Settings.load(workspace))
    for row in rows:
        token = row["link"].rpartition("/")[2]
        owner = links.owner(opened.registry, token)
        assert owner is not None
        assert (owner.login, owner.is_first) == (row["login"], True)
        assert token not in said.out + said.err
    opened.close()
    assert daicho("account", "import", file, "--links", target) == 2
    assert "exists" in capsys.readouterr().err
    assert len(target.read_text(encoding="utf-8").splitlines()) == 3


def test_links_that_cannot_be_written_leave_no_account(
    daicho: Command, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accounts whose links nobody has are not made."""
    file = made / "people.csv"
    file.write_text(TABLE, encoding="utf-8")
    assert daicho("account", "import", file, "--links", made / "none" / "links.csv") == 2
    assert _logins(daicho, capsys) == ["admin"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("login,name,unit\na@b,A,NONE\n", "people.csv:2\ta@b\twrong\tunit: unknown"),
        ("login,name,unit,kind\na@b,A,SYS,臨時\n", "people.csv:2\ta@b\twrong\tkind: unknown"),
        ("login,name,unit,from\na@b,A,SYS,4月\n", "people.csv:2\ta@b\twrong\tfrom: no_day"),
        (
            "login,name,unit,role\na@b,A,SYS,audit_manager;officer\n",
            (
                "people.csv:2\ta@b\twrong\trole: "
                "The audit manager cannot be privacy manager of the same legal entity."
            ),
        ),
    ],
)
def test_one_wrong_row_and_nothing_is_changed(
    daicho: Command, made: Path, workspace: Path, capsys: pytest.CaptureFixture[str], rows: str, told: str
) -> None:
    """The row is told with column and reason; the right row beside it leaves nothing, and no links."""
    file, target = made / "people.csv", made / "links.csv"
    file.write_text(rows + "good@b,G,SYS\n", encoding="utf-8")
    opened = Workspace.open(Settings.load(workspace))
    before = journal.verify(opened.registry).count
    assert daicho("account", "import", file, "--links", target) == 2
    assert told in capsys.readouterr().out.splitlines()
    assert not target.exists()
    assert journal.verify(opened.registry).count == before
    with opened.registry.read(opened.owner()) as tx:
        assert [each.login for each in people.people(tx)] == ["admin"]
    opened.close()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (workbook("login,name\na@b,A\n")[:400], "is no table but"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "is no table but"),
        (b"login,colour\na@b,red\n", "unknown column 'colour'"),
    ],
)
def test_what_is_no_table_is_refused(
    daicho: Command, made: Path, capsys: pytest.CaptureFixture[str], data: bytes, told: str
) -> None:
    """The error names the file and the reason."""
    file = made / "people.xlsx"
    file.write_bytes(data)
    assert daicho("account", "import", file) == 2
    error = capsys.readouterr().err
    assert told in error
    assert str(file) in error
