"""The flow chart's picture: text is wrapped inside its box whatever an entry says, and nothing overlaps."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daicho.flow.chart import Box, Chart, Fact, RiskMark, described
from daicho.flow.svg import WIDTH, draw
from daicho.flow.wrapping import width, wrap
from daicho.pages.flow_chart import palette

WORDS = st.text(st.sampled_from("個人情報、。（）「」abc XYZ-/.ーぁ\n\t①ｱ①"), max_size=400)
LONG = "取引先の担当者との連絡、請求書の送付、問合せへの回答（案内を含む）。" * 20


@given(WORDS, st.floats(2, 30), st.integers(1, 8))
def test_no_line_is_wider_than_its_room(text: str, most: float, lines: int) -> None:
    """However long a word or a run of marks is."""
    found = wrap(text, most, lines=lines)
    assert len(found) <= lines
    assert all(width(line) <= most or len(line) <= 2 for line in found)


@given(WORDS)
def test_nothing_is_lost_where_there_is_room(text: str) -> None:
    """Only blanks at the ends of lines go; what is cut off ends in an ellipsis."""
    assert "".join("".join(wrap(text, 10, lines=500)).split()) == "".join(text.split())
    cut = wrap(text + "長" * 30, 10, lines=1)
    assert cut[0].endswith("…")


def test_marks_stay_with_what_they_belong_to() -> None:
    """No line begins with a closing mark or ends with an opening one."""
    for most in range(4, 20):
        for line in wrap(LONG, most, lines=100):
            assert line[0] not in "、。）」ー"
            assert line[-1] not in "（「"


def test_latin_words_are_kept_whole() -> None:
    """English breaks between words."""
    assert wrap("Human Resources managers", 10, lines=5) == ["Human Resources", "managers"]


def chart(text: str) -> Chart:
    """Return a chart in which every box says the same."""
    marks = [
        RiskMark("■ 危機的 2 件", 4, [text, text]),
        RiskMark("▲ 高 1 件", 3),
        RiskMark("未判断 3 件", None),
    ]
    boxes = [Box(f"段階 {number}", [Fact("利用目的", text)] * 4, marks) for number in range(5)]
    return Chart("名簿 <&>", described(boxes), boxes, Box("提供・委託", [Fact("委託先", text)], marks), 2)


@pytest.mark.parametrize("text", ["", "短い", LONG, "https://www.example.com/" + "a" * 300, "<script>&\"'"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_stands_inside_its_box(text: str, theme: str) -> None:
    """Texts and marks of a box lie within its frame, one below the other; boxes do not touch."""
    root = ET.fromstring(draw(chart(text), palette(theme)))
    frames = []
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        rects = group.findall("{http://www.w3.org/2000/svg}rect")
        left, top, wide, high = (float(rects[0].attrib[name]) for name in ("x", "y", "width", "height"))
        frames.append((left, top, left + wide, top + high))
        places = []
        for line in group.findall("{http://www.w3.org/2000/svg}text"):
            x, y, size = (float(line.attrib[name]) for name in ("x", "y", "font-size"))
            assert left <= x
            assert x + width(line.text or "") * size <= left + wide
            assert top < y - size
            assert y < top + high
            places.append((y - size, y))
        for chip in rects[1:]:
            assert float(chip.attrib["x"]) + float(chip.attrib["width"]) <= left + wide
            assert float(chip.attrib["y"]) + float(chip.attrib["height"]) <= top + high
        places.sort()
        assert all(below >= above for (_, above), (below, _) in pairwise(places))
    assert len(frames) == 6
    assert max(right for *_, right, _ in frames) <= WIDTH
    for number, (left, top, right, bottom) in enumerate(frames):
        for other_left, other_top, other_right, other_bottom in frames[number + 1 :]:
            apart = right < other_left or other_right < left or bottom < other_top or other_bottom < top
            assert apart


def test_the_picture_names_itself() -> None:
    """Title and description are there for those who do not see it, and values are never markup."""
    svg = draw(chart("<b>太字</b>"), palette("light"))
    root = ET.fromstring(svg)
    assert root.attrib["role"] == "img"
    assert [each.tag.rpartition("}")[2] for each in list(root)[:2]] == ["title", "desc"]
    assert root[0].text == "名簿 <&>"
    assert "段階 0" in (root[1].text or "")
    assert "<b>" not in svg
    assert not re.search(r"href|<script|style=|url\(", svg)


def test_headings_are_bold_in_a_font_of_one_weight() -> None:
    """For PDF they have an outline in their own colour instead of a weight; nothing else has one."""
    light = palette("light")
    on_screen, printed = draw(chart("名簿"), light), draw(chart("名簿"), replace(light, outlined=True))
    bold = re.findall(r'<text [^>]*font-weight="700"[^>]*fill="([^"]+)">([^<]*)', on_screen)
    outlined = re.findall(r'<text [^>]*stroke="([^"]+)" stroke-width="0\.\d+"[^>]*>([^<]*)', printed)
    assert bold
    assert outlined == bold
    assert "font-weight" not in printed
