"""Workers have no network, write nowhere but in their scratch, and what holds them is told."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from daicho.cli.confined import confined
from scanners import scratch
from scanners.engine import ScanKeys, Scanner, ScanOptions
from scanners.extractors.interface import Limits
from scanners.model import Category
from scanners.sandbox import ANY_PORT, Confinement, confine, ports_of, probe
from scanners.scratch import Scratch
from scanners.sources.database import DatabaseSource
from scanners.sources.local import LocalSource
from scanners.syscalls import Machine, program
from tests.scan.probing import ProbingSource

KEYS = ScanKeys(b"k" * 32)
NETWORK = ("internet", "internet6", "unix", "netlink", "child", "trace")
LEADING_OUT = ("rights", "owner", "times", "attribute", "device", "priority", "limit", "memory")
WRITES = ("write", "make", "folder", "remove", "cut")


@pytest.fixture(scope="module")
def held() -> Confinement:
    """What this system can hold a worker with."""
    return probe(lambda command: subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder with a file that a worker must not touch."""
    (tmp_path / "kept").write_text("kept", encoding="utf-8")
    return tmp_path


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine that is listened on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def refused(source: ProbingSource, limits: Limits = Limits()) -> tuple[dict[str, bool], list[Confinement]]:  # noqa: B008  frozen
    """Return what a worker was refused, by name, and what held it."""
    with Scanner(KEYS, ScanOptions(jobs=1, names=False, limits=limits)) as scanner:
        results = list(scanner.scan(source))
    assert all(result.reason is None for result in results), [result.detail for result in results]
    told = {result.uri.rpartition("/")[2]: Category.PHONE in result.categories for result in results}
    return told, scanner.confinements


def test_a_worker_opens_no_socket(held: Confinement, outside: Path) -> None:
    """Neither to the Internet nor to this machine, nor does a program that it starts."""
    if held.network != "seccomp":
        pytest.skip("this kernel has no seccomp")
    told, confinements = refused(ProbingSource(NETWORK, str(outside)))
    assert told == dict.fromkeys(NETWORK, True)
    assert confinements == [held]
    assert str(held).startswith("no network (seccomp)")


def test_a_worker_changes_nothing_of_files_and_processes_outside(held: Confinement, outside: Path) -> None:
    """Neither rights nor times, which Landlock leaves free, nor how its parent runs; no memory is shared."""
    if held.network != "seccomp":
        pytest.skip("this kernel has no seccomp")
    before = (outside / "kept").stat()
    told, _ = refused(ProbingSource(LEADING_OUT, str(outside)))
    assert told == dict.fromkeys(LEADING_OUT, True)
    after = (outside / "kept").stat()
    assert (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns)


def test_a_worker_writes_in_its_scratch_only(held: Confinement, outside: Path) -> None:
    """Nothing outside is made, changed or removed; in the scratch nothing takes room but what is allowed."""
    if not held.writes:
        pytest.skip("this kernel has no Landlock")
    told, _ = refused(ProbingSource((*WRITES, "scratch", "fill"), str(outside)))
    assert told == {**dict.fromkeys(WRITES, True), "scratch": False, "fill": True}
    assert [path.name for path in outside.iterdir()] == ["kept"]
    told, _ = refused(ProbingSource(("fill",)), Limits(scratch_bytes=1 << 20))
    assert told == {"fill": False}


def test_workers_of_a_database_reach_its_port_only(held: Confinement, port: int) -> None:
    """Who reads over the network may connect to the source, and where the kernel can tell, nowhere else."""
    if held.network != "seccomp":
        pytest.skip("this kernel has no seccomp")
    told, _ = refused(ProbingSource(("connect",), port=port, ports=(port,)))
    assert told == {"connect": False}
    told, (confinement,) = refused(ProbingSource(("connect", "netlink"), port=port, ports=(port + 1,)))
    assert told == {"connect": "ports" in confinement.network, "netlink": True}
    told, (confinement,) = refused(ProbingSource(("connect",), port=port, ports=(ANY_PORT,)))
    assert (told, confinement.network) == ({"connect": False}, "seccomp, any port")
    names = ("internet", "internet6", "local", "unix", "packets", "raw")
    told, _ = refused(ProbingSource(names, port=port, ports=(port,)))
    assert {name for name, was_refused in told.items() if was_refused} == {"unix", "packets", "raw"}


def test_what_is_open_to_a_networked_worker_is_told() -> None:
    """Not less than there is: which ports TCP may reach, and that other ways lead out too."""
    assert str(Confinement("seccomp, ports", "landlock")).startswith(
        "network: TCP to the source's ports, UDP and local sockets to any (seccomp, ports)"
    )
    assert str(Confinement("seccomp, any port", "landlock")).startswith("network: TCP to any port, UDP and")
    assert "UDP" in confined(Confinement("seccomp, ports"))
    assert "UDP" in confined(Confinement("seccomp, any port"))
    assert "UDP" not in confined(Confinement("seccomp"))


def test_only_servers_need_the_network() -> None:
    """A file, of a database too, is read without; a server's port is the one its address names."""
    assert ports_of(LocalSource(Path("/srv"))) == ()
    assert ports_of(DatabaseSource("sqlite:////srv/a.db")) == ()
    assert ports_of(DatabaseSource("postgresql://host/name")) == (5432,)
    assert ports_of(DatabaseSource("postgresql://host:6000/name")) == (6000,)
    assert ports_of(DatabaseSource("postgresql:///name?host=/run/pg&port=6001")) == (6001,)


@pytest.mark.parametrize(
    ("url", "environment", "ports"),
    [
        ("postgresql:///name?host=a:5433&host=b:5434", {}, (5433, 5434)),
        ("postgresql:///name?host=a,b&port=5433,5434", {}, (5433, 5434)),
        ("postgresql://host/name", {"PGPORT": "5999"}, (5999,)),
        ("postgresql://host:6000/name", {"PGPORT": "5999"}, (6000,)),
        ("postgresql:///?service=hr", {}, (ANY_PORT,)),
        ("postgresql://host/name", {"PGSERVICE": "hr"}, (ANY_PORT,)),
        ("postgresql://host/name?port=none", {}, (ANY_PORT,)),
    ],
)
def test_the_ports_of_a_database_are_those_its_driver_is_given(
    url: str, environment: dict[str, str], ports: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several hosts have one each; what a service file says is not known beforehand."""
    for name in ("PGPORT", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ports_of(DatabaseSource(url)) == ports


def test_sources_of_both_kinds_in_one_scan(tmp_path: Path, port: int) -> None:
    """A scanner gives each its own workers, one after the other."""
    (tmp_path / "a.txt").write_text("議事録", encoding="utf-8")
    with Scanner(KEYS, ScanOptions(jobs=1, names=False)) as scanner:
        for source in (LocalSource(tmp_path), ProbingSource(("connect",), port=port, ports=(port,))):
            assert [result.reason for result in scanner.scan(source)] == [None]  # type: ignore[arg-type]
    assert len(scanner.confinements) == (2 if any(each.network for each in scanner.confinements) else 1)


def test_nothing_of_a_scan_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The scratch is gone with the scan; the next one removes what a killed scan left, not a living one's."""
    monkeypatch.setattr(scratch, "_memory_places", lambda: iter([tmp_path]))
    living = Scratch(1)
    killed = Scratch(1)
    killed._lock.close()
    refused(ProbingSource(("scratch",)))
    assert list(tmp_path.iterdir()) == [living.folder]
    assert living.folder.stat().st_mode & 0o777 == 0o700
    living.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_worker_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what belongs to no process any more."""
    monkeypatch.setattr(scratch, "_memory_places", lambda: iter([tmp_path]))
    kept = Scratch(1)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for process in (ended.pid, os.getpid()):
        (kept.folder / str(process)).mkdir()
        (kept.folder / str(process) / "left").touch()
    kept.clear_dead()
    assert [path.name for path in kept.folder.iterdir() if path.is_dir()] == [str(os.getpid())]
    kept.remove()


def test_a_system_without_means_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is pretended."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    held = confine(None)
    assert (held.network, held.writes) == ("", "")
    assert str(held) == "not confined further: Darwin has no means for it"


@pytest.mark.parametrize("column", [0, 1])
def test_filters_are_programs_that_the_kernel_takes(column: int) -> None:
    """Whole instructions, jumps within the program, an answer at its end: for both processors."""
    for network in (True, False):
        code = program(Machine(0xC000003E, column), network=network)
        steps = [code[at : at + 8] for at in range(0, len(code), 8)]
        assert len(code) % 8 == 0
        assert len(steps) < 4096
        assert steps[-1][:2] == b"\x06\x00"
        for at, step in enumerate(steps):
            if step[0] & 7 == 5:
                assert at + 1 + max(step[2], step[3]) < len(steps)
