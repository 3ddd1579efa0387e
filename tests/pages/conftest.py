"""One small real workspace for all tests of the pages."""

from __future__ import annotations

import pytest

from tests.pages.group import Group, build


@pytest.fixture(scope="session")
def group(tmp_path_factory: pytest.TempPathFactory) -> Group:
    """Return the invented group; tests that change it copy it first."""
    return build(tmp_path_factory.mktemp("workspace") / "group")
