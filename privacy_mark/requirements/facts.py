"""What the product's own records say of a requirement: the words that all suppliers share."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar, cast

from privacy_mark.requirements.model import SupplierId
from registry.model import UnitId
from registry.store import Tx

Read = TypeVar("Read")


class Standing(enum.StrEnum):
    """What the product's own records say."""

    SHOWN = "shown"
    LACKING = "lacking"
    UNDER_WAY = "under_way"  # begun, and its day has not come: speaks neither for nor against
    UNKNOWN = "unknown"  # there is nothing to look at


@dataclass(frozen=True, slots=True)
class Fact:
    """What a supplier says of one entity: `done` of `of`, as of the oldest day that counts."""

    standing: Standing
    done: int = 0
    of: int = 0
    on: date | None = None
    until: date | None = None  # its last day when nothing is done; of UNDER_WAY its due day
    explained: int = 0  # of those that count neither way: workers on leave
    few: bool = False  # the counts are of too few persons to be told

    def told(self) -> dict[str, object]:
        """Return it as it is cited: plain values by name."""
        if self.few:
            return {
                "standing": self.standing.value,
                "few": True,
                "on": self.on.isoformat() if self.on else None,
                "until": self.until.isoformat() if self.until else None,
            }
        return {
            "standing": self.standing.value,
            "done": self.done,
            "of": self.of,
            "explained": self.explained,
            "on": self.on.isoformat() if self.on else None,
            "until": self.until.isoformat() if self.until else None,
        }

    @property
    def sha256(self) -> str:
        """Return the hash of what is said, by which a copy of it is known again."""
        return hashlib.sha256(json.dumps(self.told(), sort_keys=True).encode()).hexdigest()


UNKNOWN = Fact(Standing.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Members:
    """The units that belong to the entities asked about."""

    entity_of: Mapping[int, UnitId] = field(repr=False)  # unit -> its entity
    _read: dict[Callable[..., object], object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def entities(self) -> frozenset[UnitId]:
        """Return the entities."""
        return frozenset(self.entity_of.values())

    def once(self, read: Callable[[Tx, Members, date], Read], tx: Tx, today: date) -> Read:
        """Return what several suppliers need, read once for all of them; members are made anew each time."""
        if read not in self._read:
            self._read[read] = read(tx, self, today)
        return cast("Read", self._read[read])


class EvidenceSupplier(Protocol):
    """Somebody in the product who can show a requirement."""

    @property
    def id(self) -> SupplierId:
        """Return the id by which the catalogue names it."""

    def facts(self, tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
        """Return what there is to say of entities, in a few questions however many they are."""


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier that is one function."""

    id: SupplierId
    measure: Callable[[Tx, Members, date], Mapping[UnitId, Fact]]

    def facts(self, tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
        """Return what there is to say of entities."""
        return self.measure(tx, members, today)
