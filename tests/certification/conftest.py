"""The registries of these tests are those of the registry's tests."""

from tests.registry.conftest import (
    clock,
    fast_hash,
    postgres_world_url,
    registry,
    sqlite_world,
    vault,
    world,
)

__all__ = ["clock", "fast_hash", "postgres_world_url", "registry", "sqlite_world", "vault", "world"]
