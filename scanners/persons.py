"""How many different persons an object tells of: the law's triggers count persons, not values.

APPI Enforcement Rules Art. 7(4) asks for a report from 1,000 persons on, so a list must not count a
person once per value, and a person who stands in two rows must not count twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from scanners.identified import Identified, Script
from scanners.model import Category, PersonBounds

# One of these is one person wherever it stands.
_OWN_IDS: Final = frozenset(
    {
        Category.MY_NUMBER,
        Category.PATIENT_ID,
        Category.PENSION_NUMBER,
        Category.EMPLOYMENT_INSURANCE,
        Category.RESIDENT_CODE,
        Category.DRIVER_LICENSE,
        Category.PASSPORT,
        Category.RESIDENCE_CARD,
        Category.EMAIL,
    }
)
# Together with a name these tell namesakes apart.
_WITH_NAME: Final = frozenset(
    {
        Category.DOB,
        Category.PHONE,
        Category.ADDRESS,
        Category.HEALTH_INSURANCE,
        Category.BANK_ACCOUNT,
        Category.CREDIT_CARD,
    }
)
# Without a name these may be a person's or an office's: they raise the upper bound only.
# A staff number beside a name may be that of whoever served them, a customer may be a firm.
_MAYBE: Final = _WITH_NAME | _OWN_IDS | {Category.STAFF_ID, Category.CUSTOMER_ID}
_IN_TEXT: Final = (Category.MY_NUMBER, Category.PATIENT_ID, Category.PENSION_NUMBER, Category.DRIVER_LICENSE)
# In running text everybody has one of these: as many as there are may be persons, named or not.
_ONE_EACH: Final = frozenset(
    {
        *_IN_TEXT,
        Category.DOB,
        Category.PASSPORT,
        Category.RESIDENCE_CARD,
        Category.EMPLOYMENT_INSURANCE,
        Category.RESIDENT_CODE,
    }
)
# A named person has several of these, or they are an office's; only what is more than the names can have may
# be further persons. Landlines and addresses without a name are those of branches and shops.
_SEVERAL_EACH: Final = frozenset(
    {
        Category.PHONE,
        Category.EMAIL,
        Category.HEALTH_INSURANCE,
        Category.CREDIT_CARD,
        Category.STAFF_ID,
        Category.CUSTOMER_ID,
    }
)

_OWN: Final = b"id"
_KEYS_EXACT: Final = 200_000  # beyond this many linked keys the count is sampled: about 40 MB
_SAMPLE: Final = 1 << 15  # standard error about 0.6 %
_READING_REACH: Final = 12  # characters between a name and its reading, brackets and 「フリガナ」 included
_SEVERAL: Final = 3  # mobile numbers, mail addresses or cards of one person
_BESIDE: Final = 3  # characters between a romanised name and its kanji behind it
_IDS_HELD: Final = 1_000  # own numbers in running text that are looked up among those of the rows
_CALLED: Final = 6  # characters between a name in Latin letters and the kana by which somebody is called


class PersonCounter:
    """Counts the persons of one object while its findings pass by; memory is bounded.

    The lower bound counts only those who must be different persons, the upper one everybody who
    may be.
    """

    def __init__(self) -> None:
        self._rows = _Rows()
        self._text = _Passages()

    def add(self, group: Sequence[Identified], *, linked: bool, staff: bool = False) -> None:
        """Take the findings of one record or row (`linked`: one person) or of one text segment.

        Who treats and types is named in the records of others (`staff`), and raises the upper bound only.
        """
        if not group:
            return
        if staff and len(self._text.staff) < _KEYS_EXACT:
            self._text.staff.update(each.fingerprint for each in group if each.category is Category.PERSON)
        if linked:
            self._rows.add(group)
        else:
            self._text.add(group)

    def bounds(self) -> PersonBounds:
        """Return the bounds of what was added so far; low ≤ high."""
        row_low, row_high = self._rows.bounds()
        low, high = self._text.bounds(self._rows)
        low = max(row_low + low, 1 if self._text.staff else 0)  # where nobody else is told of, they are
        return PersonBounds(low, max(low, row_high + high))


def _beside(first: Identified, second: Identified, reach: int, *, reading: bool = False) -> bool:
    """Say whether two names stand together, the one in kanji being the first (`reading`) or the second."""
    kanji = first if reading else second
    return kanji.script is Script.KANJI and 0 <= second.position - first.end <= reach


class _Distinct:
    """Counts distinct keys in bounded memory by adaptive sampling (Wegman; Flajolet, Computing 43, 1990)."""

    __slots__ = ("_keys", "_shift")

    def __init__(self) -> None:
        self._keys: set[int] = set()
        self._shift = 0

    def add(self, key: bytes) -> None:
        """Take one key of uniformly distributed bytes."""
        number = int.from_bytes(key[:8], "big")
        if number & ((1 << self._shift) - 1):
            return
        self._keys.add(number)
        while len(self._keys) > _SAMPLE:
            self._shift += 1
            rest = (1 << self._shift) - 1
            self._keys = {each for each in self._keys if not each & rest}

    def count(self) -> int:
        """Return how many different keys were added; exact up to 32,768, then within about 2 %."""
        return len(self._keys) << self._shift


@dataclass(slots=True)
class _Rows:
    """Rows as persons: a union of the rows that share a key, exact at first and sampled beyond."""

    parent: dict[bytes, bytes] = field(default_factory=dict)
    groups: int = 0
    repeats: int = 0  # rows with a bare name that was seen before: perhaps a namesake
    bare: set[bytes] = field(default_factory=set)  # names that nothing has told apart so far
    names: set[bytes] = field(default_factory=set)
    surnames: set[bytes] = field(default_factory=set)  # what may be the bare surname of one of them
    insured: set[bytes] = field(default_factory=set)  # insurance numbers of those who are counted already
    further: _Distinct = field(default_factory=_Distinct)
    whole_names: _Distinct = field(default_factory=_Distinct)
    maybe: _Distinct = field(default_factory=_Distinct)

    def add(self, group: Sequence[Identified]) -> None:
        """Count one row.

        What somebody is known by has a length of its own: a number with its mark, a bare name, a name and
        what tells namesakes apart.
        """
        names: list[Identified] = []
        keys: list[bytes] = []
        telling: list[bytes] = []
        loose: list[bytes] = []
        for each in group:
            category = each.category
            if category is Category.PERSON:
                names.append(each)
            elif category in _OWN_IDS:
                keys.append(_OWN + each.fingerprint)
            elif category in _WITH_NAME:
                telling.append(each.fingerprint)
                loose.append(each.fingerprint)
            elif category in _MAYBE:
                loose.append(each.fingerprint)
        if names:
            writings = _writings(names)
            # of several names of one script nobody knows which is whose: together they are one
            name = writings[0] if writings else _digest(b"name", *(each.fingerprint for each in names))
            known = bool(writings) and name in self.names
            self._remember(names)
            self.whole_names.add(name)
            keys += [each + told for each in writings or [name] for told in telling]
            if not keys:
                self._bare_name(name, known=known)
                return
            self._claim(name)
        if keys:
            self._insure(group)
            self._union(keys)
        elif loose and not self.insured.issuperset(loose):
            self.maybe.add(_digest(*loose))

    def _insure(self, group: Sequence[Identified]) -> None:
        for each in group:
            if each.category is Category.HEALTH_INSURANCE and len(self.insured) < _KEYS_EXACT:
                self.insured.add(each.fingerprint)

    def _remember(self, names: list[Identified]) -> None:
        if len(self.names) < _KEYS_EXACT:
            self.names.update(each.fingerprint for each in names)
            for each in names:
                self.surnames.update(each.prefixes)

    def knows(self, fingerprint: bytes) -> bool:
        """Say whether a row has this number as its person's own."""
        return _OWN + fingerprint in self.parent

    def _bare_name(self, name: bytes, *, known: bool) -> None:
        if known or name in self.parent:
            self.repeats += 1
            return
        self._union([name])
        if name in self.parent:
            self.bare.add(name)

    def _claim(self, name: bytes) -> None:
        """Take a bare name seen before for the one who is told apart now: perhaps it is a namesake's."""
        if name in self.bare:
            self.bare.discard(name)
            self.groups -= 1
            self.repeats += 1

    def _union(self, keys: list[bytes]) -> None:
        roots = {self._root(key) for key in keys if key in self.parent}
        if not roots and len(self.parent) >= _KEYS_EXACT:
            self.further.add(_digest(keys[0]))
            return
        root = min(roots) if roots else keys[0]
        self.groups += 1 - len(roots)
        for other in roots:
            self.parent[other] = root
        if len(self.parent) < _KEYS_EXACT:
            for key in keys:
                self.parent.setdefault(key, root)

    def _root(self, key: bytes) -> bytes:
        while (above := self.parent[key]) != key:
            self.parent[key] = self.parent[above]
            key = above
        return key

    def bounds(self) -> tuple[int, int]:
        """Return (low, high) of the rows alone."""
        low = self.groups + self.further.count()
        return low, max(low, self.whole_names.count()) + self.repeats + self.maybe.count()


@dataclass(slots=True)
class _Passages:
    """Names in running text: distinct spellings, less readings and bare surnames."""

    names: set[bytes] = field(default_factory=set)
    readings: set[bytes] = field(default_factory=set)
    surnames: set[bytes] = field(default_factory=set)  # what may be a bare surname or given name
    parts: set[bytes] = field(default_factory=set)  # what hardly can be anything else
    heard: dict[bytes, bytes] = field(default_factory=dict)  # sound -> the first name that sounds so
    spoken: set[bytes] = field(default_factory=set)  # sounds of readings, and of parts of names
    staff: set[bytes] = field(default_factory=set)  # names of those who treat and type
    others: dict[Category, _Distinct] = field(default_factory=dict)
    ids: dict[Category, set[bytes]] = field(default_factory=dict)

    def add(self, group: Sequence[Identified]) -> None:
        """Count one segment of text."""
        for each in group:
            if each.category in _ONE_EACH or (each.category in _SEVERAL_EACH and each.alone):
                self.others.setdefault(each.category, _Distinct()).add(each.fingerprint)
                if each.category in _OWN_IDS:
                    held = self.ids.setdefault(each.category, set())
                    if len(held) < _IDS_HELD:
                        held.add(each.fingerprint)
        people = sorted(
            (each for each in group if each.category is Category.PERSON), key=lambda each: each.position
        )
        for place, name in enumerate(people):
            if len(self.names) < _KEYS_EXACT:
                before = people[place - 1] if place else None
                after = people[place + 1] if place + 1 < len(people) else None
                self._name(before, name, after)

    def _name(self, before: Identified | None, name: Identified, after: Identified | None) -> None:
        self.surnames.update(name.prefixes)
        self.parts.update(name.spelling.parts)
        self.spoken.update(name.spelling.sounds)
        if name.fingerprint not in self.names and _reads(before, name, after):
            self.readings.add(name.fingerprint)
            self.spoken.add(name.spelling.sound)
        elif name.fingerprint not in self.readings:
            self.names.add(name.fingerprint)
            sound = name.spelling.sound
            if sound and self.heard.setdefault(sound, name.fingerprint) != name.fingerprint:
                self.readings.add(name.fingerprint)  # written otherwise before

    def bounds(self, rows: _Rows) -> tuple[int, int]:
        """Return (low, high) of the text alone, without what rows have counted already."""
        known = rows.names
        again = {name for sound, name in self.heard.items() if sound in self.spoken}
        names = self.names - known - self.readings - again
        told = names - self.staff
        low = len(told - self.surnames - rows.surnames)
        if not low and told - rows.surnames:
            low = 1
        counts = {
            category: max(0, seen.count() - sum(rows.knows(each) for each in self.ids.get(category, ())))
            for category, seen in self.others.items()
        }
        # A number that belongs to one person proves that somebody is told of even without a name.
        if not known:
            low = max(low, *(counts.get(category, 0) for category in _IN_TEXT))
        people = names - self.parts
        named = max(len(self.names), len(known))
        possible = [
            count for category, count in counts.items() if category in _ONE_EACH or count > _SEVERAL * named
        ]
        return low, max(low, len(people), *possible)


def _reads(before: Identified | None, name: Identified, after: Identified | None) -> bool:
    """Say whether a name is another writing of the one beside it: a reading, romaji, a name one goes by."""
    if name.script is Script.LATIN or name.script is Script.KANA:
        if after is not None and _beside(name, after, _BESIDE):
            return True
        if before is not None and _beside(before, name, _READING_REACH, reading=True):
            return True
    if name.script is not Script.KANA:
        return False
    # 「フリガナ ヤマダ タロウ」 above its name: both have as many words
    if after is not None and 1 < name.spelling.words == after.spelling.words:
        return _beside(name, after, _READING_REACH)
    return before is not None and before.script is Script.LATIN and 0 <= name.position - before.end <= _CALLED


def _writings(names: Sequence[Identified]) -> list[bytes]:
    """Return the writings of one name, kanji first; none where two of one script are two names, or parts."""
    if len(names) == 1:
        return [names[0].fingerprint]
    scripts = {each.fingerprint: each.script for each in names}
    if len(set(scripts.values())) < len(scripts):
        return []
    return sorted(scripts, key=lambda each: scripts[each] is not Script.KANJI)


def _digest(*parts: bytes) -> bytes:
    return hashlib.blake2b(b"\0".join(parts), digest_size=16).digest()
