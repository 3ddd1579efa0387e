"""Headquarters' side of collectors: makes kits, and takes in the files that come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from daicho.rules import rule_files, rules_of
from daicho.scanning import compare
from daicho.workspace import Workspace
from registry import collectors, feedback, runs
from registry.access import today_in_japan
from registry.collected.container import Description, End, Taken, taken
from registry.collected.errors import CollectedError, Fault
from registry.collected.headquarters import private_key
from registry.collected.kit import Kit
from registry.findings import analytics
from registry.model import Principal, Run, SourceId, UnitId
from registry.store import utc_now

_AT = (
    "SELECT 1 FROM objects WHERE uri = ? OR starts_with(uri, ? || '/') OR starts_with(uri, ? || '!') LIMIT 1"
)
CLOCKS_APART = timedelta(days=1)
"""So far a site's clock may run ahead: a later run would count as the newest for ever."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A file of results that became a run."""

    run: Run
    collector: str
    findings: int
    older_fingerprints: bool  # made with an earlier key: a person here and elsewhere counts twice until then
    other_places: bool  # the collector's run before was of other places, which it now stands for no more


def make_kit(workspace: Workspace, principal: Principal, unit_id: UnitId, name: str) -> Kit:
    """Make a kit with the workspace's rules of today and what the unit judged not to be personal data."""
    rules_of(workspace.path, today_in_japan(utc_now()))  # what does not load is refused here, not at the site
    rules = [(path.name, path.read_text(encoding="utf-8-sig")) for path in rule_files(workspace.path)]
    with workspace.registry.write(principal, reason="daicho collector kit") as tx:
        judged = feedback.judged_values(tx, unit_id)
        return collectors.make_kit(tx, unit_id=unit_id, name=name, rules=rules, judged=judged)


def take_in(
    workspace: Workspace,
    principal: Principal,
    path: Path,
    *,
    unit_id: UnitId | None = None,
    clock: Callable[[], datetime] = utc_now,
    empty: bool = False,
) -> TakenIn:
    """Take in one file of results as a run of its collector's source, then compare with the ledger.

    `empty`: also when nothing lies at a place any more where the run before had something. Raises
    CollectedError naming the file and why it is refused: then nothing was taken in.
    """
    with taken(path) as file:
        made = _taken_in(workspace, principal, file, unit_id, clock, empty=empty)
    compare(workspace, principal)
    return made


def _taken_in(
    workspace: Workspace,
    principal: Principal,
    file: Taken,
    unit_id: UnitId | None,
    clock: Callable[[], datetime],
    *,
    empty: bool,
) -> TakenIn:
    # (1) it was sealed for this headquarters, by a kit that is known and valid
    private = private_key(workspace.vault, file.head.key)
    if private is None:
        raise CollectedError(Fault.ELSEWHERE)
    with workspace.registry.read(principal) as tx:
        sender = collectors.sender(tx, file.head, unit_id=unit_id)
    # (2) every byte is what that kit signed
    file.verify(sender.public_key)
    # (3) it opens, and holds what a scan writes
    description, batches = file.open(private)
    places = set(description.targets)  # at which nothing was seen so far
    run_id = runs.new_run_id(description.started_at)
    writer = workspace.findings.writer(run_id, sender.unit_id, sender.source_id)
    try:
        for batch in batches:
            for result in batch.objects:
                writer.add(result)
                places -= {place for place in places if _lies_at(place, result.uri)}
            writer.add_findings(batch.findings)
        end = file.end
        _require_past(description, end, clock())
        if not empty:
            _require_known(workspace, principal, sender.source_id, sorted(places), end)
        files = writer.commit()
    except BaseException:
        writer.abort()
        raise
    # (4) it becomes visible once
    try:
        with workspace.registry.write(principal, reason="daicho import") as tx:
            other_places = collectors.elsewhere_before(tx, sender, description)
            run = collectors.take_in(
                tx, file.head, run_id=run_id, description=description, end=end, files=files
            )
    except CollectedError:
        workspace.findings.remove(each.name for each in files)
        raise
    return TakenIn(
        run=run,
        collector=sender.name,
        findings=end.findings,
        older_fingerprints=sender.fingerprint_version < workspace.vault.version("fingerprint"),
        other_places=other_places,
    )


def _lies_at(place: str, uri: str) -> bool:
    return uri == place or uri.startswith((f"{place.rstrip('/')}/", f"{place}!"))


def _require_known(
    workspace: Workspace, principal: Principal, source_id: SourceId, places: Sequence[str], end: End
) -> None:
    """Raise CollectedError `emptied` where the run before had something at a place and this one nothing.

    A site keeps no memory by which its scan could tell a folder that is not mounted from an empty one.
    """
    if not places:
        return
    with workspace.registry.read(principal) as tx:
        before = next((each for each in runs.latest_runs(tx) if each.source_id == source_id), None)
        files = [] if before is None else runs.files_of(tx, [before.id], "objects")
    if before is None or not before.totals.listed or before.finished_at > end.finished_at:
        return
    with analytics() as connection:
        connection.register("objects", workspace.findings.dataset(files, "objects"))
        gone = [each for each in places if connection.execute(_AT, [each, each.rstrip("/"), each]).fetchone()]
    if gone or not end.totals.listed:
        raise CollectedError(Fault.EMPTIED, ", ".join(gone or places))


def _require_past(description: Description, end: End, now: datetime) -> None:
    """Raise CollectedError `clock` for a run that a later one could never replace."""
    if not description.started_at <= end.finished_at <= now + CLOCKS_APART:
        raise CollectedError(Fault.CLOCK)
