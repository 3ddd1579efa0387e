"""Corrections of the catalogue by files of a workspace, each with the days from and until which it holds.

A correction that names no days holds for as long as its item does. One that names some makes a version of
the item for these days, and what the item said before stays as it was: a record of last year is read with
the requirement of last year. Two corrections that tell the same of an item for the same days are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from privacy_mark.requirements.loading import CORRECTED, among, bound, changed_item, day, new_item
from privacy_mark.requirements.model import Catalogue, Correction, MappingTable, Requirement, nearest
from registry.reference_file import Value, read
from registry.risk_levels import words_of

_DAY = timedelta(days=1)
_DAYS = frozenset({"from", "until"})
_Items = dict[str, tuple[Requirement, ...]]
_SECTIONS = ("correct", "add", "begin", "end", "map")


def corrected(base: Catalogue, files: Sequence[tuple[str, str]]) -> Catalogue:
    """Return a catalogue with the corrections of files (text, name).

    `correct` changes fields of items by id, `add` adds items to a set or a version for days on which there
    is none, `begin` and `end` set an item's first and last day, `map` replaces rows of mapping tables.
    Raises `ReferenceFileError` naming file and line, also of days that contradict each other.
    """
    book = _Book(base, {name: base.versions(name) for name in base.requirements}, dict(base.mappings))
    for text, file in files:
        book.take(read(text, file), file)
    return replace(
        base,
        requirements={name: versions[-1] for name, versions in book.items.items()},
        history={name: versions for name, versions in book.items.items() if len(versions) > 1},
        mappings=book.mappings,
        corrections=(*base.corrections, *(file for _, file in files)),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What one correction told of an item."""

    fields: frozenset[str]
    first: date
    last: date
    bounded: frozenset[str]  # which of its days it names itself
    by: Correction


@dataclass(frozen=True, slots=True)
class _Edge:
    """The first or last day that a correction set."""

    on: date
    by: Correction


@dataclass(slots=True)
class _Book:
    """The items as corrected so far, with what was told of each."""

    base: Catalogue
    items: _Items
    mappings: dict[str, MappingTable]
    said: dict[str, list[_Said]] = field(default_factory=dict)
    begun: dict[str, _Edge] = field(default_factory=dict)
    ended: dict[str, _Edge] = field(default_factory=dict)

    def take(self, root: Value, file: str) -> None:
        """Apply the corrections of one file."""
        fields = root.fields(("version", "source", *_SECTIONS), ("version", "source"))
        fields["version"].integer()
        source = fields["source"].text(400)
        for value in fields["add"].items() if "add" in fields else ():
            self._add(value, Correction(file, value.line, source))
        for name, value in _pairs(fields, "correct"):
            self._known(name, value)
            for each in value.items() if value.is_list else (value,):
                self._correct(name, each, Correction(file, each.line, source))
        for name, value in _pairs(fields, "begin"):
            self._known(name, value)
            self._begin(name, value, Correction(file, value.line, source))
        for name, value in _pairs(fields, "end"):
            self._known(name, value)
            self._end(name, value, Correction(file, value.line, source))
        for name, value in _pairs(fields, "map"):
            if name not in self.mappings:
                raise value.error(
                    f"there is no mapping table {name!r}; known are {', '.join(sorted(self.mappings))}"
                )
            self.mappings[name] = self._remapped(self.mappings[name], value, file, source)

    def _known(self, name: str, value: Value) -> None:
        if name not in self.items:
            raise value.error(f"there is no {name!r}; add it under `add`")

    def _of_set(self, set_id: str) -> list[str]:
        return [name for name, versions in self.items.items() if versions[-1].set_id == set_id]

    def _add(self, value: Value, by: Correction) -> None:
        given = value.pairs()
        if "set" not in given:
            raise value.error("the field 'set' is missing")
        of = self.base.sets[among(given["set"], self.base.sets)]
        of = replace(of, sources={**of.sources, "own": by.file})
        item = new_item(value, of, {}, self._of_set(of.id), also="set")
        item = replace(item, corrected_by=(by,))
        before = self.items.get(item.id, ())
        for each in before:
            if each.set_id != item.set_id:
                raise value.error(f"the id {item.id!r} is taken in {each.set_id}")
            if each.first <= item.last and item.first <= each.last:
                raise value.error(
                    f"the id {item.id!r} is taken {_period(each.first, each.last)}; "
                    "correct it under `correct`, or let days of `add` lie outside"
                )
        bounded = frozenset(given.keys() & _DAYS)
        self._check(item.id, _Said(frozenset(), item.first, item.last, bounded, by), value)
        if before:
            self.items[item.id] = tuple(sorted((*before, item), key=lambda each: each.first))
        else:
            self.items = _placed(self.items, item)
        self._no_circle(item.id, value)

    def _correct(self, name: str, value: Value, by: Correction) -> None:
        given = value.fields(CORRECTED, ())
        before = self.items[name]
        first = bound(given["from"], date.min) if "from" in given else before[0].first
        last = bound(given["until"], date.max) if "until" in given else before[-1].last
        if last < first:
            raise value.error(f"`until` lies before `from`: {_period(first, last)}")
        told = frozenset(given) - _DAYS
        if not told and first >= before[0].first and last <= before[-1].last:
            raise value.error(
                "changes nothing: tell a field, or set the first or last day under `begin` or `end`"
            )
        widens = first < before[0].first or last > before[-1].last
        if not widens and not any(each.first <= last and first <= each.last for each in before):
            raise value.error(
                f"changes nothing: {name} says nothing {_period(first, last)}; tell what it says under `add`"
            )
        self._check(name, _Said(told, first, last, frozenset(given.keys() & _DAYS), by), value)
        own = [each for each in self._of_set(before[-1].set_id) if each != name]

        def change(was: Requirement) -> Requirement:
            return replace(changed_item(value, was, own), corrected_by=(*was.corrected_by, by))

        self.items[name] = tuple(_joined(_laid(before, first, last, change)))
        self._no_circle(name, value)

    def _check(self, name: str, told: _Said, value: Value) -> None:
        """Refuse what another correction told already for some of the same days, or lies outside its days."""
        for other in self.said.get(name, ()):
            shared = sorted(other.fields & told.fields)
            if shared and other.first <= told.last and told.first <= other.last:
                days = _period(max(other.first, told.first), min(other.last, told.last))
                raise value.error(f"{', '.join(shared)}: told already {days} in {_place(other.by)}")
        begun, ended = self.begun.get(name), self.ended.get(name)
        if begun and told.first < begun.on:
            raise value.error(f"lies before {begun.on}, the first day in {_place(begun.by)}")
        if ended and told.last > ended.on:
            raise value.error(f"lies after {ended.on}, the last day in {_place(ended.by)}")
        self.said.setdefault(name, []).append(told)

    def _begin(self, name: str, value: Value, by: Correction) -> None:
        on, versions = day(value), self.items[name]
        if name in self.begun:
            raise value.error(f"the first day is told already in {_place(self.begun[name].by)}")
        if on <= versions[0].first:
            raise value.error(f"begins on {versions[0].first} already; widen it under `correct`")
        for other in self.said.get(name, ()):
            if other.last < on or ("from" in other.bounded and other.first < on):
                raise value.error(f"{_place(other.by)} tells something before {on}")
        if on > versions[-1].last:
            raise value.error(f"ended on {versions[-1].last}")
        left = [each for each in versions if each.last >= on]
        self.items[name] = (_marked(replace(left[0], valid_from=on), by), *left[1:])
        self.begun[name] = _Edge(on, by)

    def _end(self, name: str, value: Value, by: Correction) -> None:
        on, versions = day(value), self.items[name]
        if name in self.ended:
            raise value.error(f"the last day is told already in {_place(self.ended[name].by)}")
        if on >= versions[-1].last:
            raise value.error(f"ended on {versions[-1].last} already; lengthen it under `correct`")
        for other in self.said.get(name, ()):
            if other.first > on or ("until" in other.bounded and other.last > on):
                raise value.error(f"{_place(other.by)} tells something after {on}")
        if on < versions[0].first:
            raise value.error(f"begins only on {versions[0].first}")
        left = [each for each in versions if each.first <= on]
        self.items[name] = (*left[:-1], _marked(replace(left[-1], valid_until=on), by))
        self.ended[name] = _Edge(on, by)

    def _no_circle(self, name: str, value: Value) -> None:
        several = [versions for versions in self.items.values() if len(versions) > 1]
        days = {each.first for versions in (*several, self.items[name]) for each in versions}
        for each in days:
            seen, above = {name}, nearest(self.items[name], each).parent
            while above:
                if above in seen:
                    raise value.error("an item may not stand below itself")
                seen.add(above)
                above = nearest(self.items[above], each).parent

    def _remapped(self, table: MappingTable, value: Value, file: str, source: str) -> MappingTable:
        rows, gaps, by = dict(table.rows), dict(table.gaps), dict(table.corrected_by)
        own, other = frozenset(self._of_set(table.of_set)), frozenset(self._of_set(table.to_set))
        for name, found in value.pairs().items():
            if name not in own:
                raise found.error(f"there is no {name!r} in {table.of_set}")
            if name in by:
                raise found.error(f"told already in {_place(by[name])}")
            by[name] = Correction(file, found.line, source)
            if not found.is_list:
                rows.pop(name, None)
                gaps[name] = words_of(found, most=400)
                continue
            rows[name] = tuple(among(each, other) for each in found.items())
            if not rows[name]:
                raise found.error("is empty: state it as a gap, {ja: why, en: why}")
            gaps.pop(name, None)
        reached = {each for others in rows.values() for each in others}
        left = {name: why for name, why in table.to_gaps.items() if name not in reached}
        return replace(table, rows=rows, gaps=gaps, to_gaps=left, corrected_by=by)


def _pairs(fields: Mapping[str, Value], section: str) -> list[tuple[str, Value]]:
    return list(fields[section].pairs().items()) if section in fields else []


def _laid(
    versions: Sequence[Requirement], first: date, last: date, change: Callable[[Requirement], Requirement]
) -> Iterator[Requirement]:
    """Yield the versions with some days changed; days before the first and after the last are like these."""
    for each in versions:
        if each.first < first:
            yield _cut(each, each.first, min(each.last, first - _DAY))
    if first < versions[0].first:
        yield change(_cut(versions[0], first, min(last, versions[0].first - _DAY)))
    for each in versions:
        if each.first <= last and first <= each.last:
            yield change(_cut(each, max(each.first, first), min(each.last, last)))
    if versions[-1].last < last:
        yield change(_cut(versions[-1], max(first, versions[-1].last + _DAY), last))
    for each in versions:
        if each.last > last:
            yield _cut(each, max(each.first, last + _DAY), each.last)


def _cut(of: Requirement, first: date, last: date) -> Requirement:
    return replace(
        of,
        valid_from=None if first == date.min else first,
        valid_until=None if last == date.max else last,
    )


def _joined(versions: Iterator[Requirement]) -> Iterator[Requirement]:
    """Yield versions that follow each other and say the same as one."""
    before: Requirement | None = None
    for each in versions:
        if before is not None and _follows(before, each):
            before = _cut(before, before.first, each.last)
            continue
        if before is not None:
            yield before
        before = each
    if before is not None:
        yield before


def _follows(before: Requirement, each: Requirement) -> bool:
    """Tell whether a version says the same as the one that ends on the day before it."""
    same = _cut(before, date.min, date.max) == _cut(each, date.min, date.max)
    return same and before.last < date.max and before.last + _DAY == each.first


def _marked(of: Requirement, by: Correction) -> Requirement:
    return replace(of, corrected_by=(*of.corrected_by, by))


def _period(first: date, last: date) -> str:
    parts = (
        "" if first == date.min else f"from {first}",
        "" if last == date.max else f"until {last}",
    )
    return " ".join(part for part in parts if part) or "for all days"


def _place(by: Correction) -> str:
    return f"{by.file}:{by.line}"


def _placed(items: _Items, item: Requirement) -> _Items:
    """Return the items with a new one after the last of its parent, else of its set."""
    near = [name for name, of in items.items() if item.parent and item.parent in (name, of[-1].parent)]
    after = (near or [name for name, of in items.items() if of[-1].set_id == item.set_id])[-1]
    found: _Items = {}
    for name, versions in items.items():
        found[name] = versions
        if name == after:
            found[item.id] = (item,)
    return found
