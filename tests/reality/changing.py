"""Changes an invented group in any order, and tells what a comparison says of it: all of it, by names."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from registry import disclosures, ledger, organisation, processors, reorganisation, sources
from registry.access import bootstrap_principal
from registry.assess import _compare, _gather, _Known, reassess
from registry.differences import STATES
from registry.errors import RegistryError
from registry.estate import gather
from registry.living import ids_of
from registry.model import Place
from registry.store.tables import RunFileRecord
from scanners.model import Category, Exposure
from tests.access.bases import APPROVER, disclose
from tests.reality.invented.feeding import Fed
from tests.reality.invented.group import invented
from tests.reality.invented.model import TODAY

OWNER = bootstrap_principal()


class Changing:
    """An invented group that was scanned and compared once, and changes."""

    def __init__(self, seed: int, directory: Path) -> None:
        self.group = invented(seed, entities=3, rounds=1)
        self.fed = Fed(self.group, directory)
        self.chance = random.Random(seed)
        self.today = TODAY
        half = len(self.group.entries) // 2
        self.waiting = self.group.entries[half:]
        self.fed.register(self.group.entries[:half])
        for source in self.group.sources:
            self.scan_again(source.name)
        self.compare()
        self.changes: tuple[Callable[[], object], ...] = (
            self.scan_again,
            self.scan_again,
            self.scan_again,
            self.edit,
            self.edit,
            self.move_places,
            self.move_places,
            self.move_entry,
            self.register,
            self.move_unit,
            self.change_kind,
            self.remove_source,
            self.allow,
            self.forbid,
            self.change_contract,
            self.pass_days,
        )

    def compare(self) -> bool:
        """Compare as the product does, and return whether it said something new."""
        self.fed.now += timedelta(seconds=1)
        return reassess(self.fed.registry, OWNER, self.fed.store, as_of=self.today).changed

    def told(self, *, anew: bool) -> dict[str, object]:
        """Return everything that a comparison says now: with what is kept, or `anew`."""
        with self.fed.registry.read(OWNER) as tx:
            given = _gather(tx, self.fed.store, self.today)
            if anew:
                given = replace(given, known=_Known(), estate=gather(tx, self.today))
        made = _compare(given, self.fed.store, self.today)
        self.fed.store.remove(file.name for file in made.files)
        found, living = made.comparison, made.living
        judged, ends, covers = found.judged, found.ends, found.covers
        ids = ids_of(living.pieces, living.personal)
        objects = {
            each: (
                STATES[judged.state[row]],
                judged.risks[judged.risk[row]],
                (int(ends.day[row]), int(ends.entry_id[row])),
                tuple(int(entry.id) for entry in covers.distinct[covers.of[row]]),
            )
            for row, each in enumerate(ids)
        }
        return {
            "differences": found.differences,
            "objects": objects,
            "scores": dict(made.scores),
            "judgeable": found.judgeable,
            "digest": made.id.rsplit("-", 1)[-1],
        }

    def change(self) -> str:
        """Change something and return what; what may not be done is left."""
        step = self.chance.choice(self.changes)
        self.fed.now += timedelta(seconds=1)
        try:
            step()
        except RegistryError as error:
            return f"{step.__name__} (not done: {type(error).__name__})"
        return step.__name__

    def scan_again(self, name: str = "") -> None:
        """Scan a source in which a part came or went."""
        source = next(
            (each for each in self.group.sources if each.name == name),
            self.chance.choice(self.group.sources),
        )
        objects = [each for each in self.group.objects if each.source == source.name]
        if source.is_database or self.chance.random() < 0.7:
            others = []
        else:  # what lay in another place before, or lies there as well
            others = [each for each in self.group.objects if "." in each.name][
                :: self.chance.randrange(5, 20)
            ]
        kept = [each for each in objects if self.chance.random() < 0.8]
        names = {each.name for each in kept}
        self.fed.scan(source, [*kept, *(each for each in others if each.name not in names)])

    def edit(self) -> None:
        """Change what the entry says of data, not where they lie."""
        chance = self.chance
        changes = {
            "items": frozenset(chance.sample(list(Category), 4)),
            "approximate_count": chance.choice([None, 1, 3000]),
            "exposure": chance.choice(list(Exposure)),
            "retention_months": chance.choice([None, 1, 60]),
            "retention_until": chance.choice([None, date(2020, 3, 31), date(2027, 3, 31)]),
            "name": f"名簿 {chance.random()}",
        }
        column = chance.choice(sorted(changes))
        self._update({column: changes[column]})

    def move_places(self) -> None:
        """Give an entry no place, another folder, one object, or the whole of another source."""
        chance = self.chance
        source = self.fed.sources[chance.choice(self.group.sources).name].id
        name = chance.choice(self.group.objects).name
        places = [
            (),
            (Place(source, "", ""),),
            (Place(source, name.rpartition("/")[0], ""),),
            (Place(source, name, ""), Place(None, "", "金庫")),
        ]
        self._update({"places": chance.choice(places)})

    def move_entry(self) -> None:
        """Move an entry to another unit."""
        self._update({"unit_id": self.fed.units[self.chance.choice(self.group.units).code]})

    def _update(self, changes: dict[str, object]) -> None:
        with self.fed.registry.write(OWNER, reason="test") as tx:
            entry = self.chance.choice(ledger.entries(tx))
            ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=changes)

    def register(self) -> None:
        """Register a few more entries."""
        new, self.waiting = self.waiting[:3], self.waiting[3:]
        self.fed.register(new)

    def move_unit(self) -> None:
        """Hang a unit below another one."""
        one, other = self.chance.sample(self.group.units, 2)
        with self.fed.registry.write(OWNER, reason="test") as tx:
            reorganisation.move_unit(tx, self.fed.units[one.code], self.fed.units[other.code])

    def change_kind(self) -> None:
        """Make a department a company, or the other way round."""
        with self.fed.registry.write(OWNER, reason="test") as tx:
            unit = self.chance.choice(organisation.units(tx))
            kind = self.chance.choice([each for each in type(unit.kind) if each.value != "group"])
            reorganisation.change_unit(
                tx,
                unit.id,
                expected_version=unit.version,
                code=unit.code,
                kind=kind,
                name_ja=unit.name_ja,
                name_en=unit.name_en,
                country=unit.country,
                privacy_mark=unit.privacy_mark,
            )

    def remove_source(self) -> None:
        """Take a source off the list."""
        with self.fed.registry.write(OWNER, reason="test") as tx:
            listed = sources.list_sources(tx)
            if len(listed) > 2:
                sources.remove_source(tx, self.chance.choice(listed).id)

    def allow(self) -> None:
        """Record a basis for disclosure between two entities, for a while."""
        entities = sorted({unit.entity for unit in self.group.units})
        one, other = self.chance.sample(entities, 2)
        until = self.today + timedelta(days=self.chance.randrange(400))
        disclose(self.fed.registry, self.fed.units[one], self.fed.units[other], valid_until=until)

    def forbid(self) -> None:
        """End a basis."""
        with self.fed.registry.write(APPROVER, reason="test") as tx:
            basis = self.chance.choice(disclosures.disclosures(tx))
            disclosures.end_disclosure(tx, basis.id, expected_version=basis.version)

    def change_contract(self) -> None:
        """Change what a contract lets a processor hold, or when it ends."""
        with self.fed.registry.write(OWNER, reason="test") as tx:
            held = self.chance.choice(processors.processors(tx))
            changes: dict[str, object] = self.chance.choice(
                [
                    {"categories": frozenset(self.chance.sample(list(Category), 3))},
                    {"valid_until": self.today + timedelta(days=self.chance.randrange(1, 300))},
                    {"contract": ""},
                ]
            )
            processors.change_processor(tx, held.id, expected_version=held.version, changes=changes)

    def pass_days(self) -> None:
        """Let time pass, so that retention, bases and contracts end."""
        days = self.chance.choice([1, 30, 400])
        self.today += timedelta(days=days)
        self.fed.now += timedelta(days=days)

    def kept_files(self) -> list[Path]:
        """Return the files of what is kept."""
        with self.fed.registry.read(OWNER) as tx:
            names = tx.session.scalars(
                select(RunFileRecord.name).where(RunFileRecord.kind.startswith("kept_"))
            ).all()
        return [self.fed.store.directory / name for name in sorted(names)]
