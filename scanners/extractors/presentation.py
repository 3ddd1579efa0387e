"""PowerPoint files (ECMA-376 PresentationML): pptx, pptm, ppsx, potx and their Strict form.

Slides in the order of the show, hidden ones too, each with its tables, notes, comments, diagrams, charts and
links under its number; of layouts and masters only what is no prompt of a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.extractors.flow import Reading, flows, notes, quoted
from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.office import (
    DRAWING,
    DRAWING_BLOCKS,
    Rest,
    content_types,
    drawing,
    drawn,
    silent,
)
from scanners.extractors.parts import Parts, relations, unescaped
from scanners.model import Gap, Reason, TextSegment

_SLIDE_ID = re.compile(rb"<(?:\w+:)?sldId\s[^<>]*?\w+:id=[\"']([^\"']+)[\"']")
_GROUPS = re.compile(rb"<\w+:(?:section|custShow)\s[^<>]*?\bname=\"([^\"]*)\"")
_HIDDEN = re.compile(rb"<(?:\w+:)?sld\s[^<>]*\bshow=[\"'](?:0|false)[\"']")
_AUTHOR = re.compile(rb"<\w+:(?:cmAuthor|author)\s([^<>]*)>")
_ATTRIBUTE = re.compile(rb"\b(\w+)=\"([^\"]*)\"")
_KEPT_PLACEHOLDER = re.compile(rb"<p:ph\s[^<>]*type=\"(?:ftr|hdr)\"")
_PART_NAMES = {
    "slide+xml": re.compile(r"ppt/slides/slide\d+\.xml$"),
    "notesslide+xml": re.compile(r"ppt/notesslides/notesslide\d+\.xml$"),
    "comments+xml": re.compile(r"ppt/comments/\w*comment\w*\.xml$"),
    "commentauthors+xml": re.compile(r"ppt/commentauthors\.xml$"),
    "authors+xml": re.compile(r"ppt/authors\.xml$"),
}
_MASTER_ONLY = 400  # bytes: a layout's relations with one to its master and one to a place outside are more
_MODELS = {
    "slidelayout+xml": "layout",
    "slidemaster+xml": "master",
    "notesmaster+xml": "notes master",
    "handoutmaster+xml": "handout master",
}


class Presentation:
    """Everything a presentation says; embedded objects and pictures are members."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the slides with what belongs to each; a damaged part is a gap and the next one follows."""
        parts = Parts(stream, budget)
        show = _Show(parts)
        slides = show.slides()
        if not slides:
            yield Gap(Reason.DAMAGED, "no slides") if show.damaged else TextSegment("", "presentation")
        for number, name in enumerate(slides, start=1):
            yield from show.slide(name, number)
        yield from show.models()
        yield from Rest(parts, show.types).segments(show.place)


class _Show:
    """A presentation while it is read: where each part belongs, and who wrote comments."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.types = content_types(parts)
        self.damaged = False
        self._places: dict[str, str] = {}
        self._authors: dict[str, str] = {}
        self._comments = 0

    def place(self, name: str) -> str:
        """Return the slide that a part belongs to, or nothing."""
        return self._places.get(name.lower(), "")

    def _of(self, kind: str) -> list[str]:
        pattern = _PART_NAMES.get(kind)
        found = []
        for name in self._parts.left:
            folded = name.lower()
            content = self.types.get(folded, "")
            if content == kind or (not content and pattern is not None and pattern.match(folded)):
                found.append(name)
        return found

    def slides(self) -> list[str]:
        """Return the slides in the order of the show, then any that the show does not name."""
        main = next(
            (name for name in self._parts.all if self.types.get(name.lower(), "").endswith("main+xml")),
            "ppt/presentation.xml",
        )
        data = self._parts.take(main)
        self.damaged = data is None
        data = None if data is None else quoted(data)
        named = {each.id: each.target for each in relations(self._parts, main)}
        ids = [unescaped(each) for each in _SLIDE_ID.findall(data or b"")]
        ordered = [part.name for each in ids if (part := self._parts.named(named.get(each, "")))]
        if groups := [unescaped(each) for each in _GROUPS.findall(data or b"")]:
            self._groups = "\n".join(groups)
        for kind in ("commentauthors+xml", "authors+xml"):
            for name in self._of(kind):
                self._take_authors(quoted(self._parts.take(name) or b"<x/>"))
        return list(dict.fromkeys([*ordered, *self._of("slide+xml")]))

    _groups = ""

    def _take_authors(self, data: bytes) -> None:
        for inside in _AUTHOR.findall(data):
            values = {key: unescaped(value) for key, value in _ATTRIBUTE.findall(inside)}
            who = " ".join(filter(None, (values.get(b"name", ""), values.get(b"userId", ""))))
            self._authors[values.get(b"id", "")] = who

    def slide(self, name: str, number: int) -> Iterator[Extracted]:
        """Yield a slide and what belongs to it."""
        where = f"slide {number}"
        data = self._parts.take(name)
        if data is not None:
            if _HIDDEN.search(data[:4096]):
                where += " (hidden)"
            if not silent(data):
                yield from drawn(data, name, where)
        yield from self._parts.noted()
        self._places[name.lower()] = where
        for each in relations(self._parts, name):
            if each.outside:
                continue
            self._places.setdefault(each.target.lower(), where)
            if each.type == "notesSlide":
                self._places[each.target.lower()] = f"{where} notes"
                yield from drawing(self._parts, each.target, f"{where} notes")
            elif each.type == "comments":
                yield from self._comment(each.target, f"{where} comment")
        yield from self._parts.noted()

    def _comment(self, name: str, where: str) -> Iterator[Extracted]:
        data = self._parts.take(name)
        for flow in flows(data, DRAWING, DRAWING_BLOCKS, name) if data is not None else ():
            yield from [flow] if isinstance(flow, Gap) else notes(flow, where, self._authors)

    def models(self) -> Iterator[Extracted]:
        """Yield what layouts and masters say themselves, comments and notes of no slide, and authors."""
        if self._groups:
            yield TextSegment(self._groups, "sections")
        for name in list(self._parts.left):
            model = _MODELS.get(self.types.get(name.lower(), ""))
            if model is None:
                continue
            folder, _, base = name.rpartition("/")
            number = base.removesuffix(".xml").lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
            where = f"{model} {number}".strip()
            self._places[name.lower()] = where
            data = self._parts.take(name)
            listed = self._parts.left.get(f"{folder}/_rels/{base}.rels")
            if model == "layout" and listed is not None and listed.size < _MASTER_ONLY:
                self._parts.left.pop(listed.name)
            if data is not None and _says(data):
                reading = Reading(where)
                for flow in flows(data, MODEL, DRAWING_BLOCKS, name):
                    yield from [flow] if isinstance(flow, Gap) else reading.segments(flow)
        for name in self._of("comments+xml"):
            yield from self._comment(name, "comment")
        if who := sorted(set(filter(None, self._authors.values()))):
            yield TextSegment("\n".join(f"作成者: {each}" for each in who), "authors of comments")
        yield from self._parts.noted()


def _says(data: bytes) -> bool:
    """Tell a layout or master that has text of its own from one whose shapes are all placeholders."""
    shapes = data.count(b"<p:sp>")
    if not shapes:
        return not silent(data)
    if (
        data.count(b"<p:ph") == shapes
        and not any(word in data for word in (b"descr=", b"<p:graphicFrame", b"<p:pic", b"<p:grpSp>"))
        and not _margin(data, b'type="ftr"')
        and not _margin(data, b'type="hdr"')
    ):
        return False
    first, *inside = data.split(b"<p:sp>")
    beside = first
    for each in inside:
        shape, _, after = each.partition(b"</p:sp>")
        beside += after
        prompt = b"<p:ph" in shape and not _KEPT_PLACEHOLDER.search(shape)
        if (b":t>" in shape and not prompt) or b"descr=" in shape:
            return True
    return b":t>" in beside or b"descr=" in beside


def _margin(data: bytes, kind: bytes) -> bool:
    """Tell whether a header or footer of a master says something."""
    at = data.find(kind)
    while at >= 0:
        end = data.find(b"</p:sp>", at)
        if 0 <= data.find(b":t>", at) < end:
            return True
        at = data.find(kind, max(at + 1, end))
    return False


MODEL = DRAWING.replace(
    "</xsl:stylesheet>",
    """
<xsl:template match="p:sp[p:nvSpPr/p:nvPr/p:ph[not(@type='ftr') and not(@type='hdr')]]">
 <xsl:apply-templates select="p:nvSpPr"/>
</xsl:template>
</xsl:stylesheet>""",
)
"""As `DRAWING`, without the prompts of placeholders."""
