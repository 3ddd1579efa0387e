"""Requests of persons: targets and limits, identity, decisions with their reasons, and what is never kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from registry import journal, organisation, request_places, requests
from registry.access import bootstrap_principal
from registry.disclosures import DisclosureId
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.limits import limit_of, limits, months_after, target
from registry.model import Principal, Role, UnitKind
from registry.refusals import refusals, refusals_for
from registry.request_model import (
    Applicant,
    Decision,
    IdentityMethod,
    Opinion,
    PlaceState,
    Request,
    RequestKind,
    RequestState,
)
from registry.store.rights_tables import RightsRequest
from registry.store.tables import DisclosureBasis
from tests.access.bases import APPROVER, disclose
from tests.access.rights import candidate, request
from tests.registry.world import World, person

TODAY = date(2026, 4, 1)


def officer(world: World) -> Principal:
    """Return the officer of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def received(world: World, **values: Any) -> Request:
    """Return a request that company A received."""
    with world.registry.write(officer(world)) as tx:
        return requests.receive(tx, replace(request(world.a.unit.id), **values), target_days=14)


def checked(world: World, made: Request, method: IdentityMethod = IdentityMethod.PHOTO_CARD) -> Request:
    """Return a request after the identity check."""
    with world.registry.write(officer(world)) as tx:
        return requests.confirm_identity(tx, made.id, method, on=TODAY, expected_version=made.version)


def decided(world: World, made: Request, decision: Decision, **values: Any) -> Request:
    """Return a request after its decision."""
    with world.registry.write(officer(world)) as tx:
        return requests.decide(tx, made.id, decision, expected_version=made.version, **values)


def test_a_request_goes_its_four_steps_and_is_then_fixed(world: World) -> None:
    """Received, checked, decided, answered; who did what is told, and after closing nothing changes."""
    made = received(world)
    assert (made.number, made.state, made.target_on) == ("R-0001", RequestState.RECEIVED, date(2026, 4, 15))
    assert made.limit_country == ""
    made = checked(world, made)
    assert (made.identity_by, made.identity_on) == ("officer 2", TODAY)
    made = decided(world, made, Decision.GRANTED)
    world.clock.advance(timedelta(days=2))
    with world.registry.write(officer(world)) as tx:
        made = requests.close(tx, made.id, answered_on=date(2026, 4, 3), expected_version=made.version)
    assert (made.state, made.days_left(TODAY)) == (RequestState.CLOSED, None)
    for act in (
        lambda tx: requests.amend(tx, made.id, {"subject": "x"}, expected_version=made.version),
        lambda tx: request_places.keep(tx, made.id, []),
        lambda tx: requests.decide(tx, made.id, Decision.REFUSED, expected_version=made.version),
    ):
        with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="closed"):
            act(tx)


def test_names_are_sealed_and_the_journal_is_told_no_name(world: World) -> None:
    """The database holds the person's name nowhere in the clear, and the journal's words not at all."""
    made = received(world, subject="退職した年の評価")
    with world.registry.write(officer(world)) as tx:
        requests.amend(tx, made.id, {"contact": "大阪市北区"}, expected_version=made.version)
    with world.registry.read(bootstrap_principal()) as tx:
        row = tx.session.execute(select(RightsRequest.__table__)).mappings().one()
        told = [line for line in journal.lines(tx) if line.table == "rights_request"]
    for secret in ("山田", "千代田", "大阪市", "退職"):
        assert secret not in repr({key: bytes(v) if isinstance(v, bytes) else v for key, v in row.items()})
        assert secret.encode() not in b"".join(bytes(v) for v in row.values() if isinstance(v, bytes))
        assert secret not in repr(told)
    assert told[0].after == {"contact": "●"}
    assert "山田" not in repr(made)


@pytest.mark.parametrize(
    ("values", "column", "rule"),
    [
        ({"person": " "}, "person", "required"),
        ({"contact": ""}, "contact", "required"),
        ({"applicant": Applicant.MANDATED_AGENT}, "agent", "required"),
        ({"applicant": Applicant.BEREAVED, "agent": "妻"}, "applicant", "medical_only"),
        ({"received_on": date(2026, 4, 2)}, "received_on", "future"),
        ({"kind": RequestKind.ERASURE, "fee_yen": 300}, "fee_yen", "no_fee"),
        ({"fee_yen": -1}, "fee_yen", "out_of_range"),
    ],
)
def test_what_does_not_hold_is_refused(world: World, values: dict[str, Any], column: str, rule: str) -> None:
    """Who asks and where the answer goes are needed; fees are for purpose notice and disclosure alone."""
    with pytest.raises(InvalidValue) as error:
        received(world, **values)
    assert (error.value.column, error.value.rule) == (column, rule)


def test_a_site_receives_no_request(world: World) -> None:
    """A request is addressed to a legal entity."""
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="not_an_entity"):
        requests.receive(tx, request(world.a.site.id), target_days=14)


def test_a_country_with_an_earlier_limit_is_answered_within_it(world: World) -> None:
    """In Viet Nam three days count, in Germany the entity's own two weeks are earlier than a month."""
    with world.registry.write(bootstrap_principal()) as tx:
        made = {
            country: organisation.create_unit(
                tx,
                code=country,
                kind=UnitKind.OVERSEAS,
                name_ja=country,
                name_en=country,
                parent_id=world.group.id,
                country=country,
            ).id
            for country in ("VN", "DE")
        }
        found = {
            country: requests.receive(tx, request(unit), target_days=14) for country, unit in made.items()
        }
    assert (found["VN"].target_on, found["VN"].limit_country) == (date(2026, 4, 4), "VN")
    assert (found["DE"].target_on, found["DE"].limit_country) == (date(2026, 4, 15), "EU")


@pytest.mark.parametrize(
    ("country", "received_on", "days", "due"),
    [
        ("JP", date(2026, 1, 31), 14, date(2026, 2, 14)),
        ("DE", date(2026, 1, 31), 365, date(2026, 2, 28)),
        ("GB", date(2026, 3, 1), 365, date(2026, 4, 1)),
        ("KR", date(2026, 3, 1), 14, date(2026, 3, 11)),
        ("ID", date(2026, 3, 1), 14, date(2026, 3, 4)),
        ("HK", date(2026, 3, 1), 14, date(2026, 3, 15)),
    ],
)
def test_the_earlier_of_target_and_limit_counts(
    country: str, received_on: date, days: int, due: date
) -> None:
    """Months end on their last day, hours are whole days, and the day of receipt does not count."""
    assert target(received_on, country, days) == due


def test_limits_name_their_law_and_how_sure_they_are() -> None:
    """No limit stands without source and confidence; Japan has none, because its law names no days."""
    for limit in limits().values():
        assert limit.number > 0
        assert limit.unit in ("days", "months", "hours")
        assert limit.law
        assert limit.confidence in ("high", "medium", "low")
    assert limit_of("JP") is None
    assert limit_of("FR") is limits()["EU"]
    assert months_after(date(2024, 1, 31), 1) == date(2024, 2, 29)


def test_an_extension_needs_a_reason_and_stays_within_the_law(world: World) -> None:
    """It ends after the target, names why, and abroad no longer than the law allows."""
    made = received(world)

    def extended(until: date, reason: str) -> Request:
        with world.registry.write(officer(world)) as tx:
            changes = {"extended_until": until, "extension": reason}
            return requests.amend(tx, made.id, changes, expected_version=made.version)

    with pytest.raises(InvalidValue, match="before_target"):
        extended(date(2026, 4, 15), "調査")
    with pytest.raises(InvalidValue, match="required"):
        extended(date(2026, 4, 20), "")
    later = extended(date(2026, 4, 20), "紙の記録の調査")
    assert (later.due_on, later.days_left(TODAY)) == (date(2026, 4, 20), 19)
    with world.registry.write(bootstrap_principal()) as tx:
        unit = organisation.create_unit(
            tx,
            code="DE",
            kind=UnitKind.OVERSEAS,
            name_ja="DE",
            name_en="DE",
            parent_id=world.group.id,
            country="DE",
        )
        abroad = requests.receive(tx, request(unit.id), target_days=14)
    for until, allowed in ((date(2026, 7, 1), True), (date(2026, 7, 2), False)):
        with world.registry.write(bootstrap_principal()) as tx:
            changes = {"extended_until": until, "extension": "complex"}
            if allowed:
                abroad = requests.amend(tx, abroad.id, changes, expected_version=abroad.version)
            else:
                with pytest.raises(InvalidValue, match="beyond_limit"):
                    requests.amend(tx, abroad.id, changes, expected_version=abroad.version)


def test_nothing_is_disclosed_before_the_identity_was_checked(world: World) -> None:
    """Only a refusal for want of it, or a withdrawal, needs no check; agents are checked as agents."""
    made = received(world)
    with pytest.raises(InvalidValue, match="identity_method"):
        decided(world, made, Decision.GRANTED)
    with pytest.raises(InvalidValue, match="agents_only"):
        checked(world, made, IdentityMethod.MANDATE)
    assert decided(world, made, Decision.REFUSED, refusal="identity").decision is Decision.REFUSED
    agent = received(world, applicant=Applicant.STATUTORY_AGENT, agent="母")
    with pytest.raises(InvalidValue, match="not_for_agents"):
        checked(world, agent, IdentityMethod.PHOTO_CARD)
    assert checked(world, agent, IdentityMethod.FAMILY_REGISTER).state is RequestState.CHECKED


def test_a_refusal_names_a_reason_that_is_meant_for_its_kind(world: World) -> None:
    """Without one, with one of another kind, or with one where none is due, the decision is refused."""
    made = checked(world, received(world))
    for decision, refusal, rule in (
        (Decision.REFUSED, "", "required"),
        (Decision.PARTLY, "content_is_true", "unknown"),
        (Decision.GRANTED, "business", "not_needed"),
    ):
        with pytest.raises(InvalidValue, match=rule):
            decided(world, made, decision, refusal=refusal)
    assert decided(world, made, Decision.PARTLY, refusal="business").refusal == "business"


def test_every_kind_has_reasons_in_both_languages_with_their_article() -> None:
    """The data are complete, and name only kinds that there are."""
    for kind in RequestKind:
        assert refusals_for(kind.value)
    for each in refusals().values():
        assert all((each.ja, each.en, each.law_ja, each.law_en))
        assert each.kinds <= {kind.value for kind in RequestKind}


def test_a_medical_record_waits_for_the_physician(world: World) -> None:
    """Bereaved family is answered after the physician was heard, whose name is kept."""
    made = received(world, medical=True, applicant=Applicant.BEREAVED, agent="妻")
    made = checked(world, made, IdentityMethod.FAMILY_REGISTER)
    with pytest.raises(InvalidValue, match="opinion"):
        decided(world, made, Decision.GRANTED)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="physician"):
        requests.amend(tx, made.id, {"opinion": Opinion.OBJECTION}, expected_version=made.version)
    with world.registry.write(officer(world)) as tx:
        changes = {"opinion": Opinion.NO_OBJECTION, "physician": "林 医師", "opinion_text": "支障なし"}
        made = requests.amend(tx, made.id, changes, expected_version=made.version)
    made = decided(world, made, Decision.GRANTED)
    assert (made.physician, made.opinion_text, made.decision) == ("林 医師", "支障なし", Decision.GRANTED)
    plain = received(world)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="not_medical"):
        requests.amend(tx, plain.id, {"opinion": Opinion.ASKED}, expected_version=plain.version)


def test_a_change_that_comes_too_late_is_a_conflict(world: World) -> None:
    """Who read an older version is told who changed it."""
    made = received(world)
    checked(world, made)
    with world.registry.write(officer(world)) as tx, pytest.raises(Conflict) as conflict:
        requests.amend(tx, made.id, {"subject": "x"}, expected_version=made.version)
    assert conflict.value.who == "officer 2"


def test_places_are_kept_once_and_judged(world: World) -> None:
    """A second search adds what is new and leaves what was judged."""
    made = received(world)
    with world.registry.write(officer(world)) as tx:
        (place,) = request_places.keep(tx, made.id, [candidate(world.a.site.id)])
        request_places.judge(tx, place.id, PlaceState.THEIRS, expected_version=place.version)
        found = request_places.keep(
            tx, made.id, [candidate(world.a.site.id), candidate(world.a.site.id, "file:///srv/b.csv", 1)]
        )
    assert sorted((each.shown, each.state) for each in found) == [
        ("file:///srv/a.csv", PlaceState.THEIRS),
        ("file:///srv/b.csv", PlaceState.FOUND),
    ]


def test_two_who_judge_one_place_meet_a_conflict(world: World) -> None:
    """The second one is told who was first, and what was judged stays."""
    made = received(world)
    with world.registry.write(officer(world)) as tx:
        (place,) = request_places.keep(tx, made.id, [candidate(world.a.site.id)])
    first = person(21, Role.OFFICER, world.a.unit.id)
    with world.registry.write(first) as tx:
        request_places.judge(tx, place.id, PlaceState.NOT_THEIRS, expected_version=place.version)
    with world.registry.write(officer(world)) as tx, pytest.raises(Conflict) as conflict:
        request_places.judge(tx, place.id, PlaceState.THEIRS, expected_version=place.version)
    assert conflict.value.who == first.name
    with world.registry.read(officer(world)) as tx:
        assert [each.state for each in request_places.places(tx, made.id)] == [PlaceState.NOT_THEIRS]


def test_a_place_of_an_entity_without_basis_is_not_kept(world: World) -> None:
    """Neither a sibling's object nor one under a basis that is another one's enters the request."""
    made = received(world)
    foreign = candidate(world.b.unit.id)
    for each in (
        foreign,
        replace(foreign, basis_id=DisclosureId(1)),
        replace(foreign, basis_id=DisclosureId(2)),
    ):
        with world.registry.write(bootstrap_principal()) as tx, pytest.raises(NotFound):
            request_places.keep(tx, made.id, [candidate(world.a.site.id), each])
    with world.registry.read(officer(world)) as tx:
        assert request_places.places(tx, made.id) == []


def test_a_place_of_another_entity_closes_with_its_basis(world: World) -> None:
    """While the basis is in force its place is shown, afterwards that there was one."""
    basis = disclose(world.registry, world.b.unit.id, world.a.unit.id)
    made = received(world)
    theirs = replace(candidate(world.b.unit.id), basis_id=DisclosureId(basis.id))
    with world.registry.write(officer(world)) as tx:
        (place,) = request_places.keep(tx, made.id, [theirs])
        assert place.shown == "file:///srv/a.csv"
    with world.registry.write(APPROVER) as tx:
        tx.session.get_one(DisclosureBasis, basis.id).state = "ended"
    with world.registry.read(officer(world)) as tx:
        (place,) = request_places.places(tx, made.id)
    assert place.shown == ""


def test_the_complaints_desk_takes_requests_in_and_neither_searches_nor_decides(world: World) -> None:
    """Receiving and checking is the desk's; searching and deciding is the privacy manager's."""
    desk = person(8, Role.COMPLAINTS_DESK, world.a.unit.id)
    with world.registry.write(desk) as tx:
        made = requests.receive(tx, request(world.a.unit.id), target_days=14)
        assert [each.id for each in requests.requests(tx)] == [made.id]
        with pytest.raises(AccessDenied):
            requests.decide(tx, made.id, Decision.WITHDRAWN, expected_version=made.version)
        with pytest.raises(AccessDenied):
            request_places.keep(tx, made.id, [])
    with (
        world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx,
        pytest.raises(NotFound),
    ):
        requests.request(tx, made.id)
