"""Collects the message ids that the dashboard's sources use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    *(
        path
        for name in ("notify", "pages", "sign_in")
        for path in sorted((ROOT / "daicho" / name).glob("*.py"))
    ),
    ROOT / "daicho" / "uploads.py",
)
_NAMES = {"text", "mark"}


def used() -> dict[str, str]:
    """Return every message id in the sources, with the file that uses it first."""
    found: dict[str, str] = {}
    for path in SOURCES:
        for msgid in _ids(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(msgid, path.name)
    return found


def _ids(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        first = node.args[0]
        if name in _NAMES and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value
