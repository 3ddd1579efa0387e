"""Holds what comes out of a container in memory: counted as it streams, bounded, kept as far as it came."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Member
from scanners.extractors.package import MALFORMED, MEMBER_BYTES
from scanners.model import Gap, Reason


def filled(member: Member, chunks: Iterable[bytes], budget: Budget, *, spend: bool = True) -> Member:
    """Return a member with its content; what ends early has what came before the fault, and its gap.

    Raises `ExtractionError` only when the whole object expands too far.
    """
    held = io.BytesIO()
    gap: Gap | None = None
    try:
        for chunk in chunks:
            if spend:
                budget.spend(len(chunk))
            room = MEMBER_BYTES - held.tell()
            held.write(chunk[:room])
            if len(chunk) > room:
                of = f" of {member.size}" if member.size > MEMBER_BYTES else ""
                gap = Gap(Reason.OVERSIZED, f"read: the first {MEMBER_BYTES}{of} bytes")
                break
    except ExtractionError as error:
        if error.gap.reason is Reason.EXPANDS_TOO_FAR:
            raise
        gap = error.gap
    except MALFORMED as error:
        gap = Gap(Reason.DAMAGED, f"{type(error).__name__} after {held.tell()} bytes")
    if gap is not None and not held.tell():
        return member.without(gap)
    if gap is not None and not gap.total and member.size > held.tell():
        gap = replace(gap, seen=held.tell(), total=member.size, unit="bytes")
    size = max(member.size, held.tell()) if gap else held.tell()
    held.seek(0)
    return replace(member, stream=held, size=size, gap=gap)
