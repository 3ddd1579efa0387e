"""The risk analysis of an entry: written by one person, accepted by another, remembered step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from registry import journal, ledger, risk_analysis, risk_register, risk_reopening
from registry.access import bootstrap_principal, today_in_japan
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.ledger_review import year_after
from registry.model import Principal, Role
from registry.risk_levels import Level, scale
from registry.risk_model import (
    OWN,
    Analysis,
    Decision,
    MeasureId,
    PlannedMeasure,
    RiskDraft,
    RiskState,
    RiskVersionKind,
)
from registry.risk_register import RiskFilter
from registry.threats import Phase
from scanners.model import Category, Exposure
from tests.access.risks import judged, measure_of
from tests.registry.world import World, person


def officer(world: World, number: int = 51) -> Principal:
    """Return a privacy manager of company A."""
    return person(number, Role.OFFICER, world.a.unit.id)


def save(
    world: World,
    drafts: Sequence[RiskDraft],
    *,
    who: Principal | None = None,
    version: int = 0,
    reason: str = "",
) -> Analysis:
    """Write about risks of A's entry."""
    with world.registry.write(who or officer(world)) as tx:
        return risk_analysis.save(tx, world.a.entry.id, drafts, expected_version=version, reason=reason)


def accept(world: World, made: Analysis, number: int = 52, note: str = "") -> Analysis:
    """Accept what remains."""
    with world.registry.write(officer(world, number)) as tx:
        return risk_analysis.accept(tx, world.a.entry.id, expected_version=made.version, note=note)


def whole(world: World, **values: object) -> list[RiskDraft]:
    """Return a judgement of everything that is proposed."""
    with world.registry.read(officer(world)) as tx:
        return judged(tx, world.a.entry.id, **values)


def own(**values: object) -> RiskDraft:
    """Return a threat of one's own."""
    told: dict[str, object] = {"title": "鍵の複製", "present": "鍵の管理簿", "likelihood": 2, "impact": 5}
    return RiskDraft(Phase.STORE, "", **(told | values))  # type: ignore[arg-type]  # tests pass wrong ones too


def refused(world: World, drafts: Sequence[RiskDraft], **more: object) -> tuple[str, str]:
    """Return how drafts are refused."""
    with pytest.raises(InvalidValue) as caught:
        save(world, drafts, **more)  # type: ignore[arg-type]
    return caught.value.column, caught.value.rule


def test_one_person_analyses_and_another_accepts(world: World) -> None:
    """Levels follow from likelihood and impact; the acceptance names a person and the next review."""
    made = save(world, whole(world))
    assert (made.state, made.version, made.worst, made.worst_residual) == (
        RiskState.DRAFT,
        1,
        Level.HIGH,
        Level.MODERATE,
    )
    accepted = accept(world, made)
    with world.registry.read(officer(world)) as tx:
        today = today_in_japan(tx.now)
        assert risk_analysis.analysis(tx, world.a.entry.id) == accepted
        kinds = [each.kind for each in risk_analysis.versions(tx, world.a.entry.id)]
    assert (accepted.state, accepted.accepted_by) == (RiskState.ACCEPTED, "officer 52")
    assert accepted.next_review == year_after(today)
    assert accepted.accepted is not None
    assert (accepted.accepted.persons, accepted.accepted.exposure) == (120, Exposure.GROUP)
    assert kinds == [RiskVersionKind.EDIT, RiskVersionKind.ACCEPTANCE]


def test_nobody_accepts_what_he_wrote(world: World) -> None:
    """The refusal says why, also for a second writer of the same analysis."""
    made = save(world, whole(world))
    made = save(world, [own(residual_likelihood=1, residual_impact=5)], who=officer(world, 53), version=1)
    for number in (51, 53):
        with pytest.raises(InvalidValue) as caught:
            accept(world, made, number)
        assert (caught.value.column, caught.value.rule) == ("approver", "same_person")
    assert accept(world, made).state is RiskState.ACCEPTED
    with pytest.raises(InvalidValue, match="decided"):
        accept(world, replace(made, version=made.version + 1), 54)


def test_only_a_complete_analysis_is_accepted(world: World) -> None:
    """Every proposed threat is taken or left, and every one that is taken is judged."""
    with pytest.raises(InvalidValue, match="required"):
        accept(world, replace(Analysis(world.a.entry.id, world.a.unit.id, RiskState.NONE, 0, (), None, None)))
    first, *others = whole(world)
    made = save(world, [first])
    with pytest.raises(InvalidValue, match="undecided"):
        accept(world, made)
    made = save(world, [*others, replace(first, residual_impact=None)], version=1)
    with pytest.raises(InvalidValue, match="unjudged"):
        accept(world, made)
    assert accept(world, save(world, [first], version=2)).state is RiskState.ACCEPTED


def test_a_later_change_needs_a_reason_and_takes_the_acceptance_away(world: World) -> None:
    """What changed and why stands in the history, field by field."""
    accepted = accept(world, save(world, whole(world)))
    first = replace(whole(world)[0], present="入退室の記録", measures=())
    assert refused(world, [first], version=2) == ("reason", "required")
    changed = save(world, [first], version=2, reason="事務所の移転")
    assert (changed.state, changed.accepted_by, changed.accepted_at) == (
        RiskState.DRAFT,
        "",
        accepted.accepted_at,
    )
    with world.registry.read(officer(world)) as tx:
        newest = risk_analysis.versions(tx, world.a.entry.id)[-1]
    name = f"{first.phase}/{first.threat}"
    assert newest.changes[f"{name}/present"] == ("施錠", "入退室の記録")
    assert newest.changes[f"{name}/measures"][1] == ""
    assert (newest.reason, newest.by) == ("事務所の移転", "officer 51")


def test_saying_the_same_again_changes_nothing(world: World) -> None:
    """No version, no record, and the acceptance stays."""
    accepted = accept(world, save(world, whole(world)))
    count = journal.verify(world.registry).count
    stored = [replace(each) for each in accepted.risks]
    again = [
        RiskDraft(**{name: getattr(each, name) for name in RiskDraft.__dataclass_fields__}) for each in stored
    ]
    assert save(world, again, version=2) == accepted
    assert journal.verify(world.registry).count == count


def test_threats_of_ones_own_stand_beside_those_of_the_catalogue(world: World) -> None:
    """They get an id for ever, can be judged again, and left with a reason."""
    made = save(world, [own()])
    (risk,) = made.risks
    assert risk.threat.startswith(OWN)
    assert (risk.level, risk.residual_level) == (Level.HIGH, None)
    left = replace(own(), threat=risk.threat, decision=Decision.LEFT, left_reason="廃止")
    made = save(world, [left], version=1)
    assert made.risks[0].decision is Decision.LEFT
    assert (made.risks[0].present, made.worst) == ("", None)


@pytest.mark.parametrize(
    ("draft", "column", "rule"),
    [
        (own(title=" "), "title", "required"),
        (own(likelihood=6), "likelihood", "out_of_range"),
        (own(impact=0), "impact", "out_of_range"),
        (own(residual_likelihood=3), "residual_likelihood", "above_present"),
        (own(present="長" * 5_000), "present", "too_long"),
        (own(decision=Decision.LEFT), "left_reason", "required"),
        (own(measures=(PlannedMeasure("", "部長", date(2026, 5, 1)),)), "what", "required"),
        (own(measures=(PlannedMeasure("教育", "", date(2026, 5, 1)),)), "owner", "required"),
        (
            own(measures=(PlannedMeasure("教育", "部長", date(2026, 5, 1), id=MeasureId(99)),)),
            "measures",
            "unknown",
        ),
        (own(measures=(PlannedMeasure("教育", "部長", date(2026, 5, 1)),) * 21), "measures", "too_many"),
        (RiskDraft(Phase.STORE, "no-such-threat"), "threat", "unknown"),
        (RiskDraft(Phase.ERASE, "acquire-too-much"), "threat", "unknown"),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, draft: RiskDraft, column: str, rule: str) -> None:
    """The field and the rule are named, and nothing is written."""
    assert refused(world, [draft]) == (column, rule)
    with world.registry.read(officer(world)) as tx:
        assert risk_analysis.analysis(tx, world.a.entry.id).state is RiskState.NONE


def test_nothing_was_done_in_the_future(world: World) -> None:
    """A planned measure is carried out today at the latest, however it is written."""
    with world.registry.read(officer(world)) as tx:
        tomorrow = today_in_japan(tx.now) + timedelta(days=1)
    done = PlannedMeasure("教育", "総務部長", tomorrow, done_on=tomorrow)
    assert refused(world, [own(measures=(done,))]) == ("done_on", "future")


def test_two_people_at_once(world: World) -> None:
    """Who comes second is told who was first and what he changed; nothing is lost."""
    save(world, [own()])
    with pytest.raises(Conflict) as caught:
        save(world, [own(title="別")], who=officer(world, 53))
    assert caught.value.who == "officer 51"
    assert caught.value.version == 1
    assert any(column.endswith("/title") for column in caught.value.columns)
    with pytest.raises(NotFound), world.registry.write(officer(world)) as tx:
        risk_analysis.save(tx, world.b.entry.id, [own()], expected_version=0)


def test_a_measure_is_carried_out_without_a_new_acceptance(world: World) -> None:
    """The day stands there; carrying it out twice or tomorrow is refused."""
    made = accept(world, save(world, whole(world)))
    measure = measure_of(made)

    def finish(on: date, version: int) -> Analysis:
        with world.registry.write(officer(world)) as tx:
            return risk_analysis.finish_measure(
                tx, world.a.entry.id, measure, on=on, expected_version=version
            )

    with pytest.raises(InvalidValue, match="future"):
        finish(date(2026, 4, 2), 2)
    done = finish(date(2026, 4, 1), 2)
    assert (done.state, done.version) == (RiskState.ACCEPTED, 3)
    assert [each.done_on for risk in done.risks for each in risk.measures] == [date(2026, 4, 1)]
    with pytest.raises(InvalidValue, match="done"):
        finish(date(2026, 4, 1), 3)
    with world.registry.read(officer(world)) as tx:
        assert risk_register.measures_due(tx) == []


def test_the_register_counts_what_may_be_seen(world: World) -> None:
    """List, matrix, totals and due measures tell the same, and nothing of another company."""
    made = save(world, whole(world))
    with world.registry.read(officer(world)) as tx:
        page = risk_register.summaries(tx, RiskFilter())
        (due,) = risk_register.measures_due(tx)
        assert risk_register.matrix(tx) == {(2, 3): 1}
        assert risk_register.matrix(tx, residual=False) == {(3, 4): 1}
        assert risk_register.totals(tx).by_state == {RiskState.DRAFT: 1}
        for wanted, count in (
            (RiskFilter(cell=(2, 3)), 1),
            (RiskFilter(cell=(2, 3), residual=False), 0),
            (RiskFilter(level=Level.MODERATE), 1),
            (RiskFilter(level=Level.CRITICAL), 0),
            (RiskFilter(state=RiskState.NONE), 0),
            (RiskFilter(state=RiskState.DRAFT), 1),
            (RiskFilter(due=True), 0),
            (RiskFilter(world.a.site.id), 0),
            (RiskFilter(world.b.unit.id), 0),
        ):
            assert risk_register.summaries(tx, wanted).total == count, wanted
    (row,) = page.rows
    assert (page.total, row.threats, row.open_measures, row.late_measures) == (1, 1, 1, 0)
    assert (due.measure.what, due.measure.owner, due.entry_id) == ("教育", "総務部長", made.entry_id)
    world.clock.advance(timedelta(days=120))
    with world.registry.read(officer(world)) as tx:
        assert risk_register.summaries(tx, RiskFilter(due=True)).total == 1
        assert risk_register.totals(tx).late_measures == 1
    with world.registry.read(bootstrap_principal()) as tx:
        assert risk_register.totals(tx).by_state == {RiskState.DRAFT: 1, RiskState.NONE: 1}


def test_the_yearly_review_opens_it_again(world: World) -> None:
    """On its day and not before; who accepts it unchanged says why, and it is not who wrote it."""
    made = accept(world, save(world, whole(world)))
    assert made.next_review is not None
    with world.registry.write(bootstrap_principal()) as tx:
        assert risk_reopening.reopen_due(tx, made.next_review - timedelta(days=1)) == 0
        assert risk_reopening.reopen_due(tx, made.next_review) == 1
        assert risk_reopening.reopen_due(tx, made.next_review) == 0
    with world.registry.read(officer(world)) as tx:
        opened = risk_analysis.analysis(tx, world.a.entry.id)
        newest = risk_analysis.versions(tx, world.a.entry.id)[-1]
    assert (opened.state, opened.version) == (RiskState.REOPENED, 3)
    assert opened.reopened.review == made.next_review
    assert newest.kind is RiskVersionKind.REOPENING
    with pytest.raises(InvalidValue, match="same_person"):
        accept(world, opened, 51, "変わりなし")
    with pytest.raises(InvalidValue, match="required"):
        accept(world, opened)
    again = accept(world, opened, note="変わりなし")
    assert (again.state, bool(again.reopened)) == (RiskState.ACCEPTED, False)


def test_a_reopened_analysis_stays_so_while_it_is_edited(world: World) -> None:
    """Only an acceptance closes it; after an edit the note is not needed."""
    made = accept(world, save(world, whole(world)))
    with world.registry.write(bootstrap_principal()) as tx:
        risk_reopening.reopen_due(tx, date(2028, 1, 1))
    edited = save(world, [own(residual_likelihood=1, residual_impact=1)], version=3, reason="見直し")
    assert edited.state is RiskState.REOPENED
    assert accept(world, edited).state is RiskState.ACCEPTED
    assert made.version == 2


def test_a_category_of_the_entry_that_grows_changes_what_is_proposed(world: World) -> None:
    """An entry that later holds diseases needs further threats decided before it is accepted."""
    made = save(world, whole(world))
    with world.registry.write(officer(world)) as tx:
        items = world.a.entry.items | {Category.MEDICAL}
        ledger.update_entry(tx, world.a.entry.id, expected_version=1, changes={"items": items})
    with pytest.raises(InvalidValue, match="undecided"):
        accept(world, made)


def test_steps_are_journalled_with_what_was_and_what_is(world: World) -> None:
    """Edit, acceptance, measure and reopening leave a record each, of the entry's unit."""
    made = accept(world, save(world, whole(world)))
    with world.registry.write(officer(world)) as tx:
        risk_analysis.finish_measure(
            tx, world.a.entry.id, measure_of(made), on=date(2026, 4, 1), expected_version=2
        )
    with world.registry.write(bootstrap_principal()) as tx:
        risk_reopening.reopen_due(tx, date(2028, 1, 1))
    with world.registry.read(bootstrap_principal()) as tx:
        lines = journal.lines(tx, limit=4)
    assert [line.action for line in lines] == [
        "risk_reopened",
        "risk_measure_done",
        "risk_accepted",
        "risk_changed",
    ]
    assert {line.unit_id for line in lines} == {world.a.unit.id}
    assert lines[2].before is not None
    assert lines[2].before["state"] == "draft"
    assert lines[0].after is not None
    assert "review" in lines[0].after["why"]
    assert journal.verify(world.registry).ok


def test_roles(world: World) -> None:
    """Executives read, departments do not write, and only who approves accepts."""
    made = save(world, whole(world))
    executive = person(61, Role.EXECUTIVE, world.a.unit.id)
    with world.registry.read(executive) as tx:
        assert risk_analysis.analysis(tx, world.a.entry.id).risks == made.risks
    for role in (Role.EXECUTIVE, Role.DEPARTMENT_MANAGER):
        with pytest.raises(AccessDenied):
            save(world, [own()], who=person(62, role, world.a.unit.id), version=1)
    clerk = person(63, Role.INFORMATION_ASSETS_MANAGER, world.a.unit.id)
    with pytest.raises(AccessDenied), world.registry.write(clerk) as tx:
        risk_analysis.accept(tx, world.a.entry.id, expected_version=1)


def test_another_table_of_levels_judges_anew(world: World) -> None:
    """A level that rises opens an accepted analysis, one that falls only changes; the history tells."""
    made = accept(world, save(world, whole(world)))  # 3 by 4, and 2 by 3 after measures
    assert (made.worst, made.worst_residual) == (Level.HIGH, Level.MODERATE)
    entry_id = world.a.entry.id
    milder = replace(scale(), matrix=((Level.LOW,) * 5,) * 5)
    graver = replace(scale(), matrix=((Level.CRITICAL,) * 5,) * 5)
    for table, state, level, risen, version in (
        (milder, RiskState.ACCEPTED, Level.LOW, 0, 3),
        (graver, RiskState.REOPENED, Level.CRITICAL, 1, 5),
    ):
        with world.registry.write(bootstrap_principal()) as tx:
            assert risk_reopening.rejudge(tx, table) == 1
            assert risk_reopening.rejudge(tx, table) == 0
        with world.registry.read(officer(world)) as tx:
            now = risk_analysis.analysis(tx, entry_id)
        taken = next(each for each in now.risks if each.decision is Decision.TAKEN)
        assert (now.state, now.version, now.reopened.levels) == (state, version, risen)
        assert {now.worst, now.worst_residual, taken.level, taken.residual_level} == {level}
    with world.registry.read(officer(world)) as tx:
        kinds = [each.kind for each in risk_analysis.versions(tx, entry_id)[-3:]]
        (row,) = risk_register.summaries(tx, RiskFilter(level=Level.CRITICAL)).rows
    assert kinds == [RiskVersionKind.REJUDGING, RiskVersionKind.REJUDGING, RiskVersionKind.REOPENING]
    assert row.reopened.levels == 1
    with world.registry.write(bootstrap_principal()) as tx:
        risk_reopening.reopen_due(tx, today_in_japan(tx.now))  # the daily tick: by the product's table again
    with world.registry.read(bootstrap_principal()) as tx:
        assert risk_analysis.analysis(tx, entry_id).worst is Level.HIGH
        assert [each.action for each in journal.lines(tx, limit=4)].count("risk_rejudged") == 3
    again = accept(world, replace(now, version=6), note="表の変更を確かめた")
    assert (again.state, bool(again.reopened)) == (RiskState.ACCEPTED, False)


def test_an_analysis_goes_with_its_entry_to_another_unit(world: World) -> None:
    """Every row of it names the new unit, in the step that moves the entry; no edit of it is overtaken."""
    made = accept(world, save(world, whole(world)))
    with world.registry.write(bootstrap_principal(), reason="move") as tx:
        ledger.update_entry(tx, world.a.entry.id, expected_version=1, changes={"unit_id": world.a.site.id})
        for table in ("risk_analysis", "risk_row", "risk_measure", "risk_version"):
            units = set(tx.session.scalars(text(f"SELECT unit_id FROM {table}")))
            assert units == {world.a.site.id}, table
    with world.registry.read(person(53, Role.OFFICER, world.a.site.id)) as tx:
        moved = risk_analysis.analysis(tx, world.a.entry.id)
    assert moved == replace(made, unit_id=world.a.site.id)
