"""Who can read what was found 閲覧できる人: the source is asked once an entry, if something was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scanners.model import Entry, Exposure, ObjectResult
from scanners.sources.interface import Guarded, Readers, Source


def with_readers(source: Source, entry: Entry, results: Sequence[ObjectResult]) -> list[ObjectResult]:
    """Return the results of one entry and its members with who can read them, by its access list of today.

    An object in which nothing was found keeps what the listing told. A source that fails here knows nothing:
    unknown, never what the listing claimed, which may have been narrower.
    """
    if not isinstance(source, Guarded) or not any(result.categories for result in results):
        return list(results)
    try:
        told = source.readers(entry)
    except Exception:  # noqa: BLE001  who reads it is no reason to lose what was found
        told = Readers(Exposure.UNKNOWN)
    return [replace(result, exposure=told.exposure, readers=told.names) for result in results]
