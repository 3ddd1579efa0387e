"""Fixtures that every area shares: databases, the browser, the development data."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher

from registry import passwords
from tests.servers import SERVICES, PostgresServer, SessionServices, Unavailable

pytest_plugins = [
    "tests.plugins.skips",
    "tests.plugins.demo_run",
    "tests.plugins.sharing_out",
    "tests.plugins.ended_early",
]

# Time limits per example say more about how busy the machine is than about the code.
hypothesis.settings.register_profile("daicho", deadline=None, print_blob=True)
hypothesis.settings.load_profile("daicho")

ROOT = Path(__file__).resolve().parent.parent


MEMORY, ENOUGH = Path("/dev/shm"), 6 << 30  # of Linux; bytes


def _in_memory() -> None:
    """Let temporary files lie in memory where there is room: databases and backups wait for the disk.

    What the tests write is the same, only that nothing of it would survive a power failure. Who sets TMPDIR
    or --basetemp keeps that place.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ENOUGH:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


class _WorkerSessions:
    """Tells each worker of pytest-xdist where the session's services are."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Pass the session directory on (a hook of pytest-xdist)."""
        node.workerinput["daicho_services"] = str(self._directory)


def pytest_configure(config: pytest.Config) -> None:
    """Open the session's services: held by the controller, only looked at by its workers."""
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        config.stash[SERVICES] = SessionServices(Path(workerinput["daicho_services"]))
        return
    _in_memory()
    services = SessionServices(Path(tempfile.mkdtemp(prefix="daicho-tests-")))
    services.hold()
    config.stash[SERVICES] = services
    config.pluginmanager.register(_WorkerSessions(services.directory), "daicho-worker-sessions")
    config.add_cleanup(services.release)


def pytest_collection_finish() -> None:
    """Leave what was imported out of every later look for garbage: it stays until the end anyway.

    A page's script ends with a full collection, which then takes milliseconds instead of half a second.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def fast_hash() -> Iterator[PasswordHasher]:
    """Hash with little memory and time, because tests sign in a thousand times; return the real hasher."""
    real = passwords._HASHER
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        passwords.dummy_hash.cache_clear()
        yield real
    passwords.dummy_hash.cache_clear()


@pytest.fixture(scope="session")
def session_services(pytestconfig: pytest.Config) -> SessionServices:
    """Return the services of this test session."""
    return pytestconfig.stash[SERVICES]


@pytest.fixture(scope="session")
def postgres_server(session_services: SessionServices) -> PostgresServer:
    """Return the session's private PostgreSQL, or skip with the reason it cannot be had."""
    server = session_services.postgres()
    if isinstance(server, Unavailable):
        pytest.skip(server.reason)
    return server


@pytest.fixture(scope="session")
def postgres_server_url(postgres_server: PostgresServer) -> str:
    """Return the SQLAlchemy URL of the server's maintenance database."""
    return postgres_server.url()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the SQLAlchemy URL of an empty database that is this test's own."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database of each kind the registry supports."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the development data beside the repository, or skip: it is no part of the product."""
    folder = Path(os.environ.get("DAICHO_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip("development data not present (DAICHO_SHARED)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return the browser of this system, or skip."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    pytest.skip("Chromium is not installed")
