"""Separation of duties: the rules as a table, and the services that keep them."""

from __future__ import annotations

from datetime import date

import pytest

from registry import accounts, affiliations, disclosures, duties, journal, organisation, reorganisation
from registry.access import bootstrap_principal
from registry.affiliations import AffiliationKind
from registry.duties import Belonging, Duty, Period, Place, broken_rule
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import AffiliationId, Principal, Role, UnitId, UnitKind, UserId
from registry.store import Tx
from tests.access.bases import APPROVER, RECORDER
from tests.access.world import ABSENT, World, person
from tests.registry.world import PASSWORD

G, A, A1, A2, B, S, S1, D, D1 = (UnitId(number) for number in range(1, 10))
# Group, company A with departments A1 and A2, company B, small company S of one department S1, and its
# subsidiary D with D1 and another department.
PLACES = {
    G: Place(frozenset({G}), G, small=False, departments=3),
    A: Place(frozenset({G, A}), A, small=False, departments=2),
    A1: Place(frozenset({G, A, A1}), A, small=False, departments=2),
    A2: Place(frozenset({G, A, A2}), A, small=False, departments=2),
    B: Place(frozenset({G, B}), B, small=False, departments=2),
    S: Place(frozenset({G, S}), S, small=True, departments=1),
    S1: Place(frozenset({G, S, S1}), S, small=True, departments=1),
    D: Place(frozenset({G, S, D}), D, small=False, departments=2),
    D1: Place(frozenset({G, S, D, D1}), D, small=False, departments=2),
}
EVER = Period(None, None)
FIRST_HALF = Period(date(2026, 4, 1), date(2026, 9, 30))
SECOND_HALF = Period(date(2026, 10, 1), date(2027, 3, 31))
R = Role

CASES = [
    ("auditor of the own department", [(R.AUDITOR, A1)], A1, "auditor_belongs_to_unit"),
    ("auditor of the company around it", [(R.AUDITOR, A)], A1, "auditor_belongs_to_unit"),
    ("auditor of the department beside it", [(R.AUDITOR, A2)], A1, None),
    ("auditor of another company", [(R.AUDITOR, B)], A1, None),
    ("auditor where there is one department", [(R.AUDITOR, S)], S1, None),
    ("auditor of the parent, from a subsidiary", [(R.AUDITOR, S)], D1, "auditor_belongs_to_unit"),
    (
        "manager audits his department",
        [(R.AUDITOR, A1), (R.DEPARTMENT_MANAGER, A1)],
        None,
        "auditor_manages_unit",
    ),
    ("manager audits the department beside", [(R.AUDITOR, A2), (R.DEPARTMENT_MANAGER, A1)], None, None),
    ("privacy manager audits a department", [(R.AUDITOR, A1), (R.OFFICER, A)], None, "auditor_manages_unit"),
    (
        "manager audits the company",
        [(R.AUDITOR, A), (R.DEPARTMENT_MANAGER, A1)],
        None,
        "auditor_manages_unit",
    ),
    (
        "manager audits in a small company",
        [(R.AUDITOR, S), (R.DEPARTMENT_MANAGER, S1)],
        None,
        "auditor_manages_unit",
    ),
    ("privacy manager of A audits B", [(R.AUDITOR, B), (R.OFFICER, A)], None, None),
    (
        "privacy and audit manager",
        [(R.AUDIT_MANAGER, A), (R.OFFICER, A)],
        None,
        "audit_manager_is_privacy_manager",
    ),
    (
        "group officer and audit manager",
        [(R.AUDIT_MANAGER, A), (R.GROUP_OFFICER, G)],
        None,
        "audit_manager_is_privacy_manager",
    ),
    (
        "top and audit manager",
        [(R.TOP_MANAGEMENT, A), (R.AUDIT_MANAGER, A)],
        None,
        "audit_manager_is_top_management",
    ),
    (
        "statutory auditor and audit manager",
        [(R.AUDIT_MANAGER, A1), (R.STATUTORY_AUDITOR, A)],
        None,
        "audit_manager_is_statutory_auditor",
    ),
    ("audit manager of A, privacy manager of B", [(R.AUDIT_MANAGER, A), (R.OFFICER, B)], None, None),
    (
        "audit manager of a small one",
        [(R.AUDIT_MANAGER, S), (R.OFFICER, S)],
        None,
        "audit_manager_is_privacy_manager",
    ),
    (
        "representative as privacy manager",
        [(R.TOP_MANAGEMENT, A), (R.OFFICER, A)],
        None,
        "representative_is_privacy_manager",
    ),
    ("the same in a small entity", [(R.TOP_MANAGEMENT, S), (R.OFFICER, S)], None, None),
    ("representative of A, privacy manager of B", [(R.TOP_MANAGEMENT, A), (R.OFFICER, B)], None, None),
]


@pytest.mark.parametrize(("what", "held", "belongs", "rule"), CASES, ids=[case[0] for case in CASES])
def test_the_rules(
    what: str, held: list[tuple[Role, UnitId]], belongs: UnitId | None, rule: str | None
) -> None:
    """Each pair of duties is refused by its rule, in either order, and only while both are held."""
    belongings = [] if belongs is None else [Belonging(belongs, FIRST_HALF)]
    for order in (held, held[::-1]):
        duties = [Duty(role, unit, FIRST_HALF) for role, unit in order]
        assert broken_rule(duties, belongings, PLACES) == rule
        first, *rest = duties
        later = [Duty(first.role, first.unit_id, SECOND_HALF), *rest]
        assert len(held) == 1 or broken_rule(later, belongings, PLACES) is None
    if len(held) == 1:
        assert broken_rule([Duty(*held[0], SECOND_HALF)], belongings, PLACES) is None


def _account(tx: Tx, world: World, login: str) -> UserId:
    return accounts.create_account(tx, login, login, PASSWORD, "ja", unit_id=world.units["G"])


def test_granting_keeps_the_rules_whichever_comes_first(world: World) -> None:
    """A role and a primary affiliation that exclude each other are refused in both orders."""
    units = world.units
    with world.registry.write(bootstrap_principal()) as tx:
        one, two = _account(tx, world, "one"), _account(tx, world, "two")
        affiliations.affiliate(tx, one, units["A-1-1"], AffiliationKind.PRIMARY)
        accounts.grant(tx, one, Role.AUDITOR, units["A-1-2"])
        accounts.grant(tx, two, Role.AUDITOR, units["A-1-1"])
    for attempt, rule in (
        (lambda tx: accounts.grant(tx, one, Role.AUDITOR, units["A-1-1"]), "auditor_belongs_to_unit"),
        (lambda tx: accounts.grant(tx, one, Role.OFFICER, units["A"]), "auditor_manages_unit"),
        (
            lambda tx: affiliations.affiliate(tx, two, units["A-1-1"], AffiliationKind.PRIMARY),
            "auditor_belongs_to_unit",
        ),
    ):
        with pytest.raises(InvalidValue) as caught, world.registry.write(bootstrap_principal()) as tx:
            attempt(tx)
        assert (caught.value.column, caught.value.rule) == ("role", rule)
    for user in (one, two):
        assert {grant.role for grant in accounts.principal_of(world.registry, user).grants} == {Role.AUDITOR}


def test_only_open_departments_of_the_entity_itself_make_it_larger(world: World) -> None:
    """Where one department is left a person of it may audit; a subsidiary's people do not pass by it."""
    registry = world.registry

    def unit(tx: Tx, code: str, kind: UnitKind, above: UnitId) -> UnitId:
        return organisation.create_unit(
            tx, code=code, kind=kind, name_ja=code, name_en=code, parent_id=above
        ).id

    with registry.write(bootstrap_principal()) as tx:
        parent = unit(tx, "P", UnitKind.COMPANY, world.units["G"])
        own, gone = (unit(tx, code, UnitKind.DEPARTMENT, parent) for code in ("P-1", "P-2"))
        child = unit(tx, "Q", UnitKind.COMPANY, parent)
        theirs, _ = (unit(tx, code, UnitKind.DEPARTMENT, child) for code in ("Q-1", "Q-2"))
        user = accounts.create_account(tx, "own", "own", PASSWORD, "ja", unit_id=own)
        other = accounts.create_account(tx, "other", "other", PASSWORD, "ja", unit_id=theirs)
        affiliations.affiliate(tx, user, own, AffiliationKind.PRIMARY)
        affiliations.affiliate(tx, other, theirs, AffiliationKind.PRIMARY)
    refused = pytest.raises(InvalidValue, match="auditor_belongs_to_unit")
    with refused, registry.write(bootstrap_principal()) as tx:
        accounts.grant(tx, user, Role.AUDITOR, parent)
    with registry.write(bootstrap_principal()) as tx:
        reorganisation.merge_units(tx, gone, own)
        accounts.grant(tx, user, Role.AUDITOR, parent)
    with registry.write(bootstrap_principal()) as tx:
        with pytest.raises(InvalidValue, match="auditor_belongs_to_unit"):
            accounts.grant(tx, other, Role.AUDITOR, parent)
        found = duties.places(tx)
        assert found == {number: duties._place(tx, number) for number in found}
        assert [found[each].departments for each in (parent, child)] == [1, 2]


def test_a_small_entity_may_be_led_and_kept_by_one_person(world: World) -> None:
    """The flag is set with a version, leaves a record, and opens exactly this combination."""
    unit_id = world.units["A"]
    with world.registry.write(bootstrap_principal()) as tx:
        user = _account(tx, world, "representative")
        accounts.grant(tx, user, Role.TOP_MANAGEMENT, unit_id)
    with (
        pytest.raises(InvalidValue, match="representative_is_privacy_manager"),
        world.registry.write(bootstrap_principal()) as tx,
    ):
        accounts.grant(tx, user, Role.OFFICER, unit_id)
    with world.registry.write(bootstrap_principal()) as tx:
        small = organisation.set_small(tx, unit_id, small=True, expected_version=1)
        accounts.grant(tx, user, Role.OFFICER, unit_id)
        record = next(line for line in journal.lines(tx) if line.action == "unit_changed")
    assert small.small
    assert (record.before, record.after) == ({"small": False}, {"small": True})
    with pytest.raises(Conflict) as caught, world.registry.write(bootstrap_principal()) as tx:
        organisation.set_small(tx, unit_id, small=False, expected_version=1)
    assert (caught.value.who, caught.value.columns, caught.value.version) == ("daicho", ("small",), 2)


def test_nobody_gives_himself_a_role(world: World) -> None:
    """Not even who manages the users of the unit."""
    target = world.targets["A"]
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.grant(tx, target.user_id, Role.ADMINISTRATOR, target.unit_id)
    own = accounts.principal_of(world.registry, target.user_id)
    with pytest.raises(InvalidValue, match="role: self"), world.registry.write(own) as tx:
        accounts.grant(tx, target.user_id, Role.AUDITOR, target.unit_id)


def test_a_grant_ends_with_its_affiliation(world: World) -> None:
    """Not the person's other grants, and not before the last day is over, in Japan."""
    target, units = world.targets["A"], world.units
    with world.registry.write(bootstrap_principal()) as tx:
        away = affiliations.affiliate(
            tx, target.user_id, units["C"], AffiliationKind.SECONDMENT, date(2026, 3, 1), date(2027, 2, 28)
        )
        accounts.grant(tx, target.user_id, Role.EXECUTIVE, units["C"], affiliation_id=away.id)
    held = lambda: {grant.unit_id for grant in accounts.principal_of(world.registry, target.user_id).grants}  # noqa: E731
    assert held() == {units["A"], units["C"]}
    with world.registry.write(bootstrap_principal()) as tx:
        ended = affiliations.end_affiliation(tx, away.id, date(2026, 4, 1))
        assert affiliations.end_affiliation(tx, away.id, date(2026, 12, 31)) == ended  # never longer again
        last = next(line for line in journal.lines(tx) if line.action == "affiliation_ended")
    assert last.after is not None
    assert last.after["valid_until"] == "2026-04-01"
    assert held() == {units["A"], units["C"]}
    world.clock.now = world.clock.now.replace(day=1, hour=15)  # midnight in Japan
    assert held() == {units["A"]}


def test_a_person_has_one_primary_affiliation_at_a_time(world: World) -> None:
    """A second one is refused for the same days, and accepted for others."""
    target = world.targets["A"]
    with world.registry.write(bootstrap_principal()) as tx:
        assert affiliations.affiliations(tx, target.user_id)[0].kind is AffiliationKind.PRIMARY
        with pytest.raises(InvalidValue, match="two_primaries"):
            affiliations.affiliate(tx, target.user_id, world.units["B"], AffiliationKind.PRIMARY)
        affiliations.end_affiliation(tx, target.affiliation_id, date(2026, 9, 30))
        affiliations.affiliate(
            tx, target.user_id, world.units["B"], AffiliationKind.PRIMARY, date(2026, 10, 1)
        )
        with pytest.raises(InvalidValue, match="before_valid_from"):
            affiliations.affiliate(
                tx,
                target.user_id,
                world.units["C"],
                AffiliationKind.CONCURRENT,
                date(2026, 10, 1),
                date(2026, 9, 1),
            )
        for absent in (AffiliationId(ABSENT), world.targets["B"].affiliation_id):  # of somebody else
            with pytest.raises(NotFound):
                accounts.grant(tx, target.user_id, Role.EXECUTIVE, target.unit_id, affiliation_id=absent)


def test_who_records_a_basis_does_not_approve_it(world: World) -> None:
    """Neither through the service nor in the database; what was decided stays so."""
    recorded = world.targets["A"].recorded_id
    with pytest.raises(InvalidValue, match="same_person"), world.registry.write(RECORDER) as tx:
        disclosures.approve_disclosure(tx, recorded, expected_version=1)
    with world.registry.write(APPROVER) as tx:
        made = disclosures.approve_disclosure(tx, recorded, expected_version=1)
    assert (made.recorder, made.approver) == (RECORDER.name, APPROVER.name)
    for version, error in ((1, Conflict), (2, InvalidValue)):
        with pytest.raises(error), world.registry.write(APPROVER) as tx:
            disclosures.approve_disclosure(tx, recorded, expected_version=version)
    with world.registry.write(APPROVER) as tx:
        assert disclosures.end_disclosure(tx, recorded, expected_version=2).state == "ended"
        actions = [line.action for line in journal.lines(tx, limit=2)]
    assert actions == ["disclosure_ended", "disclosure_approved"]
    assert journal.verify(world.registry).ok


def test_the_receiving_side_cannot_approve_for_the_giving_one(world: World) -> None:
    """Two people of the headquarters cannot open another entity's data to themselves."""
    for role in Role:
        for code in ("G", "HQ"):
            who: Principal = person(role, world.units[code])
            for company in "BC":  # without a basis and with one
                with pytest.raises((NotFound, AccessDenied)), world.registry.write(who) as tx:
                    disclosures.approve_disclosure(tx, world.targets[company].recorded_id, expected_version=1)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"document": " "}, "document: required"),
        ({"document": "x" * 501}, "document: too_long"),
        ({"from_id": "A-1"}, "from_id: not_an_entity"),
        ({"to_id": "B-1"}, "to_id: not_an_entity"),
        ({"to_id": "A"}, "to_id: same_entity"),
        ({"valid_until": date(2025, 1, 1)}, "valid_until: before_valid_from"),
    ],
)
def test_a_basis_is_checked_before_it_is_recorded(
    world: World, changes: dict[str, object], rule: str
) -> None:
    """It lies between two entities, names its document, and its days are in order."""
    values: dict[str, object] = {
        "kind": disclosures.DisclosureKind.ENTRUSTMENT,
        "from_id": "A",
        "to_id": "HQ",
        "valid_from": date(2026, 4, 1),
        "document": "契約",
        **changes,
    }
    for end in ("from_id", "to_id"):
        values[end] = world.units[str(values[end])]
    with pytest.raises(InvalidValue, match=rule), world.registry.write(RECORDER) as tx:
        disclosures.record_disclosure(tx, **values)  # type: ignore[arg-type]  # put together above
