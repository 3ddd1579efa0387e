"""The main job: scan sources, report, keep the findings, compare them with the ledger."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from daicho.errors import UsageError
from daicho.password_file import read_passwords
from daicho.rules import rules_of
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry import feedback, organisation, runs
from registry import sources as registered
from registry.access import today_in_japan
from registry.assess import reassess
from registry.model import Principal, SourceRow, Unit, UnitId
from registry.store import utc_now
from registry.vault import Vault
from scanners.engine import ScanKeys, Scanner, ScanOptions
from scanners.errors import SourceError
from scanners.model import Category, ObjectResult, RunTotals
from scanners.presidio.countries import COUNTRIES, is_installed
from scanners.presidio.deep import deep_limits, deep_version
from scanners.reports.interface import Report
from scanners.rules.model import RuleSet
from scanners.sources import open_source
from scanners.sources.database import DatabaseSource
from scanners.sources.local import absolute

OnListed = Callable[[int, bool], None]
OnResult = Callable[[ObjectResult, RunTotals], None]


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to scan and where its findings belong; both None for a scan outside any workspace."""

    location: str  # a path or a database URL, possibly with credentials: never stored or shown
    unit: Unit | None
    source: SourceRow | None


@dataclass(frozen=True, slots=True)
class FailOn:
    """A policy: this category may not occur `threshold` times or more."""

    category: Category
    threshold: int = 1

    @classmethod
    def parse(cls, text: str) -> FailOn:
        """Read "MY_NUMBER" or "MY_NUMBER:10"; raises `UsageError`."""
        name, _, number = text.partition(":")
        try:
            category = Category(name.strip().upper())
        except ValueError:
            known = ", ".join(category.value for category in Category)
            raise UsageError(f"--fail-on: there is no category {name!r}. Known: {known}.") from None
        if not number:
            return cls(category)
        if not number.isdecimal() or int(number) < 1:
            raise UsageError(f"--fail-on {text}: the number after the colon must be 1 or more.")
        return cls(category, int(number))


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """What a scan of one or more targets came to."""

    totals: RunTotals
    counts: Counter[Category]
    unavailable: tuple[str, ...] = ()  # one sentence for each target that could not be opened or listed

    def breaches(self, policies: Iterable[FailOn]) -> list[FailOn]:
        """Return the policies that the findings break."""
        return [policy for policy in policies if self.counts[policy.category] >= policy.threshold]


def targets_for(
    workspace: Workspace, principal: Principal, locations: Iterable[str], unit_code: str
) -> list[Target]:
    """Resolve paths, URLs and names of registered sources; no location means every registered source.

    Raises `UsageError` for an unknown unit, or when nothing is registered.
    """
    with workspace.registry.read(principal) as tx:
        rows = registered.list_sources(tx)
        unit = organisation.unit_by_code(tx, unit_code) if unit_code else None
        if unit_code and unit is None:
            raise UsageError(f"There is no unit {unit_code!r} that you may scan. See: daicho unit list")
        units = {each.id: each for each in organisation.units(tx)}
    rows = [row for row in rows if unit is None or row.unit_id == unit.id]
    wanted = list(locations)
    if not wanted:
        if not rows:
            raise UsageError("No source is registered. Name a path or URL, or use: daicho source add")
        return [Target(row.url, units[row.unit_id], row) for row in rows]
    root = next(each for each in units.values() if each.parent_id not in units)
    return [_target(location, rows, units, unit or root) for location in wanted]


def _target(location: str, rows: list[SourceRow], units: dict[UnitId, Unit], otherwise: Unit) -> Target:
    """Take a location for a registered source when it is the name or the address of exactly one."""
    named = [row for row in rows if row.name == location and not Path(location).exists()]
    found = named or [row for row in rows if row.url == as_url(location)]
    match found:
        case []:
            return Target(location, otherwise, None)
        case [row]:
            return Target(row.url if named else location, units[row.unit_id], row)
        case _:
            raise UsageError(f"Several registered sources are called {location!r}: add --unit CODE.")


def as_url(location: str) -> str:
    """Return how the registry writes a location, the same from every folder: a file:// URI for paths.

    URLs stay as they are, but for the relative path of a SQLite file.
    """
    scheme, separator, path = location.partition("://")
    if not separator:
        return absolute(Path(location)).as_uri()
    if scheme.partition("+")[0] == "sqlite" and path.startswith("/"):
        file, question, options = path[1:].partition("?")
        return f"{scheme}:///{absolute(Path(file))}{question}{options}" if file else location
    return location


def _address(location: str) -> str:
    """Return what tells one target from another: a database is the same with another password."""
    source = open_source(location)
    return source.place if isinstance(source, DatabaseSource) else as_url(location)


def scan_targets(
    targets: Iterable[Target],
    *,
    workspace: Workspace | None,
    principal: Principal | None,
    settings: Settings,
    report: Report,
    on_listed: OnListed | None = None,
    on_result: OnResult | None = None,
    models: Mapping[str, str] | None = None,
    countries: Iterable[str] = (),
    clock: Callable[[], datetime] = utc_now,
) -> ScanOutcome:
    """Scan, report as results arrive, keep each target's run, then reconcile once.

    A target that cannot be opened stops none of the others; raises `SourceError` when it is the only one.
    Without a workspace nothing is kept and the fingerprints' key is forgotten at the end.
    `models` (language -> spaCy model) are the language models that read every text as well. `countries`
    (ISO 3166-1 alpha-2) are those whose personal numbers are looked for everywhere; without any, each
    target is searched for those of its own unit's country, where Presidio is installed.
    Raises `UsageError` when the settings' `password_file` is not its owner's alone.
    """
    # With every detector: not for commands that scan nothing.
    from scanners.detection import rules_version
    from scanners.presidio.further import detectors_factory

    wanted, unavailable = list(targets), list[str]()
    own = workspace.path if workspace else None
    rules = _rules(workspace, principal, wanted, clock)
    keys = _keys(workspace.vault) if workspace else ScanKeys(fingerprint=secrets.token_bytes(32))
    options = ScanOptions(
        limits=settings.limits,
        jobs=settings.jobs or os.cpu_count() or 1,
        rules=rules,
        passwords=read_passwords(settings.password_file) if settings.password_file else (),
    )
    if models:
        options = replace(options, limits=deep_limits(options.limits))
    totals, counts = RunTotals(), Counter[Category]()
    for abroad, group in _by_countries(wanted, countries):
        version = "+".join(filter(None, (rules_version(rules), deep_version(models or {}), *abroad)))
        chosen = replace(options, detectors=detectors_factory(models or {}, abroad))
        with Scanner(keys, chosen) as scanner:
            for target in group:
                try:
                    scope = scope_of(target.unit) if target.unit else ""
                    source = open_source(target.location, left_out=own)
                    results = scanner.scan(source, scope=scope, on_listed=on_listed)
                    if workspace and principal and target.unit:
                        results = _kept(results, workspace, principal, target.unit, target, clock, version)
                    for result in results:
                        totals = totals.plus(result)
                        counts.update(
                            {category: tally.count for category, tally in result.categories.items()}
                        )
                        report.object(result)
                        if on_result:
                            on_result(result, totals)
                except SourceError as error:
                    if len(wanted) == 1:
                        raise
                    unavailable.append(str(error))
    report.finish(totals)
    if workspace and principal:
        compare(workspace, principal)
    return ScanOutcome(totals, counts, tuple(unavailable))


def _keys(vault: Vault) -> ScanKeys:
    """Return the keys of a scan into a workspace.

    Objects keep their names when the fingerprint key is replaced, so that what people wrote about them
    still points at them.
    """
    current = vault.version("fingerprint")
    older = tuple(vault.subkey("fingerprint", version) for version in range(1, current))
    return ScanKeys(vault.subkey("fingerprint", current), older, vault.subkey("fingerprint", 1))


def _by_countries(
    targets: Iterable[Target], countries: Iterable[str]
) -> list[tuple[tuple[str, ...], list[Target]]]:
    """Group the targets by the countries whose numbers are looked for in them, in order of appearance."""
    everywhere = tuple(sorted(set(countries)))
    groups: dict[tuple[str, ...], list[Target]] = {}
    for target in targets:
        own = {target.unit.country} & COUNTRIES.keys() if target.unit and is_installed() else set()
        groups.setdefault(everywhere or tuple(own), []).append(target)
    return list(groups.items())


def _rules(
    workspace: Workspace | None,
    principal: Principal | None,
    targets: Iterable[Target],
    clock: Callable[[], datetime],
) -> RuleSet:
    """Return the workspace's rules of today with what people judged not to be personal data."""
    if workspace is None or principal is None:
        return RuleSet()
    rules = rules_of(workspace.path, today_in_japan(clock()))
    units = {target.unit.id: target.unit for target in targets if target.unit}
    with workspace.registry.read(principal) as tx:
        judged = {scope_of(unit): feedback.judged_values(tx, unit.id) for unit in units.values()}
    return replace(rules, judged={scope: values for scope, values in judged.items() if values})


def scope_of(unit: Unit) -> str:
    """Return the name under which a scan applies a unit's judgements."""
    return f"unit-{unit.id}"


def compare(workspace: Workspace, principal: Principal, *, as_of: date | None = None) -> None:
    """Compare the ledger with the latest runs and score what was found."""
    reassess(workspace.registry, principal, workspace.findings, as_of=as_of)
    with workspace.registry.write(principal, reason="reconciliation") as tx:
        runs.remove_abandoned(tx, workspace.findings)


def _kept(
    results: Iterator[ObjectResult],
    workspace: Workspace,
    principal: Principal,
    unit: Unit,
    target: Target,
    clock: Callable[[], datetime],
    version: str,
) -> Iterator[ObjectResult]:
    """Pass results on and keep them as one run; an interrupted scan leaves nothing behind."""
    started = clock()
    run_id = runs.new_run_id(started)
    writer = workspace.findings.writer(run_id, unit.id, target.source.id if target.source else None)
    totals, fingerprint_key = RunTotals(), workspace.vault.version("fingerprint")
    try:
        with workspace.registry.write(principal, reason="scan") as tx:
            runs.record_start(tx, run_id, unit.id, target.source.id if target.source else None)
        for result in results:
            writer.add(result)
            totals = totals.plus(result)
            yield result
        files = writer.commit()
    except BaseException:
        writer.abort()
        raise
    with workspace.registry.write(principal, reason="scan") as tx:
        runs.record_run(
            tx,
            run_id=run_id,
            unit_id=unit.id,
            source_id=target.source.id if target.source else None,
            started_at=started,
            finished_at=clock(),
            totals=totals,
            rules_version=version,
            files=files,
            target="" if target.source else _address(target.location),
            fingerprint_key=fingerprint_key,
        )
