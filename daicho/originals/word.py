"""A Word form: placeholders `{{field}}` and content controls, filled in where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy

from lxml import etree

from daicho.originals.package import Package, W, written
from privacy_mark.pack.original_model import Fault, Spot, Wrong

_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml$")
_HOLE = re.compile(r"\{\{\s*([^{}]{1,100}?)\s*\}\}")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_OTHER_CONTROLS = frozenset(
    {"checkbox", "picture", "docPartObj", "docPartList", "repeatingSection", "bibliography"}
)


class WordForm:
    """A form as Word has it."""

    kind = "docx"

    def __init__(self, package: Package) -> None:
        """Find the places of every part that people see."""
        self._package = package
        self._parts = [name for name in package.parts if _PARTS.fullmatch(name)]
        holes: dict[str, None] = {}
        self._controls: dict[str, bool] = {}  # name -> takes text
        for tree in map(package.xml, self._parts):
            for paragraph in tree.iter(f"{W}p"):
                whole = "".join(each.text or "" for each in _texts(paragraph))
                holes |= dict.fromkeys(found[1] for found in _HOLE.finditer(whole))
            for control in tree.iter(f"{W}sdt"):
                for name in _names(control):
                    self._controls[name] = self._controls.get(name, True) and _takes_text(control)
        self._holes = tuple(holes)

    @property
    def found(self) -> tuple[str, ...]:
        """Return placeholders, then the content controls that have a tag or title."""
        return (*(f"{{{{{name}}}}}" for name in self._holes), *self._controls)

    def spot(self, place: str) -> Spot | Wrong:
        """Return a placeholder, written with its braces, or a content control by its tag or title."""
        hole = _HOLE.fullmatch(place.strip())
        if hole:
            known = hole[1] in self._holes
            return Spot(f"{{{{{hole[1]}}}}}") if known else Wrong(Fault.NO_NAME, place)
        if place not in self._controls:
            return Wrong(Fault.NO_NAME, place)
        return Spot(place) if self._controls[place] else Wrong(Fault.NO_TEXT, place)

    def filled(self, values: Mapping[str, str | int]) -> bytes:
        """Return the form with each place filled in; places without a value become empty."""
        told = {place: f"{value:,}" if isinstance(value, int) else value for place, value in values.items()}
        holes = {found[1]: text for place, text in told.items() if (found := _HOLE.fullmatch(place.strip()))}
        changed = {}
        for name in self._parts:
            tree = self._package.xml(name)
            for control in tree.iter(f"{W}sdt"):
                text = next((told[each] for each in _names(control) if each in told), None)
                if text is not None:
                    _fill_control(control, text)
            for paragraph in tree.iter(f"{W}p"):
                _fill_holes(paragraph, holes)
            changed[name] = written(tree)
        return self._package.packed(changed)


def _texts(paragraph: etree._Element) -> list[etree._Element]:
    """Return the texts of a paragraph itself, not those of text boxes in it."""
    return [each for each in paragraph.iter(f"{W}t") if next(each.iterancestors(f"{W}p"), None) is paragraph]


def _fill_holes(paragraph: etree._Element, holes: Mapping[str, str]) -> None:
    texts = _texts(paragraph)
    whole = "".join(each.text or "" for each in texts)
    found = [each for each in _HOLE.finditer(whole) if each[1] in holes]
    for hole in reversed(found):
        at, first = 0, True
        for each in texts:
            text = each.text or ""
            start, end = max(hole.start() - at, 0), min(hole.end() - at, len(text))
            at += len(text)
            if start >= end:
                continue
            each.text = text[:start] + (holes[hole[1]] if first else "") + text[end:]
            first = False
    if found:
        for each in texts:
            _with_lines(each)


def _names(control: etree._Element) -> Iterator[str]:
    for name in ("tag", "alias"):
        for each in control.iterfind(f"{W}sdtPr/{W}{name}"):
            if text := each.get(f"{W}val", "").strip():
                yield text


def _takes_text(control: etree._Element) -> bool:
    properties = control.find(f"{W}sdtPr")
    kinds = {etree.QName(each).localname for each in properties} if properties is not None else set()
    return not kinds & _OTHER_CONTROLS


def _fill_control(control: etree._Element, text: str) -> None:
    properties, content = control.find(f"{W}sdtPr"), control.find(f"{W}sdtContent")
    if properties is None or content is None:
        return
    # What is bound to a part of the file would be put back from there when it is opened.
    for child in list(properties):
        if etree.QName(child).localname in ("showingPlcHdr", "dataBinding"):
            properties.remove(child)
    texts = list(content.iter(f"{W}t"))
    if not texts:
        texts = [_new_text(content)]
    for each in texts[1:]:
        each.text = ""
    texts[0].text = text
    run = texts[0].getparent()
    for style in run.findall(f"{W}rPr/{W}rStyle") if run is not None else ():
        parent = style.getparent()
        if parent is not None:
            parent.remove(style)  # that of the hint that stood here
    _with_lines(texts[0])


def _new_text(content: etree._Element) -> etree._Element:
    """Return a new text in the first run, in a new run of the first paragraph, or in a new run."""
    run = next(content.iter(f"{W}r"), None)
    if run is None:
        paragraph = next(content.iter(f"{W}p"), None)
        run = etree.SubElement(content if paragraph is None else paragraph, f"{W}r")
    return etree.SubElement(run, f"{W}t")


def _with_lines(text: etree._Element) -> None:
    """Keep the blanks of a text, and write its line ends as Word does."""
    text.set(_SPACE, "preserve")
    lines = (text.text or "").split("\n")
    run = text.getparent()
    if len(lines) == 1 or run is None:
        return
    text.text = lines[0]
    at = run.index(text)
    for number, line in enumerate(lines[1:]):
        other = deepcopy(text)
        other.text, other.tail = line, None
        run.insert(at + 1 + 2 * number, etree.Element(f"{W}br"))
        run.insert(at + 2 + 2 * number, other)
