"""One object while it is read: its findings, counts and gaps, ending in exactly one outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from scanners.analysis import Analyzer, TableAnalyzer
from scanners.extractors.interface import Opened
from scanners.findings import FindingRows
from scanners.fingerprint import Fingerprinter
from scanners.identified import Identified, identify
from scanners.masking import mask
from scanners.model import (
    LEGAL_CLASS,
    Category,
    CellMatch,
    ColumnType,
    Evidence,
    EvidenceKind,
    Exposure,
    Gap,
    LegalClass,
    Match,
    ObjectResult,
    Outcome,
    Reason,
    RecordField,
    RecordSegment,
    TableSegment,
    TextSegment,
)
from scanners.persons import PersonCounter
from scanners.places import Places
from scanners.rules.model import RuleSet
from scanners.rules.verdicts import Verdict, verdicts
from scanners.tallies import DistinctTally

KEPT_FINDINGS = 1_000_000  # rows kept of one object; its counts go on beyond
DECLARED_SCORE = 0.97  # of a field whose meaning its format fixes
_LEFT_OUT = frozenset({Reason.UNSUPPORTED, Reason.OVERSIZED, Reason.TOO_DEEP})


@dataclass(frozen=True, slots=True)
class Tools:
    """What reading needs, built once in each worker."""

    analyzer: Analyzer
    fingerprinter: Fingerprinter
    places: Places
    rules: RuleSet = field(default_factory=RuleSet)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an object before it is read."""

    uri: str
    shown: str
    size: int
    mtime_ns: int
    owner: str = ""
    exposure: Exposure = Exposure.UNKNOWN


def outcome(gaps: Sequence[Gap], *, read: bool) -> Outcome:
    """Return how an object ended: its gaps, and whether anything of it was read."""
    if not gaps:
        return Outcome.COMPLETE
    if read:
        return Outcome.PARTIAL
    reason = gaps[0].reason
    return Outcome.SKIPPED if reason in _LEFT_OUT or reason.by_policy else Outcome.FAILED


@cache
def column_letters(index: int) -> str:
    """Return a 0-based column as spreadsheets name it: A, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Examined:
    """Takes the parts of one object in order; `result` closes it."""

    def __init__(self, tools: Tools, facts: Facts, *, kind: str = "", scope: str = "") -> None:
        self.facts = facts
        self.kind = kind
        self.read = False
        self.note = ""
        self._tools = tools
        self._id = tools.fingerprinter.object_id(facts.uri)
        self._rows = FindingRows(self._id)
        self._kept = 0
        self._tallies: dict[Category, DistinctTally] = {}
        self._persons = PersonCounter()
        self._gaps: list[Gap] = []
        self._columns: list[ColumnType] = []
        self._table: _Table | None = None
        self._named: set[str] = set()
        self._verdicts = verdicts(tools.rules, facts.uri, scope)
        self._allowed = 0

    def gap(self, gap: Gap) -> None:
        """Note a part that was not seen."""
        self._gaps.append(gap)

    def opened(self, part: Opened) -> None:
        """Note that what was locked was opened, and what it is."""
        self.note = part.note
        self.kind = part.kind or self.kind

    def name(self, name: str, matches: Sequence[Match] | None = None) -> str:
        """Count the personal data in a name and return the name masked."""
        if matches is None:
            if not name or name in self._named:
                return self._tools.places.masked(name)
            matches = self._tools.places.matches(name)
        self._named.add(name)
        group: list[Identified] = []
        for match in matches:
            group += self._add(match, name[match.start : match.end], "name", None)
        self._persons.add(group, linked=False)
        return self._tools.places.masked(name)

    def text(self, segment: TextSegment) -> None:
        """Analyse a passage."""
        self.read = True
        location = self.name(segment.location)
        group: list[Identified] = []
        for match in self._tools.analyzer.text(segment.text):
            span = None
            if segment.offset is not None:
                span = (segment.offset + match.start, segment.offset + match.end)
            group += self._add(match, segment.text[match.start : match.end], location, span)
        self._persons.add(group, linked=False)

    def table(self, segment: TableSegment) -> None:
        """Analyse a block of rows; the first block of a table types its columns."""
        self.read = True
        if self._table is None or self._table.name != segment.table:
            self._close_table()
            self._table = self._opened(segment)
        group: list[Identified] = []
        row = -1
        for cell in self._table.analyzer.block(segment.rows):
            if cell.row != row and self._table.analyzer.records:
                self._persons.add(group, linked=True)
                group, row = [], cell.row
            group += self._cell(segment, self._table, cell)
        self._persons.add(group, linked=True)

    def record(self, segment: RecordSegment) -> None:
        """Take a record: each field as its format says, free text as the detectors see it."""
        self.read = True
        subject: list[Identified] = []
        others: list[Identified] = []
        sensitive = False
        for each in segment.fields:
            found = self._declared(each) if each.category else self._written(each)
            (subject if each.subject else others).extend(found)
            sensitive = sensitive or any(
                LEGAL_CLASS[one.category] is LegalClass.SPECIAL_CARE for one in found
            )
        if segment.clinical and segment.fields and not sensitive:
            whole = RecordField(segment.fields[0].place, segment.title, Category.MEDICAL_CONTEXT)
            self._declared(whole)
        self._persons.add(subject, linked=True)
        self._persons.add(others, linked=False)

    def _declared(self, given: RecordField) -> Sequence[Identified]:
        """Take what a format says a field holds, whatever it looks like."""
        if given.category is None or not given.value.strip():
            return ()
        evidence = (Evidence(EvidenceKind.FIELD, given.place.rpartition(": ")[2]),)
        match = Match(0, len(given.value), given.category, DECLARED_SCORE, f"format.{self.kind}/1", evidence)
        return self._add(match, given.value, given.place, None, in_text=False)

    def _written(self, given: RecordField) -> Sequence[Identified]:
        """Take a field of free text; its label counts as standing before it."""
        head = f"{given.label}: " if given.label else ""
        found: list[Identified] = []
        for match in self._tools.analyzer.text(head + given.value) if given.value.strip() else ():
            if match.start >= len(head):
                moved = match._replace(start=match.start - len(head), end=match.end - len(head))
                found += self._add(moved, given.value[moved.start : moved.end], given.place, None)
        return found

    def _opened(self, segment: TableSegment) -> _Table:
        shown = self.name(segment.table)
        header = None if segment.header is None else tuple(self.name(cell) for cell in segment.header)
        return _Table(
            segment.table, shown, header, self._tools.analyzer.table(shown, header, segment.first_column)
        )

    def _cell(self, segment: TableSegment, table: _Table, cell: CellMatch) -> Sequence[Identified]:
        value = segment.rows[cell.row][cell.column]
        span = None
        if segment.span is not None:
            start, end = segment.span(cell.row, cell.column)
            # a cell with doubled quotes is longer in the file than its value: then the whole cell is named
            span = (start, end)
            if end - start == len(value):
                span = (start + cell.match.start, start + cell.match.end)
        number, column = segment.first_row + cell.row, segment.first_column + cell.column
        if self.kind == "table" and table.header:
            location = f"{table.header[cell.column]}[{number}]"
        else:
            sheet = f"{table.shown}!" if table.shown else ""
            location = f"{sheet}{column_letters(column)}{number}"
        value = value[cell.match.start : cell.match.end]
        return self._add(cell.match, value, location, span, in_text=False)

    def _close_table(self) -> None:
        if self._table is not None:
            self._columns += self._table.analyzer.columns()
            self._table = None

    def _add(
        self, match: Match, value: str, location: str, span: tuple[int, int] | None, *, in_text: bool = True
    ) -> Sequence[Identified]:
        """Take one finding; nothing comes back when the rules in force leave it out."""
        identified = identify(self._tools.fingerprinter, match.category, value, match.start, in_text=in_text)
        if self._verdicts is not None:
            older = self._tools.fingerprinter.older(match.category, value)
            verdict = self._verdicts.of(match.category, value, identified.fingerprint, match.score, older)
            self._allowed += verdict is Verdict.ALLOWED
            if verdict is not Verdict.REPORTED:
                return ()
        tally = self._tallies.get(match.category)
        if tally is None:
            tally = self._tallies[match.category] = DistinctTally()
        tally.add(identified.fingerprint)
        if self._kept < KEPT_FINDINGS:
            self._kept += 1
            self._rows.add(
                match,
                location=location,
                span=span,
                masked=mask(match.category, value),
                fingerprint=identified.fingerprint,
            )
        return (identified,)

    def result(self) -> ObjectResult:
        """Return everything there is to say about the object."""
        self._close_table()
        first = self._gaps[0] if self._gaps else None
        return ObjectResult(
            id=self._id,
            uri=self.facts.uri,
            shown=self.facts.shown,
            kind=self.kind,
            outcome=outcome(self._gaps, read=self.read),
            reason=first.reason if first else None,
            detail=self._tools.places.masked(first.detail) if first else self.note,
            bytes=self.facts.size,
            mtime_ns=self.facts.mtime_ns,
            owner=self.facts.owner,
            exposure=self.facts.exposure,
            categories={
                category: self._tallies[category].tally()
                for category in Category
                if category in self._tallies
            },
            persons=self._persons.bounds(),
            columns=tuple(self._columns),
            findings=self._rows.table(),
            allowed=self._allowed,
        )


@dataclass(frozen=True, slots=True)
class _Table:
    """The table that is being read."""

    name: str
    shown: str
    header: tuple[str, ...] | None
    analyzer: TableAnalyzer
