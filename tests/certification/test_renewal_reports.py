"""The report on the readiness for renewal is issued with a record: who, when, as of when, who approved."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from privacy_mark.requirements import issued
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.issued import Issued
from privacy_mark.requirements.renewal import renewal
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.journal import lines
from registry.model import Principal, Role
from tests.registry.world import World, person

PDF = b"%PDF-1.7 " + bytes(range(256)) * 2_000  # several parts


def issue(world: World, who: Principal, data: bytes = PDF, language: str = "ja") -> Issued:
    """Make and issue the report of company A."""
    with world.registry.write(who, reason="test") as tx:
        return issued.issue(tx, renewal(tx, product(), world.a.unit.id), language, data)


def test_issuing_leaves_a_record_and_the_same_bytes(world: World) -> None:
    """The journal has moment, approver and hash; the bytes come back as they were handed in."""
    manager = person(2, Role.OFFICER, world.a.unit.id)
    made = issue(world, manager)
    assert (made.issuer, made.approver, made.approved) == (manager.name, manager.name, True)
    assert made.sha256 == hashlib.sha256(PDF).hexdigest()
    second = issue(world, manager, b"%PDF-2", "en")
    executive = person(3, Role.EXECUTIVE, world.a.unit.id)
    with world.registry.read(executive) as tx:
        assert issued.issued(tx, world.a.unit.id) == ([second, made], 2)
        assert issued.issued(tx, world.a.unit.id, offset=1, limit=1) == ([made], 2)
        file = issued.content(tx, made.id)
    assert (file.name, file.data) == (f"{world.a.unit.code}-{made.number}-ja.pdf", PDF)
    with world.registry.read(person(4, Role.ADMINISTRATOR, world.a.unit.id)) as tx:
        _, line = lines(tx, limit=2)
    assert (line.action, line.unit_id) == ("renewal_report_issued", world.a.unit.id)
    assert line.after is not None
    assert line.after["sha256"] == made.sha256
    assert line.after["approver"] == manager.name
    assert line.after["as_of"] == made.as_of.isoformat()


def test_who_may_not_confirm_evidence_issues_without_approval(world: World) -> None:
    """The certification team issues a report that nobody approved, and cannot say that it is approved."""
    team = person(31, Role.CERTIFICATION_TEAM, world.a.unit.id)
    made = issue(world, team)
    assert (made.approved, made.approver) == (False, "")
    with world.registry.write(team, reason="test") as tx, pytest.raises(AccessDenied):
        issued.issue(tx, replace(renewal(tx, product(), world.a.unit.id), approved=True), "ja", PDF)


def test_who_only_looks_issues_nothing_and_others_see_nothing(world: World) -> None:
    """An executive may not issue; an officer of another company finds neither list nor bytes."""
    with pytest.raises(AccessDenied):
        issue(world, person(3, Role.EXECUTIVE, world.a.unit.id))
    made = issue(world, person(2, Role.OFFICER, world.a.unit.id))
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        with pytest.raises((AccessDenied, NotFound)):
            issued.issued(tx, world.a.unit.id)
        with pytest.raises(NotFound):
            issued.content(tx, made.id)


@pytest.mark.parametrize(
    ("data", "language", "told"),
    [
        (b"", "ja", ("data", "required")),
        (b"PK\x03\x04", "ja", ("data", "kind")),
        (b"%PDF-" + bytes(10 << 20), "ja", ("data", "too_large")),
        (PDF, "fr", ("language", "unknown")),
    ],
)
def test_what_is_no_report_is_refused(
    world: World, data: bytes, language: str, told: tuple[str, str]
) -> None:
    """Each refusal names what is wrong."""
    with pytest.raises(InvalidValue) as error:
        issue(world, person(2, Role.OFFICER, world.a.unit.id), data, language)
    assert (error.value.column, error.value.rule) == told


def test_nobody_issues_in_the_name_of_another(world: World) -> None:
    """The issuer in the report is the person asking."""
    who = person(2, Role.OFFICER, world.a.unit.id)
    with world.registry.write(who, reason="test") as tx:
        found = replace(renewal(tx, product(), world.a.unit.id), issuer="別の人")
        with pytest.raises(InvalidValue) as error:
            issued.issue(tx, found, "ja", PDF)
    assert (error.value.column, error.value.rule) == ("issuer", "other")
