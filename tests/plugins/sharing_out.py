"""Which process runs which tests: a module stays whole, and whatever looks at the demo stays together.

What a module prepares for its tests is then prepared once; the marks of pytest-xdist 3.8 that keep tests
together are lost on the way in pytest 9.2.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

LOOK_AT_THE_DEMO = (
    "tests/canary/test_canary.py",
    "tests/demo/test_risks.py",
    "tests/demo/test_applications.py",
)


def share_of(nodeid: str) -> str:
    """Return the name of what a test belongs to."""
    module = nodeid.partition("::")[0]
    return "demo" if module in LOOK_AT_THE_DEMO else module


class ByModule(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives the module with the most tests away first."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    """Share the tests out by module."""
    return ByModule(config, log)
