"""Transactions, encryption at rest and times, the same on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import exc, select, text

from registry import journal, organisation
from registry.access import bootstrap_principal
from registry.errors import Conflict, StoreError, VaultError
from registry.model import UnitId, UnitKind
from registry.store import Registry
from registry.store.base import Base, Versioned
from registry.store.tables import OrgUnit, ScanRun
from registry.vault import Vault
from tests.registry.world import CANARY, World


def add_site(world: World, code: str) -> None:
    """Add a unit in a transaction of its own."""
    with world.registry.write(bootstrap_principal()) as tx:
        organisation.create_unit(
            tx, code=code, kind=UnitKind.SITE, name_ja=code, name_en="", parent_id=world.a.unit.id
        )


def codes(world: World) -> list[str]:
    """Return the codes of all units."""
    with world.registry.read(bootstrap_principal()) as tx:
        return [unit.code for unit in organisation.units(tx)]


def test_a_reading_transaction_cannot_write(world: World) -> None:
    """The database itself refuses, whatever a service tries."""
    with world.registry.read(bootstrap_principal()) as tx:
        statement = text("UPDATE org_unit SET name_ja = 'x'")
        with pytest.raises(exc.DBAPIError):
            tx.session.execute(statement)


def test_a_reading_transaction_drops_what_was_changed_in_memory(world: World) -> None:
    """Ending well it neither writes nor complains, and what was read can be used afterwards."""
    with world.registry.read(bootstrap_principal()) as tx:
        unit = tx.session.get_one(OrgUnit, world.a.unit.id)
        unit.name_ja = "別名"
    assert unit.code == "A"
    with world.registry.read(bootstrap_principal()) as tx:
        assert tx.session.get_one(OrgUnit, world.a.unit.id).name_ja == world.a.unit.name_ja


def test_readers_and_writers_take_turns_on_a_connection(world: World) -> None:
    """A connection that wrote cannot write for a reader, and one that read can write again."""
    for code in ("T-1", "T-2"):
        add_site(world, code)
        with world.registry.read(bootstrap_principal()) as tx, pytest.raises(exc.DBAPIError):
            tx.session.execute(text("UPDATE org_unit SET name_ja = 'x'"))
    assert {"T-1", "T-2"} <= set(codes(world))


def test_a_reading_transaction_sees_one_snapshot(world: World) -> None:
    """What others commit meanwhile does not appear half-way."""
    with world.registry.read(bootstrap_principal()) as tx:
        before = len(organisation.units(tx))
        add_site(world, "A-2")
        assert len(organisation.units(tx)) == before
    assert "A-2" in codes(world)


def test_a_failed_transaction_leaves_nothing(world: World) -> None:
    """Neither the row, its closure nor its journal record stay."""
    before = journal.verify(world.registry)

    def fail() -> None:
        with world.registry.write(bootstrap_principal()) as tx:
            organisation.create_unit(
                tx, code="A-9", kind=UnitKind.SITE, name_ja="九", name_en="", parent_id=world.a.unit.id
            )
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert "A-9" not in codes(world)
    assert journal.verify(world.registry) == before


def test_a_conflict_leaves_nothing(world: World) -> None:
    """What was written before somebody else's change was noticed does not stay, on disk or in memory."""
    before = journal.verify(world.registry)

    def meet(*, flushed: bool) -> None:
        with world.registry.write(bootstrap_principal()) as tx:
            unit = tx.session.get_one(OrgUnit, world.a.unit.id)
            unit.name_ja = "別名"
            if flushed:
                tx.session.flush()
            raise Conflict("somebody", tx.now, ())

    for flushed in (True, False):
        with pytest.raises(Conflict):
            meet(flushed=flushed)
    with world.registry.read(bootstrap_principal()) as tx:
        assert tx.session.get_one(OrgUnit, world.a.unit.id).name_ja == world.a.unit.name_ja
    assert journal.verify(world.registry) == before


def test_writers_queue(world: World) -> None:
    """Many writers at once all succeed, and their journal is one unbroken chain."""
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(3):
                add_site(world, f"T-{number}-{step}")
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(code.startswith("T-") for code in codes(world)) == 12
    assert journal.verify(world.registry).ok


def test_foreign_keys_are_enforced(world: World) -> None:
    """A row cannot name a unit that does not exist."""
    statement = text("UPDATE org_unit SET parent_id = 4711 WHERE code = 'A'")
    with pytest.raises(StoreError, match="IntegrityError"), world.registry.write(bootstrap_principal()) as tx:
        tx.session.execute(statement)


def test_times_are_utc_on_both_databases(world: World) -> None:
    """A time in any zone comes back as the same moment in UTC; a naive one is refused."""
    japan = timezone(timedelta(hours=9))
    moment = datetime(2026, 1, 1, 8, 59, 59, 123456, tzinfo=japan)
    with world.registry.write(bootstrap_principal()) as tx:
        tx.session.add(run(world, "r1", moment))
    with world.registry.read(bootstrap_principal()) as tx:
        stored = tx.session.get_one(ScanRun, "r1").started_at
    assert stored == moment
    assert stored.isoformat() == "2025-12-31T23:59:59.123456+00:00"
    naive = run(world, "r2", moment.replace(tzinfo=None))
    with (
        pytest.raises(exc.StatementError, match="without zone"),
        world.registry.write(bootstrap_principal()) as tx,
    ):
        tx.session.add(naive)


def run(world: World, name: str, at: datetime) -> ScanRun:
    """Return an unsaved run."""
    zero = dict.fromkeys(("listed", "complete", "partial", "skipped", "failed", "bytes", "by_policy"), 0)
    return ScanRun(
        id=name,
        unit_id=world.a.unit.id,
        started_at=at,
        finished_at=datetime.now(UTC),
        rules_version="1",
        **zero,
    )


def test_a_refused_journal_record_is_an_error_of_the_registry(world: World) -> None:
    """The journal's own statements fail like all others: without the values, and nothing stays."""
    before = journal.verify(world.registry)
    with (
        pytest.raises(StoreError, match="IntegrityError") as caught,
        world.registry.write(bootstrap_principal()) as tx,
    ):
        tx.record("x", "t", "秘密の名", UnitId(4711))
    assert "秘密の名" not in str(caught.value)
    assert journal.verify(world.registry) == before


def test_errors_of_the_database_hide_values(world: World) -> None:
    """PostgreSQL quotes the row it refuses: what leaves a transaction names the fault alone."""
    twin = OrgUnit(
        code="秘密の名",
        kind=None,
        name_ja="秘密の名",
        name_en="",
        parent_id=None,
        country="JP",
        privacy_mark="",
    )
    with pytest.raises(StoreError) as caught, world.registry.write(bootstrap_principal()) as tx:
        tx.session.add(twin)
    assert "秘密の名" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_every_table_that_people_edit_checks_its_version() -> None:
    """A table with a version column lets SQLAlchemy compare it on every update."""
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Versioned):
            assert mapper.version_id_col is mapper.local_table.c.version
    edited = {
        mapper.local_table.name for mapper in Base.registry.mappers if mapper.version_id_col is not None
    }
    assert edited == {
        "org_unit",
        "user_account",
        "role_grant",
        "affiliation",
        "disclosure_basis",
        "risk_analysis",
        "ledger_application",
        "processor",
        "source",
        "ledger_entry",
        "discrepancy",
        "feedback",
        "journal_key",
        "rights_request",
        "request_place",
        "provision_record",
        "notice",
        "research_use",
        "discrepancy_case",
        "disposal",
        "locked_decision",
        "remediation",
        "remediation_place",
        "monitoring_rule",
        "collector",
        "collector_kit",
        "comment",
        "attachment",
        "notification_setting",
        "pack_answer",
        "pack_original",
        "pm_change",
        "pm_change_task",
        "law_entry",
        "law_amendment",
        "law_review",
        "audit",
        "audit_appointment",
        "audit_unit_terms",
        "audit_paper",
        "audit_programme",
        "auditor_profile",
        "complaint",
        "complaint_terms",
        "confirmation",
        "confirmation_operation",
        "management_review",
        "management_review_decision",
        "evidence",
        "readiness_confirmation",
        "corrective_action",
        "people_import",
        "pm_accident",
        "pm_assessment",
        "pm_certificate",
        "pm_file",
        "pm_finding",
        "pm_findings_letter",
        "pm_requested_document",
        "pm_round",
        "pms_year",
        "pms_revision",
        "self_check",
        "governance_appointment",
        "governance_arrival",
        "governance_body",
        "governance_decision",
        "internal_rule",
        "internal_rule_fact",
        "internal_rule_version",
        "training_course",
        "training_gate",
        "training_round",
        "training_worker",
    }


def test_every_row_belongs_to_a_unit() -> None:
    """Only the tree, the key check, what keeps the whole journal and addresses have no unit column."""
    without = {table.name for table in Base.metadata.sorted_tables if "unit_id" not in table.c}
    whole = {"journal_key", "journal_anchor", "tick_claim"}
    assert without == {"org_unit", "org_closure", "key_check", "address_counter"} | whole


def test_the_wrong_master_key_opens_nothing_and_changes_nothing(world: World) -> None:
    """Both databases refuse at once, and the right key still opens."""
    url = world.registry.engine.url if world.registry.engine.dialect.name == "postgresql" else None
    address = url.render_as_string(hide_password=False) if url is not None else _sqlite_address(world)
    before = journal.verify(world.registry)
    with pytest.raises(VaultError):
        Registry.open(address, Vault(b"z" * 32))
    again = Registry.open(address, world.registry.vault)
    assert journal.verify(again) == before
    again.close()


def _sqlite_address(world: World) -> str:
    with world.registry.read(bootstrap_principal()) as tx:
        return f"sqlite:///{tx.session.execute(text('PRAGMA database_list')).one()[2]}"


def test_a_sqlite_registry_is_unreadable_without_its_key(
    tmp_path: Path, sqlite_world: tuple[Path, World]
) -> None:
    """Neither names nor the format itself stand in the file, and only its owner may read it."""
    path, _ = sqlite_world
    data = path.read_bytes()
    for clear in (b"SQLite format 3", b"ledger_entry", CANARY.encode(), "会社".encode()):
        assert clear not in data
    assert path.stat().st_mode & 0o077 == 0


def test_personal_columns_are_sealed_on_both_databases(world: World) -> None:
    """Owners, access holders, places and addresses of sources are ciphertext for the database itself."""
    sealed = [
        (table, column)
        for table in Base.metadata.sorted_tables
        for column in table.c
        if column.name.endswith("_sealed")
    ]
    assert len(sealed) >= 12
    with world.registry.read(bootstrap_principal()) as tx:
        for table, column in sealed:
            for value in tx.session.scalars(select(column).where(column.is_not(None))):
                # By the vault's field key, or by the key of its journal record.
                assert value[0] == (0xFF if table.name == "journal_record" else 1), table.name
                assert CANARY.encode() not in value


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "needs a file"),
        ("mysql://u@h/d", "cannot live in mysql"),
        ("not a url", "not a database URL"),
        ("sqlite:////nowhere/at/all/registry.db", "cannot be opened: No such file"),
        ("postgresql+psycopg://u:hunter2@127.0.0.1:1/d", "can be reached"),
    ],
)
def test_an_unusable_address_is_refused(url: str, message: str, vault: Vault) -> None:
    """The message says what to do instead and repeats no password."""
    with pytest.raises(StoreError, match=message) as caught:
        Registry.open(url, vault)
    assert "hunter2" not in str(caught.value)
