"""What a course teaches and asks, written as YAML in both languages; refusals name file and line.

Pages are Markdown of a small kind (headings, lists, bold): pictures, links and markup are refused,
so that nothing is fetched from elsewhere when a worker reads a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeVar

from data import read_text
from privacy_mark.training.model import Audience, Cycle
from registry.reference_file import Value, read
from registry.risk_levels import Words

READY_MADE = ("all_workers", "joining", "managers", "system_administrators", "officers", "suppliers")
_LONGEST_FILE = 500_000  # characters
_PAGE = 20_000
_TEXT = 1_000
Member = TypeVar("Member", Audience, Cycle)
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_REFUSED = re.compile(r"<[A-Za-z/!]|!\[|\]\(|https?://")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the material."""

    topic: str
    title: Words
    body: Words


@dataclass(frozen=True, slots=True)
class Question:
    """One question with one right answer; `why` is shown to who passed."""

    id: str
    topic: str
    text: Words
    right: Words
    wrong: tuple[Words, ...]
    why: Words


@dataclass(frozen=True, slots=True)
class Content:
    """The whole material of one version."""

    title: Words
    audience: Audience
    cycle: Cycle
    asked: int  # questions in one test
    pass_percent: int
    tries: int
    topics: Mapping[str, Words]
    pages: tuple[Page, ...]
    questions: Mapping[str, Question]


@cache
def ready_made(name: str) -> str:
    """Return the YAML of a course that comes with the product; ValueError for another name."""
    if name not in READY_MADE:
        raise ValueError(f"{name!r} is no ready-made course: {', '.join(READY_MADE)}")
    return read_text(f"course_{name}.yaml")


@lru_cache(maxsize=64)
def load(text: str, file: str = "course.yaml") -> Content:
    """Return the content that a file tells; raises `ReferenceFileError` naming file, line and field."""
    root = read(text, file)
    if len(text) > _LONGEST_FILE:
        raise root.error(f"is longer than {_LONGEST_FILE} characters")
    known = ("title", "audience", "cycle", "asked", "pass_percent", "tries", "topics", "pages", "questions")
    fields = root.fields(known, known)
    topics = {_id(value, name): _words(value) for name, value in fields["topics"].pairs().items()}
    pages = tuple(_page(item, topics) for item in fields["pages"].items())
    questions: dict[str, Question] = {}
    for item in fields["questions"].items():
        question = _question(item, topics)
        if question.id in questions:
            raise item.error(f"the id {question.id!r} is given twice")
        questions[question.id] = question
    asked, percent = fields["asked"].integer(), fields["pass_percent"].integer()
    if not pages:
        raise fields["pages"].error("has no page")
    if asked > len(questions):
        raise fields["asked"].error(f"there are only {len(questions)} questions")
    if percent > 100:
        raise fields["pass_percent"].error("is at most 100")
    return Content(
        title=_words(fields["title"]),
        audience=_member(fields["audience"], Audience),
        cycle=_member(fields["cycle"], Cycle),
        asked=asked,
        pass_percent=percent,
        tries=fields["tries"].integer(),
        topics=topics,
        pages=pages,
        questions=questions,
    )


def _member(value: Value, kind: type[Member]) -> Member:
    written = value.text()
    if written not in [str(each) for each in kind]:
        raise value.error(f"must be one of {', '.join(kind)}")
    return kind(written)


def _id(value: Value, written: str) -> str:
    if not _ID.fullmatch(written):
        raise value.error("an id has small letters, digits and _ and begins with a letter")
    return written


def _words(value: Value, most: int = _TEXT) -> Words:
    """Return a text in both languages; without English the Japanese stands for both."""
    fields = value.fields(("ja", "en"), ("ja",))
    texts = {name: each.text(most).strip() for name, each in fields.items()}
    for name, text in texts.items():
        if _REFUSED.search(text):
            raise fields[name].error("holds markup, a picture, a link or an address; write text alone")
    return Words(texts["ja"], texts.get("en", texts["ja"]))


def _topic(value: Value, topics: Mapping[str, Words]) -> str:
    written = value.text()
    if written not in topics:
        raise value.error(f"is no topic: {', '.join(topics)}")
    return written


def _page(value: Value, topics: Mapping[str, Words]) -> Page:
    fields = value.fields(("topic", "title", "body"), ("topic", "title", "body"))
    return Page(_topic(fields["topic"], topics), _words(fields["title"]), _words(fields["body"], _PAGE))


def _question(value: Value, topics: Mapping[str, Words]) -> Question:
    names = ("id", "topic", "text", "right", "wrong", "why")
    fields = value.fields(names, names)
    wrong = tuple(_words(each) for each in fields["wrong"].items())
    right = _words(fields["right"])
    if not wrong:
        raise fields["wrong"].error("has no answer to choose from")
    if len({each.ja for each in (right, *wrong)}) <= len(wrong):
        raise value.error("has the same answer twice")
    return Question(
        _id(fields["id"], fields["id"].text()),
        _topic(fields["topic"], topics),
        _words(fields["text"]),
        right,
        wrong,
        _words(fields["why"]),
    )
