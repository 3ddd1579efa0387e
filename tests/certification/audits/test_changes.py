"""Audit managers, units that come and go, auditors who lose their independence, and what units ask for."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from privacy_mark.audits import appointments, assigning, audits, due, profiles, programmes, terms
from privacy_mark.audits.assignment import Assigned, Impossible
from privacy_mark.audits.checklist import checklist
from privacy_mark.audits.eligibility import Competence, Rule
from privacy_mark.audits.model import (
    AuditState,
    ProfileDraft,
    UnitTerms,
)
from privacy_mark.requirements.facts import Standing
from privacy_mark.requirements.model import SupplierId
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from registry import accounts, affiliations, organisation
from registry.access import bootstrap_principal
from registry.affiliations import AffiliationKind
from registry.errors import AccessDenied, Conflict, InvalidValue
from registry.model import Principal, Role, UnitKind, UserId
from registry.store.audit_tables import AuditRecord
from registry.store.tables import OrgUnit
from tests.access.audits import LAST, answer
from tests.certification.audits.company import TODAY, Company, approved


def test_the_plan_of_somebody_appointed_is_approved_and_his_time_ends(company: Company) -> None:
    """Top management appoints who holds the role, never itself, never twice, nobody whom rules exclude."""
    with company.registry.write(bootstrap_principal()) as tx:
        who, other = (
            accounts.create_account(tx, f"m{n}@a.example", f"責任者 {n}", None, "ja", unit_id=company.unit)
            for n in (1, 2)
        )
        accounts.grant(tx, who, Role.AUDIT_MANAGER, company.unit)
        accounts.grant(tx, other, Role.OFFICER, company.unit, valid_until=LAST)
        accounts.grant(tx, other, Role.AUDIT_MANAGER, company.unit, LAST + timedelta(days=1))
    with company.registry.write(company.top) as tx:
        assert appointments.appointable(tx, company.unit) == [(who, "責任者 1"), (other, "責任者 2")]
        made = appointments.appoint(tx, company.unit, who, valid_from=TODAY)
        for person, rule in (
            (who, "taken"),
            (UserId(999), "unknown"),
            (other, "audit_manager_is_privacy_manager"),
        ):
            with pytest.raises(InvalidValue) as error:
                appointments.appoint(tx, company.unit, person, valid_from=TODAY)
            assert error.value.rule == rule
        assert appointments.is_appointed(who, company.unit, tx)
        assert appointments.managers(tx) == appointments.managers(tx, company.unit) == [made]
        ended = appointments.end(tx, made.id, TODAY, expected_version=1)
        assert (ended.holds(TODAY), ended.holds(LAST)) == (True, False)
        with pytest.raises(Conflict):
            appointments.end(tx, made.id, LAST, expected_version=1)
    own = company.registry.write(company.who(Role.TOP_MANAGEMENT, who))
    with own as tx, pytest.raises(InvalidValue, match="same_person"):
        appointments.appoint(tx, company.unit, who, valid_from=LAST)
    with company.registry.write(company.manager) as tx, pytest.raises(AccessDenied):
        appointments.appoint(tx, company.unit, who, valid_from=LAST)


def test_units_that_come_later_are_covered_and_merged_ones_leave(company: Company) -> None:
    """What has begun stays as it is; the report waits until no unit is left out."""
    made = approved(company, capacity=4)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        before = audits.audits(tx, programme_id=made.id)
        begun, gone = before[0], company.departments[2]
        assert assigning.gaps(tx, made.id) == assigning.NO_GAPS
    with company.registry.write(Principal(begun.auditor_id, "監査員", ())) as tx:
        audits.fill(tx, begun.id, answer(checklist(begun.kind)[0].id))
    with company.registry.write(company.manager) as tx, pytest.raises(InvalidValue, match="begun"):
        assigning.fix(tx, made.id, expected_version=made.version + 1)
    with company.registry.write(bootstrap_principal()) as tx:
        new = organisation.create_unit(
            tx, code="A-4", kind=UnitKind.DEPARTMENT, name_ja="部門4", name_en="", parent_id=company.unit
        ).id
        tx.session.get_one(OrgUnit, gone).closed_at = tx.now
    with company.registry.write(company.manager) as tx:
        found = assigning.gaps(tx, made.id)
        assert (found.uncovered, len(found.gone)) == ((new,), 2)
        answered = assigning.propose(tx, made.id)
        assert isinstance(answered, Assigned)
        assert {proof.task.unit_id for proof in answered.proofs} == {new}
        assigning.fix(tx, made.id, expected_version=made.version + 1)
        after = audits.audits(tx, programme_id=made.id)
        assert {each.unit_id for each in after} == {*company.departments[:2], new}
        assert audits.audit(tx, begun.id).state is AuditState.UNDER_WAY
        assert assigning.gaps(tx, made.id) == assigning.NO_GAPS
        loads = Counter(each.auditor_id for each in after)
        assert max(loads.values()) <= 4
        for row in tx.session.scalars(select(AuditRecord)):
            row.state, row.done_on = "done", TODAY
            if row.unit_id == new:
                tx.session.delete(row)
        tx.session.flush()
        with pytest.raises(InvalidValue, match="uncovered"):
            programmes.report(tx, made.id, overall="良好", expected_version=made.version + 2)


def test_who_comes_to_belong_to_the_unit_does_not_go_on(company: Company) -> None:
    """Independence is asked again with every answer; the audit is given to somebody else."""
    made = approved(company, capacity=6)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = audits.audits(tx, programme_id=made.id)[0]
    auditor = Principal(first.auditor_id, "監査員", ())
    items = [item.id for item in checklist(first.kind)]
    with company.registry.write(auditor) as tx:
        audits.fill(tx, first.id, answer(items[0]))
    with company.registry.write(bootstrap_principal()) as tx:
        affiliations.affiliate(tx, first.auditor_id, first.unit_id, AffiliationKind.CONCURRENT)
    with company.registry.write(auditor) as tx, pytest.raises(InvalidValue) as error:
        audits.fill(tx, first.id, answer(items[1]))
    assert (error.value.column, error.value.rule) == ("auditor_id", "own_unit")
    with company.registry.write(company.manager) as tx:
        suited = [who for who, _, rules in assigning.suited(tx, first.id) if not rules]
        version = audits.audit(tx, first.id).version
        assigning.change(tx, first.id, suited[0], expected_version=version)
    with company.registry.write(Principal(suited[0], "監査員", ())) as tx:
        audits.fill(tx, first.id, answer(items[1]))


def test_what_units_ask_of_auditors_is_taken_from_above(company: Company) -> None:
    """Region and language come down the tree, competence stays; both decide who is chosen."""
    first, second, third = company.departments
    with company.registry.write(company.manager) as tx:
        terms.keep(tx, UnitTerms(company.unit, "kanto"))
        terms.keep(tx, UnitTerms(first, "kinki", "", frozenset({Competence.MY_NUMBER})))
        with pytest.raises(InvalidValue, match="language"):
            terms.keep(tx, UnitTerms(second, "", "xx"))
        with pytest.raises(Conflict):
            terms.keep(tx, UnitTerms(first, "kanto", version=7))
        assert [each.unit_id for each in terms.terms(tx, company.unit)] == [company.unit, first]
    made = approved(company, capacity=6)
    with company.registry.write(company.manager) as tx:
        answered = assigning.propose(tx, made.id)
        assert isinstance(answered, Impossible)
        assert answered.bottlenecks[0].excluded[0][0] is Rule.COMPETENCE
        for person, region in zip(company.people, ("kanto", "kinki", "kanto"), strict=True):
            of = next(each for each in profiles.profiles(tx, company.unit) if each.user_id == person)
            skill = frozenset({Competence.MY_NUMBER})
            entry = ProfileDraft(company.unit, person, 6, skill, region=region, evidence="研修")
            profiles.keep(tx, entry, expected_version=of.version)
        answered = assigning.propose(tx, made.id)
        assert isinstance(answered, Assigned)
        chosen = dict(answered.auditors)
        assert {chosen[task] for task in chosen if task.unit_id == first} == {company.people[1]}
        assert not any(proof.travels for proof in answered.proofs if proof.task.unit_id == first)
    assert {second, third} < {task.unit_id for task in chosen}


def test_a_reported_year_shows_the_requirement_until_the_next_is_due(company: Company) -> None:
    """Under way it speaks neither way; reported it holds for a year; too late or too long ago it lacks."""

    def standing(day: date) -> tuple[Standing, int, int]:
        members = members_of(tx, frozenset({company.unit}))
        kinds = (SupplierId.AUDIT_CONFORMITY, SupplierId.AUDIT_OPERATION)
        one, other = (SUPPLIERS[kind].facts(tx, members, day)[company.unit] for kind in kinds)
        assert one == other
        return one.standing, one.done, one.of

    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assert [each.kind for each in due.due(tx, TODAY)] == ["audits.assign"]
        assigning.fix(tx, made.id, expected_version=made.version)
        assert standing(TODAY) == (Standing.UNDER_WAY, 0, 3)
        assert standing(LAST + timedelta(days=1)) == (Standing.LACKING, 0, 3)
        for row in tx.session.scalars(select(AuditRecord)):
            row.state, row.done_on = "done", TODAY
        tx.session.flush()
        programmes.report(tx, made.id, overall="良好", expected_version=made.version + 1)
        assert standing(LAST) == (Standing.SHOWN, 3, 3)
        assert standing(LAST + timedelta(days=2)) == (Standing.LACKING, 3, 3)
        next_year = [(each.kind, each.due_on) for each in due.due(tx, date(2027, 4, 2))]
        assert ("audits.plan", date(2027, 4, 1)) in next_year


def test_an_audit_has_a_day_within_its_programme(company: Company) -> None:
    """Another day is refused, and so is a change that somebody overtook."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = audits.audits(tx, programme_id=made.id)[0]
        moved = assigning.schedule(tx, first.id, TODAY, expected_version=first.version)
        assert moved.due_on == TODAY
        with pytest.raises(Conflict):
            assigning.schedule(tx, first.id, LAST, expected_version=first.version)
        with pytest.raises(InvalidValue, match="out_of_range"):
            assigning.schedule(tx, first.id, LAST + timedelta(days=1), expected_version=moved.version)
