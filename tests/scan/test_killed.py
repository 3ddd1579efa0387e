"""A scan that is killed with `kill -9`, again and again, ends like one that nobody disturbed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from daicho.settings import Settings
from daicho.workspace import FirstAdministrator, FirstUnit, Workspace
from registry import organisation, runs, sources
from registry.findings import Kind
from registry.store import Tx

ROOT = Path(__file__).parents[2]
PLANTED = "090-2345-6789"


def _tree(folder: Path) -> str:
    """Make files with and without findings, an archive, a link and a file that no reader reads."""
    for number in range(9):
        below = folder / f"部署{number % 3}"
        below.mkdir(parents=True, exist_ok=True)
        file = below / f"{number}.txt"
        phones = f"電話番号: {PLANTED[:-2]}{number:02}\n電話番号: {PLANTED}\n"
        file.write_text(f"氏名: 山田 太郎\n{phones}" if number % 4 else "なし\n", encoding="utf-8")
        os.utime(file, (1_600_000_000 + number,) * 2)
    shutil.make_archive(str(folder / "全部"), "zip", folder / "部署0")
    os.utime(folder / "全部.zip", (1_600_000_000,) * 2)
    (folder / "link").symlink_to("部署0")
    return folder.as_uri()


def _database(file: Path) -> str:
    """Make a SQLite database of several tables."""
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as database:
        for table in range(8):
            database.execute(f"CREATE TABLE t{table} (id INTEGER, 電話番号 TEXT)")
            rows = [(row, f"090-2345-{table}{row:03}") for row in range(40)]
            database.executemany(f"INSERT INTO t{table} VALUES (?, ?)", rows)
    database.close()
    return f"sqlite:///{file}"


class Place:
    """A workspace with one registered source, to be scanned by processes of their own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def made(cls, path: Path, url: str) -> Place:
        """Make a workspace in which the place is registered."""
        workspace = Workspace.create(
            Settings.load(path),
            FirstUnit("TOWA", "東和", "Towa"),
            FirstAdministrator("admin", "管理者", None),
        )
        with workspace.registry.write(workspace.owner()) as tx:
            root = organisation.units(tx)[0]
            sources.add_source(tx, unit_id=root.id, name="place", owner="", url=url)
        workspace.close()
        return cls(path)

    def copied(self, path: Path) -> Place:
        """Return one of the same keys that is scanned on its own."""
        shutil.copytree(self.path, path)
        return Place(path)

    def scan(self, last: int | str = 0) -> int:
        """Scan, and die at a step; return how many steps there were, 0 when it died."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.scan.killed", str(self.path), "place", str(last)],
            cwd=ROOT,
            capture_output=True,
            check=False,
            text=True,
            timeout=180,
        )
        if done.returncode == -signal.SIGKILL:
            return 0
        assert done.returncode == 0, done.stderr
        return int(json.loads(done.stdout)["steps"])

    def details(self) -> set[str]:
        """Return what the newest run tells of its objects in words."""
        with self._opened() as (workspace, run, tx):
            (file,) = runs.files_of(tx, [run.id], "objects")
            return set(workspace.findings.table(file.name).column("detail").to_pylist())

    def content(self, *but: str) -> tuple[object, ...]:
        """Return what the newest run says: objects, findings and totals, without what tells runs apart."""
        with self._opened() as (workspace, run, tx):
            kinds: tuple[Kind, ...] = ("objects", "findings", "lookup")
            files = [file for kind in kinds for file in runs.files_of(tx, [run.id], kind)]
            told = []
            for file in sorted(files, key=lambda each: each.kind):
                table = workspace.findings.table(file.name)
                kept = [name for name in table.column_names if name not in ("run_id", "first", "rows", *but)]
                told.append((file.kind, sorted(map(repr, table.select(kept).to_pylist()))))
            return (run.totals, told)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Workspace, runs.Run, Tx]]:
        workspace = Workspace.open(Settings.load(self.path))
        try:
            with workspace.registry.read(workspace.owner()) as tx:
                (run,) = runs.latest_runs(tx)
                yield workspace, run, tx
        finally:
            workspace.close()


PLACES: dict[str, Callable[[Path], str]] = {
    "files": lambda base: _tree(base / "share"),
    "tables": lambda base: _database(base / "data" / "people.db"),
}


def _killed(tmp_path: Path, url: str, chains: int, kills: int, seed: int) -> Place:
    unscanned = Place.made(tmp_path / "unscanned", url)
    undisturbed = unscanned.copied(tmp_path / "undisturbed")
    steps = undisturbed.scan()
    expected = undisturbed.content()
    chance = random.Random(seed)
    place = undisturbed
    for chain in range(chains):
        place = unscanned.copied(tmp_path / f"killed {chain}")
        # the first kill in this chain's part of the scan; a scan that goes on has fewer steps
        low, high = steps * chain // chains, steps * (chain + 1) // chains
        points = [chance.randint(low + 1, high - 1)]
        points += [chance.randint(1, steps // 2) for _ in range(kills - 1)]
        for point in points:
            if place.scan(point):  # it saved less often than the undisturbed one, and came to its end
                break
        else:
            place.scan()
        assert place.content() == expected, (chain, seed)
    return place


@pytest.mark.parametrize("kind", ["files"])
def test_a_killed_scan_ends_like_an_undisturbed_one(tmp_path: Path, kind: str) -> None:
    """Killed once, at a point by chance; nothing that was found is readable in what it keeps."""
    place = _killed(tmp_path, PLACES[kind](tmp_path), 1, 1, seed=5)
    files = [each for each in (place.path / "scans").iterdir() if each.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert PLANTED.encode() not in content
        assert b"SQLite format" not in content
        assert file.stat().st_mode & 0o77 == 0


def test_a_large_table_goes_on_where_it_was_when_its_scan_was_killed(tmp_path: Path) -> None:
    """Nothing is counted twice, and it is told that it was read at two times."""
    file = tmp_path / "people.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE people (氏名 TEXT, 電話番号 TEXT, 備考 TEXT)")
        rows = (
            (f"山田{row % 9_000} 太郎", f"090-{row:08}"[:13], f"連絡先: {PLANTED}") for row in range(30_000)
        )
        database.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)
    unscanned = Place.made(tmp_path / "unscanned", f"sqlite:///{file}?rows_per_second=20000")
    undisturbed, killed = unscanned.copied(tmp_path / "undisturbed"), unscanned.copied(tmp_path / "killed")
    undisturbed.scan()
    assert not killed.scan("half")
    kept = b"".join(each.read_bytes() for each in (killed.path / "scans").iterdir())
    assert PLANTED.encode() not in kept
    assert b"people" not in kept
    killed.scan()
    told = killed.content("detail")
    assert told == undisturbed.content("detail")
    assert killed.details() == {"2 snapshots"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(PLACES))
def test_a_scan_killed_at_twenty_points_ends_like_an_undisturbed_one(tmp_path: Path, kind: str) -> None:
    """Twenty random points of one seed, spread over all that a scan does."""
    _killed(tmp_path, PLACES[kind](tmp_path), 10, 2, seed=20)
