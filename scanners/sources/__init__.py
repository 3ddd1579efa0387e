"""Places that hold objects: each source lists everything in scope, or says why it cannot."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from scanners.credentials import NO_CREDENTIALS, Credentials
from scanners.errors import SourceError
from scanners.selection import EVERYTHING, Selection
from scanners.sources.interface import Source
from scanners.sources.local import LocalSource, absolute, path_of

_NETWORKED = {
    "smb": "scanners.sources.smb",
    "s3": "scanners.sources.s3",
    "sftp": "scanners.sources.sftp",
    "dav": "scanners.sources.webdav",
    "davs": "scanners.sources.webdav",
    "http": "scanners.sources.webdav",
    "https": "scanners.sources.webdav",
    "imap": "scanners.sources.imap",
    "imaps": "scanners.sources.imap",
}
"""Modules of one function `opened(target, credentials, selection)`, loaded only where they are used."""


def open_source(
    target: str,
    *,
    left_out: Path | None = None,
    credentials: Credentials = NO_CREDENTIALS,
    selection: Selection = EVERYTHING,
) -> Source:
    """Return the source of a path or URL; raises `SourceError` for a place of a kind that has no reader.

    `left_out` is a folder of files that belongs to nobody's data: our own workspace. A URL of a scheme that
    no source of ours has is one of SQLAlchemy's, if it knows it: slower, and without sampling.
    """
    scheme, separator, _ = target.partition("://")
    if not separator:
        return LocalSource(absolute(Path(target)), left_out, selection)
    if scheme == "file":
        if urlsplit(target).hostname not in (None, "localhost"):
            raise SourceError("file: the address names another computer; mount its share and give the path")
        return LocalSource(absolute(path_of(target)), left_out, selection)
    module = _NETWORKED.get(scheme.lower(), "scanners.sources.database")
    try:
        opened: Source = import_module(module).opened(target, credentials, selection)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise SourceError(f"{scheme}: no reader for this kind of place") from None
    return opened
