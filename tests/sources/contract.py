"""What every source keeps to; a test file of one kind gives a fixture `planted` and a class of its own.

    class TestContract(SourceContract):
        '''Shares keep to what every source keeps to.'''

What a kind cannot have (folders, objects that nobody may read) its `Planted` leaves empty.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from scanners.errors import ExtractionError, SourceError
from scanners.model import Entry, Gap, Mark, Reason, TableSegment
from scanners.selection import EVERYTHING, Selection
from scanners.sources.batches import batches_of
from scanners.sources.interface import Source

Rows = tuple[tuple[str, ...], ...]
Content = bytes | Rows


@dataclass(frozen=True)
class Planted:
    """One filled source and what lies in it; names are those of its entries."""

    opened: Callable[[Selection], Source]
    contents: Mapping[str, Content]  # of every object that can be read: bytes, or the rows of a table
    secret: str = ""  # the password or key it is opened with: never to be seen
    state: Callable[[], object] = lambda: None  # all that lies there now, told without the source
    change: Callable[[str], None] | None = None  # gives an object more bytes than it had, and a later time
    remove: Callable[[str], None] | None = None
    denied: str = ""  # an object that the account lists and cannot read; not among `contents`
    closed: str = ""  # the uri of a folder that the account sees and cannot list
    folder: str = ""  # a folder with an object of `contents` below it
    excludable: str = ""  # an object of `contents` outside of `folder`
    nowhere: Callable[[], Source] | None = None  # the same server or machine, a place that is not there
    gaps: Mapping[Reason, int] = field(default_factory=dict)  # of the listing, beside `closed`

    @property
    def source(self) -> Source:
        """The source of all of it."""
        return self.opened(EVERYTHING)


def entries(source: Source) -> list[Entry]:
    """Return what a source lists, without its gaps."""
    return [item for item in source.entries() if isinstance(item, Entry)]


def gaps(source: Source) -> list[Gap]:
    """Return what a source says it left out or could not list."""
    return [item for item in source.entries() if isinstance(item, Gap)]


def named(source: Source, name: str) -> Entry:
    """Return the one entry of this name."""
    (found,) = (entry for entry in entries(source) if entry.name == name)
    return found


def content(source: Source, entry: Entry) -> Content:
    """Return what an entry holds; a gap in a table is raised as the reason it carries."""
    with source.open(entry) as opened:
        if isinstance(opened, io.IOBase):
            return bytes(opened.read())
        rows: list[tuple[str, ...]] = []
        for part in opened:
            if isinstance(part, Gap):
                raise ExtractionError(part)
            if not isinstance(part, Mark):
                assert isinstance(part, TableSegment)
                rows += part.rows
        return tuple(rows)


def refusal(source: Source, entry: Entry) -> Gap | None:
    """Return why an entry cannot be read."""
    try:
        content(source, entry)
    except ExtractionError as error:
        return error.gap
    return None


class SourceContract:
    """The checks; each takes the fixture `planted` of the module that collects it."""

    def test_everything_is_listed_once_and_in_the_same_order(self, planted: Planted) -> None:
        """Two listings are the same, no entry comes twice, every uri is absolute and below the place."""
        first, second = list(planted.source.entries()), list(planted.source.entries())
        assert first == second
        listed = [item for item in first if isinstance(item, Entry)]
        expected = {*planted.contents, *([planted.denied] if planted.denied else [])}
        assert sorted(entry.name for entry in listed) == sorted(expected)
        assert len({entry.uri for entry in listed}) == len(listed)
        assert all(entry.uri.startswith(planted.source.place.rstrip("/")) for entry in listed)
        left = [gap for gap in first if isinstance(gap, Gap) and gap.uri != planted.closed]
        counted = {reason: sum(gap.reason is reason for gap in left) for reason in {g.reason for g in left}}
        assert counted == dict(planted.gaps)
        assert all("://" in gap.uri for gap in left)

    def test_batches_hold_what_is_listed(self, planted: Planted) -> None:
        """Every item is in one batch, and equal batches have equal states, also after all was read."""
        source = planted.source
        for entry in entries(source):
            refusal(source, entry)
        found = list(batches_of(source))
        items = [item for each in found for item in each.items()]
        assert sorted(map(repr, items)) == sorted(map(repr, source.entries()))
        assert [each.count for each in found] == [len(list(each.items())) for each in found]
        assert [each.state for each in found] == [each.state for each in batches_of(planted.source)]

    def test_every_object_gives_what_was_planted(self, planted: Planted) -> None:
        """Neither a byte more nor one less, and the size of files is that of the listing."""
        source = planted.source
        for entry in entries(source):
            if entry.name != planted.denied:
                found = content(source, entry)
                assert found == planted.contents[entry.name]
                assert not isinstance(found, bytes) or entry.size == len(found)

    def test_it_travels_to_workers(self, planted: Planted) -> None:
        """A pickled source opens the entries that the original listed."""
        listed = entries(planted.source)
        travelled = pickle.loads(pickle.dumps(planted.source))
        for entry in listed:
            if entry.name != planted.denied:
                assert content(travelled, entry) == planted.contents[entry.name]
        assert entries(travelled) == listed

    def test_any_place_of_a_file_can_be_reached(self, planted: Planted) -> None:
        """Readers of archives begin at the end."""
        source = planted.source
        for entry in entries(source):
            held = planted.contents.get(entry.name)
            if not isinstance(held, bytes):
                continue
            with source.open(entry) as stream:
                assert isinstance(stream, io.IOBase)
                assert stream.seekable()
                middle = len(held) // 2
                assert stream.seek(0, io.SEEK_END) == len(held)
                assert stream.read(1) == b""
                stream.seek(middle)
                assert stream.read(5) == held[middle : middle + 5]
                stream.seek(0)
                assert stream.read() == held

    def test_an_object_that_is_gone_is_said_to_be_gone(self, planted: Planted) -> None:
        """What vanished between listing and opening is a reasoned gap."""
        source = planted.source
        name = next(iter(planted.contents))
        entry = named(source, name)
        if planted.remove is not None:
            planted.remove(name)
        else:
            entry = Entry(f"{entry.uri}x", f"{name}x", 0, 0, file_id=f"{entry.file_id}x")
        gone = refusal(source, entry)
        assert gone is not None
        assert gone.reason is Reason.VANISHED

    def test_a_file_that_changed_since_the_listing_is_told(self, planted: Planted) -> None:
        """Content read from a moving file is marked as such."""
        if planted.change is None:
            return
        source = planted.source
        name = next(iter(planted.contents))
        entry = named(source, name)
        planted.change(name)
        changed = refusal(source, entry)
        assert changed is not None
        assert changed.reason is Reason.CHANGED

    def test_an_object_without_right_to_read_is_denied(self, planted: Planted) -> None:
        """It is listed, and reading it says why it could not be read."""
        if planted.denied:
            refused = refusal(planted.source, named(planted.source, planted.denied))
            assert refused is not None
            assert refused.reason is Reason.DENIED

    def test_a_folder_that_cannot_be_listed_is_a_gap(self, planted: Planted) -> None:
        """The rest is listed, and the place is named."""
        if planted.closed:
            found = [gap for gap in gaps(planted.source) if gap.uri == planted.closed]
            assert [gap.reason for gap in found] == [Reason.NOT_LISTED]
            assert found[0].detail

    def test_an_excluded_folder_is_one_gap_and_not_entered(self, planted: Planted) -> None:
        """However much lies below it."""
        if planted.folder:
            chosen = planted.opened(Selection(exclude=(planted.folder,)))
            assert not [e for e in entries(chosen) if e.name.startswith(f"{planted.folder}/")]
            all_of_it = sum(entry.name.startswith(f"{planted.folder}/") for entry in entries(planted.source))
            assert all_of_it
            before = [gap.reason for gap in gaps(planted.source)].count(Reason.EXCLUDED)
            after = [gap.reason for gap in gaps(chosen)].count(Reason.EXCLUDED)
            assert after == before + 1

    def test_an_excluded_object_is_a_gap(self, planted: Planted) -> None:
        """It is counted by its place, and by policy."""
        if planted.excludable:
            uri = named(planted.source, planted.excludable).uri
            chosen = planted.opened(Selection(exclude=(planted.excludable,)))
            assert planted.excludable not in {entry.name for entry in entries(chosen)}
            assert Reason.EXCLUDED in {gap.reason for gap in gaps(chosen) if gap.uri == uri}

    def test_only_what_is_included_is_listed(self, planted: Planted) -> None:
        """The rest is left out by the user's rule."""
        if planted.excludable:
            chosen = planted.opened(Selection(include=(planted.excludable,)))
            assert [entry.name for entry in entries(chosen)] == [planted.excludable]

    def test_nothing_is_written_at_the_source(self, planted: Planted) -> None:
        """Neither listing nor reading leaves a trace."""
        before = planted.state()
        source = planted.source
        for entry in entries(source):
            refusal(source, entry)
        assert planted.state() == before

    def test_no_credential_is_told(self, planted: Planted) -> None:
        """Neither place nor listing, the printed source nor a refusal holds the secret."""
        if not planted.secret:
            return
        source = planted.source
        told = [repr(source), str(source), source.place]
        for item in source.entries():
            told.append(repr(item))
            if isinstance(item, Entry):
                told.append(repr(refusal(source, item)))
        if planted.nowhere is not None:
            with pytest.raises(SourceError) as caught:
                list(planted.nowhere().entries())
            told += [str(caught.value), repr(caught.value.__cause__), repr(planted.nowhere())]
        assert not [text for text in told if planted.secret in text]

    def test_a_place_that_is_not_there_is_an_error(self, planted: Planted) -> None:
        """It fails loudly, and says which."""
        if planted.nowhere is not None:
            source = planted.nowhere()
            with pytest.raises(SourceError) as caught:
                list(source.entries())
            assert str(caught.value)
