"""Files that are there as a whole or not at all, and only for their owner unless said otherwise."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write beside the file and put it in its place: a failure leaves what was there."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    # A new file of its own: nobody can have laid a link there, and nobody else writes into it.
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
