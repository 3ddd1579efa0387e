"""What a PDF still holds beside what it shows: earlier states of it, and pages that no page tree names.

A document that is saved by additions keeps what it said before, and anyone can cut it back; a page that is
taken out often stays as an object.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.locked_pdf import unlocked
from scanners.extractors.package import MALFORMED
from scanners.extractors.pdf_notes import notes_of
from scanners.extractors.pdf_raw import Look, page_objects, rescued
from scanners.model import Gap, Reason, TextSegment

_END = b"%%EOF"
_MOST_STATES = 5


class Earlier:
    """The other states of a document; `seen` are the lines of the one that is shown, where needed."""

    def __init__(self, data: bytes, found: Look, pages: int) -> None:
        self._data = data
        self._found = found
        self._ends = _ends(data)
        objects = page_objects(data, found, pages) if found.whole else 0
        self._outside = max(0, objects - pages)
        self.needed = bool(self._ends or self._outside)
        self.seen = set[str]()

    def keep(self, part: Extracted) -> None:
        """Remember the lines of what is shown."""
        if self.needed and isinstance(part, TextSegment):
            self.seen.update(part.text.splitlines())

    def segments(self, budget: Budget) -> Iterator[Extracted]:
        """Yield the lines that only other states have, as "revision 1 p. 3"; what cannot be read is a gap."""
        total = len(self._ends)
        read = self._ends[-_MOST_STATES:]
        for number, end in enumerate(read, start=total - len(read) + 1):
            yield from self._state(self._data[:end], f"revision {number}", budget)
        if total > len(read):
            told = f"read: the last {len(read)} of {total} earlier revisions"
            yield Gap(Reason.SAMPLED, told, seen=len(read), total=total, unit="revisions")
        if self._outside:
            anew = rescued(self._data, self._found)
            if anew is None:
                yield Gap(Reason.UNSUPPORTED, f"{self._outside} pages outside the page tree")
            else:
                yield from self._state(anew, "outside the page tree", budget)

    def _state(self, data: bytes, name: str, budget: Budget) -> Iterator[Extracted]:
        try:
            document, _ = unlocked(data, budget)
        except ExtractionError as error:
            if error.gap.reason in (Reason.DAMAGED, Reason.ENCRYPTED):
                yield Gap(Reason.DAMAGED, name)
                return
            raise
        failed = 0
        try:
            count = len(document)
            for number in range(count):
                budget.check_time()
                lines: list[str] = []
                try:
                    page = document[number]
                    try:
                        text_page = page.get_textpage()
                        try:
                            lines += str(text_page.get_text_range()).splitlines()
                        finally:
                            text_page.close()
                        notes = notes_of(document, page, budget)
                        for part in notes.segments("") if notes else ():
                            lines += part.text.splitlines() if isinstance(part, TextSegment) else ()
                    finally:
                        page.close()
                except MALFORMED:
                    failed += 1
                text = "\n".join(line for line in lines if line.strip() and line not in self.seen)
                self.seen.update(lines)
                if text:
                    budget.spend(len(text))
                    yield TextSegment(text, f"{name} p. {number + 1}")
            if failed:
                told = f"{name}: {failed} of {count} pages"
                yield Gap(Reason.DAMAGED, told, seen=count - failed, total=count, unit="pages")
        finally:
            document.close()


def _ends(data: bytes) -> list[int]:
    """Return where earlier states of a document end: at each mark but the last that objects follow."""
    if data.count(_END) < 2:
        return []
    found: list[int] = []
    place = data.find(_END)
    if b"/Linearized" in data[:1024]:  # its first mark ends its first page
        place = data.find(_END, place + 1)
    while place >= 0:
        following = data.find(_END, place + 1)
        if b"startxref" in data[max(0, place - 64) : place]:
            rest = data.find(b" obj", place, following if following >= 0 else len(data))
            if rest >= 0:
                found.append(place + len(_END))
        place = following
    return found
