"""Questions about who stands in the findings, answered by DuckDB over fingerprints, never over values.

All of these are lower bounds or shares. Only values that belong to one person count; a value that stands
in the data of many legal entities (a switchboard's number, a common mailbox) says nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from registry.facts import ObjectFacts, Overlap
from registry.model import ObjectId, UnitId
from registry.reconcile import Homes
from scanners.model import Category

if TYPE_CHECKING:
    import duckdb

IDENTIFYING = (
    Category.PATIENT_ID,
    Category.MY_NUMBER,
    Category.HEALTH_INSURANCE,
    Category.EMAIL,
    Category.PHONE,
)
"""Values that tell whose data an object holds; besides them, a name and the one date of birth in its row."""

ONE_EACH = (
    Category.MY_NUMBER,
    Category.PATIENT_ID,
    Category.PENSION_NUMBER,
    Category.EMPLOYMENT_INSURANCE,
    Category.RESIDENT_CODE,
    Category.DRIVER_LICENSE,
    Category.PASSPORT,
    Category.RESIDENCE_CARD,
)
"""Numbers of which a person has one: as many different ones, at least as many persons."""

COMMON_TO = 3
"""A value in the data of more legal entities than this belongs to nobody in particular."""

OVERLAPS_AT_MOST = 100_000

# A cell's row: "名簿!C10" and "名簿!A10" are one line, as are "birth[12]" and "name[12]" of a database.

_OVERLAPS = r"""
WITH cells AS (
    SELECT object_id, category, fingerprint,
           regexp_replace(
               regexp_replace(location, '^.*\[([0-9]+)\]$', '\1'), '[A-Z]+([0-9]+)$', '#\1'
           ) AS line
    FROM findings
    WHERE category IN ('PERSON', 'DOB') AND regexp_matches(location, '[A-Z]+[0-9]+$|\[[0-9]+\]$')
),
born AS (
    SELECT object_id, line, any_value(fingerprint) AS fingerprint FROM cells
    WHERE category = 'DOB' GROUP BY object_id, line HAVING count(DISTINCT fingerprint) = 1
),
identifying AS (
    SELECT object_id, category, fingerprint FROM findings WHERE category IN (SELECT unnest(?))
    UNION ALL
    SELECT c.object_id, c.category, c.fingerprint || b.fingerprint
    FROM cells c JOIN born b ON b.object_id = c.object_id AND b.line = c.line
    WHERE c.category = 'PERSON'
),
seen AS (
    SELECT DISTINCT f.fingerprint, f.category, o.object_id, o.entity_id, r.object_id IS NOT NULL AS registered
    FROM identifying f
    JOIN judged o USING (object_id)
    LEFT JOIN registered r ON r.object_id = f.object_id AND r.category = f.category
),
rare AS (
    SELECT fingerprint FROM seen GROUP BY fingerprint HAVING count(DISTINCT entity_id) BETWEEN 2 AND ?
),
known AS (
    SELECT DISTINCT fingerprint, entity_id FROM seen SEMI JOIN rare USING (fingerprint) WHERE registered
),
total AS (SELECT object_id, count(DISTINCT fingerprint) AS total FROM seen GROUP BY object_id)
SELECT s.object_id, k.entity_id AS other, count(DISTINCT s.fingerprint) AS matched,
       any_value(t.total) AS total, list(DISTINCT s.category) AS categories
FROM seen s
JOIN known k ON k.fingerprint = s.fingerprint AND k.entity_id <> s.entity_id
JOIN total t ON t.object_id = s.object_id
WHERE NOT EXISTS (SELECT 1 FROM known h WHERE h.fingerprint = s.fingerprint AND h.entity_id = s.entity_id)
GROUP BY s.object_id, k.entity_id
ORDER BY matched DESC, s.object_id, other
LIMIT ?
"""

_PERSONS = """
SELECT member, max(persons) FROM (
    SELECT m.member, f.category, count(DISTINCT f.fingerprint) AS persons
    FROM findings f JOIN members m USING (object_id)
    WHERE f.category IN (SELECT unnest(?))
    GROUP BY m.member, f.category
) GROUP BY member
"""


def overlaps(
    connection: duckdb.DuckDBPyConnection,
    objects: Sequence[ObjectFacts],
    registered: Mapping[ObjectId, frozenset[Category]],
) -> list[Overlap]:
    """Return per object and other legal entity how many identifying values that entity has registered.

    `registered` gives per covered object the categories that its entries list. `connection` has the
    latest runs' findings registered as `findings`.
    """
    connection.register(
        "judged",
        pa.table(
            {
                "object_id": [f.id for f in objects],
                "entity_id": pa.array([f.entity_id for f in objects], pa.int64()),
            }
        ),
    )
    pairs = [(key, category.value) for key, listed in registered.items() for category in listed]
    connection.register("registered", _pairs(pairs, ("object_id", "category")))
    names = [category.value for category in IDENTIFYING]
    rows = connection.sql(_OVERLAPS, params=[names, COMMON_TO, OVERLAPS_AT_MOST]).fetchall()
    return [
        Overlap(ObjectId(key), UnitId(other), matched, total, frozenset(map(Category, categories)))
        for key, other, matched, total, categories in rows
    ]


def persons_per_place(
    connection: duckdb.DuckDBPyConnection, homes: Mapping[ObjectId, Homes]
) -> dict[Homes, int]:
    """Return the persons surely counted over all objects of a place's entries, where numbers tell."""
    numbers = {home: number for number, home in enumerate(dict.fromkeys(homes.values()))}
    found = _persons(connection, ((key, numbers[home]) for key, home in homes.items()))
    return {home: found[number] for home, number in numbers.items() if number in found}


def persons_per_unit(
    connection: duckdb.DuckDBPyConnection, members: Iterable[tuple[ObjectId, UnitId]]
) -> dict[UnitId, int]:
    """Return the persons surely counted over all objects of a unit; `members` pairs objects and units."""
    return {UnitId(unit): persons for unit, persons in _persons(connection, members).items()}


def _persons(
    connection: duckdb.DuckDBPyConnection, members: Iterable[tuple[ObjectId, int]]
) -> dict[int, int]:
    pairs = list(members)
    table = {
        "object_id": pa.array([key for key, _ in pairs], pa.string()),
        "member": pa.array([member for _, member in pairs], pa.int64()),
    }
    connection.register("members", pa.table(table))
    names = [category.value for category in ONE_EACH]
    return dict(connection.sql(_PERSONS, params=[names]).fetchall())


def _pairs(pairs: Sequence[tuple[str, str]], names: tuple[str, str]) -> pa.Table:
    columns = [pa.array([pair[index] for pair in pairs], pa.string()) for index in (0, 1)]
    return pa.table(columns, names=list(names))
