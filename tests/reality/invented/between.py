"""What may be the matter between several entities, with tables, and with processors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from scanners.model import Category
from tests.reality.invented.drawing import GRAVE, PLAIN, Drawing
from tests.reality.invented.model import TODAY, InventedContract, InventedSource

C = Category
DAY = timedelta(days=1)
IDENTIFYING = (C.PATIENT_ID, C.MY_NUMBER, C.HEALTH_INSURANCE, C.EMAIL, C.PHONE)


def _origin(on: Drawing, people: Sequence[str], items: Sequence[Category], *, not_of: str) -> InventedSource:
    """Register a list of some persons in another entity."""
    source = on.share(not_of=not_of)
    folder = on.folder(source)
    on.register(source, folder, items)
    on.put(source, on.below(folder, 0), items, people, covered=True)
    return source


def wrong_unit(on: Drawing) -> None:
    """Half of the values, and five at least, stand in another entity's registered data and not here."""
    source, chance = on.share(), on.chance
    here, folder = on.entity_of(source.unit), on.folder(source)
    kind = chance.choice(IDENTIFYING)
    foreign, own = chance.choice([(5, 5), (5, 0), (30, 3), (4, 0), (5, 6), (10, 11)])
    planted = foreign >= 5 and foreign >= own
    taken = on.people(foreign)
    origin = on.entity_of(_origin(on, taken, [kind, C.PERSON], not_of=here).unit)
    unregistered = chance.random() < 0.6
    if not unregistered:  # registered here, but not that category
        home = on.register(source, folder, [C.PERSON]).home
    for number in range(chance.randrange(1, 4)):
        people = [*taken, *on.people(own)]
        name = on.below(folder, number)
        made = on.put(source, name, [kind, C.PERSON], people, covered=not unregistered)
        made.belongs_to = origin if planted else None
    if not unregistered and not planted:
        on.expect("category_drift", source.unit, home)


def wrong_by_birth(on: Drawing) -> None:
    """A name with the birthday in its row tells whose data they are; another birthday does not."""
    source, chance = on.share(), on.chance
    here, folder = on.entity_of(source.unit), on.folder(source)
    taken, same = on.people(8), chance.random() < 0.5
    origin = on.entity_of(_origin(on, taken, [C.PERSON, C.DOB], not_of=here).unit)
    made = on.put(source, on.below(folder, 0), [C.PERSON, C.DOB], taken, covered=False)
    if same:
        made.belongs_to = origin
    else:
        made.values = {C.PERSON: taken, C.DOB: on.people(8)}


def in_everyones_data(on: Drawing) -> None:
    """Values that four entities hold belong to nobody; those registered here are not foreign."""
    source, chance = on.share(), on.chance
    here, folder = on.entity_of(source.unit), on.folder(source)
    people = on.people(12)
    if chance.random() < 0.5:
        on.register(source, folder, [C.PATIENT_ID])
        on.put(source, on.below(folder, 0), [C.PATIENT_ID], people[:10], covered=True)
        _origin(on, people, [C.PATIENT_ID], not_of=here)
        other = on.folder(source)
        on.put(source, on.below(other, 1), [C.PATIENT_ID], people[:10], covered=False)
        return
    entities = {on.entity_of(each.unit) for each in on.group.sources if not each.is_database}
    for entity in sorted(entities - {here})[:3]:
        each = on.share(entity=entity)
        place = on.folder(each)
        on.register(each, place, [C.EMAIL])
        on.put(each, on.below(place, 0), [C.EMAIL], people, covered=True)
    made = on.put(source, on.below(folder, 1), [C.EMAIL], people, covered=False)
    if len(entities) < 4:
        made.values = {C.EMAIL: on.people(12)}


def copied(on: Drawing) -> None:
    """The same list in two entities without a basis: twenty values and four fifths of them the same."""
    chance = on.chance
    one = on.share()
    entity = on.entity_of(one.unit)
    other = on.share(not_of=entity)
    pair = (entity, on.entity_of(other.unit))
    first, second = one, other
    order = [each.code for each in on.group.units]
    if order.index(pair[0]) > order.index(pair[1]):
        first, second = other, one
    same, apart = chance.choice(
        [(20, 0), (20, 5), (40, 10), (300, 0), (19, 0), (22, 6), (300, 250), (10, 40)]
    )
    planted = same >= 20 and same >= 0.8 * (same + apart)
    kinds = [chance.choice((C.PERSON, C.EMAIL, C.PATIENT_ID))]
    shared = on.people(same)
    bare = (
        kinds == [C.PERSON] and chance.random() < 0.3
    )  # nobody registered the copy: names alone tell nothing
    home, away = on.folder(first), on.folder(second)
    on.register(first, home, kinds)
    if not bare:
        on.register(second, away, kinds)
    name = on.below(home, 0)
    on.put(first, name, kinds, [*shared, *on.people(apart // 2)], covered=True)
    people = [*shared, *on.people(apart - apart // 2)]
    chance.shuffle(people)
    on.put(second, on.below(away, 0), kinds, people, covered=not bare)
    joined = pair in on.group.bases or pair[::-1] in on.group.bases
    if planted and not joined:
        on.expect("copied", first.unit, name)


def tables(on: Drawing) -> None:
    """Each table is registered by its name or its schema, and told of alone."""
    chance = on.chance
    databases = [each for each in on.group.sources if each.is_database]
    if not databases:
        return
    source = chance.choice(databases)
    schema = f"人事{len(on.group.entries)}"
    match chance.randrange(3):
        case 0:
            on.register(source, schema, [C.PERSON, C.DOB])
            covered = {"staff", "staff_old"}
        case 1:
            on.register(source, f"{schema}.staff", [C.PERSON, C.DOB])
            covered = {"staff"}
        case _:
            covered = set()
    for name in ("staff", "staff_old"):
        on.put(source, f"{schema}.{name}", [C.PERSON, C.DOB], on.people(6), covered=name in covered)


def processors(on: Drawing) -> None:
    """Let processors keep two sources more, of which contracts of the day cover a part."""
    chance = on.chance
    for _ in range(2):
        unit = on.share().unit
        source = on.source(unit, complete=True)
        plain = frozenset({C.PERSON, C.ADDRESS})
        ended = InventedContract(source.name, frozenset(GRAVE), TODAY - 400 * DAY, TODAY - DAY)
        to_come = InventedContract(source.name, frozenset({C.EMAIL}), TODAY + DAY, None)
        last_day = InventedContract(source.name, frozenset({C.PHONE}), TODAY - 400 * DAY, TODAY)
        begun = InventedContract(source.name, plain, TODAY, None)
        on.group.contracts += [ended, to_come, *chance.choice([[], [begun], [begun, last_day]])]
        for number in range(6):
            folder = on.folder(source)
            held = [C.PERSON, *chance.sample([C.PHONE, C.ADDRESS, C.POSTAL_CODE, C.EMAIL, C.MEDICAL], 2)]
            registered = chance.random() < 0.7
            if registered:
                on.register(source, folder, [*PLAIN, C.POSTAL_CODE, C.MEDICAL])
            on.put(source, on.below(folder, number), held, on.people(3), covered=registered)
            on.put(source, on.below(folder, 9), [C.PERSON], on.people(3), covered=registered)


SITUATIONS_BETWEEN: tuple[Callable[[Drawing], None], ...] = (
    wrong_unit,
    wrong_by_birth,
    in_everyones_data,
    copied,
    tables,
)
