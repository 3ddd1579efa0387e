"""Places that hold objects: each source lists everything in scope, or says why it cannot."""

from __future__ import annotations

from pathlib import Path

from scanners.errors import SourceError
from scanners.sources.interface import Source
from scanners.sources.local import LocalSource, path_of

_DATABASES = frozenset({"postgresql", "postgres", "sqlite"})


def open_source(target: str) -> Source:
    """Return the source of a path or URL; raises `SourceError` for a place of a kind that has no reader."""
    scheme, separator, _ = target.partition("://")
    if not separator:
        return LocalSource(Path(target).absolute())
    if scheme == "file":
        return LocalSource(path_of(target).absolute())
    if scheme.partition("+")[0] in _DATABASES:
        from scanners.sources.database import DatabaseSource  # loads SQLAlchemy, which files never need

        return DatabaseSource(target)
    raise SourceError(
        f"{scheme}: no reader for this kind of place; give a path, sqlite:/// or postgresql:// URL"
    )
