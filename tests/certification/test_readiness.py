"""Evidence and readiness: what shows a requirement, for how long, who confirms it and when that falls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from privacy_mark.agenda import agenda
from privacy_mark.requirements import due, evidence, group, readiness
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.corrections import corrected
from privacy_mark.requirements.evidence import Evidence, EvidenceDraft, Shows
from privacy_mark.requirements.holding import EARLIEST, since
from privacy_mark.requirements.model import Frequency, SupplierId
from privacy_mark.requirements.planned import Planned, Plans
from privacy_mark.requirements.readiness import Lack, Line, Met, NotAssessed, NotMet, Unassessed
from registry import journal, ledger_review, organisation
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, InvalidValue, StoreError
from registry.ledger_review import Seen
from registry.model import Role, UnitId, UnitKind
from registry.store import Registry
from registry.store.requirements_tables import EvidencePart, ReadinessRecord, ReadinessWitness
from registry.vault import Vault
from tests.access.requirements import READY, draft
from tests.registry.world import Clock, World, build, person

KEY = bytes(range(32))  # no secret
TODAY = date(2026, 4, 1)
PARTIES = Shows("J.1.2", "parties")  # yearly


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return where the registry lies."""
    return tmp_path / "registry.db"


@pytest.fixture
def world(database: Path) -> Iterator[World]:
    """Return two companies of a group."""
    clock = Clock()
    registry = Registry.open(f"sqlite:///{database}", Vault(KEY), clock=clock)
    registry.migrate()
    yield build(registry, clock)
    registry.close()


def add(world: World, made: EvidenceDraft, data: bytes = b"text", number: int = 21) -> Evidence:
    """Return evidence that the certification team adds."""
    with world.registry.write(person(number, Role.CERTIFICATION_TEAM, world.a.unit.id)) as tx:
        return evidence.add_file(tx, product(), made, "記録.txt", data)


def line(world: World, requirement: str) -> Line:
    """Return where company A stands with a requirement."""
    with world.registry.read(person(22, Role.OFFICER, world.a.unit.id)) as tx:
        found = readiness.readiness(tx, product(), world.a.unit.id)
        (share,) = (each for each in group.shares(tx, product()) if each.unit_id == world.a.unit.id)
    assert share == found.share  # the counts of all entities say what the page of one says
    return next(each for each in found.lines if each.requirement.id == requirement)


def confirm(world: World, requirement: str, number: int = 22, basis: str = "") -> Line:
    """Confirm as the privacy manager."""
    basis = basis or line(world, requirement).basis
    with world.registry.write(person(number, Role.OFFICER, world.a.unit.id)) as tx:
        return readiness.confirm(tx, product(), world.a.unit.id, requirement, basis=basis)


def test_no_evidence_is_never_met_and_evidence_waits_for_another_person(world: World) -> None:
    """未確認, with evidence still 未確認, confirmed 証跡あり; who added it cannot confirm it."""
    assert line(world, "J.1.2").state == NotAssessed(Unassessed.NOTHING_SHOWN)
    with pytest.raises(InvalidValue, match="missing"):
        confirm(world, "J.1.2")
    made = add(world, draft(world.a.unit.id, PARTIES, effective_on=date(2026, 3, 1)))
    assert (made.number, made.sha256) == ("EV-0001", hashlib.sha256(b"text").hexdigest())
    assert (made.effective_on, made.at) == (date(2026, 3, 1), world.clock.now)
    assert line(world, "J.1.2").state == NotAssessed(Unassessed.NOT_CONFIRMED)
    with pytest.raises(InvalidValue, match="same_person"):
        confirm(world, "J.1.2", number=21)
    done = confirm(world, "J.1.2")
    assert isinstance(done.state, Met)
    assert (done.state.confirmation.by, done.state.confirmation.holds_until) == (
        "officer 22",
        date(2027, 3, 1),
    )
    with pytest.raises(InvalidValue, match="decided"):
        confirm(world, "J.1.2")
    with world.registry.read(person(22, Role.OFFICER, world.a.unit.id)) as tx:
        (share,) = (each for each in group.shares(tx, product()) if each.unit_id == world.a.unit.id)
    assert (share.met, share.percent) == (1, 100 // share.of)
    assert share.met + share.not_met + share.waiting + share.nothing == share.of


def test_the_database_itself_refuses_one_person_as_both(world: World) -> None:
    """The rule of two persons is a constraint too."""
    made = add(world, draft(world.a.unit.id, PARTIES))
    confirm(world, "J.1.2")
    with world.registry.engine.connect() as connection:
        confirmation = connection.scalar(select(ReadinessRecord.id))
        row = {
            "confirmation_id": confirmation,
            "evidence_id": made.id + 1,
            "unit_id": world.a.unit.id,
            "author_id": 5,
            "confirmer_id": 5,
        }
        with pytest.raises(IntegrityError, match="two_persons"):
            connection.execute(ReadinessWitness.__table__.insert().values(row))


def test_a_confirmation_falls_when_evidence_runs_out_or_changes(world: World) -> None:
    """A year after the day of the evidence it is missing again; what fell stays fallen."""
    made = add(world, draft(world.a.unit.id, PARTIES, effective_on=date(2025, 5, 1)))
    confirm(world, "J.1.2")
    with world.registry.read(person(21, Role.CERTIFICATION_TEAM, world.a.unit.id)) as tx:
        (soon,) = due.due(tx, TODAY)
    assert (soon.number, soon.due_on, soon.row) == (made.number, date(2026, 5, 1), "J.1.2/parties")
    world.clock.advance(timedelta(days=30))
    assert isinstance(line(world, "J.1.2").state, Met)  # the last day
    world.clock.advance(timedelta(days=1))
    gone = line(world, "J.1.2")
    assert isinstance(gone.state, NotMet)
    assert [each.lack for each in gone.missing] == [Lack.EXPIRED]
    assert gone.ran_out_on == date(2026, 5, 1)
    assert Plans({}, date(2027, 1, 1)).of("J.1.2", gone.ran_out_on) == Planned("", date(2026, 5, 1))
    with world.registry.write(bootstrap_principal()) as tx:
        assert group.settle(tx, product()) == 1
        assert group.settle(tx, product()) == 0
    add(world, draft(world.a.unit.id, PARTIES), b"new")
    assert line(world, "J.1.2").state == NotAssessed(Unassessed.NOT_CONFIRMED)
    assert isinstance(confirm(world, "J.1.2").state, Met)
    more = add(world, draft(world.a.unit.id, PARTIES), b"more")
    assert line(world, "J.1.2").state == NotAssessed(Unassessed.NOT_CONFIRMED)
    with world.registry.write(person(21, Role.CERTIFICATION_TEAM, world.a.unit.id)) as tx:
        evidence.remove(tx, more.id, expected_version=1, reason="重複")
    with world.registry.read(bootstrap_principal()) as tx:
        told = [each.action for each in journal.lines(tx, limit=3)]
    assert told == ["evidence_removed", "evidence_added", "readiness_confirmed"]


def test_what_was_looked_at_is_what_is_confirmed(world: World) -> None:
    """Evidence that came meanwhile is a conflict."""
    add(world, draft(world.a.unit.id, PARTIES))
    seen = line(world, "J.1.2").basis
    add(world, draft(world.a.unit.id, PARTIES), b"later")
    with pytest.raises(Conflict):
        confirm(world, "J.1.2", basis=seen)


def test_the_product_shows_and_speaks_against(world: World) -> None:
    """An entry not looked through for a year is missing, whatever was uploaded; reviewed, it is shown."""
    shows = Shows("J.3.1.1", "ledger")
    add(world, draft(world.a.unit.id, shows))
    found = {each.need.id: each for each in line(world, "J.3.1.1").needs}
    assert found["ledger"].lack is Lack.CONTRADICTED
    with world.registry.write(person(22, Role.OFFICER, world.a.unit.id)) as tx:
        ledger_review.review_entries(tx, [Seen(world.a.entry.id, world.a.entry.version)])
    found = {each.need.id: each for each in line(world, "J.3.1.1").needs}
    fact = found["ledger"].fact
    assert fact is not None
    assert (found["ledger"].lack, fact.done, fact.of, fact.on) == (None, 1, 1, TODAY)
    with world.registry.write(person(21, Role.CERTIFICATION_TEAM, world.a.unit.id)) as tx:
        of_old = draft(world.a.unit.id, shows, title="台帳の見直し", effective_on=TODAY - timedelta(days=300))
        cited = evidence.cite(tx, product(), of_old)
        assert cited.effective_on == TODAY  # what is said today is no evidence of another day
        data = evidence.content(tx, cited.id).data
    assert hashlib.sha256(data).hexdigest() == cited.sha256
    assert b'"done": 1' in data
    world.clock.advance(timedelta(days=367))
    assert {each.need.id: each.lack for each in line(world, "J.3.1.1").needs}["ledger"] is Lack.CONTRADICTED


def test_evidence_is_kept_sealed_and_changed_bytes_are_noticed(world: World, database: Path) -> None:
    """Nothing of it stands readable in the database, and other bytes are not handed out."""
    made = add(world, draft(world.a.unit.id, title="取締役 山田 太郎の任命"), "本文 山田".encode())
    raw = database.read_bytes() + database.with_name("registry.db-wal").read_bytes()
    assert hashlib.sha256("本文 山田".encode()).hexdigest() == made.sha256
    assert "山田".encode() not in raw
    with world.registry.write(person(22, Role.OFFICER, world.a.unit.id)) as tx:
        assert evidence.content(tx, made.id).data.decode() == "本文 山田"
        tx.session.delete(tx.session.scalars(select(EvidencePart)).one())
        tx.session.flush()
        with pytest.raises(StoreError):
            evidence.content(tx, made.id)


def test_what_is_refused(world: World) -> None:
    """A day to come, an unknown need, a statement where something must be shown, personal data of others."""
    unit = world.a.unit.id
    for wrong, rule in (
        (draft(unit, PARTIES, effective_on=TODAY + timedelta(days=1)), "future"),
        (draft(unit, Shows("J.1.2", "no-such")), "unknown"),
        (draft(unit, PARTIES, valid_until=date(2020, 1, 1)), "before_effective"),
        (draft(unit, PARTIES, title=" "), "required"),
    ):
        with pytest.raises(InvalidValue, match=rule):
            add(world, wrong)
    team = person(21, Role.CERTIFICATION_TEAM, unit)
    with world.registry.write(team) as tx:
        with pytest.raises(InvalidValue, match="not_if_any"):
            evidence.state_none(tx, product(), draft(unit, PARTIES, note="ない"))
        evidence.state_none(tx, product(), draft(unit, Shows("J.8.9", "anonymised"), note="作成していない"))
        secret = evidence.add_file(tx, product(), draft(unit, personal=True), "a.txt", b"x")
        with pytest.raises(AccessDenied):
            evidence.content(tx, secret.id)
    assert line(world, "J.8.9").state == NotAssessed(Unassessed.NOT_CONFIRMED)


def test_kind_and_country_decide_what_applies(world: World) -> None:
    """A hospital has the medical sets too, a company abroad those of its country."""
    with world.registry.write(bootstrap_principal()) as tx:
        made: dict[str, UnitId] = {}
        for code, kind, country in (
            ("H", UnitKind.HOSPITAL, "JP"),
            ("D", UnitKind.OVERSEAS, "DE"),
            ("U", UnitKind.OVERSEAS, "US"),
        ):
            made[code] = organisation.create_unit(
                tx,
                code=code,
                kind=kind,
                name_ja=code,
                name_en=code,
                parent_id=world.group.id,
                country=country,
            ).id
        sets = {
            code: {each.requirement.set_id for each in readiness.readiness(tx, product(), unit).lines}
            for code, unit in made.items()
        }
    assert sets == {
        "H": {"pmark-j", "pmark-medical", "mhlw-hospital"},
        "D": {"gdpr", "overseas"},
        "U": {"us-ccpa", "overseas"},
    }
    assert READY.requirement == "J.1.4"


def test_evidence_holds_since_the_first_day_that_has_not_run_out() -> None:
    """For every frequency and every day of four years, month ends and a leap day among them."""
    for every in Frequency:
        for number in range(1461):
            today = date(2023, 6, 1) + timedelta(days=number)
            first = since(every, today)
            if every is Frequency.ONCE:
                assert first == EARLIEST
                continue
            end, before = every.until(first), every.until(first - timedelta(days=1))
            assert end is not None
            assert before is not None
            assert before < today <= end


def test_what_is_due_follows_the_corrections_of_a_workspace(world: World) -> None:
    """A yearly need that somebody corrected to be shown monthly runs out after a month."""
    add(world, draft(world.a.unit.id, PARTIES, effective_on=date(2026, 3, 20)))
    corrections = (
        "version: 1\nsource: test\ncorrect:\n  J.1.2:\n    needs:\n"
        "      - id: parties\n        kind: record\n        every: monthly\n"
        "        ja: 利害関係者の一覧\n        en: Parties\n"
    )
    monthly = corrected(product(), [(corrections, "own.yaml")])
    with world.registry.read(person(21, Role.CERTIFICATION_TEAM, world.a.unit.id)) as tx:
        assert due.due(tx, TODAY) == []
        assert [each.due_on for each in due.due(tx, TODAY, monthly)] == [date(2026, 4, 20)]
        found = agenda(tx, world.a.unit.id, TODAY, catalogue=monthly)
        assert "requirements.evidence" in {each.due.kind for each in found.lines}


def test_the_list_of_entities_agrees_with_the_page_of_one(world: World) -> None:
    """Needs with a supplier and without, all shown by one document."""
    known = product()
    shows = frozenset(Shows(each.id, need.id) for each in known.of_set("pmark-j") for need in each.needs)
    add(world, replace(draft(world.a.unit.id), shows=shows))
    for requirement in ("J.1.4", "J.1.3", "J.4.3", "J.2.2"):
        assert isinstance(confirm(world, requirement).state, Met)
    assert {each.need.supplier for each in line(world, "J.1.3").needs} == {SupplierId.LAWS, None}
    with world.registry.write(bootstrap_principal()) as tx:
        assert group.settle(tx, known) == 0
