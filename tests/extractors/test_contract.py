"""What holds for every reader: kinds by content, bounded ends on damaged input, nothing written."""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, Limits, Member, Tables
from scanners.extractors.table import EXTRACTORS
from scanners.kinds import sniff
from scanners.model import Gap, RecordSegment, TableSegment, TextSegment
from tests.extractors import samples
from tests.extractors.samples_legacy import PARTIAL, UNMADE

KINDS = sorted(set(EXTRACTORS) - UNMADE)
NEVER_WHOLE = {"heic", *PARTIAL}  # heic: its metadata is read, its pixels are not
WITHOUT_WORDS = {"bmp"}  # nothing but pixels
IN_PLACE = frozenset({"duckdb"})
DATABASES = frozenset({"sqlite", "duckdb", "access"})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One valid file of every kind."""
    return samples.everything(tmp_path_factory.mktemp("samples"))


def read(kind: str, data: bytes, limits: Limits = Limits()) -> list[Extracted]:  # noqa: B008  frozen
    """Return what a reader yields; a refusal is its gap, as the engine sees it."""
    found: list[Extracted] = []
    # what only a path can open is read where it lies; such a file has no name
    with tempfile.TemporaryFile() if kind in IN_PLACE else io.BytesIO(data) as stream:
        if kind in IN_PLACE:
            stream.write(data)
            stream.seek(0)
        try:
            for part in EXTRACTORS[kind].segments(cast("BinaryIO", stream), Budget(limits, len(data))):
                found.append(part)
                if isinstance(part, Member) and isinstance(part.stream, Iterator) and kind in DATABASES:
                    found += cast("Tables", part.stream)
        except ExtractionError as error:
            found.append(error.gap)
    return found


def words(parts: list[Extracted]) -> str:
    """Return all text that a reader found."""
    out = []
    for part in parts:
        match part:
            case TextSegment():
                out.append(part.text)
            case TableSegment():
                out += ["\t".join(part.header or ()), *("\t".join(row) for row in part.rows)]
            case RecordSegment():
                out += [field.value for field in part.fields]
            case Member():
                out.append(part.name or "its content")
            case Gap():
                out.append("")
    return "\n".join(out)


def test_every_kind_has_a_sample(files: dict[str, bytes]) -> None:
    """A new reader comes with its sample, or this contract does not cover it."""
    assert set(files) == set(EXTRACTORS) - UNMADE


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_told_by_content(kind: str, files: dict[str, bytes]) -> None:
    """No name is needed to know what a file is, and the stream stays at its start."""
    stream = io.BytesIO(files[kind])
    assert sniff(stream) == kind
    assert stream.tell() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_valid_file_is_read_without_gaps(kind: str, files: dict[str, bytes]) -> None:
    """What is whole is read whole."""
    parts = read(kind, files[kind])
    assert parts or kind in WITHOUT_WORDS
    gaps = [part.reason for part in parts if isinstance(part, Gap)]
    assert gaps == (["unsupported"] if kind in NEVER_WHOLE else [])
    assert kind in WITHOUT_WORDS or words(parts).strip()


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_end_in_gaps_only(kind: str, files: dict[str, bytes]) -> None:
    """Truncated and bit-flipped files raise nothing but `ExtractionError`."""
    chance = random.Random(20)
    whole = files[kind]
    for _ in range(40):
        damaged = bytearray(whole[: chance.randrange(1, len(whole) + 1)])
        for _ in range(chance.randrange(0, 8)):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        sniff(io.BytesIO(bytes(damaged)))
        read(kind, bytes(damaged))


@pytest.mark.parametrize("kind", KINDS)
def test_reading_writes_nothing(
    kind: str, files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reader leaves a file in the working, home or temporary folder."""
    for variable in ("HOME", "TMPDIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    read(kind, files[kind])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["docx", "xlsx", "zip"])
def test_a_bomb_is_stopped_by_what_really_comes_out(kind: str, files: dict[str, bytes]) -> None:
    """The limit counts streamed bytes, not the sizes that a directory claims."""
    parts = read(kind, files[kind], Limits(expanded_bytes=20, expanded_times=0))
    gaps = [part.reason for part in parts if isinstance(part, Gap)]
    assert "expands_too_far" in gaps


def test_too_many_members_are_refused() -> None:
    """An archive with more members than the limit is a gap."""
    data = samples.zip_file({f"{number}.txt": b"x" for number in range(20)})
    assert [part.reason for part in read("zip", data, Limits(members=5)) if isinstance(part, Gap)] == [
        "too_many_members"
    ]
