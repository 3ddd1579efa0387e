"""libarchive in memory, for the formats that it alone reads; a missing library is a reason, never a crash.

It is loaded by its name: searching for it, as `ctypes.util` does, would start other programs.
"""

from __future__ import annotations

import contextlib
import ctypes
import locale
import os
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any, cast

from scanners.errors import ExtractionError
from scanners.model import Gap, Reason

_NAMES = (
    "libarchive.so.13",
    "libarchive.13.dylib",
    "libarchive.dylib",
    "/opt/homebrew/opt/libarchive/lib/libarchive.dylib",
)
BLOCK = 64 << 10


@cache
def libarchive() -> ModuleType | None:
    """Return the library's binding, None where the library is not installed."""
    for name in _NAMES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        os.environ.setdefault("LIBARCHIVE", name)
        break
    else:
        if not os.environ.get("LIBARCHIVE"):
            return None
    try:
        import libarchive as binding
        import libarchive.ffi
    except (ImportError, OSError, TypeError, AttributeError):
        return None
    if locale.nl_langinfo(locale.CODESET) != "UTF-8":
        with contextlib.suppress(locale.Error):  # it gives names in the process's own encoding
            locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    libarchive.ffi.logger.disabled = True  # its warnings may quote names
    return cast("ModuleType", binding)


def needed(kind: str) -> Any:
    """Return the binding; raises `ExtractionError` UNSUPPORTED that says what is not installed."""
    binding = libarchive()
    if binding is None:
        raise ExtractionError(Gap(Reason.UNSUPPORTED, f"{kind}: libarchive is not installed"))
    return binding


def blocks(archive: Any, binding: Any) -> Iterator[bytes]:
    """Yield the content of the entry that an archive stands at."""
    ffi = binding.ffi
    buffer = ctypes.create_string_buffer(BLOCK)
    while (count := ffi.read_data(archive._pointer, buffer, BLOCK)) > 0:  # noqa: SLF001  the binding has no name for it
        yield buffer.raw[:count]


def blocks_of_first(data: bytes, form: str, password: bytes | None = None) -> Iterator[bytes]:
    """Yield the content of the only member of an archive in memory; raises `ExtractionError`."""
    binding = needed(form)
    try:
        with binding.memory_reader(
            data, format_name=form, filter_name="none", passphrase=password
        ) as archive:
            for _ in archive:
                yield from blocks(archive, binding)
                return
    except binding.ArchiveError:
        raise ExtractionError(Gap(Reason.DAMAGED, "libarchive")) from None
