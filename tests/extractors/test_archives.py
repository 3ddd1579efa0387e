"""Archives: names, nesting, what bombs and tricks come to, and how far a damaged one is read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from scanners.detection import analyzer
from scanners.examined import Tools
from scanners.examiner import Examiner
from scanners.extractors import holding
from scanners.extractors.interface import Extracted, Limits, Member
from scanners.extractors.library import libarchive
from scanners.fingerprint import Fingerprinter
from scanners.kinds import sniff
from scanners.model import Gap, ObjectResult, Outcome, Reason
from scanners.places import Places
from scanners.sources import open_source
from tests.extractors import samples
from tests.extractors import samples_archives as made
from tests.extractors.test_contract import read

_LIMITS = Limits()
KINDS = sorted(made.everything())

SHARED = Path(os.environ.get("DAICHO_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))


@pytest.fixture(scope="module")
def tools() -> Tools:
    """Patterns only: these tests are about where things lie."""
    built = analyzer(names=False)
    return Tools(built, Fingerprinter(bytes(32)), Places(built))


def examined(
    tools: Tools, data: bytes, folder: Path, name: str = "it", limits: Limits = _LIMITS
) -> list[ObjectResult]:
    """Return the results of one file and all within it."""
    path = folder / name
    path.write_bytes(data)
    source = open_source(str(path))
    return Examiner(source, tools, limits).examine(
        next(each for each in source.entries() if not isinstance(each, Gap))
    )


def contents(parts: list[Extracted]) -> dict[str, bytes]:
    """Return what members hold, by name."""
    found = {}
    for part in parts:
        if isinstance(part, Member) and part.stream is not None:
            found[part.name] = part.stream.read()  # type: ignore[union-attr]  # archives hold bytes
    return found


def gaps(parts: list[Extracted]) -> list[tuple[Reason, str]]:
    """Return what was told to be left out, of members and of the archive."""
    found = [part if isinstance(part, Gap) else part.gap for part in parts if isinstance(part, Gap | Member)]
    return [(gap.reason, gap.detail) for gap in found if gap is not None]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ole-encrypted"])
def test_every_kind_gives_its_member(kind: str) -> None:
    """The same text comes out of every archive that has a reader."""
    assert made.TEXT in b"".join(contents(read(kind, made.everything()[kind])).values())


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "euc-jp"])
def test_names_are_read_in_their_encoding(encoding: str) -> None:
    """Old tars and LZH keep bytes only; a second byte that looks like a separator is none."""
    name = "人事部/ソ連表・名簿.txt"
    raw = name.encode(encoding)
    info = tarfile.TarInfo("x" * len(raw))
    whole = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    whole[: len(raw)] = raw
    whole[148:156] = b"%06o\0 " % (sum(whole[:148]) + 256 + sum(whole[156:512]))
    assert list(contents(read("tar", bytes(whole) + bytes(1024)))) == [name]
    assert list(contents(read("lzh", made.lzh(raw)))) == [name]


def test_names_of_other_windows_archives_are_read() -> None:
    """RAR and CAB of Japanese Windows hold CP932."""
    raw = "名簿\\ソ表.txt".encode("cp932")
    for kind, data in (("rar", made.rar(raw)), ("cab", made.cab(raw))):
        assert contents(read(kind, data)) == {"名簿/ソ表.txt": made.TEXT}, kind


def test_pax_and_sparse_members_are_read() -> None:
    """Long names and holes come out whole."""
    long = "長" * 120 + ".txt"
    assert list(contents(read("tar", made.tar_file({long: b"a"})))) == [long]
    assert list(contents(read("tar", made.tar_file({long[:30]: b"a"}, form=tarfile.GNU_FORMAT)))) == [
        long[:30]
    ]
    sparse = (
        b"GNU.sparse.major=1\n", b"GNU.sparse.minor=0\n", b"GNU.sparse.name=hole\n",
        b"GNU.sparse.realsize=2000\n"
    )  # fmt: skip
    pax = b"".join(b"%d %s" % (len(each) + 3, each) for each in sparse)
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, len(pax)
    content = b"1\n1000\n4\n".ljust(512, b"\0") + b"abcd".ljust(512, b"\0")
    body = tarfile.TarInfo("GNUSparseFile.0/hole")
    body.size = 516
    data = header.tobuf() + pax.ljust(512, b"\0") + body.tobuf() + content + bytes(1024)
    assert contents(read("tar", data)) == {"hole": bytes(1000) + b"abcd" + bytes(996)}


def test_the_members_before_a_refused_header_are_counted() -> None:
    """Each of them was read; a member in whose midst the object expands too far was not."""
    before = made.tar_file({"a.txt": b"a", "b.txt": b"b"})[:2048]
    pax = tarfile.TarInfo("pax")
    pax.type, pax.size = tarfile.XHDTYPE, 1 << 20
    found = gaps(read("tar", before + pax.tobuf()))
    assert found == [(Reason.EXPANDS_TOO_FAR, f"a header of {1 << 20} bytes; read: 2 members")]
    long = made.tar_file({"a.txt": b"a", "b.bin": bytes(2 << 20)})
    ((_, told),) = gaps(read("tar", long, Limits(expanded_bytes=1 << 20, expanded_times=0)))
    assert told == "more than 1 MiB; read: 1 members"


def test_four_times_its_own_size_may_come_out_of_a_large_object() -> None:
    """A mailbox of attachments is no bomb; what grows further ends, and names the limit in force."""
    limits = Limits(expanded_bytes=1 << 20)
    plain = made.tar_file({f"{number}.bin": random.Random(number).randbytes(1 << 20) for number in range(3)})
    assert gaps(read("tar", plain, limits)) == []
    packed = gzip.compress(plain + bytes(12 << 20))
    assert f"more than {4 * len(packed) >> 20} MiB" in str(gaps(read("gzip", packed, limits)))


def test_links_and_devices_are_listed_and_never_followed() -> None:
    """A link to /etc/passwd is a link, a device no file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("null", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert gaps(read("tar", out.getvalue())) == [
        (Reason.LINK, ""),
        (Reason.LINK, ""),
        (Reason.NOT_REGULAR, ""),
    ]
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as package:
        link = zipfile.ZipInfo("soft")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    assert gaps(read("zip", zipped.getvalue())) == [(Reason.LINK, "")]


def test_single_files_of_several_streams_and_what_follows() -> None:
    """Streams one after another are one file; other bytes behind them are told, padding is not."""
    for kind, pack in (("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)):
        two = pack(b"one ") + pack(b"two")
        assert contents(read(kind, two + bytes(600))) == {"": b"one two"}, kind
        parts = read(kind, two + b"rubbish")
        assert contents(parts) == {"": b"one two"}, kind
        assert gaps(parts) == [(Reason.DAMAGED, "other bytes after the end, at 7")], kind
        cut = read(kind, pack(bytes(range(256)) * 2000 + b"end")[:-9])
        assert gaps(cut)[0][0] is Reason.DAMAGED, kind
        assert kind == "xz" or contents(cut)[""], kind


def test_a_single_file_has_the_name_of_its_container(tools: Tools, tmp_path: Path) -> None:
    """`list.csv.gz` holds `list.csv`; a name that gzip keeps counts more."""
    assert [
        each.uri.rpartition("!")[2]
        for each in examined(tools, bz2.compress(made.TEXT), tmp_path, "list.csv.bz2")
    ][1:] == ["list.csv"]
    named = io.BytesIO()
    with gzip.GzipFile("kept.txt", "wb", fileobj=named) as archive:
        archive.write(made.TEXT)
    assert list(contents(read("gzip", named.getvalue()))) == ["kept.txt"]


def test_a_packed_tar_flows_and_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its members may come to more than one member may hold."""
    monkeypatch.setattr(holding, "MEMBER_BYTES", 3 << 20)
    members = {f"{number}.bin": bytes(2 << 20) for number in range(6)}
    parts = read("gzip", gzip.compress(made.tar_file(members)), Limits(expansion_ratio=10_000))
    assert {name: len(data) for name, data in contents(parts).items()} == dict.fromkeys(members, 2 << 20)
    assert not gaps(parts)


def test_a_large_member_is_read_in_part_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fits is read, and how much of how much."""
    monkeypatch.setattr(holding, "MEMBER_BYTES", 1000)
    parts = read("zip", samples.zip_file({"big.txt": bytes(5000)}))
    assert contents(parts) == {"big.txt": bytes(1000)}
    assert gaps(parts) == [(Reason.OVERSIZED, "read: the first 1000 of 5000 bytes")]


def test_nested_archives_end_at_the_depth(tools: Tools, tmp_path: Path) -> None:
    """Each level is an object; the one too deep says so, and its neighbours are read."""
    data = made.TEXT
    for level in range(8):
        data = samples.zip_file({f"{level}.zip": data, "beside.txt": made.TEXT})
    results = examined(tools, data, tmp_path)
    deep = [each for each in results if each.reason is Reason.TOO_DEEP]
    assert len(deep) == 2
    assert sum(each.uri.endswith("beside.txt") and each.outcome is Outcome.COMPLETE for each in results) == 6
    mixed = gzip.compress(
        made.tar_file({"in.7z": made.seven_zip({"in.zip": samples.zip_file({"a.txt": made.TEXT})})})
    )
    names = [each.uri.partition("!")[2] for each in examined(tools, mixed, tmp_path, "it.tgz")]
    assert names[-1] == "in.7z!in.zip!a.txt"


def test_bombs_are_stopped_by_what_comes_out(tools: Tools, tmp_path: Path) -> None:
    """Flat and nested ones; what came before is kept, and how far it went is told."""
    small = Limits(expanded_bytes=3 << 20, expanded_times=0)
    flat = samples.zip_file({"a.txt": made.TEXT, "bomb": bytes(8 << 20)})
    parts = read("zip", flat, small)
    assert list(contents(parts)) == ["a.txt"]
    assert gaps(parts)[0][0] is Reason.EXPANDS_TOO_FAR
    assert gaps(parts)[0][1].endswith("read: 1 of 2 members")
    nested = samples.zip_file(
        {f"{number}.zip": samples.zip_file({"b": bytes(1 << 20)}) for number in range(9)}
    )
    results = examined(tools, nested, tmp_path, limits=small)
    assert results[0].reason is Reason.EXPANDS_TOO_FAR
    assert sum(each.bytes for each in results if each.uri.endswith("!b")) <= 3 << 20
    for kind in ("7z", "gzip", "xz", "tar"):
        data = made.tar_file({"b": bytes(8 << 20)}) if kind == "tar" else made.everything()[kind]
        data = {
            "7z": made.seven_zip({"b": bytes(8 << 20)}),
            "gzip": gzip.compress(bytes(8 << 20)),
            "xz": lzma.compress(bytes(8 << 20)),
        }.get(kind, data)
        assert Reason.EXPANDS_TOO_FAR in [reason for reason, _ in gaps(read(kind, data, small))], kind


def test_members_that_share_bytes_are_read_once() -> None:
    """A file of overlapping members comes to no more than its own bytes do."""
    parts = read("zip", made.overlapping_zip(300))
    assert len(contents(parts)) == 1
    assert (Reason.EXPANDS_TOO_FAR, "299 of 300 members overlap others") in gaps(parts)
    quoted = bytearray(samples.zip_file({"a": b"x" * 9, "b": b"y" * 9}))
    first = quoted.index(b"PK\x03\x04")
    second = quoted.index(b"PK\x03\x04", 4)
    struct.pack_into(
        "<H", quoted, first + 28, second + 30
    )  # the first one's extra field reaches into the second
    assert "overlap" in str(gaps(read("zip", bytes(quoted))))


def test_a_zip_that_holds_itself_ends(tools: Tools, tmp_path: Path) -> None:
    """The quine among the real samples ends at the depth, not at the time limit."""
    path = SHARED / "samples" / "documents" / "droste.zip"
    if not path.exists():
        pytest.skip("development data not present")
    results = examined(tools, path.read_bytes(), tmp_path)
    assert [each.reason for each in results].count(Reason.TOO_DEEP) >= 1


def test_path_tricks_are_labels_and_are_told(tools: Tools, tmp_path: Path) -> None:
    """Nothing is written anywhere; what a name tried stands beside the member."""
    names = ["../../up.txt", "/etc/x.txt", "C:\\y.txt", "a\0.exe", "n" * 3_000, "two.txt", "two.txt"]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.pax_headers = {"path": name}
            info.size = 1
            archive.addfile(info, io.BytesIO(b"a"))
    results = examined(tools, out.getvalue(), tmp_path)[1:]
    assert all(each.outcome is Outcome.COMPLETE for each in results)
    told = [each.detail for each in results]
    assert told[:2] == ["its path leads out of the archive", "its path is absolute"]
    assert told[2] == "its path is absolute"
    assert told[4] == "its name has 3000 characters, cut"
    assert [each.uri.rpartition("!")[2] for each in results[-2:]] == ["two.txt", "two.txt#2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it"]


def test_a_million_members_end_at_the_limit_within_little_memory() -> None:
    """The directory is walked, never held; what was read and how many there are is told."""
    data = made.many_zip(1_000_000)
    stream = io.BytesIO(data)
    assert sniff(stream) == "zip"
    tracemalloc.start()
    from scanners.extractors.interface import Budget
    from scanners.extractors.table import EXTRACTORS

    count, last = 0, None
    for part in EXTRACTORS["zip"].segments(stream, Budget(Limits(members=2_000), len(data))):
        count, last = count + 1, part
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2_001
    assert last == Gap(Reason.TOO_MANY_MEMBERS, "more than 2000 members; read: 2000 of 1000000 members")
    assert peak < 16 << 20
    tar = made.tar_file({"a": b""})[:512] * 3_000
    assert gaps(read("tar", tar, Limits(members=2_000))) == [
        (Reason.TOO_MANY_MEMBERS, "read: 2000 members, more follow")
    ]


def test_a_document_with_too_many_parts_is_refused_at_once() -> None:
    """Readers of packages do not build a million parts first."""
    parts = read("docx", made.many_zip(150_000))
    assert gaps(parts)[0][0] is Reason.TOO_MANY_MEMBERS


def test_a_cut_zip_gives_what_is_left() -> None:
    """Its directory is gone: the members that are whole are read all the same."""
    if libarchive() is None:
        pytest.skip("libarchive is not installed")
    chance = bytes((number * 7919 + number // 3) & 0xFF for number in range(4_000))
    whole = samples.zip_file({"一.txt": made.TEXT, "二.txt": made.TEXT, "三.bin": chance})
    parts = read("zip", whole[: whole.index(b"PK\x01\x02") - 900])
    assert gaps(parts)[0] == (Reason.DAMAGED, "directory: not found")
    found = contents(parts)
    assert found["一.txt"] == found["二.txt"] == made.TEXT
    assert any(reason is Reason.DAMAGED for reason, _ in gaps(parts)[1:])


def test_a_zip_behind_a_program_and_one_of_many_parts() -> None:
    """A program that unpacks itself is read as its archive; a single part of several says what is missing."""
    program = b"MZ" + bytes(3_000) + samples.zip_file({"a.txt": made.TEXT})
    assert sniff(io.BytesIO(program)) == "zip"
    assert contents(read("zip", program)) == {"a.txt": made.TEXT}
    seven = b"MZ" + bytes(3_000) + made.seven_zip({"a.txt": made.TEXT})
    assert sniff(io.BytesIO(seven)) == "7z"
    assert contents(read("7z", seven)) == {"a.txt": made.TEXT}
    part = bytearray(samples.zip_file({"a.txt": made.TEXT}))
    struct.pack_into("<H", part, part.index(b"PK\x05\x06") + 4, 2)
    assert gaps(read("zip", bytes(part))) == [
        (Reason.UNSUPPORTED, "part 3 of a split archive: all parts are needed")
    ]


def test_members_that_the_directory_does_not_list_are_told() -> None:
    """`cat a.zip b.zip` has the directory of the last; a directory may leave a member out."""
    first, second = (samples.zip_file({name: made.TEXT}) for name in ("a.txt", "b.txt"))
    left_out = (Reason.DAMAGED, "members that its directory does not list: 1")
    joined = read("zip", first + second)
    assert contents(joined) == {"b.txt": made.TEXT}
    assert gaps(joined) == [left_out]
    both = samples.zip_file({"a.txt": made.TEXT, "ff/": b"", "b.txt": made.TEXT})
    assert gaps(read("zip", both)) == []
    start = both.index(b"PK\x01\x02")
    second_entry = both.index(b"PK\x01\x02", start + 1)
    end = bytearray(both[both.index(b"PK\x05\x06") :])
    size = len(both) - len(end) - second_entry
    struct.pack_into("<2H2L", end, 8, 2, 2, size, start)
    short = both[:start] + both[second_entry : second_entry + size] + bytes(end)
    assert contents(read("zip", short)) == {"b.txt": made.TEXT}
    assert gaps(read("zip", short)) == [left_out]
    stub = b"MZ" + bytes(500) + b"PK\x03\x04" + b"\xff" * 100  # a program that knows the mark
    assert gaps(read("zip", stub + first)) == []


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_of_zip(method: int) -> None:
    """What other programs pack with is read too, also with a descriptor behind the data."""
    out = io.BytesIO()

    class Forward(io.BytesIO):
        def seekable(self) -> bool:
            return False

    for stream in (out, Forward()):
        with zipfile.ZipFile(stream, "w", method) as archive:
            archive.writestr("a.txt", made.TEXT * 100)
        assert contents(read("zip", stream.getvalue())) == {"a.txt": made.TEXT * 100}


def test_deflate64_and_an_unknown_method() -> None:
    """Deflate64 is what Windows packs large members with; a method without reader is named."""
    import inflate64

    packer = inflate64.Deflater()
    packed = packer.deflate(made.TEXT * 50) + packer.flush()
    data = bytearray(_with_method(9, packed, made.TEXT * 50))
    assert contents(read("zip", bytes(data))) == {"a": made.TEXT * 50}
    assert gaps(read("zip", _with_method(6, packed, made.TEXT))) == [
        (Reason.UNSUPPORTED, "compression method 6")
    ]


def _with_method(method: int, packed: bytes, plain: bytes) -> bytes:
    import zlib

    common = struct.pack("<5H3L2H", 20, 0, method, 0, 33, zlib.crc32(plain), len(packed), len(plain), 1, 0)
    local = b"PK\x03\x04" + common + b"a" + packed
    central = b"PK\x01\x02\x14\0" + common + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"a"
    return local + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)


def test_a_wrong_checksum_leaves_what_was_read() -> None:
    """The text comes with a word on its damage."""
    data = bytearray(samples.zip_file({"a.txt": made.TEXT}))
    place = data.index(b"PK\x01\x02") + 16
    data[place] ^= 1
    parts = read("zip", bytes(data))
    assert contents(parts) == {"a.txt": made.TEXT}
    assert gaps(parts) == [(Reason.DAMAGED, "checksum")]


def test_a_damaged_header_inside_a_tar_is_told() -> None:
    """The library takes it for the end."""
    data = bytearray(made.tar_file({"a": b"x", "b": b"y", "c": b"z"}, form=tarfile.GNU_FORMAT))
    data[2 * 512 : 2 * 512 + 8] = b"\xff" * 8
    parts = read("tar", bytes(data))
    assert list(contents(parts)) == ["a"]
    assert gaps(parts) == [(Reason.DAMAGED, "header; read: 1 members")]


def test_joined_tars_are_read_to_the_last_and_what_follows_is_told() -> None:
    """`cat a.tar b.tar` is one tar to some programs: empty blocks between are no end."""
    first, second = made.tar_file({"a": b"x"}), made.tar_file({"b": b"y"})
    joined = read("tar", first + bytes(1 << 20) + second)
    assert contents(joined) == {"a": b"x", "b": b"y"}
    assert gaps(joined) == []
    packed = read("gzip", gzip.compress(first) + gzip.compress(second))
    assert contents(packed) == {"a": b"x", "b": b"y"}
    assert gaps(read("tar", first + bytes(100))) == []
    assert gaps(read("tar", first + b"Yamada" * 200)) == [
        (Reason.DAMAGED, "what follows its end; read: 1 members")
    ]


def test_a_cut_tar_keeps_what_came_of_its_last_member() -> None:
    """A download that broke off: the text before the cut is there, and the cut is told."""
    whole = made.tar_file({"a": b"x", "b": made.TEXT * 100}, form=tarfile.GNU_FORMAT)
    start = 3 * 512
    parts = read("tar", whole[: start + 700])
    assert contents(parts) == {"a": b"x", "b": (made.TEXT * 100)[:700]}
    assert (Reason.DAMAGED, f"cut after 700 of {len(made.TEXT) * 100} bytes") in gaps(parts)


@pytest.mark.parametrize("body", [b"1" * 60_000, b"1 " * 30_000, b"9 a\n" * 20_000 + b"="])
def test_a_pax_header_that_costs_too_much_is_refused(body: bytes) -> None:
    """The library's patterns would look at every byte of it again and again."""
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, len(body)
    padded = body + bytes(-len(body) % 512)
    data = made.tar_file({"a": b"x"})[:1024] + header.tobuf() + padded + made.tar_file({"b": b"y"})
    parts = read("tar", data)
    assert contents(parts) == {"a": b"x"}
    assert [(reason, told.partition(";")[0]) for reason, told in gaps(parts)] == [
        (Reason.DAMAGED, "pax header")
    ]


def test_without_the_library_its_formats_have_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """No format is silently empty; a 7z is read by the other library."""
    files = made.everything()
    for module in ("library", "seven_zip", "zip_content"):
        monkeypatch.setattr(f"scanners.extractors.{module}.libarchive", lambda: None)
    for kind in ("lzh", "rar", "cab", "lz4"):
        assert gaps(read(kind, files[kind])) == [(Reason.UNSUPPORTED, f"{kind}: libarchive is not installed")]
    assert made.TEXT in contents(read("7z", files["7z"])).values()


def test_a_broken_cabinet_does_not_end_the_process() -> None:
    """The library crashes when it is asked for more after a fault it cannot recover from."""
    data = bytes.fromhex(
        "4d534346000000007e000000000000002c000000009800000301010001000000010000644500000001c50000"
        "31000000000000000000215a006020006c6973742e7478780000005c0031003100e6b08fe5908d3a20e69ee4"
        "e7a9bae5a4aae9838e201b9bbbe8a9b1e795aae58ff13a203039302d303030302d313233340a"
    )
    assert gaps(read("cab", data)) == [(Reason.DAMAGED, "content"), (Reason.DAMAGED, "cab; read: 1 members")]
    zstd = _with_method(93, b"\x28\xb5\x2f\xfd" + b"\xff" * 20, made.TEXT)
    assert gaps(read("zip", zstd))[0][0] is Reason.DAMAGED
