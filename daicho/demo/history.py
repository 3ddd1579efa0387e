"""A month before: the demo group without what came to its shares since, so that scores have a past."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from daicho.demo.model import DemoGroup
from registry.model import DiscrepancyKind
from scanners.sources.local import path_of

BEFORE = timedelta(days=31)
LATECOMERS = (DiscrepancyKind.UNREGISTERED, DiscrepancyKind.WRONG_UNIT)


def changed_sources(group: DemoGroup) -> tuple[str, ...]:
    """Return the names of all sources of the companies and hospitals that looked different a month ago."""
    units = {each.code: each for each in group.units}

    def entity(code: str) -> str:
        while not units[code].kind.is_entity and (above := units[code].parent_code) is not None:
            code = above
        return code

    late = {each.source_name for each in group.planted if each.kind in LATECOMERS}
    changed = {entity(each.unit_code) for each in group.sources if each.name in late}
    return tuple(each.name for each in group.sources if entity(each.unit_code) in changed)


@contextmanager
def a_month_before(group: DemoGroup) -> Iterator[None]:
    """Take what came lately off the shares, and put it back as it was."""
    folders = {each.name: path_of(each.url) for each in group.sources if each.url.startswith("file:")}
    late = [
        folders[each.source_name] / each.path.rstrip("/") for each in group.planted if each.kind in LATECOMERS
    ]
    aside = group.directory / "later"
    aside.mkdir(mode=0o700)
    moved: list[tuple[Path, Path]] = []
    try:
        for place in late:
            held = aside / str(len(moved))
            _move(place, held, beside=place.parent)
            moved.append((place, held))
        yield
    finally:
        for place, held in reversed(moved):
            _move(held, place, beside=place.parent)
        aside.rmdir()


def _move(old: Path, new: Path, *, beside: Path) -> None:
    """Move a file or folder; the folder it lies in keeps its time, so that the demo stays the same."""
    status = beside.stat()
    old.rename(new)
    os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns))
