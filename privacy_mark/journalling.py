"""What the journal keeps of a record that was written over: the fields that differ, before and after."""

from __future__ import annotations

from collections.abc import Mapping


def differing(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object] | None, dict[str, object]]:
    """Return the fields that differ, as they were and as they are; None before for what was empty then."""
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    was = {name: before[name] for name in sorted(changed) if before.get(name) not in (None, "", [])}
    return was or None, {name: after.get(name) for name in sorted(changed)}
