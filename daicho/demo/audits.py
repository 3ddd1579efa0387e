"""Audits of the demonstration group: headquarters' of the companies, one hospital's own, one that cannot be.

Headquarters audits companies and hospitals, a third of it done a month ago. The hospital has audited all its
departments and has reported. In one company the register of auditors is too small for its departments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from daicho.workspace import Workspace
from privacy_mark.audits import appointments, assigning, audits, profiles, programmes, terms
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.checklist import ChecklistItem
from privacy_mark.audits.eligibility import Competence
from privacy_mark.audits.model import (
    Audit,
    PaperDraft,
    PaperResult,
    ProfileDraft,
    Programme,
    ProgrammeDraft,
    ProgrammeScope,
    UnitTerms,
)
from registry import accounts, affiliations, organisation, people
from registry.access import today_in_japan
from registry.affiliations import AffiliationKind
from registry.model import Principal, Role, UnitId, UserId
from registry.store import Tx

_REASON = "daicho demo"
_GROUP, _HOSPITAL, _ELECTRIC = "TOWA-GROUP", "HOSP-SAKURA", "TOWA-DENKI"
_MANAGER = "audit@towa.example"
_MEDICAL = frozenset({Competence.MEDICAL})


@dataclass(frozen=True, slots=True)
class _Auditor:
    """One invented auditor: whose register, who, where he belongs, what he can."""

    register: str
    login: str
    name: str
    unit: str
    capacity: int
    evidence: str
    competences: frozenset[Competence] = frozenset()
    region: str = ""
    left: str = ""  # a unit that he belonged to until two months ago


_AUDITORS = (
    _Auditor(
        _GROUP, "ohno", "大野 真理", "TOWA-HD-TOKYO-LEGAL", 6, "内部監査員研修（2024年度）修了", _MEDICAL
    ),
    _Auditor(
        _GROUP, "kimura", "木村 拓海", "TOWA-HD-TOKYO-GA", 6, "内部監査員研修（2025年度）修了", left=_ELECTRIC
    ),
    _Auditor(_GROUP, "shimizu", "清水 奈々", "TOWA-DENKI-KAWASAKI-GA", 4, "審査員補の資格", region="kanto"),
    _Auditor(
        _GROUP, "aoki", "青木 由香", "HOSP-SAKURA-OUT-MED", 3, "内部監査員研修（2025年度）修了", _MEDICAL
    ),
    _Auditor(_GROUP, "morita", "森田 健", "TOWA-SYS-SHINJUKU-GA", 5, "内部監査員研修（2023年度）修了"),
    _Auditor(_HOSPITAL, "hara", "原 直人", "HOSP-SAKURA-MAIN-GA", 4, "院内の監査員研修 修了", _MEDICAL),
    _Auditor(
        _HOSPITAL, "ishikawa", "石川 沙織", "HOSP-SAKURA-CHECKUP-LAB", 4, "院内の監査員研修 修了", _MEDICAL
    ),
    _Auditor(_HOSPITAL, "ueda", "上田 亮", "HOSP-SAKURA-MAIN-NURSE", 4, "院内の監査員研修 修了", _MEDICAL),
    _Auditor(_ELECTRIC, "miyazaki", "宮崎 学", "TOWA-DENKI-KAWASAKI-HR", 3, "内部監査員研修（2024年度）修了"),
    _Auditor(_ELECTRIC, "kondo", "今野 彩", "TOWA-DENKI-OSAKA-SALES", 3, "内部監査員研修（2024年度）修了"),
)
_REGIONS = {_GROUP: "kanto", "TOWA-TRADE": "kinki", "TOWA-ENG": "chubu"}
_AIM = "構築・運用指針と社内規程への適合、規程どおりの運用、前年度の指摘の是正状況を確かめる。"
_OVERALL = (
    "規程はおおむね指針に適合している。運用では、書庫の施錠と委託先の確認に不適合があり、是正処置を求めた。"
    "教育と台帳の見直しは計画どおり行われている。"
)
_CONCLUSIONS = {
    AuditKind.CONFORMITY: "規程は指針の要求を満たしている。",
    AuditKind.OPERATION: "規程に沿って運用されている。指摘した点の是正を求める。",
}
_FOUND: Mapping[int, tuple[tuple[str, PaperResult, str, str], ...]] = {
    5: (
        (
            "J.9.2-o",
            PaperResult.NONCONFORMING,
            "書庫の鍵が、終業後も鍵穴に残っていた。",
            "終業後に書庫 5 か所を巡回",
        ),
        ("J.4.5.5-o", PaperResult.OBSERVATION, "旧版の申請様式が 1 部、机の引出しに残っていた。", ""),
    ),
    1: (
        (
            "J.9.4-o",
            PaperResult.NONCONFORMING,
            "委託先 1 社について、過去 1 年の確認の記録がなかった。",
            "委託先一覧から契約額の大きい 5 社",
        ),
    ),
    2: (("J.8.1-c", PaperResult.OBSERVATION, "利用目的の例示が古く、新しい業務の例がない。", ""),),
    3: (
        (
            "J.3.1.1-o",
            PaperResult.NONCONFORMING,
            "共有フォルダの名簿 1 件が、台帳に記載されていなかった。",
            "共有フォルダから表計算ファイル 5 件",
        ),
    ),
}


def audit_a_month_ago(workspace: Workspace) -> None:
    """Register auditors, plan three programmes, assign two of them and do a part of the audits."""
    registry = workspace.registry
    with registry.write(workspace.owner(), reason=_REASON) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
        _people(tx, units, today)
        for code, region in _REGIONS.items():
            terms.keep(tx, UnitTerms(units[code], region))
    group = _programme(workspace, units[_GROUP], _MANAGER, _login(_GROUP), today, days=90)
    hospital = _programme(workspace, units[_HOSPITAL], _manager(_HOSPITAL), _login(_HOSPITAL), today, days=28)
    _programme(workspace, units[_ELECTRIC], _manager(_ELECTRIC), _login(_ELECTRIC), today, days=120)
    for number, each in enumerate(_assigned(workspace, group, _MANAGER)[:6]):
        _audit(workspace, each, number)
    for number, each in enumerate(_assigned(workspace, hospital, _manager(_HOSPITAL))):
        _audit(workspace, each, number + 2)


def audit_today(workspace: Workspace) -> None:
    """Begin one more audit of a company; the hospital's audit manager reports."""
    registry = workspace.registry
    with registry.read(workspace.owner()) as tx:
        of = programmes.programmes(tx)
        hospital = next(each for each in of if _is(each, _HOSPITAL, tx))
        group = next(each for each in of if _is(each, _GROUP, tx))
        begun = next(each for each in audits.audits(tx, programme_id=group.id) if each.done_on is None)
    with registry.write(_principal(workspace, _manager(_HOSPITAL)), reason=_REASON) as tx:
        programmes.report(tx, hospital.id, overall=_OVERALL, expected_version=hospital.version)
    with registry.write(accounts.principal_of(registry, begun.auditor_id), reason=_REASON) as tx:
        for item in audits.questions(tx, begun.id)[:9]:
            audits.fill(tx, begun.id, _conforming(item))


def _people(tx: Tx, units: Mapping[str, UnitId], today: date) -> None:
    """Make the accounts of auditors and of who plans and approves; nobody knows their passwords."""
    for login, name, role, unit in (
        (_login(_GROUP), "東野 和也", Role.TOP_MANAGEMENT, _GROUP),
        (_manager(_HOSPITAL), "小山 恵子", Role.AUDIT_MANAGER, _HOSPITAL),
        (_manager(_ELECTRIC), "坂本 隆志", Role.AUDIT_MANAGER, _ELECTRIC),
    ):
        made = accounts.create_account(tx, login, name, None, "ja", unit_id=units[unit])
        accounts.grant(tx, made, role, units[unit])
    for each in _AUDITORS:
        login = f"{each.login}@towa.example"
        who = accounts.create_account(tx, login, each.name, None, "ja", unit_id=units[each.register])
        begins = today - timedelta(days=60) if each.left else None
        if each.left:
            until = today - timedelta(days=61)
            affiliations.affiliate(tx, who, units[each.left], AffiliationKind.PRIMARY, valid_until=until)
        affiliations.affiliate(tx, who, units[each.unit], AffiliationKind.PRIMARY, begins)
        profiles.keep(tx, _profile(each, units, who))


def _profile(of: _Auditor, units: Mapping[str, UnitId], who: UserId) -> ProfileDraft:
    return ProfileDraft(
        units[of.register],
        who,
        of.capacity,
        of.competences,
        frozenset({"ja"}),
        of.region,
        evidence=of.evidence,
    )


def _programme(
    workspace: Workspace, unit_id: UnitId, manager: str, top: str, today: date, *, days: int
) -> Programme:
    """Plan the audits of a year and approve the plan."""
    registry = workspace.registry
    with registry.write(_principal(workspace, manager), reason=_REASON) as tx:
        entity = organisation.unit(tx, unit_id).kind.is_entity
        covers = ProgrammeScope.DEPARTMENTS if entity else ProgrammeScope.COMPANIES
        year = today.year if today.month >= 4 else today.year - 1
        last = today + timedelta(days=days)
        made = programmes.plan(tx, ProgrammeDraft(unit_id, covers, year, today, last, _AIM))
    who = _principal(workspace, manager).user_id
    with registry.write(_principal(workspace, top), reason=_REASON) as tx:
        appointments.appoint(tx, unit_id, who, valid_from=date(year, 4, 1))
        return programmes.approve(tx, made.id, expected_version=made.version)


def _assigned(workspace: Workspace, of: Programme, manager: str) -> Sequence[Audit]:
    with workspace.registry.write(_principal(workspace, manager), reason=_REASON) as tx:
        assigning.fix(tx, of.id, expected_version=of.version)
        return audits.audits(tx, programme_id=of.id)


def _audit(workspace: Workspace, of: Audit, number: int) -> None:
    """Fill in the whole work paper and end the audit."""
    found = {each[0]: each for each in _FOUND.get(number % 8, ())}
    registry = workspace.registry
    with registry.write(accounts.principal_of(registry, of.auditor_id), reason=_REASON) as tx:
        for item in audits.questions(tx, of.id):
            draft = _conforming(item)
            if item.id in found:
                _, result, fact, sampled = found[item.id]
                size = (5, 5) if sampled else (None, None)
                draft = PaperDraft(item.id, result, fact, sampled, *size)
            audits.fill(tx, of.id, draft)
        version = audits.audit(tx, of.id).version
        audits.finish(tx, of.id, conclusion=_CONCLUSIONS[of.kind], expected_version=version)


def _conforming(item: ChecklistItem) -> PaperDraft:
    if item.kind is AuditKind.CONFORMITY:
        return PaperDraft(
            item.id, PaperResult.CONFORMING, "規程の該当する条を読み、定めがあることを確かめた。"
        )
    fact, sampled = "記録を抜き取り、手順どおりであることを確かめた。", "直近の 3 か月から無作為に 5 件"
    return PaperDraft(item.id, PaperResult.CONFORMING, fact, sampled, 40, 5)


def _is(of: Programme, code: str, tx: Tx) -> bool:
    return organisation.unit(tx, of.unit_id).code == code


def _login(code: str) -> str:
    return f"{code.lower()}-representative@towa.example"


def _manager(code: str) -> str:
    return f"{code.lower()}-audit@towa.example"


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
