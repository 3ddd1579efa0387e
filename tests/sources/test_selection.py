"""Patterns choose objects by the path below their source."""

from __future__ import annotations

import pytest

from scanners.credentials import Credentials
from scanners.selection import EVERYTHING, Selection
from scanners.sources.ranged import Ranged
from scanners.sources.retry import retried


@pytest.mark.parametrize(
    ("pattern", "name", "taken"),
    [
        ("*.bak", "a/b/x.BAK", True),
        ("*.bak", "a/x.bak.txt", False),
        ("人事/*.xlsx", "人事/名簿.xlsx", True),
        ("人事/*.xlsx", "人事/古い/名簿.xlsx", False),
        ("人事/**/*.xlsx", "人事/古い/名簿.xlsx", True),
        ("人事/**/*.xlsx", "人事/名簿.xlsx", True),
        ("node_modules", "web/node_modules/x.js", True),
        ("?.txt", "ab.txt", False),
    ],
)
def test_pattern_on_the_path(pattern: str, name: str, taken: bool) -> None:
    """A pattern takes what it includes and leaves out what it excludes."""
    assert Selection(include=(pattern,)).takes(name) is taken
    assert Selection(exclude=(pattern,)).takes(name) is not taken


def test_excluded_folders_are_not_entered_and_exclusion_wins() -> None:
    """What lies in an excluded folder is out, whatever is included."""
    chosen = Selection(include=("*.txt",), exclude=("古い",))
    assert chosen.takes("a.txt")
    assert not chosen.takes("古い/a.txt")
    assert not chosen.takes("x/古い/a.txt")
    assert not chosen.enters("x/古い")
    assert chosen.enters("x")
    assert EVERYTHING.takes("何でも")
    assert EVERYTHING.enters("どこでも")


def test_ranged_bytes_are_those_of_the_file() -> None:
    """Reads and seeks give the file's own bytes, and only what is asked for is fetched."""
    held = bytes(range(256)) * 40
    asked: list[tuple[int, int]] = []

    def fetch(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return held[offset : offset + min(length, 1000)]

    stream = Ranged(len(held), fetch)
    assert stream.seek(-10, 2) == len(held) - 10
    assert stream.read(20) == held[-10:]
    assert stream.read(1) == b""
    stream.seek(5000)
    assert stream.read(3000) == held[5000:6000]  # a raw read may be short, as a socket's is
    assert asked[-1] == (5000, 3000)
    with pytest.raises(ValueError, match="before the start"):
        stream.seek(-1)


def test_only_what_may_pass_is_tried_again() -> None:
    """A lost connection is tried again; a denied right is not."""
    met: list[str] = []

    def lost() -> str:
        met.append("try")
        if len(met) < 3:
            raise ConnectionResetError
        return "there"

    assert retried(lost, lambda error: isinstance(error, ConnectionError), first_wait=0.001) == "there"
    assert len(met) == 3

    def denied() -> str:
        met.append("denied")
        raise PermissionError

    with pytest.raises(PermissionError):
        retried(denied, lambda error: isinstance(error, ConnectionError), first_wait=0.001)
    assert met.count("denied") == 1


def test_credentials_are_read_from_text_and_never_shown() -> None:
    """One to three lines, or a private key, become credentials that print without secrets."""
    assert Credentials.parse("geheim\n") == Credentials(secret="geheim")
    assert Credentials.parse("AKIA\nsecret\ntoken\n") == Credentials("AKIA", "secret", "token")
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
    assert Credentials.parse("scan\n" + key) == Credentials("scan", key)
    assert "geheim" not in repr(Credentials.parse("geheim"))
