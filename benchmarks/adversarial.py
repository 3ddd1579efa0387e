"""Sentences in which names or diseases are hard to tell: the three .yaml files beside this."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from benchmarks.scoring import Document, Span

FILE = Path(__file__).with_name("adversarial_names.yaml")
ENGLISH = Path(__file__).with_name("english_names.yaml")
MEDICAL = Path(__file__).with_name("medical_sentences.yaml")
_MARK = re.compile(r"\[([^\[\]]+)\]")


def sentences(file: Path = FILE) -> dict[str, list[Document]]:
    """Return group -> its sentences, with the marked names as gold; one without a name is negative."""
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {group: [marked(line) for line in lines] for group, lines in groups.items()}


def english(*, held_out: bool) -> tuple[Document, ...]:
    """Return the English sentences that may be looked at, or those that are only measured."""
    return tuple(item for group in sentences(ENGLISH).values() for item in group[int(held_out) :: 2])


def medical(*, held_out: bool) -> tuple[Document, ...]:
    """Return the passages with diseases that may be looked at, or those that are only measured."""
    group = yaml.safe_load(MEDICAL.read_text(encoding="utf-8"))["held_out" if held_out else "looked_at"]
    items = [Document(each["text"], _places(**each)) for each in group["true"]]
    return (*items, *(Document(text, (), negative=True) for text in group["false"]))


def _places(text: str, values: Sequence[str]) -> tuple[Span, ...]:
    """Return where the values stand, each behind the one before."""
    gold: list[Span] = []
    end = 0
    for value in values:
        start = text.index(value, end)
        end = start + len(value)
        gold.append((start, end, "MEDICAL"))
    return tuple(gold)


def marked(line: str) -> Document:
    """Return a sentence without its square brackets, and where they stood."""
    gold: list[Span] = []
    text = ""
    end = 0
    for mark in _MARK.finditer(line):
        text += line[end : mark.start()]
        gold.append((len(text), len(text) + len(mark[1]), "PERSON"))
        text += mark[1]
        end = mark.end()
    return Document(text + line[end:], tuple(gold), negative=not gold)
