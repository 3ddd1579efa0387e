"""Who leads a programme and who does an audit: the role alone is neither of the two."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from privacy_mark.audits import appointments, assigning, audits, due, profiles, programmes, terms
from privacy_mark.audits.checklist import checklist
from privacy_mark.audits.model import ProfileDraft, ProgrammeScope, UnitTerms
from registry import accounts, affiliations, journal, organisation, people_plan
from registry.access import bootstrap_principal
from registry.affiliations import AffiliationKind
from registry.errors import AccessDenied, InvalidValue
from registry.model import Grant, Principal, Role, UnitId, UnitKind
from registry.people_lines import line
from registry.store import Tx
from registry.store.account_tables import RoleGrant
from registry.store.audit_tables import AuditRecord
from registry.store.tables import OrgUnit
from tests.access.audits import LAST, answer, draft
from tests.certification.audits.company import TODAY, Company, approved


def test_only_the_appointed_audit_manager_leads_a_programme(company: Company) -> None:
    """Another with the role does not assign, change, report; nor does he once his time has ended."""
    made = approved(company)
    other = company.who(Role.AUDIT_MANAGER, 905)
    with company.registry.write(other) as tx:
        assert due.due(tx, TODAY) == []
        assert not appointments.leads(company.unit, tx)
        with pytest.raises(InvalidValue, match="not_appointed"):
            assigning.fix(tx, made.id, expected_version=made.version)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = audits.audits(tx)[0]
        for row in tx.session.query(AuditRecord):
            row.state, row.done_on = "done", TODAY
        tx.session.flush()
        (held,) = appointments.appointments(tx, company.unit)
    with company.registry.write(company.top) as tx:
        appointments.end(tx, held.id, TODAY.replace(month=3), expected_version=held.version)
    for who in (other, company.manager):
        with company.registry.write(who) as tx:
            for act in (
                lambda: assigning.change(tx, first.id, company.people[0], expected_version=1),
                lambda: assigning.schedule(tx, first.id, LAST, expected_version=1),
                lambda: programmes.report(tx, made.id, overall="良好", expected_version=made.version + 1),
            ):
                with pytest.raises(InvalidValue) as error:
                    act()
                assert (error.value.column, error.value.rule) == ("manager", "not_appointed")


def test_only_who_is_assigned_does_an_audit(company: Company) -> None:
    """Not the audit manager, not an auditor of the company: the audit is given to him first."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = audits.audits(tx)[0]
    for who in (company.manager, company.who(Role.AUDITOR, 906)):
        with company.registry.write(who) as tx:
            with pytest.raises(AccessDenied):
                audits.fill(tx, first.id, answer(checklist(first.kind)[0].id))
            with pytest.raises(AccessDenied):
                audits.finish(tx, first.id, conclusion="良好", expected_version=first.version)
    with company.registry.write(Principal(first.auditor_id, "監査員", ())) as tx:
        audits.fill(tx, first.id, answer(checklist(first.kind)[0].id))


def test_who_joins_the_unit_after_the_period_does_no_late_audit(company: Company) -> None:
    """Nor is a late audit given to such a person."""
    made = approved(company, capacity=6)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = audits.audits(tx)[0]
    late = made.last + timedelta(days=30)
    moved = next(each for each in company.people if each != first.auditor_id)
    with company.registry.write(bootstrap_principal()) as tx:
        for who in (first.auditor_id, moved):
            affiliations.affiliate(
                tx, who, first.unit_id, AffiliationKind.CONCURRENT, made.last + timedelta(days=1)
            )
    item = checklist(first.kind)[0].id
    with company.registry.write(Principal(first.auditor_id, "監査員", ())) as tx:
        audits.fill(tx, first.id, answer(item))
        with pytest.raises(InvalidValue, match="own_unit"):
            audits.fill(on(tx, late), first.id, answer(item, "二"), expected_version=1)
    with company.registry.write(company.manager) as tx:
        version = audits.audit(tx, first.id).version
        with pytest.raises(InvalidValue, match="own_unit"):
            assigning.change(on(tx, late), first.id, moved, expected_version=version)


def on(tx: Tx, day: date) -> Tx:
    """Return a transaction as of a later day."""
    return replace(tx, now=datetime.combine(day, time(3), UTC))


def test_sites_without_departments_are_audited_and_subsidiaries_audit_their_own(company: Company) -> None:
    """A site with a department below it is no unit of its own; a group has no departments to audit."""
    with company.registry.write(bootstrap_principal()) as tx:

        def unit(code: str, kind: UnitKind, parent: UnitId | None) -> UnitId:
            return organisation.create_unit(
                tx, code=code, kind=kind, name_ja=code, name_en="", parent_id=parent
            ).id

        plant, office = unit("S-1", UnitKind.SITE, company.unit), unit("S-2", UnitKind.SITE, company.unit)
        inside = unit("S-2-1", UnitKind.DEPARTMENT, office)
        daughter = unit("B", UnitKind.COMPANY, company.unit)
        unit("B-1", UnitKind.DEPARTMENT, daughter)
        top = unit("G", UnitKind.GROUP, None)
    made = approved(company, capacity=6)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        covered = {each.unit_id for each in audits.audits(tx)}
        assert covered == {*company.departments, plant, inside}
    with company.registry.write(company.who(Role.AUDIT_MANAGER, 901, top)) as tx:
        with pytest.raises(InvalidValue, match="not_an_entity"):
            programmes.plan(tx, draft(top, 2026, scope=ProgrammeScope.DEPARTMENTS))
        programmes.plan(tx, draft(top, 2026))


def test_an_appointment_counts_wherever_duties_are_asked(company: Company) -> None:
    """The role of privacy manager is refused to who was appointed; one held already stops the plan."""
    with company.registry.write(bootstrap_principal()) as tx:
        who, outsider, past, admin = (
            accounts.create_account(tx, f"m{n}@a.example", f"責任者 {n}", None, "ja", unit_id=at)
            for n, at in enumerate((company.unit, _elsewhere(tx), company.unit, company.unit))
        )
        for each in (who, outsider):
            accounts.grant(tx, each, Role.AUDIT_MANAGER, company.unit)
        accounts.grant(tx, past, Role.AUDIT_MANAGER, company.unit, valid_until=TODAY - timedelta(days=1))
        accounts.grant(tx, admin, Role.ADMINISTRATOR, company.unit)
    with company.registry.write(company.top) as tx:
        assert [each for each, _ in appointments.appointable(tx, company.unit)] == [who]
        for each in (outsider, past, admin):
            with pytest.raises(InvalidValue, match="unknown"):
                appointments.appoint(tx, company.unit, each, valid_from=TODAY)
        appointments.appoint(tx, company.unit, who, valid_from=TODAY)
    with company.registry.write(bootstrap_principal()) as tx:
        for grant in tx.session.query(RoleGrant).filter_by(user_id=who):
            tx.session.delete(grant)  # the appointment alone is left
        row = line(2, {"login": "m0@a.example", "name": "責任者 0", "unit": "A", "role": "officer"})
        (outcome,) = people_plan.decide(tx, [row]).outcomes
        assert (outcome.column, outcome.rule) == ("role", "audit_manager_is_privacy_manager")
        with pytest.raises(InvalidValue, match="audit_manager_is_privacy_manager"):
            accounts.grant(tx, who, Role.OFFICER, company.unit)


def test_who_became_privacy_manager_meanwhile_neither_gets_approval_nor_leads(company: Company) -> None:
    """The rules are asked at every step, of what is held by then."""
    made = approved(company)
    both = replace(company.manager, grants=(*company.manager.grants, Grant(Role.OFFICER, company.unit)))
    with company.registry.write(both) as tx, pytest.raises(InvalidValue) as error:
        assigning.fix(tx, made.id, expected_version=made.version)
    assert (error.value.column, error.value.rule) == ("manager", "audit_manager_is_privacy_manager")


def _elsewhere(tx: Tx) -> UnitId:
    return organisation.create_unit(
        tx, code="X", kind=UnitKind.COMPANY, name_ja="他社", name_en="", parent_id=None
    ).id


def test_assigned_again_what_was_changed_by_hand_stays_and_no_number_comes_again(company: Company) -> None:
    """So do days; the journal has who was assigned; the number of a merged unit's audit stays unused."""
    made = approved(company, capacity=6)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        before = {each.id: each for each in audits.audits(tx)}
        first, *_, last = before.values()
        other = next(
            who for who, _, rules in assigning.suited(tx, first.id) if not rules and who != first.auditor_id
        )
        assigning.change(tx, first.id, other, expected_version=first.version)
        assigning.schedule(tx, last.id, TODAY, expected_version=last.version)
        assigning.fix(tx, made.id, expected_version=made.version + 1)
        after = {each.id: each for each in audits.audits(tx)}
        assert (after[first.id].auditor_id, after[first.id].by_hand) == (other, True)
        assert after[last.id].due_on == TODAY
        assert {each.number for each in after.values()} == {each.number for each in before.values()}
        newest = max(before.values(), key=lambda each: each.id)
        tx.session.get_one(OrgUnit, newest.unit_id).closed_at = tx.now
        assigning.fix(tx, made.id, expected_version=made.version + 2)
    with company.registry.write(bootstrap_principal()) as tx:
        organisation.create_unit(
            tx, code="A-9", kind=UnitKind.DEPARTMENT, name_ja="新", name_en="", parent_id=company.unit
        )
        told = [each for each in journal.lines(tx, limit=200) if each.table == "audit"]
        assert {(each.row_id, (each.after or {}).get("auditor_id")) for each in told} >= {
            (str(each.id), each.auditor_id) for each in before.values()
        }
        assert {each.row_id for each in told if each.after == {"state": "removed"}} == {
            str(each.id) for each in before.values() if each.unit_id == newest.unit_id
        }
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version + 3)
        fresh = [each for each in audits.audits(tx) if each.id not in before]
        assert len(fresh) == 2
        assert {each.number for each in fresh}.isdisjoint(each.number for each in before.values())


def test_answers_auditors_and_conditions_are_journalled_before_and_after(company: Company) -> None:
    """What was overwritten can be read again by who reads the journal."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = audits.audits(tx)[0]
        entry = profiles.profiles(tx, company.unit)[0]
        changed = ProfileDraft(
            company.unit, entry.user_id, 4, languages=frozenset({"en"}), region="kinki", evidence="資格"
        )
        profiles.keep(tx, changed, expected_version=entry.version)
        kept = terms.keep(tx, UnitTerms(company.unit, "kanto"))
        terms.keep(tx, replace(kept, region="kinki"))
    item = checklist(first.kind)[0].id
    with company.registry.write(Principal(first.auditor_id, "監査員", ())) as tx:
        audits.fill(tx, first.id, answer(item, "一"))
        audits.fill(tx, first.id, answer(item, "二"), expected_version=1)
    with company.registry.read(bootstrap_principal()) as tx:
        paper, _, condition, *rest = journal.lines(tx, limit=20)
        register = next(each for each in rest if each.action == "auditor_registered")
    assert [(of or {})["fact"] for of in (paper.before, paper.after)] == ["規程第3条 一", "規程第3条 二"]
    assert [(of or {})["region"] for of in (condition.before, condition.after)] == ["kanto", "kinki"]
    told = [
        ((of or {})["evidence"], (of or {})["languages"], (of or {})["region"])
        for of in (register.before, register.after)
    ]
    assert told == [("監査員研修", "ja", ""), ("資格", "en", "kinki")]


def test_programmes_of_departments_and_of_companies_are_asked_for_apart(company: Company) -> None:
    """A programme of the one is none of the other; what was audited of late is asked for again."""
    with company.registry.write(company.manager) as tx:
        programmes.plan(tx, draft(company.unit, 2026))
        (only,) = due.due(tx, TODAY)
        assert (only.kind, only.number) == ("audits.plan", "2026-A")
        programmes.plan(tx, draft(company.unit, 2026, scope=ProgrammeScope.DEPARTMENTS))
        assert due.due(tx, TODAY) == []
        assert [each.number for each in due.due(tx, date(2027, 4, 1))] == ["2027-A", "2027-A-companies"]
