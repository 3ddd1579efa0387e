"""Where an object lies below its source, and whether a ledger entry speaks of that place.

An entry covers an object when all of this holds; anything unclear is no match, so that doubt shows
as "not in the ledger" and never hides data:

1. the object comes from a registered source, and one of the entry's places names the same source;
2. the place's prefix is empty, or equals the object's name, or the name goes on after it at a segment
   boundary: "/" in folders, "!" inside an archive, mail or database, "." between schema and table;
3. the entry's unit and the source's unit stand on one line of the organisation tree (the same unit, or
   one above the other) within the same legal entity: a sibling department covers nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from registry.model import LedgerEntry, SourceId, UnitId

CONTAINER = "!"


@dataclass(frozen=True, slots=True)
class Location:
    """Where one object lies, as far as the match rule asks."""

    source_id: SourceId | None  # None: scanned without a registered source
    name: str  # path below the source, decoded: "人事/採用/応募者.xlsx", "public.employee"
    is_table: bool
    line: frozenset[
        UnitId
    ]  # units above and below the source's unit, itself included, within its legal entity


def name_below(uri: str, address: str) -> str | None:
    """Return the decoded name of `uri` below the source's `address`; None when it is not below it.

    `uri` is as scans write it: a file URI, or a database without driver, user and options followed by
    "!table". `address` is as people register it: path, file URI or database URL. A source that is one
    file has the name of that file.
    """
    place, root = readable(uri), _place_of(address).rstrip("/")
    if place == root:
        return place.rsplit("/", 1)[-1]
    if not place.startswith(root):
        return None
    rest = place[len(root) :]
    return rest.lstrip("/" + CONTAINER) if rest[0] in ("/", CONTAINER) else None


def readable(uri: str) -> str:
    """Return a location as people write it: no percent-encoding, local files as plain paths."""
    if uri.startswith("file:"):
        return "/" + unquote(uri.removeprefix("file:")).lstrip("/")
    return unquote(uri) if "://" in uri else uri


def _place_of(address: str) -> str:
    """Return a registered address in the form that scans write: no driver, user, password or options."""
    scheme, separator, rest = address.partition("://")
    if not separator or scheme == "file":
        return readable(address)
    dialect = scheme.partition("+")[0]
    rest = rest.partition("?")[0]
    host, slash, path = rest.partition("/")
    if dialect == "sqlite":
        return unquote(f"sqlite://{rest}")
    host = host.rpartition("@")[2] or "localhost"
    return unquote(f"{'postgresql' if dialect == 'postgres' else dialect}://{host}{slash}{path}")


def segments(name: str) -> list[str]:
    """Return the parts of a name; a container is the folder of what it holds."""
    return name.replace(CONTAINER, "/").split("/")


def lies_below(name: str, prefix: str, *, is_table: bool) -> bool:
    """Return whether `name` is the place `prefix` or lies below it, at a segment boundary."""
    prefix = prefix.strip("/")
    if not prefix or name == prefix:
        return True
    if not name.startswith(prefix):
        return False
    return name[len(prefix)] in ("/", CONTAINER) or (is_table and name[len(prefix)] == ".")


def matched_prefix(entry: LedgerEntry, location: Location) -> str | None:
    """Return the longest prefix of the entry's places that covers the location, None when none does."""
    if location.source_id is None or entry.unit_id not in location.line:
        return None
    prefixes = [
        place.prefix.strip("/")
        for place in entry.places
        if place.source_id == location.source_id
        and lies_below(location.name, place.prefix, is_table=location.is_table)
    ]
    return max(prefixes, key=len, default=None)


@dataclass(frozen=True, slots=True)
class Cover:
    """Which entries speak of an object: `home` are those with the longest prefix, `all` every one."""

    home: tuple[LedgerEntry, ...] = ()
    all: tuple[LedgerEntry, ...] = ()


def cover(entries: Sequence[LedgerEntry], location: Location) -> Cover:
    """Return the entries that cover a location; several share it as `home` when their prefixes are alike."""
    found = [(prefix, entry) for entry in entries if (prefix := matched_prefix(entry, location)) is not None]
    if not found:
        return Cover()
    longest = max(len(prefix) for prefix, _ in found)
    home = sorted((entry for prefix, entry in found if len(prefix) == longest), key=lambda entry: entry.id)
    return Cover(home=tuple(home), all=tuple(entry for _, entry in found))


def folder_groups(names: Sequence[str], covered: frozenset[str]) -> dict[str, list[int]]:
    """Group uncovered names by the highest folder in which nothing is covered.

    `names` are the uncovered names, `covered` every folder that holds something registered. Returns
    folder -> indices into `names`. A folder with registered neighbours is not named as a whole: its
    unregistered subfolders are named, and its loose files together as the folder itself. The root of
    a source is never a group for what lies in its folders.
    """
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        parts = segments(name)
        folders = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        group = next((folder for folder in folders if folder not in covered), None)
        if group is None:
            group = folders[-1] if folders else ""
        groups.setdefault(group, []).append(index)
    return groups


def folders_of(name: str) -> set[str]:
    """Return every folder above a name, the root left out."""
    parts = segments(name)
    return {"/".join(parts[:depth]) for depth in range(1, len(parts))}
