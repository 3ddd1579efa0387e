"""A skipped test proves nothing: where services are required, a skip that nobody allowed is a failure.

Required means CI=true or DAICHO_REQUIRE_SERVICES=1. `tests/allowed_skips.toml` lists what may be
skipped even then: the test (a file-name pattern over its id), a part of the message, and why.
"""

from __future__ import annotations

import fnmatch
import os
import tomllib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ALLOWED_FILE = Path(__file__).parent.parent / "allowed_skips.toml"


@dataclass(frozen=True, slots=True)
class AllowedSkip:
    """One accepted skip: which tests, which message, and why it is accepted."""

    test: str
    message: str
    because: str

    def covers(self, test_id: str, message: str) -> bool:
        """Tell whether this entry accepts the skip of a test with that message."""
        return fnmatch.fnmatchcase(test_id, self.test) and self.message in message


def services_required(environment: Mapping[str, str]) -> bool:
    """Tell whether a missing service is a failure on this machine."""
    return environment.get("CI", "").lower() == "true" or environment.get("DAICHO_REQUIRE_SERVICES") == "1"


def read_allowed(path: Path) -> tuple[AllowedSkip, ...]:
    """Read the list; an absent file allows nothing, an entry without its three parts is an error."""
    if not path.exists():
        return ()
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("skip", [])
    return tuple(AllowedSkip(entry["test"], entry["message"], entry["because"]) for entry in entries)


class SkipJudge:
    """Turns skips that nobody allowed into failures."""

    def __init__(self, allowed: tuple[AllowedSkip, ...]) -> None:
        self._allowed = allowed

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge the outcome of a test, its set-up and its tear-down."""
        report = yield
        if not hasattr(report, "wasxfail"):
            self._judge(report, item.nodeid)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Judge a module that skips itself as a whole."""
        report = yield
        self._judge(report, collector.nodeid)
        return report

    def _judge(self, report: pytest.TestReport | pytest.CollectReport, test_id: str) -> None:
        if not report.skipped:
            return
        message = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if any(entry.covers(test_id, message) for entry in self._allowed):
            return
        report.outcome = "failed"
        report.longrepr = (
            f"{test_id} was skipped where services are required: {message}\n"
            f"Install what is missing, or list the test in {ALLOWED_FILE.name} with its reason."
        )


def pytest_configure(config: pytest.Config) -> None:
    """Judge skips only where services are required."""
    if services_required(os.environ):
        config.pluginmanager.register(SkipJudge(read_allowed(ALLOWED_FILE)), "daicho-skips")
