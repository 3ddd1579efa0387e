"""A mapping as people write it: a line `place = field` for each place, and what says nothing is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from daicho.errors import DaichoError


class MappingLineError(DaichoError):
    """A line is no `place = field`, or names a place for the second time."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"line {line} of the mapping is no `place = field` of its own")
        self.line = line
        self.text = text


def mapping_of(written: str) -> dict[str, str]:
    """Return place -> field; empty lines, lines after # and places without a field are left out."""
    found: dict[str, str] = {}
    for number, line in enumerate(written.splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        place, is_mapped, field = (part.strip() for part in text.rpartition("="))
        if not is_mapped or not place or place in found:
            raise MappingLineError(number, text)
        if field:
            found[place] = field
    return found


def lines_of(mapping: Mapping[str, str], others: Iterable[str]) -> str:
    """Return a mapping as lines, with places that still want a field."""
    told = [*mapping.items(), *((place, "") for place in others if place not in mapping)]
    return "".join(f"{place} = {field}".rstrip() + "\n" for place, field in told)
