"""The demo group from files to differences: what was planted is found, and little else."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from daicho.demo.model import DemoGroup, PlantedDifference
from daicho.demo.registration import make_workspace
from daicho.scanning import scan_targets, targets_for
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry import discrepancies, ledger, organisation, sources
from registry.model import Discrepancy, DiscrepancyKind, RiskLevel
from scanners.reports import report


def scanned(directory: Path) -> tuple[DemoGroup, Workspace]:
    """Make the demo, scan all of it and compare."""
    settings = replace(Settings.load(directory / "workspace"), registry_url="", master_key="")
    group, workspace = make_workspace(directory, settings, seed=20261123)
    owner = workspace.owner()
    scan_targets(
        targets_for(workspace, owner, (), ""),
        workspace=workspace,
        principal=owner,
        settings=settings,
        report=report("jsonl", io.StringIO(), findings=False),
    )
    return group, workspace


def places(workspace: Workspace) -> list[tuple[Discrepancy, str, frozenset[str]]]:
    """Return each difference with its unit's code and the places below a source that it speaks of."""
    with workspace.registry.read(workspace.owner()) as tx:
        codes = {unit.id: unit.code for unit in organisation.units(tx)}
        names = {source.id for source in sources.list_sources(tx)}
        prefixes = {
            entry.id: frozenset(place.prefix for place in entry.places if place.source_id in names)
            for entry in ledger.entries(tx)
        }
        return [
            (
                each,
                codes[each.unit_id],
                prefixes[each.entry_id] if each.entry_id else frozenset({each.subject}),
            )
            for each in discrepancies.open_discrepancies(tx)
        ]


def is_it(planted: PlantedDifference, kind: DiscrepancyKind, code: str, where: frozenset[str]) -> bool:
    """Return whether a difference is the planted one: a folder that was named stands for what lies in it."""
    if (planted.kind, planted.unit_code) != (kind, code):
        return False
    return any(planted.path.startswith(place) or place.startswith(planted.path) for place in where)


@pytest.mark.slow
def test_what_the_demo_planted_is_found(tmp_path):
    """Every planted difference is reported; whatever else is reported weighs little."""
    group, workspace = scanned(tmp_path)
    reported = places(workspace)
    workspace.close()
    missing = [
        planted.note
        for planted in group.planted
        if not any(is_it(planted, each.kind, code, where) for each, code, where in reported)
    ]
    assert missing == []
    more = [
        (each.kind, code, where, each.score)
        for each, code, where in reported
        if not any(is_it(planted, each.kind, code, where) for planted in group.planted)
    ]
    assert [each for each in more if each[-1] >= RiskLevel.MODERATE] == []
    assert len(more) <= len(group.planted)
