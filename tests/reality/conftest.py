"""A small group that was scanned once, on each database: built once and copied for tests that change it."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.findings import FindingsStore
from registry.store import Registry
from registry.vault import Vault
from tests.reality.world import Clock, World, build
from tests.servers import PostgresServer

KEY = bytes(range(32))  # no secret


def _built(url: str, findings: Path) -> World:
    clock = Clock()
    registry = Registry.open(url, Vault(KEY), clock=clock)
    registry.migrate()
    world = build(registry, clock, findings)
    registry.close()
    return world


def _opened(contents: World, url: str, findings: Path) -> World:
    clock, vault = Clock(), Vault(KEY)
    registry = Registry.open(url, vault, clock=clock)
    return dataclasses.replace(contents, registry=registry, store=FindingsStore(findings, vault), clock=clock)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """Return a directory with a filled registry and its findings, and what stands in them."""
    directory = tmp_path_factory.mktemp("reality")
    return directory, _built(f"sqlite:///{directory / 'registry.db'}", directory / "findings")


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path, World]]:
    """Return a filled PostgreSQL database, its findings, and what stands in them."""
    findings = tmp_path_factory.mktemp("reality") / "findings"
    name = postgres_server.create()
    yield name, findings, _built(postgres_server.url(name), findings)
    postgres_server.drop(name)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return the scanned group for tests that only read."""
    yield from _copy(request, tmp_path_factory.mktemp("standing"))


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return a copy of the scanned group that is this test's own."""
    yield from _copy(request, tmp_path)


def _copy(request: pytest.FixtureRequest, place: Path) -> Iterator[World]:
    if request.param == "sqlite":
        directory, contents = request.getfixturevalue("sqlite_template")
        copy = shutil.copytree(directory, place / "copy")
        world = _opened(contents, f"sqlite:///{copy / 'registry.db'}", copy / "findings")
        yield world
        world.registry.close()
        return
    name, findings, contents = request.getfixturevalue("postgres_template")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    # Always a copy: PostgreSQL makes no further ones while somebody is connected to the template.
    mine = server.create(template=name)
    world = _opened(contents, server.url(mine), Path(shutil.copytree(findings, place / "findings")))
    yield world
    world.registry.close()
    server.drop(mine)
