"""`daicho ledger import` and `export`: a company's own table in, the assessors' layout out."""

from __future__ import annotations

import ast
import csv
import json
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from daicho.ledger_file import mapping
from daicho.ledger_file.reasons import REASONS
from daicho.ledger_file.table import Table, _merged, read_table, table_of
from daicho.settings import Settings
from daicho.table_file import TableRefusedError
from daicho.text import english
from daicho.workspace import FirstAdministrator, FirstUnit, Workspace
from registry import journal, ledger
from registry.handling import Acquisition, Consent, Medium, RetentionEvent, Subject
from registry.model import LedgerEntry
from scanners.model import Category
from tests.cli.conftest import Command

ROOT = Path(__file__).resolve().parents[2]
HEADINGS = (
    "個人情報の名称",
    "項目",
    "利用目的",
    "保管場所",
    "保管方法",
    "アクセス権を有する者",
    "利用期限",
    "管理部門",
)
ROSTER = (
    "社員名簿",
    "氏名、住所、電話番号",
    "人事管理",
    "人事部の棚",
    "施錠",
    "人事部員",
    "退職まで",
    "人事部",
)
MORE = ("件数", "保管期間", "最終確認日", "媒体", "取得の形態", "同意", "第三者提供", "本人", "備考")
SAID = ("約１，２００人", "退職後5年", "令和8年3月31日", "紙", "直接書面", "○", "×", "従業員", "x")
TITLES = {"ja": "個人情報管理台帳", "en": "Ledger of personal information"}


@pytest.fixture(scope="module")
def made_here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the workspace that each test gets a copy of."""
    path = tmp_path_factory.mktemp("ledger") / "workspace"
    administrator = FirstAdministrator("admin", "管理者", None)
    unit = FirstUnit("TOWA", "東和商事", "Towa Trading")
    Workspace.create(Settings.load(path, env={}), unit, administrator).close()
    return path


@pytest.fixture
def made(made_here: Path, workspace: Path) -> Path:
    """Return a workspace whose top unit is TOWA, with nothing in its ledger."""
    shutil.copytree(made_here, workspace)
    return workspace


def _entries(workspace: Path) -> list[LedgerEntry]:
    opened = Workspace.open(Settings.load(workspace))
    try:
        with opened.registry.read(opened.owner()) as tx:
            return ledger.entries(tx)
    finally:
        opened.close()


def _csv(path: Path, rows: list[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="cp932", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def test_a_table_of_old_excel_is_tried_then_taken(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """CSV as Japanese Excel saves it, with a title above: words, numbers, era dates and periods are read."""
    file = _csv(tmp_path / "own.csv", [("個人情報管理台帳",), (), (*HEADINGS, *MORE), (*ROSTER, *SAID), ()])
    assert daicho("ledger", "import", file, "--dry-run") == 0
    tried = capsys.readouterr().out
    assert _entries(made) == []
    assert not (made / "ledger-mappings.json").exists()
    assert daicho("ledger", "import", file) == 0
    assert capsys.readouterr().out == tried == "own.csv:4\tL-0001\tregistered\n"
    (entry,) = _entries(made)
    of = entry.handling
    assert entry.items == {Category.PERSON, Category.ADDRESS, Category.PHONE}
    assert (entry.approximate_count, entry.retention_months, entry.retention_until) == (1200, 60, None)
    assert (of.retention_event, of.last_checked) == (RetentionEvent.EMPLOYMENT_END, date(2026, 3, 31))
    assert (of.media, of.acquisition) == ({Medium.PAPER}, Acquisition.DIRECT_WRITTEN)
    assert (of.consent, of.recipients, of.subjects) == (Consent.OBTAINED, "", {Subject.EMPLOYEE})


def test_merged_cells_and_headings_in_two_rows(daicho: Command, made: Path, tmp_path: Path) -> None:
    """A group above its columns is part of their headings; a merged cell counts for all of its rows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["個人情報管理台帳"])
    sheet.append([])
    sheet.append(
        ["部門", "個人情報の\n名称", "項目", "利用", None, "保管", None, None, "アクセス権を\n有する者"]
    )
    sheet.append([None, None, None, "目的", "期限", "場所", "方法", "期限"])
    sheet.append(
        ["総務部", "株主名簿", "氏名・住所", "通知", "期末", "金庫", "施錠", date(2030, 3, 31), "部員"]
    )
    sheet.append([None, "来客簿", "氏名", "入館管理", "1年", "受付", "施錠", "R9.3.31", "受付"])
    for span in ("A1:I1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:H3", "I3:I4", "A5:A6"):
        sheet.merge_cells(span)
    book.save(tmp_path / "own.xlsx")
    assert daicho("ledger", "import", tmp_path / "own.xlsx") == 0
    found = [(each.name, each.owner, each.purpose, each.retention_until) for each in _entries(made)]
    assert found == [
        ("株主名簿", "総務部", "通知", date(2030, 3, 31)),
        ("来客簿", "総務部", "入館管理", date(2027, 3, 31)),
    ]


def test_wrong_cells_are_marked_and_nothing_is_taken(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The copy keeps the workbook and says at each wrong cell why; right rows are not taken either."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "台帳"
    sheet.append([*HEADINGS, "件数", "最終確認日"])
    sheet.append([*ROSTER, 10, "S64.1.7"])
    sheet.append(["", "氏名", *ROSTER[2:], "たくさん", "S64.1.8"])
    sheet.append(["健診", "心の色", *ROSTER[2:], 5, "2026/2/30"])
    book.create_sheet("メモ")["A1"] = "残る"
    book.save(tmp_path / "own.xlsx")
    wrong = ["A3", "B4", "I3", "J3", "J4"]
    assert daicho("ledger", "import", tmp_path / "own.xlsx", "--mark", tmp_path / "wrong.xlsx") == 2
    told = [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()]
    assert sorted(told) == [f"own.xlsx:{place}" for place in wrong]
    assert _entries(made) == []
    marked = load_workbook(tmp_path / "wrong.xlsx")
    assert marked["メモ"]["A1"].value == "残る"
    page = marked["台帳"]
    comments = {cell.coordinate: cell.comment.text for row in page for cell in row if cell.comment}
    assert sorted(comments) == wrong
    assert "心の色" in comments["B4"]
    assert "era" in comments["J3"]
    assert page["A3"].fill.fgColor.rgb == "00FFFF99"
    assert page["A2"].fill.fill_type is None


def test_the_marked_copy_of_a_text_table_calculates_nothing(
    daicho: Command, made: Path, tmp_path: Path
) -> None:
    """Cells of a CSV stand in the copy as texts, whatever they begin with."""
    file = _csv(tmp_path / "own.csv", [HEADINGS, ("=1+1", "?", *ROSTER[2:])])
    assert daicho("ledger", "import", file, "--mark", tmp_path / "wrong.xlsx") == 2
    page = load_workbook(tmp_path / "wrong.xlsx").active
    assert page is not None
    assert (page["A2"].value, page["A2"].data_type) == ("=1+1", "s")
    assert "?" in page["B2"].comment.text


def test_a_missing_column_is_told_once(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that lacks what new rows need is refused with the name of the column, not once a row."""
    assert (
        daicho("ledger", "import", _csv(tmp_path / "own.csv", [HEADINGS[:-1], ROSTER[:-1], ROSTER[:-1]])) == 2
    )
    (line,) = capsys.readouterr().out.splitlines()
    assert "Owner: The file lacks this column" in line


def test_a_mapping_is_given_remembered_and_holds_headings_only(
    daicho: Command, made: Path, tmp_path: Path
) -> None:
    """What somebody said of a heading counts for the next file of the same headings."""
    head = ("個人情報の名称", "項目", "内容説明", *HEADINGS[3:])
    first = _csv(tmp_path / "a.csv", [head, ROSTER])
    assert daicho("ledger", "import", first) == 2
    assert daicho("ledger", "import", first, "--map", "内容説明=purpose") == 0
    kept = made / "ledger-mappings.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert ROSTER[2] not in kept.read_text(encoding="utf-8")
    assert [*json.loads(kept.read_text(encoding="utf-8"))] == ["TOWA"]
    assert daicho("ledger", "import", _csv(tmp_path / "b.csv", [head, ("退職者名簿", *ROSTER[1:])])) == 0
    assert [each.purpose for each in _entries(made)] == ["人事管理", "人事管理"]
    assert daicho("ledger", "import", first, "--map", "内容説明=colour") == 2
    assert daicho("ledger", "import", first, "--map", "無い列=purpose") == 2


def test_mappings_that_are_remembered_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    """Nobody's mapping is lost to somebody else's; a damaged file is begun anew, and a lost one is told."""
    tables = [
        table_of(f"{number}.csv", f"名称,項目,列{number}\n名簿,氏名,x\n".encode()) for number in range(40)
    ]

    def keep(table: Table) -> bool:
        return mapping.remember(tmp_path, "TOWA", table, mapping.propose(table))

    kept = tmp_path / mapping.FILE
    kept.write_text('{"TOWA": ["damaged"]}', encoding="utf-8")
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(keep, tables))
    assert len(json.loads(kept.read_text(encoding="utf-8"))["TOWA"]) == len(tables)
    assert mapping.recall(tmp_path, "TOWA", tables[7])["列7"] == mapping.IGNORED
    kept.unlink()
    kept.mkdir()
    assert not keep(tables[0])
    assert sorted(path.name for path in tmp_path.iterdir()) == [mapping.FILE, "ledger-mappings.lock"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_workbook_is_in_the_layout_of_assessors(
    daicho: Command, made: Path, tmp_path: Path, language: str
) -> None:
    """Title, company, two rows of headings on every page, A4 landscape, wrapped; the export is recorded."""
    assert daicho("ledger", "import", _csv(tmp_path / "a.csv", [HEADINGS, ("=2+2", *ROSTER[1:])])) == 0
    assert daicho("ledger", "export", tmp_path / "out.xlsx", "--language", language) == 0
    page = load_workbook(tmp_path / "out.xlsx")[TITLES[language]]
    assert page["A1"].value == TITLES[language]
    assert page["A2"].value == {"ja": "東和商事", "en": "Towa Trading"}[language]
    assert len([cell.value for cell in page[3] if cell.value]) == 7
    titles = [cell.value for cell in page[4]]
    assert len(set(titles)) == len(titles)
    assert page.row_dimensions[5].hidden
    assert (page.print_title_rows, page.freeze_panes) == ("$3:$4", "C6")
    assert (page.page_setup.orientation, int(page.page_setup.paperSize)) == ("landscape", 9)
    assert all(9 <= page.column_dimensions[name].width <= 40 for name in ("A", "B", "C"))
    name = page["B6"]
    assert (name.value, name.data_type) == ("=2+2", "s")
    assert (name.quotePrefix, name.alignment.wrap_text) == (True, True)
    opened = Workspace.open(Settings.load(made))
    with opened.registry.read(opened.owner()) as tx:
        newest = journal.lines(tx, limit=1)[0]
    opened.close()
    assert (newest.action, newest.table) == (str(journal.Action.RESULTS_EXPORTED), "ledger")


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_what_is_exported_comes_back_unchanged_or_as_edited(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    """A file that nobody edited changes nothing; an edited cell, and only it, is an update."""
    (tmp_path / "share").mkdir()
    assert daicho("source", "add", "--name", "jinji", "--unit", "TOWA", tmp_path / "share") == 0
    row = ("@名簿", ROSTER[1], "-目的", "jinji: 採用/名簿", *ROSTER[4:])
    assert daicho("ledger", "import", _csv(tmp_path / "a.csv", [HEADINGS, row])) == 0
    before = _entries(made)
    assert [(each.source_id is None, each.prefix) for each in before[0].places] == [(False, "採用/名簿")]
    file = tmp_path / f"out.{suffix}"
    assert daicho("ledger", "export", file, "--language", "ja") == 0
    capsys.readouterr()
    assert daicho("ledger", "import", file) == 0
    assert capsys.readouterr().out.endswith("\tL-0001\tunchanged\n")
    assert _entries(made) == before
    if suffix == "xlsx":
        book = load_workbook(file)
        page = book.active
        assert page is not None
        (cell,) = [cell for cell in page[6] if cell.value == "-目的"]
        cell.value = "新しい目的"
        book.save(file)
    else:
        text = file.read_text(encoding="utf-8-sig")
        assert "'-目的" in text
        file.write_text(text.replace("'-目的", "新しい目的"), encoding="utf-8-sig")
    assert daicho("ledger", "import", file) == 0
    (after,) = _entries(made)
    assert (after.purpose, after.name, after.places) == ("新しい目的", "@名簿", before[0].places)


@pytest.mark.parametrize("name", ["no.csv", "no.xlsx", "plain.xlsx", "missing.xlsx"])
def test_what_is_no_ledger_is_refused(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The error names the file."""
    if name == "no.csv":
        (tmp_path / name).write_text("a,b\n1,2\n", encoding="utf-8")
    elif name == "no.xlsx":
        Workbook().save(tmp_path / name)
    elif name == "plain.xlsx":
        (tmp_path / name).write_bytes(b"no workbook")
    assert daicho("ledger", "import", tmp_path / name) == 2
    assert name in capsys.readouterr().err
    assert _entries(made) == []


def test_a_workbook_beyond_the_limits_is_refused(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cell far away makes a reader allocate the cells between; overlapping merged cells go on for ever."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*HEADINGS])
    sheet["XFD1048576"] = "x"
    book.save(tmp_path / "far.xlsx")
    assert daicho("ledger", "import", tmp_path / "far.xlsx") == 2
    assert "far.xlsx holds too many cells" in capsys.readouterr().err
    book.create_sheet("台帳").append([*HEADINGS])
    book.save(tmp_path / "beside.xlsx")
    assert read_table(tmp_path / "beside.xlsx").sheet == "台帳"
    table = table_of("a.csv", ("\n".join(map(",".join, [HEADINGS, *[ROSTER] * 5_000]))).encode())
    assert len(table.rows) == 5_000
    with pytest.raises(TableRefusedError):
        [*_merged([["x"]] * 5_000, [((0, 0), (4_999, 0))] * 2_000, 20)]


def test_a_marked_copy_is_made_in_memory(
    daicho: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's own way leads over temporary files that hold the ledger."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*HEADINGS])
    sheet.append(["", *ROSTER[1:]])
    book.save(tmp_path / "own.xlsx")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr("openpyxl.worksheet._writer.create_temporary_file", refuse)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    assert daicho("ledger", "import", tmp_path / "own.xlsx", "--mark", tmp_path / "wrong.xlsx") == 2
    page = load_workbook(tmp_path / "wrong.xlsx").active
    assert page is not None
    assert page["A2"].comment.text


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("ja", {"管理者の名称": "東和商事", "処理の目的": "人事管理", "消去の期限": "退職から 60 か月"}),
        ("en", {"Controller": "Towa Trading", "Role": "Controller", "Categories of recipients": ""}),
    ],
)
def test_the_record_of_processing_has_what_article_30_asks_for(
    daicho: Command, made: Path, tmp_path: Path, language: str, wanted: dict[str, str]
) -> None:
    """The same entries in the words of the Regulation; it has no row of ids."""
    file = _csv(tmp_path / "own.csv", [(*HEADINGS, *MORE), (*ROSTER, *SAID)])
    assert daicho("ledger", "import", file) == 0
    for suffix in ("csv", "xlsx"):
        out = tmp_path / f"out.{suffix}"
        assert daicho("ledger", "export", out, "--layout", "processing", "--language", language) == 0
    head, row = csv.reader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines())
    assert {name: value for name, value in zip(head, row, strict=True) if name in wanted} == wanted
    page = load_workbook(tmp_path / "out.xlsx").active
    assert page is not None
    assert [cell.value for cell in page[4]] == head
    assert [cell.value or "" for cell in page[5]] == row


def test_every_reason_is_told_in_both_languages() -> None:
    """The catalogue holds each sentence about a cell, and nothing else."""
    marked = set()
    for node in ast.walk(ast.parse((ROOT / "daicho/ledger_file/reasons.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "mark":
            marked.add(ast.literal_eval(node.args[0]))
    assert set(REASONS.values()) < marked
    assert marked == english("ledger.po").keys()
