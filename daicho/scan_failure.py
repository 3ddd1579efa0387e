"""Which code a failed scan is kept under: what went wrong, where, and with which number."""

from __future__ import annotations

import errno

from daicho.credentials import CredentialError
from daicho.errors import DaichoError
from registry.errors import InvalidValue, RegistryError, StoreError, VaultError
from registry.scan_failures import Failure
from registry.scan_permission import ScanRefusedError
from scanners.errors import ScannerError, SourceError

SOURCE, CREDENTIAL, BAR = "source.", "credential.", "bar."
"""What comes before the id of a `Trouble`, the name of a `Fault`, and the id of a `Bar`."""
COLLECTED, STORE, KEYS, SYSTEM, OTHER, UNKNOWN = "collected", "store", "keys", "system", "other", "unknown"


def failure(error: BaseException) -> Failure:
    """Return why a scan failed; only the type of an error that is not ours: its text may hold values."""
    kind = type(error).__name__
    said = str(error) or kind
    match error:
        case SourceError(trouble=trouble, place=place, code=code):
            return Failure(said, f"{SOURCE}{trouble}", place, code)
        case CredentialError(fault=fault, named=named):
            return Failure(said, f"{CREDENTIAL}{fault.name}", named)
        case ScanRefusedError(bar=bar, name=name):
            return Failure(said, f"{BAR}{bar}", name)
        case InvalidValue(column="url", rule="collected"):
            return Failure(said, COLLECTED)
        case StoreError():
            return Failure(said, STORE, detail=said)
        case VaultError():
            return Failure(said, KEYS, detail=said)
        case RegistryError() | DaichoError() | ScannerError():
            return Failure(said, OTHER, detail=said)
        case OSError(errno=int(number)):
            return Failure(kind, SYSTEM, detail=errno.errorcode.get(number, str(number)))
    return Failure(kind, UNKNOWN, detail=kind)
