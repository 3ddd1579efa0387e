"""Pivot caches of a workbook: the fields and records of a source that may be long deleted.

A cache holds everything in attributes, most records as numbers of values that their field lists.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from lxml import etree

from scanners.extractors.flow import tree, unmarked
from scanners.extractors.interface import Extracted
from scanners.extractors.markup import local_name, release
from scanners.extractors.part_names import told
from scanners.extractors.parts import Parts, relations
from scanners.model import Gap, Reason, TableSegment, TextSegment

_VALUES = frozenset({"s", "n", "d", "e", "b"})
_ROWS = 2_000
_CHARACTERS = 64 << 20  # of records: a field's value of pages may be named by each of a million
_DEFINITION = "pivotcachedefinition+xml"


def pivot_caches(parts: Parts, types: dict[str, str]) -> Iterator[Extracted]:
    """Yield each cache: the values of its fields, then its records as a table."""
    for name in sorted(parts.left):
        folded = name.lower()
        if types.get(folded) != _DEFINITION and "/pivotcachedefinition" not in folded:
            continue
        if folded.endswith(".xml"):
            yield from _cache(parts, name)
            yield from parts.noted()


def _cache(parts: Parts, name: str) -> Iterator[Extracted]:
    number = "".join(filter(str.isdecimal, name.rpartition("/")[2]))
    where = f"pivot cache {number}".strip()
    data = parts.take(name)
    root, whole = tree(data) if data is not None else (None, True)
    names: list[str] = []
    values: list[list[str]] = []
    lines = [
        " ".join(filter(None, (each.get("sheet"), each.get("name"), each.get("ref"))))
        for each in (root.iter("{*}worksheetSource") if root is not None else ())
    ]
    for field in root.iter("{*}cacheField") if root is not None else ():
        names.append(field.get("name", ""))
        items = next(field.iterchildren("{*}sharedItems"), None)
        values.append([_value(item) for item in items] if items is not None else [])
        lines += [f"{names[-1]}: {value}" for value in values[-1] if value]
        lines += [
            f"{names[-1]}: {_value(item)}" for item in field.iterfind("{*}fieldGroup/{*}groupItems/{*}s")
        ]
    if said := list(dict.fromkeys(filter(None, (*lines, *(names if not lines else ()))))):
        yield TextSegment("\n".join(said), where)
    if not whole:
        yield Gap(Reason.DAMAGED, f"{told(name)}: not all of it")
    found = [each.target for each in relations(parts, name) if each.type == "pivotCacheRecords"]
    for target in found or [name.replace("Definition", "Records")]:
        if target != name and (records := parts.take(target)) is not None:
            yield from _records(unmarked(records), target, where, tuple(names), values)


def _value(item: etree._Element) -> str:
    return (item.get("v") or "").removesuffix("T00:00:00") if local_name(item) in _VALUES else ""


def _records(
    data: bytes, name: str, where: str, names: tuple[str, ...], values: list[list[str]]
) -> Iterator[Extracted]:
    """Yield records in the order of their fields."""
    rows: list[tuple[str, ...]] = []
    number, length = 1, 0
    events = etree.iterparse(
        io.BytesIO(data), tag="{*}r", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    broken = False
    try:
        for _, record in events:
            rows.append(_row(record, values))
            release(record)
            length += sum(map(len, rows[-1]))
            if length > _CHARACTERS:
                yield Gap(Reason.EXPANDS_TOO_FAR, f"{told(name)}: {number + len(rows) - 1} records read")
                break
            if len(rows) >= _ROWS:
                yield TableSegment(f"{where} records", names or None, number, tuple(rows))
                number, rows = number + len(rows), []
    except etree.XMLSyntaxError:
        broken = True
    if rows:
        yield TableSegment(f"{where} records", names or None, number, tuple(rows))
    if broken:
        yield Gap(Reason.DAMAGED, f"{told(name)}: not all of it")


def _row(record: etree._Element, values: list[list[str]]) -> tuple[str, ...]:
    row: list[str] = []
    for item, listed in zip(record, [*values, *([[]] * max(0, len(record) - len(values)))], strict=False):
        given = item.get("v") or ""
        if local_name(item) != "x":
            row.append(_value(item))
        else:
            at = int(given) if given.isdecimal() and len(given) < 9 else len(listed)
            row.append(listed[at] if at < len(listed) else "")
    row += [""] * (len(values) - len(row))
    return tuple(row)
