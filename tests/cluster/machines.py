"""A machine of the tests' cluster, as a process of its own: `python machines.py scheduler|worker CONFIG`."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from daicho.cluster.connection import security
from daicho.cluster.running import run_scheduler, run_worker
from daicho.cluster.work import Batch, Done, Place, Station
from scanners.options import ScanKeys
from scanners.sources import open_source
from scanners.sources.interface import Source


def opened(place: Place) -> Source:
    """Open a place that needs no credentials."""
    return open_source(place.location)


@dataclass(slots=True)
class Mortal(Station):
    """A machine that an object brings down as a whole, as one that runs out of memory."""

    poison: str = ""

    def read(self, batch: Batch) -> Done:
        """Read a batch, or die of it with all that this machine started."""
        if self.poison and any(self.poison in each.item.uri and each.gap is None for each in batch.tasks):
            os.killpg(0, signal.SIGKILL)
        return Station.read(self, batch)


def main() -> None:
    """Run one machine as its file tells."""
    role, config = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    protection = security(Path(config["certificates"]), config["name"])

    def ready(address: str) -> None:
        told = Path(config["told"])
        told.with_suffix(".part").write_text(address, encoding="utf-8")
        told.with_suffix(".part").rename(told)

    if role == "scheduler":
        run_scheduler("127.0.0.1", 0, protection, ready=ready)
        return
    keys = ScanKeys(bytes.fromhex(config["fingerprint"]))
    station = Mortal(
        keys,
        bytes.fromhex(config["headquarters"]),
        1,
        opened,
        name=config["site"],
        poison=config.get("poison", ""),
    )
    run_worker(config["scheduler"], protection, station, ready=ready)


if __name__ == "__main__":
    main()
