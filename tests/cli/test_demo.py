"""`daicho demo` with its personnel tables in PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_demo_keeps_its_personnel_tables_in_postgresql_when_told_to(
    postgres_url: str, tmp_path: Path
) -> None:
    """The tables are made, registered without a password, scanned and compared like the rest."""
    environment = os.environ | {
        "DAICHO_DEMO_DATABASE_URL": postgres_url,
        "DAICHO_LANGUAGE": "en",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "daicho"]
    made = subprocess.run(
        [*command, "demo", "--no-serve"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-2000:]
    password = postgres_url.split(":")[2].split("@", maxsplit=1)[0]
    assert password not in made.stdout + made.stderr
    again = subprocess.run(
        [*command, "scan", "人事データベース", "--format", "jsonl", "-w", "demo-workspace/workspace"],
        cwd=tmp_path,
        env=environment | {"PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr[-2000:]
    tables = {row["uri"].rpartition("!")[2]: row for row in map(json.loads, again.stdout.splitlines())}
    assert tables["daicho_demo_hr.employee"]["categories"]["PERSON"]["count"] > 100
    assert tables["daicho_demo_hr.employee"]["uri"].startswith("postgresql://")
    assert password not in again.stdout + again.stderr
