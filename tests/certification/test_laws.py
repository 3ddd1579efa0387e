"""Lists of laws: what applies and why, additions, changes of laws, the yearly review by two persons."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text, update

from privacy_mark.laws import amendments, due, entries, overview, reviews
from privacy_mark.laws.catalogue import Kind, laws, laws_for, load
from privacy_mark.laws.copies import copied
from privacy_mark.laws.model import Amendment, Applies, LawDraft, Line, Review, ReviewId, ReviewState
from registry import journal
from registry.access import bootstrap_principal, today_in_japan
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, ReferenceFileError, StoreError
from registry.model import Principal, Role, UnitKind
from registry.store.law_tables import LawReviewRecord
from tests.access.certificates import SCALE, term
from tests.access.laws import LAW, YES, amendment, decide_all, own
from tests.access.rights import DAY
from tests.registry.world import World, person

NOT = LawDraft(Applies.NOT, "電気通信事業を営まない")


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def top(world: World, number: int = 61) -> Principal:
    """Return the top management of company A."""
    return person(number, Role.TOP_MANAGEMENT, world.a.unit.id)


def listed(world: World) -> dict[str, Line]:
    """Return the list of company A by the ids of its norms."""
    with world.registry.read(officer(world)) as tx:
        return {line.law: line for line in entries.law_list(tx, world.a.unit.id)}


def submitted(world: World) -> Review:
    """Decide on everything and review the list of company A."""
    with world.registry.write(officer(world)) as tx:
        decide_all(tx, world.a.unit.id)
        return reviews.submit(tx, world.a.unit.id, "e-Govで全件を確かめた")


def approved(world: World) -> Review:
    """Review the list of company A and have it approved."""
    made = submitted(world)
    with world.registry.write(top(world)) as tx:
        return reviews.approve(tx, made.id, "", expected_version=1)


def kinds(world: World, who: Principal) -> list[str]:
    """Return the kinds of what this person has to do about laws."""
    with world.registry.read(who) as tx:
        return [each.kind for each in due.due(tx, today_in_japan(tx.now))]


# The catalogue


@pytest.mark.parametrize(
    ("kind", "country", "there", "not_there"),
    [
        (UnitKind.COMPANY, "JP", {"appi", "my_number", "pm_guideline", "telecom"}, {"medical_care", "gdpr"}),
        (UnitKind.HEADQUARTERS, "JP", {"appi", "jis_q_15001"}, {"medical_systems"}),
        (UnitKind.HOSPITAL, "JP", {"appi", "medical_systems", "pm_medical", "research_ethics"}, {"telecom"}),
        (UnitKind.OVERSEAS, "DE", {"gdpr", "de_bdsg"}, {"appi", "uk_gdpr"}),
        (UnitKind.OVERSEAS, "NO", {"gdpr"}, {"de_bdsg"}),
        (UnitKind.OVERSEAS, "GB", {"uk_gdpr"}, {"gdpr"}),
        (UnitKind.OVERSEAS, "VN", {"vn_pdpl"}, {"vn_decree"}),
        (UnitKind.DEPARTMENT, "JP", set(), {"appi"}),
    ],
)
def test_a_list_begins_with_what_its_kind_and_country_suggest(
    kind: UnitKind, country: str, there: set[str], not_there: set[str]
) -> None:
    """Companies, hospitals and every country have their own; what has ended is left out."""
    found = {law.id for law in laws_for(kind, country, DAY)}
    assert there <= found
    assert not not_there & found
    before = {law.id for law in laws_for(kind, country, date(2025, 12, 31))}
    assert ("vn_decree" in before) == (country == "VN")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("kind: act", "kind: decree", 6),
        ("since: 2005-04-01", "since: 2005-13-01", 11),
        ("address: https://", "address: http://", 10),
        ("confidence: high", "confidence: sure", 14),
        ("for: [company, hospital]", "for: [company, school]", 12),
        ("    number: N", "", 5),
        ("    why:", "    until: 2001-01-01\n    why:", 13),
        ("    why:", "    countries: [Japan]\n    why:", 13),
    ],
)
def test_a_faulty_catalogue_is_refused_with_its_line(old: str, new: str, line: int) -> None:
    """The file and the line stand in the message."""
    sound = (
        "version: 1\nsource: here\nlaws:\n\n  - id: a\n    kind: act\n    ja: 法\n    en: Act\n"
        "    number: N\n"
        "    address: https://example.com\n    since: 2005-04-01\n    for: [company, hospital]\n"
        "    why: {ja: 皆, en: all}\n    confidence: high\n    authority: {ja: 省, en: M}\n"
    )
    assert set(load(sound, "x.yaml")) == {"a"}
    with pytest.raises(ReferenceFileError, match=rf"^x\.yaml:{line}: "):
        load(sound.replace(old, new), "x.yaml")


def test_every_norm_of_the_catalogue_is_complete() -> None:
    """Names in both languages differ, and each has a source of the web."""
    for law in laws().values():
        assert law.name.ja != law.name.en
        assert law.address.count("/") >= 3


# Decisions and additions


def test_each_norm_is_decided_on_with_a_reason(world: World) -> None:
    """What is not decided stays so; a second decision needs the version that one saw."""
    with world.registry.write(officer(world)) as tx:
        made = entries.decide(tx, world.a.unit.id, LAW, YES, expected_version=0)
        no = entries.decide(tx, world.a.unit.id, "telecom", NOT, expected_version=0)
        assert (made.said.applies, no.said.applies) == (Applies.APPLIES, Applies.NOT)
        with pytest.raises(Conflict):
            entries.decide(tx, world.a.unit.id, LAW, NOT, expected_version=0)
        with pytest.raises(InvalidValue, match="required"):
            entries.decide(tx, world.a.unit.id, "mail", LawDraft(Applies.APPLIES, " "), expected_version=0)
        with pytest.raises(InvalidValue, match="required"):
            entries.decide(
                tx, world.a.unit.id, "mail", LawDraft(Applies.UNDECIDED, "まだ"), expected_version=0
            )
        for absent in ("gdpr", "no_such", "own:0"):
            with pytest.raises(NotFound):
                entries.decide(tx, world.a.unit.id, absent, YES, expected_version=0)
        with pytest.raises(InvalidValue, match="no_entity"):
            entries.law_list(tx, world.a.site.id)
    found = listed(world)
    assert found["telecom"].said.reason == "電気通信事業を営まない"
    assert found["mail"].said.applies is Applies.UNDECIDED


def test_what_the_catalogue_has_wrong_is_corrected_by_the_entity(world: World) -> None:
    """Its own name, number, address and days hold for it alone; empty again is the catalogue's."""
    wanted = LawDraft(
        Applies.APPLIES,
        "皆",
        number="令和9年法律第1号",
        address="https://example.com/law",
        until=date(2030, 3, 31),
    )
    with world.registry.write(officer(world)) as tx:
        entries.decide(tx, world.a.unit.id, LAW, wanted, expected_version=0)
    line = listed(world)[LAW]
    assert (line.number(), line.address()) == ("令和9年法律第1号", "https://example.com/law")
    assert (line.until(), line.since()) == (date(2030, 3, 31), laws()[LAW].since)
    assert (line.name("en"), line.kind) == (laws()[LAW].name.en, Kind.ACT)
    with world.registry.write(officer(world)) as tx:
        entries.decide(tx, world.a.unit.id, LAW, YES, expected_version=1)
    assert listed(world)[LAW].number() == laws()[LAW].number


def test_own_additions_stand_last_and_need_a_name(world: World) -> None:
    """Ordinances, rules of the trade, contracts; each entity sees its own."""
    with world.registry.write(officer(world)) as tx:
        entries.add(tx, world.a.unit.id, own("甲", since=DAY))
        for wrong, column, rule in (
            (own(name=" "), "name", "required"),
            (own(name="長" * 301), "name", "too_long"),
            (own(address="http://example.com"), "address", "https"),
            (own(since=DAY, until=DAY - timedelta(days=1)), "until", "before_start"),
        ):
            with pytest.raises(InvalidValue) as caught:
                entries.add(tx, world.a.unit.id, wrong)
            assert (caught.value.column, caught.value.rule) == (column, rule)
    last = list(listed(world).values())[-1]
    assert (last.own, last.kind, last.name("ja"), last.since()) == (
        True,
        Kind.CONTRACT,
        "取引先の基準 甲",
        DAY,
    )
    with world.registry.write(officer(world)) as tx:
        changed = entries.decide(tx, world.a.unit.id, last.law, own("乙"), expected_version=1)
        assert changed.name("ja") == "取引先の基準 乙"
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert not any(line.own for line in entries.law_list(tx, world.b.unit.id))
        with pytest.raises(AccessDenied):
            entries.law_list(tx, world.a.unit.id)


def test_what_people_wrote_is_sealed(world: World) -> None:
    """Neither in the tables nor in the journal nor in what an object prints."""
    with world.registry.write(officer(world)) as tx:
        line = entries.add(tx, world.a.unit.id, own("秘匿"))
        amendments.note(tx, world.a.unit.id, amendment(mark="秘匿"))
        assert "秘匿" not in repr(line)
        for table in ("law_entry", "law_amendment", "journal_record"):
            rows = tx.session.execute(text(f"SELECT * FROM {table}")).all()
            stored = [each if isinstance(each, bytes) else str(each).encode() for row in rows for each in row]
            assert not any("秘匿".encode() in each for each in stored)


# Changes of laws


def _noted(world: World, **values: object) -> Amendment:
    with world.registry.write(officer(world)) as tx:
        return amendments.note(tx, world.a.unit.id, amendment(**values))


def test_a_change_of_a_law_is_noted_and_acted_on(world: World) -> None:
    """It is due until somebody says what was done; then it stays as it is."""
    made = _noted(world, due_on=DAY + timedelta(days=30))
    assert kinds(world, officer(world)) == [due.ACT]
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            amendments.finish(tx, made.id, "", expected_version=1)
        done = amendments.finish(tx, made.id, "規程を直した", expected_version=1)
        assert (done.done_on, done.result) == (DAY, "規程を直した")
        with pytest.raises(InvalidValue, match="done"):
            amendments.finish(tx, made.id, "また", expected_version=2)
        with pytest.raises(Conflict):
            amendments.finish(tx, made.id, "また", expected_version=1)
    assert kinds(world, officer(world)) == []
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx, pytest.raises(NotFound):
        amendments.finish(tx, made.id, "他社", expected_version=2)


def test_only_what_is_soon_is_due_and_only_norms_of_the_list_change(world: World) -> None:
    """Thirty-one days ahead is not yet told of."""
    _noted(world, due_on=DAY + timedelta(days=31))
    assert kinds(world, officer(world)) == []
    for wrong, rule in ((amendment("gdpr"), "unknown"), (amendment(meaning=" "), "required")):
        with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match=rule):
            amendments.note(tx, world.a.unit.id, wrong)


# The yearly review


def test_a_review_needs_every_norm_decided_and_two_persons(world: World) -> None:
    """Who reviewed does not approve; the database refuses it too."""
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="undecided"):
        reviews.submit(tx, world.a.unit.id, "見た")
    made = submitted(world)
    assert (made.state, made.applying, made.excluded) == (ReviewState.SUBMITTED, len(listed(world)), 0)
    both = Principal(officer(world).user_id, "両方", (*officer(world).grants, *top(world).grants))
    with world.registry.write(both) as tx, pytest.raises(InvalidValue, match="own_review"):
        reviews.approve(tx, made.id, "", expected_version=1)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="waiting"):
            reviews.submit(tx, world.a.unit.id, "もう一度")
        with pytest.raises(AccessDenied):
            reviews.approve(tx, made.id, "", expected_version=1)
    with pytest.raises(StoreError), world.registry.write(top(world)) as tx:
        tx.session.execute(
            update(LawReviewRecord).values(
                state="approved", approved_on=DAY, approver_id=LawReviewRecord.reviewer_id
            )
        )
    with world.registry.write(top(world)) as tx:
        done = reviews.approve(tx, made.id, "", expected_version=1)
        assert (done.state, done.approved_on) == (ReviewState.APPROVED, DAY)
        with pytest.raises(InvalidValue, match="not_waiting"):
            reviews.approve(tx, made.id, "", expected_version=2)
        with pytest.raises(NotFound):
            reviews.approve(tx, ReviewId(99), "", expected_version=1)


def test_a_list_that_changed_after_the_review_is_not_approved(world: World) -> None:
    """It is sent back with a reason and reviewed again; afterwards changes are marked."""
    made = submitted(world)
    world.clock.advance(timedelta(hours=1))
    with world.registry.write(officer(world)) as tx:
        entries.decide(tx, world.a.unit.id, "telecom", NOT, expected_version=1)
    with world.registry.write(top(world)) as tx:
        with pytest.raises(InvalidValue, match="changed"):
            reviews.approve(tx, made.id, "", expected_version=1)
        with pytest.raises(InvalidValue, match="required"):
            reviews.send_back(tx, made.id, " ", expected_version=1)
        assert reviews.send_back(tx, made.id, "変更あり", expected_version=1).state is ReviewState.RETURNED
    with world.registry.write(officer(world)) as tx:
        again = reviews.submit(tx, world.a.unit.id, "見直した")
    with world.registry.write(top(world)) as tx:
        reviews.approve(tx, again.id, "", expected_version=1)
        assert [each.state for each in reviews.reviews(tx, world.a.unit.id)] == ["approved", "returned"]
    assert not any(line.changed for line in listed(world).values())
    world.clock.advance(timedelta(hours=1))
    with world.registry.write(officer(world)) as tx:
        entries.decide(tx, world.a.unit.id, "mail", NOT, expected_version=1)
    assert [line.law for line in listed(world).values() if line.changed] == ["mail"]


def test_the_list_stays_as_it_was_reviewed(world: World) -> None:
    """Whatever is decided later, or said otherwise by a newer catalogue; the journal has its digest."""
    with world.registry.write(officer(world)) as tx:
        entries.add(tx, world.a.unit.id, own("極秘"))
    made = submitted(world)
    before = [copied(line) for line in listed(world).values()]
    with world.registry.write(top(world)) as tx:
        reviews.approve(tx, made.id, "よい", expected_version=1)
    world.clock.advance(timedelta(days=30))
    with world.registry.write(officer(world)) as tx:
        entries.decide(tx, world.a.unit.id, "telecom", NOT, expected_version=1)
        entries.add(tx, world.a.unit.id, own("後から"))
    with world.registry.read(officer(world)) as tx:
        found = reviews.copy_of(tx, made.id)
        assert found.review.approver == top(world).name
        assert list(found.lines or ()) == before
        assert (before[-1].names["en"], before[-1].owner) == ("取引先の基準 極秘", "法務 極秘")
        (stored,) = tx.session.execute(text("SELECT copy_sealed FROM law_review")).one()
        assert "極秘".encode() not in bytes(stored)
    with world.registry.read(bootstrap_principal()) as tx:
        told = next(line for line in journal.lines(tx) if line.action == "laws_reviewed")
    assert told.after is not None
    assert told.after["copy"] == found.sha256
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx, pytest.raises(NotFound):
        reviews.copy_of(tx, made.id)


def test_a_review_of_before_has_no_copy(world: World) -> None:
    """It says so, and nothing is made up."""
    made = submitted(world)
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        tx.session.execute(update(LawReviewRecord).values(copy_sealed=None))
    with world.registry.read(officer(world)) as tx:
        found = reviews.copy_of(tx, made.id)
    assert (found.lines, found.sha256, found.review.copied) == (None, "", False)


def test_a_decision_on_a_line_that_nobody_decided_yet_is_a_conflict(world: World) -> None:
    """A version was named of a row that does not exist: it is refused by nobody, of now."""
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(Conflict) as caught:
            entries.decide(tx, world.a.unit.id, LAW, YES, expected_version=3)
        assert (caught.value.who, caught.value.when, caught.value.version) == ("", tx.now, 0)


def test_the_review_is_due_a_year_after_the_last_one(world: World) -> None:
    """Thirty days before it begins to be told; who made one is not asked to approve it."""
    submitted(world)
    assert kinds(world, officer(world)) == []
    assert kinds(world, top(world)) == [due.APPROVE]
    with world.registry.write(top(world)) as tx:
        reviews.approve(tx, ReviewId(1), "", expected_version=1)
    assert kinds(world, top(world)) == []
    world.clock.advance(timedelta(days=334))  # to 1 March 2027
    assert kinds(world, officer(world)) == []
    world.clock.advance(timedelta(days=1))
    assert kinds(world, officer(world)) == [due.REVIEW]
    with world.registry.read(officer(world)) as tx:
        assert due.due(tx, today_in_japan(tx.now))[0].due_on == date(2027, 4, 1)


def test_the_overview_counts_and_asks_for_a_list_where_a_certificate_is(world: World) -> None:
    """Without a certificate and without a list nothing is due; others' entities are not seen."""
    from privacy_mark.certificates import register

    with world.registry.read(officer(world)) as tx:
        (before,) = overview.overview(tx)
        assert (before.due_on, before.begun, before.undecided) == (None, False, len(listed(world)))
    with world.registry.write(officer(world)) as tx:
        register.register(tx, world.a.unit.id, "jipdec", scale=SCALE, term=term(12345678))
        assert overview.overview(tx)[0].due_on == DAY
        entries.decide(tx, world.a.unit.id, LAW, YES, expected_version=0)
        entries.decide(tx, world.a.unit.id, "telecom", NOT, expected_version=0)
        amendments.note(tx, world.a.unit.id, amendment())
        (now,) = overview.overview(tx, world.a.unit.id)
        assert (now.applying, now.excluded, now.undecided, now.amendments) == (
            1,
            1,
            before.undecided - 2,
            1,
        )
    with world.registry.read(world.personas()["administrator"]) as tx:
        assert [each.unit_id for each in overview.overview(tx)] == [world.a.unit.id, world.b.unit.id]
