"""Tells at the end what the tests' PostgreSQL said last, if it ended before them."""

from __future__ import annotations

import pytest

from tests.servers import SERVICES

LINES = 60


@pytest.hookimpl(optionalhook=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Print the end of its log, which goes with the session's folder."""
    services = config.stash[SERVICES]
    if exitstatus == pytest.ExitCode.OK or not services.held or services.postgres_answers():
        return
    terminalreporter.section("PostgreSQL ended before the tests")
    if not services.directory.is_dir():
        terminalreporter.write_line(f"and its folder is gone: {services.directory}")
        return
    for path in sorted(services.directory.iterdir()):
        terminalreporter.write_line(f"{path.name}: {path.stat().st_size} bytes")
    log = services.directory / "postgres.log"
    told = log.read_text(encoding="utf-8", errors="replace") if log.exists() else "it left no log"
    terminalreporter.write_line("\n".join(told.splitlines()[-LINES:]))
