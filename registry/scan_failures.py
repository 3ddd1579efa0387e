"""Why a scan failed 失敗の内容: a code with what it is about, told in the language of whoever looks at it."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a scan failed; `code` is empty for what was kept before there were codes."""

    said: str  # in English, as the terminal was told
    code: str = ""
    place: str = ""  # or the name of what could not be used
    detail: str = ""  # a code or a number of the system or the server, or the type of an error

    def packed(self) -> str:
        """Return it as it is kept."""
        return json.dumps(astuple(self), ensure_ascii=False)

    @classmethod
    def unpacked(cls, kept: str) -> Failure:
        """Return what was kept; a sentence alone is of a version before the codes."""
        try:
            match json.loads(kept):
                case [str(said), str(code), str(place), str(detail)]:
                    return cls(said, code, place, detail)
        except ValueError:
            pass
        return cls(kept)
