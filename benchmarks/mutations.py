"""Damaged variants of files, from a seed: what happens to files on their way, and what an attacker does.

Bits flip, ends are cut, blocks move or come twice, numbers that look like lengths become extreme; of zip
packages also the parts inside, which then are packed again with right checksums. `without_outcome` scans
such files as users do and counts those that end in no outcome.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from scanners.engine import ScanKeys, ScanOptions, scan  # noqa: E402
from scanners.extractors.interface import Limits  # noqa: E402
from scanners.model import ObjectResult  # noqa: E402
from scanners.sources import open_source  # noqa: E402

Mutator = Callable[[bytearray, random.Random], None]
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_LONGEST = 4 << 20  # of a mutant


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _cut_front(data: bytearray, chance: random.Random) -> None:
    del data[: chance.randrange(min(len(data), 512))]


def _block(data: bytearray, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + chance.choice((1, 4, 16, 64, 512, 4096)))


def _remove(data: bytearray, chance: random.Random) -> None:
    start, end = _block(data, chance)
    del data[start:end]


def _double(data: bytearray, chance: random.Random) -> None:
    start, end = _block(data, chance)
    times = chance.choice((1, 1, 2, 50))
    if len(data) + times * (end - start) < _LONGEST:
        data[end:end] = data[start:end] * times


def _swap(data: bytearray, chance: random.Random) -> None:
    start, end = _block(data, chance)
    block = bytes(data[start:end])
    del data[start:end]
    place = chance.randrange(len(data) + 1)
    data[place:place] = block


def _zero(data: bytearray, chance: random.Random) -> None:
    start, end = _block(data, chance)
    data[start:end] = bytes(end - start)


def _noise(data: bytearray, chance: random.Random) -> None:
    start, end = _block(data, chance)
    data[start:end] = chance.randbytes(end - start)


def _length(data: bytearray, chance: random.Random) -> None:
    """Make two, four or eight bytes an extreme number, in either order of bytes."""
    width = chance.choice((1, 2, 4, 4, 8))
    place = chance.randrange(max(1, len(data) - width))
    number = chance.choice(_EXTREMES) & ((1 << 8 * width) - 1)
    data[place : place + width] = number.to_bytes(width, chance.choice(("little", "big")))


def _digits(data: bytearray, chance: random.Random) -> None:
    """Make a number written in digits another one: counts in XML, offsets in PDF."""
    start = chance.randrange(len(data))
    place = next((at for at in range(start, min(len(data), start + 2000)) if 48 <= data[at] <= 57), None)
    if place is not None:
        data[place : place + 1] = chance.choice((b"0", b"-1", b"99999999", b"4294967296", b"1e9", b""))


def _deepen(data: bytearray, chance: random.Random) -> None:
    """Open what is never closed, many times."""
    opened = chance.choice((b"<a>", b"[", b"{", b"(", b"<<", b'{"a":', b"{\\b ", b"<div>"))
    place = chance.randrange(len(data) + 1)
    data[place:place] = opened * chance.choice((10, 1000, 20_000))


MUTATORS: tuple[Mutator, ...] = (
    _flip,
    _flip,
    _cut,
    _cut_front,
    _remove,
    _double,
    _swap,
    _zero,
    _noise,
    _length,
    _length,
    _digits,
    _deepen,
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return one damaged variant of a file."""
    if zipfile.is_zipfile(io.BytesIO(data)) and chance.random() < 0.6:
        return _repacked(data, chance)
    changed = bytearray(data or b"\x00")
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(MUTATORS)(changed, chance)
        if not changed:
            break
    return bytes(changed[:_LONGEST])


def _repacked(data: bytes, chance: random.Random) -> bytes:
    """Return a package one of whose parts is damaged inside, lacking, twice or called otherwise."""
    out = io.BytesIO()
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # of names that come twice
            zipfile.ZipFile(io.BytesIO(data)) as source,
            zipfile.ZipFile(out, "w") as target,
        ):
            parts = [info for info in source.infolist() if not info.is_dir()]
            chosen = chance.choice(parts).filename if parts else ""
            what = chance.choice(("content", "content", "content", "content", "lack", "twice", "name"))
            for info in parts:
                content = source.read(info)
                name = info.filename
                if name == chosen and what == "lack":
                    continue
                if name == chosen and what == "content":
                    content = mutated(content, chance)
                if name == chosen and what == "name":
                    name = chance.choice(("../../" + name, "/" + name, name.upper(), name + "\x01", "con"))
                packing = chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
                for _ in range(2 if name == chosen and what == "twice" else 1):
                    target.writestr(zipfile.ZipInfo(name, info.date_time), content, packing)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError, EOFError, zlib.error):
        return mutated(data[: max(1, len(data) - 1)], chance)  # locked or damaged: as bytes
    return out.getvalue()


def mutants(samples: Mapping[str, bytes], count: int, seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of damaged files, all kinds in turn; the same for the same seed."""
    chance = random.Random(seed)
    kinds = sorted(samples)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield f"{number:06d}.{kind}", mutated(samples[kind], chance)


@dataclass(slots=True)
class Fuzzed:
    """What a scan of damaged files came to."""

    files: int = 0
    without_outcome: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    alarming: list[tuple[str, str, str]] = field(default_factory=list)
    """Files that ended by a fault of ours, a dead worker or a limit: name, reason, detail."""


def fuzz(
    samples: Mapping[str, bytes],
    count: int,
    *,
    seed: int = 7,
    jobs: int = 2,
    limits: Limits = Limits(seconds=20.0),  # noqa: B008  frozen
    folder: Path | None = None,
) -> Fuzzed:
    """Scan damaged files in worker processes, as users do; every one of them must end in one outcome."""
    found = Fuzzed()
    with tempfile.TemporaryDirectory(dir=folder) as place:
        outcomes = {}
        for name, data in mutants(samples, count, seed):
            (Path(place) / name).write_bytes(data)
            outcomes[name] = 0
        options = ScanOptions(jobs=jobs, names=False, limits=limits)
        for result in scan(open_source(place), ScanKeys(b"f" * 32), options):
            name = result.uri.rpartition("/")[2] if "!" not in result.uri else ""
            if name in outcomes:
                outcomes[name] += 1
            _note(found, name or result.uri, result)
        found.files, found.without_outcome = count, sum(times != 1 for times in outcomes.values())
    return found


def _note(found: Fuzzed, name: str, result: ObjectResult) -> None:
    reason = result.reason.value if result.reason else result.outcome.value
    found.reasons[reason] = found.reasons.get(reason, 0) + 1
    if reason in ("internal", "crashed", "time_limit", "memory_limit"):
        found.alarming.append((name, reason, result.detail))


def without_outcome(samples: Mapping[str, bytes], count: int, *, seed: int = 7) -> int:
    """Return how many of `count` damaged files end in no outcome."""
    return fuzz(samples, count, seed=seed).without_outcome
