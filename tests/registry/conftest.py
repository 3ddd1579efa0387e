"""Fixtures of the registry's tests: an empty and a filled registry on each database.

The filled one is built once per kind of database and copied for each test, which is ten times faster.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from registry.store import Registry
from registry.vault import Vault
from tests.registry.world import Clock, World, build
from tests.servers import PostgresServer, SessionServices

KEY = bytes(range(32))  # no secret


def _built(url: str) -> World:
    clock = Clock()
    registry = Registry.open(url, Vault(KEY), clock=clock)
    registry.migrate()
    world = build(registry, clock)
    registry.close()
    return world


@pytest.fixture
def vault() -> Vault:
    """Return the vault of the test registries."""
    return Vault(KEY)


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands until the test moves it."""
    return Clock()


@pytest.fixture
def registry(database_url: str, vault: Vault, clock: Clock) -> Iterator[Registry]:
    """Return an empty registry of the newest schema."""
    opened = Registry.open(database_url, vault, clock=clock)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sqlite_world(fast_hash: PasswordHasher, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """Return a filled database file to copy, and what stands in it: ids are the same on both databases."""
    path = tmp_path_factory.mktemp("world") / "registry.db"
    return path, _built(f"sqlite:///{path}")


@pytest.fixture
def postgres_world_url(postgres_server: PostgresServer, session_services: SessionServices) -> Iterator[str]:
    """Return the URL of a filled PostgreSQL database that is this test's own."""

    def prepare(url: str) -> None:
        _built(url)

    lock = session_services.directory / "registry_world.lock"
    template = postgres_server.template("registry_world", prepare, lock=lock)
    name = postgres_server.create(template=template)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest,
    sqlite_world: tuple[Path, World],
    tmp_path: Path,
    vault: Vault,
    clock: Clock,
) -> Iterator[World]:
    """Return a registry with two companies."""
    template, contents = sqlite_world
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(template, tmp_path / 'registry.db')}"
    else:
        url = request.getfixturevalue("postgres_world_url")
    registry = Registry.open(url, vault, clock=clock)
    yield dataclasses.replace(contents, registry=registry, clock=clock)
    registry.close()
