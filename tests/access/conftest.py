"""The group of the access tests on each database, built once and copied for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.findings import FindingsStore
from registry.store import Registry
from registry.vault import Vault
from tests.access.world import World, build
from tests.registry.world import Clock
from tests.servers import PostgresServer

KEY = bytes(range(32))  # no secret
# What is asked here is Python's to answer. The slow tier asks it of PostgreSQL too.
DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """Return a folder with the filled registry and its findings, and what stands in them."""
    folder = tmp_path_factory.mktemp("access")
    world = build(f"sqlite:///{folder / 'registry.db'}", folder / "findings", Vault(KEY))
    world.registry.close()
    return folder, world


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path, World]]:
    """Return a filled PostgreSQL database, its findings, and what stands in them."""
    findings = tmp_path_factory.mktemp("access") / "findings"
    name = postgres_server.create()
    world = build(postgres_server.url(name), findings, Vault(KEY))
    world.registry.close()
    yield name, findings, world
    postgres_server.drop(name)


@pytest.fixture(scope="session", params=DATABASES)
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return the group for tests that leave it as it is."""
    yield from _copy(request, tmp_path_factory.mktemp("standing"))


@pytest.fixture(scope="session")
def on_sqlite(
    sqlite_template: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Return the group on SQLite alone, for what the slow tier tries on both."""
    folder, contents = sqlite_template
    yield from _on_sqlite(folder, contents, tmp_path_factory.mktemp("on_sqlite"))


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return a copy of the group that is this test's own."""
    yield from _copy(request, tmp_path)


def _copy(request: pytest.FixtureRequest, place: Path) -> Iterator[World]:
    clock, vault = Clock(), Vault(KEY)
    if request.param == "sqlite":
        yield from _on_sqlite(*request.getfixturevalue("sqlite_template"), place)
        return
    name, findings, contents = request.getfixturevalue("postgres_template")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    mine = server.create(template=name)
    copy = shutil.copytree(findings, place / "findings")
    registry = Registry.open(server.url(mine), vault, clock=clock)
    yield contents.opened(registry, FindingsStore(copy, vault), clock)
    registry.close()
    server.drop(mine)


def _on_sqlite(folder: Path, contents: World, place: Path) -> Iterator[World]:
    clock, vault = Clock(), Vault(KEY)
    copy = shutil.copytree(folder, place / "copy")
    registry = Registry.open(f"sqlite:///{copy / 'registry.db'}", vault, clock=clock)
    yield contents.opened(registry, FindingsStore(copy / "findings", vault), clock)
    registry.close()
