"""A source whose entries try what a worker must not be able to do, and say in their text how that ended."""

from __future__ import annotations

import ctypes
import io
import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scanners.model import Entry, Gap

REFUSED = "電話番号: 090-0000-1111\n"
DONE = "議事録\n"


def _socket(family: int, kind: int = socket.SOCK_DGRAM) -> None:
    socket.socket(family, kind).close()


def _unshare() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        raise OSError(ctypes.get_errno(), "unshare")


def _shared_memory() -> None:
    if ctypes.CDLL(None, use_errno=True).shmget(0, 4096, 0o1600) < 0:
        raise OSError(ctypes.get_errno(), "shmget")


def _child_socket() -> None:
    code = "import socket; socket.socket().close()"
    if subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode:
        raise PermissionError("refused")


def _connect(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


@dataclass(frozen=True, slots=True)
class ProbingSource:
    """Entries are named after what they try; `outside` is a folder, `port` one that is listened on."""

    names: tuple[str, ...]
    outside: str = ""
    port: int = 0
    ports: tuple[int, ...] = ()

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield one entry for each name."""
        for number, name in enumerate(self.names):
            yield Entry(f"test://host/{number}/{name}", name, size=20, mtime_ns=1)

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Try it."""
        outside = Path(self.outside)
        tried: dict[str, Callable[[], object]] = {
            "internet": lambda: _socket(socket.AF_INET),
            "internet6": lambda: _socket(socket.AF_INET6),
            "unix": lambda: _socket(socket.AF_UNIX),
            "local": lambda: _socket(socket.AF_UNIX, socket.SOCK_STREAM),
            "raw": lambda: _socket(socket.AF_INET, socket.SOCK_RAW),
            "packets": lambda: _socket(socket.AF_UNIX, socket.SOCK_SEQPACKET),
            "netlink": lambda: _socket(16),
            "child": _child_socket,
            "connect": lambda: _connect(self.port),
            "write": lambda: (outside / "written").write_text("x", encoding="utf-8"),
            "make": lambda: (outside / "made").touch(),
            "folder": lambda: (outside / "folder").mkdir(),
            "remove": lambda: (outside / "kept").unlink(),
            "cut": lambda: os.truncate(outside / "kept", 0),
            "scratch": lambda: (Path(tempfile.gettempdir()) / "left").touch(),
            "fill": lambda: (Path(tempfile.gettempdir()) / "filled").write_bytes(b"x" * 4096),
            "trace": _unshare,
            "rights": lambda: (outside / "kept").chmod(0o777),
            "owner": lambda: os.chown(outside / "kept", os.getuid(), os.getgid()),
            "times": lambda: os.utime(outside / "kept", (1, 1)),
            "attribute": lambda: os.setxattr(outside / "kept", "user.x", b"x"),
            "device": lambda: os.mknod(outside / "pipe", 0o010600),
            "priority": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
            "limit": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0)),
            "memory": _shared_memory,
        }
        try:
            tried[entry.name]()
        except OSError:
            yield io.BytesIO(REFUSED.encode())
        else:
            yield io.BytesIO(DONE.encode())
