"""One machine of a cluster that is measured: python -m benchmarks.sources_machine CONFIG."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from daicho.cluster.connection import security
from daicho.cluster.running import run_scheduler, run_worker
from daicho.cluster.work import Station
from scanners.options import ScanKeys
from scanners.sources import open_source


def main() -> None:
    """Run it until a signal comes."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    protection = security(Path(config["certificates"]), config["role"])
    told = Path(config["told"])

    def ready(address: str) -> None:
        told.with_suffix(".part").write_text(address, encoding="utf-8")
        told.with_suffix(".part").rename(told)

    if config["role"] == "scheduler":
        run_scheduler("127.0.0.1", 0, protection, ready=ready)
        return
    station = Station(
        ScanKeys(bytes.fromhex(config["fingerprint"])),
        bytes.fromhex(config["headquarters"]),
        config["jobs"],
        lambda place: open_source(place.location),
    )
    run_worker(config["scheduler"], protection, station, ready=ready)


if __name__ == "__main__":
    main()
