"""What a scan remembers: what did not change is not read again, what moved keeps its name."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import pytest

from registry.kept_batch import KeptBatch
from registry.result_bytes import read, written
from registry.scan_state import ScanState, StateBusyError
from registry.vault import Vault
from scanners.engine import ScanKeys, Scanner, ScanOptions
from scanners.errors import SourceError
from scanners.memory import Carried, Later, Read
from scanners.model import (
    Category,
    Entry,
    Exposure,
    Gap,
    ObjectResult,
    Outcome,
    PersonBounds,
    Reason,
)
from scanners.sources.batches import batch
from scanners.sources.interface import Readers
from scanners.sources.local import LocalSource

VAULT = Vault(b"k" * 32)
KEYS = ScanKeys(fingerprint=b"f" * 32)


@dataclass(frozen=True)
class Watched:
    """A folder whose reads are counted in a file, as workers make them; some folders cannot be listed."""

    folder: Path
    log: Path
    unlisted: str = ""
    lost_after: int = 1 << 30
    access: str = ""
    owner: str = ""
    everyone: bool = False
    dies: bool = False  # who asks who can read a file
    mounted: str = ""  # a folder on a file system of its own
    away: bool = False  # it is not mounted, and its folder is empty
    number: str = "ff"  # of that file system
    inner: LocalSource = field(init=False)

    def __post_init__(self) -> None:
        """Read what lies in the folder as local files are read."""
        object.__setattr__(self, "inner", LocalSource(self.folder))

    @property
    def place(self) -> str:
        """The folder's."""
        return self.inner.place

    def entries(self) -> Iterator[Entry | Gap]:
        """List the files, but for the folder that cannot be listed, until the connection is lost."""
        hidden = f"{self.place}/{self.unlisted}"
        if self.unlisted:
            yield Gap(Reason.NOT_LISTED, "errno 13", hidden)
        for number, item in enumerate(self.inner.entries()):
            if number == self.lost_after:
                raise SourceError("the connection was lost")
            if self._mounted(item.uri) and isinstance(item, Entry):
                if not self.away:
                    yield replace(item, file_id=f"{self.number}:{item.file_id.partition(':')[2]}")
            elif not (self.unlisted and item.uri.startswith(f"{hidden}/")):
                yield self._told(item) if isinstance(item, Entry) else item

    def _told(self, entry: Entry) -> Entry:
        return replace(entry, access=self.access, owner=self.owner or entry.owner)

    def _mounted(self, uri: str) -> bool:
        return bool(self.mounted) and uri.startswith(f"{self.place}/{self.mounted}".rstrip("."))

    def file_system(self, uri: str) -> str:
        """Tell on which file system something lies."""
        return self.number if self._mounted(uri) and not self.away else self.inner.file_system(uri)

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Note that the file is read."""
        with self.inner.open(entry) as stream:
            yield stream

    def readers(self, entry: Entry) -> Readers:
        """Tell who can read a file, as its access list of today says."""
        if self.dies:
            os._exit(1)
        return Readers(Exposure.EVERYONE if self.everyone else Exposure.GROUP, ("people",))


class Remembering:
    """A folder that is scanned again and again, with one worker."""

    def __init__(self, base: Path, scanner: Scanner) -> None:
        self.folder, self.base, self.scanner = base / "share", base, scanner
        self.state = base / "state" / "x.db"
        self.folder.mkdir()
        self.source = Watched(self.folder, base / "log")
        self.told: tuple[int, int, int] = (0, 0, 0)
        self.read: list[str] = []
        self.whole = 0  # objects that came as part of an unchanged folder

    def write(self, name: str, phone: int) -> Path:
        """Write a file that is older than the scan."""
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"電話番号: 090-2345-{phone:04}\n", encoding="utf-8")
        os.utime(file, (1_600_000_000 + phone,) * 2)
        return file

    def scan(
        self, *, version: str = "1", whole: bool = False, end: bool = True, **changes: object
    ) -> dict[str, ObjectResult]:
        """Scan, and note what was read again and what was counted."""
        source = replace(self.source, **changes)  # type: ignore[arg-type]
        with _Noting(self.state, VAULT) as state:
            state.begin(version, whole=whole)
            try:
                found = list(self.scanner.scan_again(source, state))
                self.whole = sum(each.totals.listed for each in found if isinstance(each, KeptBatch))
                results = list(_spread(found))
                if end:
                    state.complete()
            finally:
                self.read = sorted(state.noted)
                self.told = (state.unchanged, state.moved, state.deleted)
        return {result.uri.removeprefix(f"{source.place}/"): result for result in results}


def _spread(results: Iterable[ObjectResult | KeptBatch]) -> Iterator[ObjectResult]:
    for each in results:
        yield from [each] if isinstance(each, ObjectResult) else each.results()


class _Noting(ScanState):
    """A memory that notes what was read."""

    def __init__(self, path: Path, vault: Vault) -> None:
        super().__init__(path, vault)
        self.noted: list[str] = []

    def keep(self, item, known_as, results):  # type: ignore[no-untyped-def]
        self.noted.append(item.uri.rpartition("/")[2])
        super().keep(item, known_as, results)


@pytest.fixture(scope="module")
def scanner() -> Iterator[Scanner]:
    """Start one worker for all tests of this file."""
    with Scanner(KEYS, ScanOptions(jobs=1, names=False)) as scanner:
        yield scanner


@pytest.fixture
def place(tmp_path: Path, scanner: Scanner) -> Remembering:
    """Make a folder of four files."""
    made = Remembering(tmp_path, scanner)
    for number, name in enumerate(("a.txt", "b.txt", "c.txt", "sub/d.txt")):
        made.write(name, 1000 + number)
    return made


def same(result: ObjectResult, other: ObjectResult) -> bool:
    """Tell whether two results say the same, findings included."""
    rows = [each.findings.to_pylist() if each.findings is not None else [] for each in (result, other)]
    return replace(result, findings=None) == replace(other, findings=None) and rows[0] == rows[1]


def test_what_did_not_change_is_not_read_again(place: Remembering) -> None:
    """New, changed, unchanged and deleted files are told apart; only the first two are read."""
    first = place.scan()
    assert place.read == ["a.txt", "b.txt", "c.txt", "d.txt"]
    place.write("b.txt", 2000)
    place.write("e.txt", 3000)
    (place.folder / "c.txt").unlink()
    second = place.scan()
    assert place.read == ["b.txt", "e.txt"]
    assert place.told == (2, 0, 1)
    assert set(second) == {"a.txt", "b.txt", "e.txt", "sub/d.txt"}
    assert same(first["a.txt"], second["a.txt"])
    assert second["b.txt"].id == first["b.txt"].id
    place.scan()
    assert (place.read, place.told) == ([], (4, 0, 0))


def test_a_folder_in_which_nothing_changed_comes_whole(place: Remembering) -> None:
    """One change makes the others of its folder come one by one, once."""
    first = place.scan()
    assert place.whole == 0
    again = place.scan()
    assert (place.whole, place.told) == (4, (4, 0, 0))
    assert all(same(first[name], again[name]) for name in first)
    place.write("b.txt", 2000)
    place.scan()
    assert (place.whole, place.read) == (1, ["b.txt"])
    place.scan()
    assert (place.whole, place.read) == (4, [])
    (place.folder / "a.txt").rename(place.folder / "sub" / "a.txt")
    place.scan()
    assert (place.whole, place.told) == (0, (3, 1, 0))
    assert len(place.scan()) == 4
    assert place.whole == 2  # what came to its folder by another name is met there once more
    place.scan()
    assert place.whole == 4


def test_a_new_owner_is_kept(place: Remembering) -> None:
    """What a listing tells anew stays when its folder comes whole afterwards, though nothing is read."""
    first = place.scan(owner="sato")
    assert first["a.txt"].owner == "sato"
    for _ in range(2):
        assert {result.owner for result in place.scan(owner="suzuki").values()} == {"suzuki"}
    assert (place.whole, place.read) == (4, [])


def test_who_can_read_is_asked_until_it_was_told(place: Remembering) -> None:
    """A folder does not come whole while nobody could tell who reads its files now."""
    place.scan(access="1", everyone=True)
    place.scan(access="2", dies=True)
    told = place.scan(access="2")
    assert {result.exposure for result in told.values()} == {Exposure.GROUP}
    assert (place.whole, place.read) == (0, [])
    told = place.scan(access="2", everyone=True)  # and then not again: only who changes a list is asked about
    assert {result.exposure for result in told.values()} == {Exposure.GROUP}
    assert place.whole == 4


@pytest.mark.parametrize("before", [0, 4])
def test_a_scan_stops_while_its_listing_waits(place: Remembering, before: int) -> None:
    """A server that does not answer keeps nobody from stopping, at the first folder or at a later one."""
    place.write("z/e.txt", 3000)
    answered = threading.Event()

    def stop() -> None:
        raise InterruptedError

    with ScanState(place.state, VAULT) as state:
        state.begin("1")
        source = _Silent(place.source, before, answered)
        try:
            with pytest.raises(InterruptedError):
                list(place.scanner.scan_again(source, state, on_beat=stop))
        finally:
            answered.set()


@dataclass(frozen=True)
class _Silent:
    """A source that lists some files and then waits."""

    of: Watched
    before: int
    answered: threading.Event

    @property
    def place(self) -> str:
        """The source's."""
        return self.of.place

    def entries(self) -> Iterator[Entry | Gap]:
        """List some files."""
        for number, item in enumerate(self.of.entries()):
            if number >= self.before:
                self.answered.wait()
            yield item

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to workers without what is of this process."""
        return _Silent, (self.of, self.before, None)

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open a file."""
        with self.of.open(entry) as stream:
            yield stream


def test_other_rules_and_a_full_scan_read_everything_again(place: Remembering) -> None:
    """What decides a result decides whether it may be carried."""
    place.scan()
    place.scan(version="2")
    assert len(place.read) == 4
    place.scan(version="2", whole=True)
    assert len(place.read) == 4
    place.scan(version="2")
    assert place.read == []


def test_what_moved_keeps_its_name(place: Remembering) -> None:
    """A renamed file and those of a renamed folder are the objects they were; nothing counts as deleted."""
    first = place.scan()
    (place.folder / "a.txt").rename(place.folder / "z.txt")
    (place.folder / "sub").rename(place.folder / "other")
    second = place.scan()
    assert place.told == (2, 2, 0)
    assert second["z.txt"].id == first["a.txt"].id
    assert second["other/d.txt"].id == first["sub/d.txt"].id
    third = place.scan()
    assert (place.read, place.told) == ([], (4, 0, 0))
    assert third["z.txt"].id == first["a.txt"].id
    place.write("a.txt", 4000)  # a new one under the old name is another object
    fourth = place.scan()
    assert fourth["a.txt"].id not in {result.id for result in third.values()}
    assert len({result.id for result in fourth.values()}) == 5


def test_a_copy_that_stays_is_no_move(place: Remembering) -> None:
    """A second name of the same file, listed before the first, is an object of its own."""
    first = place.scan()
    os.link(place.folder / "c.txt", place.folder / "0.txt")
    second = place.scan()
    assert place.told == (4, 0, 0)
    assert second["c.txt"].id == first["c.txt"].id
    assert second["0.txt"].id != first["c.txt"].id


def test_what_cannot_be_listed_is_not_deleted(place: Remembering) -> None:
    """It stays as it was found, told as not listed now; listed again it is what it was, and not read."""
    first = place.scan()
    second = place.scan(unlisted="sub")
    gone = second["sub/d.txt"]
    assert (gone.id, gone.outcome, gone.reason) == (first["sub/d.txt"].id, Outcome.PARTIAL, Reason.NOT_LISTED)
    assert gone.categories == first["sub/d.txt"].categories
    assert place.told == (3, 0, 0)
    third = place.scan()
    assert place.read == []
    assert same(first["sub/d.txt"], third["sub/d.txt"])
    (place.folder / "sub" / "d.txt").unlink()
    place.scan(unlisted="sub")
    place.scan()
    assert place.told == (3, 0, 1)


@pytest.mark.parametrize("mounted", ["sub", "."])
def test_what_lay_on_a_file_system_that_is_away_is_not_deleted(place: Remembering, mounted: str) -> None:
    """An empty folder in the place of a mounted one claims nothing, be it one folder or the whole place."""
    there = {"sub/d.txt"} if mounted == "sub" else {"a.txt", "b.txt", "c.txt", "sub/d.txt"}
    first = place.scan(mounted=mounted)
    away = place.scan(mounted=mounted, away=True)
    assert {name for name, result in away.items() if result.reason is Reason.NOT_LISTED} == there
    assert place.told[2] == 0
    assert away["sub/d.txt"].categories == first["sub/d.txt"].categories
    back = place.scan(mounted=mounted)
    assert place.read == []
    assert all(same(first[name], back[name]) for name in first)


def test_what_a_mounted_file_system_lost_is_deleted(place: Remembering) -> None:
    """Its last file, and one that was removed while it came back under another number."""
    place.write("sub/e.txt", 1010)
    place.scan(mounted="sub")
    (place.folder / "sub" / "d.txt").unlink()
    place.scan(mounted="sub", number="fe")
    assert (place.read, place.told[2]) == (["e.txt"], 1)
    (place.folder / "sub" / "e.txt").unlink()
    place.scan(mounted="sub", number="fe")
    assert place.told == (3, 0, 1)
    for name in ("a.txt", "b.txt", "c.txt"):
        (place.folder / name).unlink()
    assert not place.scan()
    assert place.told == (0, 0, 3)


def test_a_place_that_tells_no_file_system_is_never_believed_to_be_empty(tmp_path: Path) -> None:
    """A share or bucket of which nothing is listed any more keeps what was found, until all is read anew."""
    entry = Entry("s3://records/a.txt", "a.txt", 1, 7, "etag:a")
    with ScanState(tmp_path / "x.db", VAULT) as state:
        state.begin("1")
        state.recall(entry)
        state.keep(entry, "", [_result(entry.uri)])
        state.complete()
        state.begin("1")
        assert [result.reason for result in state.unseen()] == [Reason.NOT_LISTED]
        assert state.deleted == 0
        state.complete()
        state.begin("1", whole=True)
        assert list(state.unseen()) == []
        assert state.deleted == 1


def test_a_memory_of_another_format_is_forgotten(tmp_path: Path) -> None:
    """The one of an earlier version stops no scan."""
    with ScanState(tmp_path / "x.db", VAULT) as state:
        state._database.execute("COMMIT")
        state._database.execute("PRAGMA user_version = 1")
        state._database.execute("BEGIN")
    with ScanState(tmp_path / "x.db", VAULT) as state:
        state.begin("1")
        assert not state.resumed


def test_a_lost_connection_changes_nothing_and_the_next_scan_goes_on(place: Remembering) -> None:
    """What was read before is not read again, nothing counts as deleted."""
    first = place.scan()
    with pytest.raises(SourceError):
        place.scan(lost_after=2, whole=True)
    second = place.scan()
    assert place.told[2] == 0
    assert set(second) == set(first)
    assert all(same(first[name], second[name]) for name in first)


def test_only_who_can_read_it_changed(place: Remembering) -> None:
    """Nothing is read; who can read what was found is asked anew, and kept."""
    place.scan(access="1")
    second = place.scan(access="2", everyone=True)
    assert place.read == []
    assert {result.exposure for result in second.values()} == {Exposure.EVERYONE}
    assert {result.readers for result in second.values()} == {("people",)}
    third = place.scan(access="2", everyone=False)
    assert {result.exposure for result in third.values()} == {Exposure.EVERYONE}


def test_who_can_read_it_is_asked_again_after_nobody_could_tell(place: Remembering) -> None:
    """A worker that died of the question leaves it open for one run, and not for ever."""
    place.scan(access="1")
    second = place.scan(access="2", everyone=True, dies=True)
    assert {result.exposure for result in second.values()} == {Exposure.UNKNOWN}
    third = place.scan(access="2", everyone=True)
    assert {result.exposure for result in third.values()} == {Exposure.EVERYONE}


def test_two_scans_of_one_place_at_once_are_refused(place: Remembering) -> None:
    """The second ends at once and harms nothing; afterwards it is free."""
    with ScanState(place.state, VAULT) as state:
        state.begin("1")
        with pytest.raises(StateBusyError):
            ScanState(place.state, VAULT)
    assert len(place.scan()) == 4


def test_a_damaged_memory_is_forgotten(place: Remembering) -> None:
    """And one of another key: everything is read again."""
    place.scan()
    place.state.write_bytes(b"x" * 8192)
    assert len(place.scan()) == 4
    assert len(place.read) == 4
    with ScanState(place.state, Vault(b"y" * 32)) as state:
        state.begin("1")


def _result(uri: str, **changes: object) -> ObjectResult:
    made = ObjectResult(
        "0" * 32,
        uri,
        uri,
        "txt",
        Outcome.COMPLETE,
        None,
        "",
        10,
        5,
        "",
        Exposure.UNKNOWN,
        {},
        PersonBounds(0, 0),
        (),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_what_may_be_over_by_then_is_read_again(tmp_path: Path) -> None:
    """Passing reasons are tried again; a lasting one is carried until the passwords change."""
    entries = {reason: Entry(f"file:///{reason}", str(reason), 1, 7, f"id:{reason}") for reason in Reason}
    table = Entry("sqlite:///x!t", "t", 0, 0)
    with ScanState(tmp_path / "x.db", VAULT) as state:
        state.begin("1", passwords=("one",))
        for reason, entry in entries.items():
            assert state.recall(entry) == Read()
            state.keep(entry, "", [_result(entry.uri, outcome=Outcome.PARTIAL, reason=reason)])
        state.recall(table)
        state.keep(table, "", [_result(table.uri)])
        assert isinstance(state.recall(table), Carried)  # in this scan it is finished
        state.complete()
        state.begin("1", passwords=("one",))
        again = {reason for reason, entry in entries.items() if isinstance(state.recall(entry), Read)}
        assert {Reason.UNREACHABLE, Reason.IN_USE, Reason.CHANGED, Reason.TIME_LIMIT} <= again
        assert not {Reason.ENCRYPTED, Reason.UNSUPPORTED, Reason.DAMAGED} & again
        assert isinstance(state.recall(table), Read)  # nobody can tell whether it changed
        state.complete()
        state.begin("1", passwords=("one", "two"))
        assert isinstance(state.recall(entries[Reason.ENCRYPTED]), Read)


@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_memory_stays_flat_however_many_entries(tmp_path: Path, count: int) -> None:
    """The process holds no list of what was seen: five times the entries take no more room."""

    def peak() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with ScanState(tmp_path / "x.db", VAULT) as state:
        state.begin("1")
        marks = []
        for number in range(count):
            entry = Entry(f"file:///share/{number:06}.txt", "n", number, 7, f"id:{number}")
            assert isinstance(state.recall(entry), Read | Later)
            state.keep(entry, "", [_result(entry.uri)])
            if number in (count // 5, count - 1):
                marks.append(peak())
    assert marks[1] < marks[0] * 1.2


def test_results_are_kept_whole(place: Remembering) -> None:
    """Everything that a result says comes back, findings included."""
    for result in place.scan().values():
        assert result.categories[Category.PHONE].count == 1
        (back,) = read(written([result]))
        assert same(back, replace(result, findings=back.findings))
        assert result.findings is not None
        assert back.findings is not None
        assert back.findings.select(["location", "masked", "fingerprint", "why"]).to_pylist() == (
            result.findings.select(["location", "masked", "fingerprint", "why"]).to_pylist()
        )


def test_what_was_left_out_stays_so_when_its_batch_comes_whole(tmp_path: Path) -> None:
    """What lay below a folder that is excluded now is not deleted, also when the scan was cut short."""
    entry, gap = (
        Entry("file:///a/sub/d.txt", "sub/d.txt", 1, 7, "1:2"),
        Gap(Reason.EXCLUDED, uri="file:///a/sub"),
    )
    left = _result(gap.uri, outcome=Outcome.SKIPPED, reason=Reason.EXCLUDED)
    with ScanState(tmp_path / "x.db", VAULT) as state:
        state.begin("1")
        state.recall(entry)
        state.keep(entry, "", [_result(entry.uri)])
        state.complete()
        for whole in (False, True, True):
            state.begin("1")
            carried = state.carried(batch([gap]))
            assert (carried is not None) is whole
            if carried is None:
                assert state.recall(gap, batch([gap])) == Read()
                state.keep(gap, "", [left])
            else:
                assert list(carried.results()) == [left]
            assert list(state.unseen()) == []
            assert state.deleted == 0  # and the scan is cut short
