"""A source whose entries do what hostile files make parsers do: crash, hang, eat memory, raise."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from scanners.model import Entry, Gap, Reason

VALUE = "090-0000-4321"
GOOD = f"電話番号: {VALUE}\n".encode()


@dataclass(frozen=True, slots=True)
class HostileSource:
    """Lists the named behaviours as entries."""

    names: tuple[str, ...]

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield one entry for each name; "gap" is one that could not be listed."""
        for number, name in enumerate(self.names):
            if name == "gap":
                yield Gap(Reason.NOT_LISTED, uri=f"test://host/{number}/gap")
            else:
                yield Entry(f"test://host/{number}/{name}", name, size=len(GOOD), mtime_ns=1)

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Behave as the entry's name says."""
        match entry.name:
            case "abort":
                os.abort()
            case "exit":
                os._exit(7)
            case "hang":
                time.sleep(600)
            case "memory":
                yield io.BytesIO(bytes(64 << 30))
            case "fault":
                raise LookupError(f"a message that quotes {VALUE}")
            case _:
                yield io.BytesIO(GOOD)
