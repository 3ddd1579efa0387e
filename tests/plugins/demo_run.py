"""The demo, run once per test session by the command line as a user would, and looked at by many tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from daicho.demo import build
from daicho.demo.model import DemoGroup
from daicho.settings import Settings
from daicho.workspace import Workspace
from tests.servers import SessionServices, locked

SEED = 20261123
LIMIT_SECONDS = 400


@dataclass(frozen=True, slots=True)
class DemoRun:
    """What `daicho demo --no-serve` left behind: its folder, its words, its temporary and home folders."""

    directory: Path
    temporary: Path
    home: Path
    stdout: str
    stderr: str
    code: int

    @property
    def workspace(self) -> Path:
        """Return where the demo's workspace lies."""
        return self.directory / "workspace"

    @property
    def share(self) -> Path:
        """Return where the group's files lie."""
        return self.directory / "group"

    def open(self) -> Workspace:
        """Open the workspace; whoever changes it spoils it for the other tests."""
        return Workspace.open(Settings.load(self.workspace, env={}))


@pytest.fixture(scope="session")
def demo_run(session_services: SessionServices) -> DemoRun:
    """Return the session's demo, made by the first test that asks."""
    root = session_services.directory / "demo"
    state = root / "state.json"
    with locked(session_services.directory / "demo.lock"):
        if not state.exists():
            _run(root, state)
    told = json.loads(state.read_text(encoding="utf-8"))
    return DemoRun(
        root / "demo-workspace", root / "tmp", root / "home", told["stdout"], told["stderr"], told["code"]
    )


@pytest.fixture(scope="session")
def demo_group(tmp_path_factory: pytest.TempPathFactory) -> DemoGroup:
    """Return the truth about the demo: the same seed makes the same group."""
    return build(tmp_path_factory.mktemp("group") / "group", seed=SEED)


def _run(root: Path, state: Path) -> None:
    for name in ("tmp", "home"):
        (root / name).mkdir(parents=True)
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("DAICHO_", "COV_CORE"))
    } | {
        "TMPDIR": str(root / "tmp"),
        "HOME": str(root / "home"),
        "XDG_CACHE_HOME": str(root / "home" / ".cache"),
        "DAICHO_LANGUAGE": "en",
    }
    done = subprocess.run(
        [sys.executable, "-m", "daicho", "demo", "--no-serve", "--seed", str(SEED)],
        cwd=root,
        env=environment | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    told = {"stdout": done.stdout, "stderr": done.stderr, "code": done.returncode}
    state.write_text(json.dumps(told), encoding="utf-8")
