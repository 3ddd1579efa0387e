"""Input made to hold up the patterns that readers search with: read within a bound, in time with its size."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from scanners.text_kinds import text_kind

SECONDS = 10  # a hundred times what each takes; without care each would take minutes or years


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """End a test that would go on and on."""

    def ended(*_: object) -> None:
        pytest.fail("searched for too long")

    before = signal.signal(signal.SIGALRM, ended)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_remarks_before_what_is_no_page() -> None:
    """Each remark is passed over once."""
    assert text_kind("<!--a-->\n" * 60 + "<svg></svg>") != "html"
    assert text_kind("<!--a-->\n" * 60 + "<p>a</p>") == "html"
    assert text_kind("<!--" * 400) != "html"
