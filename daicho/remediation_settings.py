"""Settings of remediation: the section [remediation] of `daicho.toml`; without it nothing is ever removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daicho.errors import UsageError

KEYS = frozenset({"enabled", "quarantine", "keep_days"})
DEFAULT_KEEP_DAYS = 30
_LONGEST = 3_650
TEMPLATE = """
[remediation]
# enabled = false                       # true: what two persons agreed on is removed at its place
# quarantine = "/srv/daicho-quarantine" # encrypted copies, outside this workspace and of what is scanned
# keep_days = 30                        # then a copy is destroyed, with a certificate
"""


@dataclass(frozen=True, slots=True)
class RemediationSettings:
    """Whether anything is done at places, and where copies lie."""

    enabled: bool = False
    quarantine: Path | None = None
    keep_days: int = DEFAULT_KEEP_DAYS


def load(section: Mapping[str, Any], config: Path) -> RemediationSettings:
    """Return what `[remediation]` says; raises `UsageError` naming the bad key."""
    enabled, days = section.get("enabled", False), section.get("keep_days", DEFAULT_KEEP_DAYS)
    named = section.get("quarantine", "")
    if not isinstance(enabled, bool):
        raise UsageError(f"{config}: remediation.enabled is true or false.")
    if not isinstance(named, str):
        raise UsageError(f"{config}: remediation.quarantine must be a text.")
    if type(days) is not int or not 1 <= days <= _LONGEST:
        raise UsageError(f"{config}: remediation.keep_days is a whole number from 1 to {_LONGEST}.")
    if not enabled:
        return RemediationSettings()
    if not named:
        raise UsageError(f"{config}: remediation.enabled needs remediation.quarantine, a folder for copies.")
    folder = config.parent / named
    if folder.resolve().is_relative_to(config.parent.resolve()):
        # A backup of the workspace would hold copies and keys together, and keep both beyond their end.
        raise UsageError(f"{config}: remediation.quarantine lies outside the workspace.")
    return RemediationSettings(enabled, folder, days)
