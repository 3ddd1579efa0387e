"""Which objects of a source are looked at: patterns that people write, applied to paths below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Selection:
    """What is included and excluded (対象・除外): globs on the path below the source, `/` between folders.

    `*` stays within a folder, `**` crosses folders, `?` is one letter; letter case does not count. A pattern
    without `/` is compared with each name on the path: `*.bak`, `node_modules`. Without includes all is.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def enters(self, folder: str) -> bool:
        """Tell whether anything below a folder can be wanted, so that it has to be listed."""
        return not _any(self.exclude, folder)

    def takes(self, name: str) -> bool:
        """Tell whether an object is wanted; one in an excluded folder is not."""
        if _any(self.exclude, name) or any(_any(self.exclude, above) for above in _above(name)):
            return False
        if not self.include:
            return True
        return _any(self.include, name) or any(_any(self.include, above) for above in _above(name))


EVERYTHING = Selection()


def _above(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _any(patterns: tuple[str, ...], name: str) -> bool:
    if not patterns:
        return False
    last = name.rpartition("/")[2]
    return any(_compiled(each).fullmatch(name if "/" in each else last) is not None for each in patterns)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    written = ""
    for piece in re.split(
        r"(\*\*/|\*\*|\*|\?)", pattern.strip("/") if "/" in pattern.strip("/") else pattern
    ):
        match piece:
            case "**/":
                written += "(?:.*/)?"
            case "**":
                written += ".*"
            case "*":
                written += "[^/]*"
            case "?":
                written += "[^/]"
            case _:
                written += re.escape(piece)
    return re.compile(written, re.IGNORECASE | re.DOTALL)
