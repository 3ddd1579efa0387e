"""Rebuild the generated documents: `make docs`. With --check: exit 1 when one is not up to date.

docs/cli.md is what each command says of itself, in English; docs/detectors.md what each detector says.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
WIDTH = 96
DETECTORS_HEAD = """\
# Every detector

What each detector says of itself, rebuilt by `make docs` from the docstring of its class: what it finds,
where the definition comes from, what is found and what is not. Its cases stand in
`tests/detectors/cases/NAME.yaml`. Rules of your own: [custom-rules.md](custom-rules.md); a new detector:
[adding-a-detector.md](adding-a-detector.md).
"""
HEAD = """\
# Every command

What each command says of itself (`daicho COMMAND --help`), rebuilt by `make docs`. With `DAICHO_LANGUAGE=ja`,
or a Japanese terminal, the commands speak Japanese. Exit codes and output: [scan-output.md](scan-output.md).
"""


def command_reference() -> str:
    """Return the reference of all commands as Markdown."""
    # Help texts are translated when the commands are imported.
    os.environ["DAICHO_LANGUAGE"] = "en"
    os.environ["TERMINAL_WIDTH"] = str(WIDTH)
    os.environ.pop("DAICHO_WORKSPACE", None)
    import typer

    from daicho.cli import app

    return HEAD + "".join(_sections(typer.main.get_command(app), "daicho", None))


def _sections(command: Any, path: str, parent: Any) -> Iterator[str]:
    context = command.make_context(path, [], parent=None, resilient_parsing=True, terminal_width=WIDTH)
    help_text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    if parent is not None:
        yield f"\n## {path}\n\n```text\n{help_text}\n```\n"
    for name, child in sorted(getattr(command, "commands", {}).items()):
        if not child.hidden:
            yield from _sections(child, f"{path} {name}", command)


def detector_pages() -> str:
    """Return the public pages of all detectors as Markdown, in the order of the table."""
    from scanners.detectors.table import pattern_detectors, text_detectors

    return DETECTORS_HEAD + "".join(_page(each) for each in (*pattern_detectors(), *text_detectors()))


def _page(detector: Any) -> str:
    summary, _, body = inspect.cleandoc(type(detector).__doc__ or "").partition("\n\n")
    points: list[str] = []
    for line in body.splitlines():
        word = line.partition(":")[0]
        if word in ("What", "Source", "Found", "Rejected"):
            points.append(f"- **{word}**:{line.removeprefix(word + ':')}")
        elif points and line.strip():
            points[-1] += f" {line.strip()}"
        elif line.strip():
            points.append(line.strip())
    categories = ", ".join(f"`{category.value}`" for category in sorted(detector.categories))
    title = f"\n## {detector.name}\n\n{' '.join(summary.split())}\n\n"
    return f"{title}Version {detector.version}; category {categories}.\n\n" + "\n".join(points) + "\n"


def main() -> int:
    """Write, or compare, every generated document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    generated = {DOCS / "cli.md": command_reference(), DOCS / "detectors.md": detector_pages()}
    stale = [
        path
        for path, text in generated.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if check:
        for path in stale:
            print(f"{path.relative_to(DOCS.parent)} is not up to date: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(generated[path], encoding="utf-8")
        print(f"rebuilt {path.relative_to(DOCS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
