"""Puts the demonstration group into a workspace of its own."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from daicho.demo import build
from daicho.demo.databases import REGISTER_SITE
from daicho.demo.model import DemoAccount, DemoBasis, DemoEntry, DemoGroup, DemoProcessor, DemoSource
from daicho.errors import WorkspaceError
from daicho.own_entry import own_entry
from daicho.settings import Settings
from daicho.workspace import FirstAdministrator, FirstUnit, Workspace
from registry import accounts, disclosures, ledger, organisation, processors
from registry import sources as registered
from registry.model import Place, Role, SourceId, UnitId, UnitKind, UserId
from registry.source_terms import PlaceKind, SourceTerms, VendorConsent
from registry.store import Tx, utc_now

MARKER = "daicho-demo.json"
_BASES_FROM = date(2024, 4, 1)
_NIGHTS = "22:00-06:00"


def make_workspace(
    directory: Path, settings: Settings, *, seed: int, clock: Callable[[], datetime] = utc_now
) -> tuple[DemoGroup, Workspace]:
    """Write the group's files below `directory` and register everything in `directory/workspace`.

    An earlier demo there is removed first; any other content is never touched: raises `WorkspaceError`.
    """
    _clear(directory)
    group = build(directory / "group", seed=seed, database_url=settings.demo_database_url or None)
    root = group.units[0]
    administrator = next(each for each in group.accounts if each.role is Role.ADMINISTRATOR)
    workspace = Workspace.create(
        settings,
        FirstUnit(root.code, root.name_ja, root.name_en, root.kind),
        FirstAdministrator(
            administrator.login, administrator.name, administrator.password, administrator.language
        ),
        clock=clock,
    )
    with workspace.registry.write(workspace.owner(), reason="daicho demo") as tx:
        units = _register_units(tx, group)
        sources = {
            each.name: registered.add_source(
                tx,
                unit_id=units[each.unit_code],
                name=each.name,
                owner=each.owner,
                url=each.url,
                terms=_terms(each),
            ).id
            for each in group.sources
        }
        for entry in group.entries:
            ledger.create_entry(tx, _draft(entry, units, sources))
        headquarters = next(unit for unit in group.units if unit.kind is UnitKind.HEADQUARTERS)
        ledger.create_entry(tx, own_entry(units[headquarters.code]))
        for processor in group.processors:
            processors.add_processor(tx, _processor(processor, units, sources))
        people = {
            account.login: _register_account(tx, account, units)
            for account in group.accounts
            if account is not administrator
        }
        representatives = {
            basis.unit_code: _register_account(tx, _representative(basis), units) for basis in group.bases
        }
    officer = next(each.login for each in group.accounts if each.role is Role.GROUP_OFFICER)
    _register_bases(workspace, group, units, people[officer], representatives)
    return group, workspace


def _terms(source: DemoSource) -> SourceTerms:
    """Return when a source is scanned; the hospital's register is a replica that its vendor let be read."""
    if source.url.startswith("file:"):
        return SourceTerms(schedule="weekly SAT 22:00", window=_NIGHTS, exclude=("~$*", "Thumbs.db"))
    if source.unit_code == REGISTER_SITE:
        consent = VendorConsent("医療情報システム株式会社", _BASES_FROM, "複製の利用に関する承諾書")
        replica = PlaceKind.CHART_OR_PACS_REPLICA
        return SourceTerms(replica, schedule="monthly 1 23:00", window=_NIGHTS, priority=1, consent=consent)
    return SourceTerms(schedule="monthly 1 22:00", window=_NIGHTS, priority=3)


def _register_account(tx: Tx, account: DemoAccount, units: dict[str, UnitId]) -> UserId:
    user_id = accounts.create_account(
        tx, login=account.login, name=account.name, password=account.password, language=account.language
    )
    accounts.grant(tx, user_id=user_id, role=account.role, unit_id=units[account.unit_code])
    return user_id


def _representative(basis: DemoBasis) -> DemoAccount:
    """Return the account of an entity's representative; nobody knows its password."""
    login = f"{basis.unit_code.lower()}-representative@towa.example"
    password = secrets.token_urlsafe(24)
    return DemoAccount(
        login, basis.representative, password, Role.TOP_MANAGEMENT, basis.unit_code, language="ja"
    )


def _register_bases(
    workspace: Workspace,
    group: DemoGroup,
    units: dict[str, UnitId],
    officer: UserId,
    representatives: dict[str, UserId],
) -> None:
    """Record each basis as the group's officer, and approve it as the entity's representative."""
    registry = workspace.registry
    headquarters = next(unit for unit in group.units if unit.kind is UnitKind.HEADQUARTERS)
    for basis in group.bases:
        with registry.write(accounts.principal_of(registry, officer), reason="daicho demo") as tx:
            made = disclosures.record_disclosure(
                tx,
                kind=basis.kind,
                from_id=units[basis.unit_code],
                to_id=units[headquarters.code],
                valid_from=_BASES_FROM,
                document=basis.document,
            )
        approver = accounts.principal_of(registry, representatives[basis.unit_code])
        with registry.write(approver, reason="daicho demo") as tx:
            disclosures.approve_disclosure(tx, made.id, expected_version=made.version)


def _clear(directory: Path) -> None:
    marker = directory / MARKER
    if marker.exists():
        shutil.rmtree(directory / "group", ignore_errors=True)
        shutil.rmtree(directory / "workspace", ignore_errors=True)
    elif directory.exists() and any(directory.iterdir()):
        raise WorkspaceError(f"{directory} holds something else than a demo. Choose another --directory.")
    directory.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps({"made_by": "daicho demo"}) + "\n", encoding="utf-8")


def _register_units(tx: Tx, group: DemoGroup) -> dict[str, UnitId]:
    root = organisation.unit_by_code(tx, group.units[0].code)
    if root is None:
        raise WorkspaceError("The first unit of the demo is missing. Remove the folder and start again.")
    units = {root.code: root.id}
    for unit in group.units[1:]:
        units[unit.code] = organisation.create_unit(
            tx,
            code=unit.code,
            kind=unit.kind,
            name_ja=unit.name_ja,
            name_en=unit.name_en,
            parent_id=units[unit.parent_code or root.code],
            country=unit.country,
            privacy_mark=unit.privacy_mark,
        ).id
    return units


def _draft(entry: DemoEntry, units: dict[str, UnitId], sources: dict[str, SourceId]) -> ledger.EntryDraft:
    return ledger.EntryDraft(
        unit_id=units[entry.unit_code],
        name=entry.name,
        items=entry.items,
        purpose=entry.purpose,
        places=(Place(sources.get(entry.source_name), entry.prefix, entry.place_text),),
        storage_method=entry.storage_method,
        access_holders=entry.access_holders,
        end_of_use=entry.end_of_use,
        retention_months=entry.retention_months,
        retention_until=entry.retention_until,
        approximate_count=entry.approximate_count,
        exposure=entry.exposure,
        owner=entry.owner,
    )


def _processor(
    processor: DemoProcessor, units: dict[str, UnitId], sources: dict[str, SourceId]
) -> processors.ProcessorDraft:
    located = {sources[processor.source_name]} if processor.source_name else ()
    return processors.ProcessorDraft(
        unit_id=units[processor.unit_code],
        name=processor.name,
        contract=processor.contract,
        categories=processor.categories,
        valid_from=processor.valid_from,
        valid_until=processor.valid_until,
        sources=frozenset(located),
    )
