"""The organisation tree from a table: what would be made, renamed and moved, then all of it or nothing."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from registry import organisation, reorganisation
from registry.access import scope
from registry.errors import AccessDenied, InvalidValue, RegistryError
from registry.model import Permission, Unit, UnitId, UnitKind
from registry.store import Tx
from registry.store.tables import OrgUnit

COLUMNS = ("code", "name_ja", "name_en", "kind", "parent", "country", "privacy_mark")


class Step(enum.StrEnum):
    """What one row does to the tree; the ids are public API."""

    CREATED = "created"
    CHANGED = "changed"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One row of the table; `number` counts from 1 as the reader of the file does."""

    number: int
    code: str
    name_ja: str
    name_en: str = ""
    kind: str = str(UnitKind.COMPANY)
    parent: str = ""
    country: str = "JP"
    privacy_mark: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: its steps, or the column and the rule that refused it."""

    number: int
    code: str
    steps: tuple[Step, ...]
    column: str = ""
    rule: str = ""

    @property
    def refused(self) -> bool:
        """True when the row was not taken."""
        return Step.REFUSED in self.steps


class ImportRefusedError(RegistryError):
    """Rows were refused, and with them the whole table; `outcomes` holds every row."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        refused = [outcome for outcome in outcomes if outcome.refused]
        super().__init__(f"{len(refused)} of {len(outcomes)} rows are refused; nothing was changed")
        self.outcomes = tuple(outcomes)


def line(number: int, row: Mapping[str, str]) -> UnitLine:
    """Return a row of a table by its column names; absent and empty cells keep the default.

    Raises InvalidValue for a row without code or Japanese name.
    """
    values = {column: row[column].strip() for column in COLUMNS if row.get(column, "").strip()}
    for column in ("code", "name_ja"):
        if column not in values:
            raise InvalidValue(column, "required")
    return UnitLine(number, **values)


def take(tx: Tx, lines: Iterable[UnitLine]) -> list[Outcome]:
    """Make, change and move units until the tree is as the rows say; the rows may stand in any order.

    Units that no row names stay as they are. Raises ImportRefusedError when a row is refused: the caller's
    transaction then leaves nothing. For a trial run the caller rolls back.
    """
    waiting = list(lines)
    outcomes = _doubled(waiting)
    seen = {outcome.number for outcome in outcomes}
    waiting = [each for each in waiting if each.number not in seen]
    named = {each.code for each in waiting}
    done: set[str] = set()
    while waiting:
        ready = [each for each in waiting if each.parent not in named or each.parent in done]
        if not ready:
            outcomes += [_refused(each, "parent", "circle") for each in waiting]
            break
        for each in ready:
            outcomes.append(_taken(tx, each))
            done.add(each.code)
        waiting = [each for each in waiting if each.code not in done]
    outcomes.sort(key=lambda outcome: outcome.number)
    if any(outcome.refused for outcome in outcomes):
        raise ImportRefusedError(outcomes)
    return outcomes


def _doubled(lines: Sequence[UnitLine]) -> list[Outcome]:
    first: dict[str, int] = {}
    return [
        _refused(each, "code", "taken")
        for each in lines
        if first.setdefault(each.code, each.number) != each.number
    ]


def _taken(tx: Tx, each: UnitLine) -> Outcome:
    try:
        with tx.session.begin_nested():
            return Outcome(each.number, each.code, _apply(tx, each))
    except InvalidValue as error:
        return _refused(each, error.column, error.rule)
    except AccessDenied as error:
        return _refused(each, "code", error.permission)


def _apply(tx: Tx, each: UnitLine) -> tuple[Step, ...]:
    if each.kind not in {str(kind) for kind in UnitKind}:
        raise InvalidValue("kind", "unknown")
    parent = _parent(tx, each.parent)
    known = organisation.unit_by_code(tx, each.code)
    fields = {
        "code": each.code,
        "kind": UnitKind(each.kind),
        "name_ja": each.name_ja,
        "name_en": each.name_en,
        "country": each.country,
        "privacy_mark": each.privacy_mark,
    }
    if known is None:
        organisation.create_unit(tx, **fields, parent_id=parent.id)  # type: ignore[arg-type]
        return (Step.CREATED,)
    steps: list[Step] = []
    changed = reorganisation.change_unit(tx, known.id, expected_version=known.version, **fields)  # type: ignore[arg-type]
    if changed.version != known.version:
        steps.append(Step.CHANGED)
    if known.parent_id is not None and known.parent_id != parent.id:
        reorganisation.move_unit(tx, known.id, parent.id)
        steps.append(Step.MOVED)
    return tuple(steps) or (Step.UNCHANGED,)


def _parent(tx: Tx, code: str) -> Unit:
    """Return the unit above: of this code, or the top of the tree."""
    if not code:
        query = select(OrgUnit.id).where(
            OrgUnit.parent_id.is_(None), OrgUnit.id.in_(scope(tx, Permission.VIEW_SITUATION))
        )
        top = tx.session.scalar(query.order_by(OrgUnit.id).limit(1))
        if top is not None:
            return organisation.unit(tx, UnitId(top))
    found = organisation.unit_by_code(tx, code)
    if found is None:
        raise InvalidValue("parent", "unknown")
    return found


def _refused(each: UnitLine, column: str, rule: str) -> Outcome:
    return Outcome(each.number, each.code, (Step.REFUSED,), column, rule)
