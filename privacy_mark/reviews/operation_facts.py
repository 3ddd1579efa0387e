"""How the system was operated: confirmations, self checks, training, objectives and the plan of the year."""

from __future__ import annotations

from sqlalchemy import case, func, or_, select

from privacy_mark.certificates.cycle import cycle
from privacy_mark.certificates.year_model import Outcome, YearState
from privacy_mark.confirmations.states import UNANSWERED, ConfirmationState
from privacy_mark.reviews.model import Behind, Facts, Figure
from privacy_mark.reviews.span import ROWS, Span, below
from privacy_mark.self_check.rounds import UNANSWERED as UNCHECKED
from privacy_mark.self_check.rounds import CheckState
from privacy_mark.self_check.rounds import number_of as check_number
from privacy_mark.training.courses import described
from privacy_mark.training.model import Rate
from privacy_mark.training.standing import rate_of, too_few
from registry.model import UnitId
from registry.store import Tx
from registry.store.certificate_tables import PmsItem, PmsObjective, PmsYear
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord
from registry.store.self_check_tables import SelfCheckRecord, SelfCheckRound
from registry.store.tables import OrgClosure
from registry.store.training_tables import TrainingCourse

_APPROVED = (YearState.APPROVED.value, YearState.CLOSED.value)


def checks(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return rounds of confirmations 運用の確認 whose day came in the span or is still ahead."""
    unanswered = [state.value for state in UNANSWERED]
    answered = case((ConfirmationRecord.state.in_(unanswered), 0), else_=1)
    confirmed = case((ConfirmationRecord.state == ConfirmationState.CONFIRMED.value, 1), else_=0)
    excepted = case((ConfirmationRecord.exceptions > 0, 1), else_=0)
    rows = tx.session.execute(
        select(
            CampaignRecord.id,
            CampaignRecord.period,
            CampaignRecord.due_on,
            func.count().label("asked"),
            func.sum(answered).label("answered"),
            func.sum(confirmed).label("confirmed"),
            func.sum(excepted).label("excepted"),
        )
        .join(CampaignRecord, CampaignRecord.id == ConfirmationRecord.campaign_id)
        .where(
            ConfirmationRecord.unit_id.in_(below(unit_id)),
            ConfirmationRecord.state != ConfirmationState.WITHDRAWN.value,
            CampaignRecord.due_on >= span.since,
        )
        .group_by(CampaignRecord.id, CampaignRecord.period, CampaignRecord.due_on)
        .order_by(CampaignRecord.due_on.desc(), CampaignRecord.id.desc())
    ).all()
    asked = sum(row.asked for row in rows)
    late = sum(row.asked - row.answered for row in rows if row.due_on < span.until)
    figures = (
        Figure("answered", sum(row.answered for row in rows), asked),
        Figure("confirmed", sum(row.confirmed for row in rows), asked),
        Figure("exceptions", sum(row.excepted for row in rows)),
        Figure("late", late),
    )
    behind = tuple(
        Behind(
            row.period,
            str(row.id),
            "exceptions" if row.excepted else "none",
            row.due_on,
            count=row.answered,
            of=row.asked,
        )
        for row in rows[:ROWS]
    )
    return Facts(figures if rows else (), behind, len(rows) - len(behind))


def self_checks(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return the self checks 自己点検 of overseas companies whose day came in the span or is ahead."""
    rows = tx.session.execute(
        select(SelfCheckRecord.id, SelfCheckRecord.state, SelfCheckRecord.doubts, SelfCheckRound.due_on)
        .join(SelfCheckRound, SelfCheckRound.id == SelfCheckRecord.round_id)
        .where(SelfCheckRecord.unit_id.in_(below(unit_id)), SelfCheckRound.due_on >= span.since)
        .order_by(SelfCheckRecord.state == CheckState.CONFIRMED.value, SelfCheckRecord.id)
    ).all()
    open_ = [state.value for state in UNCHECKED]
    figures = (
        Figure("answered", sum(row.state not in open_ for row in rows), len(rows)),
        Figure("confirmed", sum(row.state == CheckState.CONFIRMED.value for row in rows), len(rows)),
        Figure("doubts", sum(row.doubts > 0 for row in rows)),
        Figure("late", sum(row.state in open_ and row.due_on < span.until for row in rows)),
    )
    behind = tuple(Behind(check_number(row.id), str(row.id), row.state, row.due_on) for row in rows[:ROWS])
    return Facts(figures if rows else (), behind, len(rows) - len(behind))


def training(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return how the unit stands with each course 教育 on the last day; who is on leave is explained.

    Rates of too few are counted, not told: who reads the minutes may not see single workers.
    """
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
    reaching = select(TrainingCourse).where(
        or_(TrainingCourse.unit_id.in_(above), TrainingCourse.unit_id.in_(below(unit_id)))
    )
    rates = [
        (course, rate_of(tx, course, unit_id, span.until))
        for course in described(tx, reaching, span.until)
        if course.runs_on(span.until)
    ]
    found = [
        (course, None if too_few(tx, course, unit_id, span.until) else rate)
        for course, rate in rates
        if rate.in_scope
    ]
    told = [rate for _, rate in found if rate is not None]
    whole = Rate()
    for rate in told:
        whole = whole.plus(rate)
    figures: tuple[Figure, ...] = ()
    if told:
        figures = (
            Figure("passed", whole.passed, whole.in_scope - whole.on_leave),
            Figure("missing", whole.missing),
            Figure("on_leave", whole.on_leave),
        )
    if len(told) < len(found):
        figures += (Figure("few", len(found) - len(told)),)
    behind = tuple(
        Behind(
            course.number,
            str(course.id),
            "" if rate else "few",
            course.due_on,
            rate.passed if rate else None,
            rate.in_scope - rate.on_leave if rate else None,
            course.title_ja,
            course.title_en,
        )
        for course, rate in found
    )
    return Facts(figures, behind[:ROWS], max(0, len(behind) - ROWS))


def plan(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return objectives 個人情報保護目的 and items 年間計画 of approved years that reach into the span."""
    years = {
        number: (name, cycle(starts_on))
        for number, name, starts_on in tx.session.execute(
            select(PmsYear.id, PmsYear.number, PmsYear.starts_on).where(
                PmsYear.unit_id.in_(below(unit_id)),
                PmsYear.state.in_(_APPROVED),
                PmsYear.starts_on <= span.until,
                PmsYear.ends_on >= span.since,
            )
        )
    }
    items = tx.session.execute(
        select(
            PmsItem.year_id,
            PmsItem.item,
            PmsItem.due_on,
            PmsItem.done_on,
            PmsItem.left_sealed.is_not(None).label("left"),
        )
        .where(PmsItem.year_id.in_(list(years)))
        .order_by(PmsItem.due_on, PmsItem.id)
    ).all()
    outcomes = tx.session.scalars(
        select(PmsObjective.outcome).where(PmsObjective.year_id.in_(list(years)))
    ).all()
    late = [row for row in items if row.done_on is None and not row.left and row.due_on < span.until]
    figures = (
        Figure("done", sum(row.done_on is not None for row in items), len(items)),
        Figure("late", len(late)),
        Figure("objectives", sum(each == Outcome.REACHED.value for each in outcomes), len(outcomes)),
    )
    behind = tuple(
        Behind(
            years[row.year_id][0],
            str(row.year_id),
            "late",
            row.due_on,
            title=named.name.ja if named else "",
            title_en=named.name.en if named else "",
        )
        for row in late[:ROWS]
        for named in [years[row.year_id][1].get(row.item)]  # as it was called when the year began
    )
    return Facts(figures if years else (), behind, len(late) - len(behind))
