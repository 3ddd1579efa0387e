"""Which process runs which tests."""

from __future__ import annotations

import re
from pathlib import Path

from tests.plugins.sharing_out import LOOK_AT_THE_DEMO, share_of

ROOT = Path(__file__).resolve().parents[2]


def test_a_module_stays_whole() -> None:
    """Its tests share what it prepares; another module's do not wait for them."""
    shares = {share_of("tests/a/test_b.py::test_c[x::y]"), share_of("tests/a/test_b.py::test_d")}
    assert shares == {"tests/a/test_b.py"}


def test_the_demo_is_made_by_one_process() -> None:
    """Every module whose tests ask for the demo's run is one of those that stay together."""
    asking = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if re.search(r"\bdemo_run: DemoRun\b", path.read_text(encoding="utf-8"))
    }
    assert asking == set(LOOK_AT_THE_DEMO)
    assert {share_of(f"{module}::test_x") for module in asking} == {"demo"}
