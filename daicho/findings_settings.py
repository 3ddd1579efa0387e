"""Settings of how long findings are kept: the section [findings] of `daicho.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daicho.errors import UsageError
from registry.expired_runs import DEFAULT_DAYS

KEYS = frozenset({"keep_days", "keep_runs"})
TEMPLATE = """\
[findings]
# keep_days = 1095        # what older scans found is removed daily, but for the newest of a place; 0: never
# keep_runs = 1           # so many newest scans of each place stay whatever their age
"""


@dataclass(frozen=True, slots=True)
class FindingsSettings:
    """How long what scans found is kept."""

    keep_days: int = DEFAULT_DAYS  # 0: for ever
    keep_runs: int = 1  # newest runs of a place that stay whatever their age


def load(section: Mapping[str, Any], config: Path) -> FindingsSettings:
    """Return what `[findings]` says; raises `UsageError` naming the bad key."""
    days, kept = section.get("keep_days", DEFAULT_DAYS), section.get("keep_runs", 1)
    if type(days) is not int or not 0 <= days <= 36_500:
        raise UsageError(f"{config}: findings.keep_days is a whole number of days, or 0 for ever.")
    if type(kept) is not int or not 1 <= kept <= 10_000:
        raise UsageError(f"{config}: findings.keep_runs is a whole number from 1.")
    return FindingsSettings(days, kept)
