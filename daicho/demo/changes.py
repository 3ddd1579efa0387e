"""Change reports of the demonstration group: an address being reported, a merger asked about, one closed."""

from __future__ import annotations

from datetime import date, timedelta

from daicho.workspace import Workspace
from privacy_mark.certificates import register as certificates
from privacy_mark.certificates.model import Certificate
from privacy_mark.changes import handling, register
from privacy_mark.changes.catalogue import Kind
from privacy_mark.changes.model import Change, ChangeDraft
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.model import Principal
from registry.store import Tx

_REASON = "daicho demo"
_OFFICER = "sato@towa.example"
_MOVED, _ASKED, _CLOSED = "TOWA-LOGI", "TOWA-SYS", "TOWA-DENKI"


def register_changes(workspace: Workspace) -> None:
    """Enter three changes as the officer of the group; a representative closes one."""
    registry = workspace.registry
    officer = _principal(workspace, _OFFICER)
    representative = _principal(workspace, f"{_CLOSED.lower()}-representative@towa.example")
    with registry.write(officer, reason=_REASON) as tx:
        today = today_in_japan(tx.now)
        codes = {unit.id: unit.code for unit in organisation.units(tx)}
        held = {codes[each.unit_id]: each for each in certificates.certificates(tx)}
        _address(tx, held[_MOVED], today)
        _merger(tx, held[_ASKED], today)
        made = _privacy_manager(tx, held[_CLOSED], today)
    with registry.write(representative, reason=_REASON) as tx:
        handling.approve(tx, made.id, "報告書の控えを確かめた。", expected_version=made.version)


def _address(tx: Tx, of: Certificate, today: date) -> None:
    moved = ChangeDraft(
        Kind.ADDRESS,
        today - timedelta(days=20),
        "横浜市西区見本町1-1",
        "川崎市川崎区見本町2-3",
        "本店を移し、登記を終えた。",
        "総務部",
    )
    made = register.enter(tx, of.id, moved)
    for task in made.tasks[1:2]:
        handling.finish_task(
            tx, task.id, "法人番号を書き入れた。", on=today - timedelta(days=5), expected_version=task.version
        )


def _merger(tx: Tx, of: Certificate, today: date) -> None:
    planned = ChangeDraft(
        Kind.MERGER,
        today + timedelta(days=45),
        "当社と見本情報サービス株式会社",
        "当社が存続会社となる",
        "相手の会社は付与を受けていない。",
        "法務部",
    )
    register.enter(tx, of.id, planned)


def _privacy_manager(tx: Tx, of: Certificate, today: date) -> Change:
    changed = ChangeDraft(
        Kind.PRIVACY_MANAGER,
        today - timedelta(days=70),
        "前任の管理者",
        "後任の管理者",
        "定期の異動",
        "総務部",
    )
    made = register.enter(tx, of.id, changed)
    for task in made.tasks:
        handling.finish_task(
            tx,
            task.id,
            "行い、控えを保管した。",
            on=today - timedelta(days=60),
            expected_version=task.version,
        )
    return handling.submit(tx, made.id, expected_version=made.version)


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
