"""Avro files: records as rows, whatever their schema nests."""

from __future__ import annotations

import pytest

from scanners.model import Gap, Reason, TableSegment
from tests.extractors.samples_avro import avro_file
from tests.extractors.test_contract import read


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_records_are_rows(codec: str) -> None:
    """Unions, arrays, records in records, named types and symbols are read."""
    parts = read("avro", avro_file(codec))
    assert not [part for part in parts if isinstance(part, Gap)]
    (table,) = [part for part in parts if isinstance(part, TableSegment)]
    assert table.header == ("氏名", "電話番号", "番号", "病名", "住所", "勤務先", "区分")
    assert table.rows[1] == ("架空0-1", "090-0000-1234", "-1", "糖尿病", "市: 東京", "市: 大阪", "準")
    assert [row[0] for row in table.rows] == ["架空0-0", "架空0-1", "架空1-0", "架空1-1"]


def test_what_cannot_be_read_is_told() -> None:
    """A file cut in its second block keeps the first; an unknown compression is named as one."""
    whole = avro_file(rows=5)
    parts = read("avro", whole[:-20])
    assert [part.reason for part in parts if isinstance(part, Gap)] == [Reason.DAMAGED]
    assert sum(len(part.rows) for part in parts if isinstance(part, TableSegment)) == 5
    assert [part.reason for part in read("avro", avro_file("snappy")) if isinstance(part, Gap)] == [
        Reason.UNSUPPORTED
    ]
