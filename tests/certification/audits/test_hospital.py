"""What audits of hospitals ask besides."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from privacy_mark.audits import assigning, audits
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.checklist import checklist, hospital_questions, load
from privacy_mark.audits.results import place
from privacy_mark.requirements.catalogue import product
from registry.errors import ReferenceFileError
from registry.model import UnitKind
from registry.store.audit_tables import AuditPaper, AuditRecord
from registry.store.tables import OrgUnit
from tests.access.audits import answer
from tests.certification.audits.company import TODAY, Company, approved


def hospital(company: Company) -> list[audits.Audit]:
    """Make the company a hospital, and return the audits of its departments."""
    with company.registry.write(company.manager) as tx:
        kind = update(OrgUnit).where(OrgUnit.id == company.unit).values(kind=UnitKind.HOSPITAL.value)
        tx.session.execute(kind)
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        return audits.audits(tx, programme_id=made.id)


def test_departments_of_a_hospital_are_asked_more(company: Company) -> None:
    """The kind of audit still chooses; a work paper takes the answers, and stays in the order of the list."""
    more = {item.id for item in hospital_questions()}
    for each in hospital(company):
        with company.registry.write(company.who_audits(each)) as tx:
            asked = audits.questions(tx, each.id)
            assert asked == checklist(each.kind, hospital=True)
            assert {item.id for item in asked} & more == {
                item.id for item in hospital_questions() if each.kind in (AuditKind.BOTH, item.kind)
            }
            last = asked[-1]
            audits.fill(tx, each.id, answer(last.id))
            audits.fill(tx, each.id, answer(asked[0].id))
            assert [paper.item for paper in audits.papers(tx, each.id)] == [asked[0].id, last.id]


def test_others_are_asked_nothing_medical(company: Company) -> None:
    """A company's list is the one of everybody."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = audits.audits(tx, programme_id=made.id)[0]
        assert audits.questions(tx, first.id) == checklist(first.kind)


def test_an_audit_that_ended_before_stays_whole(company: Company) -> None:
    """One that answered nothing medical shows no open question, nor does one that never saw a newer one."""
    first = hospital(company)[0]
    with company.registry.write(company.who_audits(first)) as tx:
        for item in checklist(first.kind):
            audits.fill(tx, first.id, answer(item.id))
        ended = update(AuditRecord).where(AuditRecord.id == first.id).values(state="done", done_on=TODAY)
        tx.session.execute(ended)
        assert audits.questions(tx, first.id) == checklist(first.kind)
        later = checklist(first.kind)[3].id  # as if the product asked it only since then
        tx.session.execute(delete(AuditPaper).where(AuditPaper.item == later))
        assert [item.id for item in audits.questions(tx, first.id)] == [
            item.id for item in checklist(first.kind) if item.id != later
        ]


def test_every_question_names_a_requirement_and_a_source() -> None:
    """The catalogue knows the requirement; a source that the file does not list is refused with its line."""
    assert {item.requirement_id for item in hospital_questions()} <= product().requirements.keys()
    assert all(item.source is not None and item.source.en for item in hospital_questions())
    assert sorted(["MHLW.2.10", "J.10.1", "MED.1.1", "J.9.2"], key=place) == [
        "J.9.2",
        "J.10.1",
        "MED.1.1",
        "MHLW.2.10",
    ]
    line = "  - {id: a, requirement: MED.1.1, kind: operation, source: b, ja: あ, en: a, confidence: low}"
    with pytest.raises(ReferenceFileError, match=r"q.yaml:4: .*source"):
        load(f"version: 1\nsources: {{a: {{ja: あ, en: a}}}}\nitems:\n{line}\n", "q.yaml")
