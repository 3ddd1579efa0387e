"""One demonstration group for all tests of this folder."""

from pathlib import Path

import pytest

from daicho.demo import DemoGroup, build


@pytest.fixture(scope="session")
def group(tmp_path_factory: pytest.TempPathFactory) -> DemoGroup:
    """Return the group as `make demo` builds it."""
    return build(Path(tmp_path_factory.mktemp("demo")))
