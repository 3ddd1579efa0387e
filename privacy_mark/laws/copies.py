"""The list of laws as it was reviewed 見直した時点の写し: kept sealed with the review, never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from privacy_mark.laws.catalogue import Kind
from privacy_mark.laws.model import Applies, Line


@dataclass(frozen=True, slots=True)
class CopiedLine:
    """One norm as it stood in the list, with the words of the catalogue of then."""

    law: str
    kind: Kind
    names: Mapping[str, str] = field(repr=False)  # by language
    number: str
    authorities: Mapping[str, str] = field(repr=False)  # by language
    address: str
    since: date | None
    until: date | None
    applies: Applies
    reason: str = field(repr=False)
    owner: str = field(repr=False)
    decided_on: date | None


def text_of(lines: Sequence[Line]) -> str:
    """Return a list as the text that is kept: JSON; equal lists give equal texts."""
    told = [asdict(copied(each)) for each in lines]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=date.isoformat)


def lines_of(text: str) -> tuple[CopiedLine, ...]:
    """Return the list that a text of `text_of` tells."""
    read: Sequence[Mapping[str, Any]] = json.loads(text)
    return tuple(
        CopiedLine(
            **{
                **each,
                "kind": Kind(each["kind"]),
                "applies": Applies(each["applies"]),
                **{name: _day(each[name]) for name in ("since", "until", "decided_on")},
            }
        )
        for each in read
    )


def digest(text: str) -> str:
    """Return what a copy is known by in the journal: SHA-256 of its text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def copied(of: Line) -> CopiedLine:
    """Return a norm of a list as it stands, in all languages."""
    return CopiedLine(
        law=of.law,
        kind=of.kind,
        names={language: of.name(language) for language in ("ja", "en")},
        number=of.number(),
        authorities={language: of.authority(language) for language in ("ja", "en")},
        address=of.address(),
        since=of.since(),
        until=of.until(),
        applies=of.said.applies,
        reason=of.said.reason,
        owner=of.said.owner,
        decided_on=of.decided_on,
    )


def _day(told: str | None) -> date | None:
    return None if told is None else date.fromisoformat(told)
