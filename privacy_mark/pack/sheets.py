"""What stands in each document of a pack: fields and listings with their values, and what is missing."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from privacy_mark.pack.forms import Document, Field, FormSet, shared
from privacy_mark.pack.kept_answers import answer_key
from privacy_mark.pack.model import LONGEST, Answer, Cell, Code, Figure, Line, Listing, Order, Subject, Value
from privacy_mark.pack.sections import Told
from registry.errors import InvalidValue
from registry.risk_levels import Words

DOCUMENTS = "pack.documents"
FILLED_IN = Words("（記入あり）", "(filled in)")


class State(enum.StrEnum):
    """How a document of a pack is."""

    COMPLETE = "complete"
    BLANKS = "blanks"  # fields are empty
    NO_RECORD = "no_record"  # nobody keeps what it needs here yet
    WITHHELD = "withheld"  # who makes the pack may not see what it needs
    BY_HAND = "by_hand"  # attached by a person


@dataclass(frozen=True, slots=True)
class Row:
    """One field with its value; `refs` number the figures that it rests on."""

    field: Field
    value: Value
    refs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One listing of a document; without lines it says why there are none."""

    name: str
    lines: tuple[tuple[tuple[Value, ...], tuple[int, ...]], ...]  # cells, and numbers of figures
    state: State = State.COMPLETE


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document as it is printed."""

    place: int  # its number in the pack
    document: Document
    state: State
    rows: tuple[Row, ...] = field(repr=False)
    parts: tuple[Part, ...] = field(repr=False)
    missing: tuple[Words, ...]  # what is not filled in or may not be seen

    @property
    def file(self) -> str:
        """Return the name of its PDF; "" of what is attached by hand, or would be an empty page."""
        told = any(row.value not in (None, "", 0) for row in self.rows) or any(
            part.lines for part in self.parts
        )
        empty = self.document.by_hand or (self.state is State.NO_RECORD and not told)
        return "" if empty else f"{self.place:02}-{self.document.id.replace('_', '-')}.pdf"


@dataclass(slots=True)
class Citations:
    """The figures of a pack in the order in which documents name them, numbered from 1."""

    figures: list[Figure] = field(default_factory=list)
    _known: dict[Figure, int] = field(default_factory=dict)

    def cite(self, figure: Figure) -> int:
        """Return the number of a figure; the same figure has the same number everywhere."""
        if figure not in self._known:
            self.figures.append(figure)
            self._known[figure] = len(self.figures)
        return self._known[figure]


def wanted_sections(of: FormSet) -> frozenset[str]:
    """Return the sections that a set of forms needs."""
    return frozenset(name for each in of.documents for name in each.sections) - {"pack"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered: kept answers by field, and what the order gives in their place."""

    kept: Mapping[str, Answer]
    given: Mapping[str, str]
    readable: bool  # else personal answers are told of, not told

    def row(self, of: Field, citations: Citations) -> Row:
        """Return a field with its answer; a kept one is cited."""
        known = self.kept.get(of.id)
        text = self.given.get(of.id, known.text if known else "")
        shown: Value = FILLED_IN if text and of.personal and not self.readable else text or None
        if known is None or not text or text != known.text:
            return Row(of, shown)
        figure = Figure(f"answers.{of.id}", None if of.personal else text, (answer_key(known),))
        return Row(of, shown, (citations.cite(figure),))


def sheets(
    of: Subject,
    forms: FormSet,
    order: Order,
    told: Told,
    kept: Mapping[str, Answer] | None = None,
    *,
    readable: bool = True,
) -> tuple[list[Sheet], list[Figure]]:
    """Return every document with its values, and the figures in them in their order.

    Raises InvalidValue naming the field: `unknown` or `too_long` of what the order gives.
    """
    given = Answers(kept or {}, _given(forms, order), readable)
    figures = {each.name: each for section in told.sections.values() for each in section.figures}
    figures["pack.purpose"] = Figure("pack.purpose", Code("purpose", of.purpose.value))
    listings = {each.name: each for section in told.sections.values() for each in section.listings}
    citations = Citations()
    made = [
        _sheet(place, each, figures, listings, given, told, citations)
        for place, each in enumerate(forms.documents, start=1)
    ]
    lines = tuple((index_cells(each), ()) for each in made)
    return [_with_index(each, lines) for each in made], citations.figures


def index_cells(of: Sheet) -> tuple[Value, ...]:
    """Return the line of a document in the list of documents 提出書類一覧."""
    needed = Code("needed", "true" if of.document.required else "false")
    state = Code("document_state", of.state.value)
    return (of.place, number_of(of.document.number), of.document.title, needed, state)


def number_of(number: str) -> Words:
    """Return the number of a form in both languages: 様式7, Form 7."""
    return Words(number, number.replace("様式", "Form "))


def _given(forms: FormSet, order: Order) -> Mapping[str, str]:
    fields = [each for document in forms.documents for each in document.fields]
    asked = {each.id for each in fields if each.asked and not each.per_site}
    for name, text in order.given.items():
        if name not in asked:
            raise InvalidValue(name, "unknown")
        if len(text) > LONGEST:
            raise InvalidValue(name, "too_long")
    return {name: text.strip() for name, text in order.given.items()}


def _sheet(
    place: int,
    document: Document,
    figures: Mapping[str, Figure],
    listings: Mapping[str, Listing],
    given: Answers,
    told: Told,
    citations: Citations,
) -> Sheet:
    rows, missing = [], []
    for each in document.fields:
        if each.per_site:  # it stands in the last column of the list
            answered = [line.cells[-1] for name in document.lists for line in _lines(listings, name)]
            missing += [] if all(answered) else [each.label]
            continue
        figure = figures.get(each.origin)
        if each.asked:
            row = given.row(each, citations)
        elif figure is None:
            row = Row(each, None)
        else:
            row = Row(each, figure.value, (citations.cite(figure),) if figure.rows or figure.counted else ())
        rows.append(row)
        if row.value in (None, "") and not each.optional:
            missing.append(each.label)
    parts = []
    for name in document.lists:
        section = name.partition(".")[0]
        if name in listings:
            lines = tuple(_line(each, name, at, citations) for at, each in enumerate(listings[name].lines, 1))
            parts.append(Part(name, lines))
            if document.needs_lines and not lines:
                missing.append(shared().lists[name].title)
        else:
            parts.append(Part(name, (), _lack(section, told)))
            if section in told.absent:
                missing.append(shared().lists[name].title)
    for section in sorted(document.sections):
        missing += told.sections[section].hidden if section in told.sections else ()
    state = _state(document, told, parts, missing)
    return Sheet(place, document, state, tuple(rows), tuple(parts), tuple(missing))


def _lines(listings: Mapping[str, Listing], name: str) -> tuple[Line, ...]:
    return listings[name].lines if name in listings else ()


def _state(document: Document, told: Told, parts: Sequence[Part], missing: Sequence[Words]) -> State:
    if document.by_hand:
        return State.BY_HAND
    if document.sections & told.withheld:
        return State.WITHHELD
    absent = [part.state is State.NO_RECORD for part in parts]
    if absent and (all(absent) or (document.needs_lines and not any(part.lines for part in parts))):
        return State.NO_RECORD
    return State.BLANKS if missing else State.COMPLETE


def _lack(section: str, told: Told) -> State:
    if section in told.absent:
        return State.NO_RECORD
    return State.WITHHELD if section in told.withheld else State.COMPLETE


def _line(of: Line, name: str, at: int, citations: Citations) -> tuple[tuple[Value, ...], tuple[int, ...]]:
    refs = [citations.cite(Figure(f"{name}.{at}", f"line {at}", of.rows))] if of.rows else []
    cells: list[Value] = []
    for each in of.cells:
        cells.append(each.value if isinstance(each, Figure) else each)
        if isinstance(each, Figure):
            refs.append(citations.cite(each))
    return tuple(cells), tuple(dict.fromkeys(refs))


def _with_index(of: Sheet, lines: tuple[tuple[tuple[Value, ...], tuple[int, ...]], ...]) -> Sheet:
    if DOCUMENTS not in of.document.lists:
        return of
    parts = tuple(Part(each.name, lines) if each.name == DOCUMENTS else each for each in of.parts)
    return Sheet(of.place, of.document, of.state, of.rows, parts, of.missing)


def plain(value: Cell) -> object:
    """Return a value as machines read it: codes as ids, words in Japanese."""
    if isinstance(value, Figure):
        return plain(value.value)
    if isinstance(value, Words):
        return value.ja
    if isinstance(value, Code):
        return value.value
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return value
