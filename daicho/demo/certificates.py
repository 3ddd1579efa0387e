"""Certificates of the demonstration group: far from their window, within it, being assessed, late.

Days are counted from today, so that there is always something to see; the marks are those of the units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from daicho.demo.model import DemoGroup
from daicho.workspace import Workspace
from privacy_mark.certificates import accidents, register, rounds, years
from privacy_mark.certificates.marks import parse
from privacy_mark.certificates.model import Scale, Term
from privacy_mark.certificates.steps import Step
from privacy_mark.certificates.years import Aim
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.limits import months_after
from registry.model import Principal, Role, UnitId
from registry.store import Tx

_REASON = "daicho demo"
_HOSPITAL = "HOSP-SAKURA"
# Months from today to the end of the term, in the order of the units that hold a mark.
_ENDS = (6, 2, 15, 9, 20, 12, 5)
_LATE_DAYS = 60
_AIMS = (
    Aim("誤送信による漏えいを前年度の半分にする", "事故の登録件数"),
    Aim("全従業者が教育を年度内に終える", "受講率 100%"),
)
_BODIES = ("jipdec", "jisa", "jipdec", "juas", "dekyo", "jagra", "jipdec")


@dataclass(frozen=True, slots=True)
class _Plan:
    unit_id: UnitId
    mark: str
    body: str
    until: date


def register_certificates(workspace: Workspace, group: DemoGroup) -> None:
    """Register the certificates as the officers of the group and of the hospital."""
    registry = workspace.registry
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
    marked = [unit for unit in group.units if unit.privacy_mark]
    plans = [
        _Plan(
            units[unit.code],
            unit.privacy_mark,
            _BODIES[place % len(_BODIES)],
            months_after(today, _ENDS[place % len(_ENDS)]),
        )
        for place, unit in enumerate(marked)
    ]
    with registry.write(officer(workspace, group, Role.GROUP_OFFICER), reason=_REASON) as tx:
        for place, plan in enumerate(plans):
            _held(tx, plan, place, today)
    with registry.write(officer(workspace, group, Role.OFFICER, _HOSPITAL), reason=_REASON) as tx:
        first = register.register(tx, units[_HOSPITAL], "medis", scale=Scale("services", None, 640))
        rounds.start(tx, first.id, apply_on=today + timedelta(days=75))


def register_years(workspace: Workspace, group: DemoGroup) -> None:
    """Plan years: one that is well on its way, one with late items, one that waits for approval."""
    registry = workspace.registry
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
    represented = [basis.unit_code for basis in group.bases]
    marked = [unit.code for unit in group.units if unit.privacy_mark and unit.code in represented]
    by_group = officer(workspace, group, Role.GROUP_OFFICER)
    by_hospital = officer(workspace, group, Role.OFFICER, _HOSPITAL)
    plans = [
        (by_hospital, _HOSPITAL, 0),
        *((by_group, code, place) for place, code in enumerate(marked[:3], 1)),
    ]
    for who, code, place in plans:
        with registry.write(who, reason=_REASON) as tx:
            made = years.plan(tx, units[code], starts_on=months_after(today.replace(day=1), -8))
            made = years.set_objectives(tx, made.id, _AIMS, expected_version=made.version)
            made = years.submit(tx, made.id, expected_version=made.version)
        if place == 2 or code not in represented:  # one plan waits for approval
            continue
        with registry.write(_representative(workspace, code), reason=_REASON) as tx:
            made = years.approve(tx, made.id, expected_version=made.version)
        with registry.write(who, reason=_REASON) as tx:
            for item in made.items:
                late = (today - item.due_on).days
                if late > 0 and not (place == 1 and late < _LATE_DAYS):
                    made = years.finish_item(
                        tx,
                        made.id,
                        item.id,
                        on=item.due_on - timedelta(days=5),
                        record="個人情報保護事務局の記録簿",
                        expected_version=made.version,
                    )


def _representative(workspace: Workspace, code: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, f"{code.lower()}-representative@towa.example")
    return accounts.principal_of(workspace.registry, found.user_id)


def officer(workspace: Workspace, group: DemoGroup, role: Role, unit: str = "") -> Principal:
    """Return an officer of the demonstration group."""
    login = next(
        each.login for each in group.accounts if each.role is role and (not unit or each.unit_code == unit)
    )
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)


def _held(tx: Tx, plan: _Plan, place: int, today: date) -> None:
    term = Term(parse(plan.mark), months_after(plan.until, -24) + timedelta(days=1), plan.until)
    scale = Scale("services", 50_000_000 + 100_000_000 * place, 60 + 90 * place)
    made = register.register(tx, plan.unit_id, plan.body, scale=scale, term=term)
    if place == 1:  # being assessed: between documents and visit
        applied = months_after(plan.until, -5)
        begun = rounds.start(tx, made.id, apply_on=applied)
        done = {
            Step.APPLICATION: (applied, applied),
            Step.FORMAL_CHECK: (applied + timedelta(days=21), applied + timedelta(days=18)),
            Step.DOCUMENT_REVIEW: (applied + timedelta(days=56), applied + timedelta(days=60)),
            Step.ON_SITE: (today + timedelta(days=9), None),
        }
        rounds.set_steps(tx, begun.id, done, expected_version=begun.version)
    if place == 3:
        told = accidents.add(
            tx, made.id, kind="leak", discovered_on=today - timedelta(days=20), triggers=["property"]
        )
        accidents.sent(
            tx, told.id, first=today - timedelta(days=17), full=None, expected_version=told.version
        )
    if place == 4:
        register.set_window(
            tx,
            made.id,
            opens=None,
            closes=made.window.closes_by_rule + timedelta(days=3) if made.window else None,
            reason="審査機関の創立記念日で受付が休みのため（案内の写しを保管）",
            expected_version=made.version,
        )
