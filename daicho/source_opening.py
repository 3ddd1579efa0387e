"""Opens a target as its source was registered: credentials, patterns and limits; refuses what may not be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from daicho.credentials import credentials_of
from daicho.workspace import Workspace
from registry import scan_permission
from registry.model import Principal, SourceRow
from registry.source_terms import USUAL, ReadMode, SourceTerms
from scanners.pace import Pace
from scanners.selection import Selection
from scanners.sources import open_source
from scanners.sources.interface import Check, Checked, Source

if TYPE_CHECKING:
    from daicho.scanning import Target
    from scanners.engine import ScanOptions


def terms_of(target: Target) -> SourceTerms:
    """Return on which terms a target is scanned; one that is not registered has the usual ones."""
    return target.source.terms if target.source else USUAL


def require_permitted(
    workspace: Workspace | None, principal: Principal | None, target: Target, url: str
) -> None:
    """Raise `ScanRefusedError` for what may not be scanned, before anything of it is opened.

    Without a workspace nothing is kept, and nothing is registered that could refuse.
    """
    if workspace is None or principal is None or target.unit is None:
        return
    with workspace.registry.read(principal) as tx:
        scan_permission.require_scannable(tx, target.unit.id, url, source=target.source)


def opened(target: Target, own: Path | None) -> Source:
    """Return the source of a target; raises `SourceError`, and `UsageError` for its credential."""
    terms = terms_of(target)
    return open_source(
        target.location,
        left_out=own,
        credentials=credentials_of(terms.credential, own=own),
        selection=Selection(terms.include, terms.exclude),
    )


def limited(options: ScanOptions, terms: SourceTerms) -> ScanOptions:
    """Return the options of a scan with a source's own limits over those of the settings."""
    limits = options.limits
    if terms.object_mib is not None:
        limits = replace(limits, object_bytes=terms.object_mib << 20)
    pace = Pace(
        bytes_per_second=(terms.bandwidth_mb or 0) * 1e6,
        rows_per_second=terms.rows_per_second or 0,
        complete=terms.mode is ReadMode.COMPLETE,
    )
    return replace(options, limits=limits, jobs=terms.jobs or options.jobs, pace=pace)


def checks(source: SourceRow, own: Path | None) -> Iterator[Check] | None:
    """Yield the steps of a source's test as they are made; None for a kind of place that has no test.

    Raises as `opened`.
    """
    terms = source.terms
    found = open_source(
        source.url,
        left_out=own,
        credentials=credentials_of(terms.credential, own=own),
        selection=Selection(terms.include, terms.exclude),
    )
    return found.check() if isinstance(found, Checked) else None
