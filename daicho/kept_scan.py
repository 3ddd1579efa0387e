"""One scan into a workspace: one at a time, from where the last one was cut short, kept as one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import metadata

from daicho.errors import DaichoError
from daicho.scan_work import Work
from daicho.workspace import Workspace
from registry import runs, scan_jobs
from registry.kept_batch import KeptBatch
from registry.model import Principal, SourceRow, Unit
from registry.scan_jobs import Busy, Held
from registry.scan_state import ScanState, StateBusyError, state_path
from scanners.model import ObjectResult, RunTotals

Results = Iterator[ObjectResult | KeptBatch]
Scan = Callable[[ScanState, Work], Results]


@dataclass(frozen=True, slots=True)
class BusyPlace:
    """A target that another scan is at; `job` tells whose, None for one that is not registered."""

    name: str
    job: Busy | None


class BusyPlaceError(DaichoError):
    """Another scan is at this place; nothing was changed."""

    def __init__(self, place: BusyPlace) -> None:
        super().__init__("another scan of this place is at work")
        self.place = place


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the results of a target go."""

    workspace: Workspace
    principal: Principal
    unit: Unit
    source: SourceRow | None
    clock: Callable[[], datetime]
    held: Held | None = None  # what was claimed for this scan already

    def scan(
        self,
        scan: Scan,
        *,
        address: str,
        rules_version: str,
        decided_by: str,
        passwords: Sequence[str] = (),
        whole: bool = False,
    ) -> Results:
        """Pass results on and keep them as one run; a scan that is cut short goes on with the next one.

        `address` is that of a place that is not registered; `decided_by` tells all that decides a result.
        Raises BusyPlaceError while another scan is at it, ScanStoppedError when somebody stops it.
        """
        held = self._claimed()
        with Work(self.workspace.registry, self.principal, held, rests=self.held is not None) as work:
            vault = self.workspace.vault
            place = f"source {self.source.id}" if self.source else f"unit {self.unit.id} {address}"
            try:
                state = ScanState(state_path(self.workspace.path, vault, place), vault)
            except StateBusyError:
                raise BusyPlaceError(BusyPlace(self.source.name if self.source else address, None)) from None
            with state:
                key = vault.version("fingerprint")
                state.begin(
                    f"{_product()}|{decided_by}|{key}",
                    passwords=passwords,
                    whole=whole,
                    is_recorded=lambda run: runs.was_recorded(self.workspace.registry, self.principal, run),
                )
                yield from self._recorded(scan, state, work, address, rules_version)

    def _claimed(self) -> Held | None:
        if self.source is None or self.held is not None:
            return self.held
        claimed = scan_jobs.claim(self.workspace.registry, self.principal, self.source.id)
        if isinstance(claimed, Busy):
            raise BusyPlaceError(BusyPlace(self.source.name, claimed))
        return claimed

    def _recorded(
        self, scan: Scan, state: ScanState, work: Work, address: str, rules_version: str
    ) -> Results:
        workspace, source_id = self.workspace, self.source.id if self.source else None
        started, key = self.clock(), workspace.vault.version("fingerprint")
        run_id = runs.new_run_id(started)
        state.will_record(run_id)
        writer = workspace.findings.writer(run_id, self.unit.id, source_id)
        totals = RunTotals()
        try:
            with workspace.registry.write(self.principal, reason="scan") as tx:
                runs.record_start(tx, run_id, self.unit.id, source_id, resumed=state.resumed)
            for result in scan(state, work):
                if isinstance(result, ObjectResult):
                    writer.add(result)
                    totals = totals.plus(result)
                    work.add(result)
                else:
                    writer.add_kept(result)
                    totals = totals.together(result.totals)
                    work.add_kept(result)
                yield result
            work.require_held()
            files = writer.commit()
        except BaseException:
            writer.abort()
            raise
        totals = replace(totals, unchanged=state.unchanged, moved=state.moved, deleted=state.deleted)
        with workspace.registry.write(self.principal, reason="scan") as tx:
            runs.record_run(
                tx,
                run_id=run_id,
                unit_id=self.unit.id,
                source_id=source_id,
                started_at=started,
                finished_at=self.clock(),
                totals=totals,
                rules_version=rules_version,
                files=files,
                target=address,
                fingerprint_key=key,
            )
        work.run_id = run_id
        state.complete()


def _product() -> str:
    """Return the version of the program: another one may read more."""
    try:
        return metadata.version("daicho")
    except metadata.PackageNotFoundError:
        return ""
