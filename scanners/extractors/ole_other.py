"""Compound files of programs without a reader of their own: what is embedded, what they say of themselves."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from scanners.extractors.compound import SIGNATURE, Compound, embedded, label, native, properties
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.macros import macros
from scanners.extractors.text_runs import narrow_runs, wide_runs
from scanners.model import Gap, Reason, TextSegment

_FRAME = (
    "\x01CompObj",
    "\x01Ole",
    "\x03ObjInfo",
    "\x03EPRINT",
    "\x02OlePres000",
    "\x03LinkInfo",
    "\x03PRINT",
    "PROJECT",
    "PROJECTwm",
)
_MACROS = frozenset({"VBA", "MACROS", "_VBA_PROJECT_CUR"})
_PROGRAMS = (
    ("Quill", "Publisher"),
    ("MatOST", "Works"),
    ("   1", "Project"),
    ("Catalog", "a list of thumbnails"),
)
_SEARCHED = 8 << 20  # bytes of a stream in which text is looked for
_KNOWN = (b"%PDF", b"PK\x03\x04", b"{\\rtf", b"\xff\xd8\xff", b"\x89PNG", SIGNATURE)


class OtherCompound:
    """Packed files, embedded storages and properties; the rest by runs of text, and said to be so."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield what is known to be a file or text."""
        compound = Compound(stream, budget)
        packed = compound.find("\x01Ole10Native")
        unread: list[int] = []
        if packed:
            yield native(compound.read(*packed), "packed file")
        publication = compound.find("Quill", "QuillSub", "CONTENTS")
        if publication:
            text = "\n".join(wide_runs(compound.read(*publication), shortest=2))
            yield TextSegment(text, "text of the publication")
        for storage in compound.children():
            if storage.upper() not in _MACROS and not (publication and storage == publication[0]):
                yield from embedded(compound, storage)
        yield from macros(compound)
        yield from properties(compound)
        for path in compound.paths:
            name = path[-1]
            if len(path) > 1 or path == packed or name.startswith("\x05") or name in _FRAME:
                continue
            data = compound.read(*path)
            if data.startswith(_KNOWN):
                yield Member(label(path), io.BytesIO(data), len(data))
                continue
            looked = data[:_SEARCHED]
            runs = [*wide_runs(looked, shortest=4), *narrow_runs(looked, 8)]
            if runs:
                yield TextSegment("\n".join(dict.fromkeys(runs)), f"stream {label(path)}")
            if data.strip(b"\x00"):
                unread.append(len(data))
        yield from compound.short
        if unread:
            looked_at = sum(min(size, _SEARCHED) for size in unread)
            told = f"{len(unread)} streams of {_program(compound)}: runs of ASCII and UTF-16 only"
            yield Gap(Reason.UNSUPPORTED, f"{told}, in {looked_at} of {sum(unread)} bytes")


def _program(compound: Compound) -> str:
    tops = {path[0] for path in compound.paths}
    return next(
        (told for name, told in _PROGRAMS if any(top.startswith(name) for top in tops)), "an unknown program"
    )
