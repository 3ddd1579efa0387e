"""Killed writers leave the registry whole: what was acknowledged is there, nothing is half-done."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from registry import journal, ledger
from registry.access import bootstrap_principal
from registry.model import Role
from tests.registry.world import World, person

WRITER = """
import sys
from registry import ledger
from registry.access import bootstrap_principal
from registry.store import Registry
from registry.vault import Vault

registry = Registry.open(sys.argv[1], Vault(bytes(range(32))))
entry_id = int(sys.argv[2])
while True:
    with registry.write(bootstrap_principal()) as tx:
        entry = ledger.entry(tx, entry_id)
        count = (entry.approximate_count or 0) + 1
        ledger.update_entry(
            tx, entry_id, expected_version=entry.version, changes={"approximate_count": count}
        )
    print(count, flush=True)
"""


def address(world: World, tmp_path: Path) -> str:
    """Return the URL of a world's database."""
    engine = world.registry.engine
    if engine.dialect.name == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.db'}"
    return engine.url.render_as_string(hide_password=False)


def write_and_kill(url: str, entry_id: int, seconds: float) -> int:
    """Let a process edit for a while after its first commit, kill it, return the last count it reported."""
    command = [sys.executable, "-c", WRITER, url, str(entry_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.kill()
        reported = [first, *writer.stdout]
    return int([line for line in reported if line.endswith("\n")][-1])


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_it_reported(world: World, tmp_path: Path) -> None:
    """After each kill the entry, its history and the journal agree, and reported edits are kept."""
    url = address(world, tmp_path)
    reader = person(1, Role.ADMINISTRATOR, world.group.id)
    before = journal.verify(world.registry).count
    for attempt in range(25):
        reported = write_and_kill(url, world.a.entry.id, 0.01 * attempt)
        with world.registry.read(reader) as tx:
            entry = ledger.entry(tx, world.a.entry.id)
            history = ledger.versions(tx, entry.id)
        # One more than reported when it was killed between its commit and its report.
        assert entry.approximate_count in (reported, reported + 1)
        assert [version.version for version in history] == list(range(1, entry.version + 1))
        assert history[-1].changes["approximate_count"][1] == str(entry.approximate_count)
        verdict = journal.verify(world.registry)
        assert verdict.ok
        # Every edit left one record and one version: no gap, and nothing twice.
        assert verdict.count == before + entry.version - world.a.entry.version
        with world.registry.read(bootstrap_principal()) as tx:
            assert (journal.lines(tx, limit=1)[0].after or {})["version"] == entry.version


@pytest.mark.slow
def test_two_processes_editing_at_once_lose_no_update(world: World, tmp_path: Path) -> None:
    """Each edit of either process raised the count by one."""
    url = address(world, tmp_path)
    command = [sys.executable, "-c", WRITER, url, str(world.a.entry.id)]
    writers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") for _ in range(2)
    ]
    counts: list[int] = []
    for writer in writers:
        assert writer.stdout is not None
        counts.extend(int(writer.stdout.readline()) for _ in range(5))
    for writer in writers:
        writer.kill()
        rest, _ = writer.communicate()
        counts.extend(int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n"))
    assert len(counts) == len(set(counts))
    with world.registry.read(bootstrap_principal()) as tx:
        entry = ledger.entry(tx, world.a.entry.id)
    assert (entry.approximate_count or 0) - (world.a.entry.approximate_count or 0) == entry.version - 1
    assert journal.verify(world.registry).ok
