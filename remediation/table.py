"""Which places there are hands for; every other kind refuses."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from remediation.errors import Fault, RemediationError
from remediation.interface import Place
from remediation.local import LocalPlace
from scanners.credentials import Credentials
from scanners.sources.local import path_of

SUPPORTED = ("file", "s3", "smb")


def open_place(url: str, credentials: Credentials) -> Place:
    """Return the place of a registered source; RemediationError `not_supported` for other kinds."""
    scheme = urlsplit(url).scheme.lower() if "://" in url or url.startswith("file:") else "file"
    match scheme:
        case "file":
            path = path_of(url) if url.startswith("file:") else Path(url)
            return LocalPlace(path)
        case "s3":
            from remediation.s3 import opened

            return opened(url, credentials)
        case "smb":
            from remediation.smb import opened as share

            return share(url, credentials)
    raise RemediationError(Fault.NOT_SUPPORTED)
