"""One object while it is read: its findings, counts and gaps, ending in exactly one outcome."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from scanners.analysis import Analyzer, TableAnalyzer
from scanners.extractors.cell_names import column_letters
from scanners.extractors.interface import Opened
from scanners.findings import FindingRows, Row
from scanners.fingerprint import Fingerprinter
from scanners.identified import Identified, identify
from scanners.masking import mask
from scanners.model import (
    LEGAL_CLASS,
    Category,
    ColumnType,
    Evidence,
    EvidenceKind,
    Exposure,
    Gap,
    LegalClass,
    Match,
    ObjectResult,
    Reason,
    RecordField,
    RecordSegment,
    TableSegment,
    TextSegment,
)
from scanners.persons import PersonCounter
from scanners.places import Places, is_part
from scanners.recorded import APART, Beside, detected, moved
from scanners.rules.model import RuleSet
from scanners.rules.verdicts import Verdict, verdicts
from scanners.shortfall import Shortfall, cut
from scanners.suffixes import judged
from scanners.tallies import DistinctTally

KEPT_FINDINGS = 1_000_000  # rows kept of one object; its counts go on beyond
DECLARED_SCORE = 0.97  # of a field whose meaning its format fixes
DECLARED_CHARACTERS = 2_000  # a longer field is text, whatever its format says
REMEMBERED_VALUES = 20_000
WAITING_CHARACTERS = 1 << 15  # of free text that tells of others than the record's person
WAITING_FIELDS = 2_000
_SENSITIVE = frozenset(
    category for category, legal in LEGAL_CLASS.items() if legal is LegalClass.SPECIAL_CARE
)
_NUMBER = re.compile(r"(?:(?<= )|(?<=\[)|^)\d{1,6}(?=[\] ]|$)")  # of a line, record or message
_MASKED_CHARACTERS = 4_000  # of a detail: far more than is shown of it
_APART = frozenset(
    {"facts", "_tools", "_id", "_verdicts", "_rows", "_values", "_matches", "_harmless", "_named"}
)
"""Of an object that is half read: what is made anew, what goes apart, and whatever may hold values."""
_PIECES = re.compile(r"([:;,] )")
_NAMED_COLUMNS = frozenset({"table", "parquet", "arrow", "orc", "avro", "dbf"})  # no letters to go by


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
    name: str = ""  # as its place calls it: compared with what the bytes are
    inside: bool = False  # of another object
    known_as: str = ""  # the uri that names it across scans, when it was found under another one


class Examined:
    """Takes the parts of one object in order; `result` closes it."""

    def __init__(self, tools: Tools, facts: Facts, *, kind: str = "", scope: str = "") -> None:
        self.facts = facts
        self.kind = kind
        self.read = False
        self.note = ""
        self._tools = tools
        self._id = tools.fingerprinter.object_id(facts.known_as or facts.uri)
        self._rows = FindingRows(self._id)
        self._kept = 0
        self._tallies: dict[Category, DistinctTally] = {}
        self._persons = PersonCounter()
        self.shortfall = Shortfall()
        self._columns: list[ColumnType] = []
        self._table: _Table | None = None
        self._named: set[str] = set()
        self._harmless: dict[str, bool] = {}  # pieces of places of fields, their numbers taken out
        self._verdicts = verdicts(tools.rules, facts.uri, scope)
        self._allowed = 0
        self._snapshots = 1
        self._issuer = ""  # the first institution that is named as having given a patient's number
        self._waiting: list[RecordField] = []
        self._waiting_size = 0
        self._values: dict[Category, dict[str, tuple[Identified, str]]] = {}  # in this process only
        self._matches: dict[tuple[Category, str], Match] = {}

    def gap(self, gap: Gap) -> None:
        """Note a part that was not seen."""
        self.shortfall.add(gap)

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
            if not is_part(match):
                group += self._add(match, name[match.start : match.end], "name", None)
        self._persons.add(group, linked=False)
        return self._tools.places.masked(name)

    def _place(self, place: str) -> str:
        """Return the place of a field, masked: formats let their writers name fields and sections."""
        if all(map(self._is_harmless, place.partition(": ")[::2])):
            return place
        return self.name(place)

    def _is_harmless(self, piece: str) -> bool:
        """Tell whether a piece of a place holds no personal data; the same pieces come often."""
        alike = _NUMBER.sub("1", piece, count=1)
        known = self._harmless.get(alike)
        if known is None:
            # a single word in Latin letters beside a label is the format's own: "FN 氏名"
            words = (alike[match.start : match.end] for match in self._tools.places.matches(alike))
            known = all(word.isascii() and word.isalpha() for word in words)
            if len(self._harmless) < REMEMBERED_VALUES:
                self._harmless[alike] = known
        return known

    def text(self, segment: TextSegment) -> None:
        """Analyse a passage."""
        self.read = True
        location = self.name(segment.location)
        group: list[Identified] = []
        for match in self._tools.analyzer.text(segment.text):
            span = None
            if segment.offset is not None:
                span = (segment.offset + match.start, segment.offset + match.end)
            place = location if segment.cell is None else f"{location}!{segment.cell(match.start)}"
            group += self._add(match, segment.text[match.start : match.end], place, span)
        self._persons.add(group, linked=False)

    def table(self, segment: TableSegment) -> None:
        """Analyse a block of rows; the first block of a table types its columns."""
        self.read = True
        if self._table is None or self._table.name != segment.table:
            self._close_table()
            self._table = self._opened(segment)
        analyzer, header = self._table.analyzer, self._table.header
        sheet = f"{self._table.shown}!" if self._table.shown else ""
        named = header if self.kind in _NAMED_COLUMNS and header else None
        rows, first, before, spans = segment.rows, segment.first_row, segment.first_column, segment.span
        seen: defaultdict[Category, list[bytes]] = defaultdict(list)
        kept: list[Row] = []
        group: list[Identified] = []
        row, start, end = -1, None, None
        for number, column, match in analyzer.block(rows):  # a large table has millions
            if number != row and analyzer.records:
                self._persons.add(group, linked=True)
                group, row = [], number
            begin, behind, category, score, rule, evidence = match
            cell = rows[number][column]
            value = cell[begin:behind]
            identified, masked = self._value(category, value)
            if self._verdicts is not None and not self._is_reported(match, value, identified):
                continue
            if named is not None:
                location = f"{named[column]}[{first + number}]"
            else:
                location = f"{sheet}{column_letters(before + column)}{first + number}"
            if spans is not None:
                start, end = _span(spans(number, column), match, cell)
            seen[category].append(identified.fingerprint)
            kept.append(
                (location, start, end, category, score, masked, identified.fingerprint, rule, evidence)
            )
            group.append(identified)
        self._persons.add(group, linked=True)
        for category, fingerprints in seen.items():
            self._tally(category).extend(fingerprints)
        self._keep(kept)

    def record(self, segment: RecordSegment) -> None:
        """Take a record: each field as its format says, free text as the detectors see it."""
        self.read = True
        subject: list[Identified] = []
        others: list[Identified] = []
        staff: list[Identified] = []
        written: list[RecordField] = []
        beside = Beside()
        sensitive = False
        for each in segment.fields:
            if each.category is None or len(each.value) > DECLARED_CHARACTERS:
                # what is told of others may wait: many short texts in one pass cost little more than one
                (written if each.subject else self._waiting).append(each)
                self._waiting_size += 0 if each.subject else len(each.value)
                continue
            found = self._declared(each)
            if found is None:
                continue
            sensitive = sensitive or each.category in _SENSITIVE
            found = self._issued(each, found)
            if each.subject:
                subject.append(found)
            else:
                (staff if each.staff else others).append(beside.placed(found, each.place))
        for each, found_in in self._written(written):
            (subject if each.subject else others).extend(found_in)
            sensitive = sensitive or any(one.category in _SENSITIVE for one in found_in)
        if self._waiting_size > WAITING_CHARACTERS or len(self._waiting) > WAITING_FIELDS:
            self._read_waiting()
        if segment.clinical and segment.fields and not sensitive:
            whole = RecordField(segment.fields[0].place, segment.title, Category.MEDICAL_CONTEXT)
            self._declared(whole)
        self._persons.add(subject, linked=True)
        self._persons.add(others, linked=False)
        self._persons.add(staff, linked=False, staff=True)

    def _read_waiting(self) -> None:
        waiting, self._waiting, self._waiting_size = self._waiting, [], 0
        read = list(self._written(waiting))
        for staff in (False, True):
            group = [each for told, found in read if told.staff is staff for each in found]
            self._persons.add(group, linked=False, staff=staff)

    def _written(self, fields: Sequence[RecordField]) -> Iterator[tuple[RecordField, list[Identified]]]:
        """Take fields of free text, yielding what was found in each, placed apart from the others'."""
        start = 0
        for each, matches in detected(self._tools.analyzer, fields):
            found: list[Identified] = []
            for match in matches:
                place = self._place(each.place)
                found += self._add(match, each.value[match.start : match.end], place, None)
            yield each, [moved(one, start) for one in found]
            start += len(each.value) + APART

    def _issued(self, given: RecordField, found: Identified) -> Identified:
        """Tell the numbers of several institutions in one object apart: each begins with its own 1."""
        if not given.issuer:
            return found
        self._issuer = self._issuer or given.issuer
        if given.issuer == self._issuer:
            return found
        scoped = f"{given.issuer} {given.value}"
        return found._replace(fingerprint=self._tools.fingerprinter.of(found.category, scoped))

    def _value(self, category: Category, value: str) -> tuple[Identified, str]:
        """Return what is kept of a value of its own, and its mask; the same values come often."""
        values = self._values.get(category)
        if values is None:
            values = self._values[category] = {}
        known = values.get(value)
        if known is None:
            if len(values) >= REMEMBERED_VALUES:
                values.clear()
            identified = identify(self._tools.fingerprinter, category, value, 0, in_text=False)
            known = values[value] = identified, mask(category, value)
        return known

    def _declared(self, given: RecordField) -> Identified | None:
        """Take what a format says a field holds, whatever it looks like."""
        category, value = given.category, given.value
        if category is None or not value.strip():
            return None
        known = self._value(category, value)
        place = self._place(given.place)
        name = place.rpartition(": ")[2]
        match = self._matches.get((category, name))
        if match is None:
            evidence = (Evidence(EvidenceKind.FIELD, name),)
            match = Match(0, len(value), category, DECLARED_SCORE, f"format.{self.kind}/1", evidence)
            if len(self._matches) < REMEMBERED_VALUES:
                self._matches[category, name] = match
        return known[0] if self._take(match, value, place, None, *known) else None

    def _opened(self, segment: TableSegment) -> _Table:
        shown = self.name(segment.table)
        header = None if segment.header is None else tuple(self.name(cell) for cell in segment.header)
        return _Table(
            segment.table,
            shown,
            header,
            self._tools.analyzer.table(shown, header, segment.first_column, segment.comments),
        )

    def _close_table(self) -> None:
        if self._table is not None:
            self._columns += self._table.analyzer.columns()
            self._table = None

    def _add(
        self, match: Match, value: str, location: str, span: tuple[int, int] | None
    ) -> Sequence[Identified]:
        """Take one finding of a text; nothing comes back when the rules in force leave it out."""
        identified = identify(self._tools.fingerprinter, match.category, value, match.start)
        taken = self._take(match, value, location, span, identified, mask(match.category, value))
        return (identified,) if taken else ()

    def _take(
        self,
        match: Match,
        value: str,
        location: str,
        span: tuple[int, int] | None,
        identified: Identified,
        masked: str,
    ) -> bool:
        """Count and keep one finding; False when the rules in force leave it out."""
        if not self._is_reported(match, value, identified):
            return False
        self._tally(match.category).add(identified.fingerprint)
        if self._kept < KEPT_FINDINGS:
            self._kept += 1
            self._rows.add(match, location, span, masked, identified.fingerprint)
        return True

    def _is_reported(self, match: Match, value: str, identified: Identified) -> bool:
        """Tell whether the rules in force let a finding be one."""
        if self._verdicts is None:
            return True
        older = self._tools.fingerprinter.older(match.category, value)
        verdict = self._verdicts.of(match.category, value, identified.fingerprint, match.score, older)
        self._allowed += verdict is Verdict.ALLOWED
        return verdict is Verdict.REPORTED

    def _tally(self, category: Category) -> DistinctTally:
        tally = self._tallies.get(category)
        if tally is None:
            tally = self._tallies[category] = DistinctTally()
        return tally

    def _keep(self, rows: list[Row]) -> None:
        """Keep findings, as long as one object has not too many."""
        self._rows.extend(rows[: KEPT_FINDINGS - self._kept])
        self._kept = min(KEPT_FINDINGS, self._kept + len(rows))

    def half(self) -> tuple[dict[str, object], list[pa.RecordBatch]]:
        """Return what is known of a table so far, without any value, and its findings since `told`."""
        if self._table is not None:
            self._table.analyzer.kept_as(self._tools.fingerprinter.text)
        known = {name: each for name, each in vars(self).items() if name not in _APART}
        return known, self._rows.new()

    def told(self) -> None:
        """Note that what `half` returned is kept."""
        self._rows.told()

    def go_on(self, known: Mapping[str, object], rows: Iterable[pa.RecordBatch]) -> None:
        """Take what `half` gave in another process, with all findings until then."""
        vars(self).update(known)
        self._rows.again(rows)
        self._snapshots += 1
        self.note = f"{self._snapshots} snapshots"

    def _detail(self) -> str:
        """Return what was left out, masked as a whole and then piece by piece, and cut only then."""
        masked = self._tools.places.masked
        whole = masked(self.shortfall.detail()[:_MASKED_CHARACTERS])
        return cut("".join(map(masked, _PIECES.split(whole))))

    def result(self) -> ObjectResult:
        """Return everything there is to say about the object."""
        try:
            self._read_waiting()
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  as while reading: its text may hold values
            self.gap(Gap(Reason.INTERNAL, type(error).__name__))
        self._close_table()
        first = self.shortfall.first
        return ObjectResult(
            id=self._id,
            uri=self.facts.uri,
            shown=self.facts.shown,
            kind=self.kind,
            outcome=self.shortfall.outcome(read=self.read),
            reason=first.reason if first else None,
            detail=self._detail() if first else self.note,
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
            share=self.shortfall.share(read=self.read),
            suffix=judged(self.facts.name, self.kind, inside=self.facts.inside),
        )


@dataclass(frozen=True, slots=True)
class _Table:
    """The table that is being read."""

    name: str
    shown: str
    header: tuple[str, ...] | None
    analyzer: TableAnalyzer


def _span(cell: tuple[int, int], match: Match, text: str) -> tuple[int, int]:
    """Return where in the file a match is: its whole cell, where that is longer there (doubled quotes)."""
    start, end = cell
    return (start + match.start, start + match.end) if end - start == len(text) else cell
