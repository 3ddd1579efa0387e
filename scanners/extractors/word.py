"""Word documents (ECMA-376 WordprocessingML): docx, docm, dotx and their Strict form.

Body, tables, headers, footers, notes, comments, text boxes, tracked insertions and deletions, content
controls, field codes, alternative texts, building blocks; furigana apart from its base, because a name
written やまだ山田たろう太郎 is found by no one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.extractors.flow import Reading, flows, notes
from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.office import Rest, authors, content_types, harvest, silent
from scanners.extractors.parts import Parts, relations
from scanners.extractors.word_sheet import WORD
from scanners.model import Gap, Reason, TextSegment

_BLOCKS = frozenset({"p", "tr"})
_NOTE_BLOCKS = frozenset({"footnote", "endnote", "comment"})
# By content type, or by name where a package does not say; in the order of reading.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("body", re.compile(r"word/document\d*\.xml$")),
    ("header", re.compile(r"word/header\d*\.xml$")),
    ("footer", re.compile(r"word/footer\d*\.xml$")),
    ("footnote", re.compile(r"word/footnotes\d*\.xml$")),
    ("endnote", re.compile(r"word/endnotes\d*\.xml$")),
    ("comment", re.compile(r"word/comments\d*\.xml$")),
    ("building block", re.compile(r"word/glossary/document\d*\.xml$")),
)
_TYPES = {
    "header+xml": "header",
    "footer+xml": "footer",
    "footnotes+xml": "footnote",
    "endnotes+xml": "endnote",
    "comments+xml": "comment",
    "glossary+xml": "building block",
}
_NOTES = ("footnote", "endnote", "comment")
_SAYING = (b"docVar", b"mailMerge")
_VARIABLE = re.compile(rb"<\w+:docVar\s[^<>]*>")
_NOWHERE = re.compile(r"word/(?:glossary/)?(?:numbering|settings|styles|styleswitheffects)\d*\.xml$")


class WordDocument:
    """Everything a Word document says; embedded objects and pictures are members."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the body first, then every other part; a damaged part is a gap and the next one follows."""
        parts = Parts(stream, budget)
        types = content_types(parts)
        named = _claimed(parts, types)
        people: set[str] = set()
        for kind, _ in _KINDS:
            for name in named.get(kind, ()):
                data = parts.take(name)
                yield from parts.noted()
                if data is not None and not (kind != "body" and silent(data)):
                    people |= authors(data)
                    yield from _part(data, kind, name)
        if people:
            lines = (f"作成者: {name}" for name in sorted(people))
            yield TextSegment("\n".join(lines), "authors of changes and comments")
        yield from _settings(parts, types)
        yield from Rest(parts, types).segments(_place)
        if "body" not in named:
            yield Gap(Reason.DAMAGED, "no document part")


def _claimed(parts: Parts, types: dict[str, str]) -> dict[str, list[str]]:
    """Return the names of the parts that are WordprocessingML, by what they are."""
    named: dict[str, list[str]] = {}
    for name in parts.all:
        folded = name.lower().replace("\\", "/")
        content = types.get(folded, "")
        kind = "body" if content.endswith("main+xml") and "word" in content else _TYPES.get(content, "")
        if "/glossary/" in f"/{folded}" and kind == "body":
            kind = "building block"
        kind = kind or next((each for each, pattern in _KINDS if pattern.match(folded)), "")
        if kind:
            named.setdefault(kind, []).append(name)
    if "body" not in named:
        main = next((each for each in relations(parts, "") if each.type == "officeDocument"), None)
        part = parts.named(main.target) if main else None
        if part is not None:
            named["body"] = [part.name]
    return named


def _part(data: bytes, kind: str, name: str) -> Iterator[Extracted]:
    if kind in _NOTES:
        for flow in flows(data, WORD, _NOTE_BLOCKS, name):
            yield from [flow] if isinstance(flow, Gap) else notes(flow, kind)
        return
    number = "".join(re.findall(r"(?<!\d)(\d++)\.xml$", name))
    reading = Reading(kind if kind == "body" else f"{kind} {number}".strip(), paged=kind == "body")
    for flow in flows(data, WORD, _BLOCKS, name):
        yield from [flow] if isinstance(flow, Gap) else reading.segments(flow)


def _settings(parts: Parts, types: dict[str, str]) -> Iterator[Extracted]:
    """Yield variables and the source of a mail merge; other settings, numbering and styles hold no text."""
    for name in list(parts.left):
        folded = name.lower()
        content = types.get(folded, "")
        if not (_NOWHERE.match(folded) or content in ("settings+xml", "numbering+xml", "styles+xml")):
            continue
        if "settings" not in folded and content != "settings+xml":
            parts.left.pop(name)
            continue
        data = parts.take(name)
        if data and any(word in data for word in _SAYING):
            text, _ = harvest(data)
            found = _VARIABLE.findall(data)
            lines = [*(each.decode("utf-8", "replace") for each in found), text]
            yield TextSegment("\n".join(filter(None, lines)), "document variables and mail merge")


def _place(name: str) -> str:
    """Return where a part of the rest belongs: of a document, nowhere more exact than its own name."""
    found = re.search(r"word/(header|footer|footnote|endnote|comment)s?(\d*)\.xml$", name)
    return f"{found[1]} {found[2]}".strip() if found else ""
