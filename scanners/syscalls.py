"""What a worker may never ask the kernel for: numbers of system calls, and the filter made of them."""

from __future__ import annotations

import platform
import struct
from dataclasses import dataclass
from types import MappingProxyType

# Numbers on x86_64 and aarch64, as arch/x86/entry/syscalls/syscall_64.tbl and asm-generic/unistd.h have them
_NUMBERS = MappingProxyType(
    {
        "socket": (41, 198),
        "connect": (42, 203),
        "bind": (49, 200),
        "listen": (50, 201),
        "accept": (43, 202),
        "accept4": (288, 242),
        "clone": (56, 220),
        "clone3": (435, 435),
        "prlimit64": (302, 261),
    }
)
_NEVER = MappingProxyType(
    {
        "ptrace": (101, 117),
        "process_vm_readv": (310, 270),
        "process_vm_writev": (311, 271),
        "pidfd_getfd": (438, 438),
        "process_madvise": (440, 440),
        "kcmp": (312, 272),
        "mount": (165, 40),
        "umount2": (166, 39),
        "pivot_root": (155, 41),
        "chroot": (161, 51),
        "open_tree": (428, 428),
        "move_mount": (429, 429),
        "fsopen": (430, 430),
        "fsconfig": (431, 431),
        "fsmount": (432, 432),
        "fspick": (433, 433),
        "mount_setattr": (442, 442),
        "unshare": (272, 97),
        "setns": (308, 268),
        "kexec_load": (246, 104),
        "kexec_file_load": (320, 294),
        "init_module": (175, 105),
        "finit_module": (313, 273),
        "delete_module": (176, 106),
        "reboot": (169, 142),
        "swapon": (167, 224),
        "swapoff": (168, 225),
        "acct": (163, 89),
        "bpf": (321, 280),
        "perf_event_open": (298, 241),
        "userfaultfd": (323, 282),
        "add_key": (248, 217),
        "request_key": (249, 218),
        "keyctl": (250, 219),
        # its operations never pass the filter of system calls
        "io_uring_setup": (425, 425),
        "io_uring_enter": (426, 426),
        "io_uring_register": (427, 427),
        "name_to_handle_at": (303, 264),
        "open_by_handle_at": (304, 265),
        "quotactl": (179, 60),
        "settimeofday": (164, 170),
        "clock_settime": (227, 112),
        "adjtimex": (159, 171),
        "clock_adjtime": (305, 266),
        "sethostname": (170, 161),
        "setdomainname": (171, 162),
        # what Landlock does not rule: rights, owners, times and attributes of files
        "fchmod": (91, 52),
        "fchmodat": (268, 53),
        "fchmodat2": (452, 452),
        "fchown": (93, 55),
        "fchownat": (260, 54),
        "utimensat": (280, 88),
        "setxattr": (188, 5),
        "lsetxattr": (189, 6),
        "fsetxattr": (190, 7),
        "setxattrat": (463, 463),
        "removexattr": (197, 14),
        "lremovexattr": (198, 15),
        "fremovexattr": (199, 16),
        "removexattrat": (466, 466),
        "mknodat": (259, 33),
        # what other processes of the account share, or are driven by
        "shmget": (29, 194),
        "shmat": (30, 196),
        "shmctl": (31, 195),
        "semget": (64, 190),
        "semop": (65, 193),
        "semctl": (66, 191),
        "semtimedop": (220, 192),
        "msgget": (68, 186),
        "msgsnd": (69, 189),
        "msgrcv": (70, 188),
        "msgctl": (71, 187),
        "mq_open": (240, 180),
        "mq_unlink": (241, 181),
        "setpriority": (141, 140),
        "sched_setparam": (142, 118),
        "sched_setscheduler": (144, 119),
        "sched_setattr": (314, 274),
        "ioprio_set": (251, 30),
        "migrate_pages": (256, 238),
        "move_pages": (279, 239),
    }
)
_ONLY_X86 = (172, 173, 133, 90, 92, 94, 132, 235, 261)
"""iopl, ioperm, mknod, chmod, chown, lchown, utime, utimes, futimesat."""
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEW*
_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_STREAM, _DATAGRAM, _TYPE = 1, 2, 0xF  # the rest of a type are flags

# linux/bpf_common.h, linux/seccomp.h, linux/audit.h
_LOAD, _IS, _AT_LEAST, _HAS_BITS, _RETURN, _AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_AT_NUMBER, _AT_ARCH, _AT_FIRST, _AT_SECOND = 0, 4, 16, 24
_X32 = 0x40000000


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor that filters can be written for."""

    arch: int  # AUDIT_ARCH_*
    column: int


_MACHINES = MappingProxyType({"x86_64": Machine(0xC000003E, 0), "aarch64": Machine(0xC00000B7, 1)})


def machine() -> Machine | None:
    """Return this machine; None when its system calls are not known here."""
    return _MACHINES.get(platform.machine()) if struct.calcsize("P") == 8 else None


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _refused(number: int, error: int = _EPERM) -> bytes:
    return _op(_IS, number, 0, 1) + _op(_RETURN, _ERRNO | error)


def program(on: Machine, *, network: bool) -> bytes:
    """Return the filter as the kernel takes it (struct sock_filter[]).

    A refused call fails with EPERM. With `network` streams of the Internet and of this machine may be opened
    and connected, never listened on, and datagrams of the Internet, by which names are looked up.
    """

    def number(name: str) -> int:
        return _NUMBERS[name][on.column]

    code = _op(_LOAD, _AT_ARCH) + _op(_IS, on.arch, 1, 0) + _op(_RETURN, _KILL) + _op(_LOAD, _AT_NUMBER)
    if on.column == 0:  # the calls of the x32 ABI have numbers of their own
        code += _op(_AT_LEAST, _X32, 0, 1) + _op(_RETURN, _ERRNO | _ENOSYS)
        code += b"".join(_refused(each) for each in _ONLY_X86)
    code += b"".join(_refused(numbers[on.column]) for numbers in _NEVER.values())
    code += b"".join(_refused(number(name)) for name in ("listen", "accept", "accept4"))
    code += _refused(number("clone3"), _ENOSYS)  # its flags lie in memory: libraries fall back to clone
    code += (
        _op(_IS, number("clone"), 0, 4)
        + _op(_LOAD, _AT_FIRST)
        + _op(_HAS_BITS, _NEW_NAMESPACES, 0, 1)
        + _op(_RETURN, _ERRNO | _EPERM)
        + _op(_RETURN, _ALLOW)
    )
    code += (
        _op(_IS, number("prlimit64"), 0, 4)
        + _op(_LOAD, _AT_FIRST)
        + _op(_IS, 0, 1, 0)  # of the process itself: by its number it may mean another
        + _op(_RETURN, _ERRNO | _EPERM)
        + _op(_RETURN, _ALLOW)
    )
    if network:
        code += (
            _op(_IS, number("socket"), 0, 14)
            + _op(_LOAD, _AT_FIRST)
            + _op(_IS, _AF_UNIX, 3, 0)
            + _op(_IS, _AF_INET, 5, 0)
            + _op(_IS, _AF_INET6, 4, 0)
            + _op(_RETURN, _ERRNO | _EPERM)
            + _op(_LOAD, _AT_SECOND)  # of this machine
            + _op(_AND, _TYPE)
            + _op(_IS, _STREAM, 4, 5)
            + _op(_LOAD, _AT_SECOND)  # of the Internet
            + _op(_AND, _TYPE)
            + _op(_IS, _STREAM, 1, 0)
            + _op(_IS, _DATAGRAM, 0, 1)
            + _op(_RETURN, _ALLOW)
            + _op(_RETURN, _ERRNO | _EPERM)
        )
    else:
        code += b"".join(_refused(number(name)) for name in ("socket", "connect", "bind"))
    return code + _op(_RETURN, _ALLOW)
