"""The workspace's own rules: every YAML file in its folder `rules`, read in the order of their names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from scanners.errors import RuleError
from scanners.rules.model import RuleSet

FOLDER = "rules"


def rule_files(workspace: Path) -> list[Path]:
    """Return the rule files of a workspace."""
    folder = workspace / FOLDER
    return sorted(each for each in folder.glob("*.y*ml") if each.suffix in (".yaml", ".yml"))


def rules_of(workspace: Path, today: date) -> RuleSet:
    """Return all rules of a workspace; raises `RuleError` naming file and line."""
    return rules_from(rule_files(workspace), today)


def rules_from(files: Iterable[Path], today: date) -> RuleSet:
    """Return the rules of these files together; raises `RuleError` naming file and line."""
    from scanners.rules.loading import joined, load  # with every detector: not for commands without rules

    return joined(load(_text(path), str(path), today) for path in files)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RuleError(f"{path}: cannot be read ({error.strerror}); correct its rights") from None
    except UnicodeDecodeError:
        raise RuleError(f"{path}: is no UTF-8 text; save it as UTF-8") from None
