"""How the latest scans looked at a place, and whether they can say that something is gone from it.

A place is a registered source, or all that was scanned in a unit without one. That nothing is found proves
something only when every latest scan of the place read all of it and began after what is to be proved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.runs import totals_of
from registry.store.tables import ScanRun

PlaceKey = str


def place_key(source_id: int | None, unit_id: int) -> PlaceKey:
    """Return what a place is called in the rows of cases."""
    return f"u{unit_id}" if source_id is None else f"s{source_id}"


@dataclass(frozen=True, slots=True)
class Look:
    """One latest scan of a place."""

    run_id: str
    started_at: datetime
    complete: bool


def looks_of(runs: Iterable[ScanRun]) -> dict[PlaceKey, list[Look]]:
    """Return the latest scans of every place."""
    found: dict[PlaceKey, list[Look]] = {}
    for run in runs:
        look = Look(run.id, run.started_at, totals_of(run).is_complete)
        found.setdefault(place_key(run.source_id, run.unit_id), []).append(look)
    return found


def are_new(
    looks: Mapping[PlaceKey, Sequence[Look]],
    places: Collection[PlaceKey],
    *,
    after: datetime | None,
    complete: bool,
    seen: Collection[str] = (),
) -> bool:
    """Return whether every place was scanned anew: after a moment, in none of the runs already `seen`.

    `complete` asks for scans that read all of it. A place that nothing is known of was not scanned.
    """
    return bool(places) and all(
        bool(looks.get(place))
        and all(
            look.run_id not in seen
            and (after is None or look.started_at > after)
            and (look.complete or not complete)
            for look in looks[place]
        )
        for place in places
    )
