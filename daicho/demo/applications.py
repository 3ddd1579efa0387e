"""Applications and approvals of the demonstration: asked for by a department, decided by somebody else."""

from __future__ import annotations

from daicho.demo.organisation import accounts as sign_ins
from daicho.workspace import Workspace
from registry import accounts, applications
from registry.applications import Application
from registry.handling import Acquisition, Handling, Medium
from registry.ledger_columns import EntryDraft
from registry.model import Place, Principal, Role, UnitId
from registry.organisation import unit_by_code
from registry.people import person
from registry.store import Tx
from scanners.model import Category, Exposure

_REASON = "daicho demo"


def register_applications(workspace: Workspace) -> None:
    """Let a department of the hospital apply three times: one waits, one is returned, one is approved."""
    manager = next(each for each in sign_ins() if each.role is Role.DEPARTMENT_MANAGER)
    officer = next(
        each.login
        for each in sign_ins()
        if each.role is Role.OFFICER and manager.unit_code.startswith(each.unit_code)
    )
    applicant, decider = _principal(workspace, manager.login), _principal(workspace, officer)

    def submit(name: str, purpose: str, place: str, reason: str) -> Application:
        with workspace.registry.write(applicant, reason=_REASON) as tx:
            draft = _draft(_unit(tx, manager.unit_code), name, purpose, place)
            return applications.submit_new(tx, draft, reason=reason)

    visitors = submit("面会者名簿", "面会の受付と感染対策", "病棟受付の棚", "面会の再開")
    returned = submit("研修参加者名簿", "院内研修の出欠の管理", "看護部の共有フォルダー", "研修の開始")
    submit("看護実習生名簿", "実習の受入れと緊急連絡", "看護部の書庫", "実習の受入れの開始")
    with workspace.registry.write(decider, reason=_REASON) as tx:
        applications.approve(
            tx,
            visitors.id,
            expected_version=visitors.version,
            completing={"disposal_method": "溶解", "retention_months": 12},
        )
        applications.send_back(
            tx,
            returned.id,
            expected_version=returned.version,
            note="利用目的に研修の記録の保存を加え、保管の場所を書庫に直してください。",
        )


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)


def _unit(tx: Tx, code: str) -> UnitId:
    unit = unit_by_code(tx, code)
    if unit is None:
        raise LookupError(code)
    return unit.id


def _draft(unit_id: UnitId, name: str, purpose: str, place: str) -> EntryDraft:
    return EntryDraft(
        unit_id=unit_id,
        name=name,
        items=frozenset({Category.PERSON, Category.PHONE}),
        purpose=purpose,
        places=(Place(None, "", place),),
        storage_method="施錠した書棚",
        access_holders="看護部の職員",
        end_of_use="年度の終わり",
        retention_months=None,
        retention_until=None,
        approximate_count=200,
        exposure=Exposure.GROUP,
        owner="看護部長",
        handling=Handling(acquisition=Acquisition.DIRECT_WRITTEN, media=frozenset({Medium.PAPER})),
    )
