"""Check an evidence pack offline: one file, the standard library alone; copy it anywhere.

    python check_pack.py PACK.zip [--public-key journal.pem]

PACK is the file as it was made, or the folder that it was unpacked to. It names the first fault it finds.
Exit code 0: everything holds; 4: something does not. Without --public-key the pack is checked against the
key that lies in it: compare the key's number with the one that you know, or anybody could have made it.

What is checked: (1) the container holds plain, uncompressed files and not a byte else; (2) BagIt (RFC 8493):
every file is in both manifests and is what they say; (3) the seal: an Ed25519 signature (RFC 8032) over the
digests of the tag manifests and over the head; (4) the head of the journal, signed with the same key;
(5) each record's path to the root of that head (RFC 6962); (6) every figure leads to rows of the pack, one
that counts rows is their number, and a row that names a record is told by it.

What is not checked is told after "OK": rows without a proof (another entity's journal tells of them), figures
that are no numbers of rows, a time-stamp token (`openssl ts -verify` checks it).
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import struct
import sys
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SEAL_FORMAT = "daicho-evidence-pack/1"
HEAD_FORMAT = "daicho-journal-head/1"
SEAL, TOKEN = "pack-seal.json", "timestamp.tsr"
HEAD, KEY = "journal/head.json", "journal/public-key.pem"
PROOFS, RECORDS, FIGURES = "data/annex/journal.json", "data/annex/records.json", "data/annex/figures.json"
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ALGORITHMS = ("sha256", "sha512")
SEALED = ("pack", "as_of", "tagmanifest_sha256", "tagmanifest_sha512", "tree_size", "root", "key_id")
SIGNED = ("journal", "tree_size", "root", "chain_head", "at", "key_id")
MOST_BYTES, MOST_FILES = 1 << 30, 10_000
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LINE = re.compile(r"([0-9a-f]+)  (\S+)")
_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
_DATE, _MODE = (1 << 5) | 1, 0o100644 << 16  # 1980-01-01; a plain file
_DER = bytes.fromhex("302a300506032b6570032100")
_FAILED = 4


class PackError(Exception):
    """Something does not hold; the message names what, and where."""


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return the one container of these files: uncompressed, in order of name, without times."""
    out, index, at = bytearray(), bytearray(), 0
    for name in sorted(files):
        data, raw = files[name], name.encode("ascii")
        told = (zlib.crc32(data), len(data), len(data))
        out += _LOCAL.pack(b"PK\x03\x04", 20, 0, 0, 0, _DATE, *told, len(raw), 0) + raw + data
        head = (b"PK\x01\x02", 20 | 3 << 8, 20, 0, 0, 0, _DATE, *told, len(raw), 0, 0, 0, 0, _MODE, at)
        index += _CENTRAL.pack(*head) + raw
        at = len(out)
    return bytes(out + index + _END.pack(b"PK\x05\x06", 0, 0, len(files), len(files), len(index), at, 0))


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files of a container as they lie in it; PackError for one that is compressed or misnamed."""
    files: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == b"PK\x03\x04":
        if len(data) < at + _LOCAL.size:
            raise PackError("the pack is cut off")
        _, _, flags, method, _, _, _, size, full, length, extra = _LOCAL.unpack_from(data, at)
        start = at + _LOCAL.size + length + extra
        name = data[at + _LOCAL.size : at + _LOCAL.size + length].decode("ascii", "replace")
        if not _PATH.fullmatch(name):
            raise PackError(f"a file in the pack has a name that no pack has (byte {at})")
        if method != 0 or flags != 0 or size != full or extra:
            raise PackError(f"{name} is compressed or written by another program; a pack holds plain files")
        if start + size > len(data):
            raise PackError(f"{name} is cut off")
        if name in files:
            raise PackError(f"{name} is in the pack twice")
        if len(files) >= MOST_FILES:
            raise PackError("the pack holds too many files")
        files[name] = data[start : start + size]
        at = start + size
    if not files:
        raise PackError("this is no evidence pack")
    return files


def read(path: Path) -> tuple[dict[str, bytes], bytes | None]:
    """Return the files of a pack or of the folder that it was unpacked to, and the container's bytes."""
    try:
        if path.is_dir():
            found = [each for each in sorted(path.rglob("*")) if not each.is_dir()]
            if any(each.is_symlink() for each in found) or len(found) > MOST_FILES:
                raise PackError("the folder holds links or too many files; a pack does not")
            if sum(each.stat().st_size for each in found) > MOST_BYTES:
                raise PackError("the folder is larger than any pack")
            return {each.relative_to(path).as_posix(): each.read_bytes() for each in found}, None
        if path.stat().st_size > MOST_BYTES:
            raise PackError("the file is larger than any pack")
        data = path.read_bytes()
    except OSError as error:
        raise PackError(f"{path.name} cannot be read ({error.strerror})") from None
    files = unpacked(data)
    bases = {name.partition("/")[0] for name in files}
    if len(bases) != 1 or any("/" not in name for name in files):
        raise PackError("the files of a pack lie in one folder; these do not")
    return {name.partition("/")[2]: content for name, content in files.items()}, data


def check(path: Path, public_key: bytes | None = None) -> dict[str, Any]:
    """Return the seal of a pack in which everything holds, with what was not checked (`unchecked`).

    PackError names the first fault otherwise.
    """
    files, container = read(path)
    seal = check_files(files, public_key)
    if container is not None:
        base = f"{seal['pack']}/"
        if packed({base + name: content for name, content in files.items()}) != container:
            raise PackError("the container was changed beside its files, or packed anew by another program")
    return seal


def check_files(files: Mapping[str, bytes], public_key: bytes | None = None) -> dict[str, Any]:
    """Return the seal of these files as `check`; `public_key`: 32 raw bytes of the key that one trusts."""
    _check_bag(files)
    key = public_key or raw_key(_file(files, KEY))
    seal = _json(files, SEAL)
    names = {*SEALED, "format", "signature"}
    if set(seal) != names or seal["format"] != SEAL_FORMAT or not _is_written(seal, files[SEAL]):
        raise PackError(f"{SEAL} is not a seal as it was written")
    for algorithm in ALGORITHMS:
        tagged = hashlib.sha256(files[f"tagmanifest-{algorithm}.txt"]).hexdigest()
        if seal[f"tagmanifest_{algorithm}"] != tagged:
            raise PackError(f"tagmanifest-{algorithm}.txt is not the one that was sealed")
    if seal["key_id"] != key_id(key):
        raise PackError("the pack was sealed with another key than the one to trust")
    if not verify(key, seal_statement(seal), _hex(seal["signature"], SEAL)):
        raise PackError(f"the signature in {SEAL} is wrong: the seal was changed")
    _check_journal(files, seal, key)
    return seal | unchecked(files)


def unchecked(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what no check covers: `unproven` of `rows`, `uncounted` of `figures`, and `stamped`."""
    rows, figures = _json(files, RECORDS)["records"], _json(files, FIGURES)["figures"]
    return {
        "rows": len(rows),
        "unproven": sum(row["seq"] is None for row in rows),
        "figures": len(figures),
        "uncounted": sum(not figure["counted"] for figure in figures),
        "stamped": TOKEN in files,
    }


def _check_bag(files: Mapping[str, bytes]) -> None:
    if _file(files, "bagit.txt") != BAGIT:
        raise PackError("bagit.txt is not that of a bag of version 1.0")
    payload = {name for name in files if name.startswith("data/")}
    loose = {SEAL, TOKEN, *(f"tagmanifest-{each}.txt" for each in ALGORITHMS)}
    for algorithm in ALGORITHMS:
        for kind, wanted in (("tagmanifest", set(files) - payload - loose), ("manifest", payload)):
            _check_manifest(files, f"{kind}-{algorithm}.txt", algorithm, wanted)
    sizes = f"Payload-Oxum: {sum(len(files[name]) for name in payload)}.{len(payload)}"
    if sizes not in _file(files, "bag-info.txt").decode("utf-8", "replace").splitlines():
        raise PackError("bag-info.txt tells of other sizes than the files have")


def _check_manifest(files: Mapping[str, bytes], name: str, algorithm: str, wanted: set[str]) -> None:
    listed: dict[str, str] = {}
    for number, line in enumerate(_file(files, name).decode("utf-8", "replace").split("\n")[:-1], start=1):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in listed:
            raise PackError(f"{name}, line {number}: not a line of a manifest")
        listed[found[2]] = found[1]
    for each in sorted(wanted | set(listed)):
        if each not in files:
            raise PackError(f"{each} is missing")
        if each not in listed or each not in wanted:
            raise PackError(f"{each} was added: {name} does not list it so")
        if hashlib.new(algorithm, files[each]).hexdigest() != listed[each]:
            raise PackError(f"{each} was changed: it is not what {name} says")


def _check_journal(files: Mapping[str, bytes], seal: Mapping[str, Any], key: bytes) -> None:
    head = _json(files, HEAD)
    statement = [HEAD_FORMAT, *(f"{name} {head.get(name)}" for name in SIGNED)]
    if head.get("format") != HEAD_FORMAT or head.get("key_id") != key_id(key):
        raise PackError(f"{HEAD} is no head of the journal that was signed with this key")
    if not verify(key, "".join(f"{line}\n" for line in statement).encode(), _hex(head["signature"], HEAD)):
        raise PackError(f"the signature in {HEAD} is wrong: the head was changed")
    if (head["tree_size"], head["root"]) != (seal["tree_size"], seal["root"]):
        raise PackError(f"{HEAD} is not the head that the pack was sealed over")
    proofs = _json(files, PROOFS)
    nodes = [_hex(each, PROOFS) for each in proofs["nodes"]]
    proven: dict[int, tuple[str, str]] = {}
    for proof in proofs["records"]:
        seq, record = proof["seq"], _hex(proof["record"], PROOFS)
        fields = _fields(record)
        leaf = hashlib.sha256(b"\x00" + record + _hex(proof["hash"], PROOFS)).digest()
        path = [nodes[number] for number in proof["path"]]
        if fields[0] != str(seq).encode() or _root(leaf, seq - 1, head["tree_size"], path) != head["root"]:
            raise PackError(f"{PROOFS}: record {seq} is not in the journal that was signed")
        proven[seq] = ((fields[7] or b"").decode(), (fields[8] or b"").decode())
    known = set()
    for row in _json(files, RECORDS)["records"]:
        known.add((row["table"], row["id"]))
        if row["seq"] is not None and proven.get(row["seq"]) != tuple(row["told_by"]):
            raise PackError(f"{RECORDS}: {row['table']}/{row['id']} has no proof that tells of it")
    for figure in _json(files, FIGURES)["figures"]:
        rows = [tuple(each) for each in figure["rows"]]
        if not known.issuperset(rows):
            raise PackError(f"{FIGURES}: {figure['name']} leads to a row that is not in {RECORDS}")
        if figure["counted"] and figure["value"] != len(set(rows)):
            raise PackError(f"{FIGURES}: {figure['name']} is not the number of its rows")


def seal_statement(seal: Mapping[str, Any]) -> bytes:
    """Return the bytes that the seal's signature and time-stamp cover."""
    return "".join(f"{line}\n" for line in (SEAL_FORMAT, *(f"{n} {seal[n]}" for n in SEALED))).encode()


def seal_text(seal: Mapping[str, Any]) -> str:
    """Return a seal or head as its file holds it."""
    return json.dumps(seal, indent=2, sort_keys=True) + "\n"


def key_id(raw: bytes) -> str:
    """Return the number of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(raw).hexdigest()[:16]


def raw_key(pem: bytes) -> bytes:
    """Return the 32 bytes of an Ed25519 public key in PEM; PackError when it is none."""
    try:
        lines = pem.decode("ascii").strip().splitlines()
        der = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (UnicodeDecodeError, binascii.Error):
        der = b""
    if len(der) != len(_DER) + 32 or not der.startswith(_DER):
        raise PackError("the public key is no Ed25519 key in PEM")
    return der[len(_DER) :]


def _is_written(value: Mapping[str, Any], raw: bytes) -> bool:
    return seal_text(value).encode() == raw


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise PackError(f"{name} is missing")
    return files[name]


def _json(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        found = json.loads(_file(files, name).decode("utf-8"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise PackError(f"{name} cannot be read as JSON")
    return found


def _hex(text: object, name: str) -> bytes:
    try:
        return bytes.fromhex(str(text))
    except ValueError:
        raise PackError(f"{name} holds what are no hexadecimal digits") from None


def _fields(record: bytes) -> list[bytes | None]:
    found: list[bytes | None] = []
    at = 0
    while at < len(record):
        length = int.from_bytes(record[at : at + 4], "big")
        absent = length == 0xFFFFFFFF
        found.append(None if absent else record[at + 4 : at + 4 + length])
        at += 4 if absent else 4 + length
    if len(found) != 12 or at != len(record):
        raise PackError(f"{PROOFS}: a record is malformed")
    return found


def _root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> str:
    """Return the root that an audit path leads to (RFC 9162 §2.1.3.2); "" for a path of a wrong length."""
    here, last, found = index, size - 1, leaf
    if not 0 <= index < size:
        return ""
    for sibling in path:
        if last == 0:
            return ""
        if here & 1 or here == last:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        here, last = here >> 1, last >> 1
    return "" if last else found.hex()


# Ed25519 verification as in RFC 8032 §6: points as (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z.
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]


def _add(p: _Point, q: _Point) -> _Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, point: _Point) -> _Point:
    found: _Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point, number = _add(point, point), number >> 1
    return found


def _point(raw: bytes) -> _Point | None:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature (64 bytes) over a message was made with the key (32 raw bytes)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    public, nonce, scalar = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    base = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    if public is None or nonce is None or base is None or scalar >= _L:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _L
    left, right = _times(scalar, base), _add(nonce, _times(hashed, public))
    crossed = (left[0] * right[2] - right[0] * left[2], left[1] * right[2] - right[1] * left[2])
    return not any(each % _P for each in crossed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the pack that the command line names; 0 when it holds, 4 when it does not."""
    parser = argparse.ArgumentParser(description="Check an evidence pack offline.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--public-key", type=Path, help="the key to trust, as PEM")
    wanted = parser.parse_args(arguments)
    try:
        key = raw_key(wanted.public_key.read_bytes()) if wanted.public_key else None
        seal = check(wanted.pack, key)
    except PackError as error:
        sys.stdout.write(f"BROKEN: {error}\n")
        return _FAILED
    except (KeyError, TypeError, ValueError, IndexError, OSError) as error:
        sys.stdout.write(f"BROKEN: a file is malformed ({type(error).__name__})\n")
        return _FAILED
    told = f"OK: {seal['pack']} as of {seal['as_of']}, journal of {seal['tree_size']} records"
    known = "the key to trust" if key else "the key in the pack; compare its number"
    sys.stdout.write(f"{told}, sealed with key {seal['key_id']} ({known})\n")
    for line in _remarks(seal):
        sys.stdout.write(f"NOT CHECKED: {line}\n")
    return 0


def _remarks(seal: Mapping[str, Any]) -> list[str]:
    found = []
    if seal["unproven"]:
        found.append(f"{seal['unproven']} of {seal['rows']} rows: no proof from the journal")
    if seal["uncounted"]:
        found.append(f"{seal['uncounted']} of {seal['figures']} figures: no number of rows to compare with")
    if seal["stamped"]:
        found.append(f"a time-stamp ({TOKEN})")
    return found


if __name__ == "__main__":
    sys.exit(main())
