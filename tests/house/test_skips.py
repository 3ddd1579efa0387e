"""Where services are required, a skip that nobody allowed is a failure."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.plugins.skips import ALLOWED_FILE, SkipJudge, read_allowed, services_required

ROOT = Path(__file__).resolve().parents[2]

SKIPPING = """
import pytest

def test_allowed():
    pytest.skip("Chromium is not installed")

def test_other_reason():
    pytest.skip("tired")

@pytest.mark.xfail(strict=True, reason="known")
def test_known():
    assert 1 == 2

def test_passes():
    assert 1 + 1 == 2
"""
ALLOWED = """
[[skip]]
test = "*::test_allowed"
message = "Chromium"
because = "no browser on this system"
[[skip]]
test = "*::test_other_reason"
message = "not installed"
because = "another message than the one it gives"
"""
MODULE_SKIP = 'import pytest\npytest.skip("whole module", allow_module_level=True)\n'

pytest_plugins = ["pytester"]


def test_only_listed_skips_pass(pytester: pytest.Pytester) -> None:
    """An allowed skip stays a skip, any other fails, an expected failure is neither."""
    pytester.makepyfile(test_sample=SKIPPING)
    allowed = pytester.makefile(".toml", allowed=ALLOWED)
    result = pytester.inline_run("-p", "no:randomly", plugins=[SkipJudge(read_allowed(allowed))])
    passed, skipped, failed = result.listoutcomes()
    names = [[report.nodeid.split("::")[-1] for report in group] for group in (passed, skipped, failed)]
    assert names == [["test_passes"], ["test_allowed", "test_known"], ["test_other_reason"]]


def test_a_module_that_skips_itself_fails(pytester: pytest.Pytester) -> None:
    """A module skipped as a whole is judged like its tests would be."""
    pytester.makepyfile(test_sample=MODULE_SKIP)
    result = pytester.inline_run(plugins=[SkipJudge(())])
    assert result.ret != 0
    assert "whole module" in str(result.getfailures()[0].longrepr)


@pytest.mark.parametrize(
    ("environment", "required"),
    [({}, False), ({"CI": "true"}, True), ({"CI": "false"}, False), ({"DAICHO_REQUIRE_SERVICES": "1"}, True)],
)
def test_services_are_required_in_ci_or_when_asked(environment: dict[str, str], required: bool) -> None:
    """A developer's machine may lack services; the build machine may not."""
    assert services_required(environment) is required


def test_every_allowed_skip_names_a_test_that_exists() -> None:
    """The list holds no entry for a test that was renamed or removed, and gives every reason."""
    for entry in read_allowed(ALLOWED_FILE):
        assert len(entry.because) > 20
        if entry.test == "*":
            given = [
                p for p in (ROOT / "tests").rglob("conftest.py") if entry.message in p.read_text("utf-8")
            ]
            assert given, f"no fixture skips with {entry.message!r}"
            continue
        path, _, name = entry.test.partition("::")
        modules = list(ROOT.glob(path))
        assert modules, f"no file matches {entry.test}"
        functions = {
            node.name
            for module in modules
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef)
        }
        wanted = re.compile(name.split("[")[0].replace("*", ".*"))
        assert any(wanted.fullmatch(function) for function in functions), f"no test matches {entry.test}"
