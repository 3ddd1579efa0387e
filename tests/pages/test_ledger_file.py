"""The ledger as a file on its page: columns are matched, wrong cells are told, nothing is half taken."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from openpyxl import Workbook
from streamlit.testing.v1 import AppTest

from registry import journal, ledger
from registry.access import bootstrap_principal
from registry.model import LedgerEntry
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

HEADINGS = ("個人情報の名称", "項目", "内容説明", "保管場所", "保管方法", "アクセス権者", "利用期限", "部門")
ROW = ("来院者名簿", "氏名、電話番号", "来院の記録", "受付の棚", "施錠", "受付", "1年", "総務課")
MAPPED = {2: "purpose", 7: "owner"}


def entries(group: Group) -> list[LedgerEntry]:
    """Return the whole ledger."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return ledger.entries(tx)


def old_csv(*rows: tuple[str, ...]) -> bytes:
    """Return a table as Japanese Excel saves it."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("cp932")


def workbook(*rows: tuple[object, ...]) -> bytes:
    """Return a workbook with a title above the rows."""
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (("個人情報管理台帳",), *rows):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def handed_in(group: Group, who: str, data: bytes, name: str = "own.csv", language: str = "ja") -> AppTest:
    """Return the page after a file was handed in."""
    test = opened(group, who, "ledger", language)
    test.file_uploader[0].set_value((name, data, "application/octet-stream"))
    return test.run()


def mapped(test: AppTest) -> AppTest:
    """Choose what the headings that nobody knows are."""
    for index, column in MAPPED.items():
        choice(test, index).set_value(column)
    return test.run()


def choice(test: AppTest, index: int) -> Any:
    """Return the choice for one column of the file."""
    return next(
        each
        for each in test.selectbox
        if str(each.key).startswith("ledger-map-") and str(each.key).endswith(f"-{index}")
    )


def downloaded(test: AppTest, label: str) -> bytes:
    """Return what the button of this label gives."""
    from streamlit.runtime import get_instance

    (button,) = [each for each in test.get("download_button") if label in each.proto.label]
    name = button.proto.url.rpartition("/")[2]
    manager = get_instance().media_file_mgr
    return bytes(manager._storage.get_file(name).content)


def test_a_table_is_mapped_tried_taken_and_its_mapping_remembered(changeable: Group) -> None:
    """What the headings do not say is chosen once; the trial changes nothing."""
    before = entries(changeable)
    test = handed_in(changeable, HOSPITAL, old_csv(HEADINGS, ROW))
    assert [choice(test, index).value for index in (0, 1, 3, 5)] == [
        "name",
        "items",
        "places",
        "access_holders",
    ]
    test = pressed(mapped(test), "試す")
    assert "登録 1" in shown(test)
    assert entries(changeable) == before
    text = shown(pressed(test, "1 行を取り込む"))
    assert "取り込みました。登録 1 件、変更 0 件です。" in text
    (made,) = entries(changeable)[len(before) :]
    assert (made.name, made.purpose, made.owner) == (ROW[0], ROW[2], ROW[7])
    assert made.unit_id == changeable.units["HOSP"]
    again = handed_in(changeable, HOSPITAL, old_csv(HEADINGS, ("別の名簿", *ROW[1:])))
    assert {index: choice(again, index).value for index in MAPPED} == MAPPED


def test_wrong_cells_are_told_and_nothing_is_taken(changeable: Group) -> None:
    """Each with its place and reason; there is no button to take the rest."""
    before = entries(changeable)
    data = workbook(HEADINGS, ROW, ("", "心の色", *ROW[2:]))
    test = pressed(mapped(handed_in(changeable, HOSPITAL, data, "own.xlsx")), "試す")
    text = shown(test)
    assert "2 行のうち 1 行に誤りがあるため、取り込めません。" in text
    for words in ('"text": "A4"', '"text": "B4"', "心の色", "空欄です"):
        assert words in text
    assert not [each for each in test.button if "行を取り込む" in each.label]
    test = pressed(test, "印をつけた写しを作る")
    assert "印をつけた写し（Excel）を受け取る" in shown(test)
    assert entries(changeable) == before


def test_a_column_chosen_twice_is_told(changeable: Group) -> None:
    """Nothing can be tried until each item has one column."""
    test = handed_in(changeable, HOSPITAL, old_csv(HEADINGS, ROW))
    choice(test, 2).set_value("name")
    test.run()
    assert "二つの列に対応させた項目があります：個人情報の名称" in shown(test)
    assert "試す" not in [each.label for each in test.button]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a,b\n1,2\n", "初めの 20 行に見つかりません"),
        (b"", "初めの 20 行に見つかりません"),
        (b"PK\x03\x04 no workbook", "これは表ではありません"),
        (b"\xd0\xcf\x11\xe0", "これは表ではありません"),
        (old_csv(HEADINGS, *[ROW] * 5_001), "5,000 行を超える表"),
        (old_csv((*HEADINGS, *map(str, range(100))), ROW), "100 列を超えています"),
    ],
)
def test_what_is_no_ledger_is_refused(changeable: Group, data: bytes, told: str) -> None:
    """The page says what to do."""
    assert told in shown(handed_in(changeable, HOSPITAL, data))


def test_who_may_not_edit_gets_no_upload_and_nobody_writes_elsewhere(changeable: Group) -> None:
    """An officer abroad cannot choose, and a file cannot name, a unit of others."""
    assert not opened(changeable, EXECUTIVE, "ledger").file_uploader
    before = entries(changeable)
    data = old_csv((*HEADINGS, "組織単位"), (*ROW, "HOSP"))
    test = handed_in(changeable, GERMANY, data, language="en")
    assert "Sakuradai" not in shown(test)
    test = pressed(mapped(test), "Try")
    assert "1 of 1 row is refused" in shown(test)
    assert entries(changeable) == before


@pytest.mark.parametrize(("form", "layout"), [("xlsx", "ledger"), ("csv", "ledger"), ("xlsx", "processing")])
def test_a_file_is_made_when_somebody_asks_and_recorded(changeable: Group, form: str, layout: str) -> None:
    """Opening the page makes nothing; the record tells form, layout and how many entries."""
    test = opened(changeable, OFFICER, "ledger", unit="HOSP")
    assert not test.get("download_button")
    count = journal.verify(changeable.workspace.registry).count
    test.selectbox(key="ledger-form").set_value(form)
    test.selectbox(key="ledger-layout").set_value(layout)
    test = pressed(test.run(), "ファイルを作る")
    (button,) = test.get("download_button")
    assert "件のファイルを受け取る" in button.proto.label
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        newest = journal.lines(tx, limit=1)[0]
    assert (newest.action, newest.table) == (str(journal.Action.RESULTS_EXPORTED), "ledger")
    assert journal.verify(changeable.workspace.registry).count == count + 1
