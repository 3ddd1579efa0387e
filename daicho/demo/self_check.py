"""Self checks of the demonstration group: one overseas company has approved its answers, all are asked.

Its IT manager, whose account nobody signs in with, answered; its privacy manager approved.
"""

from __future__ import annotations

from datetime import timedelta

from daicho.workspace import Workspace
from privacy_mark.self_check import checking, rounds
from privacy_mark.self_check.answers import Answer
from privacy_mark.self_check.questions import Level, self_check
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.model import Principal, Role
from registry.store import Tx

_REASON = "daicho demo"
_COMPANY, _LOGIN = "TOWA-DE", "germany-it@towa.example"
_PARTLY = ("incident_drill", "classified", "leakage")
_PLANNED = ("threats_followed",)
_NO = ("masking",)


def check_abroad(workspace: Workspace) -> None:
    """Ask all overseas companies this year; the German one answers, and approves its answers."""
    registry = workspace.registry
    with registry.write(workspace.owner(), reason=_REASON) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        rounds.open_round(tx, units["TOWA-GROUP"], today_in_japan(tx.now).year)
        found = rounds.rounds(tx)[0]
        check_id = next(row.id for row in found.rows if row.unit_id == units[_COMPANY])
        made = accounts.create_account(tx, _LOGIN, "Jonas Fischer", None, "en", unit_id=units[_COMPANY])
        accounts.grant(tx, user_id=made, role=Role.DEPARTMENT_MANAGER, unit_id=units[_COMPANY])
    with registry.write(_principal(workspace, _LOGIN), reason=_REASON) as tx:
        checking.answer(tx, check_id, _answers(tx), expected_version=1)
    with registry.write(_principal(workspace, "germany@towa.example"), reason=_REASON) as tx:
        checking.approve(tx, check_id, expected_version=2)


def _answers(tx: Tx) -> list[Answer]:
    given = []
    for name in self_check().of(self_check().version).questions:
        if name in _PARTLY:
            given.append(
                Answer(name, Level.PARTLY, "IT handbook, chapter 4", "Rolled out in two of three sites")
            )
        elif name in _PLANNED:
            day = today_in_japan(tx.now) + timedelta(days=120)
            given.append(Answer(name, Level.PLANNED, "", "Contract with a provider is being made", day))
        elif name in _NO:
            given.append(
                Answer(name, Level.NO, "", "Test data are copied from production until the new system runs")
            )
        else:
            given.append(Answer(name, Level.IMPLEMENTED, "ISMS manual, DUS-IS-01"))
    return given


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
