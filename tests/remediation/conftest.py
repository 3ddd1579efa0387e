"""The registry of these tests, on SQLite: what databases do differently is tested where the registry is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.store import Registry
from registry.vault import Vault
from tests.registry.world import Clock
from tests.remediation.bench import Bench, built

_KEY = bytes(range(32))  # no secret


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty registry to copy, which is faster than making one."""
    path = tmp_path_factory.mktemp("remediation") / "registry.db"
    registry = Registry.open(f"sqlite:///{path}", Vault(_KEY), clock=Clock())
    registry.migrate()
    registry.close()
    return path


@pytest.fixture
def bench(empty: Path, tmp_path: Path) -> Iterator[Bench]:
    """Return a company with a folder that may be acted at."""
    clock = Clock()
    copied = shutil.copy(empty, tmp_path / "registry.db")
    registry = Registry.open(f"sqlite:///{copied}", Vault(_KEY), clock=clock)
    yield built(registry, clock, tmp_path)
    registry.close()
