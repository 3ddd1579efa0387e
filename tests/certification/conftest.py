"""The registries of these tests are those of the registry tests; on PostgreSQL the slow tier tries them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.registry.conftest import clock, postgres_world_url, registry, sqlite_world, vault, world

__all__ = ["clock", "postgres_world_url", "registry", "sqlite_world", "vault", "world"]
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave PostgreSQL to the slow tier: what differs between databases is tried by the registry's tests."""
    for item in items:
        if _HERE in item.path.parents and isinstance(item, pytest.Function):
            spec = getattr(item, "callspec", None)
            if spec is not None and "postgresql" in spec.params.values():
                item.add_marker(pytest.mark.slow)
