"""The paper that situations are drawn on: names, places, persons, and which folder is named in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from random import Random
from urllib.parse import quote

from scanners.model import Category, Exposure
from tests.reality.invented.model import (
    TODAY,
    Expected,
    InventedEntry,
    InventedGroup,
    InventedObject,
    InventedSource,
    InventedUnit,
)

C = Category
PLAIN = (C.PERSON, C.ADDRESS, C.PHONE, C.EMAIL)
GRAVE = (C.MY_NUMBER, C.PASSPORT, C.MEDICAL, C.BANK_ACCOUNT, C.CREDIT_CARD, C.DRIVER_LICENSE)

_PARTS = (
    *("人事", "人事部", "総務 課", "営業・企画", "経理？", "100%", "a%20b", "50%オフ", "部署#1", "ｶﾅ", "X.Y"),
    *(
        "résumé",
        "山田太郎様",
        "２０２６年度",
        "R&D",
        "控え+写し",
        "[旧]",
        "株)東和",
        "データ;1",
        "が",
        "か\u3099",
    ),
)
_LEAVES = (
    "名簿.csv",
    "一覧.xlsx",
    "100%.txt",
    "a%2Fb.csv",
    "README",
    "顧客 (1).csv",
    "x.y.z",
    "田中様#2.eml",
)


class Drawing:
    """A group while it is drawn."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.group = InventedGroup()
        self._used: dict[str, int] = {}
        self._persons = 0

    # The organisation

    def unit(self, code: str, kind: str, parent: str | None, entity: str) -> str:
        """Add a unit and return its code."""
        self.group.units.append(InventedUnit(code, kind, parent, entity))
        return code

    def entity_of(self, unit: str) -> str:
        """Return the company or hospital of a unit."""
        return next(each.entity for each in self.group.units if each.code == unit)

    def line_of(self, unit: str) -> list[str]:
        """Return the units above and below one within its entity, itself included."""
        parents = {each.code: each.parent for each in self.group.units}

        def above(code: str | None) -> list[str]:
            return [] if code is None else [code, *above(parents[code])]

        entity = self.entity_of(unit)
        return [
            each.code
            for each in self.group.units
            if each.entity == entity and (each.code in above(unit) or unit in above(each.code))
        ]

    def off_line(self, unit: str) -> list[str]:
        """Return the units whose entries speak of nothing in a source of this one."""
        line = self.line_of(unit)
        return [each.code for each in self.group.units if each.code not in line]

    def source(self, unit: str, *, is_database: bool = False, complete: bool = True) -> InventedSource:
        """Add a source whose address is written in one of the ways that people write it."""
        number = len(self.group.sources)
        if is_database:
            root = f"postgresql://db{number}.example/hr"
            address = self.chance.choice((root, f"postgresql+psycopg://reader@db{number}.example/hr?a=b"))
        else:
            # "/srv/1" begins like "/srv/10": what lies in the one never counts as the other's.
            plain = f"/srv/{self.chance.choice(('共有', 'share 1', '50%'))}/{number}"
            root = f"file://{quote(plain)}"
            address = self.chance.choice((plain, f"{plain}/", root, f"{root}/"))
        made = InventedSource(f"S{number}", unit, address, root, is_database, complete)
        self.group.sources.append(made)
        return made

    def share(
        self, *, complete: bool = False, entity: str | None = None, not_of: str | None = None
    ) -> InventedSource:
        """Return one of the shares, completely scanned where that is wanted."""
        spoken_for = {each.source for each in self.group.contracts}
        return self.chance.choice(
            [
                each
                for each in self.group.sources
                if not each.is_database
                and each.name not in spoken_for
                and (each.complete or not complete)
                and (entity is None or self.entity_of(each.unit) == entity)
                and (not_of is None or self.entity_of(each.unit) != not_of)
            ]
        )

    # Names

    def folder(self, source: InventedSource) -> str:
        """Return a top folder of its own; others may begin alike."""
        number = self._used[source.name] = self._used.get(source.name, 0) + 1
        return f"{self.chance.choice(_PARTS)}{number}"

    def below(self, folder: str, number: int, *, depth: int | None = None) -> str:
        """Return a name below a folder, some folders or containers deeper, with a number of its own."""
        name = folder
        for _ in range(self.chance.randrange(3) if depth is None else depth):
            name += f"/{self.chance.choice(_PARTS)}"
        if self.chance.random() < 0.15:
            name += f"/控え{number}.zip!中" if self.chance.random() < 0.5 else f"/控え{number}.zip"
            # What looks encoded inside of a container cannot be told from what is.
            leaf = self.chance.choice(_LEAVES).replace("%2F", "／")
            return f"{name}{'/' if name.endswith('中') else '!'}{number}{leaf}"
        return f"{name}/{number}{self.chance.choice(_LEAVES)}"

    # What lies there

    def people(self, count: int) -> list[str]:
        """Return persons who stand nowhere else."""
        self._persons += count
        return [f"p{number}" for number in range(self._persons - count, self._persons)]

    def put(
        self,
        source: InventedSource,
        name: str,
        categories: Iterable[Category],
        people: Sequence[str],
        *,
        covered: bool,
        low: int | None = None,
        high: int | None = None,
        modified: date | None = TODAY - timedelta(days=30),
        exposure: Exposure = Exposure.OWNER,
    ) -> InventedObject:
        """Put an object that tells of some persons into a source."""
        least = len(people) if low is None else low
        made = InventedObject(
            source=source.name,
            name=name,
            values={category: list(people) for category in categories},
            low=least,
            high=max(least, len(people)) if high is None else high,
            modified=modified,
            exposure=exposure,
            covered=covered,
        )
        self.group.objects.append(made)
        return made

    def register(
        self,
        source: InventedSource,
        prefix: str,
        items: Iterable[Category],
        *,
        home: str | None = None,
        unit: str | None = None,
        places: Sequence[tuple[str | None, str]] = (),
        **columns: object,
    ) -> InventedEntry:
        """Add an entry of a unit on the source's line that speaks of a prefix."""
        number = len(self.group.entries) + 1
        written = self.chance.choice((prefix, f"{prefix}/", f"/{prefix}/")) if prefix else ""
        made = InventedEntry(
            key=f"L{number}",
            home=home or f"L{number}",
            unit=unit or self.chance.choice(self.line_of(source.unit)),
            items=frozenset(items),
            places=((source.name, written), *places),
            **columns,  # type: ignore[arg-type]  # the columns of an entry
        )
        self.group.entries.append(made)
        return made

    def expect(self, kind: str, unit: str, what: str, other: str = "") -> None:
        """Say that a difference must be told of."""
        self.group.expected.add(Expected(kind, unit, what, other))

    def finish(self) -> InventedGroup:
        """Name the places of all differences that speak of places, and return the group."""
        beyond = self._beyond()
        for source in self.group.sources:
            here = [each for each in self.group.objects if each.source == source.name and each.values]
            wrong = {each.belongs_to for each in here if each.belongs_to is not None}
            bare = [each for each in here if not each.covered and each.belongs_to is None]
            told = [each for each in bare if not each.minor]
            self._name("unregistered", source, told, [each for each in here if each not in bare])
            ignored = [each for each in bare if each.minor]
            for owner in sorted(wrong):
                mine = [each for each in here if each.belongs_to == owner]
                rest = [each for each in here if each not in mine and each not in ignored]
                self._name("wrong_unit", source, mine, rest, owner)
            over = [each for each in here if beyond(each)]
            self._name("no_contract", source, over, [each for each in here if each not in over])
        return self.group

    def _beyond(self) -> Callable[[InventedObject], bool]:
        """Return whether an object holds what no contract of its source covers on the day."""
        allowed: dict[str, set[Category]] = {}
        for each in self.group.contracts:
            held = allowed.setdefault(each.source, set())
            if each.valid_from <= TODAY and (each.valid_until is None or each.valid_until >= TODAY):
                held.update(each.categories)
                if C.ADDRESS in each.categories:
                    held.add(C.POSTAL_CODE)
                if C.MEDICAL in each.categories:
                    held.add(C.MEDICAL_CONTEXT)
        return lambda one: one.source in allowed and not set(one.values) <= allowed[one.source]

    def _name(
        self,
        kind: str,
        source: InventedSource,
        told: Sequence[InventedObject],
        others: Sequence[InventedObject],
        other: str = "",
    ) -> None:
        """Expect one difference per highest folder in which none of the others lies."""
        groups: dict[str, list[InventedObject]] = {}
        for one in told:
            place = one.name if source.is_database else _highest(one.name, [each.name for each in others])
            groups.setdefault(place, []).append(one)
        for place, members in groups.items():
            alone = len(members) == 1 or not place
            self.expect(kind, source.unit, members[0].name if alone else f"{place}/", other)


def _parts(name: str) -> list[str]:
    return name.replace("!", "/").split("/")


def _highest(name: str, others: Sequence[str]) -> str:
    """Return the highest folder above a name that holds none of the others; else the one it lies in."""
    folders = _parts(name)[:-1]
    for depth in range(1, len(folders) + 1):
        if all(_parts(each)[:-1][:depth] != folders[:depth] for each in others):
            return "/".join(folders[:depth])
    return "/".join(folders)
