"""What internal rules, governance, lists of laws, self checks and changes say of entities."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from privacy_mark.audits import appointments
from privacy_mark.changes import register as changing
from privacy_mark.documents import distribution, fact_links, reading, register, review, versions
from privacy_mark.documents.facts import FactKind, FactRef
from privacy_mark.documents.model import Outcome, RuleKind
from privacy_mark.governance import arrivals, bodies, decisions
from privacy_mark.governance.arrivals import received
from privacy_mark.governance.model import ArrivalId, Post
from privacy_mark.laws import amendments, reviews
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.facts import Fact, Standing
from privacy_mark.requirements.model import SupplierId
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from registry import accounts, affiliations
from registry.access import bootstrap_principal
from registry.affiliations import AffiliationKind
from registry.model import Role, UnitId
from registry.store import Tx
from tests.access import assessments, certificates, changes, governance, laws, self_check
from tests.access.bases import APPROVER, RECORDER
from tests.access.documents import TEXT, rule
from tests.access.rights import DAY
from tests.registry.world import PASSWORD, World, person

pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
_DAY = timedelta(days=1)


def fact(tx: Tx, supplier: SupplierId, unit_id: UnitId, day: date = DAY) -> Fact | None:
    """Return what a supplier says of an entity on a day."""
    return SUPPLIERS[supplier].facts(tx, members_of(tx, frozenset({unit_id})), day).get(unit_id)


def standing(tx: Tx, supplier: SupplierId, unit_id: UnitId, day: date = DAY) -> Standing | None:
    """Return how an entity stands on a day; None: there is nothing to look at."""
    found = fact(tx, supplier, unit_id, day)
    return found.standing if found is not None else None


def test_rules_are_shown_when_approved_and_lack_what_nobody_revised(world: World) -> None:
    """One that is written is under way; in force it is shown; a fact that changed long ago speaks against."""
    unit = world.a.unit.id
    with world.registry.write(RECORDER) as tx:
        assert fact(tx, SupplierId.DOCUMENTS, unit) is None
        made = register.register(tx, rule(unit))
        version = versions.write(tx, made, TEXT)
        assert fact(tx, SupplierId.DOCUMENTS, unit) == Fact(Standing.UNDER_WAY)
        fact_links.state(tx, version, FactRef(FactKind.ANSWER_DAYS, unit), "15")
    with world.registry.write(APPROVER) as tx:
        versions.approve(tx, version, expected_version=1)
        # The text says 15 days and the product another number, seen today.
        shown = fact(tx, SupplierId.DOCUMENTS, unit)
        assert shown == Fact(Standing.SHOWN, 1, 1, DAY, DAY + timedelta(days=30))
        assert fact(tx, SupplierId.DOCUMENTS, unit, DAY + timedelta(days=31)) == Fact(
            Standing.LACKING, 0, 1, DAY
        )
        assert fact(tx, SupplierId.POLICY, unit) is None
        assert fact(tx, SupplierId.DOCUMENTS, world.b.unit.id) is None
        other = register.register(tx, replace(rule(unit), kind=RuleKind.POLICY))
        policy = versions.write(tx, other, TEXT)
        assert standing(tx, SupplierId.POLICY, unit) is Standing.UNDER_WAY
        # A rule that is only written takes nothing from those in force; a new version stops the clock.
        assert standing(tx, SupplierId.DOCUMENTS, unit) is Standing.SHOWN
        again = versions.write(tx, made, replace(TEXT, text=TEXT.text + "\n"))
        assert standing(tx, SupplierId.DOCUMENTS, unit, DAY + timedelta(days=31)) is Standing.SHOWN
        versions.withdraw(tx, again, expected_version=1)
    with world.registry.write(RECORDER) as tx:
        versions.approve(tx, policy, expected_version=1)
        assert fact(tx, SupplierId.POLICY, unit) == Fact(Standing.SHOWN, 1, 1, DAY)


def test_rules_are_looked_at_within_a_year(world: World) -> None:
    """The approval counts, then each review; after a year, or when a revision is late, it is lacking."""
    unit = world.a.unit.id
    with world.registry.write(RECORDER) as tx:
        made = register.register(tx, rule(unit))
        version = versions.write(tx, made, TEXT)
        assert fact(tx, SupplierId.RULE_REVIEW, unit) is None
    with world.registry.write(APPROVER) as tx:
        versions.approve(tx, version, expected_version=1)
        until = DAY.replace(year=DAY.year + 1)
        assert fact(tx, SupplierId.RULE_REVIEW, unit) == Fact(Standing.SHOWN, 1, 1, DAY, until)
        assert standing(tx, SupplierId.RULE_REVIEW, unit, until + _DAY) is Standing.LACKING
        now = register.rule(tx, made)
        review.review(tx, made, Outcome.REVISE, "古い", expected_version=now.version)
        assert standing(tx, SupplierId.RULE_REVIEW, unit) is Standing.SHOWN
        assert standing(tx, SupplierId.RULE_REVIEW, unit, DAY + timedelta(days=31)) is Standing.LACKING


def test_who_got_a_rule_counts_until_all_have_read_it(world: World) -> None:
    """Given out it is under way until its day; whoever wrote it, the entity of the readers is spoken of."""
    a, b, due_on = world.a.unit.id, world.b.unit.id, DAY + timedelta(days=14)
    with world.registry.write(RECORDER) as tx:
        for company in (world.a, world.b):
            affiliations.affiliate(tx, company.user_id, company.unit.id, AffiliationKind.CONCURRENT)
        late = accounts.create_account(tx, "late", "遅れて", PASSWORD, "ja", unit_id=a)
        affiliations.affiliate(tx, late, a, AffiliationKind.CONCURRENT, due_on + _DAY)
        version = versions.write(tx, register.register(tx, rule(world.group.id)), TEXT)
    with world.registry.write(APPROVER) as tx:
        versions.approve(tx, version, expected_version=1)
        assert fact(tx, SupplierId.RULE_DISTRIBUTION, a) is None
        distribution.distribute(tx, version, world.group.id, due_on=due_on)
        before = fact(tx, SupplierId.RULE_DISTRIBUTION, a)
        assert before is not None
        assert before == Fact(Standing.UNDER_WAY, 0, before.of, DAY, due_on)
        assert before.of >= 1
        reader = replace(tx, principal=accounts.principals(tx)[world.a.user_id])
        reading.acknowledge(reader, version)
        # Who joined after its day does not count, and the other company has not read.
        done = fact(tx, SupplierId.RULE_DISTRIBUTION, a, due_on + timedelta(days=2))
        assert done == Fact(Standing.SHOWN, 1, 1, DAY, DAY.replace(year=DAY.year + 1))
        assert standing(tx, SupplierId.RULE_DISTRIBUTION, b, due_on + _DAY) is Standing.LACKING


def test_posts_that_nobody_holds_any_more_speak_against(world: World) -> None:
    """Never recorded they say nothing against; both managers make J.2.3.2, and a committee needs a chair."""
    unit, last = world.a.unit.id, DAY + timedelta(days=30)
    with world.registry.write(bootstrap_principal()) as tx:
        assert fact(tx, SupplierId.MANAGERS, unit) is None
        bodies.appoint(tx, replace(governance.appointment(unit), valid_until=last))
        assert fact(tx, SupplierId.MANAGERS, unit) == Fact(Standing.UNDER_WAY, 1, 2, DAY, last)
        user = accounts.create_account(tx, "audit", "監査責任者", PASSWORD, "ja", unit_id=unit)
        accounts.grant(tx, user, Role.AUDIT_MANAGER, unit)
        appointments.appoint(tx, unit, user, valid_from=DAY)
        assert fact(tx, SupplierId.MANAGERS, unit) == Fact(Standing.SHOWN, 2, 2, DAY, last)
        assert standing(tx, SupplierId.MANAGERS, unit, last + _DAY) is Standing.LACKING
        assert fact(tx, SupplierId.GOVERNANCE, unit) == Fact(Standing.UNDER_WAY, 2, 5, DAY, last)
        for post in (Post.TOP, Post.TRAINING_MANAGER, Post.COMPLAINTS):
            bodies.appoint(tx, replace(governance.appointment(unit), post=post))
        assert standing(tx, SupplierId.GOVERNANCE, unit) is Standing.SHOWN
        made = bodies.register(tx, governance.body(unit))
        assert fact(tx, SupplierId.GOVERNANCE, unit) == Fact(Standing.UNDER_WAY, 5, 6, DAY, last)
        bodies.appoint(tx, replace(governance.appointment(unit), body_id=made, post=Post.CHAIR))
        assert standing(tx, SupplierId.GOVERNANCE, unit) is Standing.SHOWN
        # A successor before the last day leaves no gap; a post of a site is not the entity's.
        bodies.appoint(tx, replace(governance.appointment(unit), valid_from=last))
        assert standing(tx, SupplierId.GOVERNANCE, unit, last + _DAY) is Standing.SHOWN
        bodies.appoint(tx, governance.appointment(world.b.site.id))
        assert fact(tx, SupplierId.MANAGERS, world.b.unit.id) is None


def test_decisions_show_when_they_arrived_and_lack_when_late(world: World) -> None:
    """One that was recorded only is none; conveyed it is under way until its day, from above too."""
    unit, due_on = world.a.unit.id, DAY + timedelta(days=14)
    site = person(3, Role.DEPARTMENT_MANAGER, world.a.site.id)
    with world.registry.write(RECORDER) as tx:
        made = decisions.record(tx, governance.decided(unit))
        assert fact(tx, SupplierId.DECISIONS, unit) is None
        decisions.issue(tx, made, governance.SITES, due_on=due_on, expected_version=1)
        assert fact(tx, SupplierId.DECISIONS, unit) == Fact(Standing.UNDER_WAY, 0, 1, DAY, due_on)
        assert standing(tx, SupplierId.DECISIONS, unit, due_on + _DAY) is Standing.LACKING
    with world.registry.write(site) as tx:
        first = received(tx)[0].arrival
        arrivals.acknowledge(tx, ArrivalId(first.id), "", expected_version=first.version)
    with world.registry.write(RECORDER) as tx:
        shown = fact(tx, SupplierId.DECISIONS, unit, due_on + _DAY)
        assert shown == Fact(Standing.SHOWN, 1, 1, DAY, DAY.replace(year=DAY.year + 1))
        assert fact(tx, SupplierId.DECISIONS, unit, DAY.replace(year=DAY.year + 1)) is None
        above = decisions.record(tx, governance.decided(world.group.id))
        decisions.issue(tx, above, governance.SITES, due_on=due_on, expected_version=1)
        assert standing(tx, SupplierId.DECISIONS, unit, due_on) is Standing.SHOWN
        assert fact(tx, SupplierId.DECISIONS, unit, due_on + _DAY) == Fact(Standing.LACKING, 1, 2, DAY)
        # It is no instruction of the other company's own management.
        assert fact(tx, SupplierId.DECISIONS, world.b.unit.id, due_on) is None


def test_a_list_of_laws_holds_for_a_year_from_its_review(world: World) -> None:
    """Begun it is under way; reviewed by two persons it is shown; a change left undone speaks against."""
    unit = world.a.unit.id
    with world.registry.write(RECORDER) as tx:
        assert fact(tx, SupplierId.LAWS, unit) is None
        laws.decide_all(tx, unit)
        assert standing(tx, SupplierId.LAWS, unit) is Standing.UNDER_WAY
        waiting = reviews.submit(tx, unit, "全件を見た")
    with world.registry.write(APPROVER) as tx:
        reviews.approve(tx, waiting.id, "", expected_version=1)
        until = DAY.replace(year=DAY.year + 1)
        shown = fact(tx, SupplierId.LAWS, unit)
        assert shown is not None
        assert shown == Fact(Standing.SHOWN, shown.of, shown.of, DAY, until)
        assert standing(tx, SupplierId.LAWS, unit, until + _DAY) is Standing.LACKING
        amendments.note(tx, unit, laws.amendment())
        assert standing(tx, SupplierId.LAWS, unit) is Standing.SHOWN
        assert standing(tx, SupplierId.LAWS, unit, DAY + _DAY) is Standing.LACKING


def test_self_checks_count_by_the_newest_round(world: World) -> None:
    """Approved answers hold for a year; the next round does not count before its day."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        assert fact(tx, SupplierId.SELF_CHECK, unit) is None
        self_check.asked(tx, unit, 2024)
        assert fact(tx, SupplierId.SELF_CHECK, unit) == Fact(Standing.UNDER_WAY, 0, 1, None, DAY)
        assert standing(tx, SupplierId.SELF_CHECK, unit, DAY + _DAY) is Standing.LACKING
        self_check.fill(tx, world.b.unit.id, "")
        other = world.b.unit.id
        until = DAY.replace(year=DAY.year + 1)
        assert fact(tx, SupplierId.SELF_CHECK, other) == Fact(Standing.SHOWN, 1, 1, DAY, until)
        assert standing(tx, SupplierId.SELF_CHECK, other, DAY + _DAY) is Standing.LACKING


def test_change_reports_and_findings_of_assessors_count_by_their_day(world: World) -> None:
    """A task past its day speaks against changes; an unanswered finding against corrective action."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        held = certificates.fill(tx, unit)
        assert fact(tx, SupplierId.CHANGES, unit) is None
        made = changing.enter(tx, held.certificate_id, changes.draft())
        first = min(task.due_on for task in made.tasks)
        assert fact(tx, SupplierId.CHANGES, unit) == Fact(Standing.UNDER_WAY, 1, 1, DAY, first)
        assert standing(tx, SupplierId.CHANGES, unit, first + _DAY) is Standing.LACKING
        assert fact(tx, SupplierId.CORRECTIVE_ACTIONS, unit) is None
        assessments.fill(tx, unit, held.round_id, "")
        found = fact(tx, SupplierId.CORRECTIVE_ACTIONS, unit)
        assert found is not None
        assert (found.standing, found.done, found.of, found.on) == (Standing.SHOWN, 2, 5, DAY)
        assert found.until is not None
        assert standing(tx, SupplierId.CORRECTIVE_ACTIONS, unit, found.until + _DAY) is Standing.LACKING


def test_every_need_of_rules_and_governance_has_an_answer_of_its_own(world: World) -> None:
    """Each supplier that the catalogue names is built in, and no two needs of one clause share one."""
    named = {
        need.supplier: requirement.id
        for requirement in product().requirements.values()
        for need in requirement.needs
        if need.supplier is not None
    }
    assert named.keys() <= SUPPLIERS.keys()
    assert set(SupplierId) == SUPPLIERS.keys()
    asked = {
        (requirement.id, need.supplier)
        for requirement in product().of_set("pmark-j")
        for need in requirement.needs
        if requirement.id.startswith(("J.2.", "J.4.5.4")) and need.supplier is not None
    }
    assert asked == {
        ("J.2.1", SupplierId.DECISIONS),
        ("J.2.2", SupplierId.POLICY),
        ("J.2.3.1", SupplierId.GOVERNANCE),
        ("J.2.3.2", SupplierId.MANAGERS),
        ("J.4.5.4", SupplierId.DOCUMENTS),
        ("J.4.5.4", SupplierId.RULE_REVIEW),
    }
