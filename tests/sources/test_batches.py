"""Items of one folder as one batch, and a listing that goes on while its items are worked on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scanners.errors import SourceError
from scanners.model import Entry, Exposure, Gap, Reason
from scanners.sources.ahead import ahead
from scanners.sources.batches import AT_MOST, batch, grouped

ENTRY = Entry("smb://a/b/c.txt", "c.txt", 1, 2, "3:4", "owner", Exposure.GROUP, "access")


def listed(count: int, folder: str = "x") -> list[Entry | Gap]:
    """Return entries of one folder."""
    return [replace(ENTRY, uri=f"smb://a/{folder}/{number}") for number in range(count)]


def test_items_come_by_folder_and_never_too_many_at_once() -> None:
    """Nothing is lost and the order stays."""
    items = [*listed(AT_MOST + 2), *listed(3, "y"), *listed(1, "z")]
    found = list(grouped(iter(items)))
    assert [each.count for each in found] == [AT_MOST, 2, 3, 1]
    assert [item for each in found for item in each.items()] == items


def test_a_listing_that_breaks_off_first_gives_what_it_had() -> None:
    """Then it raises what broke it."""

    def listing() -> Iterator[Entry | Gap]:
        yield from listed(3)
        raise SourceError("the connection was lost")

    found = grouped(listing())
    assert next(found).count == 3
    with pytest.raises(SourceError, match="lost"):
        next(found)


@pytest.mark.parametrize(
    "other",
    [
        replace(ENTRY, uri="smb://a/b/d.txt"),
        replace(ENTRY, size=9),
        replace(ENTRY, mtime_ns=9),
        replace(ENTRY, file_id="3:9"),
        replace(ENTRY, owner="other"),
        replace(ENTRY, exposure=Exposure.EVERYONE),
        replace(ENTRY, access="other"),
        Gap(Reason.EXCLUDED, uri=ENTRY.uri),
    ],
)
def test_a_change_of_any_fact_is_another_state(other: Entry | Gap) -> None:
    """Whatever a listing tells of an item may change its result."""
    rest = Gap(Reason.LINK, uri="smb://a/b/z")
    assert batch([ENTRY, rest]).state != batch([other, rest]).state
    assert batch([ENTRY, rest]).state == batch([replace(ENTRY), rest]).state


def test_a_listing_goes_on_in_one_thread_and_its_errors_arrive() -> None:
    """What it had comes first."""
    threads: set[int] = set()

    def listing() -> Iterator[int]:
        for number in range(20):
            threads.add(threading.get_ident())
            yield number
        raise SourceError("the server is gone")

    found = ahead(listing, 60)
    assert [next(found) for _ in range(20)] == list(range(20))
    with pytest.raises(SourceError, match="gone"):
        next(found)
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_who_waits_for_a_listing_is_not_kept_from_other_things() -> None:
    """As long as it brings nothing there is a beat; what comes later still comes."""
    go_on = threading.Event()

    def listing() -> Iterator[str]:
        go_on.wait()
        yield "item"

    found = ahead(listing, 0.01)
    assert next(found) is None
    go_on.set()
    assert [each for each in found if each] == ["item"]


def test_a_listing_that_nobody_wants_ends() -> None:
    """Closing the iterator closes it, in its own thread, and it does not run far ahead."""
    brought, ended = [], threading.Event()

    def listing() -> Iterator[int]:
        try:
            for number in range(1_000):
                brought.append(number)
                yield number
        finally:
            ended.set()

    found = ahead(listing, 60)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert ended.wait(60)
    assert len(brought) < 20
