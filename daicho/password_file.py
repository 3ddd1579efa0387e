"""The file of passwords that a scan may try on what is locked: its owner's alone, one on each line."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from daicho.errors import UsageError
from scanners.encodings import Decoded, decode

LINES = 1_000
_LONGEST = 1 << 20


def read_passwords(path: Path) -> tuple[str, ...]:
    """Return the passwords in a file, each once, in its order.

    Raises `UsageError` for a file that others may read or that is not the caller's own, and for one that is
    no list. The passwords stay in memory; results tell only their number.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise UsageError(f"{path}: the file of passwords cannot be read ({error.strerror}).") from None
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise UsageError(f"{path}: the file of passwords is not a file.")
        if facts.st_uid != os.geteuid():
            raise UsageError(
                f"{path}: the file of passwords belongs to somebody else. Make a copy of your own."
            )
        if stat.S_IMODE(facts.st_mode) & 0o177:
            raise UsageError(
                f"{path}: others may read or change the file of passwords. Close it with: chmod 600 {path}"
            )
        raw = b"".join(iter(lambda: os.read(handle, _LONGEST), b"")) if facts.st_size <= _LONGEST else b""
    finally:
        os.close(handle)
    too_long = facts.st_size > _LONGEST
    decoded = decode(raw) if raw else Decoded("", "utf-8")
    if too_long or not isinstance(decoded, Decoded):
        raise UsageError(f"{path}: not a list of passwords, one on each line.")
    lines = tuple(dict.fromkeys(line for line in decoded.text.splitlines() if line))
    if len(lines) > LINES:
        raise UsageError(f"{path}: {len(lines)} passwords; a scan takes at most {LINES}.")
    return lines
