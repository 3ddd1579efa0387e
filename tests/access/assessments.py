"""An assessment in each company of the tests, and a call of every service of assessments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from privacy_mark.actions.model import Grade
from privacy_mark.assessments import (
    correcting,
    files,
    findings,
    index,
    letters,
    lookup,
    owners,
    register,
    reports,
    visit,
)
from privacy_mark.assessments.model import (
    AssessmentId,
    DocumentId,
    Evidence,
    EvidenceKind,
    Finding,
    FindingDraft,
    FindingId,
    Letter,
    LetterId,
    Slot,
    Stage,
)
from privacy_mark.certificates import rounds
from privacy_mark.certificates.model import RoundId
from privacy_mark.files import FileId
from registry.access import bootstrap_principal
from registry.model import UnitId, UserId
from registry.store import Tx
from tests.access.rights import ABSENT, DAY

ANSWERER, APPROVING = UserId(841), UserId(842)
PAPER = (Evidence(EvidenceKind.OTHER, "", "改めた手順書の写し"),)


@dataclass(frozen=True, slots=True)
class Assessments:
    """The ids of one company's rows."""

    assessment_id: AssessmentId
    letter_id: LetterId  # open, with findings open and answered
    open_id: FindingId  # without an owner
    answered_id: FindingId
    ready_id: LetterId  # open, everything approved
    sent_id: LetterId
    sent_finding_id: FindingId
    waiting_id: DocumentId
    given_id: DocumentId
    file_id: FileId  # of a finding without an owner, with no personal data


NO_ASSESSMENTS = Assessments(
    AssessmentId(ABSENT),
    LetterId(ABSENT),
    FindingId(ABSENT),
    FindingId(ABSENT),
    LetterId(ABSENT),
    LetterId(ABSENT),
    FindingId(ABSENT),
    DocumentId(ABSENT),
    DocumentId(ABSENT),
    FileId(ABSENT),
)


def draft(unit_id: UnitId, number: str = "1", mark: str = "", **values: Any) -> FindingDraft:
    """Return a valid finding."""
    told: dict[str, Any] = {"requirement": "J.3.1.3", "text": f"分析の漏れ {mark}"}
    return FindingDraft(number=number, unit_id=unit_id, **(told | values))


def received(tx: Tx, assessment_id: AssessmentId, **values: Any) -> Letter:
    """Enter a document with findings of the document review."""
    told: dict[str, Any] = {"dated_on": DAY, "due_on": DAY + timedelta(days=40), "reason": "文書の記載による"}
    return letters.receive(
        tx, assessment_id, **({"stage": Stage.DOCUMENT, "received_on": DAY} | told | values)
    )


def approved(tx: Tx, letter_id: LetterId, unit_id: UnitId, mark: str = "") -> FindingId:
    """Enter a finding, answered by one and approved by another person."""
    made = findings.add(tx, letter_id, draft(unit_id, mark=mark))
    one, other = (_as(tx, user_id, mark) for user_id in (ANSWERER, APPROVING))
    findings.answer(
        one, made.id, cause="", answer=f"加えた {mark}", evidence=PAPER, expected_version=made.version
    )
    return findings.approve(other, made.id, expected_version=made.version + 1).id


def fill(tx: Tx, unit_id: UnitId, round_id: RoundId, mark: str) -> Assessments:
    """Put one row of everything into a company, marked."""
    made = register.start(tx, round_id, assessors=f"審査員 {mark}", place=f"本社 {mark}")
    open_letter = received(tx, made.id)
    open_ = findings.add(tx, open_letter.id, draft(unit_id, "1", mark))
    answered = findings.add(tx, open_letter.id, draft(unit_id, "2", mark))
    findings.answer(
        _as(tx, ANSWERER, mark),
        answered.id,
        cause="",
        answer=f"加えた {mark}",
        evidence=PAPER,
        expected_version=1,
    )
    ready, sent = received(tx, made.id), received(tx, made.id)
    approved(tx, ready.id, unit_id, mark)
    sent_finding = approved(tx, sent.id, unit_id, mark)
    reports.send(tx, sent.id, sent_on=DAY, expected_version=1)
    slot = Slot(DAY, "10:00", "11:00", f"面談 {mark}", f"代表者 {mark}", "")
    visit.set_schedule(tx, made.id, [slot], expected_version=1)
    visit.set_interview(tx, made.id, {"business": f"事業 {mark}"}, expected_version=2)
    waiting = visit.ask(tx, made.id, what=f"委託契約書 {mark}", due_at=tx.now + timedelta(hours=2))
    given = visit.ask(tx, made.id, what=f"教育の記録 {mark}", due_at=tx.now + timedelta(hours=2))
    given = visit.give(tx, given.id, given=f"写しを渡した {mark}", expected_version=1)
    filed = findings.add(tx, open_letter.id, draft(unit_id, "4", mark))
    file = files.add(tx, filed.id, f"写し {mark}.txt", f"写し {mark}".encode(), personal=False)
    return Assessments(
        made.id,
        open_letter.id,
        open_.id,
        answered.id,
        ready.id,
        sent.id,
        sent_finding,
        waiting.id,
        given.id,
        file.id,
    )


def _as(tx: Tx, user_id: UserId, mark: str) -> Tx:
    return replace(tx, principal=replace(bootstrap_principal(), user_id=user_id, name=f"担当 {mark}"))


Call = Callable[[Tx, Any, Any], object]


def _finding(tx: Tx, at: Any) -> Finding:
    return findings.finding(tx, at.assessments.open_id)


READS: dict[str, Call] = {
    "assessments.correcting.links": lambda tx, _, at: (True, correcting.links(tx, [_finding(tx, at)])),
    "assessments.files.attached": lambda tx, _, at: (True, files.attached(tx, at.assessments.open_id)),
    "assessments.files.attached_to": lambda tx, _, at: files.attached_to(tx, [_finding(tx, at)]),
    "assessments.findings.finding": lambda tx, _, at: findings.finding(tx, at.assessments.open_id),
    "assessments.findings.waiting": lambda tx, _, at: findings.waiting(tx, unit_id=at.unit_id),
    "assessments.index.index": lambda tx, _, at: index.index(tx, at.assessments.assessment_id),
    "assessments.letters.earlier": lambda tx, _, at: (
        True,
        letters.earlier(tx, at.assessments.assessment_id),
    ),
    "assessments.letters.letter": lambda tx, _, at: letters.letter(tx, at.assessments.letter_id),
    "assessments.letters.letters": lambda tx, _, at: letters.letters(tx, at.assessments.assessment_id),
    "assessments.lookup.entries": lambda tx, _, at: lookup.entries(tx, at.unit_id, ""),
    "assessments.owners.owners": lambda tx, _, at: (True, owners.owners(tx, at.unit_id)),
    "assessments.register.assessment": lambda tx, _, at: register.assessment(
        tx, at.assessments.assessment_id
    ),
    "assessments.register.assessments": lambda tx, _, at: register.assessments(tx, unit_id=at.unit_id),
    "assessments.visit.interview": lambda tx, _, at: visit.interview(tx, at.assessments.assessment_id),
    "assessments.visit.requested": lambda tx, _, at: visit.requested(tx, at.assessments.assessment_id),
    "assessments.visit.schedule": lambda tx, _, at: visit.schedule(tx, at.assessments.assessment_id),
}

WRITES: dict[str, Call] = {
    "assessments.correcting.open_action": lambda tx, _, at: correcting.open_action(
        tx, at.assessments.open_id, finding="分析の漏れ", grade=Grade.MAJOR, expected_version=1
    ),
    "assessments.files.add": lambda tx, _, at: files.add(
        tx, at.assessments.open_id, "写し.txt", b"x", personal=True
    ),
    "assessments.files.content": lambda tx, _, at: files.content(tx, at.assessments.file_id),
    "assessments.files.remove": lambda tx, _, at: (
        True,
        files.remove(tx, at.assessments.file_id, expected_version=1, reason="誤り"),
    ),
    "assessments.findings.add": lambda tx, _, at: findings.add(
        tx, at.assessments.letter_id, draft(at.unit_id, "3")
    ),
    "assessments.findings.answer": lambda tx, _, at: findings.answer(
        tx, at.assessments.open_id, cause="", answer="加えた", evidence=PAPER, expected_version=1
    ),
    "assessments.findings.approve": lambda tx, _, at: findings.approve(
        tx, at.assessments.answered_id, expected_version=2
    ),
    "assessments.findings.change": lambda tx, _, at: findings.change(
        tx, at.assessments.open_id, draft(at.unit_id, requirement="J.9.4"), expected_version=1
    ),
    "assessments.findings.remove": lambda tx, _, at: (
        True,
        findings.remove(tx, at.assessments.open_id, expected_version=1),
    ),
    "assessments.findings.send_back": lambda tx, _, at: findings.send_back(
        tx, at.assessments.answered_id, note="証跡が足りない", expected_version=2
    ),
    "assessments.letters.receive": lambda tx, _, at: letters.receive(
        tx, at.assessments.assessment_id, stage=Stage.ON_SITE, dated_on=DAY, received_on=DAY
    ),
    "assessments.letters.set_due": lambda tx, _, at: letters.set_due(
        tx, at.assessments.letter_id, due_on=DAY + timedelta(days=50), reason="延長", expected_version=1
    ),
    "assessments.register.change": lambda tx, _, at: register.change(
        tx, at.assessments.assessment_id, assessors="別", place="", note="", expected_version=3
    ),
    "assessments.register.start": lambda tx, _, at: register.start(
        tx, rounds.start(tx, at.certificates.certificate_id, apply_on=DAY).id
    ),
    "assessments.reports.accept": lambda tx, _, at: reports.accept(
        tx, at.assessments.sent_id, on=DAY, note="", expected_version=2
    ),
    "assessments.reports.send": lambda tx, _, at: reports.send(
        tx, at.assessments.ready_id, sent_on=DAY, expected_version=1
    ),
    "assessments.reports.send_back": lambda tx, _, at: reports.send_back(
        tx,
        at.assessments.sent_id,
        on=DAY,
        note="証跡が足りない",
        again=[at.assessments.sent_finding_id],
        due_on=DAY + timedelta(days=30),
        expected_version=2,
    ),
    "assessments.visit.ask": lambda tx, _, at: visit.ask(
        tx, at.assessments.assessment_id, what="入退室の記録", due_at=tx.now + timedelta(hours=1)
    ),
    "assessments.visit.give": lambda tx, _, at: visit.give(
        tx, at.assessments.waiting_id, given="写し", expected_version=1
    ),
    "assessments.visit.set_interview": lambda tx, _, at: visit.set_interview(
        tx, at.assessments.assessment_id, {"risks": "誤送信"}, expected_version=3
    ),
    "assessments.visit.set_schedule": lambda tx, _, at: visit.set_schedule(
        tx, at.assessments.assessment_id, [Slot(DAY, "09:00", "09:30", "挨拶", "", "")], expected_version=3
    ),
    "assessments.visit.take_back": lambda tx, _, at: visit.take_back(
        tx, at.assessments.given_id, expected_version=2
    ),
}

# A step in the company of target A with the id of a part of the target.
FOREIGN: dict[str, Call] = {
    "finding of another report": lambda tx, world, at: reports.send_back(
        tx,
        world.targets["A"].assessments.sent_id,
        on=DAY,
        note="もう一度",
        again=[at.assessments.sent_finding_id],
        due_on=DAY + timedelta(days=30),
        expected_version=2,
    ),
    "finding for another company": lambda tx, world, at: findings.add(
        tx, world.targets["A"].assessments.letter_id, draft(at.unit_id, "9")
    ),
    "finding for an account": lambda tx, world, at: findings.add(
        tx,
        world.targets["A"].assessments.letter_id,
        draft(world.targets["A"].unit_id, "9", owner_id=at.user_id),
    ),
}
