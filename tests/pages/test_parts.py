"""The parts that pages are made of: scale, formats, treemap, sentences, stylesheet."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daicho.pages import risk_scale, scope, theme, treemap, words
from daicho.pages.formats import Formats, examined_share, percent
from daicho.pages.frame import bold
from daicho.text import translator
from registry.model import RiskLevel, Unit, UnitId, UnitKind
from scanners.model import Exposure, PersonBounds, RunTotals


def luminance(colour: str) -> float:
    """Return the relative luminance of "#RRGGBB" (WCAG 2.2)."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("step", risk_scale.STEPS, ids=lambda step: step.level.name)
def test_every_step_is_readable_on_both_themes(step: risk_scale.Step) -> None:
    """Words on a tile and on a chip keep the contrast that WCAG asks of text."""
    for colours in (step.light, step.dark):
        assert contrast(colours.fill, colours.ink) >= 4.5
        assert contrast(colours.chip, colours.chip_ink) >= 4.5


def test_worse_always_stands_out_more() -> None:
    """Lightness falls step by step on white and rises on black, so that a grey copy still orders them."""
    light = [luminance(step.light.fill) for step in risk_scale.STEPS]
    dark = [luminance(step.dark.fill) for step in risk_scale.STEPS]
    assert light == sorted(light, reverse=True)
    assert dark == sorted(dark)


@pytest.mark.parametrize(
    ("score", "level"), [(0, 0), (19, 0), (20, 20), (59, 40), (60, 60), (80, 80), (100, 80)]
)
def test_a_score_has_one_step(score: int, level: int) -> None:
    """The borders of the scale belong to the step above them."""
    assert risk_scale.step_of(score).level is RiskLevel(level)


def test_shapes_survive_a_japanese_office_encoding() -> None:
    """Shape and word come through CP932, as in Excel and on paper."""
    for step in risk_scale.STEPS:
        assert f"{step.shape} {step.word}".encode("cp932").decode("cp932") == f"{step.shape} {step.word}"


def test_numbers_and_dates_follow_the_reader() -> None:
    """Japanese and English readers see their own order of a date, and Japan's time."""
    moment = datetime(2026, 11, 22, 17, 14, tzinfo=UTC)
    assert Formats("ja").moment(moment) == "2026/11/23 02:14"
    assert Formats("en").day(date(2026, 11, 23)) == "23 Nov 2026"
    assert Formats("ja").persons(PersonBounds(1_190, 1_218)) == "1,190–1,218"
    assert Formats("ja").number(None) == "—"
    assert Formats("ja").change(-12) == "−12"


def test_everything_examined_is_not_claimed_too_early() -> None:
    """99.9 % is not shown as 100 %, and nothing listed is no share at all."""
    assert percent(examined_share(RunTotals(listed=1000, complete=999, failed=1))) == "99%"
    assert percent(examined_share(RunTotals(listed=12, complete=10, skipped=2, by_policy=2))) == "100%"
    assert percent(examined_share(RunTotals())) == "—"


@given(st.lists(st.floats(min_value=0.01, max_value=1e6), min_size=1, max_size=40))
def test_tiles_fill_the_map_without_leaving_it(weights: list[float]) -> None:
    """Every tile lies inside the map, has its share of the area, and all of them fill it."""
    weights = sorted(weights, reverse=True)
    box = treemap.Box(0, 0, 760, 380)
    boxes = treemap.squarify(weights, box)
    total = sum(weights)
    for weight, each in zip(weights, boxes, strict=True):
        assert -0.01 <= each.x <= 760.01
        assert each.x + each.width <= 760.1
        assert each.y + each.height <= 380.1
        assert each.width * each.height == pytest.approx(760 * 380 * weight / total, rel=0.01, abs=0.5)


def test_a_tiny_unit_stays_visible_on_the_map() -> None:
    """A company of five people beside one of a million is still a tile one can read and press."""
    shares = treemap.floored([1_000_000.0, 5.0, 0.0], treemap.FLOOR)
    assert min(shares) > 0.04
    assert sum(shares) == pytest.approx(1)


def test_the_map_shows_sites_in_their_company() -> None:
    """Sites lie inside their company's tile, by weight."""
    sites = [
        treemap.Tile("A-1", "工場", "△ やや高 50", 300.0, 2),
        treemap.Tile("A-2", "支社", "○ 低 9", 20.0, 0),
    ]
    company = treemap.Tile("A", "会社", "△ やや高 50", 320.0, 2, sites)
    beside = treemap.Tile("B", "別会社", "○ 低 5", 200.0, 0)
    shown = {tile["id"]: tile for tile in treemap.layout([("会社", [beside, company])])["tiles"]}
    parts = shown["A"]["parts"]
    assert [(part["name"], part["detail"]) for part in parts] == [("工場", "△ やや高 50"), ("支社", "○ 低 9")]
    for part in parts:
        assert part["x"] + part["w"] <= 100.01
        assert part["y"] + part["h"] <= 100.01
        assert part["y"] > 0
    assert parts[0]["w"] * parts[0]["h"] > parts[1]["w"] * parts[1]["h"]
    assert shown["B"]["parts"] == []


@pytest.mark.parametrize(("weight", "parts"), [(9000.0, 2), (1.0, 0)])
def test_sites_without_room_are_told_in_words(weight: float, parts: int) -> None:
    """A company too small for its sites on the map still names them to the pointer and the screen reader."""
    sites = [treemap.Tile(f"A-{number}", f"支社{number}", "○ 低 9", weight / 2, 0) for number in (1, 2)]
    company = treemap.Tile("A", "会社", "○ 低 9", weight, 0, sites)
    others = [treemap.Tile(f"B{number}", "別会社", "○ 低 5", 500.0, 0) for number in range(40)]
    shown = {tile["id"]: tile for tile in treemap.layout([("会社", [company, *others])])["tiles"]}
    assert len(shown["A"]["parts"]) == parts
    assert shown["A"]["whole"] == ["支社1 ○ 低 9", "支社2 ○ 低 9"]


def test_a_site_of_one_line_shows_its_level_in_short() -> None:
    """Where a site has but one line, shape and number of its level stand behind its name."""
    sites = [treemap.Tile(f"A-{number}", "支社", "○ 低 9", 1.0, 0, short="○ 9") for number in (1, 2)]
    company = treemap.Tile("A", "会社", "○ 低 9", 2.0, 0, sites)
    others = [treemap.Tile(f"B{number}", "別会社", "○ 低 5", 500.0, 0) for number in range(12)]
    shown = {tile["id"]: tile for tile in treemap.layout([("会社", [company, *others])])["tiles"]}
    assert [(part["flat"], part["detail"]) for part in shown["A"]["parts"]] == [(True, "○ 9")] * 2


def test_one_site_is_not_drawn_twice() -> None:
    """A company with one site is that site: its tile stays whole."""
    company = treemap.Tile("A", "会社", "", 9.0, 0, [treemap.Tile("A-1", "本社", "", 9.0, 0)])
    [tile] = treemap.layout([("会社", [company])])["tiles"]
    assert tile["parts"] == []


def test_a_site_is_named_after_its_company() -> None:
    """Where the company may be seen, its sites and departments carry its name; units above do not."""
    group = Unit(UnitId(1), "G", UnitKind.GROUP, "グループ", "Group", None, "JP", "", 1)
    company = Unit(UnitId(2), "C", UnitKind.COMPANY, "東和電機", "Towa Electric", UnitId(1), "JP", "", 1)
    site = Unit(UnitId(3), "C-1", UnitKind.SITE, "大阪支社", "Osaka office", UnitId(2), "JP", "", 1)
    department = Unit(UnitId(4), "C-1-A", UnitKind.DEPARTMENT, "営業部", "Sales", UnitId(3), "JP", "", 1)
    names = scope.full_names([group, company, site, department], "ja")
    assert list(names.values()) == ["グループ", "東和電機", "東和電機 大阪支社", "東和電機 営業部"]
    assert scope.full_names([company, site], "en")[UnitId(3)] == "Towa Electric, Osaka office"
    assert scope.full_names([site], "en") == {UnitId(3): "Osaka office"}


def test_a_map_without_anyone_is_empty() -> None:
    """No unit gives no tile instead of an error."""
    assert treemap.layout([("病院", [])]) == {"labels": [], "tiles": []}


def test_a_name_cannot_end_the_emphasis() -> None:
    """Marks in a unit's name do not spill into the sentence."""
    assert bold("A**B") == "**AB**"


@pytest.mark.parametrize(
    ("exposure", "names", "ja", "en"),
    [
        (Exposure.EVERYONE, ("group:root", "root"), "全員", "Everyone"),
        (Exposure.ALL_STAFF, ("group:users", "root"), "全職員（グループ users）", "All staff (group users)"),
        (Exposure.ALL_STAFF, ("root",), "全職員", "All staff"),
        (Exposure.GROUP, ("group:jinji", "user:sato"), "グループ jinji、sato", "group jinji, sato"),
        (
            Exposure.OWNER,
            ("TOWA\\sato", "root"),
            "TOWA\\sato、root（コンピューターの管理者）",
            "TOWA\\sato, root (administrator of the computer)",
        ),
        (Exposure.UNKNOWN, (), "", ""),
    ],
)
def test_who_can_read_is_told_by_how_wide_it_is(
    exposure: Exposure, names: tuple[str, ...], ja: str, en: str
) -> None:
    """A file that everyone can read is no file that root can read: names stand where they narrow it down."""
    assert words.who_reads(exposure, names, translator("ja")) == ja
    assert words.who_reads(exposure, names, translator("en")) == en


def test_the_stylesheet_names_no_other_host() -> None:
    """Style comes from this server alone."""
    for name in ("light", "dark"):
        assert "//" not in theme.stylesheet(name).replace("/*", "").replace("*/", "")
        assert "--risk-fill-4" in theme.stylesheet(name)


def test_the_translator_fills_in_values() -> None:
    """Both languages put the same values into their own order."""
    assert translator("ja")(
        "{count} 単位、リスクの高い順。行を選ぶと会社・病院のページが開きます。", count=7
    ).startswith("7 単位")
    assert translator("en")("{unit}を開く", unit="Towa") == "Open Towa"


@pytest.mark.parametrize(
    ("number", "told"),
    [(1, "1 day left"), ("1", "1 day left"), (0, "0 days left"), ("1,001", "1,001 days left")],
)
def test_english_words_go_with_their_number(number: object, told: str) -> None:
    """One is singular, everything else plural; Japanese knows no difference."""
    assert translator("en")("あと {days} 日", days=number) == told
    assert translator("ja")("あと {days} 日", days=number) == f"あと {number} 日"
