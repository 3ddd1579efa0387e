"""A pack proves itself: the same files give the same bytes, and whatever is changed in it is found."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from privacy_mark.pack import bag, check_pack
from privacy_mark.pack.bag import CitedFigure, CitedRow, JournalLeaf, Pack
from privacy_mark.pack.check_pack import PackError
from registry import merkle
from registry.check_proof import FIELDS
from registry.heads import sign
from registry.journal_check import Head
from registry.store.journal_rows import framed
from registry.vault import Vault

AS_OF = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NAME = "pack-A-renewal-20261124"


def _leaf(seq: int) -> JournalLeaf:
    values = {"seq": str(seq), "table_name": "ledger_entry", "row_id": str(seq)}
    record = b"".join(framed(values.get(name, "x").encode()) for name in FIELDS)
    return JournalLeaf(seq, record, bytes([seq]) * 32)


def _keys(*ids: str) -> tuple[tuple[str, str], ...]:
    return tuple(("ledger_entry", each) for each in ids)


FIGURE = CitedFigure("ledger.entries", 3, _keys("1", "5", "11"), counted=True)


def _pack(
    *,
    key: bytes = bytes(range(32)),
    token: bytes | None = None,
    figure: CitedFigure = FIGURE,
    more: tuple[CitedRow, ...] = (),
) -> Pack:
    size = 11
    leaves = [_leaf(seq) for seq in range(1, size + 1)]
    hashes = [check_pack.hashlib.sha256(b"\x00" + each.record + each.hash).digest() for each in leaves]
    vault = Vault(key)
    head = Head(size, merkle.root(hashes).hex())
    signed = sign(vault, journal="0" * 32, head=head, chain_head=leaves[-1].hash.hex(), at=AS_OF)
    cited = [leaves[0], leaves[4], leaves[-1]]
    rows = [CitedRow("ledger_entry", str(each.seq), {"name": "社員名簿"}, each.seq) for each in cited]
    files = {
        "data/documents/01.pdf": b"%PDF-1.7 first",
        "data/documents/02.pdf": b"%PDF-1.7 second",
        **bag.annex([figure], [*rows, *more], cited, hashes),
    }
    about = {"Source-Organization": "会社 A"}
    return bag.sealed(vault, NAME, files, signed, as_of=AS_OF, about=about, token=token)


def _key(pack: Pack) -> bytes:
    return check_pack.raw_key(_files(pack)[check_pack.KEY])


def _files(pack: Pack) -> dict[str, bytes]:
    found = check_pack.unpacked(pack.data)
    return {name.partition("/")[2]: content for name, content in found.items()}


def _check(data: bytes, folder: Path, key: bytes) -> None:
    path = folder / "pack.zip"
    path.write_bytes(data)
    check_pack.check(path, key)


def _repacked(files: Mapping[str, bytes]) -> bytes:
    return check_pack.packed({f"{NAME}/{name}": content for name, content in files.items()})


def _with_manifests(files: dict[str, bytes]) -> dict[str, bytes]:
    """Write all manifests anew, as a forger does who has no key."""
    payload = sorted(name for name in files if name.startswith("data/"))
    for algorithm in check_pack.ALGORITHMS:
        files[f"manifest-{algorithm}.txt"] = bag._manifest(files, algorithm, payload)
    loose = {check_pack.SEAL, *(f"tagmanifest-{each}.txt" for each in check_pack.ALGORITHMS)}
    tags = sorted(set(files) - set(payload) - loose)
    for algorithm in check_pack.ALGORITHMS:
        files[f"tagmanifest-{algorithm}.txt"] = bag._manifest(files, algorithm, tags)
    return files


def test_same_bytes_and_a_valid_zip(tmp_path: Path) -> None:
    """The same files, moment and head give the same bytes, which every zip program reads."""
    made = _pack()
    assert made == _pack()
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    assert check_pack.check(tmp_path / NAME, _key(made))["tree_size"] == 11
    _check(made.data, tmp_path, _key(made))


def test_token_is_no_part_of_the_identity(tmp_path: Path) -> None:
    """A time-stamp token lies beside what is sealed."""
    stamped = _pack(token=b"token")
    assert stamped.digest == _pack().digest
    _check(stamped.data, tmp_path, _key(stamped))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 11, 33])
def test_paths_are_those_of_the_tree(size: int) -> None:
    """Paths from one pass are the audit paths of RFC 6962."""
    leaves = [bytes([number]) * 32 for number in range(size)]
    cited = [JournalLeaf(seq, b"", b"") for seq in range(1, size + 1)]
    assert bag._paths(leaves, cited) == [merkle.audit_path(leaves, at) for at in range(size)]


def test_five_hundred_tamperings_are_found(tmp_path: Path) -> None:
    """Whatever is flipped, cut, added, taken away, swapped or edited with its manifests: it is found."""
    chance = random.Random(20261124)
    made = _pack()
    key, names = _key(made), sorted(_files(made))
    for number in range(500):
        files, data = _files(made), bytearray(made.data)
        name, other = chance.sample(names, 2)
        match number % 6:
            case 0:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 1:
                del data[chance.randrange(len(data)) :]
            case 2:
                del files[name]
                data = bytearray(_repacked(files))
            case 3:
                files[f"data/documents/9{number}.pdf"] = b"added"
                data = bytearray(_repacked(files if number % 4 else _with_manifests(files)))
            case 4:
                files[name], files[other] = files[other], files[name]
                data = bytearray(_repacked(files))
            case _:
                at = chance.randrange(len(files[name]))
                files[name] = files[name][:at] + b"\x00" + files[name][at + 1 :]
                data = bytearray(_repacked(_with_manifests(files)))
        if bytes(data) == made.data:  # the same bytes were put back
            continue
        with pytest.raises((PackError, KeyError, TypeError, ValueError, IndexError)):
            _check(bytes(data), tmp_path, key)


def test_what_another_key_sealed_is_refused(tmp_path: Path) -> None:
    """A whole forgery holds by its own key alone, not by the one to trust."""
    forged = _pack(key=bytes(32))
    _check(forged.data, tmp_path, _key(forged))
    with pytest.raises(PackError, match="another key"):
        _check(forged.data, tmp_path, _key(_pack()))


def test_hostile_packs_are_told_of(tmp_path: Path) -> None:
    """Compressed bombs and names that lead out of the folder are refused before anything is read."""
    for name, content, kind in (("a/../../x", b"", 0), ("/x", b"", 0), ("p/bomb", bytes(10**6), 8)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", kind) as archive:
            archive.writestr(name, content)
        with pytest.raises(PackError):
            _check(out.getvalue(), tmp_path, bytes(32))
    with pytest.raises(PackError, match="no evidence pack"):
        _check(b"PK", tmp_path, bytes(32))


def test_what_was_not_checked_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows without a proof, figures that count nothing and a time-stamp are named, and only these."""
    path = tmp_path / "pack.zip"

    def told(pack: Pack) -> list[str]:
        path.write_bytes(pack.data)
        assert check_pack.main([str(path)]) == 0
        first, *rest = capsys.readouterr().out.splitlines()
        assert first.startswith("OK: ")
        return rest

    assert told(_pack()) == []
    unproven = CitedRow("audit_programme", "7", {"title": "監査"}, None)
    said = CitedFigure("applicant", "会社 A", _keys("1"))
    assert told(_pack(token=b"no token", figure=said, more=(unproven,))) == [
        "NOT CHECKED: 1 of 4 rows: no proof from the journal",
        "NOT CHECKED: 1 of 1 figures: no number of rows to compare with",
        "NOT CHECKED: a time-stamp (timestamp.tsr)",
    ]


def test_the_verifier_works_alone(tmp_path: Path) -> None:
    """The file in the pack runs without this product and names the first fault."""
    made = _pack()
    files = _files(made)
    program = tmp_path / "check_pack.py"
    program.write_bytes(files["check_pack.py"])
    files["data/documents/02.pdf"] += b"!"
    (tmp_path / "good.zip").write_bytes(made.data)
    (tmp_path / "bad.zip").write_bytes(_repacked(files))
    for name, code, said in (("good.zip", 0, "OK: "), ("bad.zip", 4, "data/documents/02.pdf was changed")):
        ran = subprocess.run(
            [sys.executable, "-I", program, tmp_path / name],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert ran.returncode == code
        assert said in ran.stdout


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_signatures_agree_with_the_library(seed: bytes, message: bytes, bit: int) -> None:
    """What cryptography signs is accepted; with one bit changed it is not."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))
    assert check_pack.verify(key, message, bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not check_pack.verify(key, message, bytes(signature))


@pytest.mark.parametrize(("value", "said"), [(4, "is not the number"), (3, "leads to a row")])
def test_a_figure_that_leads_nowhere_is_found(value: int, said: str) -> None:
    """Even in a sealed pack every figure must lead to its rows and be their number."""
    strange = "5" if value == 4 else "6"
    made = _pack(figure=CitedFigure("x.y", value, _keys("1", strange, "11"), counted=True))
    with pytest.raises(PackError, match=said):
        check_pack.check_files(_files(made), _key(made))
