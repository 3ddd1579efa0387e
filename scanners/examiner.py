"""Reads one entry and everything inside it: each member ends as an object of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, TypeGuard, cast

from scanners.errors import ExtractionError
from scanners.examined import Examined, Facts, Tools
from scanners.extractors.interface import Budget, Limits, Member, Opened, Tables
from scanners.extractors.table import EXTRACTORS, REFUSED
from scanners.kinds import sniff
from scanners.masking import mask_matches
from scanners.model import Entry, Gap, Match, ObjectResult, Reason, RecordSegment, TableSegment, TextSegment
from scanners.places import member_uri, name_of, shown_uri, stem_of
from scanners.sources.interface import Source


def _is_bytes(opened: BinaryIO | Tables) -> TypeGuard[BinaryIO]:
    return hasattr(opened, "read")


class Examiner:
    """Opens entries of one source and reads them within limits; lives inside a worker."""

    def __init__(
        self, source: Source, tools: Tools, limits: Limits, scope: str = "", passwords: tuple[str, ...] = ()
    ) -> None:
        self._scope = scope
        self._source = source
        self._tools = tools
        self._limits = limits
        self._passwords = passwords

    def examine(self, entry: Entry) -> list[ObjectResult]:
        """Return the entry's result and those of its members, the entry first."""
        examined = self._listed(entry)
        members: list[ObjectResult] = []
        if entry.size > self._limits.object_bytes:
            examined.gap(Gap(Reason.OVERSIZED, f"more than {self._limits.object_bytes} bytes"))
        else:
            try:
                with self._source.open(entry) as opened:
                    budget = Budget(self._limits, entry.size, passwords=self._passwords)
                    members.extend(self._contents(examined, opened, budget))
            except ExtractionError as error:
                examined.gap(error.gap)
        return [examined.result(), *members]

    def unread(self, item: Entry | Gap, gap: Gap) -> list[ObjectResult]:
        """Return the result of something listed that was not read, for the reason of `gap`."""
        examined = self._listed(item)
        examined.gap(gap)
        return [examined.result()]

    def _listed(self, item: Entry | Gap) -> Examined:
        name = item.name if isinstance(item, Entry) else name_of(item.uri)
        matches = self._tools.places.matches(name)
        shown = shown_uri(item.uri, name, matches)
        if isinstance(item, Entry):
            facts = Facts(item.uri, shown, item.size, item.mtime_ns, item.owner, item.exposure)
        else:
            facts = Facts(item.uri, shown, 0, 0)
        return self._named(facts, name, matches)

    def _named(self, facts: Facts, name: str, matches: list[Match]) -> Examined:
        examined = Examined(self._tools, facts, scope=self._scope)
        examined.name(name, matches)
        return examined

    def _contents(
        self, examined: Examined, opened: BinaryIO | Tables, budget: Budget
    ) -> Iterator[ObjectResult]:
        """Read an open object to its end, yielding the results of its members as they finish."""
        try:
            if _is_bytes(opened):
                yield from self._parts(examined, opened, budget)
            else:
                examined.kind = "table"
                for block in cast("Tables", opened):
                    self._take(examined, block)
        except ExtractionError as error:
            examined.gap(error.gap)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  a fault of ours must not stop the scan; its text may hold values
            examined.gap(Gap(Reason.INTERNAL, type(error).__name__))

    def _parts(self, examined: Examined, stream: BinaryIO, budget: Budget) -> Iterator[ObjectResult]:
        examined.kind = sniff(stream)
        extractor = EXTRACTORS.get(examined.kind)
        if extractor is None:
            examined.gap(Gap(REFUSED.get(examined.kind, Reason.UNSUPPORTED), examined.kind))
            return
        taken: dict[str, int] = {}
        for part in extractor.segments(stream, budget):
            if isinstance(part, Member):
                number = taken[part.name] = taken.get(part.name, 0) + 1
                yield from self._member(examined, part, number, budget)
            else:
                self._take(examined, part)

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
        )
        inner = self._named(facts, name, matches)
        inner.note = member.note
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
        deeper = list(self._contents(inner, member.stream, budget))
        budget.depth -= 1
        if member.gap is not None:
            inner.gap(member.gap)
        yield inner.result()
        yield from deeper
