"""What confines a worker: no network, nothing written but in its scratch folder (隔離).

Three means of Linux, each of which an unprivileged process may apply to itself and none of which it can
take off again: Landlock (writes, TCP ports, signals), a seccomp filter (sockets and calls that lead out of
a process), and where seccomp is missing a network namespace. What could be applied is told: `Confinement`.

Not defended against: reading. A worker reads what the account of the scan may read.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, runtime_checkable

from scanners.syscalls import machine, program

# linux/landlock.h: rights to write, by the version of the interface (ABI) that brought them
_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
_WRITES = (
    (1, _WRITE_FILE | sum(1 << bit for bit in range(4, 13))),  # remove and make files, folders, devices …
    (2, 1 << 13),  # REFER: move between folders
    (3, _TRUNCATE),
    (5, 1 << 15),  # IOCTL_DEV
)
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_ABI_OF_PORTS, _ABI_OF_SCOPES = 4, 6
_SCOPES = 0b11  # abstract Unix sockets, signals: both only inside
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_RULE_PATH, _RULE_PORT = 1, 2
_ASK_VERSION = 1
ANY_PORT = 0  # of a source that cannot say beforehand which of them it connects to
_NAMES_AND_TICKETS = (53, 88)  # DNS and Kerberos over TCP, which a database's sign-in may need

_PR_SET_NO_NEW_PRIVS, _PR_SET_PDEATHSIG = 38, 1
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_FILTER, _ALL_THREADS = 1, 1
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000


@runtime_checkable
class Networked(Protocol):
    """A source whose entries are read over the network."""

    @property
    def ports(self) -> tuple[int, ...]:
        """TCP ports that opening an entry needs, or `ANY_PORT`; none: its entries lie on this machine."""
        ...


@dataclass(frozen=True, slots=True)
class Confinement:
    """What holds a worker; an empty text is a means that this system lacks."""

    network: str = ""  # "seccomp", "namespace": no socket; with "ports" or "any port": of a networked source
    writes: str = ""  # "landlock"
    system: str = ""  # of the system, when something is missing

    def __str__(self) -> str:
        told = []
        if self.network:
            what = "no network"
            if "port" in self.network:
                which = "the source's ports" if "ports" in self.network else "any port"
                what = f"network: TCP to {which}, UDP and local sockets to any"
            told.append(f"{what} ({self.network})")
        if self.writes:
            told.append(f"writes only in scratch ({self.writes})")
        if not (self.network and self.writes):
            told.append(f"not confined further: {self.system}")
        return ", ".join(told)


def ports_of(source: object) -> tuple[int, ...]:
    """Return the TCP ports that workers reading this source may connect to; none: no network at all."""
    return tuple(sorted(source.ports)) if isinstance(source, Networked) else ()


def confine(scratch: Path | None, ports: Iterable[int] = ()) -> Confinement:
    """Confine this process for good, and all it starts; call it while there is one thread.

    `scratch` is the only folder where it may write from now on.
    """
    allowed = tuple(ports)
    if sys.platform != "linux":
        return Confinement(system=f"{platform.system()} has no means for it")
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return Confinement(system=f"kernel {platform.release()} refuses no_new_privs")
    writes, by_port = _landlock(libc, scratch, allowed)
    network = _filter(libc, network=bool(allowed))
    if not network and not allowed and _own_network(libc):
        network = "namespace"
    if allowed and network:
        network = "seccomp, ports" if by_port else "seccomp, any port"
    lacking = [name for name, got in (("Landlock", writes), ("seccomp", network)) if not got]
    system = f"kernel {platform.release()} without {' and '.join(lacking)}" if lacking else ""
    return Confinement(network, writes, system)


def die_with_worker() -> None:
    """End this process when the one that started it ends; for `preexec_fn` of programs of a worker."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)


@cache  # a program that is being started only looks it up
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def _call(libc: ctypes.CDLL, number: int, *arguments: object) -> int:
    """Make a system call with arguments as wide as the kernel reads them."""
    wide = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return int(libc.syscall(ctypes.c_long(number), *wide))


def _landlock(libc: ctypes.CDLL, scratch: Path | None, ports: tuple[int, ...]) -> tuple[str, bool]:
    """Return "landlock" when writing is confined, and whether ports are."""
    version = _call(libc, _CREATE, None, 0, _ASK_VERSION)
    if version < 1:
        return "", False
    handled = sum(rights for since, rights in _WRITES if version >= since)
    connects = 0 if ANY_PORT in ports else _CONNECT_TCP
    on_ports = _BIND_TCP | connects if version >= _ABI_OF_PORTS else 0
    scopes = _SCOPES if version >= _ABI_OF_SCOPES else 0
    if scopes and ports:
        scopes &= ~1  # a database may listen on an abstract socket
    given = struct.pack("=QQQ", handled, on_ports, scopes)
    size = 24 if version >= _ABI_OF_SCOPES else 16 if version >= _ABI_OF_PORTS else 8
    rules = _call(libc, _CREATE, ctypes.c_char_p(given), size, 0)
    if rules < 0:
        return "", False
    try:
        _allow(libc, rules, Path(os.devnull), (_WRITE_FILE | _TRUNCATE) & handled)
        if scratch is not None:
            _allow(libc, rules, scratch, handled)
        for port in {*ports, *_NAMES_AND_TICKETS} if ports and on_ports & _CONNECT_TCP else ():
            rule = ctypes.c_char_p(struct.pack("=QQ", _CONNECT_TCP, port))
            _call(libc, _ADD_RULE, rules, _RULE_PORT, rule, 0)
        done = _call(libc, _RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)
    return ("landlock", bool(on_ports & _CONNECT_TCP)) if done else ("", False)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.c_char_p(struct.pack("=Qi", rights, place))
        _call(libc, _ADD_RULE, rules, _RULE_PATH, rule, 0)
    finally:
        os.close(place)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def _filter(libc: ctypes.CDLL, *, network: bool) -> str:
    """Return "seccomp" when the filter holds for all threads of this process."""
    on = machine()
    if on is None:
        return ""
    code = program(on, network=network)
    held = ctypes.create_string_buffer(code, len(code))
    given = _Program(len(code) // 8, ctypes.addressof(held))
    number = _SECCOMP[platform.machine()]
    return "" if _call(libc, number, _FILTER, _ALL_THREADS, ctypes.byref(given)) else "seccomp"


def _own_network(libc: ctypes.CDLL) -> bool:
    """Move into a network namespace without any network; root keeps the rights by which it reads."""
    alone = _NEW_NETWORK if os.geteuid() == 0 else _NEW_USER | _NEW_NETWORK
    return int(libc.unshare(alone)) == 0


def probe(run: Callable[[list[str]], str]) -> Confinement:
    """Return what a worker would be held by; `run` gives the output of a Python of its own."""
    return Confinement(**json.loads(run([sys.executable, "-m", "scanners.sandbox"])))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(confine(None))))
