"""Known values lie in the demo's files; after scan, reports and failures they lie nowhere else."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pytest
from sqlalchemy import LargeBinary, MetaData, select

from daicho.demo.model import DemoGroup
from registry.access import bootstrap_principal
from registry.runs import files_of, latest_runs
from tests.plugins.demo_run import DemoRun

ENCODINGS = ("utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be")


def spellings(value: str) -> set[str]:
    """Return a value as it may stand in a report: as planted, without spaces and hyphens, half width."""
    plain = unicodedata.normalize("NFKC", value)
    bare = (
        re.sub(r"[\s‐-―−ー-]", "", plain)
        if re.fullmatch(r"[\d\s‐-―−ー-]+", plain)
        else re.sub(r"\s", "", plain)
    )
    return {value, plain, bare, quote(value)}


def needles(group: DemoGroup) -> list[bytes]:
    """Return every canary in every spelling and encoding that a file could hold."""
    found = set()
    for value in group.canaries:
        for spelling in spellings(value):
            for encoding in ENCODINGS:
                try:
                    found.add(spelling.encode(encoding))
                except UnicodeEncodeError:
                    continue
    return sorted(found)


def leaks(data: bytes, wanted: list[bytes]) -> list[int]:
    """Return the numbers (never the values) of the canaries that stand in some bytes."""
    return [number for number, needle in enumerate(wanted) if needle in data]


def files_below(*folders: Path) -> Iterator[Path]:
    """Yield every regular file."""
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def test_the_canaries_are_really_planted(demo_run: DemoRun, demo_group: DemoGroup) -> None:
    """A canary test that looks for values nobody planted would pass for nothing."""
    data = b"".join(
        path.read_bytes() for path in files_below(demo_run.share) if path.suffix in (".txt", ".csv", ".db")
    )
    wanted = needles(demo_group)
    assert len(demo_group.canaries) >= 20
    assert len(leaks(data, wanted)) >= 10


def test_the_demo_ends_well_and_says_nothing_raw(demo_run: DemoRun, demo_group: DemoGroup) -> None:
    """Neither stdout nor stderr repeats a value that was found."""
    assert demo_run.code == 0, demo_run.stderr[-2000:]
    assert leaks((demo_run.stdout + demo_run.stderr).encode(), needles(demo_group)) == []


def test_no_file_outside_the_share_holds_a_canary(demo_run: DemoRun, demo_group: DemoGroup) -> None:
    """Registry, findings, temporary files, caches and the home folder hold no raw value."""
    wanted = needles(demo_group)
    looked_at = 0
    for path in files_below(demo_run.workspace, demo_run.temporary, demo_run.home):
        looked_at += 1
        assert leaks(path.read_bytes(), wanted) == [], path.name
    assert looked_at >= 3


def test_the_decrypted_registry_holds_no_canary(demo_run: DemoRun, demo_group: DemoGroup) -> None:
    """Encryption is not the excuse: the readable columns of every table are clean too."""
    wanted = needles(demo_group)
    workspace = demo_run.open()
    metadata = MetaData()
    rows = 0
    with workspace.registry.read(bootstrap_principal()) as tx:
        metadata.reflect(tx.session.connection())
        for table in metadata.tables.values():
            columns = [column for column in table.columns if not isinstance(column.type, LargeBinary)]
            for row in tx.session.execute(select(*columns)):
                rows += 1
                assert leaks(repr(tuple(row)).encode(), wanted) == [], table.name
    workspace.close()
    assert rows > 100


def test_the_decrypted_findings_hold_no_canary(demo_run: DemoRun, demo_group: DemoGroup) -> None:
    """Masks, locations, column names and shown paths tell nothing; true paths are no canaries here."""
    wanted = needles(demo_group)
    workspace = demo_run.open()
    with workspace.registry.read(bootstrap_principal()) as tx:
        runs = [run.id for run in latest_runs(tx)]
        for kind in ("objects", "findings"):
            table: pa.Table = workspace.findings.dataset(files_of(tx, runs, kind), kind).to_table()
            assert table.num_rows > 300
            for name in table.column_names:
                if name == "uri":  # the true location is what the encryption is for
                    continue
                assert leaks(repr(table.column(name).to_pylist()).encode(), wanted) == [], name
    workspace.close()


@pytest.mark.parametrize(
    "form", ["jsonl", *(pytest.param(each, marks=pytest.mark.slow) for each in ("csv", "table"))]
)
def test_reports_hold_no_canary(
    form: str,
    demo_run: DemoRun,
    demo_group: DemoGroup,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Every form of output with every finding is free of raw values, also when objects are damaged."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    members = sorted(
        path for path in files_below(demo_run.share / "share" / "HOSP-SAKURA") if path.stat().st_size
    )
    for kind in (".txt", ".csv", ".xlsx", ".docx", ".eml", ".pdf", ".zip"):
        for number, path in enumerate([path for path in members if path.suffix == kind][:3]):
            data = path.read_bytes()
            shutil.copyfile(path, folder / f"whole{number}{kind}")
            (folder / f"cut{number}{kind}").write_bytes(data[: len(data) * 2 // 3])
            flipped = bytearray(data)
            for place in range(50, len(flipped), 97):
                flipped[place] ^= 0x55
            (folder / f"flipped{number}{kind}").write_bytes(bytes(flipped))
    short = tmp_path_factory.mktemp("t")  # the path of a socket below it has at most 107 bytes
    done = subprocess.run(
        [sys.executable, "-m", "daicho", "scan", str(folder), "--format", form, "--findings"],
        capture_output=True,
        cwd=Path(__file__).resolve().parents[2],
        env={"DAICHO_WORKSPACE": str(tmp_path / "none"), "PATH": "/usr/bin:/bin", "TMPDIR": str(short)},
        timeout=200,
        check=False,
    )
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr
    assert leaks(done.stdout + done.stderr, needles(demo_group)) == []
