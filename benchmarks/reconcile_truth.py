"""How right the comparison is: the demo group fed directly and through the scanner, and invented groups."""

from __future__ import annotations

import io
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from daicho.demo.registration import make_workspace
from daicho.scanning import scan_targets, targets_for
from daicho.settings import Settings
from scanners.reports import report
from tests.reality.demo_group import Comparison, compared, feed
from tests.reality.invented import group as invented
from tests.reality.invented.model import f1

SEED = 20261123
GROUPS = 20
Figures = dict[str, float]


def demo(*, scanned: bool) -> Comparison:
    """Compare the demo group, either fed with what truly lies in it or scanned."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "demo"
        settings = replace(Settings.load(directory / "workspace"), registry_url="", master_key="")
        group, workspace = make_workspace(directory, settings, seed=SEED)
        owner = workspace.owner()
        if scanned:
            scan_targets(
                targets_for(workspace, owner, (), ""),
                workspace=workspace,
                principal=owner,
                settings=settings,
                report=report("jsonl", io.StringIO(), findings=False),
            )
        else:
            feed(group, workspace)
        found = compared(group, workspace)
        workspace.close()
    for planted in found.missing:
        print(f"  missing {planted.kind} {planted.unit_code} {planted.path}", file=sys.stderr)
    for told in found.more:
        print(f"  more {told.shown.kind} {told.code} {sorted(told.where)}", file=sys.stderr)
    return found


def demo_figures() -> Figures:
    """Return precision and recall on the demo group, both ways."""
    fed, scanned = demo(scanned=False), demo(scanned=True)
    return {
        "demo_precision": round(fed.precision, 4),
        "demo_recall": round(fed.recall, 4),
        "demo_scanned_precision": round(scanned.precision, 4),
        "demo_scanned_recall": round(scanned.recall, 4),
    }


def random_figures(groups: int = GROUPS) -> Figures:
    """Return the worst F1 of so many invented groups, each of a seed of its own."""
    worst = 1.0
    for seed in range(groups):
        group = invented.invented(seed)
        with tempfile.TemporaryDirectory() as name:
            told = invented.compared(group, Path(name))
        score = f1(group.expected, told)
        print(f"  group {seed}: {len(group.expected)} planted, F1 {score:.4f}", file=sys.stderr)
        worst = min(worst, score)
    return {"random_groups": groups, "random_min_f1": round(worst, 4)}
