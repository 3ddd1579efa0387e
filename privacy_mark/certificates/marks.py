"""Numbers of marks 登録番号: 第18820040(07)号 is the holder's number and how many terms it has had."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from registry.errors import InvalidValue

_WRITTEN = re.compile(r"第?\s*(\d{6,10})\s*\(\s*(\d{1,2})\s*\)\s*号?")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark's number with its term."""

    number: str
    term: int  # 1 for the first two years

    def __str__(self) -> str:
        return f"第{self.number}({self.term:02d})号"


def parse(written: str) -> Mark:
    """Return a mark as people write it, full-width too; InvalidValue: `mark` `form`."""
    found = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", written).strip())
    if found is None or int(found[2]) == 0:
        raise InvalidValue("mark", "form")
    return Mark(found[1], int(found[2]))
