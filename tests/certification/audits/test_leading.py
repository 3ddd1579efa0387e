"""Who leads a programme and who does an audit: the role alone is neither the appointment nor the assignment."""

from __future__ import annotations

import pytest

from privacy_mark.audits import appointments, assigning, audits, due, programmes
from privacy_mark.audits.checklist import checklist
from registry.errors import AccessDenied, InvalidValue
from registry.model import Principal, Role
from registry.store.audit_tables import AuditRecord
from tests.access.audits import LAST, answer
from tests.certification.audits.company import TODAY, Company, approved


def test_only_the_appointed_audit_manager_leads_a_programme(company: Company) -> None:
    """Another with the role neither assigns nor changes nor reports; nor does he himself once his time ended."""
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
