"""The scans of `daicho tick`: what is due now, one source after the other, until nothing is left.

Safe to run as often as one likes and on many machines: each source is claimed in the registry first, and a
machine at as many scans as `[scan] at_once` allows leaves the rest to whoever has room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from daicho.errors import DaichoError
from daicho.scan_failure import failure
from daicho.scanning import Target, scan_targets
from daicho.workspace import Workspace
from registry import due_scans, organisation, scan_jobs, sources
from registry.due_scans import NoRoomError, NotDueError
from registry.errors import InvalidValue, NotFound, RegistryError
from registry.model import Principal, SourceId
from registry.scan_failures import Failure
from registry.scan_jobs import Held, Progress
from registry.scan_permission import ScanRefusedError
from registry.sources import is_collected
from scanners.errors import ScannerError

REFUSED = "refused"
"""The outcome of a scan of a place that may not be scanned."""
FAILED = "failed"
FAILURES = frozenset({FAILED, scan_jobs.LOST})
"""Outcomes that people have to look at."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One scan of a tick: the source's name, what came of it, a code, and of a failure why."""

    source: str
    outcome: str
    progress: Progress = field(default_factory=Progress)
    why: Failure | None = None


def run_due(workspace: Workspace) -> Iterator[Scanned]:
    """Scan what is due, each source once; a scan that fails stops none of the others."""
    principal = workspace.owner()
    tried: set[SourceId] = set()
    while (held := _next(workspace, principal, tried)) is not None:
        yield _scanned(workspace, principal, held)


def _next(workspace: Workspace, principal: Principal, tried: set[SourceId]) -> Held | None:
    """Claim the first source that is due; asked after each scan, as that changes the order."""
    with workspace.registry.read(principal) as tx:
        found = [each for each in due_scans.due(tx) if each.source_id not in tried]
        found = due_scans.in_order(tx, workspace.findings, found)
    for each in found:
        tried.add(each.source_id)
        try:
            return due_scans.claim(workspace.registry, principal, each, at_once=workspace.settings.at_once)
        except NoRoomError:
            return None
        except (NotDueError, NotFound):
            continue
    return None


def _require_here(url: str) -> None:
    if is_collected(url):
        raise InvalidValue("url", "collected")


def _scanned(workspace: Workspace, principal: Principal, held: Held) -> Scanned:
    registry, name = workspace.registry, ""
    end = partial(scan_jobs.finish, registry, principal, held, Progress())
    try:
        with registry.read(principal) as tx:
            row = sources.source(tx, held.source_id)
            unit = organisation.unit(tx, row.unit_id)
        name = row.name
        _require_here(row.url)
        scan_targets(
            [Target(row.url, unit, row)],
            workspace=workspace,
            principal=principal,
            settings=workspace.settings,
            report=None,
            held=held,
        )
    except ScanRefusedError as error:
        end(outcome=REFUSED, why=failure(error))
        return Scanned(error.name, REFUSED, why=failure(error))
    except (RegistryError, DaichoError, ScannerError, OSError) as error:
        end(outcome=FAILED, failed=True, why=failure(error))  # does nothing where the scan has ended its job
        return Scanned(name, FAILED, why=failure(error))
    except BaseException as error:
        end(outcome=FAILED, failed=True, why=failure(error))
        raise
    with registry.read(principal) as tx:
        job = scan_jobs.of_sources(tx)[held.source_id]
    if job.id != held.id:
        return Scanned(name, scan_jobs.LOST)  # another machine took it over: this one fell silent
    return Scanned(name, job.outcome, job.progress, job.why)
