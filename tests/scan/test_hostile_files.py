"""Files made to harm: each ends in its outcome, within the limits, and all good ones beside it are read."""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pytest

from benchmarks.mutations import mutated
from scanners.engine import ScanKeys, ScanOptions, scan
from scanners.extractors.interface import Limits
from scanners.model import Category, Entry, Gap, ObjectResult, Outcome, Reason, RunTotals
from scanners.sources import open_source
from scanners.sources.interface import Source
from scanners.sources.local import LocalSource
from tests.extractors import samples
from tests.extractors.samples_legacy import PARTIAL
from tests.scan import deadly, traps
from tests.scan.traps import MIB

KEYS = ScanKeys(b"k" * 32)
LIMITS = Limits(expanded_bytes=48 * MIB, members=2_000, depth=4, seconds=20.0)
CANARY = "090-0000-7777"


def results_of(source: Source, options: ScanOptions) -> dict[str, ObjectResult]:
    """Return all results by their location below the source, having checked that the totals reconcile."""
    results = list(scan(source, KEYS, options))
    totals = RunTotals()
    for result in results:
        totals = totals.plus(result)
    assert totals.listed == totals.complete + totals.partial + totals.skipped + totals.failed == len(results)
    assert len({result.id for result in results}) == len(results)
    return {result.uri.rsplit("/share/", 1)[-1]: result for result in results}


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[int, list[object]]]:
    """A port that is listened on, and who asked there."""
    heard: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                heard.append(connection)
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory, asked: tuple[int, list[object]]) -> Path:
    """A folder of traps with a good file of every kind beside them."""
    folder = tmp_path_factory.mktemp("hostile") / "share"
    folder.mkdir()
    secret = folder.parent / "secret.txt"
    secret.write_text(f"電話番号: {CANARY}\n", encoding="utf-8")
    good = samples.everything(tmp_path_factory.mktemp("samples"))
    chance = random.Random(5)
    for kind, data in good.items():
        (folder / f"good.{kind}").write_bytes(data)
        (folder / f"cut.{kind}").write_bytes(data[: len(data) * 2 // 3])
        for number in range(2):
            (folder / f"damaged{number}.{kind}").write_bytes(mutated(data, chance))
    bombs = {
        "flat.zip": traps.zeros(100 * MIB),
        "nested.zip": traps.nested_bomb(2, 8, 4 * MIB),
        "deep.zip": traps.nested_bomb(8, 1, 10),
        "overlapping.zip": traps.overlapping_bomb(500, MIB),
        "members.zip": traps.many_members(5_000),
        "tricks.zip": traps.path_tricks(),
        "billion.xml": traps.BILLION.encode(),
        "quadratic.xml": traps.QUADRATIC.encode(),
        "sparse.xlsx": traps.sparse_workbook(),
        "loop.pdf": traps.page_tree_loop(),
        "flate.pdf": traps.flate_bomb(200 * MIB),
    }
    word, book = samples.docx_file(), samples.xlsx_file()
    for name, text in (("billion", traps.BILLION), ("quadratic", traps.QUADRATIC)):
        bombs[f"{name}.docx"] = traps.replaced(word, "word/document.xml", text.encode())
        bombs[f"{name}.xlsx"] = traps.replaced(book, "xl/sharedStrings.xml", text.encode())
    for number, target in enumerate((secret.as_uri(), f"http://127.0.0.1:{asked[0]}/x")):
        text = traps.external_entities(target)
        bombs[f"external{number}.xml"] = text.encode()
        bombs[f"external{number}.docx"] = traps.replaced(word, "word/document.xml", text.encode())
        bombs[f"external{number}.xlsx"] = traps.replaced(book, "xl/sharedStrings.xml", text.encode())
    for name, data in bombs.items():
        (folder / name).write_bytes(data)
    (folder / "link.txt").symlink_to(secret)
    (folder / "around").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(folder / "socket.txt"))
    return folder


@pytest.fixture(scope="module")
def found(share: Path) -> dict[str, ObjectResult]:
    """The results of a scan with two workers."""
    return results_of(open_source(str(share)), ScanOptions(jobs=2, names=False, limits=LIMITS))


def test_good_files_beside_them_are_whole(found: dict[str, ObjectResult], share: Path) -> None:
    """Every one, and every trap has its outcome."""
    names = {path.name for path in share.iterdir()}
    assert names <= found.keys()
    for name in names:
        if name.startswith("good."):
            if name.removeprefix("good.") in {*PARTIAL, "heic"}:
                assert found[name].outcome is Outcome.PARTIAL, name
                continue
            assert found[name].outcome is Outcome.COMPLETE, (name, found[name].detail)
            assert found[name].share == 1.0


@pytest.mark.parametrize(
    ("name", "reason", "detail"),
    [
        ("flat.zip", Reason.EXPANDS_TOO_FAR, "more than 48 MiB; read: 0 of 1 members"),
        ("nested.zip", Reason.EXPANDS_TOO_FAR, "more than 48 MiB; read: 2 of 8 members"),
        ("deep.zip!0.zip!0.zip!0.zip!0.zip!0.zip", Reason.TOO_DEEP, "more than 4 levels"),
        ("members.zip", Reason.TOO_MANY_MEMBERS, "more than 2000 members; read: 2000 of 5000 members"),
        ("link.txt", Reason.LINK, ""),
        ("around", Reason.LINK, ""),
        ("pipe.txt", Reason.NOT_REGULAR, "p"),
        ("socket.txt", Reason.NOT_REGULAR, "s"),
    ],
)
def test_the_limit_that_was_hit_is_named(
    found: dict[str, ObjectResult], name: str, reason: Reason, detail: str
) -> None:
    """With its value."""
    assert (found[name].reason, found[name].detail) == (reason, detail)


def test_bombs_are_never_whole(found: dict[str, ObjectResult]) -> None:
    """Whatever stops them, they do not count as examined, and no worker dies of them."""
    for name in ("flat.zip", "nested.zip", "overlapping.zip", "members.zip", "loop.pdf", "billion.docx"):
        assert found[name].outcome in (Outcome.PARTIAL, Outcome.FAILED), name
    assert {result.reason for result in found.values()}.isdisjoint(
        {Reason.CRASHED, Reason.INTERNAL, Reason.TIME_LIMIT}
    ), {name: result.detail for name, result in found.items() if result.reason is Reason.INTERNAL}


def test_what_was_read_of_a_bomb_is_said(found: dict[str, ObjectResult]) -> None:
    """How far in its members."""
    share = found["nested.zip"].share
    assert share is not None
    assert 0 < share < 1
    assert (found["members.zip"].outcome, found["members.zip"].share) == (Outcome.PARTIAL, 0.4)


def test_nothing_outside_is_drawn_in(found: dict[str, ObjectResult], asked: tuple[int, list[object]]) -> None:
    """Neither a file nor an address that XML names is opened; links are not followed."""
    assert asked[1] == []
    for name, result in found.items():
        for row in result.findings.to_pylist() if result.findings is not None else ():
            assert "7777" not in row["masked"], name
        if name.startswith(("external", "link")):
            assert Category.PHONE not in result.categories, name


def test_a_sparse_sheet_is_read_or_said_to_be_left_out(found: dict[str, ObjectResult]) -> None:
    """The grid between its two cells is not built; the other sheet is read."""
    result = found["sparse.xlsx"]
    places = {row["location"] for row in result.findings.to_pylist()}
    assert any(place.startswith("控え (hidden sheet)!") for place in places)
    if result.reason is not None:
        assert (result.outcome, result.reason) == (Outcome.PARTIAL, Reason.EXPANDS_TOO_FAR)
    else:
        assert {"名簿!A1", "名簿!XFD1048576"} <= places


def test_names_of_members_lead_nowhere(found: dict[str, ObjectResult]) -> None:
    """They are labels: all five are read, none is written."""
    inner = [result for name, result in found.items() if name.startswith("tricks.zip!")]
    assert len(inner) == 5
    assert all(Category.PHONE in result.categories for result in inner)


@dataclass(frozen=True, slots=True)
class Restless:
    """A folder whose files change after they were listed, as their names say."""

    folder: Path

    def entries(self) -> Iterator[Entry | Gap]:
        """List a file, then change it."""
        for item in LocalSource(self.folder).entries():
            assert isinstance(item, Entry)
            path = self.folder / item.name
            match item.name:
                case "grows.txt":
                    with path.open("ab") as file:
                        file.write(b"more\n")
                case "shrinks.zip":
                    os.truncate(path, 20)
                case "vanishes.txt":
                    path.unlink()
                case "piped.txt":
                    path.unlink()
                    os.mkfifo(path)
                case "linked.txt":
                    path.unlink()
                    path.symlink_to(self.folder / "rests.txt")
                case "older.txt":
                    os.utime(path, ns=(1, 1))
            yield item

    def open(self, entry: Entry) -> AbstractContextManager[BinaryIO]:
        """Open a file as the local source does."""
        return LocalSource(self.folder).open(entry)


def test_files_that_change_meanwhile_are_told(tmp_path: Path) -> None:
    """What was read of them counts, as a part; what is no file any more is not waited for."""
    folder = tmp_path / "share"
    folder.mkdir()
    for name in ("grows", "older", "vanishes", "piped", "linked", "rests"):
        (folder / f"{name}.txt").write_text(samples.LINE + "\n", encoding="utf-8")
    (folder / "shrinks.zip").write_bytes(samples.zip_file())
    found = results_of(Restless(folder), ScanOptions(jobs=2, names=False))
    assert {name: (result.outcome, result.reason) for name, result in found.items()} == {
        "grows.txt": (Outcome.PARTIAL, Reason.CHANGED),
        "older.txt": (Outcome.PARTIAL, Reason.CHANGED),
        "shrinks.zip": (Outcome.FAILED, Reason.DAMAGED),
        "vanishes.txt": (Outcome.FAILED, Reason.VANISHED),
        "piped.txt": (Outcome.SKIPPED, Reason.NOT_REGULAR),
        "linked.txt": (Outcome.FAILED, Reason.UNREADABLE),
        "rests.txt": (Outcome.COMPLETE, None),
    }
    assert "changed" in found["shrinks.zip"].detail


DEADLY = ScanOptions(jobs=2, names=False, limits=Limits(seconds=3.0), detectors=deadly.detectors)


def test_a_member_that_ends_the_worker_costs_that_member(tmp_path: Path) -> None:
    """Dying, hanging, asking for all memory: the other members are read, and so is what lies beside."""
    folder = tmp_path / "share"
    folder.mkdir()
    text = samples.LINE.encode()
    harm = {
        f"{number}{name}.txt": name.upper().encode() for number, name in enumerate(("die", "hang", "eat"))
    }
    members = {"first.txt": text, **harm, "last.txt": text}
    (folder / "all.zip").write_bytes(samples.zip_file(members))
    (folder / "good.txt").write_bytes(text)
    found = results_of(LocalSource(folder), DEADLY)
    assert found["all.zip"].outcome is Outcome.COMPLETE
    assert {name: (result.reason, result.detail) for name, result in found.items() if result.reason} == {
        "all.zip!0die.txt": (Reason.CRASHED, "SIGABRT"),
        "all.zip!1hang.txt": (Reason.TIME_LIMIT, f"{found['all.zip!1hang.txt'].detail}"),
        "all.zip!2eat.txt": (Reason.MEMORY_LIMIT, "1536 MiB"),
    }
    for name in ("all.zip!first.txt", "all.zip!last.txt", "good.txt"):
        assert Category.PHONE in found[name].categories


def test_a_kind_without_pictures_gets_no_time_for_ocr(tmp_path: Path) -> None:
    """A text that hangs its reader is ended at the time of a text, whatever its size would give to OCR."""
    (tmp_path / "hang.txt").write_bytes(b"HANG\n" + b"-\n" * (1 << 19))
    size = (tmp_path / "hang.txt").stat().st_size
    (result,) = results_of(LocalSource(tmp_path), DEADLY).values()
    told = f"{3 * (1 + size / (32 << 20)):g} s"
    assert (result.kind, result.reason, result.detail) == ("", Reason.TIME_LIMIT, told)


def test_a_file_that_finds_no_memory_left_is_tried_in_a_fresh_worker(tmp_path: Path) -> None:
    """What files before it took is nothing against it; what is too much for any worker is told."""
    folder = tmp_path / "share"
    folder.mkdir()
    for name, text in (("0", "KEEP"), ("1", "NEED"), ("2", "EAT"), ("3", samples.LINE)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    found = results_of(LocalSource(folder), replace(DEADLY, jobs=1, limits=Limits()))
    reasons = {name: (result.reason, result.detail) for name, result in found.items()}
    assert reasons == {
        "0.txt": (None, ""),
        "1.txt": (None, ""),
        "2.txt": (Reason.MEMORY_LIMIT, "1536 MiB"),
        "3.txt": (None, ""),
    }


def test_what_needs_too_much_is_read_without_it_however_many_files_wait(tmp_path: Path) -> None:
    """The second try comes behind others: its worker is not fresh, and what it read stays."""
    folder = tmp_path / "share"
    folder.mkdir()
    text = samples.LINE.encode()
    for number in range(20):
        (folder / f"{number:02}.txt").write_bytes(text)
    (folder / "05b.zip").write_bytes(samples.zip_file({"a.txt": text, "eat.txt": b"EAT", "z.txt": text}))
    found = results_of(LocalSource(folder), replace(DEADLY, jobs=1, limits=Limits()))
    assert len(found) == 24
    assert {name: result.reason for name, result in found.items() if result.reason} == {
        "05b.zip!eat.txt": Reason.MEMORY_LIMIT
    }


def test_more_deadly_members_than_tries_leave_what_was_read_before_them(tmp_path: Path) -> None:
    """What stands behind the last of them is told as left out, by each archive that holds some of it."""
    folder = tmp_path / "share"
    folder.mkdir()
    text = samples.LINE.encode()
    harm = {f"1{number}.txt": b"DIE" for number in range(5)}
    inner = samples.zip_file({"0.txt": text, **harm, "2.txt": text})
    (folder / "all.zip").write_bytes(samples.zip_file({"a.txt": text, "in.zip": inner, "z.txt": text}))
    found = results_of(LocalSource(folder), DEADLY)
    crashed = [f"all.zip!in.zip!1{number}.txt" for number in range(4)]
    assert {name: (result.outcome, result.reason) for name, result in found.items()} == {
        "all.zip": (Outcome.PARTIAL, Reason.CRASHED),
        "all.zip!in.zip": (Outcome.PARTIAL, Reason.CRASHED),
        **dict.fromkeys(crashed, (Outcome.FAILED, Reason.CRASHED)),
        "all.zip!a.txt": (Outcome.COMPLETE, None),
        "all.zip!in.zip!0.txt": (Outcome.COMPLETE, None),
    }


def test_what_was_read_before_the_worker_died_stays(tmp_path: Path) -> None:
    """A mail whose last part kills the parser: its attachment is examined, the mail in part."""
    folder = tmp_path / "share"
    folder.mkdir()
    mail = (
        b"From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\nMessage-ID: <1@example.jp>\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b'--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename="a.csv"\r\n'
        b"Content-Transfer-Encoding: 8bit\r\n\r\n" + samples.csv_file() + b"\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nDIE\r\n--b--\r\n"
    )
    (folder / "a.eml").write_bytes(mail)
    found = results_of(LocalSource(folder), DEADLY)
    assert found["a.eml!a.csv"].categories[Category.PHONE].count == 3
    assert (found["a.eml"].outcome, found["a.eml"].reason) == (Outcome.PARTIAL, Reason.CRASHED)


@pytest.mark.slow
def test_a_million_tiny_members_end_within_the_limits(tmp_path: Path) -> None:
    """They are too many, and those up to the limit are read."""
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "million.zip").write_bytes(traps.many_members(1_000_000))
    (folder / "good.txt").write_text(samples.LINE, encoding="utf-8")
    found = results_of(LocalSource(folder), ScanOptions(jobs=2, names=False))
    result = found["million.zip"]
    assert result.reason in (Reason.TOO_MANY_MEMBERS, Reason.TIME_LIMIT, Reason.MEMORY_LIMIT)
    assert Category.PHONE in found["good.txt"].categories
