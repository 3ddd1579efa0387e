"""The first commands on a bare system: they do what is needed or print the one line that helps."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "dirname", "basename", "touch", "rm", "mktemp", "ls", "grep", "cat", "date", "readlink")


class Bare:
    """A system with only the programs that a test gives it, and a copy of the set-up scripts."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.checkout = folder / "checkout"
        self.bin.mkdir()
        shutil.copytree(ROOT / "setup", self.checkout / "setup")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None
            (self.bin / tool).symlink_to(found)

    def program(self, name: str, script: str) -> None:
        """Put a program on the path."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one of the set-up scripts."""
        return subprocess.run(
            ["/bin/sh", *command],
            cwd=self.checkout,
            env={"PATH": str(self.bin)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    """A system with nothing, on which the user is not root."""
    system = Bare(tmp_path)
    system.program("id", "echo 1000")
    system.program("uname", "echo Linux")
    return system


# A Python that is new enough or has what it takes, as its exit codes say.
OLD_PYTHON = "exit 1"
PYTHON_WITHOUT_VENV = 'case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac'


@pytest.mark.parametrize("python", [None, OLD_PYTHON], ids=["none", "too old"])
def test_without_a_new_python_the_line_to_run_is_printed(bare: Bare, python: str | None) -> None:
    """Debian, not root, no Python 3.11: one apt line, nothing made."""
    bare.program("apt-get", "exit 1")
    if python:
        bare.program("python3", python)
    result = bare.run("setup/environment", "core")
    assert result.returncode == 4
    assert "Run this once, then repeat: sudo apt-get install -y python3 python3-venv\n" in result.stderr
    assert not (bare.checkout / ".venv").exists()


def test_an_old_system_with_a_newer_python_beside_it_gets_that(bare: Bare) -> None:
    """Ubuntu 22.04: python3 is 3.10, and python3.11 can be installed next to it."""
    bare.program("apt-get", "exit 1")
    bare.program("apt-cache", "exit 0")
    bare.program("python3", OLD_PYTHON)
    result = bare.run("setup/environment", "core")
    assert result.stderr.splitlines()[-1].endswith("sudo apt-get install -y python3.11 python3.11-venv")


def test_without_venv_the_line_to_run_is_printed(bare: Bare) -> None:
    """Debian splits venv off: the line names the package of the Python that was found."""
    bare.program("apt-get", "exit 1")
    bare.program("python3", PYTHON_WITHOUT_VENV)
    result = bare.run("setup/environment", "core")
    assert result.returncode == 4
    assert result.stderr.splitlines()[-1].endswith("sudo apt-get install -y python3 python3-venv")


def test_root_on_debian_gets_the_packages_installed(bare: Bare) -> None:
    """Root is not asked to run a line that the set-up can run itself."""
    bare.program("id", "echo 0")
    bare.program("apt-get", f'echo "$*" >>"{bare.checkout}/apt.calls"')
    bare.program("python3", PYTHON_WITHOUT_VENV)
    result = bare.run("setup/environment", "core")
    calls = (bare.checkout / "apt.calls").read_text(encoding="utf-8").splitlines()
    assert calls == ["update", "install -y --no-install-recommends python3 python3-venv"]
    assert result.returncode == 4
    assert "install one, then repeat" in result.stderr


def test_macos_gets_the_line_of_its_own_package_manager(bare: Bare) -> None:
    """macOS ships Python 3.9: the line is Homebrew's."""
    bare.program("uname", "echo Darwin")
    bare.program("python3", OLD_PYTHON)
    result = bare.run("setup/environment", "core")
    assert result.returncode == 4
    assert "brew install python@3.13" in result.stderr


def test_missing_test_packages_are_named_with_what_is_skipped(bare: Bare) -> None:
    """Not root: the tests still run, and the reader knows which do not and how to change that."""
    bare.program("apt-get", "exit 1")
    result = bare.run("setup/test-packages")
    assert result.returncode == 0
    assert "sudo apt-get install -y --no-install-recommends chromium" in result.stderr
    assert "the journeys in a browser (Chromium)" in result.stderr


def test_failing_installation_shows_the_log_of_the_package_manager(bare: Bare) -> None:
    """A quiet installation is loud when it fails."""
    bare.program("apt-get", 'echo "E: Unable to locate package"; exit 100')
    result = bare.run("setup/apt", "chromium")
    assert result.returncode == 4
    assert "E: Unable to locate package" in result.stderr


@pytest.mark.parametrize(("command", "code", "word"), [("true", 0, "ok"), ("false", 1, "FAILED")])
def test_a_step_tells_its_name_time_and_result(command: str, code: int, word: str) -> None:
    """The result of the step is the result of the command."""
    result = subprocess.run(
        [ROOT / "setup/step", "sample", command], capture_output=True, encoding="utf-8", check=False
    )
    assert result.returncode == code
    assert result.stdout.startswith("\n== sample\n")
    assert f"== sample: {word}" in result.stdout


def test_make_lists_its_targets() -> None:
    """`make help` names both commands that a newcomer needs."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    result = subprocess.run([make, "-s", "help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert "make demo " in result.stdout
    assert "make test " in result.stdout


@pytest.mark.parametrize(("target", "last"), [("test", ()), ("test-covered", ("coverage report",))])
def test_make_test_runs_every_check_in_order(target: str, last: tuple[str, ...]) -> None:
    """No check is lost from the one command; the build machine runs it covered, and the slow tier."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    dry = subprocess.run(
        [make, "-n", target], cwd=ROOT, env=plain, capture_output=True, encoding="utf-8", check=True
    ).stdout
    steps = ["format --check", "ruff check", "-m mypy", "lint-imports", "docs.build", "-m pytest", *last]
    places = [dry.index(step) for step in steps]
    assert places == sorted(places)
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert ci.index("make test-covered\n") < ci.index("make test-slow\n")
