"""Who may import whom, beyond what the import contracts in pyproject.toml can say."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("daicho", "privacy_mark", "remediation", "registry", "scanners", "data")
FORBIDDEN_NAMES = {"utils", "util", "core", "common", "helpers", "helper", "misc"}


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sources(*folders: str) -> list[Path]:
    """Return every module below the folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def test_only_door_pages_and_server_import_streamlit() -> None:
    """Everything but the web's own modules can be tested and used without the web."""
    users = {
        path for path in sources(*PACKAGES) if any(n.split(".")[0] == "streamlit" for n in imported(path))
    }
    allowed = {*sources("daicho/pages"), ROOT / "daicho/server.py"}
    assert users - allowed == set()


def test_registry_and_certification_import_only_the_model_of_the_scanners() -> None:
    """The system of record depends on the scanners' nouns and arithmetic, never on how they work.

    What a scan remembers and which paths are chosen are such nouns: their modules import the model alone.
    """
    names = {
        (p, n)
        for p in sources("registry", "privacy_mark")
        for n in imported(p)
        if n.split(".")[0] == "scanners"
    }
    allowed = ("scanners.model.", "scanners.check_digits.", "scanners.memory.", "scanners.selection.")
    assert {(p, n) for p, n in names if not f"{n}.".startswith(allowed)} == set()


def test_nothing_imports_the_web_door() -> None:
    """app.py is where the web enters; no module depends on it."""
    assert [
        p for p in sources(*PACKAGES, "tests") if any(n.split(".")[0] == "app" for n in imported(p))
    ] == []


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_named_by_its_subject_and_stays_small(path: Path) -> None:
    """No drawer for leftovers, and no module that nobody can read at one sitting."""
    assert path.stem not in FORBIDDEN_NAMES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450


def test_a_command_that_shows_its_help_loads_nothing_heavy() -> None:
    """Web server, page server, detectors and analytics are loaded by the commands that work with them."""
    heavy = (
        "streamlit",
        "starlette",
        "uvicorn",
        "authlib",
        "alembic",
        "pandas",
        "duckdb",
        "scanners.detection",
    )
    look = f"import sys, daicho.cli; print(*[each for each in {heavy} if each in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert loaded.stdout.split() == []
