"""Internal rules of the demonstration group: read by some, one that a fact has overtaken, one that waits.

Days count back from today, so that every page shows something whenever the demo is made.
"""

from __future__ import annotations

from datetime import date, timedelta

from daicho.workspace import Workspace
from privacy_mark.documents import distribution, fact_links, files, reading, register, versions
from privacy_mark.documents.facts import FactKind, FactRef
from privacy_mark.documents.model import RuleDraft, RuleId, RuleKind, VersionDraft, VersionId
from registry import accounts, ledger, organisation, people
from registry.access import today_in_japan
from registry.model import Principal, UnitId
from registry.store import Tx

_REASON = "daicho demo"
_OFFICER, _HOSPITAL, _ADMIN = "sato@towa.example", "sakuradai@towa.example", "admin@towa.example"
_POLICY = """## 個人情報保護方針
東和グループは、事業で取り扱う個人情報を保護するため、次のことを行います。
- 利用目的を定め、その範囲で個人情報を取り扱います。
- 個人情報の漏えい、滅失、毀損を防ぎ、起きたときは速やかに是正します。
- 苦情と相談には、窓口を設けて応じます。
- 個人情報保護マネジメントシステムを、毎年見直して改善します。"""
_RULES = """## 第1章 総則
第1条　この規程は、グループ各社における個人情報の取扱いの基本を定める。
第2条　個人情報保護管理者を、グループでは{officer}とする。
## 第2章 苦情と請求
第3条　苦情には、受け付けた日から{days}日以内に回答する。
第4条　開示等の請求には、遅滞なく応じる。
## 第3章 教育と点検
第5条　全従業者に、毎年教育を行う。"""
_ADDED = "\n第6条　退職する者から、業務で得た個人情報を持ち出さない旨の確認を得る。"
_HOSPITAL_RULES = """## 診療情報の取扱手順
第1条　診療録は、{months}か月保存する。
第2条　持ち出しは、所属長の許可を得て、記録に残す。
第3条　誤って渡したときは、直ちに回収し、報告する。"""


def register_rules(workspace: Workspace) -> None:
    """Register four rules with their versions and facts; give two of them out, and let some read."""
    registry = workspace.registry
    officer, hospital, admin = (_principal(workspace, each) for each in (_OFFICER, _HOSPITAL, _ADMIN))
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
    top = units["TOWA-GROUP"]
    with registry.write(officer, reason=_REASON) as tx:
        policy = _written(
            tx, top, RuleKind.POLICY, "個人情報保護方針", "Privacy policy", "J.2.1", _POLICY, today, 320
        )
        rules = _written(
            tx,
            top,
            RuleKind.RULE,
            "個人情報保護規程",
            "Rules on personal information",
            "J.4.5.4",
            _RULES.format(officer=officer.name, days=14),
            today,
            400,
        )
    with registry.write(hospital, reason=_REASON) as tx:
        months, entry = _retention(tx, units["HOSP-SAKURA"])
        treatment = _written(
            tx,
            units["HOSP-SAKURA"],
            RuleKind.PROCEDURE,
            "診療情報取扱手順",
            "Procedure for medical records",
            "J.9.2",
            _HOSPITAL_RULES.format(months=months),
            today,
            200,
        )
        _written(
            tx,
            units["HOSP-SAKURA"],
            RuleKind.FORM,
            "持ち出し許可申請書",
            "Form: taking data out",
            "J.9.2",
            "申請者：\n持ち出す情報：\n期間：\n許可した者：",
            today,
            -14,
        )
    with registry.write(officer, reason=_REASON) as tx:
        files.add(tx, rules, "個人情報保護規程.txt", versions.text_of(tx, rules).encode())
    head = _principal(workspace, "hosp-sakura-representative@towa.example")
    for who, decided in ((admin, (policy, rules)), (head, (treatment,))):
        with registry.write(who, reason=_REASON) as tx:
            for version in decided:
                versions.approve(tx, version, expected_version=2 if version == rules else 1)
    with registry.write(officer, reason=_REASON) as tx:
        fact_links.state(tx, rules, FactRef(FactKind.ROLE_HOLDER, top, "group_officer"), officer.name)
        fact_links.state(tx, rules, FactRef(FactKind.ANSWER_DAYS, top), "14")
        distribution.distribute(tx, policy, top, due_on=today + timedelta(days=10))
        distribution.distribute(tx, rules, top, due_on=today + timedelta(days=30))
        draft = VersionDraft(
            today + timedelta(days=30),
            _RULES.format(officer=officer.name, days=14) + _ADDED,
            "退職者の確認（第6条）を加えた",
        )
        versions.write(tx, RuleId(2), draft)
    with registry.write(hospital, reason=_REASON) as tx:
        if entry:
            # The text was written before the ledger's period changed: the page shows what to do.
            fact_links.state(tx, treatment, FactRef(FactKind.RETENTION, entry), months)
        distribution.distribute(tx, treatment, units["HOSP-SAKURA"], due_on=today + timedelta(days=7))
    for who in (hospital, admin):
        with registry.write(who, reason=_REASON) as tx:
            reading.acknowledge(tx, policy)


def _written(
    tx: Tx,
    unit_id: UnitId,
    kind: RuleKind,
    title_ja: str,
    title_en: str,
    clause: str,
    text: str,
    today: date,
    days_ago: int,
) -> VersionId:
    made = register.register(tx, RuleDraft(unit_id, kind, title_ja, title_en, (clause,)))
    return versions.write(tx, made, VersionDraft(today - timedelta(days=days_ago), text, "制定"))


def _retention(tx: Tx, unit_id: UnitId) -> tuple[str, int]:
    """Return months that the first entry of a unit with a period is not kept for any more, and the entry."""
    for entry in ledger.entries(tx, unit_id=unit_id):
        if entry.retention_months:
            return str(entry.retention_months + 24), entry.id
    return "60", 0


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
