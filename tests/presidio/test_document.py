"""The examples of docs/presidio.md run as they are written."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "presidio.md"


def test_the_examples_run() -> None:
    """Every Python block of the document runs after the one before it, and what it asserts holds."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 5
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, DOCUMENT.name, "exec"), names)
    assert {"engine", "phone", "own", "matches"} <= names.keys()
