"""Names behind SIDs, asked of the server itself: LsarLookupSids (MS-LSAT) over the pipe of its IPC$ share."""

from __future__ import annotations

import contextlib
import struct
import uuid
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any

from smbprotocol.ioctl import CtlCode, IOCTLFlags, SMB2IOCTLRequest, SMB2IOCTLResponse
from smbprotocol.open import (
    CreateDisposition,
    ImpersonationLevel,
    SMB2CloseRequest,
    SMB2CreateRequest,
)
from smbprotocol.tree import TreeConnect

from scanners.sources.smb_access import WELL_KNOWN, Kind, Named, sid_bytes
from scanners.sources.smb_session import Server, translated
from scanners.sources.smb_status import LostError, RefusedError

_LSARPC = uuid.UUID("12345778-1234-abcd-ef00-0123456789ab")
_NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860")
_REQUEST, _RESPONSE, _BIND, _BIND_ACK = 0, 2, 11, 12
_OPEN_POLICY, _LOOKUP_SIDS = 44, 15
_LOOKUP_NAMES = 0x800
_READ_WRITE_SHARED, _PIPE_ACCESS = 7, 0x12019F
_KINDS = {1: Kind.ACCOUNT, 9: Kind.ACCOUNT, 2: Kind.GROUP, 4: Kind.GROUP, 5: Kind.GROUP}
_AT_ONCE = 100
_REMEMBERED = 10_000

_known: dict[tuple[str, int], dict[str, Named | None]] = {}
_remembering = Lock()


def named_by(server: Server, sids: Iterable[str]) -> Mapping[str, Named]:
    """Return the names that a server gives to SIDs; those it does not know are left out, and asked once.

    Raises `RefusedError` and `LostError` where it does not answer such questions.
    """
    key = (server.login.host, server.login.port)
    with _remembering:
        known = _known.setdefault(key, {})
        if len(known) > _REMEMBERED:
            known.clear()
        unknown = sorted(sid for sid in set(sids) - known.keys() if sid not in WELL_KNOWN)
    for start in range(0, len(unknown), _AT_ONCE):
        asked = unknown[start : start + _AT_ONCE]
        found = looked_up(server, asked)
        with _remembering:
            known.update({sid: found.get(sid) for sid in asked})
    told = {sid: known.get(sid) for sid in sids}
    return {sid: named for sid, named in told.items() if named is not None}


def looked_up(server: Server, sids: list[str]) -> dict[str, Named]:
    """Ask one question; raises `RefusedError` and `LostError`."""
    with translated():
        tree = server.tree("IPC$")
        pipe = _open(server, tree)
        try:
            _call(server, tree, pipe, _bind())
            policy = _call(server, tree, pipe, _request(_OPEN_POLICY, _open_policy()))[:20]
            answer = _call(server, tree, pipe, _request(_LOOKUP_SIDS, policy + _lookup(sids)))
        finally:
            with contextlib.suppress(RefusedError, LostError):
                closing = SMB2CloseRequest()
                closing["file_id"] = pipe
                server.only(tree, closing)
        return _names(answer, sids)


def _open(server: Server, tree: TreeConnect) -> bytes:
    message = SMB2CreateRequest()
    message["impersonation_level"] = ImpersonationLevel.Impersonation
    message["desired_access"] = _PIPE_ACCESS
    message["share_access"] = _READ_WRITE_SHARED
    message["create_disposition"] = CreateDisposition.FILE_OPEN
    message["buffer_path"] = "lsarpc".encode("utf-16-le")
    return server.only(tree, message)[64:80]


def _pdu(kind: int, body: bytes) -> bytes:
    head = struct.pack("<BBBBIHHI", 5, 0, kind, 0x3, 0x10, 16 + len(body), 0, 1)
    return head + body


def _bind() -> bytes:
    syntax = _LSARPC.bytes_le + struct.pack("<HH", 0, 0) + _NDR.bytes_le + struct.pack("<I", 2)
    return _pdu(_BIND, struct.pack("<HHIBBH", 4280, 4280, 0, 1, 0, 0) + struct.pack("<HBB", 0, 1, 0) + syntax)


def _request(number: int, arguments: bytes) -> bytes:
    return _pdu(_REQUEST, struct.pack("<IHH", len(arguments), 0, number) + arguments)


def _call(server: Server, tree: TreeConnect, pipe: bytes, pdu: bytes) -> bytes:
    """Send a question over the pipe and return the answer's arguments, its fragments joined."""
    message: Any = SMB2IOCTLRequest()
    message["ctl_code"] = CtlCode.FSCTL_PIPE_TRANSCEIVE
    message["file_id"] = pipe
    message["max_output_response"] = 65_536
    message["flags"] = IOCTLFlags.SMB2_0_IOCTL_IS_FSCTL
    message["buffer"] = pdu
    held = SMB2IOCTLResponse()
    held.unpack(server.only(tree, message))
    data, told = bytes(held["buffer"].get_value()), b""
    while data:
        kind, flags, length = data[2], data[3], struct.unpack_from("<H", data, 8)[0]
        if kind == _BIND_ACK:
            return b""
        if kind != _RESPONSE:
            raise LostError("RPC fault")
        told += data[24:length]
        data = data[length:]
        if flags & 0x2:  # the last fragment
            return told
    raise LostError("RPC answer cut off")


def _open_policy() -> bytes:
    """LsarOpenPolicy2: no system name, empty attributes of an object, the right to look up names."""
    return struct.pack("<I", 0) + struct.pack("<IIIIII", 24, 0, 0, 0, 0, 0) + struct.pack("<I", _LOOKUP_NAMES)


def _lookup(sids: list[str]) -> bytes:
    """LsarLookupSids behind its policy handle: the SIDs, no names yet, the widest level."""
    count = len(sids)
    told = struct.pack("<III", count, 0x20000, count)
    told += b"".join(struct.pack("<I", 0x20004 + 4 * number) for number in range(count))
    for sid in sids:
        raw = sid_bytes(sid)
        told += struct.pack("<I", raw[1]) + raw
    return told + struct.pack("<IIHHI", 0, 0, 1, 0, 0)


class _Told:
    """Values as NDR packs them, one behind the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self) -> int:
        """Return the next aligned number of four bytes."""
        self._at += -self._at % 4
        (value,) = struct.unpack_from("<I", self._data, self._at)
        self._at += 4
        return int(value)

    def short(self) -> int:
        """Return the next number of two bytes."""
        (value,) = struct.unpack_from("<H", self._data, self._at)
        self._at += 2
        return int(value)

    def text(self) -> str:
        """Return a counted string that an earlier pointer announced."""
        _, start, count = self.number(), self.number(), self.number()
        begin = self._at + 2 * start
        self._at = begin + 2 * count
        return self._data[begin : self._at].decode("utf-16-le", "replace").rstrip("\0")

    def skip(self, count: int) -> None:
        """Pass over bytes."""
        self._at += count


def _names(answer: bytes, sids: list[str]) -> dict[str, Named]:
    told = _Told(answer)
    domains = _domains(told) if told.number() else []
    count, pointer = told.number(), told.number()
    if not pointer:
        return {}
    told.number()
    heads = []
    for _ in range(count):
        use = told.short()
        told.short()
        told.skip(4)  # length and room of the name, told again before its letters
        there, domain = told.number(), told.number()
        heads.append((use, there, domain))
    found = {}
    for sid, (use, there, domain) in zip(sids, heads, strict=False):
        name = told.text() if there else ""
        if name and use in _KINDS:
            above = domains[domain] if domain < len(domains) else ""
            found[sid] = Named(f"{above}\\{name}" if above else name, _KINDS[use])
    return found


def _domains(told: _Told) -> list[str]:
    count, pointer = told.number(), told.number()
    told.number()
    if not pointer:
        return []
    told.number()
    heads = []
    for _ in range(count):
        told.skip(4)
        heads.append((told.number(), told.number()))
    names = []
    for there, sid in heads:
        names.append(told.text() if there else "")
        if sid:
            told.skip(4 + 8 + 4 * told.number() - 4)
    return names
