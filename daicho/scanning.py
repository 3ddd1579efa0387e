"""The main job: scan sources, report, keep the findings, compare them with the ledger."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from daicho.errors import ScanStoppedError, UsageError
from daicho.kept_scan import BusyPlace, BusyPlaceError, Kept, Results
from daicho.password_file import read_passwords
from daicho.rules import rules_of
from daicho.scan_work import Work
from daicho.settings import Settings
from daicho.site import SCOPE, Site
from daicho.source_opening import limited, opened, require_permitted, terms_of
from daicho.workspace import Workspace
from registry import feedback, organisation, runs
from registry import sources as registered
from registry.access import today_in_japan
from registry.assess import reassess
from registry.model import Principal, SourceRow, Unit, UnitId
from registry.scan_jobs import Held
from registry.scan_permission import ScanRefusedError
from registry.scan_state import ScanState
from registry.source_terms import SourceTerms
from registry.store import utc_now
from registry.vault import Vault
from scanners.engine import ScanKeys, Scanner, ScanOptions
from scanners.errors import SourceError
from scanners.model import Category, ObjectResult, RunTotals
from scanners.ocr.engines import with_room
from scanners.pool import Pool
from scanners.presidio.countries import COUNTRIES, is_installed
from scanners.presidio.deep import deep_limits, deep_version
from scanners.reports.interface import Report
from scanners.rules.model import RuleSet
from scanners.sandbox import Confinement
from scanners.selection import Selection
from scanners.sources import open_source
from scanners.sources.database import DatabaseSource
from scanners.sources.interface import Source
from scanners.sources.local import absolute

if TYPE_CHECKING:  # loads Dask
    from daicho.cluster.executor import Cluster, Executor

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
    confinements: tuple[Confinement, ...] = ()  # what held the workers, each kind once
    busy: tuple[BusyPlace, ...] = ()  # targets that another scan is at
    stopped: tuple[str, ...] = ()  # places of targets whose scan somebody stopped
    refused: tuple[ScanRefusedError, ...] = ()  # what may not be scanned

    def breaches(self, policies: Iterable[FailOn]) -> list[FailOn]:
        """Return the policies that the findings break."""
        return [policy for policy in policies if self.counts[policy.category] >= policy.threshold]


def targets_for(
    workspace: Workspace, principal: Principal, locations: Iterable[str], unit_code: str
) -> list[Target]:
    """Resolve paths, URLs and names of registered sources; no location: every source not paused.

    Raises `UsageError` for an unknown unit, or when nothing is registered.
    """
    with workspace.registry.read(principal) as tx:
        rows = registered.list_sources(tx)
        unit = organisation.unit_by_code(tx, unit_code) if unit_code else None
        if unit_code and unit is None:
            raise UsageError(f"There is no unit {unit_code!r} that you may scan. See: daicho unit list")
        units = {each.id: each for each in organisation.units(tx)}
    rows = [row for row in rows if unit is None or row.unit_id == unit.id]
    rows = [row for row in rows if not registered.is_collected(row.url)]
    wanted = list(locations)
    if not wanted:
        rows = [row for row in rows if not row.terms.paused]
        if not rows:
            raise UsageError(
                "No source is registered, or all are paused. Name a path or URL, or use: daicho source add"
            )
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


def address_of(location: str) -> str:
    """Return what tells one target from another: a database is the same with another password."""
    source = open_source(location)
    return source.place if isinstance(source, DatabaseSource) else as_url(location)


def scan_targets(
    targets: Iterable[Target],
    *,
    workspace: Workspace | None,
    principal: Principal | None,
    settings: Settings,
    report: Report | None,
    on_listed: OnListed | None = None,
    on_result: OnResult | None = None,
    models: Mapping[str, str] | None = None,
    countries: Iterable[str] = (),
    clock: Callable[[], datetime] = utc_now,
    site: Site | None = None,
    executor: Executor | None = None,
    whole: bool = False,
    held: Held | None = None,
) -> ScanOutcome:
    """Scan, report as results arrive, keep each target's run, then reconcile once.

    Without a `report` nobody looks, and what did not change need not become objects again.

    In a workspace what did not change since the last scan is not read again, unless `whole`, and a scan that
    was cut short goes on. A target that another scan is at, or that somebody stops, is told in the outcome.
    A target that cannot be opened, or may not be scanned, stops none of the others; raises `SourceError`,
    `ScanRefusedError` or `UsageError` (a credential that is not there) when it is the only one.
    Without a workspace nothing is kept and the fingerprints' key is forgotten at the end.
    `models` (language -> spaCy model) are the language models that read every text as well. `countries`
    (ISO 3166-1 alpha-2) are those whose personal numbers are looked for everywhere; without any, each
    target is searched for those of its own unit's country, where Presidio is installed.
    `executor` has workers of a cluster list and read; results are the same. `site` scans with a kit's keys
    and rules, and writes its file; there every target must be listed.
    `held` is what was claimed for the one registered target already.
    Raises `UsageError` when the settings' `password_file` is not its owner's alone.
    """
    # With every detector: not for commands that scan nothing.
    from scanners.detection import rules_version
    from scanners.presidio.further import detectors_factory

    wanted = list(targets)
    rules = site.rules if site else _rules(workspace, principal, wanted, clock)
    keys = _keys(workspace.vault) if workspace else ScanKeys(fingerprint=secrets.token_bytes(32))
    keys, countries = (site.keys, countries or site.countries) if site else (keys, countries)
    options = ScanOptions(
        limits=with_room(settings.limits),
        jobs=settings.jobs or os.cpu_count() or 1,
        nice=settings.nice,
        rules=rules,
        passwords=read_passwords(settings.password_file) if settings.password_file else (),
    )
    if models:
        options = replace(options, limits=deep_limits(options.limits))
    came = _Came(report, on_result)
    with _elsewhere(executor, workspace) as cluster:
        task = _Task(workspace, principal, site, cluster, clock, whole, on_listed, held)
        for abroad, terms, group in _alike(wanted, countries):
            version = "+".join(filter(None, (rules_version(rules), deep_version(models or {}), *abroad)))
            chosen = replace(limited(options, terms), detectors=detectors_factory(models or {}, abroad))
            with Scanner(keys, chosen, came.confinements, elsewhere=task.elsewhere(keys, chosen)) as scanner:
                for target in group:
                    try:
                        came.all_of(task.results(scanner, target, chosen, version))
                    except (ScanRefusedError, SourceError, UsageError) as error:
                        if len(wanted) == 1 or site:
                            raise
                        came.failures.append(error)
                    except BusyPlaceError as error:
                        came.busy.append(error.place)
                    except ScanStoppedError:
                        came.stopped.append(target.source.name if target.source else target.location)
    if report:
        report.finish(came.totals)
    if workspace and principal:
        compare(workspace, principal)
    return came.outcome()


@contextmanager
def _elsewhere(executor: Executor | None, workspace: Workspace | None) -> Iterator[Cluster | None]:
    """Connect to the cluster of an executor; None without one."""
    if executor is None:
        yield None
        return
    if workspace is None:
        raise UsageError("--executor needs a workspace: its keys open what workers seal. First: daicho init")
    with executor.cluster(workspace.vault) as cluster:
        yield cluster


@dataclass(slots=True)
class _Came:
    """What came of the targets so far."""

    report: Report | None
    on_result: OnResult | None
    totals: RunTotals = field(default_factory=RunTotals)
    counts: Counter[Category] = field(default_factory=Counter)
    confinements: list[Confinement] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    busy: list[BusyPlace] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    def all_of(self, results: Results) -> None:
        """Count and report results as they come."""
        for each in results:
            if isinstance(each, ObjectResult):
                self._one(each)
            elif self.report or self.on_result:
                for result in each.results():
                    self._one(result)
            else:
                self.totals = self.totals.together(each.totals)
                self.counts.update(each.counts)

    def _one(self, result: ObjectResult) -> None:
        self.totals = self.totals.plus(result)
        self.counts.update({category: tally.count for category, tally in result.categories.items()})
        if self.report:
            self.report.object(result)
        if self.on_result:
            self.on_result(result, self.totals)

    def outcome(self) -> ScanOutcome:
        """Return it as whoever scanned is told."""
        refused = tuple(error for error in self.failures if isinstance(error, ScanRefusedError))
        return ScanOutcome(
            self.totals,
            self.counts,
            unavailable=tuple(str(error) for error in self.failures if error not in refused),
            confinements=tuple(self.confinements),
            busy=tuple(self.busy),
            stopped=tuple(self.stopped),
            refused=refused,
        )


@dataclass(frozen=True, slots=True)
class _Task:
    """How targets are scanned, whichever they are."""

    workspace: Workspace | None
    principal: Principal | None
    site: Site | None
    cluster: Cluster | None
    clock: Callable[[], datetime]
    whole: bool
    on_listed: OnListed | None
    held: Held | None = None

    def results(self, scanner: Scanner, target: Target, options: ScanOptions, version: str) -> Results:
        """Yield the results of one target; in a workspace they are kept as a run, at a site in its file."""
        scope = scope_of(target.unit) if target.unit else SCOPE if self.site else ""
        require_permitted(self.workspace, self.principal, target, as_url(target.location))
        source = self._opened(target)
        if self.workspace and self.principal and target.unit:
            whole_tables = "|whole tables" if options.pace.complete else ""
            place = Kept(self.workspace, self.principal, target.unit, target.source, self.clock, self.held)
            yield from place.scan(
                partial(self._remembering, partial(scanner.scan_again, source, scope=scope)),
                address="" if target.source else address_of(target.location),
                rules_version=version,
                decided_by=f"{version}|{options.limits!r}|{options.names}{whole_tables}",
                passwords=options.passwords,
                whole=self.whole,
            )
            return
        results = scanner.scan(source, scope=scope, on_listed=self.on_listed)
        yield from self.site.kept(results, version, target.location) if self.site else results

    def elsewhere(self, keys: ScanKeys, options: ScanOptions) -> Callable[[Source], Pool | None]:
        """Return who reads a source: workers of the cluster, or None for this machine."""
        cluster = self.cluster
        return lambda source: cluster.pool(source, keys, options) if cluster else None

    def _opened(self, target: Target) -> Source:
        """Return the source; one that a cluster reads is opened by its workers."""
        if self.cluster is None:
            return opened(target, self.workspace.path if self.workspace else None)
        terms = terms_of(target)
        return self.cluster.source(
            as_url(target.location),
            terms.credential,
            Selection(terms.include, terms.exclude),
            self.workspace.path.absolute() if self.workspace else None,
        )

    def _remembering(self, begin: Callable[..., Results], memory: ScanState, work: Work) -> Results:
        """Scan with a memory, noting how far it is."""

        def listed(count: int, over: bool) -> None:
            work.listed(count)
            if self.on_listed:
                self.on_listed(count, over)

        return begin(memory, on_listed=listed, on_beat=work.look)


def _keys(vault: Vault) -> ScanKeys:
    """Return the keys of a scan into a workspace.

    Objects keep their names when the fingerprint key is replaced, so that what people wrote about them
    still points at them.
    """
    current = vault.version("fingerprint")
    older = tuple(vault.subkey("fingerprint", version) for version in range(1, current))
    return ScanKeys(vault.subkey("fingerprint", current), older, vault.subkey("fingerprint", 1))


def _alike(
    targets: Iterable[Target], countries: Iterable[str]
) -> list[tuple[tuple[str, ...], SourceTerms, list[Target]]]:
    """Group the targets that the same workers read, in order of appearance.

    They have the countries in common whose numbers are looked for, and limits of their own.
    """
    everywhere = tuple(sorted(set(countries)))
    groups: dict[tuple[tuple[str, ...], SourceTerms], list[Target]] = {}
    for target in targets:
        own = {target.unit.country} & COUNTRIES.keys() if target.unit and is_installed() else set()
        terms = terms_of(target)
        limits = SourceTerms(
            jobs=terms.jobs,
            object_mib=terms.object_mib,
            bandwidth_mb=terms.bandwidth_mb,
            rows_per_second=terms.rows_per_second,
            mode=terms.mode,
        )
        groups.setdefault((everywhere or tuple(own), limits), []).append(target)
    return [(abroad, limits, group) for (abroad, limits), group in groups.items()]


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
