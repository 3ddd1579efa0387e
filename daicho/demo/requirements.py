"""A little evidence of the demonstration group, as its officers would have added and confirmed it."""

from __future__ import annotations

from datetime import date, timedelta

from daicho.demo.model import DemoGroup
from daicho.workspace import Workspace
from privacy_mark.requirements import evidence, readiness
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.evidence import EvidenceDraft, Shows
from privacy_mark.requirements.model import Catalogue, Frequency
from privacy_mark.requirements.readiness import NotAssessed, Unassessed
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.model import Principal, Role, UnitId
from registry.store import Tx

HOSPITAL = "HOSP-SAKURA"
_REASON = "daicho demo"
_SHOWN = (
    # title, requirement, need, days since its day
    ("個人情報保護方針 第4版", "J.2.2", "policy", 320),
    ("ホームページに掲載した方針", "J.2.2", "published", 300),
    ("適用範囲を定めた規程", "J.1.4", "scope", 500),
    ("利害関係者の一覧", "J.1.2", "parties", 120),
    ("法令等を特定する手順", "J.1.3", "procedure", 400),
    ("内外の課題の一覧（前年度）", "J.1.1", "issues", 410),
    ("年間運用計画", "J.1.5", "plan", 100),
    ("緊急事態対応手順", "J.4.4.2", "procedure", 260),
    ("緊急連絡先一覧", "J.4.4.2", "contacts", 30),
    ("院内掲示の写し", "MED.2.1", "posted", 90),
)
_LEFT_OUT = 9  # one requirement in so many was left undone


def register_requirements(workspace: Workspace, group: DemoGroup) -> None:
    """Add evidence of the hospital in the name of the group's officer; the hospital's own confirms some."""
    registry, known = workspace.registry, product()
    added_by = _officer(workspace, group, Role.GROUP_OFFICER)
    with registry.read(workspace.owner()) as tx:
        unit_id = next(unit.id for unit in organisation.units(tx) if unit.code == HOSPITAL)
        today = today_in_japan(tx.now)
    with registry.write(added_by, reason=_REASON) as tx:
        for title, requirement, need, days in _SHOWN:
            text = f"{title}\n\n見本の文書です。\n"
            draft = _draft(unit_id, title, Shows(requirement, need), today - timedelta(days=days))
            evidence.add_file(tx, known, draft, f"{title}.txt", text.encode())
        none = _draft(unit_id, "匿名加工情報の取扱いなし", Shows("J.8.9", "anonymised"), today)
        reason = "匿名加工情報は作成も利用もしていない"
        evidence.state_none(tx, known, _with_note(none, reason))
        _prepare(tx, known, unit_id, today)
    with registry.write(_officer(workspace, group, Role.OFFICER), reason=_REASON) as tx:
        for line in readiness.readiness(tx, known, unit_id).lines:
            if isinstance(line.state, NotAssessed) and line.state.why is Unassessed.NOT_CONFIRMED:
                readiness.confirm(tx, known, unit_id, line.requirement.id, basis=line.basis)


def _prepare(tx: Tx, known: Catalogue, unit_id: UnitId, today: date) -> None:
    """Add what the product cannot know by itself: the hospital is being assessed and has prepared."""
    for index, line in enumerate(readiness.readiness(tx, known, unit_id).lines):
        if index % _LEFT_OUT == _LEFT_OUT - 1:
            continue
        for state in line.needs:
            if state.fact is None and not state.evidence:
                often = state.need.every not in (Frequency.ONCE, Frequency.YEARLY, Frequency.BIENNIAL)
                title, day = state.need.name.ja, today - timedelta(days=5 if often else 20 + 3 * index)
                draft = _draft(unit_id, title, Shows(line.requirement.id, state.need.id), day)
                evidence.add_file(tx, known, draft, f"{title}.txt", f"{title}\n\n見本の文書です。\n".encode())


def _draft(unit_id: UnitId, title: str, shows: Shows, day: date) -> EvidenceDraft:
    return EvidenceDraft(unit_id, title, frozenset({shows}), day, personal=False)


def _with_note(draft: EvidenceDraft, note: str) -> EvidenceDraft:
    return EvidenceDraft(
        draft.unit_id, draft.title, draft.shows, draft.effective_on, None, note, personal=False
    )


def _officer(workspace: Workspace, group: DemoGroup, role: Role) -> Principal:
    login = next(
        each.login
        for each in group.accounts
        if each.role is role and (role is not Role.OFFICER or each.unit_code == HOSPITAL)
    )
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
