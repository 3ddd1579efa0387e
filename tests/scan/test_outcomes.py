"""What is said of an object that was not examined wholly: every reason, the limit, the share."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from scanners.examiner import Examiner
from scanners.extractors.interface import Limits, Tables
from scanners.fingerprint import Fingerprinter
from scanners.isolation import failure
from scanners.kinds import sniff
from scanners.model import Category, Entry, Gap, ObjectResult, Outcome, Reason, Suffix, TableSegment
from scanners.preload import Places, Tools, analyzer
from scanners.shortfall import Shortfall, cut
from scanners.sources.local import LocalSource
from scanners.suffixes import judged, suffix_of
from scanners.tasks import Avoid, Task
from tests.extractors import samples


@pytest.fixture(scope="module")
def tools() -> Tools:
    """What a worker has, without names."""
    built = analyzer(names=False)
    return Tools(built, Fingerprinter(b"k" * 32), Places(built))


def shortfall(*gaps: Gap, reached: tuple[int, int, str] | None = None) -> Shortfall:
    """Return what these gaps come to."""
    made = Shortfall()
    for gap in gaps:
        made.add(gap)
    if reached:
        made.reached(*reached)
    return made


def counted(seen: int, total: int, reason: Reason = Reason.DAMAGED, unit: str = "pages") -> Gap:
    """Return a gap whose reader counted."""
    return Gap(reason, "some of it", seen=seen, total=total, unit=unit)


@pytest.mark.parametrize(
    ("gaps", "reached", "share"),
    [
        ((), None, 1.0),
        ((counted(7, 10),), None, 0.7),
        ((counted(9, 10), counted(8, 10, Reason.ENCRYPTED)), None, 0.7),
        ((counted(28, 40, unit="parts"), counted(1, 2, Reason.SAMPLED, "sheets")), None, 0.35),
        ((counted(3, 20, Reason.TOO_MANY_MEMBERS, "members"),), None, 0.15),
        ((Gap(Reason.DAMAGED, "read: 3 of 10 pages"),), None, None),  # words are for people
        ((Gap(Reason.DAMAGED, "p. 3: KeyError"),), None, None),
        ((Gap(Reason.DAMAGED, "p. 3: KeyError"),), (10, 10, "pages"), 0.9),
        ((Gap(Reason.ENCRYPTED, "2 members"),), (8, 8, "members"), 0.75),
        ((Gap(Reason.UNDECODABLE, "12 characters"),), (10, 10, "pages"), 0.9),
        ((Gap(Reason.TIME_LIMIT, "120 s"),), (3, 10, "pages"), 0.3),
        ((Gap(Reason.TIME_LIMIT, "120 s"),), None, None),
        ((counted(5, 0),), None, None),
        ((counted(-50, 10),), None, 0.0),
        ((counted(50, 10),), None, 1.0),
    ],
)
def test_the_share_is_what_was_counted(
    gaps: tuple[Gap, ...], reached: tuple[int, int, str] | None, share: float | None
) -> None:
    """Where nobody counted, it is unknown."""
    found = shortfall(*gaps, reached=reached).share(read=True)
    assert found == (None if share is None else pytest.approx(share))


def test_nothing_read_is_a_share_of_nothing() -> None:
    """Whatever was counted."""
    assert shortfall(Gap(Reason.ENCRYPTED), reached=(5, 10, "pages")).share(read=False) == 0.0


def test_all_reasons_are_told_in_a_bounded_length() -> None:
    """Each once with its details; one alone as its reader says it; a million in a few words."""
    assert shortfall(Gap(Reason.DAMAGED, "no document part")).detail() == "no document part"
    assert shortfall(Gap(Reason.LINK)).detail() == ""
    two = shortfall(Gap(Reason.ENCRYPTED, "2 members"), Gap(Reason.DAMAGED, "1 of 10 pages"))
    assert two.detail() == "encrypted: 2 members; damaged: 1 of 10 pages"
    many = shortfall(*(Gap(Reason.DAMAGED, f"p. {number}") for number in range(1000)))
    assert many.detail() == "p. 0, p. 1, p. 2 (+997)"
    assert len(cut(shortfall(*(Gap(reason, "x" * 300) for reason in Reason)).detail())) == 400


@dataclass(frozen=True, slots=True)
class Blocks:
    """One table whose second block comes late."""

    late: float

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield the table."""
        yield Entry("test://host/db!member", "member", size=0, mtime_ns=0)

    def _blocks(self) -> Tables:
        for number in range(3):
            yield TableSegment("member", ("電話番号",), number + 1, ((f"090-0000-100{number}",),))
            time.sleep(self.late)

    def open(self, entry: Entry) -> AbstractContextManager[BinaryIO | Tables]:
        """Return its blocks."""
        return cast("AbstractContextManager[BinaryIO | Tables]", nullcontext(self._blocks()))


def test_reading_ends_when_its_time_is_over(tools: Tools) -> None:
    """What was read until then counts, and the limit is named."""
    source = Blocks(1.0)
    (entry,) = source.entries()
    (result,) = Examiner(source, tools, Limits(), seconds=1.0).examine(cast("Entry", entry))
    assert (result.outcome, result.reason, result.detail) == (Outcome.PARTIAL, Reason.TIME_LIMIT, "1 s")
    assert 1 <= result.categories[Category.PHONE].count < 3


def examined(path: Path, tools: Tools, **how: object) -> list[ObjectResult]:
    """Return the results of one file, read here."""
    (entry,) = LocalSource(path).entries()
    assert isinstance(entry, Entry)
    return Examiner(LocalSource(path), tools, Limits(), **how).examine(entry)  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", ["txt", "csv"])
def test_the_share_of_a_long_text_is_told(tools: Tools, tmp_path: Path, suffix: str) -> None:
    """When time is over at once, its first piece was read."""
    path = tmp_path / f"long.{suffix}"
    line = "電話番号: 090-0000-1234\n" if suffix == "txt" else "1,090-0000-1234,x\n"
    path.write_text(line * 60_000, encoding="utf-8")
    (result,) = examined(path, tools, seconds=1e-9)
    assert (result.kind, result.outcome, result.reason) == (suffix, Outcome.PARTIAL, Reason.TIME_LIMIT)
    assert result.share is not None
    found = result.categories[Category.PHONE].count
    assert found / 60_000 == pytest.approx(result.share, abs=0.01)


def test_the_share_of_a_document_is_told(tools: Tools, tmp_path: Path) -> None:
    """One page of four."""
    path = tmp_path / "a.pdf"
    path.write_bytes(samples.pdf_file(4))
    (result,) = examined(path, tools, seconds=1e-9)
    assert result.outcome in (Outcome.PARTIAL, Outcome.FAILED)
    assert result.share in (0.0, 0.25)


def test_members_that_ended_a_worker_are_left_out(tools: Tools, tmp_path: Path) -> None:
    """One by its number, or all behind a number; the rest is read as before."""
    path = tmp_path / "a.zip"
    text = samples.LINE.encode()
    path.write_bytes(samples.zip_file({f"{number}.txt": text for number in range(4)}))
    died = Gap(Reason.CRASHED, "SIGSEGV")
    told: list[tuple[int, int]] = []
    results = examined(
        path, tools, avoid=Avoid({2: died}), at=lambda inside, last: told.append((inside, last))
    )
    assert [result.reason for result in results] == [None, None, Reason.CRASHED, None, None]
    assert told == [(1, 1), (0, 1), (3, 3), (0, 3), (4, 4), (0, 4)]
    results = examined(path, tools, avoid=Avoid(after=(2, died)))
    assert [result.outcome for result in results] == [Outcome.PARTIAL, Outcome.COMPLETE, Outcome.COMPLETE]


def test_a_task_is_tried_again_a_few_times_only() -> None:
    """Without what ended its worker; then it is over."""
    entry = Entry("test://a", "a", 1, 1)
    died, late = Gap(Reason.CRASHED, "SIGSEGV"), Gap(Reason.TIME_LIMIT, "120 s")
    assert Task(entry).after(died, 0, 0) == Task(entry, repeated=1)
    assert Task(entry).after(died, 0, 0).after(died, 0, 0).gap == died
    assert Task(entry).after(late, 0, 0).gap == late
    task = Task(entry).after(died, 5, 4)
    assert task.avoid == Avoid({5: died})
    assert task.after(late, 0, 7).avoid == Avoid({5: died}, (7, late))
    for member in (6, 7):
        task = task.after(died, member, member)
    assert task.gap is None
    task = task.after(died, 8, 8)
    assert task.avoid.after == (8, died)  # too many: only what stands before it
    assert task.gap is None
    assert task.after(died, 3, 3).gap == died


def test_how_a_worker_ended_is_told() -> None:
    """The signal, or the limit with its value."""
    import pebble

    limits = Limits()
    item = Gap(Reason.LINK)
    assert failure(pebble.ProcessExpired("", code=-11), item, limits) == Gap(Reason.CRASHED, "SIGSEGV")
    assert failure(pebble.ProcessExpired("", code=7), item, limits) == Gap(Reason.CRASHED, "exit code 7")
    cpu = failure(pebble.ProcessExpired("", code=-24), item, limits)
    assert cpu == Gap(Reason.TIME_LIMIT, "240 s of the processor")
    assert failure(TimeoutError(), item, limits) == Gap(Reason.TIME_LIMIT, "120 s")
    assert failure(MemoryError(), item, limits) == Gap(Reason.MEMORY_LIMIT, "1536 MiB")


@pytest.mark.parametrize(
    ("name", "kind", "inside", "expected"),
    [
        ("a.docx", "docx", False, Suffix.FINE),
        ("A.DOCM", "docx", False, Suffix.FINE),
        ("a.jpg", "docx", False, Suffix.MISLEADING),
        ("photo.jpg", "docx", True, Suffix.MISLEADING),
        ("report", "docx", False, Suffix.MISSING),
        ("report.bak", "xlsx", False, Suffix.MISSING),
        ("object1.bin", "docx", True, Suffix.FINE),
        ("a.txt", "pdf", False, Suffix.MISLEADING),
        ("a.pdf", "exe", False, Suffix.MISLEADING),
        ("a.dat", "txt", False, Suffix.FINE),
        ("README", "txt", False, Suffix.FINE),
        ("a.py", "csv", False, Suffix.FINE),
        ("a.csv", "txt", False, Suffix.FINE),
        ("a.xls", "html", False, Suffix.MISLEADING),
        ("a.jpg", "txt", False, Suffix.MISLEADING),
        ("a.docx", "zip", False, Suffix.FINE),
        ("a.docx", "ole-encrypted", False, Suffix.FINE),
        ("a.doc", "rtf", False, Suffix.FINE),
        ("a.tar.gz", "gzip", False, Suffix.FINE),
        ("IM0001", "dicom", False, Suffix.FINE),
        ("a.jpg", "unknown", False, Suffix.FINE),
        ("a.docx", "", False, Suffix.FINE),
        ("member", "table", False, Suffix.FINE),
        ("a.docx", "a kind of tomorrow", False, Suffix.FINE),
    ],
)
def test_the_suffix_is_compared_with_the_content(
    name: str, kind: str, inside: bool, expected: Suffix
) -> None:
    """What says something else is misleading; texts may be called anything that no other kind is called."""
    assert judged(name, kind, inside=inside) is expected


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a/b.c/d", ""),
        (".docx", ""),
        ("a.", ""),
        ("x.ＤＯＣＸ", "docx"),
        ("c:\\a.b\\d.pdf", "pdf"),
        ("v1.2 final", ""),
        ("請求書.pdf", "pdf"),
    ],
)
def test_a_suffix_stands_behind_the_last_dot(name: str, suffix: str) -> None:
    """Of the last part of a name."""
    assert suffix_of(name) == suffix


def test_a_disguised_file_is_marked(tools: Tools, tmp_path: Path) -> None:
    """It is read by its content all the same."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(samples.docx_file())
    (result, *_) = examined(path, tools)
    assert (result.kind, result.outcome, result.suffix) == ("docx", Outcome.COMPLETE, Suffix.MISLEADING)


def test_memory_that_runs_out_keeps_what_was_read(tools: Tools) -> None:
    """A table of which the second block cannot be held."""

    class Greedy(Blocks):
        def _blocks(self) -> Tables:
            yield TableSegment("member", ("電話番号",), 1, (("090-0000-1000",),))
            with closing(io.BytesIO(bytes(1 << 62))):
                pass

    source = Greedy(0)
    (entry,) = source.entries()
    (result,) = Examiner(source, tools, Limits()).examine(cast("Entry", entry))
    assert (result.outcome, result.reason, result.detail) == (
        Outcome.PARTIAL,
        Reason.MEMORY_LIMIT,
        "1536 MiB",
    )
    assert result.categories[Category.PHONE].count == 1


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("image1.emf", struct.pack("<II", 1, 88) + bytes(32) + b" EMF" + bytes(60) + b"\xff\xfe\x81"),
        ("image1.wmf", b"\xd7\xcd\xc6\x9a" + bytes(18) + b"\x01\x00\x09\x00\x00\x03" + b"\xff\x81" * 40),
        ("image1.wmf", b"\x01\x00\x09\x00\x00\x03" + bytes(12) + b"\xff\x81" * 40),
    ],
)
def test_a_drawing_of_windows_in_a_document_is_told_as_such(
    tools: Tools, tmp_path: Path, name: str, picture: bytes
) -> None:
    """It is no unreadable text, and the document that holds it is read wholly."""
    path = tmp_path / "a.docx"
    path.write_bytes(samples.docx_file())
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(f"word/media/{name}", picture)
    results = {result.kind: result for result in examined(path, tools)}
    kind = name[-3:]
    assert results["docx"].outcome is Outcome.COMPLETE
    assert (results[kind].outcome, results[kind].reason) == (Outcome.SKIPPED, Reason.UNSUPPORTED)
    assert results[kind].suffix is Suffix.FINE


def test_a_mail_that_begins_as_in_a_mailbox_may_be_called_a_mail() -> None:
    """Old programs save one message with the separator before it."""
    mail = b"From a@example.jp Mon Jan  5 10:00:00 2026\nFrom: a@example.jp\nDate: x\n\nhello\n"
    kind = sniff(io.BytesIO(mail))
    assert [judged(f"a.{suffix}", kind, inside=False) for suffix in ("eml", "mbox", "txt", "")] == [
        Suffix.FINE
    ] * 4
    assert judged("a.xlsx", kind, inside=False) is Suffix.MISLEADING
