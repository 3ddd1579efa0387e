"""Web pages and XML: what is seen, what is unseen, and the files inside."""

from __future__ import annotations

import base64
import io
from email.message import EmailMessage
from typing import BinaryIO, cast

import pytest

from scanners.extractors import pages
from scanners.extractors.interface import Extracted, Member
from scanners.kinds import sniff
from scanners.model import Gap, Reason, TextSegment
from tests.extractors.samples_contacts import PNG
from tests.extractors.test_contract import read

PAGE = """<!-- 作成者 架空一郎 -->
<!DOCTYPE html><html><head><title>社員紹介</title>
<meta name="author" content="架空二郎"><meta name="viewport" content="width=device-width">
<script type="application/ld+json">{"name": "\\u67b6\\u7a7a\\u4e09\\u90ce"}</script>
<script>var a = 1; function b() { return a; }</script>
<script>var owner = "架空四郎";</script><style>p { color: red }</style></head>
<body><p>氏名 <b>架空太郎</b></p><img src="data:image/png;base64,@PNG@" alt="架空五郎の写真">
<form><input name="tel" value="090-0000-1234"><input type="hidden" name="氏名" value="架空六郎">
<input type="submit" value="送信"></form>
<a href="mailto:hana%6Bo@kakuu.example?subject=x" title="架空七郎">連絡</a>
<a href="tel:0300001234">電話</a><div data-customer="架空八郎" data-id="x">内容</div>
<!-- <tr><td>架空九郎</td></tr> --><iframe srcdoc="&lt;p&gt;架空十郎&lt;/p&gt;"></iframe>
<noscript>架空十一郎</noscript><textarea>架空十二郎</textarea><option>架空十三郎</option></body></html>
""".replace("@PNG@", base64.b64encode(PNG).decode())


def texts(parts: list[Extracted]) -> dict[str, str]:
    """Return the passages by place."""
    return {part.location: part.text for part in parts if isinstance(part, TextSegment)}


def test_nothing_of_a_page_is_missed() -> None:
    """Visible text, attributes, remarks, data for programs; settings, plain code and styles are left out."""
    data = PAGE.encode("cp932")
    assert sniff(io.BytesIO(data)) == "html"
    found = texts(read("html", data))
    seen = found["html"]
    assert "氏名 架空太郎" in seen
    assert "hanako@kakuu.example" in found["html attributes"]
    for number in ("十二", "十三"):
        assert f"架空{number}郎" in seen
    for value in (
        "架空二郎",
        "架空五郎の写真",
        "tel: 090-0000-1234",
        "氏名: 架空六郎",
        "架空七郎",
        "架空八郎",
        "架空十郎",
    ):
        assert value in found["html attributes"]
    assert "架空一郎" in found["html comments"]
    assert "架空九郎" in found["html comments"]
    for value in ("架空三郎", "架空四郎", "架空十一郎"):
        assert value in found["html data"]
    everything = "\n".join(found.values())
    for noise in ("width=device", "color: red", "送信", "function b"):
        assert noise not in everything


def test_files_inside_a_page_are_members() -> None:
    """A data: URI is a file of its own."""
    (member,) = [part for part in read("html", PAGE.encode()) if isinstance(part, Member)]
    assert member.name == "data 1 image.png"
    assert sniff(cast("BinaryIO", member.stream)) == "png"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("shift_jis", "cp932"),
        ("utf-8", "cp932"),
        ("shift_jis", "utf-8"),
        ("iso-8859-1", "euc_jp"),
        ("iso-2022-jp", "iso2022_jp"),
        ("utf-16", "utf-16"),
    ],
)
def test_a_pages_encoding_is_what_its_bytes_say(declared: str, encoding: str) -> None:
    """A declaration is believed where it can be true."""
    sentence = "担当は架空太郎です。電話をください。"
    page = f'<html><head><meta charset="{declared}"></head><body>{sentence}</body></html>'
    assert texts(read("html", page.encode(encoding)))["html"] == sentence


def test_declared_foreign_encodings_are_read() -> None:
    """Chinese, Korean and Cyrillic pages say what they are."""
    for declared, text in (
        ("gb2312", "张伟的电话"),
        ("euc-kr", "김희중 전화"),
        ("windows-1251", "Иван Петров"),
    ):
        page = f'<html><meta charset="{declared}"><body>{text}</body></html>'
        assert texts(read("html", page.encode(declared)))["html"] == text


def test_a_saved_page_is_read_with_its_parts() -> None:
    """MHTML is a mail by its form: the page is its body, the pictures are members."""
    saved = EmailMessage()
    saved["From"] = "<Saved by Blink>"
    saved["Subject"] = "社員紹介"
    saved["Date"] = "Wed, 1 Apr 2026 10:00:00 +0900"
    saved.set_content(PAGE, subtype="html")
    saved.add_related(PNG, "image", "png")
    data = saved.as_bytes()
    assert sniff(io.BytesIO(data)) == "eml"
    parts = read("eml", data)
    assert "架空太郎" in "".join(texts(parts).values())
    assert [part.name for part in parts if isinstance(part, Member)] == ["image.png"]


@pytest.mark.parametrize(
    "head",
    [
        "<script>a</script>",
        "<div>",
        "<!-- x -->\n<!-- y --> <html>",
        "<table class='a'>",
        "<?xml version='1.0'?><html>",
    ],
)
def test_pages_are_told_by_how_they_begin(head: str) -> None:
    """With or without their formal head."""
    assert sniff(io.BytesIO(f"{head}<p>架空太郎</p>".encode())) == "html"


def test_xml_with_numbered_characters_is_read_as_meant() -> None:
    """A name written in references is a name; its place is its lines. Without any, offsets stay."""
    numbered = b'<?xml version="1.0"?>\n<a name="&#26550;&#x7A7A;">\n</a>\n'
    assert texts(read("xml", numbered)) == {"lines 1-4": '<?xml version="1.0"?>\n<a name="架空">\n</a>\n'}
    plain = '<?xml version="1.0" encoding="Shift_JIS"?><氏名>架空太郎</氏名>'
    (part,) = read("xml", plain.encode("cp932"))
    assert part == TextSegment(plain, "", 0)
    foreign = '<?xml version="1.0" encoding="windows-1251"?><имя>Иван</имя>'
    assert texts(read("xml", foreign.encode("windows-1251"))) == {"": foreign}


def test_names_of_fields_in_attributes_are_labels() -> None:
    """A name and its value in two attributes, or a name before its text, read like a form."""
    page = (
        '<?xml version="1.0"?><r><field name="社員番号" value="A12345"/>'
        '<item key="氏名">架空太郎</item><x name="kakuu" value="1"/></r>'
    )
    (text,) = texts(read("xml", page.encode())).values()
    assert "社員番号: A12345" in text
    assert ">氏名: 架空太郎<" in text
    assert '<x name="kakuu" value="1"/>' in text


def test_a_page_too_large_for_a_tree_is_read_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words are all there as they are meant, its tags are not; what is unseen is told as left out."""
    monkeypatch.setattr(pages, "_LARGEST_TREE", 100)
    parts = read("html", PAGE.replace("架空太郎", "&#26550;空太郎").encode())
    found = texts(parts)
    assert "架空太郎" in found["html"]
    assert "<b>" not in found["html"]
    assert [part for part in parts if isinstance(part, Gap)] == [
        Gap(Reason.OVERSIZED, "attributes, comments, scripts and embedded files: more than 100 characters")
    ]


def test_what_no_encoding_explains_is_told() -> None:
    """A page of noise is a gap."""
    page = b"<html><body>" + bytes(range(128, 256)) * 3 + b"</body></html>"
    assert [part.reason for part in read("html", page) if isinstance(part, Gap)] == [Reason.UNDECODABLE]
