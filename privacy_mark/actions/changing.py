"""How a step changes a corrective action: held as one saw it, in a state that allows it, then recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from privacy_mark.actions.model import WAY, Action, ActionId, ActionState, Step
from privacy_mark.actions.rows import TABLE, note_step, row_of, told
from registry import journal
from registry.access import require
from registry.errors import Conflict, InvalidValue
from registry.journal import newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction

_RECORDED: Mapping[Step, journal.Action] = {
    Step.APPROVED: journal.Action.ACTION_APPROVED,
    Step.WITHDRAWN: journal.Action.ACTION_WITHDRAWN,
}


def held(
    tx: Tx,
    action_id: ActionId,
    permission: Permission,
    expected_version: int,
    states: Collection[ActionState],
) -> CorrectiveAction:
    """Return a row that one may take a step of, as one saw it, in one of the states.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `too_early`, `too_late`, `closed`,
    `withdrawn`.
    """
    row = row_of(action_id, tx)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    state = ActionState(row.state)
    if state not in states:
        if state is ActionState.WITHDRAWN:
            raise InvalidValue("state", "withdrawn")
        early = WAY.index(state) < min(WAY.index(each) for each in states)
        closed = state is ActionState.CLOSED
        raise InvalidValue("state", "closed" if closed else "too_early" if early else "too_late")
    return row


def kept(
    tx: Tx,
    row: CorrectiveAction,
    texts: Mapping[str, str],
    after: Mapping[str, object],
    step: Step,
    round_: int | None = None,
    said: Mapping[str, str] = MappingProxyType({}),
) -> Action:
    """Keep what a step of a round (None: the present one) wrote, record it, and return the action.

    `texts` are columns of the row; `said` stands in the history only.
    """
    for name, sealed in Row(tx, TABLE, row.uid).sealed(texts).items():
        setattr(row, name, sealed)
    row.updated_at = tx.now
    tx.session.flush()
    note_step(tx, row, step, {**texts, **after, **said}, row.rounds if round_ is None else round_)
    what = _RECORDED.get(step, journal.Action.ACTION_CHANGED)
    tx.record(what, TABLE, row.id, UnitId(row.unit_id), None, {"state": row.state, **after})
    return told(row, tx)
