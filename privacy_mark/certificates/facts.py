"""Whether the corrections of a workspace can be read: every section of every file, by all who read one."""

from __future__ import annotations

from privacy_mark.certificates import accident_rules, bodies, cycle, fees, steps
from privacy_mark.processors import rules
from registry.corrections import Files


def check(files: Files) -> None:
    """Read every section of the files; raises `ReferenceFileError` naming file and line."""
    for made in (bodies.made, fees.made, steps.made, cycle.made, accident_rules.made, rules.made):
        made(files)
