"""A body's own Word or Excel form 審査機関の様式ファイル, and which of its places takes which field."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, NewType, Protocol

from privacy_mark.pack.field_names import meant
from privacy_mark.pack.forms import FormSet
from privacy_mark.pack.model import Purpose
from registry.errors import RegistryError
from registry.model import UnitId

OriginalId = NewType("OriginalId", int)
PLACES = 500  # of one file
PLACE_LENGTH = 200
LIMIT = 5 << 20  # bytes of one file


class Fault(enum.StrEnum):
    """What is wrong with one line of a mapping."""

    UNKNOWN_FIELD = "unknown_field"
    UNCLEAR_FIELD = "unclear_field"  # documents take it from different places
    NO_PLACE = "no_place"  # neither a cell nor a name that this kind of file can have
    NO_SHEET = "no_sheet"
    OUTSIDE = "outside"  # beyond the last cell that the sheet uses
    MERGED = "merged"  # inside a merged cell, not its first one
    FORMULA = "formula"
    NO_NAME = "no_name"  # no defined name, content control or placeholder is called so
    NO_TEXT = "no_text"  # a content control that takes no text
    TWICE = "twice"  # two lines fill the same place


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault of a mapping: its place or field, and what may have been meant."""

    fault: Fault
    what: str
    hint: str = ""


class Spot(NamedTuple):
    """One place as the file knows it."""

    name: str


class Opened(Protocol):
    """A file that was opened safely: `daicho.originals` has one for each kind."""

    @property
    def kind(self) -> str:
        """Return docx or xlsx."""
        ...

    @property
    def found(self) -> tuple[str, ...]:
        """Return the places that have names of their own, in their order."""
        ...

    def spot(self, place: str) -> Spot | Wrong:
        """Return what a mapping names, or why the file has no such place."""
        ...


@dataclass(frozen=True, slots=True)
class OriginalDraft:
    """A form as somebody hands it in."""

    unit_id: UnitId  # an entity, or a unit above all of them
    body: str
    purpose: Purpose
    document: str  # which document of the forms it is
    valid_from: date
    mapping: Mapping[str, str]  # place -> field


@dataclass(frozen=True, slots=True, kw_only=True)
class Original(OriginalDraft):
    """One version of a form that is kept."""

    id: OriginalId
    unit_name: tuple[str, str]  # ja, en
    number: int
    name: str = field(repr=False)
    kind: str
    size: int  # bytes
    sha256: str
    author: str
    added_at: datetime
    ended_on: date | None
    version: int

    def in_force(self, on: date) -> bool:
        """Tell whether packs of a day use it, if no newer or nearer one does."""
        return self.valid_from <= on and (self.ended_on is None or on < self.ended_on)


class MappingRefusedError(RegistryError):
    """A mapping does not fit its file or the forms; `wrong` names each line that does not."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        super().__init__(f"{len(wrong)} places or fields of the mapping do not exist; correct them")
        self.wrong = wrong


def judged(mapping: Mapping[str, str], opened: Opened, forms: FormSet) -> tuple[dict[str, str], list[Wrong]]:
    """Return place -> whole name of the field, and everything that is wrong with a mapping."""
    fitting: dict[str, str] = {}
    wrong: list[Wrong] = []
    spots: dict[Spot, str] = {}
    for place, written in mapping.items():
        names = meant(forms, written)
        if not names:
            wrong.append(Wrong(Fault.UNKNOWN_FIELD, written))
        elif len(names) > 1:
            wrong.append(Wrong(Fault.UNCLEAR_FIELD, written, ", ".join(names)))
        spot = opened.spot(place)
        if isinstance(spot, Wrong):
            wrong.append(spot)
            continue
        if spot in spots:
            wrong.append(Wrong(Fault.TWICE, place, spots[spot]))
        spots[spot] = place
        if len(names) == 1:
            fitting[place] = names[0]
    return fitting, wrong


def suggested(opened: Opened, forms: FormSet) -> dict[str, str]:
    """Return the places of a file that are called as a field is: they need no line in a mapping."""
    found = {}
    for place in opened.found:
        names = meant(forms, place.removeprefix("{{").removesuffix("}}").strip())
        if len(names) == 1:
            found[place] = names[0]
    return found
