"""Registered sources: their terms, references to credentials, schedules, and what may be scanned at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from registry import journal, monitoring_rules, scan_permission, sources
from registry.access import bootstrap_principal, today_in_japan
from registry.credential_references import Keeper, Reference, reference
from registry.errors import AccessDenied, Conflict, InvalidValue
from registry.model import SourceRow
from registry.monitoring_rules import MonitoringRuleDraft
from registry.scan_permission import Bar, ScanRefusedError
from registry.schedules import schedule, window
from registry.source_terms import PlaceKind, ReadMode, SourceTerms, VendorConsent
from registry.store.tables import SourceRecord
from tests.registry.world import World

CONSENT = VendorConsent("医療システム株式会社", date(2026, 3, 1), "承諾書 第 12 号（総務課 保管）")
FULL = SourceTerms(
    credential="file:/etc/daicho/share",
    schedule="monthly 31 23:30",
    window="22:00-06:00",
    priority=2,
    include=("人事/**",),
    exclude=("*.bak", "旧/山田"),
    bandwidth_mb=12.5,
    jobs=2,
    object_mib=64,
    mode=ReadMode.COMPLETE,
    rows_per_second=500,
    consent=CONSENT,
)
OWNER = bootstrap_principal()


def added(world: World, url: str, terms: SourceTerms, name: str = "new") -> SourceRow:
    """Register a source of company A."""
    with world.registry.write(OWNER) as tx:
        return sources.add_source(tx, unit_id=world.a.unit.id, name=name, owner="部署", url=url, terms=terms)


def refused(world: World, url: str, source: SourceRow | None = None) -> Bar | None:
    """Return why a place may not be scanned for company A."""
    with world.registry.read(OWNER) as tx:
        try:
            scan_permission.require_scannable(tx, world.a.unit.id, url, source=source)
        except ScanRefusedError as error:
            return error.bar
    return None


def test_terms_are_kept_and_nothing_of_them_lies_open(world: World) -> None:
    """What goes in comes back; patterns, consent and reference are sealed, and the journal has them all."""
    made = added(world, "smb://files/share", FULL)
    with world.registry.read(OWNER) as tx:
        assert sources.source(tx, made.id).terms == FULL
        row = tx.session.scalar(select(SourceRecord).where(SourceRecord.id == made.id))
        assert row is not None
        assert (row.schedule, row.window, row.priority) == ("monthly 31 23:30", "22:00-06:00", 2)
        assert row.terms_sealed is not None
        assert "山田".encode() not in row.terms_sealed
        assert b"\\u5c71" not in row.terms_sealed
        newest = journal.newest_of(tx, "source", made.id)
        assert newest.after is not None
        assert "承諾書" in str(newest.after)
        assert sources.source(tx, world.a.source.id).terms == SourceTerms()


def test_an_edit_needs_the_version_that_was_seen(world: World) -> None:
    """The second of two edits is a conflict; unknown columns and the unit are refused."""
    made = added(world, "smb://files/share", SourceTerms())
    with world.registry.write(OWNER) as tx:
        after = sources.change_source(
            tx, made.id, expected_version=made.version, changes={"schedule": "daily 23:00", "owner": "総務"}
        )
        assert (after.terms.schedule, after.owner) == ("daily 23:00", "総務")
    with world.registry.write(OWNER) as tx, pytest.raises(Conflict):
        sources.change_source(tx, made.id, expected_version=made.version, changes={"owner": "人事"})
    for column in ("unit_id", "release", "uid"):
        with world.registry.write(OWNER) as tx, pytest.raises(InvalidValue, match="unknown_column"):
            sources.change_source(tx, made.id, expected_version=after.version, changes={column: None})


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"credential": "hunter2"}, "credential", "reference"),
        ({"schedule": "hourly"}, "schedule", "schedule"),
        ({"schedule": "monthly 32 10:00"}, "schedule", "schedule"),
        ({"window": "22:00"}, "window", "window"),
        ({"schedule": "daily 12:00", "window": "22:00-06:00"}, "window", "outside"),
        ({"priority": 0}, "priority", "number"),
        ({"jobs": -1}, "jobs", "number"),
        ({"exclude": ("",)}, "exclude", "pattern"),
        ({"consent": replace(CONSENT, document=" ")}, "consent", "required"),
        ({"consent": replace(CONSENT, on=date(2999, 1, 1))}, "consent", "future"),
    ],
)
def test_terms_are_checked(world: World, changes: dict[str, object], column: str, rule: str) -> None:
    """The refusal names the column and repeats nothing of the value."""
    with pytest.raises(InvalidValue) as caught:
        added(world, "smb://files/share", replace(SourceTerms(), **changes))  # type: ignore[arg-type]  # on purpose
    assert (caught.value.column, caught.value.rule) == (column, rule)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("env:SHARE_PASSWORD", Reference(Keeper.ENVIRONMENT, "SHARE_PASSWORD")),
        ("file:/etc/daicho/share", Reference(Keeper.FILE, "/etc/daicho/share")),
        ("keyring:daicho/reader", Reference(Keeper.KEYRING, "daicho/reader")),
        ("systemd:share.password", Reference(Keeper.SYSTEMD, "share.password")),
        *(
            (text, None)
            for text in (
                *("P4ssw0rd", "env:p4ssw0rd!", "env:DAICHO_MASTER_KEY", "env:", "file:relative", "vault:x"),
                *("file:/etc/../root/.ssh/id", "file:/", "keyring:x", "systemd:../x", "systemd:a/b", ""),
            )
        ),
    ],
)
def test_only_references_are_credentials(text: str, found: Reference | None) -> None:
    """Anything else is refused: a secret cannot be stored, and ours cannot be named."""
    if found is None:
        with pytest.raises(InvalidValue) as caught:
            reference(text)
        assert not text or text not in str(caught.value)
    else:
        assert reference(text) == found


@pytest.mark.parametrize(
    ("text", "after", "begins"),
    [
        ("off", "2026-04-01 00:00", None),
        ("daily 22:00", "2026-04-01 22:00", "2026-04-02 22:00"),
        ("weekly MON 01:30", "2026-04-01 09:00", "2026-04-06 01:30"),
        ("monthly 31 23:30", "2026-04-01 09:00", "2026-04-30 23:30"),
        ("monthly 1 00:00", "2026-12-31 23:59", "2027-01-01 00:00"),
    ],
)
def test_the_next_scan_is_told_by_clocks_in_japan(text: str, after: str, begins: str | None) -> None:
    """A month without the day has its scan on its last one."""
    moment = datetime.fromisoformat(f"{after}+09:00").astimezone(UTC)
    expected = datetime.fromisoformat(f"{begins}+09:00") if begins else None
    assert schedule(text).next_after(moment) == expected


def test_a_window_may_pass_midnight() -> None:
    """Its end is not in it."""
    night, noon = window("22:00-06:00"), window("11:00-13:00")
    assert night is not None
    assert noon is not None
    told = [
        (night.holds(at), noon.holds(at))
        for at in (datetime.strptime(each, "%H:%M").time() for each in ("22:00", "05:59", "06:00", "12:00"))  # noqa: DTZ007 - a time of day
    ]
    assert told == [(True, False), (True, False), (False, False), (False, True)]


def test_credentials_and_files_belong_to_the_machine(world: World) -> None:
    """A company's administrator names neither; nor sends a named credential to another server."""
    boss = world.personas()["administrator of A"]
    for url, terms in (
        ("file:///srv/b", SourceTerms()),
        ("sqlite:////srv/b.db", SourceTerms()),
        ("smb://files/x", SourceTerms(credential="env:SHARE")),
    ):
        with world.registry.write(boss) as tx, pytest.raises(AccessDenied):
            sources.add_source(tx, unit_id=world.a.unit.id, name="new", owner="", url=url, terms=terms)
    made = added(world, "smb://files/share", SourceTerms(credential="env:SHARE"))
    with world.registry.write(boss) as tx, pytest.raises(AccessDenied):
        sources.change_source(tx, made.id, expected_version=1, changes={"url": "smb://elsewhere/share"})
    with world.registry.write(boss) as tx:
        assert sources.change_source(tx, made.id, expected_version=1, changes={"owner": "x"}).owner == "x"


def test_live_charts_and_devices_are_never_scanned(world: World) -> None:
    """Neither by name, nor by address, nor through the folder above, unless that leaves them out."""
    added(world, "smb://pacs/live", SourceTerms(PlaceKind.LIVE_CHART_OR_PACS), "chart")
    assert refused(world, "smb://PACS/live") is Bar.LIVE_SYSTEM
    assert refused(world, "smb://pacs/live/2026/x") is Bar.LIVE_SYSTEM
    assert refused(world, "smb://pacs/") is Bar.LIVE_SYSTEM
    assert refused(world, "smb://pacs/other") is None
    above = added(world, "smb://pacs", SourceTerms(exclude=("live",)), "above")
    assert refused(world, above.url, above) is None


def test_a_device_is_released_by_a_decision_with_a_reason(world: World) -> None:
    """The decision stands in the journal, and ends with another address; a new kind needs a reason too."""
    device = added(world, "smb://ct/export", SourceTerms(PlaceKind.MEDICAL_DEVICE))
    assert refused(world, device.url, device) is Bar.MEDICAL_DEVICE
    with world.registry.write(OWNER) as tx, pytest.raises(InvalidValue, match="reason"):
        sources.release_device(tx, device.id, reason=" ", expected_version=1)
    with world.registry.write(OWNER) as tx:
        freed = sources.release_device(tx, device.id, reason="停止中の装置", expected_version=1)
        assert "停止中の装置" in str(journal.newest_of(tx, "source", device.id).after)
    assert refused(world, freed.url, freed) is None
    with world.registry.write(OWNER) as tx, pytest.raises(InvalidValue, match="reason"):
        sources.change_source(tx, device.id, expected_version=2, changes={"kind": PlaceKind.ORDINARY})
    with world.registry.write(OWNER) as tx:
        moved = sources.change_source(tx, device.id, expected_version=2, changes={"url": "smb://ct/other"})
    assert refused(world, moved.url, moved) is Bar.MEDICAL_DEVICE


def test_a_replica_needs_the_vendors_consent(world: World) -> None:
    """Who, when and where the document is."""
    bare = added(world, "smb://replica/chart", SourceTerms(PlaceKind.CHART_OR_PACS_REPLICA))
    assert refused(world, bare.url, bare) is Bar.NO_CONSENT
    with world.registry.write(OWNER) as tx:
        told = sources.change_source(tx, bare.id, expected_version=1, changes={"consent": CONSENT})
    assert refused(world, told.url, told) is None


def test_mailboxes_and_home_folders_need_a_rule(world: World) -> None:
    """The rule counts from the notice on, for its unit and those below, until it ends; so it is ad hoc."""
    homes = added(world, "smb://files/home", SourceTerms(PlaceKind.HOME_FOLDERS))
    assert refused(world, homes.url, homes) is Bar.NO_RULE
    assert refused(world, "imaps://mail.example.jp/sato") is Bar.NO_RULE
    with world.registry.write(OWNER) as tx:
        today = today_in_japan(tx.now)
        draft = MonitoringRuleDraft(
            world.a.unit.id, "モニタリング規程 第 3 条", "漏えいの防止", "総務部長", today + timedelta(days=1)
        )
        ahead = monitoring_rules.register(tx, draft)
    assert refused(world, homes.url, homes) is Bar.NOTICE_AHEAD
    with world.registry.write(OWNER) as tx:
        monitoring_rules.end(tx, ahead.id, expected_version=1)
        monitoring_rules.register(tx, replace(draft, unit_id=world.b.unit.id, noticed_on=today))
    assert refused(world, homes.url, homes) is Bar.NO_RULE  # another employer's rule is none
    with world.registry.write(OWNER) as tx:
        rule = monitoring_rules.register(tx, replace(draft, noticed_on=today))
    assert refused(world, homes.url, homes) is None
    assert refused(world, "imaps://mail.example.jp/sato") is None
    with world.registry.write(OWNER) as tx:
        monitoring_rules.end(tx, rule.id, expected_version=1)
    assert refused(world, homes.url, homes) is Bar.NO_RULE
