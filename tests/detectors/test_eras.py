"""Birth dates in years that their era never had, and on days of another era."""

import pytest

from daicho.pages.words import evidence
from daicho.text import translator
from scanners.detection import analyzer
from scanners.detectors.dates import era_doubt, parse
from scanners.findings import why
from scanners.model import Category, Evidence, EvidenceKind, Match

ENDED, TURN = EvidenceKind.ERA_ENDED, EvidenceKind.ERA_TURN


@pytest.mark.parametrize(
    ("written", "against"),
    [
        ("明治45年7月30日", None),
        ("明治45年7月31日", (TURN, "1912-07-30")),
        ("明治50年1月1日", (ENDED, "1912-07-30")),
        ("大正1年7月30日", None),
        ("大正元年7月29日", (TURN, "1912-07-30")),
        ("大正15年12月25日", None),
        ("T15.12.26", (TURN, "1926-12-25")),
        ("大正16年1月1日", (ENDED, "1926-12-25")),
        ("昭和元年12月25日", None),
        ("昭和64年1月7日", None),
        ("昭和64年1月8日", (TURN, "1989-01-08")),
        ("昭和六十五年二月一日", (ENDED, "1989-01-07")),
        ("S64.12.31", (TURN, "1989-01-08")),
        ("昭和100年4月1日", (ENDED, "1989-01-07")),
        ("平成1年1月7日", (TURN, "1989-01-08")),
        ("平成31年4月30日", None),
        ("H31/5/1", (TURN, "2019-05-01")),
        ("4320101", (ENDED, "2019-04-30")),
        ("令和元年4月30日", (TURN, "2019-05-01")),
        ("令和7年4月1日", None),
        ("1989年1月8日", None),
        ("昭和65年2月30日", None),
    ],
)
def test_days_outside_their_era(written: str, against: tuple[EvidenceKind, str] | None) -> None:
    """The limits of the eras, to the day; what is no era or no day has no limits."""
    assert era_doubt(written, parse(written)) == (Evidence(*against) if against else None)


def _found(text: str) -> Match:
    (match,) = (match for match in analyzer(names=False).text(text) if match.category is Category.DOB)
    return match


def test_a_year_the_era_never_had_is_a_guess() -> None:
    """It is found and says why it is doubted, in one line of either language."""
    match = _found("生年月日：昭和65年3月1日")
    assert match.score < 0.5
    assert _found("生年月日：昭和55年3月1日").score > 0.75
    assert evidence(why(match.evidence), translator("ja")).endswith("元号の終了日より後「1989-01-07」")
    assert evidence(why(match.evidence), translator("en")).endswith("Era ended on 1989-01-07")


def test_the_last_year_of_an_era_is_written_to_its_end() -> None:
    """A form of 平成31年12月 is what many people write: hardly doubted."""
    sure, turned = _found("生年月日：平成31年4月1日"), _found("生年月日：平成31年12月1日")
    assert 0.9 * sure.score < turned.score < sure.score


@pytest.mark.parametrize("header", [("氏名", "生年月日"), None])
def test_cells_are_doubted_too(header: tuple[str, str] | None) -> None:
    """A column of birth dates does not vouch for the years that no era has."""
    cells = [
        "昭和30年1月1日",
        "Ｓ６５．３．１",
        "平成31年12月1日",
        "1980/3/1",
        "H32.1.1",
        "昭和64年1月7日",
        "平成3年2月2日",
    ]
    names = ["佐藤太郎", "鈴木花子", "高橋健一", "田中美咲", "伊藤翔太", "渡辺陽子", "山本大輔"]
    table = analyzer().table("", header, 0)
    scores = {
        cells[each.row]: each.match.score
        for each in table.block(list(zip(names, cells, strict=True)))
        if each.match.category is Category.DOB
    }
    assert list(scores) == cells
    assert scores["Ｓ６５．３．１"] < 0.5 > scores["H32.1.1"]
    sure = scores["1980/3/1"]
    assert [scores[cell] for cell in (cells[0], cells[5], cells[6])] == [sure] * 3
    assert 0.9 * sure < scores["平成31年12月1日"] < sure
