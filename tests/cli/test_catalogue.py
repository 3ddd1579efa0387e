"""Commands and their report speak both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from daicho.text import english, translator

ROOT = Path(__file__).resolve().parents[2]


def said(folder: str, names: frozenset[str]) -> Iterator[str]:
    """Yield the constant first argument of every call of these names below a folder."""
    for path in sorted((ROOT / folder).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0]
            if name in names and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def test_every_sentence_of_the_commands_has_an_english_one_and_none_is_left_over() -> None:
    """Help and messages are complete in English, and the catalogue holds nothing else."""
    used = set(said("daicho/cli", frozenset({"_"}))) | set(said("daicho/doctor", frozenset({"_"})))
    assert sorted(used ^ english("commands.po").keys()) == []


def test_every_word_of_the_report_has_an_english_one() -> None:
    """The table for people is complete in English; words that pages use too stand in the pages' catalogue."""
    from scanners.reports import words

    used = set(said("scanners/reports", frozenset({"say", "_say"})))
    tables = [getattr(words, name) for name in dir(words) if name.isupper()]
    used |= {word for table in tables if isinstance(table, Mapping) for word in table.values()}
    assert sorted(used - english("reports.po").keys() - english("daicho.po").keys()) == []
    assert sorted(english("reports.po").keys() - used) == []


@pytest.mark.parametrize("catalogue", ["commands.po", "reports.po"])
def test_both_languages_name_the_same_values(catalogue: str) -> None:
    """A translation can neither lose nor invent a value."""
    from string import Formatter

    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert [each for each, other in english(catalogue).items() if fields(each) != fields(other)] == []


def test_an_unknown_sentence_shows_its_source() -> None:
    """A missing translation never leaves a blank."""
    assert translator("en")("訳のない文") == "訳のない文"
