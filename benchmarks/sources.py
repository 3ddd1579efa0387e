"""What sources and scale cost: python -m benchmarks.sources [--only share …] [--json].

Ratios measured in one run: listing and rescanning 10,000 files of a real Samba, a million rows of a real
PostgreSQL and MariaDB, two processes beside one, a cluster beside one machine, and the memory of a scan of a
million entries beside 10,000; and as absolute figures for plans, what one object costs (`units`). A server
that is not installed is told and left out. With --json the last line is one JSON object. The whole takes
about half an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("PYTHONPATH", str(ROOT))

from benchmarks import sources_hawk, sources_machines, sources_places, sources_units  # noqa: E402

PARTS = ("share", "tables", "hawk", "machines", "units", "growth")
BARS = {
    "list_vs_smbclient": "at most 1.2",
    "rescan_vs_list": "at most 1.5",
    "pg_vs_copy": "at most 2",
    "mariadb_vs_driver": "at most 1.5",
    "scan_vs_table_rate": "at least 0.6",
    "hawk_seconds_vs_ours": "above 1",
    "missed_of_hawk": "0",
    "two_workers_speedup": "at least 1.5",
    "dask_vs_local": "at most 1.25",
    "parent_growth": "0.8 to 1.2",
}


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--many", type=int, default=sources_machines.MANY, help="entries of the large scan")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    parts = asked.only or PARTS
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        (servers := Path(folder) / "servers").mkdir(mode=0o711)
        Path(folder).chmod(0o711)  # the accounts of the servers pass through
        with sources_places.services(servers) as given:
            if "share" in parts:
                figures |= sources_places.share(given, Path(folder))
            if "tables" in parts:
                figures |= sources_places.tables(given)
            if "hawk" in parts:
                figures |= sources_hawk.hawk(given, Path(folder))
        if "machines" in parts:
            figures |= sources_machines.speedups(Path(folder))
        if "units" in parts:
            figures |= sources_units.units(Path(folder))
    if "growth" in parts:
        figures |= sources_machines.parent_growth(many=asked.many)
    for name, value in figures.items():
        print(f"{name:22} {value:7.3f}   {BARS.get(name, '')}")
    if asked.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
