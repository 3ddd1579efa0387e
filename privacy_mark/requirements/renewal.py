"""What the report on the readiness for renewal 更新準備状況 of one legal entity says, as of today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from privacy_mark.assessments.model import AssessmentLine
from privacy_mark.assessments.register import assessments
from privacy_mark.certificates.accidents import accidents
from privacy_mark.certificates.agenda import Event, agenda
from privacy_mark.certificates.model import Accident, Certificate, RoundState
from privacy_mark.certificates.rounds import rounds
from privacy_mark.certificates.steps import Step
from privacy_mark.certificates.year_model import YearState
from privacy_mark.changes.model import ChangeLine
from privacy_mark.changes.model import State as ChangeState
from privacy_mark.changes.register import changes
from privacy_mark.requirements.model import Catalogue, SupplierId
from privacy_mark.requirements.planned import Planned, Plans, plans
from privacy_mark.requirements.readiness import Lack, Line, Met, NeedState, Readiness, readiness
from privacy_mark.requirements.suppliers import members_of
from privacy_mark.training import courses, standing
from privacy_mark.training.model import Audience, Course, Rate
from registry.access import allowed, today_in_japan
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.risk_levels import Words
from registry.sealing import Row
from registry.store import Tx
from registry.store.certificate_tables import PmsYear
from registry.store.tables import JournalRecord

_CHANGES = (Action.UNIT_CREATED, Action.UNIT_CHANGED, Action.UNIT_MOVED, Action.UNIT_MERGED)
_GUIDELINE = "pmark-j"  # told chapter by chapter; of other sets each is one


@dataclass(frozen=True, slots=True)
class Missing:
    """One record that is missing, who brings it and by when."""

    line: Line
    need: NeedState
    planned: Planned


@dataclass(frozen=True, slots=True)
class Chapter:
    """J.1 to J.11 of the guideline, or another set as a whole."""

    id: str
    title: Words
    lines: tuple[Line, ...]

    @property
    def met(self) -> int:
        """Return how many of its requirements are shown and confirmed."""
        return sum(isinstance(line.state, Met) for line in self.lines)

    @property
    def waiting(self) -> int:
        """Return how many are shown and wait for confirmation."""
        return sum(not line.missing and not isinstance(line.state, Met) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Trained:
    """How the entity stands with one course."""

    course: Course
    rate: Rate | None  # None: of too few to be told on: the report goes to who may not see single workers


@dataclass(frozen=True, slots=True)
class Change:
    """That units of the entity changed on a day: what the body may have to be told of."""

    action: Action
    on: date
    count: int


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, and when."""

    by: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The report: everything as of `at`."""

    unit_id: UnitId
    at: datetime
    issuer: str = field(repr=False)
    approved: bool  # the issuer may confirm the evidence of the entity, and so approves the report
    certificate: Certificate | None
    next: Event | None
    decided_on: date | None  # the last decision to grant, else the first day of the term
    readiness: Readiness
    chapters: tuple[Chapter, ...]
    plans: Plans
    plan: Approval | None  # of the yearly plan that holds today
    training: tuple[Trained, ...]
    accidents: tuple[Accident, ...]  # discovered since the decision, newest first
    reports: tuple[ChangeLine, ...]  # change reports since the decision, and open ones, those first
    changes: tuple[Change, ...]  # of units since the decision, newest first; none before there was one
    assessments: tuple[AssessmentLine, ...]  # the running one, and that which led to the last decision

    def missing(self, lines: tuple[Line, ...] | None = None) -> Iterator[Missing]:
        """Yield what is missing, of some lines or of all, by number."""
        for line in self.readiness.lines if lines is None else lines:
            for need in line.missing:
                day = need.ran_out_on if need.lack is Lack.EXPIRED else None
                yield Missing(line, need, self.plans.of(line.requirement.id, day))

    def shown_by(self, supplier: SupplierId) -> NeedState | None:
        """Return the first need that a supplier of the product answers for; None: none applies."""
        for line in self.readiness.lines:
            for each in line.needs:
                if each.need.supplier is supplier:
                    return each
        return None


def renewal(tx: Tx, catalogue: Catalogue, unit_id: UnitId) -> Renewal:
    """Return the report.

    Raises AccessDenied without VIEW_CERTIFICATION in the unit, NotFound for what is no legal entity.
    """
    found = readiness(tx, catalogue, unit_id)
    units = list(members_of(tx, frozenset({unit_id})).entity_of)
    lines = [each for each in agenda(tx, found.as_of, unit_id=unit_id) if each.certificate.unit_id == unit_id]
    # One that has ended comes last.
    line = min(
        lines, key=lambda each: (each.certificate.ended_on is not None, -each.certificate.id), default=None
    )
    of = line.certificate if line is not None else None
    decided_on = _decided_on(tx, of) if of is not None else None
    since = decided_on or date.min
    return Renewal(
        unit_id=unit_id,
        at=tx.now,
        issuer=tx.principal.name,
        approved=allowed(tx, Permission.CONFIRM_READINESS, unit_id),
        certificate=of,
        next=line.next if line is not None else None,
        decided_on=decided_on,
        readiness=found,
        chapters=tuple(_chapters(catalogue, found)),
        plans=plans(tx, unit_id),
        plan=_plan(tx, units, found.as_of),
        training=tuple(_training(tx, unit_id, found.as_of)),
        accidents=tuple(each for each in accidents(tx, of.id) if each.discovered_on >= since) if of else (),
        reports=tuple(_reports(tx, of, since)) if of else (),
        changes=tuple(_changes(tx, units, decided_on)) if decided_on is not None else (),
        assessments=tuple(_assessments(tx, of)) if of else (),
    )


def _decided_on(tx: Tx, of: Certificate) -> date | None:
    granted = [
        each.steps[Step.DECISION].actual or each.ended_on
        for each in rounds(tx, of.id)
        if each.state is RoundState.GRANTED
    ]
    days = [day for day in granted if day is not None]
    return max(days) if days else of.term.valid_from if of.term is not None else None


def _chapters(catalogue: Catalogue, found: Readiness) -> Iterator[Chapter]:
    grouped: dict[str, list[Line]] = {}
    for line in found.lines:
        of = line.requirement
        name = ".".join(of.id.split(".")[:2]) if of.set_id == _GUIDELINE else of.set_id
        grouped.setdefault(name, []).append(line)
    of_day = catalogue.on(found.as_of)
    for name, lines in grouped.items():
        heading = of_day.requirements.get(name)
        if name in catalogue.sets:
            yield Chapter("", catalogue.sets[name].title, tuple(lines))
        else:
            yield Chapter(name, heading.title if heading else lines[0].requirement.title, tuple(lines))


def _plan(tx: Tx, units: list[int], today: date) -> Approval | None:
    row = tx.session.scalar(
        select(PmsYear)
        .where(
            PmsYear.unit_id.in_(units),
            PmsYear.state == YearState.APPROVED.value,
            PmsYear.starts_on <= today,
            PmsYear.ends_on >= today,
        )
        .order_by(PmsYear.starts_on.desc())
        .limit(1)
    )
    if row is None or row.approver_sealed is None or row.approved_at is None:
        return None
    by = Row(tx, PmsYear.__tablename__, row.uid).opened("approver", row.approver_sealed)
    return Approval(by, row.approved_at)


def _training(tx: Tx, unit_id: UnitId, today: date) -> Iterator[Trained]:
    """Yield the courses that somebody of the entity must take, those for everybody first."""
    found = [each for each in courses.applying(tx, unit_id, today) if each.runs_on(today)]
    for course in sorted(found, key=lambda each: (each.audience is not Audience.ALL, each.number)):
        rate = standing.rate_of(tx, course, unit_id, today)
        if rate.in_scope:
            few = standing.too_few(tx, course, unit_id, today)
            yield Trained(course, None if few else rate)


def _reports(tx: Tx, of: Certificate, since: date) -> Iterator[ChangeLine]:
    for each in changes(tx, certificate_id=of.id):
        if each.state is not ChangeState.CLOSED or each.changed_on >= since:
            yield each


def _assessments(tx: Tx, of: Certificate) -> Iterator[AssessmentLine]:
    """Yield the assessment that runs, and the newest of those that ended."""
    found = assessments(tx, certificate_id=of.id)
    yield from (each for each in found if each.assessment.is_open)
    yield from [each for each in found if not each.assessment.is_open][:1]


def _changes(tx: Tx, units: list[int], since: date) -> Iterator[Change]:
    rows = tx.session.execute(
        select(JournalRecord.action, JournalRecord.at)
        .where(JournalRecord.unit_id.in_(units), JournalRecord.action.in_([each.value for each in _CHANGES]))
        .order_by(JournalRecord.seq.desc())
    )
    counts = Counter((today_in_japan(at), action) for action, at in rows)
    for (day, action), count in counts.items():  # as they were met: newest first
        if day >= since:
            yield Change(Action(action), day, count)
