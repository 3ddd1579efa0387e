"""How fast and how right certification is: python benchmarks/certification.py [--only PART] [--json].

* solver_s: choosing auditors for 815 units, conformity and operation apart, from 120 people, the slowest of
  three groups; solver_gap: the largest share by which load or cost may be above the least possible;
  independence_broken: how many of all these assignments a checker of its own, which shares no code with the
  solver, finds dependent, `benchmarks.audit_solver`;
* training_import_s: completions of 40,000 workers from a CSV, and more figures of `benchmarks.training`;
* pack_s, pack_identical, tamper_found: the evidence pack of a company with two years of records,
  `benchmarks.packs`;
* confirmations_ms: the slower page of confirmations with 500 operations, `benchmarks.confirmation_pages`.

With --json the last line is one JSON object; figures of parts that there are not yet are null.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import audit_solver, confirmation_pages, packs, training  # noqa: E402

KEYS = (
    "solver_s",
    "solver_gap",
    "independence_broken",
    "pack_s",
    "pack_identical",
    "tamper_found",
    "training_import_s",
    "confirmations_ms",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("solver", "training", "confirmations", "packs"))
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    logging.disable(logging.WARNING)  # pages that run outside of a server are told of in every line
    figures: dict[str, float | None] = dict.fromkeys(KEYS)
    if wanted.only in (None, "solver"):
        figures |= audit_solver.solver(runs=3)
    if wanted.only in (None, "training"):
        with tempfile.TemporaryDirectory() as folder:
            figures |= training.measure(Path(folder), 40_000)
    if wanted.only in (None, "confirmations"):
        figures["confirmations_ms"] = confirmation_pages.confirmations_ms()
    if wanted.only in (None, "packs"):
        figures |= packs.measure()
    for name, value in figures.items():
        print(f"{name:>22} {value}")
    if wanted.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
