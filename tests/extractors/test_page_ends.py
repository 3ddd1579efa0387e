"""Pages beyond their end and their depth, furigana, and what only programs see of a page."""

from __future__ import annotations

import pytest

from scanners.extractors.interface import Member
from scanners.extractors.markup import visible_text
from tests.extractors.test_contract import read
from tests.extractors.test_pages import texts

PAGE = "<!DOCTYPE html><html><body>%s</body></html>"


@pytest.mark.parametrize(
    "behind",
    [
        "\n架空太郎",
        "\n<p>架空太郎</p><div>x</div>",
        "<!-- x --><html><body><p>架空太郎</p></body></html>",
        "<!DOCTYPE html><html><head><title>t</title></head><body>架空太郎</body></html>",
    ],
)
def test_what_follows_the_end_of_a_page_is_read(behind: str) -> None:
    """Footers of mailing lists and further pages stand behind the end tag."""
    page = PAGE % "<p>はじめ</p>" + behind
    text = texts(read("html", page.encode()))["html"].split("\n")
    assert text[0] == "はじめ"
    assert "架空太郎" in text
    assert visible_text(page).split("\n") == text
    filled = page + "<input name='tel' value='090-0000-1234'>"
    assert "tel: 090-0000-1234" in texts(read("html", filled.encode()))["html attributes"]


@pytest.mark.parametrize("tag", ["<font color=red>", "<div>", "<table><tr><td>", "<b>"])
def test_tags_that_are_never_closed_hide_nothing(tag: str) -> None:
    """Beyond 2,048 open tags libxml2 leaves out the rest of the page without an error."""
    lines = "".join(f"{tag}行{each}\n" for each in range(2_200))
    page = f"<html><body>{lines}<p title='架空花子'>氏名 架空太郎</p></body></html>"
    found = texts(read("html", page.encode()))
    assert "行2199" in found["html"]
    assert "氏名 架空太郎" in found["html"]
    assert "架空花子" in found["html attributes"]


def test_furigana_never_split_a_name() -> None:
    """The name stays whole, its reading follows its paragraph; cells keep their order."""
    whole = "<p>氏名 <ruby>架空<rt>かくう</rt>太郎<rt>たろう</rt></ruby>様</p><p>次</p>"
    assert visible_text(PAGE % whole) == "氏名 架空太郎様\nかくうたろう\n次"
    apart = "<ruby>架<rp>(</rp><rt>か</rt><rp>)</rp>空<rt>くう</rt></ruby><ruby>太郎<rt>たろう</rt></ruby>"
    assert visible_text(PAGE % apart) == "架空太郎\nかくう たろう"
    row = f"<table><tr><td>{apart}</td><td>090-0000-1234</td></tr></table>"
    assert visible_text(PAGE % row) == "架空太郎\t090-0000-1234\nかくう たろう"


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ('<script>var p={name:"Taro Kakuu",t:"090-0000-1234"}</script>', "name: Taro Kakuu"),
        ('<script>var p={name:"Taro Kakuu",t:"090-0000-1234"}</script>', "090-0000-1234"),
        ("<template><p>Taro Kakuu <td>03</td></p></template>", "Taro Kakuu"),
        ("<noscript><p>TEL 03-0000-1234</p></noscript>", "TEL 03-0000-1234"),
        ('<style>.a:after{content:"架空太郎"}</style>', "架空太郎"),
        ("<style>p { color: red }<p>氏名 架空太郎</p>", "架空太郎"),
        ("<button onclick=\"call('架空太郎')\">x</button>", "架空太郎"),
        ("<!--[if mso]><p>氏名 架空太郎</p><![endif]-->", "氏名 架空太郎"),
        ('<!-- <input name="tel" value="090-0000-1234"> -->', "tel: 090-0000-1234"),
        ('<a href="/p?tel=09000001234&x=2">x</a>', "tel: 09000001234"),
        ('<a href="/p?q=%E6%9E%B6%E7%A9%BA">x</a>', "q: 架空"),
        ('<a href="/p/%89%CB%8B%F3%91%BE%98%59?q">x</a>', "/p/架空太郎"),
        ('<a href="https://example.jp/p?name=架空太郎">x</a>', "name=架空太郎"),
        ('<div data-name="Taro Kakuu">x</div>', "name: Taro Kakuu"),
    ],
)
def test_what_only_programs_see_is_told(markup: str, told: str) -> None:
    """Scripts, templates, styles, events, links and what is taken out by a remark."""
    found = texts(read("html", (PAGE % markup).encode()))
    found.pop("html", None)
    assert told in "\n".join(found.values())


def test_plain_code_is_not_told() -> None:
    """Versions, settings and empty conditions say nothing of people."""
    page = PAGE % (
        '<script src="a.js?ver=3.7.1">var v="1.2.3", type=1;</script><a href="/p?page=2&v=20240101">x</a>'
        "<!--[if lt IE 9]><script src='x.js'></script><![endif]--><style>a{content:'\\f101'}</style>"
    )
    assert set(texts(read("html", page.encode()))) <= {"html", "html data"}
    assert "3.7" not in "".join(texts(read("html", page.encode())).values())


def test_files_in_styles_are_members() -> None:
    """A background may be a file of its own."""
    page = PAGE % "<style>a{background:url(data:text/plain;base64,5p625b+D)}</style>x"
    assert [part.name for part in read("html", page.encode()) if isinstance(part, Member)] == [
        "data 1 text.plain"
    ]
