"""Which column of a file is which of the ledger 項目の対応: proposed by heading, remembered by unit."""

from __future__ import annotations

import difflib
import enum
import fcntl
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from daicho.errors import UsageError
from daicho.ledger_file.table import ID_PREFIX, Table, known_column
from daicho.ledger_file.vocabulary import plain, vocabulary
from daicho.whole_file import replace as replace_file

FILE = "ledger-mappings.json"
_LOCK = "ledger-mappings.lock"
IGNORED = "-"
MACHINE = "machine"  # what words lose: daicho.ledger_file.machine
SEVERAL = frozenset({"owner", MACHINE})  # 管理部門 and 責任者 are one column here
_LONGEST = 60  # letters of a heading that may be like another one
_LEAST = 0.75  # below this a heading is not like another one


class How(enum.StrEnum):
    """Why a heading is read as a column."""

    OWN = "own"  # a file that Daicho wrote
    GIVEN = "given"
    REMEMBERED = "remembered"
    EXACT = "exact"
    SIMILAR = "similar"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Matched:
    """One column of the file; `column` is empty where it is not read."""

    index: int
    heading: str
    column: str
    confidence: float
    how: How


def propose(
    table: Table, remembered: Mapping[str, str] | None = None, given: Mapping[str, str] | None = None
) -> tuple[Matched, ...]:
    """Return what each column is: as given now, as remembered, by its heading, or by a similar one.

    `given` and `remembered` map headings to columns, or to "-" for a column that is not to be read. Raises
    UsageError for a heading that the file lacks and for a column that does not exist or is given twice.
    """
    given = {plain(heading): column for heading, column in (given or {}).items()}
    titles = {plain(title) for title in table.titles}
    for heading, column in given.items():
        if heading not in titles:
            raise UsageError(f"{table.name}: no column is headed {heading!r}.")
        if column not in vocabulary().columns and column != IGNORED:
            raise UsageError(f"{column!r} is no column: {', '.join(vocabulary().columns)}.")
    found = [
        _matched(index, parts, table.titles[index], remembered or {}, given)
        for index, parts in enumerate(table.headings)
    ]
    return _once(found)


def chosen(each: Matched, column: str) -> Matched:
    """Return a proposal as somebody left or changed it."""
    return each if column == each.column else replace(each, column=column, confidence=1.0, how=How.GIVEN)


def doubled(matched: Sequence[Matched]) -> list[str]:
    """Return the columns that several headings are read as and that take one only."""
    counts = Counter(each.column for each in matched if each.column and each.column not in SEVERAL)
    return [column for column, count in counts.items() if count > 1]


def digest(table: Table) -> str:
    """Return what a table's headings are remembered by."""
    return hashlib.sha256("\n".join(plain(title) for title in table.titles).encode()).hexdigest()


def recall(workspace: Path, unit_code: str, table: Table) -> dict[str, str]:
    """Return the mapping that was used last for a table of these headings in a unit; empty for a new one."""
    return _read(workspace / FILE).get(unit_code, {}).get(digest(table), {})


def remember(workspace: Path, unit_code: str, table: Table, matched: Sequence[Matched]) -> bool:
    """Keep a mapping for the next file of these headings, beside what others keep at the same time.

    The file holds headings only, mode 0600. False when it cannot be written: the ledger is taken in by then,
    and the next file is proposed anew.
    """
    if any(each.how is How.OWN for each in matched):
        return True
    columns: dict[str, str] = {}
    for each in sorted(matched, key=lambda each: each.column == ""):  # of equal headings the one that is read
        if each.heading:
            columns.setdefault(plain(each.heading), each.column or IGNORED)
    try:
        with _alone(workspace):
            try:
                kept = _read(workspace / FILE)
            except UsageError:  # damaged: whoever asked for it was told
                kept = {}
            kept.setdefault(unit_code, {})[digest(table)] = columns
            replace_file(
                workspace / FILE, json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True).encode()
            )
    except OSError:
        return False
    return True


@contextmanager
def _alone(workspace: Path) -> Iterator[None]:
    """Let one process or thread at a time read the mappings and write them again."""
    descriptor = os.open(workspace / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path) -> dict[str, dict[str, dict[str, str]]]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        found: dict[str, dict[str, dict[str, str]]] = {
            str(unit): {str(known): _mapping(columns) for known, columns in of.items()}
            for unit, of in kept.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError):  # the last: lists or texts where mappings should stand
        raise UsageError(f"{path} cannot be read. Remove it; mappings are proposed anew.") from None
    return found


def _mapping(kept: Mapping[object, object]) -> dict[str, str]:
    return {str(heading): str(column) for heading, column in kept.items()}


def _matched(
    index: int,
    parts: tuple[str, ...],
    title: str,
    remembered: Mapping[str, str],
    given: Mapping[str, str],
) -> Matched:
    key = plain(title)
    if not parts:
        return Matched(index, "", "", 0.0, How.UNKNOWN)
    if parts[0].startswith(ID_PREFIX):
        name = parts[0].removeprefix(ID_PREFIX)
        own = name if name in vocabulary().columns or name.startswith(MACHINE) else ""
        return Matched(index, title, MACHINE if own.startswith(MACHINE) else own, 1.0, How.OWN)
    for how, known in ((How.GIVEN, given), (How.REMEMBERED, remembered)):
        if key in known:
            column = known[key]
            return Matched(index, title, "" if column == IGNORED else column, 1.0, how)
    if column := known_column(parts):
        return Matched(index, title, column, 0.95, How.EXACT)
    column, confidence = _similar(key)
    return Matched(index, title, column, confidence, How.SIMILAR if column else How.UNKNOWN)


def _similar(key: str) -> tuple[str, float]:
    """Return the column whose headings are most like a text, and how much; "" below the least."""
    best, likeness = "", 0.0
    if len(key) > _LONGEST:
        return best, likeness
    for name, column in vocabulary().columns.items():
        for heading in column.headings:
            matcher = difflib.SequenceMatcher(None, key, heading, autojunk=False)
            ratio = matcher.ratio() if matcher.real_quick_ratio() > likeness else 0.0
            if len(heading) >= 4 and heading in key:  # 「…（電子データの）保管場所」
                ratio = max(ratio, 0.8)
            if ratio > likeness:
                best, likeness = name, ratio
    return (best, round(likeness * 0.9, 2)) if likeness >= _LEAST else ("", 0.0)


def _once(found: Sequence[Matched]) -> tuple[Matched, ...]:
    """Leave each column to the heading that fits best; the first of equals."""
    best: dict[str, Matched] = {}
    for each in found:
        held = best.get(each.column)
        if held is not None and each.how is held.how is How.GIVEN and each.column not in SEVERAL | {""}:
            raise UsageError(f"{each.column} is given twice: {held.heading}, {each.heading}.")
        if held is None or each.confidence > held.confidence:
            best[each.column] = each
    return tuple(
        each
        if not each.column or each.column in SEVERAL or best[each.column] is each
        else replace(each, column="", confidence=0.0, how=How.UNKNOWN)
        for each in found
    )
