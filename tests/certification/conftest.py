"""The registries of these tests are those of the registry tests."""

from tests.registry.conftest import clock, postgres_world_url, registry, sqlite_world, vault, world

__all__ = ["clock", "postgres_world_url", "registry", "sqlite_world", "vault", "world"]
