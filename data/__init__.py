"""Read-only reference data; where each file comes from stands in SOURCES.md. Holds no user data."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["read_lines", "read_text"]


@cache
def read_text(name: str) -> str:
    """Return the text of one reference file, read once a process; `name` is relative to this package."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


@cache
def read_lines(name: str) -> tuple[str, ...]:
    """Return the lines of one reference file without blank lines and `#` comments."""
    return tuple(
        line for raw in read_text(name).splitlines() if (line := raw.strip()) and not line.startswith("#")
    )
