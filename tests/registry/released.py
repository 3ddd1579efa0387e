"""Which released schemas the fast tier tries: some, the newest among them; the slow tier tries all."""

from __future__ import annotations

import pytest

from registry.migrations.upgrade import revisions

_OFTEN = {*revisions()[::16], revisions()[-1]}


def marks_of(revision: str) -> tuple[pytest.MarkDecorator, ...]:
    """Return the marks of a test of one released schema."""
    return () if revision in _OFTEN else (pytest.mark.slow,)
