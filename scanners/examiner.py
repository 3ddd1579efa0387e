"""Reads one entry and everything inside it: each member ends as an object of its own."""

from __future__ import annotations

import errno
import gc
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import BinaryIO, TypeGuard, cast

from scanners.errors import ExtractionError
from scanners.examined import Examined, Facts, Tools
from scanners.extractors.interface import Budget, Limits, Member, Opened, Tables, size_of, told_size
from scanners.extractors.table import EXTRACTORS, REFUSED
from scanners.half_bytes import Begun, SoFar
from scanners.halfway import Teller
from scanners.kinds import sniff
from scanners.masking import mask_matches
from scanners.memory import Half
from scanners.model import (
    Entry,
    Gap,
    Mark,
    Match,
    ObjectResult,
    Reason,
    RecordSegment,
    TableSegment,
    TextSegment,
)
from scanners.ocr.model import WITHOUT_PICTURES
from scanners.places import member_uri, name_of, shown_uri, stem_of
from scanners.sources.interface import GoesOn, Source
from scanners.tasks import Avoid

_SHARE_OF_TIME = 0.85  # of the limit, after which reading stops and what was read is kept
_NO_MEMORY = "failed to map segment"  # the dynamic loader's words
_DEVICE = frozenset({errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.ETIMEDOUT})
_IN_ORDER = frozenset({"zip", "tar", "gzip", "bzip2", "xz", "mbox"})
"""Kinds whose readers go through the bytes once: their place in the stream says how far they came."""


def _is_bytes(opened: BinaryIO | Tables) -> TypeGuard[BinaryIO]:
    return hasattr(opened, "read")


class Examiner:
    """Opens entries of one source and reads them within limits; lives inside a worker."""

    def __init__(
        self,
        source: Source,
        tools: Tools,
        limits: Limits,
        scope: str = "",
        *,
        passwords: tuple[str, ...] = (),
        seconds: float = math.inf,
        avoid: Avoid | None = None,
        at: Callable[[int, int], None] = lambda _inside, _last: None,
        no_pictures: Callable[[], float] = lambda: math.inf,
        known_as: str = "",
        half: Half | None = None,
        teller: Teller | None = None,
    ) -> None:
        """Read within `limits`; `seconds` is when this process is ended, whatever it does.

        `passwords` are tried on what is locked. `at` is told which member is being read (0: none) and
        which was the last one read; `no_pictures` that the entry holds none, and answers with its seconds.
        `known_as` is the uri that names the entry across scans, when it was found under another one.
        `half` is how far it was read before; `teller` is told from time to time how far it is now.
        """
        self._begun = Begun(half, tools) if half is not None else None
        self._teller = teller
        self._members: list[ObjectResult] = []
        self._scope = scope
        self._known_as = known_as
        self._seconds = seconds
        self._avoid = avoid or Avoid()
        self._at = at
        self._no_pictures = no_pictures
        self._met = self._inside = 0
        self._source = source
        self._tools = tools
        self._limits = limits
        self._passwords = passwords

    def examine(self, entry: Entry) -> list[ObjectResult]:
        """Return the entry's result and those of its members, the entry first."""
        until = time.monotonic() + self._seconds * _SHARE_OF_TIME
        examined, members = self._listed(entry), self._members
        if entry.size > self._limits.object_bytes:
            examined.gap(Gap(Reason.OVERSIZED, f"more than {told_size(self._limits.object_bytes)}"))
        else:
            try:
                with self._opened(entry) as opened:
                    budget = Budget(
                        self._limits,
                        entry.size,
                        until=until,
                        seconds=self._seconds,
                        passwords=self._passwords,
                    )
                    for member in self._contents(examined, opened, budget):
                        members.append(member)  # one by one: what was read so far is told in between
            except ExtractionError as error:
                self._stopped(examined, error.gap)
        broke_off = self._begun is not None and self._begun.broke_off
        return [replace(examined.result(), broke_off=broke_off), *members]

    def _stopped(self, examined: Examined, gap: Gap) -> None:
        """Note why reading ends; what was read in an earlier scan stays, if this one came to nothing."""
        if self._begun is not None and self._begun.mark is not None:
            self._members.extend(self._begun.restored(examined).members)
            self._begun.broke_off = True
        examined.gap(gap)

    def _opened(self, entry: Entry) -> AbstractContextManager[BinaryIO | Tables]:
        if self._begun is not None and isinstance(self._source, GoesOn):
            return self._source.open_after(entry, self._begun.mark)
        return self._source.open(entry)

    def unread(self, item: Entry | Gap, gap: Gap) -> list[ObjectResult]:
        """Return the result of something listed that is not read (any further), for the reason of `gap`."""
        examined = self._listed(item)
        self._stopped(examined, gap)
        broke_off = self._begun is not None and self._begun.broke_off
        return [replace(examined.result(), broke_off=broke_off), *self._members]

    def _listed(self, item: Entry | Gap) -> Examined:
        name = item.name if isinstance(item, Entry) else name_of(item.uri)
        matches = self._tools.places.matches(name)
        shown = shown_uri(item.uri, name, matches)
        if isinstance(item, Entry):
            facts = Facts(
                item.uri,
                shown,
                item.size,
                item.mtime_ns,
                item.owner,
                item.exposure,
                name=item.name,
                known_as=self._known_as,
            )
        else:
            facts = Facts(item.uri, shown, 0, 0, known_as=self._known_as)
        return self._named(facts, name, matches)

    def _named(self, facts: Facts, name: str, matches: list[Match]) -> Examined:
        examined = Examined(self._tools, facts, scope=self._scope)
        examined.name(name, matches)
        return examined

    def _contents(
        self, examined: Examined, opened: BinaryIO | Tables, budget: Budget
    ) -> Iterator[ObjectResult]:
        """Read an open object to its end, yielding the results of its members as they finish.

        Whatever stops the reading, what was read before stays.
        """
        budget.reached(0, 0, "")
        try:
            if _is_bytes(opened):
                yield from self._parts(examined, opened, budget)
            else:
                examined.kind = "table"
                yield from self._blocks(examined, cast("Tables", opened), budget)
        except ExtractionError as error:
            examined.gap(error.gap)
        except MemoryError as error:
            error.__traceback__ = None  # it holds what took the room
            gc.collect()
            examined.gap(Gap(Reason.MEMORY_LIMIT, told_size(self._limits.memory_bytes)))
        except (ImportError, OSError) as error:
            examined.gap(self._system(error))
        except Exception as error:  # noqa: BLE001  a fault of ours must not stop the scan; its text may hold values
            examined.gap(Gap(Reason.INTERNAL, type(error).__name__))
        if examined.shortfall.first is not None and (budget.place[1] or not examined.shortfall.counted):
            examined.shortfall.reached(*self._reached(examined.kind, opened, budget))

    def _blocks(self, examined: Examined, tables: Tables, budget: Budget) -> Iterator[ObjectResult]:
        """Read a table; what a document in it may expand to is measured against its own size too."""
        taken: dict[str, int] = {}
        for part in tables:
            if isinstance(part, Mark):
                self._marked(examined, part, taken, budget)
            elif isinstance(part, Member):
                number = taken[part.name] = taken.get(part.name, 0) + 1
                budget.source_bytes += part.size
                yield from self._member(examined, part, number, budget)
            else:
                self._take(examined, part)
            budget.check_time()

    def _marked(self, examined: Examined, mark: Mark, taken: dict[str, int], budget: Budget) -> None:
        """Go on with what was known when reading came to this place, or tell now and then what is known."""
        begun, teller = self._begun, self._teller
        if begun is None:
            return
        if begun.goes_on(mark):
            so_far = begun.restored(examined)
            self._members.extend(so_far.members)
            taken.update(so_far.taken)
            budget.source_bytes, budget.expanded, budget.members = so_far.spent
            self._met = so_far.met
        begun.broke_off = bool(mark.key)
        if mark.key and teller is not None and teller.is_due:
            spent = (budget.source_bytes, budget.expanded, budget.members)
            begun.tell(teller, examined, SoFar(mark, self._members, taken, spent, self._met))

    def _system(self, error: ImportError | OSError) -> Gap:
        """Return the gap of what the system refused: without memory no library loads, no program starts."""
        if _NO_MEMORY in str(error) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
            return Gap(Reason.MEMORY_LIMIT, told_size(self._limits.memory_bytes))
        if isinstance(error, OSError) and error.errno in _DEVICE:
            return Gap(Reason.UNREADABLE, f"errno {error.errno}")
        return Gap(Reason.INTERNAL, type(error).__name__)

    @staticmethod
    def _reached(kind: str, opened: BinaryIO | Tables, budget: Budget) -> tuple[int, int, str]:
        if budget.place[1] or kind not in _IN_ORDER or not _is_bytes(opened):
            return budget.place
        try:
            return opened.tell(), size_of(opened), "bytes"
        except (OSError, ValueError):
            return budget.place

    def _parts(self, examined: Examined, stream: BinaryIO, budget: Budget) -> Iterator[ObjectResult]:
        examined.kind = sniff(stream)
        extractor = EXTRACTORS.get(examined.kind)
        if extractor is None:
            examined.gap(Gap(REFUSED.get(examined.kind, Reason.UNSUPPORTED), examined.kind))
            return
        if budget.depth == 0 and examined.kind in WITHOUT_PICTURES:
            self._shorten(budget)
        taken: dict[str, int] = {}
        for part in extractor.segments(stream, budget):
            if isinstance(part, Member):
                number = taken[part.name] = taken.get(part.name, 0) + 1
                yield from self._member(examined, part, number, budget)
            else:
                self._take(examined, part)
            budget.check_time()

    def _shorten(self, budget: Budget) -> None:
        """Take away the time for OCR."""
        if (less := budget.seconds - self._no_pictures()) > 0:
            budget.seconds, budget.until = budget.seconds - less, budget.until - less * _SHARE_OF_TIME

    def _take(
        self, examined: Examined, part: TextSegment | TableSegment | RecordSegment | Opened | Gap
    ) -> None:
        match part:
            case Opened():
                examined.opened(part)
            case TextSegment():
                examined.text(part)
            case TableSegment():
                examined.table(part)
            case RecordSegment():
                examined.record(part)
            case Gap():
                examined.gap(part)

    def _member(self, outer: Examined, member: Member, number: int, budget: Budget) -> Iterator[ObjectResult]:
        """Read a member as an object; a second member of the same name is told apart by its number."""
        suffix = f"#{number}" if number > 1 else ""
        name = member.name or stem_of(outer.facts.uri)
        matches = self._tools.places.matches(name)
        facts = Facts(
            uri=member_uri(outer.facts.uri, name) + suffix,
            shown=member_uri(outer.facts.shown, mask_matches(name, matches)) + suffix,
            size=member.size,
            mtime_ns=member.mtime_ns,
            owner=outer.facts.owner,
            exposure=outer.facts.exposure,
            name=member.name,
            inside=True,
            known_as=member_uri(outer.facts.known_as, name) + suffix if outer.facts.known_as else "",
        )
        inner = self._named(facts, name, matches)
        inner.note = member.note
        behind = self._avoid.after
        if behind is not None and self._met >= behind[0]:
            raise ExtractionError(behind[1])
        self._met += 1
        met, avoided = self._met, self._avoid.members.get(self._met)
        if avoided is not None:
            inner.gap(avoided)
            yield inner.result()
            return
        if member.stream is None:
            inner.gap(member.gap or Gap(Reason.UNREADABLE))
            yield inner.result()
            return
        outer.read = True
        if budget.depth >= self._limits.depth:
            inner.gap(Gap(Reason.TOO_DEEP, f"more than {self._limits.depth} levels"))
            yield inner.result()
            return
        budget.depth += 1
        place, above = budget.place, self._inside
        self._inside = met
        self._at(met, met)
        deeper = list(self._contents(inner, member.stream, budget))
        self._inside = above
        self._at(above, self._met)
        budget.depth, budget.place = budget.depth - 1, place
        if member.gap is not None:
            inner.gap(member.gap)
        yield inner.result()
        yield from deeper
        if above == 0 and self._avoid.after is not None and self._met >= self._avoid.after[0]:
            raise ExtractionError(self._avoid.after[1])
