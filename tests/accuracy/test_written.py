"""Documents with marked values are read exactly, and all that are here can be."""

import pytest

from benchmarks.written.documents import FOLDER, documents, read


def test_marks_become_spans() -> None:
    """The text is that of the reader of the document; spans hold their values."""
    written = read("x.txt", "#persons=1\n氏名：⟦PERSON|佐伯 真帆⟧\n代表 ⟦PHONE?|03-1111-2222⟧。")
    assert written.document.text == "氏名：佐伯 真帆\n代表 03-1111-2222。"
    assert written.document.gold == ((3, 8, "PERSON"),)
    assert written.document.optional == ((12, 24, "PHONE"),)
    assert (written.persons, written.document.negative) == (1, False)


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("氏名：山田", "x.txt:1: the first line"),
        ("#persons=1\n\n⟦PERSON|山田", "x.txt:3: a mark is not closed"),
        ("#persons=1\n⟦NAME|山田⟧", "x.txt:2: there is no category NAME"),
        ("#persons=1\n⟦PERSON|⟧", "x.txt:2: a mark is not closed"),
    ],
)
def test_malformed_marks_are_refused(marked: str, message: str) -> None:
    """File and line are named."""
    with pytest.raises(ValueError, match=message):
        read("x.txt", marked)


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in FOLDER.glob("*/*.txt")}))
def test_every_document_can_be_read(folder: str) -> None:
    """Each names persons where it marks some, and holds text."""
    for written in documents(FOLDER / folder):
        assert written.document.text.strip(), written.name
        named = any(kind == "PERSON" for _, _, kind in written.document.gold)
        assert named == (written.persons > 0), written.name
