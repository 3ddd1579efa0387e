"""Names of a package's parts in what a reason tells."""

from __future__ import annotations

import io
import warnings
import zipfile

import pytest

from scanners.extractors.part_names import told
from scanners.model import Gap
from tests.extractors.test_contract import read


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("word/header12.xml", "word/header12.xml"),
        ("word/_rels/document.xml.rels", "word/_rels/document.xml.rels"),
        ("customXml/item1.xml", "customXml/item1.xml"),
        ("customXml/taro.yamada@example.co.jp.xml", "customXml/….xml"),
        ("山田太郎/document.xml", "…/document.xml"),
        ("word/09012345678.xml", "word/….xml"),
    ],
)
def test_a_reason_tells_only_names_that_the_format_gives(name: str, shown: str) -> None:
    """Whoever writes a package may name its parts after people."""
    assert told(name) == shown
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("word/document.xml", "<x/>" * 9)
        out.writestr(name, b"<x/>" * 99)
    data = bytearray(package.getvalue())
    data[data.rindex(name.encode()) - 30] ^= 1  # of its checksum in the directory
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        details = [part.detail for part in read("docx", bytes(data)) if isinstance(part, Gap)]
    assert details
    assert name == shown or not any(name in detail for detail in details)
