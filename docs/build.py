"""Rebuild the generated documents: `make docs`. With --check: exit 1 when one is not up to date.

docs/cli.md is what each command says of itself, in English; docs/detectors.md what each detector says;
docs/permissions.md what each role may do, and what each service asks for.
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
PERMISSIONS_HEAD = """\
# Who may do what

Rebuilt by `make docs` from `registry/roles.py` and the `services.py` of each part; `tests/access` holds the
services to it.

A grant gives a role within a unit and everything below it, for a period. It belongs to an affiliation
(主務 primary, 兼務 concurrent, 出向 secondment, 派遣 dispatched) and ends with it; what one affiliation
allows adds nothing to another. Rights are read afresh for every request. What a person may not see looks like
what does not exist.

**Legal entities are third parties to each other** (APPI Art. 27). A permission marked "with a basis"
reaches the entity that the affiliation belongs to; of a person above all entities that is the
headquarters. It reaches another entity only while a basis is in force: entrustment 委託 (Art. 27(5)(i))
or joint use 共同利用 (27(5)(iii)), with its document and period, recorded by one person and approved by
another one of the entity whose data they are. Without it, counts and scores are shown, never places,
samples, judgements, journal records, or whose data were recognised elsewhere. The comparison itself
runs over the whole group inside the platform, on keyed fingerprints; nobody is shown what it matched
between two entities unless one affiliation opens both.

**Duties that exclude each other** (`registry/duties.py`) are refused when a role or an affiliation is
given, for overlapping periods: an auditor neither belongs primarily to the audited unit (an entity of
one department at most excepted) nor manages it or what is above or below it; the audit manager is
neither privacy manager nor top management nor statutory auditor; top management is privacy manager only
in an entity marked small; nobody gives a role to themselves; who approves a basis or a judgement is not
who recorded it (also a constraint of the database).

Not defended against: who manages users of an entity can appoint somebody there; the journal tells of
it. Codes of units, sign-in names and entry numbers are unique in the whole registry, so that a taken
one can be noticed. A scan by command line acts for the owner of the machine, whom nothing is hidden
from.
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


def permission_matrix() -> str:
    """Return who may do what as Markdown: the matrix of roles, and the permission of every service."""
    from privacy_mark.services import SERVICES as CERTIFICATION
    from registry.roles import (
        OWN_ONLY,
        PERMISSION_NAMES,
        PERMISSIONS,
        ROLE_NAMES,
        SEPARATED,
        Permission,
        Role,
    )
    from registry.services import SERVICES

    services = SERVICES | CERTIFICATION
    columns = list(Permission)
    lines = [
        PERMISSIONS_HEAD,
        "| Role | id | " + " | ".join(str(number + 1) for number in range(len(columns))) + " |",
    ]
    lines.append("|---|---|" + ":-:|" * len(columns))
    for role in Role:
        name = ROLE_NAMES[role]
        marks = " | ".join("●" if each in PERMISSIONS[role] else "" for each in columns)
        lines.append(f"| {name.en} {name.ja} | `{role}` | {marks} |")
    lines += ["", "| | Permission | id | Between entities | Services |", "|---|---|---|---|---|"]
    for number, permission in enumerate(columns, 1):
        named = PERMISSION_NAMES[permission]
        asked = ", ".join(f"`{name}`" for name, needed in sorted(services.items()) if needed is permission)
        limit = (
            "never" if permission in OWN_ONLY else "with a basis" if permission in SEPARATED else "as granted"
        )
        lines.append(f"| {number} | {named.en} {named.ja} | `{permission}` | {limit} | {asked} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write, or compare, every generated document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    generated = {
        DOCS / "cli.md": command_reference(),
        DOCS / "detectors.md": detector_pages(),
        DOCS / "permissions.md": permission_matrix(),
    }
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
