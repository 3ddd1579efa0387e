"""Files of workers and completions: read, mapped, tried or taken, in one short transaction each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from daicho.table_file import LIMIT, ROWS, Fault, TableRefusedError, cells_in
from privacy_mark.training import completion_import, headings, roster_import, roster_lines
from privacy_mark.training.headings import Kind, Proposed
from privacy_mark.training.model import CourseId
from privacy_mark.training.roster_lines import FileSeen, ImportRefusedError, Outcome
from registry.model import Principal, UnitId
from registry.store import Registry


@dataclass(frozen=True, slots=True)
class Reading:
    """A file with its headings, what each is proposed to be, and its rows as they stand."""

    kind: Kind
    digest: str
    headings: tuple[str, ...]
    proposed: tuple[Proposed, ...]
    cells: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the proposed column of each heading."""
        return tuple(each.column for each in self.proposed)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file comes to: how often each step is taken, the refused rows, and who is not named in it."""

    rows: int
    counts: Mapping[str, int]
    refused: tuple[Outcome, ...] = ()
    missing: int = 0


def read(
    kind: Kind, data: bytes, remembered: Mapping[str, str] | None = None, *, limit: int = LIMIT
) -> Reading:
    """Return a file (CSV in UTF-8 or cp932, tab-separated text, xlsx) and what its columns seem to be.

    Raises TableRefusedError for what is no table.
    """
    found: list[tuple[int, tuple[str, ...]]] = []
    titles: tuple[str, ...] = ()
    for line, cells in cells_in(data, limit=limit):
        if not any(cell.strip() for cell in cells):
            continue
        if not titles:
            titles = tuple(cell.strip() for cell in cells)
            while titles and not titles[-1]:
                titles = titles[:-1]
            continue
        if any(cells[len(titles) :]):
            raise TableRefusedError(Fault.UNEVEN, line)
        found.append((line, cells))
        if len(found) > ROWS:
            raise TableRefusedError(Fault.TOO_MANY_ROWS, line)
    if not titles:
        raise TableRefusedError(Fault.EMPTY)
    proposed = headings.propose(kind, titles, remembered)
    return Reading(kind, hashlib.sha256(data).hexdigest(), titles, proposed, tuple(found))


def take_workers(
    registry: Registry,
    principal: Principal,
    unit_id: UnitId,
    reading: Reading,
    columns: Sequence[str] | None = None,
    *,
    dry_run: bool,
) -> Taken:
    """Take a roster in, or try it; nothing is taken when a row is refused.

    Raises AccessDenied without MANAGE_TRAINING in the unit, Conflict when another was taken in meanwhile.
    """
    mapping = reading.columns if columns is None else columns
    lines, wrong = roster_lines.lines(_rows(reading, mapping))
    try:
        with registry.read(principal) as tx:
            plan = roster_import.plan(tx, unit_id, lines, _seen(reading, mapping))
    except ImportRefusedError as error:
        return Taken(len(reading.cells), {}, _sorted(wrong, error.outcomes))
    if wrong:
        return Taken(len(reading.cells), {}, tuple(wrong))
    if not dry_run:
        with registry.write(principal, reason="training import") as tx:
            roster_import.apply(tx, plan)
    return Taken(len(reading.cells), plan.counts, missing=plan.missing)


def take_completions(
    registry: Registry,
    principal: Principal,
    unit_id: UnitId,
    course_id: CourseId,
    reading: Reading,
    columns: Sequence[str] | None = None,
    *,
    pass_percent: int,
    dry_run: bool,
) -> Taken:
    """Take completions in, or try them; nothing is taken when a row is refused."""
    mapping = reading.columns if columns is None else columns
    lines, wrong = completion_import.lines(_rows(reading, mapping))
    try:
        with registry.read(principal) as tx:
            plan = completion_import.plan(
                tx, unit_id, course_id, lines, pass_percent=pass_percent, file=_seen(reading, mapping)
            )
    except ImportRefusedError as error:
        return Taken(len(reading.cells), {}, _sorted(wrong, error.outcomes))
    if wrong:
        return Taken(len(reading.cells), {}, tuple(wrong))
    counts = Counter(
        {completion_import.RECORDED: len(plan.results), str(roster_lines.Step.UNCHANGED): plan.unchanged}
    )
    if not dry_run:
        with registry.write(principal, reason="training import") as tx:
            completion_import.apply(tx, plan)
    return Taken(len(reading.cells), counts)


def _rows(reading: Reading, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    places = [(index, column) for index, column in enumerate(columns) if column]
    for line, cells in reading.cells:
        yield line, {column: cells[index] if index < len(cells) else "" for index, column in places}


def _seen(reading: Reading, columns: Sequence[str]) -> FileSeen:
    mapping = {
        headings.plain(heading): column for heading, column in zip(reading.headings, columns, strict=True)
    }
    return FileSeen(reading.digest, headings.digest(reading.headings), mapping)


def _sorted(wrong: Sequence[Outcome], refused: Sequence[Outcome]) -> tuple[Outcome, ...]:
    return tuple(sorted([*wrong, *refused], key=lambda outcome: outcome.row))
