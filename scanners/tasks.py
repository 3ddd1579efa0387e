"""One entry on its way through workers, until it ends in results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scanners.memory import Half
from scanners.model import Entry, Gap, ObjectResult, Reason

_ENDED = (Reason.CRASHED, Reason.TIME_LIMIT, Reason.MEMORY_LIMIT)
_REPEATED = 3  # times that an entry is tried again without what ended its worker


@dataclass(frozen=True, slots=True)
class Avoid:
    """What of one entry is not read again, because a worker died of it."""

    members: Mapping[int, Gap] = field(default_factory=dict)  # in the order in which they are met, from 1
    after: tuple[int, Gap] | None = None  # nothing of the entry behind this member


@dataclass(frozen=True, slots=True)
class Task:
    """One item on its way through a worker; with `gap` only to describe why it was not read."""

    item: Entry | Gap
    gap: Gap | None = None
    avoid: Avoid = field(default_factory=Avoid)
    repeated: int = 0
    known_as: str = ""  # the uri that names the object across scans, when it was found under another one
    carried: tuple[ObjectResult, ...] = ()  # it is not read: only who can read it is asked anew
    half: Half | None = None  # how far it was read before; None: nobody keeps that

    def after(self, gap: Gap, inside: int, last: int) -> Task:
        """Return what follows a task without result; `inside` and `last` are members of the entry.

        What was read before a member ended the worker is read once more without it, or up to it when it
        was not in a member. A worker that dies may take the finished result of the task before with it, so
        what it seems to have died of is tried once more. Where too many members end their worker, what stands
        before the last of them is read, and no more. In the end a worker still has to look for personal data
        in the name before the failure can be shown.
        """
        if self.repeated < _REPEATED and gap.reason in _ENDED:
            again = replace(self, repeated=self.repeated + 1)
            if inside and inside not in self.avoid.members:
                members = {**self.avoid.members, inside: gap}
                return replace(again, avoid=replace(self.avoid, members=members))
            if not inside and last and self.avoid.after is None:
                return replace(again, avoid=replace(self.avoid, after=(last, gap)))
            if gap.reason is not Reason.TIME_LIMIT and not self.repeated:
                return again
        elif gap.reason in _ENDED and self.avoid.after is None and (inside or last):
            members = {**self.avoid.members, **({inside: gap} if inside else {})}
            return replace(self, repeated=self.repeated + 1, avoid=Avoid(members, (inside or last, gap)))
        return replace(self, gap=gap)
