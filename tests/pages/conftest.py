"""One small real workspace for all tests of the pages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from daicho.settings import Settings
from daicho.workspace import Workspace
from registry.store import Registry
from tests.pages.group import Group, build


@pytest.fixture(scope="session")
def group(tmp_path_factory: pytest.TempPathFactory) -> Group:
    """Return the invented group; tests that change it copy it first."""
    return build(tmp_path_factory.mktemp("workspace") / "group")


@pytest.fixture
def changeable(group: Group, tmp_path: Path) -> Group:
    """Return a copy of the group that a test may change."""
    path = tmp_path / "workspace"
    shutil.copytree(group.workspace.path, path)
    vault = group.workspace.vault
    store = type(group.workspace.findings)(path / "findings", vault)
    registry = Registry.open(f"sqlite:///{path / 'registry.db'}", vault)
    return Group(Workspace(path, Settings(workspace=path), vault, registry, store), group.units, group.people)
