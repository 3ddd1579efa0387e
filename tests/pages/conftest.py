"""One small real workspace for all tests of the pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner

from daicho.settings import Settings
from daicho.workspace import Workspace
from privacy_mark.training import joining
from registry.store import Registry
from tests.pages.group import Group, build


@pytest.fixture(scope="session", autouse=True)
def _components() -> Iterator[None]:
    """Look once for components among all installed packages, and not again for every page that opens."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Group:
    """Return the invented group as it was built; nobody looks at it, because every view leaves a record."""
    return build(tmp_path_factory.mktemp("workspace") / "group")


@pytest.fixture(scope="session")
def group(built: Group, tmp_path_factory: pytest.TempPathFactory) -> Group:
    """Return the invented group; tests that change it, or count records, take a copy of their own."""
    return _copied(built, tmp_path_factory.mktemp("group") / "workspace")


@pytest.fixture
def changeable(built: Group, tmp_path: Path) -> Group:
    """Return a copy of the group that a test may change."""
    return _copied(built, tmp_path / "workspace")


def _copied(group: Group, path: Path) -> Group:
    shutil.copytree(group.workspace.path, path)
    vault = group.workspace.vault
    store = type(group.workspace.findings)(path / "findings", vault)
    registry = Registry.open(
        f"sqlite:///{path / 'registry.db'}",
        vault,
        held_back=joining.held_back,
        before_roles=joining.before_roles,
    )
    workspace = Workspace(path, Settings(workspace=path), vault, registry, store)
    return Group(workspace, group.units, dict(group.people))
