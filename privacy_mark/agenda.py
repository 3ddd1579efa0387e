"""What is to be done today 今日の対応: everything of a unit and below that waits for the person asking.

Each kind of work is asked with the permission that doing it needs, so that a list holds only what one may do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import Select, func, select

from privacy_mark.actions import due as actions
from privacy_mark.assessments import due as assessments
from privacy_mark.audits import due as audits
from privacy_mark.certificates import due as certificates
from privacy_mark.changes import due as changes
from privacy_mark.complaints import due as complaints
from privacy_mark.confirmations import due as confirmations
from privacy_mark.documents import due as documents
from privacy_mark.due import LATE_DAYS, Due, Level
from privacy_mark.governance import due as governance
from privacy_mark.laws import due as laws
from privacy_mark.processors import due as processors
from privacy_mark.requirements import due as requirements
from privacy_mark.requirements.model import Catalogue
from privacy_mark.reviews import due as reviews
from privacy_mark.self_check import due as self_check
from privacy_mark.training import due as training
from registry.access import scope, today_in_japan
from registry.applications import ApplicationState
from registry.case_states import TO_DO, CaseState
from registry.disposal_states import DisposalState
from registry.model import Permission, UnitId
from registry.request_model import RequestState
from registry.sealing import Row
from registry.store import Tx
from registry.store.case_tables import CaseRecord, DisposalRecord
from registry.store.ledger_tables import ApplicationRecord
from registry.store.rights_tables import RightsRequest
from registry.store.risk_tables import RiskAnalysisRecord, RiskMeasureRecord, RiskRowRecord
from registry.store.tables import LedgerRecord, LedgerVersionRecord, OrgClosure

_CASES = "discrepancy_case"
MOST = 500
"""So many lines of one kind of the registry are listed, the earliest first; `Agenda.cut` tells of more."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do, and who has taken it."""

    due: Due
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is to be done in a unit and below, the earliest day first."""

    lines: tuple[Line, ...]
    today: date

    @property
    def cut(self) -> frozenset[str]:
        """Return the kinds of which there may be more than are listed."""
        counted = Counter(line.due.kind for line in self.lines)
        return frozenset(kind for kind, number in counted.items() if number >= MOST)

    def late(self) -> int:
        """Return how many are past their day."""
        return sum(line.due.due_on < self.today for line in self.lines)

    def within(self, days: int) -> int:
        """Return how many are due from today on within so many days."""
        return sum(0 <= (line.due.due_on - self.today).days < days for line in self.lines)

    def long_late(self) -> int:
        """Return how many are past their day for so long that top management is told."""
        days = LATE_DAYS[Level.TOP_MANAGEMENT]
        return sum(line.due.days_late(self.today) >= days for line in self.lines)

    def risen(self) -> Mapping[Level, int]:
        """Return how many have risen to each level."""
        levels = [line.due.level(self.today) for line in self.lines]
        return {level: levels.count(level) for level in Level}


def agenda(tx: Tx, unit_id: UnitId, today: date, *, catalogue: Catalogue | None = None) -> Agenda:
    """Return what the person asking has to do in a unit and below; nothing that one may not do.

    `catalogue` is that of the workspace: by it evidence runs out. Without it that of the product counts.
    """
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    units = set(tx.session.scalars(below))
    lines = [line for of in _REGISTRY for line in of(tx, today, below)]
    dues = chain(requirements.due(tx, today, catalogue), *(due(tx, today) for due in ROOMS))
    lines += [Line(each) for each in dues if each.unit_id in units]
    waiting = [each for each in actions.due(tx, today) if each.unit_id in units]
    owners = actions.owners(tx, waiting)
    lines += [Line(each, owners.get(each.row, "")) for each in waiting]
    return Agenda(
        tuple(sorted(lines, key=lambda line: (line.due.due_on, line.due.kind, line.due.row))), today
    )


def _cases(tx: Tx, _today: date, below: Select[int]) -> Iterator[Line]:
    wanted = (
        ("differences.handle", Permission.HANDLE_CASES, [state.value for state in TO_DO]),
        ("differences.decide", Permission.DECIDE_CASES, [CaseState.PROPOSED.value]),
    )
    for kind, permission, states in wanted:
        rows = tx.session.execute(
            select(
                CaseRecord.id,
                CaseRecord.uid,
                CaseRecord.unit_id,
                CaseRecord.due_on,
                CaseRecord.assignee_sealed,
            )
            .where(
                CaseRecord.unit_id.in_(scope(tx, permission)),
                CaseRecord.unit_id.in_(below),
                CaseRecord.state.in_(states),
            )
            .order_by(CaseRecord.due_on, CaseRecord.score.desc(), CaseRecord.id)
            .limit(MOST)
        )
        for row in rows:
            owner = Row(tx, _CASES, row.uid).opened("assignee", row.assignee_sealed)
            yield Line(Due(kind, UnitId(row.unit_id), row.due_on, f"D-{row.id:05d}", str(row.id)), owner)


def _ledger(tx: Tx, today: date, below: Select[int]) -> Iterator[Line]:
    """Yield entries to review; one that never was is due since the day it was written."""
    of, version = LedgerRecord, LedgerVersionRecord
    written = select(func.min(version.at)).where(version.entry_id == of.id).scalar_subquery()
    mine = of.unit_id.in_(scope(tx, Permission.EDIT_LEDGER)) & of.unit_id.in_(below)
    again = (
        select(of.id, of.number, of.unit_id, of.next_review)
        .where(mine, of.next_review <= today)
        .order_by(of.next_review, of.id)
    )
    never = (
        select(of.id, of.number, of.unit_id, written.label("written"))
        .where(mine, of.next_review.is_(None))
        .order_by(written.asc().nulls_last(), of.id)
    )
    found: list[tuple[date, int, str, int]] = [
        (row.next_review, row.id, row.number, row.unit_id) for row in tx.session.execute(again.limit(MOST))
    ]
    for row in tx.session.execute(never.limit(MOST)):
        since = today_in_japan(row.written) if row.written is not None else today
        found.append((min(since, today), row.id, row.number, row.unit_id))
    for day, entry, number, unit in sorted(found)[:MOST]:
        yield Line(Due("ledger.review", UnitId(unit), day, number, str(entry)))


def _applications(tx: Tx, _today: date, below: Select[int]) -> Iterator[Line]:
    rows = tx.session.execute(
        select(ApplicationRecord.id, ApplicationRecord.unit_id, ApplicationRecord.submitted_at)
        .where(
            ApplicationRecord.unit_id.in_(scope(tx, Permission.APPROVE_LEDGER)),
            ApplicationRecord.unit_id.in_(below),
            ApplicationRecord.state == ApplicationState.SUBMITTED.value,
            ApplicationRecord.applicant_id != tx.principal.user_id,
        )
        .order_by(ApplicationRecord.id)
        .limit(MOST)
    )
    for row in rows:
        day = today_in_japan(row.submitted_at)
        yield Line(Due("applications.decide", UnitId(row.unit_id), day, f"A-{row.id:04d}", str(row.id)))


def _requests(tx: Tx, _today: date, below: Select[int]) -> Iterator[Line]:
    until = func.coalesce(RightsRequest.extended_until, RightsRequest.target_on)
    rows = tx.session.execute(
        select(RightsRequest.id, RightsRequest.number, RightsRequest.unit_id, until.label("until"))
        .where(
            RightsRequest.unit_id.in_(scope(tx, Permission.HANDLE_REQUESTS)),
            RightsRequest.unit_id.in_(below),
            RightsRequest.state != RequestState.CLOSED.value,
        )
        .order_by(until, RightsRequest.id)
        .limit(MOST)
    )
    for row in rows:
        yield Line(Due("requests.answer", UnitId(row.unit_id), row.until, row.number, str(row.id)))


def _disposals(tx: Tx, _today: date, below: Select[int]) -> Iterator[Line]:
    wanted = (
        ("disposals.decide", Permission.DECIDE_CASES, DisposalState.PROPOSED),
        ("disposals.execute", Permission.HANDLE_CASES, DisposalState.APPROVED),
    )
    for kind, permission, state in wanted:
        rows = tx.session.execute(
            select(DisposalRecord.id, DisposalRecord.unit_id, DisposalRecord.due_on)
            .where(
                DisposalRecord.unit_id.in_(scope(tx, permission)),
                DisposalRecord.unit_id.in_(below),
                DisposalRecord.state == state.value,
            )
            .order_by(DisposalRecord.due_on, DisposalRecord.id)
            .limit(MOST)
        )
        for row in rows:
            yield Line(Due(kind, UnitId(row.unit_id), row.due_on, f"W-{row.id:04d}", str(row.id)))


def _measures(tx: Tx, _today: date, below: Select[int]) -> Iterator[Line]:
    rows = tx.session.execute(
        select(LedgerRecord.id, LedgerRecord.number, LedgerRecord.unit_id, RiskMeasureRecord.due_on)
        .join(RiskRowRecord, RiskRowRecord.id == RiskMeasureRecord.row_id)
        .join(RiskAnalysisRecord, RiskAnalysisRecord.id == RiskRowRecord.analysis_id)
        .join(LedgerRecord, LedgerRecord.id == RiskAnalysisRecord.entry_id)
        .where(
            LedgerRecord.unit_id.in_(scope(tx, Permission.EDIT_LEDGER)),
            LedgerRecord.unit_id.in_(below),
            RiskMeasureRecord.done_on.is_(None),
        )
        .order_by(RiskMeasureRecord.due_on, RiskMeasureRecord.id)
        .limit(MOST)
    )
    for row in rows:
        yield Line(Due("risks.measure", UnitId(row.unit_id), row.due_on, row.number, str(row.id)))


_REGISTRY: tuple[Callable[[Tx, date, Select[int]], Iterator[Line]], ...] = (
    _cases,
    _ledger,
    _applications,
    _requests,
    _disposals,
    _measures,
)
ROOMS: tuple[Callable[[Tx, date], list[Due]], ...] = (
    assessments.due,
    audits.due,
    certificates.due,
    changes.due,
    complaints.due,
    confirmations.due,
    documents.due,
    governance.due,
    processors.due,
    reviews.due,
    laws.due,
    self_check.due,
    training.due,
)
"""What each room of certification asks; corrective actions and evidence are asked apart."""
