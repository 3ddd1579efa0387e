"""One invented group from a seed, and how well the product tells what is the matter with it."""

from __future__ import annotations

from pathlib import Path

from tests.reality.invented.between import SITUATIONS_BETWEEN, copied, processors, wrong_unit
from tests.reality.invented.drawing import Drawing
from tests.reality.invented.feeding import Fed
from tests.reality.invented.model import Expected, InventedGroup
from tests.reality.invented.situations import (
    PLAIN_SITUATIONS,
    count_drift,
    not_found,
    over_exposed,
    over_retained,
)

SITUATIONS = (*PLAIN_SITUATIONS, *SITUATIONS_BETWEEN)
OFTEN = (not_found, count_drift, over_retained, over_exposed, copied, wrong_unit)
"""Of these there are more, because half of them and more are near-misses."""

_STEPS = 4


def invented(seed: int, *, entities: int = 6, rounds: int = 6) -> InventedGroup:
    """Return the group of a seed: every situation `rounds` times, in any order."""
    on = Drawing(seed)
    chance = on.chance
    on.unit("G", "group", None, "G")
    for number in range(entities):
        entity = on.unit(f"E{number}", chance.choice(("company", "hospital")), "G", f"E{number}")
        units = [entity]
        for each in range(chance.randrange(2, 4)):
            department = on.unit(f"{entity}-{each}", "department", entity, entity)
            units.append(department)
            if chance.random() < 0.5:
                units.append(on.unit(f"{department}-1", "site", department, entity))
        # The first source of an entity is scanned completely, the second one is not.
        for complete in (True, chance.random() < 0.5):
            on.source(chance.choice(units), complete=complete)
        if chance.random() < 0.5:
            on.source(chance.choice(units), is_database=True)
    on.group.bases += [("E0", "E1"), ("E3", "E2")][: entities // 2]
    processors(on)
    plan = [*SITUATIONS, *OFTEN] * rounds
    chance.shuffle(plan)
    for situation in plan:
        situation(on)
    for situation in OFTEN:  # chance may have left nothing but near-misses
        while situation is not wrong_unit and not any(
            each.kind == situation.__name__ for each in on.group.expected
        ):
            situation(on)
    return on.finish()


def compared(group: InventedGroup, directory: Path) -> list[Expected]:
    """Return what the product tells of a group that was scanned, registered and compared once."""
    fed = Fed(group, directory)
    fed.register(group.entries)
    for source in group.sources:
        fed.scan(source, [each for each in group.objects if each.source == source.name])
    told = fed.told()
    fed.close()
    return told


def compared_step_by_step(group: InventedGroup, directory: Path) -> list[Expected]:
    """Return what is told after several comparisons, each after more entries and other runs."""
    fed = Fed(group, directory)
    held = {
        source.name: [each for each in group.objects if each.source == source.name]
        for source in group.sources
    }
    for step in range(_STEPS):
        fed.register(group.entries[step::_STEPS])
        for number, source in enumerate(group.sources):
            if number % _STEPS == step:  # half of what lies there, beside what will have gone
                gone = [each for each in group.objects if each.source != source.name][::17]
                fed.scan(source, [*held[source.name][::2], *gone])
            elif number % _STEPS == (step - 1) % _STEPS or step == 0:
                fed.scan(source, held[source.name])
        fed.told()
    for number, source in enumerate(group.sources):
        if number % _STEPS == _STEPS - 1:
            fed.scan(source, held[source.name])
            fed.told()
    told = fed.told()
    fed.close()
    return told
