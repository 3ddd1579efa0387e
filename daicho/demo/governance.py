"""Governance of the demonstration group: a committee, officers, a decision on its way and one to convey.

The hospital has acknowledged it and conveyed it on; most companies have not.
"""

from __future__ import annotations

from datetime import timedelta

from daicho.workspace import Workspace
from privacy_mark.governance import arrivals, bodies, decisions
from privacy_mark.governance.model import (
    AppointmentDraft,
    BodyDraft,
    BodyKind,
    DecisionDraft,
    Post,
)
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.model import Principal, UnitKind

_REASON = "daicho demo"
_OFFICER, _HOSPITAL, _ADMIN = "sato@towa.example", "sakuradai@towa.example", "admin@towa.example"
_KINDS = (UnitKind.HEADQUARTERS, UnitKind.COMPANY, UnitKind.HOSPITAL, UnitKind.SITE)
_BAN = """私物の記憶媒体に個人情報を保存することを、全社で禁じる。
- 各社は、情報資産管理者が接続の制限を確かめる。
- 例外は、個人情報保護管理者が期間を定めて認める。"""


def register_governance(workspace: Workspace) -> None:
    """Register a committee with members, two decisions, and what the hospital did about one."""
    registry = workspace.registry
    officer, hospital, admin = (_principal(workspace, each) for each in (_OFFICER, _HOSPITAL, _ADMIN))
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
    top, since = units["TOWA-GROUP"], today - timedelta(days=240)
    until = since + timedelta(days=730)
    with registry.write(officer, reason=_REASON) as tx:
        committee = bodies.register(
            tx, BodyDraft(top, BodyKind.COMMITTEE, "個人情報保護委員会", "Privacy committee")
        )
        for post, person in (
            (Post.CHAIR, "東 和彦"),
            (Post.DEPUTY, officer.name),
            (Post.SECRETARY, admin.name),
        ):
            bodies.appoint(tx, AppointmentDraft(top, committee, post, person, "取締役会", since, until))
        bodies.appoint(
            tx, AppointmentDraft(top, None, Post.PRIVACY_MANAGER, officer.name, "東 和彦", since, None)
        )
    with registry.write(admin, reason=_REASON) as tx:
        ban = decisions.record(
            tx, DecisionDraft(top, committee, today - timedelta(days=21), "私物の記憶媒体の禁止", _BAN)
        )
        decisions.issue(tx, ban, _KINDS, due_on=today + timedelta(days=7), expected_version=1)
        decisions.record(
            tx,
            DecisionDraft(
                top,
                committee,
                today - timedelta(days=2),
                "来年度の教育の重点",
                "誤送付の防止を、全従業者の教育の重点とする。",
            ),
        )
    with registry.write(hospital, reason=_REASON) as tx:
        bodies.appoint(
            tx,
            AppointmentDraft(
                units["HOSP-SAKURA"], None, Post.PRIVACY_MANAGER, hospital.name, "病院長", since, None
            ),
        )
        mine = next(each.arrival for each in arrivals.received(tx))
        arrivals.acknowledge(tx, mine.id, "院内の端末の接続を制限し、全部署に周知した。", expected_version=1)
        if arrivals.received(tx)[0].below_waiting:
            arrivals.convey(tx, mine.id)


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
