"""Diseases of persons: passages of both kinds, and what decides between them."""

from functools import cache

import pytest

from benchmarks.adversarial import medical
from benchmarks.scoring import score
from scanners.clinical import Reading, balance
from scanners.detection import DetectorAnalyzer, analyzer
from scanners.diseases import is_disease
from scanners.model import Category


@cache
def _analyzer() -> DetectorAnalyzer:
    return analyzer(model=False)


def _found(text: str, category: Category = Category.MEDICAL) -> list[str]:
    matches = _analyzer().text(text)
    return [text[match.start : match.end] for match in matches if match.category is category]


def test_passages_that_were_looked_at_stay_right() -> None:
    """Nobody's disease is reported, and hardly one of a person is missed."""
    items = medical(held_out=False)
    negative = [item for item in items if item.negative]
    assert {item.text: found for item in negative if (found := _found(item.text))} == {}
    spans = [
        [(match.start, match.end, match.category.value) for match in _analyzer().text(item.text)]
        for item in items
    ]
    total = score(items, spans, ("MEDICAL",)).categories["MEDICAL"]
    assert total.recall > 0.95


@pytest.mark.parametrize(
    ("sentence", "outcome"),
    [
        ("肺炎の治療を開始した。", True),
        ("肺炎とは、肺に炎症が起こる病気です。", False),
    ],
)
def test_the_same_disease_is_somebodys_or_nobodys(sentence: str, outcome: bool) -> None:
    """The surroundings decide, not the word."""
    record = f"主訴：発熱\n現病歴：3日前から咳嗽。68歳男性\n{sentence}" if outcome else sentence
    assert ("肺炎" in _found(record)) is outcome


def test_one_sign_is_no_record() -> None:
    """A heading alone says little; several signs together say enough."""
    few, many = Reading("経過：良好"), Reading("主訴：咳嗽\n既往歴：なし\n68歳男性、SpO2 94%")
    assert balance(few.around(0), few.around(0)) < 1.9 < balance(many.around(0), many.around(0))


def test_a_long_line_is_read_in_pieces() -> None:
    """A file of one line: every disease is found."""
    assert _found("68歳男性、胃癌術後で通院中。" * 2_000).count("胃癌") == 2_000


@pytest.mark.parametrize(
    "cell", ["肺炎", "左橈骨遠位端骨折", "クローン病", "COPD", "T2DM", "type 2 diabetes mellitus"]
)
def test_cells_that_name_diseases(cell: str) -> None:
    """Names, compositions, eponyms and abbreviations fill a column of diseases."""
    assert is_disease(cell)


@pytest.mark.parametrize("cell", ["通信障害", "骨折り損", "糖尿病内科", "本社", "Windows", "要確認"])
def test_cells_that_name_none(cell: str) -> None:
    """Endings and beginnings of diseases are in other words too."""
    assert not is_disease(cell)
