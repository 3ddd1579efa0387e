"""What may be the matter with a folder of one entity: planted differences and near-misses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from scanners.model import Category, Exposure
from tests.reality.invented.drawing import GRAVE, PLAIN, Drawing
from tests.reality.invented.model import TODAY

C = Category
DAY = timedelta(days=1)


def quiet(on: Drawing) -> None:
    """Registered data, an entry above or below the source's unit, and what goes without saying."""
    source, chance = on.share(), on.chance
    folder = on.folder(source)
    held = chance.sample([*PLAIN, *GRAVE], 3)
    implied = {C.ADDRESS: C.POSTAL_CODE, C.MEDICAL: C.MEDICAL_CONTEXT}
    found = [*held, *(implied[each] for each in held if each in implied)]
    count = chance.choice((None, 40))
    on.register(source, folder, held, count=count)
    for number in range(chance.randrange(1, 6)):
        on.put(source, on.below(folder, number), found, on.people(chance.randrange(1, 12)), covered=True)


def unregistered(on: Drawing) -> None:
    """Nobody has registered a folder: its data are told of, a handful of plain values of nobody is not."""
    source, chance = on.share(), on.chance
    folder = on.folder(source)
    for number in range(chance.randrange(1, 6)):
        made = on.put(source, on.below(folder, number), chance.sample(PLAIN, 2), on.people(3), covered=False)
        match chance.randrange(5):
            case 0:  # nine persons at most, and perhaps none
                made.low, made.high, made.minor = 0, 9, True
            case 1:
                made.low, made.high = 0, 10
            case 2:
                made.low, made.high = 0, 2
                made.values = {**made.values, chance.choice(GRAVE): on.people(3)}
            case 3:
                made.low, made.high = 1, 1


def half_registered(on: Drawing) -> None:
    """A registered subfolder stands beside others that nobody registered, some of which begin alike."""
    source, chance = on.share(), on.chance
    folder = on.folder(source)
    inner = f"{folder}/採用"
    on.register(source, inner, PLAIN)
    loose = [(folder, False)] * chance.randrange(3)
    beside = [(f"{inner}者", False), (f"{inner}者", False), (f"{folder}/深/い", False), *loose]
    for number, (place, covered) in enumerate([(inner, True), *beside]):
        on.put(source, f"{place}/{number}.csv", [C.PERSON, C.PHONE], on.people(4), covered=covered)
    if chance.random() < 0.5:  # a container that is registered by its own name
        on.register(source, f"{folder}/箱.zip", PLAIN)
        on.put(source, f"{folder}/箱.zip!中.csv", [C.PERSON], on.people(2), covered=True)
        on.put(source, f"{folder}/箱.zip2!中.csv", [C.PERSON], on.people(2), covered=False)


def in_others_name(on: Drawing) -> None:
    """An entry of a sibling department or of another entity speaks of nothing here, and is not accused."""
    source = on.share()
    folder = on.folder(source)
    on.register(source, folder, PLAIN, unit=on.chance.choice(on.off_line(source.unit)))
    for number in range(2):
        on.put(source, on.below(folder, number), [C.PERSON, C.EMAIL], on.people(4), covered=False)


def one_file(on: Drawing) -> None:
    """An entry names one file; another file of the folder is nobody's."""
    source = on.share()
    folder = on.folder(source)
    on.register(source, f"{folder}/名簿.csv", [C.PERSON])
    on.put(source, f"{folder}/名簿.csv", [C.PERSON], on.people(9), covered=True)
    on.put(source, f"{folder}/名簿.csv2", [C.PERSON], on.people(9), covered=False)


def not_found(on: Drawing) -> None:
    """Nothing lies where an entry says: told of when all its places were scanned completely."""
    chance = on.chance
    source = on.share(complete=chance.random() < 0.7)
    folder = on.folder(source)
    unscanned = [each for each in on.group.sources if not each.complete]
    elsewhere: list[tuple[str | None, str]] = []
    told = source.complete
    match chance.randrange(4):
        case 0:
            elsewhere = [(None, "紙の綴り")]
        case 1 if unscanned:
            elsewhere, told = [(chance.choice(unscanned).name, folder)], False
    entry = on.register(source, folder, PLAIN, places=elsewhere)
    if chance.random() < 0.5:  # something, but nothing personal
        on.put(source, f"{folder}/空.txt", [], [], covered=True)
    if chance.random() < 0.5:  # it merely begins alike
        on.put(source, f"{folder}部/名簿.csv", [C.PERSON, C.PHONE], on.people(3), covered=False)
    elif chance.random() < 0.3:  # what a narrower entry speaks of is found for the wider one as well
        on.register(source, f"{folder}/内", PLAIN)
        on.put(source, f"{folder}/内/名簿.csv", [C.PERSON], on.people(3), covered=True)
        told = False
    if told:
        on.expect("not_found", entry.unit, entry.home)


def category_drift(on: Drawing) -> None:
    """A category that no entry lists: a grave one anywhere, a plain one in a fifth of the objects."""
    source, chance = on.share(), on.chance
    folder = on.folder(source)
    grave, planted = chance.random() < 0.5, chance.random() < 0.6
    extra = chance.choice(GRAVE) if grave else C.EMAIL
    objects, holding = (chance.randrange(2, 12), 1) if grave else chance.choice([(5, 1), (10, 2), (3, 1)])
    if not planted:
        objects, holding = (6, 0) if grave else chance.choice([(6, 1), (11, 2), (16, 3)])
    elif chance.random() < 0.25:  # a wider entry lists it: then nothing drifts
        on.register(source, folder, [extra])
        folder, planted = f"{folder}/内 100%", False
    shared = chance.random() < 0.3  # two entries of one place, which together list what each of them lacks
    home = f"H{len(on.group.entries)}"
    on.register(source, folder, [C.PERSON, C.PHONE], home=home)
    if shared:
        on.register(source, folder, [C.ADDRESS, C.PERSON], home=home)
    for number in range(objects):
        held = [C.PERSON, C.PHONE, *([C.ADDRESS] if shared else [])]
        held += [extra] if number < holding else []
        on.put(source, on.below(folder, number), held, on.people(3), covered=True)
    if planted:
        on.expect("category_drift", source.unit, home)


def nested(on: Drawing) -> None:
    """A narrower entry is home to what lies in it; what the wider one lists counts for it too."""
    source, chance = on.share(), on.chance
    folder = on.folder(source)
    wide = on.register(source, folder, [C.PERSON, C.PASSPORT], count=4)
    narrow = on.register(source, f"{folder}/採用", [C.PERSON, C.EMAIL], count=200)
    on.put(source, f"{folder}/採用/a/1.csv", [C.PERSON, C.EMAIL, C.PASSPORT], on.people(150), covered=True)
    drifts = chance.random() < 0.5
    held = [C.PERSON, C.EMAIL] if drifts else [C.PERSON]  # the narrower entry does not speak of this one
    on.put(source, f"{folder}/採用者.csv", held, on.people(16), covered=True)
    if drifts:
        on.expect("category_drift", source.unit, wide.home)
    if chance.random() < 0.5:
        on.put(source, f"{folder}/採用/b.csv", [C.PERSON, C.MY_NUMBER], on.people(3), covered=True)
        on.expect("category_drift", source.unit, narrow.home)


def count_drift(on: Drawing) -> None:
    """Surely more persons than one and a half times the registered ones and ten more."""
    source, chance = on.share(), on.chance
    folder = on.folder(source)
    planted, numbered, shared = (chance.random() < 0.5 for _ in range(3))
    counts = [chance.randrange(0, 40) * 2 for _ in range(2 if shared else 1)]
    home = f"H{len(on.group.entries)}"
    entries = [
        on.register(source, folder, [C.PERSON, C.MY_NUMBER], home=home, count=count) for count in counts
    ]
    persons = sum(counts) * 3 // 2 + 10 + planted
    if not planted and chance.random() < 0.3:  # one that says no number: nothing can be said
        on.register(source, folder, [C.PERSON, C.MY_NUMBER], home=home, count=None)
        persons *= 3
    people = on.people(persons)
    if numbered:  # spread over several lists that overlap: each person counts once
        cut = max(1, persons // 2)
        for number, part in enumerate((people[:cut], people[cut // 2 :], people[:1])):
            on.put(source, on.below(folder, number), [C.MY_NUMBER, C.PERSON], part, covered=True, low=1)
    else:  # names alone may be the same persons: the largest list counts
        on.put(source, on.below(folder, 0), [C.PERSON], people, covered=True)
        on.put(source, on.below(folder, 1), [C.PERSON], on.people(min(9, persons)), covered=True)
    if planted:
        on.expect("count_drift", source.unit, entries[0].home)


def over_retained(on: Drawing) -> None:
    """Data past their end, and data on their last day, held back, or without a day from which to count."""
    source, chance = on.share(), on.chance
    folder = on.folder(source)
    columns: dict[str, object]
    modified: date | None = TODAY - 30 * DAY
    match chance.randrange(8):
        case 0:
            late = chance.random() < 0.5
            columns, modified = {"months": 36}, date(2023, 4, 1) - late * DAY
        case 1:  # the last day of a shorter month
            late = chance.random() < 0.5
            columns, modified = {"months": 1}, date(2026, 1, 31) if late else date(2026, 3, 1)
        case 2:
            late = chance.random() < 0.5
            columns = {"until": TODAY - late * DAY}
        case 3:
            late = chance.random() < 0.5
            columns = {"end_of_use": "2026年3月31日" if late else "2026-04-01"}
        case 4:  # the use ended, and the date says how long they stay after it
            late, columns = False, {"end_of_use": "2020/3/31", "until": TODAY + DAY}
        case 5:
            late, columns, modified = False, {"months": 1, "hold": True}, date(2015, 1, 1)
        case 6:  # of that event an object does not tell the day
            late, columns, modified = False, {"months": 1, "event": "employment_end"}, date(2015, 1, 1)
        case _:
            late = chance.random() < 0.5
            day = date(2026, 2, 28) if late else date(2026, 3, 1)
            columns = {"months": 1, "event": "contract_end", "event_on": day}
    home = f"H{len(on.group.entries)}"
    entry = on.register(source, folder, [C.PERSON, C.PHONE], home=home, **columns)
    if late and chance.random() < 0.2:  # another entry of the place lets them be kept: the longest counts
        on.register(source, folder, [C.PERSON, C.PHONE], home=home, unit=entry.unit)
        late = False
    on.put(source, on.below(folder, 0), [C.PERSON, C.PHONE], on.people(4), covered=True, modified=modified)
    if columns.keys() == {"months"}:  # a younger one is kept; of one without a day nothing is known
        on.put(source, on.below(folder, 1), [C.PERSON], on.people(2), covered=True, modified=TODAY)
        on.put(source, on.below(folder, 2), [C.PERSON], on.people(2), covered=True, modified=None)
    if late:
        on.expect("over_retained", source.unit, entry.home)


_WIDTH = (Exposure.OWNER, Exposure.GROUP, Exposure.ALL_STAFF, Exposure.EVERYONE)


def over_exposed(on: Drawing) -> None:
    """More people may read it than the widest entry of the place says; in doubt nothing is said."""
    source, chance = on.share(), on.chance
    folder = on.folder(source)
    home = f"H{len(on.group.entries)}"
    allowed = chance.choices([*_WIDTH, Exposure.UNKNOWN], (5, 5, 1, 2, 1), k=chance.choice((1, 1, 2)))
    for each in allowed:
        on.register(source, folder, [C.PERSON], home=home, exposure=each)
    found = [chance.choice([*_WIDTH, Exposure.UNKNOWN]) for _ in range(chance.randrange(1, 4))]
    for number, exposure in enumerate(found):
        on.put(source, on.below(folder, number), [C.PERSON], on.people(2), covered=True, exposure=exposure)
    wide = [_WIDTH.index(each) for each in found if each in _WIDTH]
    if Exposure.UNKNOWN not in allowed and wide and max(wide) > max(map(_WIDTH.index, allowed)):
        on.expect("over_exposed", source.unit, home)


PLAIN_SITUATIONS: tuple[Callable[[Drawing], None], ...] = (
    quiet,
    unregistered,
    half_registered,
    in_others_name,
    one_file,
    not_found,
    category_drift,
    nested,
    count_drift,
    over_retained,
    over_exposed,
)
