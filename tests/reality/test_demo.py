"""The demo group from files to differences: what was planted is found, and little else."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from daicho.demo.model import DemoGroup
from daicho.demo.registration import make_workspace
from daicho.scanning import scan_targets, targets_for
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry.model import RiskLevel
from scanners.reports import report
from tests.reality.demo_group import compared, feed


def made(directory: Path) -> tuple[DemoGroup, Workspace, Settings]:
    """Make the demo and register it."""
    settings = replace(Settings.load(directory / "workspace"), registry_url="", master_key="")
    group, workspace = make_workspace(directory, settings, seed=20261123)
    return group, workspace, settings


def scanned(directory: Path) -> tuple[DemoGroup, Workspace]:
    """Make the demo, scan all of it and compare."""
    group, workspace, settings = made(directory)
    owner = workspace.owner()
    scan_targets(
        targets_for(workspace, owner, (), ""),
        workspace=workspace,
        principal=owner,
        settings=settings,
        report=report("jsonl", io.StringIO(), findings=False),
    )
    return group, workspace


def test_what_the_demo_planted_is_told_and_nothing_else(tmp_path: Path) -> None:
    """Fed with what truly lies in the group, the comparison tells of every planted difference alone."""
    group, workspace, _ = made(tmp_path)
    feed(group, workspace)
    comparison = compared(group, workspace)
    workspace.close()
    assert [each.note for each in comparison.missing] == []
    assert [(each.shown.kind, each.code, each.where) for each in comparison.more] == []
    assert len(comparison.told) == len(group.planted)


@pytest.mark.slow
def test_what_the_demo_planted_is_found(tmp_path):
    """Every planted difference is reported; whatever else is reported weighs little."""
    group, workspace = scanned(tmp_path)
    comparison = compared(group, workspace)
    workspace.close()
    assert [each.note for each in comparison.missing] == []
    more = [(each.shown.kind, each.code, each.where, each.shown.score) for each in comparison.more]
    assert [each for each in more if each[-1] >= RiskLevel.MODERATE] == []
    assert comparison.precision >= 0.95
