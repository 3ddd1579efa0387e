"""Internal rules: two persons, one version after the other, what they state, who got and read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text, update

from privacy_mark.complaints.terms import Terms, change_terms
from privacy_mark.documents import distribution, due, fact_links, facts, reading, register, review, versions
from privacy_mark.documents.compare import Line, Mark, compare
from privacy_mark.documents.facts import FactKind, FactRef
from privacy_mark.documents.model import (
    Outcome,
    Rule,
    RuleId,
    RuleKind,
    VersionDraft,
    VersionId,
    VersionState,
    number_of,
)
from privacy_mark.documents.register import Wanted
from registry import accounts, affiliations, ledger, processors
from registry.access import bootstrap_principal, today_in_japan
from registry.affiliations import AffiliationKind
from registry.errors import (
    AccessDenied,
    Conflict,
    Duplicate,
    InvalidValue,
    NotFound,
    StoreError,
    VaultError,
)
from registry.model import Principal, Role, UserId
from registry.store.document_tables import RuleRecord, RuleVersionRecord
from tests.access.documents import TEXT, rule
from tests.access.rights import DAY
from tests.registry.world import PASSWORD, World, person

DUE = DAY + timedelta(days=14)
ON_SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
"""For rules of Python alone: the database makes no difference."""


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def top(world: World) -> Principal:
    """Return the top management of company A."""
    return person(8, Role.TOP_MANAGEMENT, world.a.unit.id)


def group_officer(world: World) -> Principal:
    """Return somebody who keeps the rules of the whole group and decides on them: not his own."""
    return person(7, Role.ADMINISTRATOR, world.group.id)


def written(world: World, draft: VersionDraft = TEXT, of: RuleId | None = None) -> VersionId:
    """Return a version that the privacy manager wrote."""
    with world.registry.write(officer(world)) as tx:
        return versions.write(tx, of or register.register(tx, rule(world.a.unit.id)), draft)


def approved(world: World, draft: VersionDraft = TEXT, of: RuleId | None = None) -> VersionId:
    """Return a version that the top management approved."""
    version = written(world, draft, of)
    with world.registry.write(top(world)) as tx:
        versions.approve(tx, version, expected_version=1)
    return version


def held(world: World, rule_id: int = 1) -> Rule:
    """Return a rule as the privacy manager sees it."""
    with world.registry.read(officer(world)) as tx:
        return register.rule(tx, RuleId(rule_id))


def dues(world: World, who: Principal) -> list[tuple[str, date]]:
    """Return kinds and days of what waits for somebody."""
    with world.registry.read(who) as tx:
        return [(each.kind, each.due_on) for each in due.due(tx, today_in_japan(tx.now))]


# Versions


def test_another_person_approves_and_only_then_it_is_in_force(world: World) -> None:
    """Nobody approves his own version; the next one waits for its turn and holds from its day on."""
    version = approved(world)
    later = replace(TEXT, valid_from=DAY + timedelta(days=30), change="窓口の変更")
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="before_last"):
            versions.write(tx, RuleId(1), replace(TEXT, valid_from=DAY - timedelta(days=1)))
        second = versions.write(tx, RuleId(1), later)
        with pytest.raises(InvalidValue, match="waiting"):
            versions.write(tx, RuleId(1), later)
        with pytest.raises(AccessDenied):
            versions.approve(tx, second, expected_version=1)
    own = replace(top(world), user_id=officer(world).user_id)
    with world.registry.write(own) as tx, pytest.raises(InvalidValue, match="own_version"):
        versions.approve(tx, second, expected_version=1)
    with pytest.raises(StoreError), world.registry.write(top(world)) as tx:
        tx.session.execute(
            update(RuleVersionRecord).values(
                state="approved", approved_at=tx.now, approver_id=RuleVersionRecord.author_id
            )
        )
    with world.registry.write(top(world)) as tx:
        with pytest.raises(Conflict):
            versions.approve(tx, version, expected_version=1)
        versions.approve(tx, second, expected_version=1)
    of = held(world)
    in_force = [of.in_force(DAY + timedelta(days=days)) for days in (-1, 0, 29, 30)]
    assert [each and each.number for each in in_force] == [None, 1, 1, 2]
    assert of.versions[0].approver == top(world).name
    assert of.review_due_on == date(2027, 5, 1)


@ON_SQLITE
def test_what_is_not_decided_is_sent_back_corrected_or_withdrawn(world: World) -> None:
    """Its author corrects it, anybody who keeps rules withdraws it; what is decided stays as it is."""
    version = written(world)
    with world.registry.write(top(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            versions.send_back(tx, version, note=" ", expected_version=1)
        versions.send_back(tx, version, note="窓口の名を直す", expected_version=1)
        with pytest.raises(InvalidValue, match="returned"):
            versions.approve(tx, version, expected_version=2)
    assert held(world).versions[0].note == "窓口の名を直す"
    assert dues(world, officer(world)) == [(due.CORRECT, DAY)]
    assert dues(world, top(world)) == []
    colleague = replace(officer(world), user_id=UserId(90))
    better = replace(TEXT, text="第1条 直した。")
    with world.registry.write(colleague) as tx, pytest.raises(InvalidValue, match="other_person"):
        versions.correct(tx, version, better, expected_version=2)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(Conflict):
            versions.correct(tx, version, better, expected_version=1)
        versions.correct(tx, version, better, expected_version=2)
        assert versions.text_of(tx, version) == "第1条 直した。"
    assert dues(world, top(world)) == [(due.APPROVE, DAY)]
    with world.registry.write(colleague) as tx:
        versions.withdraw(tx, version, expected_version=3)
        with pytest.raises(InvalidValue, match="decided"):
            versions.withdraw(tx, version, expected_version=4)
    assert (held(world).open_version(), held(world).in_force(DAY)) == (None, None)
    assert approved(world, of=RuleId(1)) != version
    assert [each.number for each in held(world).versions] == [2, 1]


@ON_SQLITE
def test_a_malformed_rule_is_refused(world: World) -> None:
    """The refusal names the column, when it is registered and when it is changed."""
    good = rule(world.a.unit.id)
    wrong = {
        "title_ja: required": replace(good, title_ja=" "),
        "title_en: too_long": replace(good, title_en="x" * 201),
        "requirements: malformed": replace(good, requirements=("4.5",)),
    }
    with world.registry.write(officer(world)) as tx:
        made = register.register(tx, good)
        for why, draft in wrong.items():
            with pytest.raises(InvalidValue, match=why):
                register.register(tx, draft)
            with pytest.raises(InvalidValue, match=why):
                register.change(tx, made, draft, expected_version=1)


@ON_SQLITE
def test_a_rule_is_corrected_abolished_and_reinstated(world: World) -> None:
    """What has ended holds no more, takes no version, and asks for nothing; the top management ends it."""
    version = approved(world)
    wanted = replace(rule(world.a.unit.id, "特定個人情報取扱規程"), kind=RuleKind.PROCEDURE)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="fixed"):
            register.change(tx, RuleId(1), replace(wanted, unit_id=world.a.site.id), expected_version=2)
        register.change(tx, RuleId(1), wanted, expected_version=2)
        with pytest.raises(Conflict):
            register.change(tx, RuleId(1), wanted, expected_version=2)
        with pytest.raises(AccessDenied):
            register.end(tx, RuleId(1), expected_version=3)
    assert (held(world).title("ja"), held(world).kind) == ("特定個人情報取扱規程", RuleKind.PROCEDURE)
    with world.registry.write(top(world)) as tx:
        register.end(tx, RuleId(1), expected_version=3)
    world.clock.advance(timedelta(days=400))
    assert held(world).in_force(DAY) is None
    assert dues(world, officer(world)) == []
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="ended"):
            versions.write(tx, RuleId(1), TEXT)
        with pytest.raises(InvalidValue, match="ended"):
            distribution.distribute(
                tx, version, world.a.unit.id, due_on=today_in_japan(tx.now) + timedelta(days=1)
            )
    with world.registry.write(top(world)) as tx:
        register.reinstate(tx, RuleId(1), expected_version=4)
        with pytest.raises(InvalidValue, match="not_ended"):
            register.reinstate(tx, RuleId(1), expected_version=5)
    assert dues(world, officer(world)) == [(due.REVIEW, date(2027, 4, 1))]


@ON_SQLITE
def test_what_a_rule_says_stands_nowhere_in_the_clear(world: World) -> None:
    """Neither in the tables, nor in the journal, nor in what an object prints."""
    secret = "金庫の番号は0000"
    version = approved(world, replace(TEXT, text=secret, change=f"{secret}と定めた"))
    with world.registry.write(officer(world)) as tx:
        fact_links.state(tx, version, FactRef(FactKind.UNIT_NAME, world.a.unit.id), secret)
        rows = [
            each
            for table in ("internal_rule", "internal_rule_version", "internal_rule_fact", "journal_record")
            for line in tx.session.execute(text(f"SELECT * FROM {table}"))
            for each in line
        ]
        stored = [each if isinstance(each, bytes) else str(each).encode() for each in rows]
        assert not any(secret.encode() in each for each in stored)
        assert versions.text_of(tx, version) == secret
        assert secret not in repr((register.rule(tx, RuleId(1)), fact_links.facts(tx, version)))


# The register


def test_the_register_tells_what_each_rule_needs_without_opening_a_text(world: World) -> None:
    """It is narrowed by unit, kind and what there is to do; another company sees nothing of it."""
    approved(world)
    second = RuleId(int(written(world)))
    lines, total = _lines(world, Wanted())
    assert [(line.number, line.in_force, line.waiting) for line in lines] == [
        ("RU-0001", 1, None),
        ("RU-0002", None, VersionState.WAITING),
    ]
    assert total == 2
    assert [line.id for line in _lines(world, Wanted(to_do=True))[0]] == [second]
    assert _lines(world, Wanted(kinds=(RuleKind.FORM,))) == ([], 0)
    assert _lines(world, Wanted(unit_id=world.a.site.id)) == ([], 0)
    with world.registry.read(officer(world)) as tx:
        assert register.standing(tx) == register.standing(tx, world.a.unit.id)
        assert register.standing(tx) == register.Standing(2, 1, 1, 0, 0)
        assert [line.id for line in register.rules(tx, offset=1, limit=1)[0]] == [second]
        with pytest.raises(AccessDenied):
            register.standing(tx, world.b.unit.id)
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert register.rules(tx) == ([], 0)
        with pytest.raises(NotFound):
            register.rule(tx, RuleId(1))


def _lines(world: World, wanted: Wanted) -> tuple[list[register.RuleLine], int]:
    with world.registry.read(officer(world)) as tx:
        return register.rules(tx, wanted)


def test_a_rule_is_reviewed_every_year(world: World) -> None:
    """Thirty days before its day it is told; what a review asks for stays until a version is approved."""
    written(world)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="not_approved"):
        review.review(tx, RuleId(1), Outcome.KEPT, "変更なし", expected_version=1)
    with world.registry.write(top(world)) as tx:
        versions.approve(tx, VersionId(1), expected_version=1)
    world.clock.advance(timedelta(days=334))
    assert dues(world, officer(world)) == []
    world.clock.advance(timedelta(days=1))
    assert dues(world, officer(world)) == [(due.REVIEW, date(2027, 4, 1))]
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            review.review(tx, RuleId(1), Outcome.KEPT, "", expected_version=2)
        review.review(tx, RuleId(1), Outcome.REVISE, "条文の番号が法改正で変わった", expected_version=2)
    of = held(world)
    assert (of.review_due_on, of.revise_since) == (date(2028, 3, 2), date(2027, 3, 2))
    assert [(each.outcome, each.reviewer) for each in of.reviews] == [(Outcome.REVISE, officer(world).name)]
    assert dues(world, officer(world)) == [(due.REVISE, date(2027, 4, 1))]
    approved(world, replace(TEXT, valid_from=date(2027, 3, 2)), of.id)
    assert held(world).revise_since is None
    assert dues(world, officer(world)) == []


# What rules state


def test_a_rule_needs_revision_when_a_fact_changes(world: World) -> None:
    """The days to answer complaints were 14; the daily check sees that they are not any more."""
    version = approved(world, replace(TEXT, text="苦情には１４日以内に答える。"))
    days = FactRef(FactKind.ANSWER_DAYS, world.a.unit.id)
    with world.registry.write(officer(world)) as tx:
        fact = fact_links.state(tx, version, days, "14")
        with pytest.raises(Duplicate):
            fact_links.state(tx, version, days, "14")
        assert fact_links.check(tx) == 0
        assert not register.rules(tx)[0][0].differs
        change_terms(tx, world.a.unit.id, Terms(10, 3, 36))
        (now,) = fact_links.facts(tx, version)
        assert (now.stated, now.now, now.said, now.differs, now.changed_on) == ("14", "10", True, True, None)
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert fact_links.check(tx) == 0  # not his to compare
    with world.registry.write(bootstrap_principal()) as tx:
        assert fact_links.check(tx) == 1
        assert fact_links.check(tx) == 0
    with world.registry.read(officer(world)) as tx:
        assert register.standing(tx).to_revise == 1
        assert register.rules(tx, Wanted(to_do=True))[0][0].differs
    assert dues(world, officer(world)) == [(due.REVISE, DAY + timedelta(days=due.REVISE_DAYS))]
    world.clock.advance(timedelta(days=3))
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(Conflict):
            fact_links.restate(tx, fact, "10", expected_version=2)
        fact_links.restate(tx, fact, "10", expected_version=1)
        (now,) = fact_links.facts(tx, version)
        assert (now.said, now.differs, now.changed_on) == (False, False, None)
        fact_links.remove(tx, fact, expected_version=2)
        assert fact_links.facts(tx, version) == []
    assert dues(world, officer(world)) == []


def test_the_next_version_takes_the_facts_along(world: World) -> None:
    """It states what is so now where its text says it, and what it said before where it does not."""
    first = approved(world, replace(TEXT, text="苦情には14日以内に答える。会社が定める。"))
    days, name = (FactRef(kind, world.a.unit.id) for kind in (FactKind.ANSWER_DAYS, FactKind.UNIT_NAME))
    with world.registry.write(officer(world)) as tx:
        fact_links.state(tx, first, days, "14")
        fact_links.state(tx, first, name, "会社")
        change_terms(tx, world.a.unit.id, Terms(10, 3, 36))
        fact_links.check(tx)
    second = written(world, replace(TEXT, text="速やかに答える。会社が定める。"), RuleId(1))
    assert dues(world, officer(world)) == []  # a version is on its way
    with world.registry.write(officer(world)) as tx:
        assert {each.ref: (each.stated, each.said) for each in fact_links.facts(tx, second)} == {
            days: ("14", False),
            name: ("会社", True),
        }
        better = replace(TEXT, text="10日以内に答える。会社が定める。")
        versions.correct(tx, second, better, expected_version=1)
        assert {each.ref: (each.stated, each.said) for each in fact_links.facts(tx, second)} == {
            days: ("10", True),
            name: ("会社", True),
        }
    with world.registry.write(top(world)) as tx:
        versions.approve(tx, second, expected_version=2)
    with world.registry.write(officer(world)) as tx:
        carried = {each.ref: each for each in fact_links.facts(tx, second)}
        with pytest.raises(Conflict):
            fact_links.restate(tx, carried[days].id, "10", expected_version=1)  # corrected with the text
        assert fact_links.check(tx) == 0
        assert register.standing(tx).to_revise == 0
        assert fact_links.facts(tx, first)[0].differs  # history stays


def test_every_kind_of_fact_is_what_the_registry_says(world: World) -> None:
    """Officers by name, unit names, months of an entry, processors with a contract, days, limits of law."""
    a = world.a
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        made = processors.add_processor(
            tx, processors.ProcessorDraft(a.unit.id, "東都データ", contract="基本契約")
        )
        refs = {
            FactRef(FactKind.ROLE_HOLDER, a.unit.id, "officer"): "利用者",
            FactRef(FactKind.ROLE_HOLDER, a.unit.id, "audit_manager"): "",
            FactRef(FactKind.UNIT_NAME, a.site.id): "工場",
            FactRef(FactKind.RETENTION, a.entry.id): "36",
            FactRef(FactKind.PROCESSOR, made.id): "東都データ",
            FactRef(FactKind.ANSWER_DAYS, a.unit.id): "14",
            FactRef(FactKind.RIGHTS_LIMIT, detail="EU"): "1 months",
        }
        assert facts.current(tx, list(refs)) == refs
        second = accounts.create_account(tx, "second", "青木 光", PASSWORD, "ja", unit_id=a.unit.id)
        accounts.grant(tx, second, Role.OFFICER, a.unit.id)
        ledger.update_entry(tx, a.entry.id, expected_version=1, changes={"retention_months": 60})
        ended = {"valid_until": DAY - timedelta(days=1)}
        processors.change_processor(tx, made.id, expected_version=1, changes=ended)
        now = facts.current(tx, list(refs))
        assert now[FactRef(FactKind.ROLE_HOLDER, a.unit.id, "officer")] == "利用者、青木 光"
        assert now[FactRef(FactKind.RETENTION, a.entry.id)] == "60"
        assert now[FactRef(FactKind.PROCESSOR, made.id)] == ""


@pytest.mark.parametrize(
    ("ref", "value", "said", "not_said"),
    [
        (FactRef(FactKind.ANSWER_DAYS, 1), "14", "１４ 日以内に", "30日以内に"),
        (FactRef(FactKind.RETENTION, 1), "36", "3年間保管", "6年間保管"),
        (FactRef(FactKind.RETENTION, 1), "30", "30ヶ月保管", "2年保管"),
        (FactRef(FactKind.ROLE_HOLDER, 1, "officer"), "佐藤 恵、青木 光", "青木光と佐藤　恵", "佐藤恵"),
        (FactRef(FactKind.RIGHTS_LIMIT, 0, "EU"), "1 months", "within 1 month of", "遅滞なく"),
        (FactRef(FactKind.UNIT_NAME, 1), "", "会社", "会社"),
    ],
)
def test_a_text_is_searched_for_the_usual_wordings(
    ref: FactRef, value: str, said: str, not_said: str
) -> None:
    """Widths and blanks make no difference; months that are whole years may be written so."""
    assert facts.is_said(ref, value, said) is bool(value)
    assert not facts.is_said(ref, value, not_said)


@ON_SQLITE
def test_a_rule_states_facts_of_its_own_part_of_the_tree(world: World) -> None:
    """Names of the unit above too; nothing of another company, no role or country that is not known."""
    version = approved(world)
    wrong = (
        FactRef(FactKind.UNIT_NAME, world.b.unit.id),
        FactRef(FactKind.RETENTION, world.b.entry.id),
        FactRef(FactKind.RETENTION, 987_654),
        FactRef(FactKind.PROCESSOR, 987_654),
        FactRef(FactKind.ROLE_HOLDER, world.a.unit.id, "worker"),
        FactRef(FactKind.UNIT_NAME, world.a.unit.id, "officer"),
        FactRef(FactKind.RIGHTS_LIMIT, detail="XX"),
    )
    with world.registry.write(officer(world)) as tx:
        for ref in wrong:
            with pytest.raises(InvalidValue, match="unknown"):
                fact_links.state(tx, version, ref, "値")
        with pytest.raises(InvalidValue, match="required"):
            fact_links.state(tx, version, FactRef(FactKind.UNIT_NAME, world.group.id), " ")
        fact_links.state(tx, version, FactRef(FactKind.UNIT_NAME, world.group.id), "グループ")
        fact_links.state(tx, version, FactRef(FactKind.RETENTION, world.a.entry.id), "36")
        assert [each.subject for each in fact_links.facts(tx, version)] == ["", world.a.entry.number]
        assert facts.entry_id_of(tx, f" {world.a.entry.number} ") == world.a.entry.id
        assert facts.entry_id_of(tx, world.b.entry.number) == 0


# Given out and read


def test_everybody_in_the_unit_says_for_himself_that_he_has_read(world: World) -> None:
    """Belonging to the unit is enough; nobody else may; the numbers follow."""
    version = approved(world)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="past"):
            distribution.distribute(tx, version, world.a.unit.id, due_on=DAY - timedelta(days=1))
        distribution.distribute(tx, version, world.a.unit.id, due_on=DUE)
        with pytest.raises(Duplicate):
            distribution.distribute(tx, version, world.a.unit.id, due_on=DUE)
        before = distribution.progress(tx, version)
        assert (before.total, before.entities) == (
            distribution.Share(1, 0),
            {world.a.unit.id: distribution.Share(1, 0)},
        )
        names, count = distribution.unread(tx, version)
        assert ([each.name for each in names], count) == (["利用者"], 1)
    for stranger in (Principal(world.b.user_id, "乙", ()), Principal(UserId(6), "丙", ())):
        with world.registry.write(stranger) as tx:
            assert reading.to_read(tx) == []
            with pytest.raises(NotFound):
                reading.acknowledge(tx, version)
            with pytest.raises(NotFound):
                reading.open_mine(tx, version)
    reader = Principal(world.a.user_id, "甲", ())
    assert dues(world, reader) == [(due.READ, DUE)]
    with world.registry.write(reader) as tx:
        (one,) = reading.to_read(tx)
        assert (one.id, one.due_on, one.number, one.home_id) == (version, DUE, "RU-0001/1", world.a.unit.id)
        assert reading.open_mine(tx, version).text == TEXT.text
        reading.acknowledge(tx, version)
        assert reading.to_read(tx) == []
        assert [each.read_at for each in reading.mine(tx)] == [tx.now]
        with pytest.raises(NotFound):
            reading.acknowledge(tx, version)
    with world.registry.read(officer(world)) as tx:
        after = distribution.progress(tx, version)
        assert (after.total.people, after.total.read, after.total.percent) == (1, 1, 100)
        assert distribution.unread(tx, version) == ([], 0)


@ON_SQLITE
def test_what_is_only_counted_opens_no_title(world: World) -> None:
    """A damaged title stops who reads the list, not who is told how much there is to read."""
    version = approved(world)
    reader = Principal(world.a.user_id, "甲", ())
    with world.registry.write(officer(world)) as tx:
        distribution.distribute(tx, version, world.a.unit.id, due_on=DUE)
        tx.session.execute(update(RuleRecord).values(title_ja_sealed=b"damaged"))
    with world.registry.read(reader) as tx:
        assert [each.id for each in reading.to_read(tx)] == [version]
        assert [each.kind for each in due.due(tx, DAY)] == [due.READ]
        with pytest.raises(VaultError):
            reading.mine(tx)


def test_only_the_newest_version_is_asked_for(world: World) -> None:
    """Who read the first is shown what changed; who did not is asked for the second alone."""
    first = approved(world)
    reader = Principal(world.a.user_id, "甲", ())
    with world.registry.write(officer(world)) as tx:
        distribution.distribute(tx, first, world.a.unit.id, due_on=DUE)
    with world.registry.write(reader) as tx:
        reading.acknowledge(tx, first)
    second = approved(world, replace(TEXT, text="第1条 変えた。", change="第1条を改めた"), RuleId(1))
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="old"):
            distribution.distribute(tx, first, world.a.site.id, due_on=DUE)
        distribution.distribute(tx, second, world.a.unit.id, due_on=DUE)
        third = versions.write(tx, RuleId(1), replace(TEXT, text="第1条 また変えた。"))
        with pytest.raises(InvalidValue, match="not_approved"):
            distribution.distribute(tx, third, world.a.unit.id, due_on=DUE)
    with world.registry.write(reader) as tx:
        assert [each.id for each in reading.mine(tx)] == [second]
        opened = reading.open_mine(tx, second)
        assert (opened.before, opened.text, opened.change) == (TEXT.text, "第1条 変えた。", "第1条を改めた")
        with pytest.raises(NotFound):
            reading.acknowledge(tx, first)
    with world.registry.write(officer(world)) as tx:
        distribution.take_back(tx, second, world.a.unit.id)
        with pytest.raises(NotFound):
            distribution.take_back(tx, second, world.a.unit.id)
    with world.registry.read(reader) as tx:
        assert [(each.id, each.read_at is not None) for each in reading.mine(tx)] == [(first, True)]


def test_a_privacy_manager_sees_who_of_the_own_people_has_not_read_what_the_group_gave(world: World) -> None:
    """Numbers and names of the own entity; the group sees numbers of all, names only with a basis."""
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        version = versions.write(tx, register.register(tx, rule(world.group.id, "グループ規程")), TEXT)
    with world.registry.write(group_officer(world)) as tx:
        versions.approve(tx, version, expected_version=1)
        distribution.distribute(tx, version, world.group.id, due_on=DUE)
        assert distribution.progress(tx, version).entities == {
            unit: distribution.Share(1, 0) for unit in (world.a.unit.id, world.b.unit.id)
        }
    with world.registry.write(Principal(world.b.user_id, "乙", ())) as tx:
        reading.acknowledge(tx, version)
    with world.registry.read(officer(world)) as tx:
        (given,) = distribution.from_above(tx)
        assert (given.number, given.title("ja"), given.due_on) == ("RU-0001/1", "グループ規程", DUE)
        assert distribution.text_from_above(tx, version) == TEXT.text
        assert distribution.progress(tx, version).total == distribution.Share(1, 0)
        assert [each.unit_id for each in distribution.unread(tx, version)[0]] == [world.a.unit.id]
        with pytest.raises(NotFound):
            versions.text_of(tx, version)
    with world.registry.read(person(3, Role.EXECUTIVE, world.a.unit.id)) as tx:
        assert distribution.progress(tx, version).total == distribution.Share(1, 0)
        assert distribution.unread(tx, version) == ([], 0)  # who was trained is not for executives
    with world.registry.read(Principal(UserId(6), "丙", ())) as tx, pytest.raises(NotFound):
        distribution.progress(tx, version)


def test_people_who_come_are_asked_and_who_left_are_not(world: World) -> None:
    """The units count, on the day that one looks."""
    version = approved(world)
    with world.registry.write(officer(world)) as tx:
        distribution.distribute(tx, version, world.a.site.id, due_on=DUE)
        assert distribution.progress(tx, version).total == distribution.Share(0, 0)
        assert distribution.Share(0, 0).percent == 100
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        affiliations.affiliate(
            tx,
            world.a.user_id,
            world.a.site.id,
            AffiliationKind.CONCURRENT,
            valid_from=DAY,
            valid_until=DAY + timedelta(days=1),
        )
    with world.registry.read(officer(world)) as tx:
        assert distribution.progress(tx, version).total == distribution.Share(1, 0)
    world.clock.advance(timedelta(days=2))
    with world.registry.read(officer(world)) as tx:
        assert distribution.progress(tx, version).total == distribution.Share(0, 0)


# Differences


def test_differences_are_told_line_by_line() -> None:
    """What stays is shortened to two lines around what changed; equal texts have none."""
    before = "\n".join(f"第{number}条" for number in range(1, 11))
    after = before.replace("第5条", "第5条 改めた")
    assert compare(before, before) == []
    assert [(line.mark, line.text, line.count) for line in compare(before, after)] == [
        (Mark.LEFT_OUT, "", 2),
        (Mark.SAME, "第3条", 1),
        (Mark.SAME, "第4条", 1),
        (Mark.REMOVED, "第5条", 1),
        (Mark.ADDED, "第5条 改めた", 1),
        (Mark.SAME, "第6条", 1),
        (Mark.SAME, "第7条", 1),
        (Mark.LEFT_OUT, "", 3),
    ]
    assert compare("", "新") == [Line(Mark.ADDED, "新")]
    assert compare("a\nb\nc\nd", "a\nb\nc\ne")[0] == Line(Mark.SAME, "a")


def test_numbers_are_of_rules() -> None:
    """RU, which nothing else begins with."""
    assert (number_of(12), number_of(12, 3)) == ("RU-0012", "RU-0012/3")
