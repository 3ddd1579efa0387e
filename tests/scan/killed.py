"""A scan into a workspace that kills itself, as `kill -9` does, at a step that the caller names.

Usage: python -m tests.scan.killed WORKSPACE SOURCE STEP   (STEP 0: to the end; prints the number of steps;
half: when what is known of a table that is half read was kept)
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daicho.kept_scan import Kept
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry import organisation, runs, sources
from registry.run_writer import RunWriter
from registry.scan_halves import ScanHalves
from registry.scan_state import ScanState
from registry.store import utc_now
from scanners.engine import ScanKeys, Scanner, ScanOptions
from scanners.sources import open_source


class _Steps:
    """Counts steps of listing, reading, writing and committing; dies before or after the wanted one."""

    def __init__(self, last: int) -> None:
        self.count, self.last, self.opened = 0, last, 0

    def step(self) -> None:
        """Take one more step, or die."""
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, kind: Any, name: str) -> None:
        """Make a method two steps: one before it and one after."""
        method: Callable[..., Any] = getattr(kind, name)

        @functools.wraps(method)
        def stepping(*arguments: Any, **named: Any) -> Any:
            self.step()
            given = method(*arguments, **named)
            self.step()
            return given

        setattr(kind, name, stepping)

    def behind(self, kind: Any, name: str) -> None:
        """Die behind the first call of a method."""
        method: Callable[..., Any] = getattr(kind, name)

        @functools.wraps(method)
        def dying(memory: Any, *arguments: Any) -> None:
            method(memory, *arguments)
            memory._database.execute("COMMIT")
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(kind, name, dying)


def main(folder: str, name: str, last: str) -> None:
    """Scan one registered source with the patterns only."""
    steps = _Steps(0 if last == "half" else int(last))
    if last == "half":
        steps.behind(ScanHalves, "keep")
    for kind, method in (
        *(
            (ScanState, each)
            for each in ("begin", "carried", "recall", "keep", "save", "will_record", "complete")
        ),
        *((RunWriter, each) for each in ("add", "add_kept", "commit")),
        (runs, "record_start"),
        (runs, "record_run"),
    ):
        steps.around(kind, method)
    workspace = Workspace.open(Settings.load(Path(folder)))
    owner = workspace.owner()
    with workspace.registry.read(owner) as tx:
        source = sources.source_by_name(tx, name)
        assert source is not None
        unit = next(each for each in organisation.units(tx) if each.id == source.unit_id)
    keys = ScanKeys(workspace.vault.subkey("fingerprint"))
    with Scanner(keys, ScanOptions(jobs=1, names=False, told_after=0.0)) as scanner:
        place = open_source(source.url, left_out=workspace.path)
        kept = Kept(workspace, owner, unit, source, utc_now)
        for _ in kept.scan(
            lambda memory, work: scanner.scan_again(place, memory, on_beat=work.look),
            address="",
            rules_version="test/1",
            decided_by="test/1",
        ):
            pass
    workspace.close()
    print(json.dumps({"steps": steps.count}))  # noqa: T201  the caller reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
