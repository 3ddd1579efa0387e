"""Access databases: every row of the user's tables, wherever its values lie."""

from __future__ import annotations

import gc
import io
from typing import BinaryIO, cast

import pytest

from scanners.extractors.access_file import AccessFile
from scanners.extractors.interface import Budget, Extracted, Limits, Member, Tables
from scanners.kinds import sniff
from scanners.model import Gap, Reason, TableSegment
from tests.extractors.samples_access import access_file
from tests.extractors.samples_contacts import PNG
from tests.extractors.test_contract import read


def gaps(parts: list[Extracted]) -> list[Gap]:
    """Return the gaps."""
    return [part for part in parts if isinstance(part, Gap)]


@pytest.mark.parametrize("old", [False, True])
def test_rows_are_read_wherever_they_lie(old: bool) -> None:
    """Compressed and wide text, nulls, a row that moved, notes in other pages; deleted rows are not rows."""
    data = access_file(old=old)
    assert sniff(io.BytesIO(data)) == "access"
    parts = read("access", data)
    assert not gaps(parts)
    (table,) = [part for part in parts if isinstance(part, TableSegment)]
    assert table.table == "名簿"
    assert table.header == ("番号", "氏名", "会員", "会費", "生年月日", "備考", "写真")
    assert table.rows == (
        ("1", "架空太郎", "1", "1234.5", "1980-01-02", "電話 090-0000-1234", ""),
        ("2", "Kakuu Hanako", "0", "", "", "長い備考", ""),
        ("3", "架空三郎", "0", "", "", "", ""),
        ("4", "架空四郎", "0", "", "", "長い備考", ""),
    )


def test_a_linked_table_is_left_out_by_its_name() -> None:
    """Its rows lie in another database, which is read where it lies."""
    (link,) = [part for part in read("access", access_file()) if isinstance(part, Member) and part.gap]
    assert link.name == "他の名簿"
    assert link.gap is not None
    assert link.gap.reason.by_policy


def test_pictures_in_cells_are_members() -> None:
    """A value of a known kind is read as a file of its own."""
    members = [part for part in read("access", access_file(picture=PNG)) if isinstance(part, Member)]
    assert [member.name for member in members] == ["名簿", "名簿.写真[4]", "他の名簿"]
    assert sniff(cast("BinaryIO", members[1].stream)) == "png"


def test_pictures_are_not_held_while_their_table_is_read() -> None:
    """All photographs of a table would not fit into a worker's memory."""
    data = access_file(picture=PNG)
    parts = AccessFile().segments(io.BytesIO(data), Budget(Limits(), len(data)))
    table = next(parts)
    assert isinstance(table, Member)
    assert list(cast("Tables", table.stream))
    held = [each for each in gc.get_objects() if type(each) is Member]
    assert not [each for each in held if each.name == "名簿.写真[4]"]
    picture = next(parts)
    assert isinstance(picture, Member)
    assert picture.name == "名簿.写真[4]"


def test_an_encrypted_database_is_told() -> None:
    """All pages but the first are noise then."""
    data = bytearray(access_file())
    data[2 * 4096 : 3 * 4096] = bytes(byte ^ 0x5A for byte in data[2 * 4096 : 3 * 4096])
    assert [gap.reason for gap in gaps(read("access", bytes(data)))] == [Reason.ENCRYPTED]


def test_a_damaged_row_or_table_costs_only_itself() -> None:
    """How many rows is told; a table whose definition is gone has its name and reason."""
    data = bytearray(access_file())
    data[5 * 4096 + 14 : 5 * 4096 + 16] = b"\xff\x1f"
    parts = read("access", bytes(data))
    assert gaps(parts)
    assert {gap.reason for gap in gaps(parts)} == {Reason.DAMAGED}
    data = bytearray(access_file())
    data[4 * 4096 : 4 * 4096 + 2] = b"\0\0"
    parts = read("access", bytes(data))
    assert next(part.name for part in parts if isinstance(part, Member)) == "名簿"
    assert gaps(parts) == [Gap(Reason.DAMAGED, "ValueError after 0 rows")]
