"""Places that hold objects: each source lists everything in scope, or says why it cannot."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from scanners.errors import SourceError
from scanners.sources.interface import Source
from scanners.sources.local import LocalSource, absolute, path_of

_DATABASES = frozenset({"postgresql", "postgres", "sqlite"})


def open_source(target: str, *, left_out: Path | None = None) -> Source:
    """Return the source of a path or URL; raises `SourceError` for a place of a kind that has no reader.

    `left_out` is a folder of files that belongs to nobody's data: our own workspace.
    """
    scheme, separator, _ = target.partition("://")
    if not separator:
        return LocalSource(absolute(Path(target)), left_out)
    if scheme == "file":
        if urlsplit(target).hostname not in (None, "localhost"):
            raise SourceError("file: the address names another computer; mount its share and give the path")
        return LocalSource(absolute(path_of(target)), left_out)
    if scheme.partition("+")[0] in _DATABASES:
        from scanners.sources.database import DatabaseSource  # loads SQLAlchemy, which files never need

        return DatabaseSource(target)
    raise SourceError(
        f"{scheme}: no reader for this kind of place; give a path, sqlite:/// or postgresql:// URL"
    )
