"""Assessments of the demonstration group: a company before its visit, a hospital that answers its findings.

Days are counted from today, so that there is always something to do.
"""

from __future__ import annotations

from datetime import date, timedelta

from daicho.workspace import Workspace
from privacy_mark.actions import steps
from privacy_mark.actions.model import CauseClass, Grade
from privacy_mark.assessments import correcting, files, findings, letters, register, visit
from privacy_mark.assessments.model import (
    AssessmentId,
    Evidence,
    EvidenceKind,
    Finding,
    FindingDraft,
    LetterId,
    Slot,
    Stage,
)
from privacy_mark.certificates import rounds
from privacy_mark.certificates.agenda import agenda
from privacy_mark.certificates.model import Round
from privacy_mark.certificates.steps import Step
from registry import accounts, ledger, organisation, people
from registry.access import today_in_japan
from registry.model import Principal, UnitId, UserId
from registry.store import Tx

_REASON = "daicho demo"
_NOTES = "病棟会議の議事録.txt"
_SAID = "病棟会議の議事録\n患者一覧はふた付きの箱に入れ、申し送りの後に鍵のかかる棚へ戻す。全員に伝えた。\n"
_OFFICER, _HOSPITAL, _NURSE = "sato@towa.example", "sakuradai@towa.example", "nurse@towa.example"


def register_assessments(workspace: Workspace) -> None:
    """Begin both, and do with each as its people would have done until today."""
    registry = workspace.registry
    officer, hospital, nurse = (_principal(workspace, login) for login in (_OFFICER, _HOSPITAL, _NURSE))
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
        running = {line.certificate.unit_id: line.round for line in agenda(tx, today) if line.round}
    with registry.read(nurse) as tx:
        entries = ledger.entries(tx)  # of the ward: what one does not see one cannot name as evidence
    number = entries[0].number if entries else ""
    with registry.write(officer, reason=_REASON) as tx:
        _before_the_visit(tx, running[units["TOWA-SYS"]], today)
    with registry.write(hospital, reason=_REASON) as tx:
        made = _visited(tx, running[units["HOSP-SAKURA"]], today)
        letter = _found(tx, made, units, nurse.user_id, hospital.user_id, today)
    _answered(workspace, letter, number, nurse, hospital)


def _before_the_visit(tx: Tx, of: Round, today: date) -> None:
    """Write the room of a visit that comes, with two findings of the document review."""
    on = of.steps[Step.ON_SITE].planned or today
    made = register.start(
        tx, of.id, assessors="主任審査員 1 名、審査員 1 名", place="新宿事業所 12 階 会議室 A"
    )
    rows = (
        ("10:00", "10:20", "開会と当日の進め方の確認", "個人情報保護管理者、事務局"),
        ("10:20", "11:00", "トップインタビュー", "代表取締役社長"),
        ("11:00", "12:00", "運用の記録の確認（台帳、リスク分析、委託先）", "事務局"),
        ("13:00", "14:30", "運用の記録の確認（教育、監査、見直し、苦情）", "監査責任者、教育責任者"),
        ("14:30", "15:30", "執務室・サーバー室の確認", "総務部、情報システム担当"),
        ("15:30", "16:30", "総括と指摘事項の説明", "代表取締役社長、個人情報保護管理者"),
    )
    slots = [Slot(on, begins, ends, what, who, "") for begins, ends, what, who in rows]
    visit.set_schedule(tx, made.id, slots, expected_version=made.version)
    answers = {
        "business": "情報システムの開発と運用を受託している。顧客から預かる個人情報と、従業者の情報を扱う。",
        "risks": "開発環境へのデータの持出しがいちばん心配で、本番データの利用を申請制にしている。",
        "training": "全員が受講し、不合格の方には補講をした。",
    }
    visit.set_interview(tx, made.id, answers, expected_version=made.version + 1)
    reviewed = of.steps[Step.DOCUMENT_REVIEW].actual or today
    letter = letters.receive(
        tx,
        made.id,
        stage=Stage.DOCUMENT,
        dated_on=reviewed,
        received_on=min(today, reviewed + timedelta(days=3)),
        due_on=on,
        reason="現地審査の当日までに改めるよう、文書に書かれているため",
    )
    for name, requirement, text in (
        ("文-1", "J.8.5", "採用応募者から書面で取得するときの明示に、問合せ先の記載がない。"),
        ("文-2", "J.4.5.4", "内部規程に、緊急事態の連絡先を見直す時期の定めがない。"),
    ):
        findings.add(tx, letter.id, FindingDraft(name, requirement, text, of.unit_id))


def _visited(tx: Tx, of: Round, today: date) -> AssessmentId:
    """Bring the hospital's application to the day after its visit, with what was asked for there."""
    applied = today - timedelta(days=120)
    days = {
        Step.APPLICATION: (applied, applied),
        Step.FORMAL_CHECK: (applied + timedelta(days=21), applied + timedelta(days=19)),
        Step.DOCUMENT_REVIEW: (applied + timedelta(days=56), applied + timedelta(days=52)),
        Step.ON_SITE: (today - timedelta(days=30), today - timedelta(days=30)),
        Step.FINDINGS: (today - timedelta(days=16), None),
        Step.CORRECTIVE_REPORT: (today + timedelta(days=60), None),
        Step.DECISION: (today + timedelta(days=105), None),
        Step.CONTRACT: (today + timedelta(days=125), None),
    }
    rounds.set_steps(tx, of.id, days, expected_version=of.version)
    made = register.start(tx, of.id, assessors="主任審査員 1 名、審査員 1 名", place="本館 5 階 大会議室")
    soon = tx.now + timedelta(hours=3)
    given = visit.ask(tx, made.id, what="委託先の再評価の記録（直近の年度）", due_at=soon)
    visit.give(tx, given.id, given="評価表の写しを渡した", expected_version=given.version)
    visit.ask(tx, made.id, what="当直室の入退室の記録（先月分）", due_at=tx.now + timedelta(days=2))
    return made.id


def _found(
    tx: Tx, made: AssessmentId, units: dict[str, UnitId], nurse: UserId, officer: UserId, today: date
) -> LetterId:
    letter = letters.receive(
        tx,
        made,
        stage=Stage.ON_SITE,
        dated_on=today - timedelta(days=18),
        received_on=today - timedelta(days=15),
    )
    hospital, ward = units["HOSP-SAKURA"], units["HOSP-SAKURA-MAIN-NURSE"]
    rows = (
        ("1", "J.3.1.1", "検査予約票の控えが、個人情報管理台帳で特定されていない。", ward, nurse),
        ("2", "J.9.2", "病棟のワゴンに患者一覧の紙が置かれ、面会者から見える。", ward, nurse),
        ("3", "J.4.3", "休職から戻った方の受講の記録が確認できない。", hospital, officer),
        ("4", "J.9.4", "廃棄業者の再評価の基準が定められていない。", hospital, None),
    )
    for name, requirement, text, unit_id, owner in rows:
        findings.add(tx, letter.id, FindingDraft(name, requirement, text, unit_id, owner))
    return letter.id


def _answered(
    workspace: Workspace, letter_id: LetterId, number: str, nurse: Principal, hospital: Principal
) -> None:
    """Let the ward answer its two findings, and the hospital's officer approve one of them."""
    registry = workspace.registry
    ledger_kind = EvidenceKind.LEDGER if number else EvidenceKind.OTHER
    with registry.write(nurse, reason=_REASON) as tx:
        first, second, third, _ = _findings(workspace, letter_id)
        findings.answer(
            tx,
            first.id,
            cause="予約票の控えは診療録の一部と考え、別の媒体として挙げていなかった。",
            answer="台帳に控えの保管を加え、保管期間と廃棄の方法を定めた。病棟の全員に周知した。",
            evidence=[
                Evidence(ledger_kind, number, "検査予約票の控えを加えた版"),
                Evidence(EvidenceKind.OTHER, "", "病棟会議の議事録（看護部の書庫 3 番）"),
            ],
            expected_version=first.version,
        )
        files.add(tx, second.id, _NOTES, _SAID.encode(), personal=False)
        findings.answer(
            tx,
            second.id,
            cause="一覧を置く場所を決めていなかった。",
            answer="ふた付きの箱に入れ、申し送りの後に鍵のかかる棚へ戻すこととした。",
            evidence=[Evidence(EvidenceKind.RULE, "", "病棟の個人情報取扱手順 第 4 版")],
            expected_version=second.version + 1,
        )
    with registry.write(hospital, reason=_REASON) as tx:
        findings.approve(tx, first.id, expected_version=first.version + 1)
        _corrected(tx, third)


def _corrected(tx: Tx, of: Finding) -> None:
    """Let a finding open its corrective action, of which the cause is known and the measure is planned."""
    made = correcting.open_action(tx, of.id, finding=of.text, grade=Grade.MINOR, expected_version=of.version)
    steps.analyse(
        tx,
        made.id,
        fact="復職した 3 人のうち 1 人に、受講の記録がなかった。",
        cause_class=CauseClass.RULE,
        cause="復職の手続きに、受講の確認が入っていなかった。",
        expected_version=1,
    )
    steps.plan(
        tx,
        made.id,
        measure="復職の手続きの確認表に、受講の確認を加える。",
        owner="総務課 課長",
        due_on=today_in_japan(tx.now) + timedelta(days=21),
        expected_version=2,
    )


def _findings(workspace: Workspace, letter_id: LetterId) -> tuple[Finding, ...]:
    with workspace.registry.read(workspace.owner()) as tx:
        return letters.letter(tx, letter_id).findings


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
