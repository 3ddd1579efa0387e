"""Settings of scans: how far one object may drive a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from daicho.errors import UsageError
from scanners.extractors.interface import Limits
from scanners.ocr.model import OcrMode

KEYS = frozenset(
    {
        "jobs",
        "at_once",
        "nice",
        "seconds",
        "object_mib",
        "memory_mib",
        "expanded_mib",
        "expansion_ratio",
        "members",
        "depth",
        "scratch_mib",
        "password_file",
        "ocr",
    }
)
TEMPLATE = """\
[scan]
# jobs = 2                # worker processes; default: one per core
# at_once = 1             # scans that `daicho tick` runs at once on one machine
# nice = 10               # workers give way to the other work of the machine: 1 to 19
# seconds = 120           # time limit for one object
# object_mib = 2048       # larger objects are reported as oversized
# memory_mib = 1536       # memory of one worker
# expanded_mib = 1024     # of all that comes out of one object; four times its size where that is more
# expansion_ratio = 200   # how many times its size may come out of an object
# members = 100000        # parts of one object
# depth = 6               # archives within archives
# scratch_mib = 0         # of a file that a worker may write in its scratch folder; no reader needs one
# password_file = "/etc/daicho/passwords"   # tried on locked files; one a line, only its owner may read it
# ocr = "auto"            # pictures of text: "off", "auto" (pages without text, large pictures), "always"
"""
_MIB = 1 << 20


def limits(section: Mapping[str, Any], config: Path, base: Limits | None = None) -> Limits:
    """Return the limits that `[scan]` gives, others as in `base`; raises `UsageError` naming the bad key."""
    base = base or Limits()
    return replace(
        base,
        seconds=number(section, "seconds", config) or base.seconds,
        object_bytes=_bytes(section, "object_mib", config, base.object_bytes),
        memory_bytes=_bytes(section, "memory_mib", config, base.memory_bytes),
        expanded_bytes=_bytes(section, "expanded_mib", config, base.expanded_bytes),
        expansion_ratio=whole(section, "expansion_ratio", config) or base.expansion_ratio,
        members=whole(section, "members", config) or base.members,
        depth=whole(section, "depth", config) or base.depth,
        ocr=_ocr(section.get("ocr", base.ocr), config),
        scratch_bytes=0 if section.get("scratch_mib") == 0 else _bytes(section, "scratch_mib", config, 0),
    )


def number(section: Mapping[str, Any], key: str, config: Path) -> float | None:
    """Return a positive number of the section; None when it is not given."""
    value = section.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise UsageError(f"{config}: scan.{key} must be a positive number.")
    return float(value)


def whole(section: Mapping[str, Any], key: str, config: Path) -> int | None:
    """Return a positive whole number of the section; None when it is not given."""
    value = number(section, key, config)
    if value is not None and not value.is_integer():
        raise UsageError(f"{config}: scan.{key} must be a whole number.")
    return None if value is None else int(value)


def _bytes(section: Mapping[str, Any], key: str, config: Path, otherwise: int) -> int:
    value = number(section, key, config)
    return otherwise if value is None else int(value * _MIB)


def path(section: Mapping[str, Any], key: str, config: Path) -> Path | None:
    """Return a file that the section names, as seen from the settings; None when it is not given."""
    value = section.get(key, "")
    if not isinstance(value, str):
        raise UsageError(f"{config}: scan.{key} must be a text.")
    return config.parent / value if value else None


def _ocr(value: object, config: Path) -> OcrMode:
    if value not in list(OcrMode):
        raise UsageError(f'{config}: scan.ocr is "off", "auto" or "always".')
    return OcrMode(str(value))
