"""What is asked of a share: a folder with its access list in one message, a file piece by piece (MS-SMB2)."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from smbprotocol.file_info import FileInformationClass, InfoType
from smbprotocol.open import (
    CreateDisposition,
    ImpersonationLevel,
    SMB2CloseRequest,
    SMB2CreateRequest,
    SMB2QueryDirectoryRequest,
    SMB2QueryInfoRequest,
    SMB2ReadRequest,
)
from smbprotocol.tree import TreeConnect

from scanners.sources.smb_session import Server, forget
from scanners.sources.smb_status import (
    ACCESS_DENIED,
    NO_MORE_FILES,
    NO_SUCH_FILE,
    LostError,
    RefusedError,
    passes,
)

_SHARE_ALL = 7  # others may read, write and delete meanwhile
_READ, _READ_ATTRIBUTES, _READ_CONTROL, _SYNCHRONIZE = 0x1, 0x80, 0x20000, 0x100000
_FOLDER, _FILE, _NO_RECALL = 0x1, 0x40, 0x00400000
_DIRECTORY, _REPARSE, _OFFLINE = 0x10, 0x400, 0x1000
_RECALL = 0x00040000 | 0x00400000  # when it is opened, when its bytes are read
_DFS_TAG, _SURROGATE = 0x8000000A, 0x20000000
_LAST = b"\xff" * 16  # the file opened in the same chain of messages
_HEADER = 64
SMALL = 256 << 10  # bytes of a file that is read in one message
_UNIX_EPOCH = 116_444_736_000_000_000  # in 100 ns since 1601
_LINE = struct.Struct("<IIqqqqqqIIIIQ")  # FileIdFullDirectoryInformation
_END_OF_FILE = 0xC0000011
_OWNER_GROUP_LIST = 0x7
_VOLUME, _NETWORK_OPEN = 1, 34  # FileFsVolumeInformation, FileNetworkOpenInformation


class Item(NamedTuple):
    """One line of a listing."""

    name: str
    size: int
    mtime_ns: int
    attributes: int
    tag: int  # of a reparse point
    file_id: int

    @property
    def is_folder(self) -> bool:
        """Tell whether it can be listed itself."""
        return bool(self.attributes & _DIRECTORY)

    @property
    def is_link(self) -> bool:
        """Tell whether it stands for another name: symbolic links and junctions, but not links of DFS."""
        if not self.attributes & _REPARSE:
            return False
        return self.tag != _DFS_TAG and bool(self.tag & _SURROGATE)

    @property
    def is_away(self) -> bool:
        """Tell whether an archive would have to fetch what it holds."""
        return bool(self.attributes & (_OFFLINE | _RECALL))


class Listing(NamedTuple):
    """A folder: its items in order of their names, its volume and identity, its access list if it is told."""

    items: list[Item]
    volume: int
    identity: tuple[int, int] | None
    descriptor: bytes


def _create(name: str, access: int, options: int) -> SMB2CreateRequest:
    message = SMB2CreateRequest()
    message["impersonation_level"] = ImpersonationLevel.Impersonation
    message["desired_access"] = access
    message["share_access"] = _SHARE_ALL
    message["create_disposition"] = CreateDisposition.FILE_OPEN
    message["create_options"] = options
    message["buffer_path"] = name.encode("utf-16-le", "surrogatepass") or b"\0\0"
    return message


def _close(handle: bytes) -> SMB2CloseRequest:
    message = SMB2CloseRequest()
    message["file_id"] = handle
    return message


def _query(
    handle: bytes, kind: int, which: int, *, about: int = 0, most: int = 65_536
) -> SMB2QueryInfoRequest:
    message = SMB2QueryInfoRequest()
    message["info_type"] = kind
    message["file_info_class"] = which
    message["additional_information"] = about
    message["output_buffer_length"] = most
    message["file_id"] = handle
    return message


def _find(handle: bytes, most: int) -> SMB2QueryDirectoryRequest:
    message = SMB2QueryDirectoryRequest()
    message["file_information_class"] = FileInformationClass.FILE_ID_FULL_DIRECTORY_INFORMATION
    message["file_id"] = handle
    message["output_buffer_length"] = most
    message["buffer"] = "*".encode("utf-16-le")
    return message


def _buffer(answer: bytes) -> bytes:
    """Return what answers to queries carry: its place is counted from the start of the header."""
    at, length = struct.unpack_from("<HI", answer, 2)
    return answer[at - _HEADER : at - _HEADER + length]


def _handle(answer: bytes | RefusedError) -> bytes:
    if isinstance(answer, RefusedError):
        raise answer
    return answer[64:80]


def _for_reading(name: str) -> SMB2CreateRequest:
    return _create(name, _READ | _READ_ATTRIBUTES | _SYNCHRONIZE, _FILE | _NO_RECALL)


def _reading(handle: bytes, offset: int, length: int) -> SMB2ReadRequest:
    message = SMB2ReadRequest()
    message["length"] = length
    message["offset"] = offset
    message["file_id"] = handle
    message["padding"] = b"\x50"
    return message


def _data(answer: bytes) -> bytes:
    """Return what a read brought."""
    at, length = answer[2], struct.unpack_from("<I", answer, 4)[0]
    return answer[at - _HEADER : at - _HEADER + length]


def _state(answer: bytes) -> tuple[int, int]:
    """Return size and time of last writing (FileNetworkOpenInformation)."""
    written, _, _, size = struct.unpack_from("<qqqq", _buffer(answer), 16)
    return size, (written - _UNIX_EPOCH) * 100


def _lines(data: bytes) -> Iterator[Item]:
    at = 0
    while data:
        step, _, _, _, written, _, size, _, attributes, length, tag, _, file_id = _LINE.unpack_from(data, at)
        start = at + _LINE.size
        name = data[start : start + length].decode("utf-16-le", "surrogatepass")
        yield Item(name, size, (written - _UNIX_EPOCH) * 100, attributes, tag, file_id)
        if not step:
            return
        at += step


def listing(server: Server, tree: TreeConnect, name: str) -> Listing:
    """List a folder whole; raises `RefusedError` and `LostError`."""
    access = _READ | _READ_ATTRIBUTES | _SYNCHRONIZE
    queries = [
        _query(_LAST, InfoType.SMB2_0_INFO_FILESYSTEM, _VOLUME, most=1024),
        _query(_LAST, InfoType.SMB2_0_INFO_SECURITY, 0, about=_OWNER_GROUP_LIST),
        _find(_LAST, server.lists),
    ]
    answers = server.ask(tree, _create(name, access | _READ_CONTROL, _FOLDER), *queries)
    if isinstance(answers[0], RefusedError) and answers[0].status == ACCESS_DENIED:
        # who may list may not always see the access list
        del queries[1]
        answers = server.ask(tree, _create(name, access, _FOLDER), *queries)
        answers.insert(2, RefusedError(ACCESS_DENIED))
    created, volume, security, block = answers
    handle = _handle(created)
    try:
        items: list[Item] = []
        while True:
            if isinstance(block, RefusedError):
                if block.status in (NO_MORE_FILES, NO_SUCH_FILE):
                    break
                raise block
            items.extend(_lines(_buffer(block)))
            (block,) = server.ask(tree, _find(handle, server.lists))
    finally:
        with contextlib.suppress(RefusedError, LostError):
            server.only(tree, _close(handle))
    serial = 0 if isinstance(volume, RefusedError) else struct.unpack_from("<I", _buffer(volume), 8)[0]
    own = next((item.file_id for item in items if item.name == "."), 0)
    kept = sorted((item for item in items if item.name not in (".", "..")), key=lambda item: item.name)
    return Listing(
        kept,
        serial,
        (serial, own) if own else None,
        b"" if isinstance(security, RefusedError) else _buffer(security),
    )


def descriptor_of(server: Server, tree: TreeConnect, name: str) -> bytes:
    """Return the security descriptor of a file or folder."""
    security = _query(_LAST, InfoType.SMB2_0_INFO_SECURITY, 0, about=_OWNER_GROUP_LIST)
    created, told, closed = server.ask(
        tree, _create(name, _READ_CONTROL | _SYNCHRONIZE, _NO_RECALL), security, _close(_LAST)
    )
    for answer in (created, told):
        if isinstance(answer, RefusedError):
            if answer is told and not isinstance(created, RefusedError) and isinstance(closed, RefusedError):
                with contextlib.suppress(RefusedError):
                    server.only(tree, _close(_handle(created)))
            raise answer
    assert isinstance(told, bytes)
    return _buffer(told)


class Handle:
    """An open file."""

    def __init__(self, server: Server, tree: TreeConnect, created: bytes) -> None:
        self._server, self._tree, self._id = server, tree, _handle(created)
        written, self.size = (
            struct.unpack_from("<q", created, 24)[0],
            struct.unpack_from("<q", created, 48)[0],
        )
        (attributes,) = struct.unpack_from("<I", created, 56)
        self.state = (self.size, (written - _UNIX_EPOCH) * 100)
        self.is_away = bool(attributes & (_OFFLINE | _RECALL))

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes at a place, fewer than asked for where one message holds no more."""
        try:
            return _data(self._only(_reading(self._id, offset, min(length, self._server.reads))))
        except RefusedError as error:
            if error.status == _END_OF_FILE:
                return b""
            raise

    def _only(self, message: Any) -> bytes:
        try:
            return self._server.only(self._tree, message)
        except (RefusedError, LostError) as error:
            if passes(error):
                forget(self._server.login)
            raise

    def state_now(self) -> tuple[int, int]:
        """Return size and time of last writing, asked anew."""
        query = _query(self._id, InfoType.SMB2_0_INFO_FILE, _NETWORK_OPEN, most=56)
        return _state(self._only(query))

    def close(self) -> None:
        """Give it back; a connection that is lost has done so."""
        with contextlib.suppress(RefusedError, LostError):
            self._server.only(self._tree, _close(self._id))


class Whole(NamedTuple):
    """A small file, read at once, and its size and time after that."""

    held: bytes
    state: tuple[int, int]
    is_away: bool


def whole(server: Server, tree: TreeConnect, name: str) -> Whole | None:
    """Open, read and give back a file of at most `SMALL` bytes in one message; nothing if that fails.

    Raises `RefusedError` when it cannot be opened, and `LostError`.
    """
    read = _reading(_LAST, 0, min(SMALL, server.reads))
    state = _query(_LAST, InfoType.SMB2_0_INFO_FILE, _NETWORK_OPEN, most=56)
    created, data, told, closed = server.ask(tree, _for_reading(name), read, state, _close(_LAST))
    handle = _handle(created)
    if isinstance(closed, RefusedError):
        with contextlib.suppress(RefusedError, LostError):
            server.only(tree, _close(handle))
    if isinstance(created, RefusedError) or isinstance(data, RefusedError) or isinstance(told, RefusedError):
        return None
    (attributes,) = struct.unpack_from("<I", created, 56)
    return Whole(_data(data), _state(told), bool(attributes & (_OFFLINE | _RECALL)))


def opened_file(server: Server, tree: TreeConnect, name: str) -> Handle:
    """Open a file for reading, beside whoever else uses it; raises `RefusedError` and `LostError`."""
    return Handle(server, tree, server.only(tree, _for_reading(name)))
