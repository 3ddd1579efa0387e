"""Columns of tables: typed once from header and sample, then counted row by row with cheap tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Final

from scanners.analysis import CellAnalyzer
from scanners.column_names import is_given_name, is_name_part, is_person, is_surname
from scanners.column_rules import (
    RULES,
    ColumnRule,
    birth_date,
    counts_cases,
    date_doubt,
    header_words,
    names_thing,
    rule_of,
)
from scanners.detectors.evidence import AGAINST
from scanners.forms import form_matches, is_form
from scanners.masking import DOT, mask_matches
from scanners.model import (
    LEGAL_CLASS,
    Category,
    CellMatch,
    ColumnType,
    Evidence,
    EvidenceKind,
    LegalClass,
    Match,
)
from scanners.normalise import normalise

SAMPLE: Final = 1_000  # distinct values that decide a column's category
_CHECKED: Final = 300  # of them, how many the slower checks look at
_PROSE: Final = 24  # characters: columns whose values are longer on average are read as text
_PLACEHOLDERS: Final = frozenset(
    {"", "-", "--", "なし", "無し", "無", "不明", "未定", "null", "NULL", "None", "N/A", "nan", "同上"}
)
_BIRTH_SPREAD: Final = 15  # years between the oldest and the youngest of a column of birth dates
_NAMED: Final = 2  # headers of personal data that make a table a list of records
_CLAUSE: Final = re.compile(r"[^。、,;:：\n(（]{1,40}")  # of a comment: what follows explains
_BY_CATEGORY: Final = {rule.category: rule for rule in RULES}


@dataclass(slots=True)
class _Column:
    """What is known of one column: its rule once typed, and counts of its rows."""

    name: str  # as it is shown
    header: str  # the words that tell what it holds: its name, or the comment of a name that tells nothing
    rule: ColumnRule | None = None
    word: str = ""
    prose: bool = False  # read as text, value by value
    nobody: bool = False  # holds diseases or the like that are nobody's
    settled: bool = False
    filled: int = 0
    matched: int = 0
    matches: dict[int, Match] = field(default_factory=dict)  # one per length: matches are frozen
    seen: dict[str, list[Match]] = field(default_factory=dict)
    met: dict[bytes, list[Match]] = field(default_factory=dict)  # of `seen` before its state was kept


class ColumnTyper:
    """Types the columns of one table, then yields the matches of every row; a `TableAnalyzer`.

    A header proposes and the values decide: what the header says must hold for a share of the
    sample, and a header that names an id, an amount or another date keeps look-alikes out.
    """

    def __init__(
        self,
        analyzer: CellAnalyzer,
        table: str,
        header: Sequence[str] | None,
        first_column: int,
        comments: Sequence[str] = (),
    ) -> None:
        self._analyzer = analyzer
        self._table = table
        self._header = list(header) if header is not None and not _is_data(header) else None
        self._comments = comments
        self._first_column = first_column
        self._columns: list[_Column] = []
        self._form: bool | None = None  # decided by the first block
        self._digest: Callable[[str], bytes] | None = None

    def block(self, rows: Sequence[Sequence[str]]) -> Iterator[CellMatch]:
        """Yield every match in a block of rows, ordered by row; offsets are inside the cell."""
        if self._form is None and rows:
            # Under a header that names its columns nothing is a form.
            named = sum(rule_of(self._told(at)[1])[0] is not None for at in range(len(self._header or ())))
            self._form = named < _NAMED and is_form(rows)
        if self._form:
            yield from form_matches(self._analyzer, rows)
            return
        width = max((len(row) for row in rows), default=0)
        while len(self._columns) < width:
            self._columns.append(_Column(*self._told(len(self._columns))))
        self._type(rows)
        found: list[CellMatch] = []
        for index, column in enumerate(self._columns):
            if column.rule is not None:
                self._count(rows, index, column, found)
            elif column.prose:
                self._read(rows, index, column, found)
        # Column by column the rows ascend already; the sort only merges these runs.
        found.sort(key=attrgetter("row"))
        yield from found

    @property
    def records(self) -> bool:
        """True when every row is a record of its own; False for a form, whose rows belong together."""
        return not self._form

    def columns(self) -> tuple[ColumnType, ...]:
        """Return the typed columns after the last block; untyped columns are left out."""
        typed = []
        for index, column in enumerate(self._columns):
            if column.rule is None or not column.matched:
                continue
            share = round(column.matched / column.filled, 3)
            name = self._masked(column.name)
            typed.append(
                ColumnType(self._table, self._first_column + index, name, column.rule.category, share)
            )
        return tuple(typed)

    def kept_as(self, digest: Callable[[str], bytes]) -> None:
        """Take by what values are known again where this state is kept; see `TableAnalyzer`."""
        self._digest = digest

    def __getstate__(self) -> dict[str, object]:
        """Return the state without any value."""
        if self._digest is None:
            raise TypeError("values cannot be kept")
        columns = [
            replace(
                each,
                seen={},
                met=each.met | {self._digest(cell): matches for cell, matches in each.seen.items()},
            )
            for each in self._columns
        ]
        return vars(self) | {"_columns": columns}

    def _meet(self, column: _Column, cells: Iterable[str]) -> None:
        """Take up what was known of cells before the state was kept."""
        for cell in cells:
            if self._digest is not None and (digest := self._digest(cell)) in column.met:
                column.seen[cell] = column.met.pop(digest)

    def _masked(self, header: str) -> str:
        return mask_matches(header, self._analyzer.cells("", [header])[0]) if header else ""

    def _told(self, index: int) -> tuple[str, str]:
        """Return a column's name and the words that say what it holds: a comment, where the name does not."""
        name = self._header[index] if self._header is not None and index < len(self._header) else ""
        comment = self._comments[index] if index < len(self._comments) else ""
        said = _CLAUSE.match(comment)
        rule, _, neutral = rule_of(name)
        return name, said[0] if said and rule is None and not (neutral and not rule_of(said[0])[0]) else name

    # Typing

    def _type(self, rows: Sequence[Sequence[str]]) -> None:
        samples: dict[int, list[str]] = {}
        for index, column in enumerate(self._columns):
            if not column.settled:
                samples[index] = _sample(rows, index)
        for index, sample in samples.items():
            self._type_one(self._columns[index], sample)
        self._type_by_neighbours(samples)
        self._drop_lone_numbers(samples)
        self._drop_counted()
        for index, sample in samples.items():
            column = self._columns[index]
            column.settled = len(sample) >= 20 or column.rule is not None
            column.prose = column.rule is None and not column.nobody and self._is_prose(column, sample)

    def _type_one(self, column: _Column, sample: list[str]) -> None:
        proposed, word, _ = rule_of(column.header)
        if not sample:
            return
        if proposed is not None and _share(proposed, sample) >= proposed.headed:
            column.rule, column.word = proposed, word
            return
        if proposed is not None and proposed.category is Category.PERSON and _are_names(sample):
            column.rule, column.word = proposed, word
            return
        self._type_bare(column, sample, proposed=proposed is not None)

    def _type_bare(self, column: _Column, sample: list[str], *, proposed: bool) -> None:
        """Type a column by its values alone."""
        neutral = rule_of(column.header)[2]
        candidates = [
            (_share(rule, sample), rule)
            for rule in RULES
            if rule.bare is not None
            and not (neutral and rule.category not in (Category.EMAIL, Category.PERSON))
            and not (rule.category is Category.PERSON and names_thing(column.header))
        ]
        fitting = [(share, -RULES.index(rule)) for share, rule in candidates if share >= (rule.bare or 1.0)]
        if fitting and (len(sample) > 2 or proposed):
            _, place = max(fitting)
            rule = RULES[-place]
            # Short digit strings prove little without a header; one odd sample must not type a column.
            if rule.category is not Category.PHONE or _plain_phones(sample) >= 0.9:
                column.rule = rule

    def _type_by_neighbours(self, samples: dict[int, list[str]]) -> None:
        """Types what only the table tells: surname beside given name, dates of birth beside persons."""
        for index, sample in samples.items():
            following = samples.get(index + 1, [])
            left, right = self._columns[index], self._columns[index + 1] if following else None
            if (
                not left.rule
                and right
                and not right.rule
                and not left.header
                and _split_names(sample, following)
            ):
                left.rule = right.rule = _BY_CATEGORY[Category.PERSON]
        categories = {column.rule.category for column in self._columns if column.rule}
        for index, sample in samples.items():
            column = self._columns[index]
            if column.rule is not None or not sample:
                continue
            _, _, neutral = rule_of(column.header)
            if Category.PERSON in categories and not neutral and _birth_dates(sample, column.header):
                column.rule = _BY_CATEGORY[Category.DOB]
            elif Category.ADDRESS in categories and not column.header and _postal_codes(sample):
                column.rule = _BY_CATEGORY[Category.POSTAL_CODE]

    def _drop_lone_numbers(self, samples: Mapping[int, list[str]]) -> None:
        """Keep 「番号」 only beside 「記号」 or 「保険者番号」: alone it is what its digits say."""
        insured = [column for column in self._columns if "保険" in column.header or column.word == "記号"]
        for index, column in enumerate(self._columns):
            alone = column.word in ("記号", "番号") and not any(other is not column for other in insured)
            if alone and not (column.word == "記号" and any(other.word == "番号" for other in self._columns)):
                column.rule, column.word = None, ""
                if samples.get(index):
                    self._type_bare(column, samples[index], proposed=False)

    def _drop_counted(self) -> None:
        """Drop diseases and the like that are counted or listed and belong to nobody: statistics, codes."""
        personal = any(
            column.rule is not None and LEGAL_CLASS[column.rule.category] is not LegalClass.SPECIAL_CARE
            for column in self._columns
        )
        if personal or not counts_cases([column.header for column in self._columns]):
            return
        for column in self._columns:
            if column.rule is not None:
                column.rule, column.word, column.nobody = None, "", True

    def _is_prose(self, column: _Column, sample: list[str]) -> bool:
        """Say whether an untyped column may hold personal data here and there."""
        if not sample:
            return False
        if sum(map(len, sample)) / len(sample) >= _PROSE:
            return True
        return any(self._cells(column, sample[:_CHECKED]))

    def _cells(self, column: _Column, values: list[str]) -> list[list[Match]]:
        """Read cells of an untyped column; under a header of ids or things bare digits prove nothing."""
        neutral = rule_of(column.header)[2]
        cells = self._analyzer.cells("" if neutral else column.header, values)
        if not neutral and not names_thing(column.header):
            return cells
        return [
            [match for match in matches if match.category is not Category.PHONE or _is_said(match, value)]
            for matches, value in zip(cells, values, strict=True)
        ]

    # Counting

    def _count(
        self, rows: Sequence[Sequence[str]], index: int, column: _Column, found: list[CellMatch]
    ) -> None:
        rule = column.rule
        if rule is None:
            return
        fits = rule.shape.fullmatch
        doubtful = date_doubt if rule.category is Category.DOB else None
        odd: list[tuple[int, str]] = []
        for number, row in enumerate(rows):
            cell = row[index] if index < len(row) else ""
            value = cell.strip()
            if value in _PLACEHOLDERS:
                continue
            column.filled += 1
            if fits(value) is None:
                odd.append((number, cell))
                continue
            column.matched += 1
            if doubtful is not None and (against := doubtful(value)) is not None:
                start = cell.index(value)
                match = self._match(column, rule, len(value))
                found.append(CellMatch(number, index, _doubted(match, start, against)))
            elif len(value) == len(cell):
                found.append(CellMatch(number, index, self._match(column, rule, len(cell))))
            else:
                start = cell.index(value)
                match = self._match(column, rule, len(value))
                moved = Match(
                    start, start + len(value), match.category, match.score, match.rule, match.evidence
                )
                found.append(CellMatch(number, index, moved))
        if odd:
            cells = self._analyzer.cells(column.header, [cell for _, cell in odd])
            for (number, _), matches in zip(odd, cells, strict=True):
                column.matched += any(match.category is rule.category for match in matches)
                found.extend(CellMatch(number, index, match) for match in matches)
            found.sort(key=lambda each: (each.column, each.row))

    def _match(self, column: _Column, rule: ColumnRule, length: int) -> Match:
        match = column.matches.get(length)
        if match is None:
            evidence = (
                Evidence(EvidenceKind.COLUMN, column.word) if column.word else Evidence(EvidenceKind.DENSITY)
            )
            score = 0.95 if column.word else 0.85
            match = Match(0, length, rule.category, score, f"column.{rule.category.lower()}/1", (evidence,))
            if len(column.matches) < 1_000:
                column.matches[length] = match
        return match

    def _read(
        self, rows: Sequence[Sequence[str]], index: int, column: _Column, found: list[CellMatch]
    ) -> None:
        """Read a free-text column: every different value once a block."""
        cells = [row[index] if index < len(row) else "" for row in rows]
        if column.met:
            self._meet(column, {cell for cell in cells if cell and cell not in column.seen})
        distinct = list(dict.fromkeys(cell for cell in cells if cell and cell not in column.seen))
        fresh = dict(zip(distinct, self._cells(column, distinct), strict=True)) if distinct else {}
        for number, cell in enumerate(cells):
            matches = fresh.get(cell) or column.seen.get(cell)
            if matches:
                found.extend(CellMatch(number, index, match) for match in matches)
        if len(column.seen) + len(column.met) < SAMPLE:
            column.seen.update(fresh)


def _doubted(match: Match, start: int, against: Evidence) -> Match:
    """Return a cell's match at its place with what speaks against it."""
    return match._replace(
        start=start,
        end=start + match.end,
        score=round(match.score * AGAINST[against.kind], 3),
        evidence=(*match.evidence, against),
    )


def _is_said(match: Match, value: str) -> bool:
    """Say whether more than the digits themselves speaks for a match: a label or words around it."""
    labelled = any(reason.kind is EvidenceKind.LABEL for reason in match.evidence)
    return labelled or match.end - match.start < len(value.strip())


def _sample(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    values: dict[str, None] = {}
    for row in rows:
        if index < len(row) and (value := row[index].strip()) not in _PLACEHOLDERS:
            values[value] = None
            if len(values) >= SAMPLE:
                break
    return [normalise(value).value.strip() for value in values]


def _share(rule: ColumnRule, sample: list[str]) -> float:
    checked = sample[:_CHECKED]
    return sum(map(rule.check, checked)) / len(checked)


def _are_names(sample: list[str]) -> bool:
    """Say whether the values under a name's header may be names: surnames or given names alone."""
    checked = sample[:_CHECKED]
    return sum(is_name_part(value) or is_person(value) for value in checked) >= 0.4 * len(checked)


def _split_names(sample: list[str], following: list[str]) -> bool:
    if len(sample) < 5 or len(following) < 5:
        return False
    families = Counter(map(is_surname, sample[:_CHECKED]))[True] / len(sample[:_CHECKED])
    given = Counter(map(is_given_name, following[:_CHECKED]))[True] / len(following[:_CHECKED])
    return families >= 0.8 and given >= 0.5


def _plain_phones(sample: list[str]) -> float:
    checked = sample[:_CHECKED]
    plain = [value for value in checked if "-" in value or "(" in value or value[:3] in ("070", "080", "090")]
    return len(plain) / len(checked)


def _birth_dates(sample: list[str], header: str) -> bool:
    """Say whether undeclared dates are birth dates: they spread over generations and end years ago."""
    if header_words(header):
        return False
    dates = [date for value in sample[:_CHECKED] if (date := birth_date(value)) is not None]
    if len(dates) < max(5, 0.9 * len(sample[:_CHECKED])):
        return False
    years = sorted(date.year for date in dates)
    return years[-1] - years[0] >= _BIRTH_SPREAD and years[len(years) // 2] <= 2005


def _postal_codes(sample: list[str]) -> bool:
    rule = _BY_CATEGORY[Category.POSTAL_CODE]
    return _share(rule, sample) >= 0.95


def _is_data(header: Sequence[str]) -> bool:
    """Say whether a header row is a row of data: headers hold no addresses, numbers or dates."""
    cells = [normalise(cell).value.strip() for cell in header]
    filled = [cell for cell in cells if cell]
    strong = (
        Category.EMAIL,
        Category.PHONE,
        Category.DOB,
        Category.ADDRESS,
        Category.POSTAL_CODE,
        Category.MY_NUMBER,
    )
    hits = sum(any(_BY_CATEGORY[category].check(cell) for category in strong) for cell in filled)
    # A header cell that was masked before it came here held personal data too.
    hits += sum(DOT in cell for cell in filled)
    return hits >= 2 or (hits == 1 and len(filled) <= 3)
