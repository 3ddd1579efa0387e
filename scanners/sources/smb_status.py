"""What a server of shares answers, as reasons and words (MS-ERREF 2.3.1)."""

from __future__ import annotations

from smbprotocol.header import NtStatus

from scanners.model import Gap, Reason

NO_MORE_FILES, NO_SUCH_FILE = 0x80000006, 0xC000000F
PATH_NOT_COVERED, BAD_NETWORK_NAME = 0xC0000257, 0xC00000CC
NAME_NOT_FOUND, PATH_NOT_FOUND = 0xC0000034, 0xC000003A
NOT_A_DIRECTORY, IS_A_DIRECTORY = 0xC0000103, 0xC00000BA
ACCESS_DENIED = 0xC0000022

_REASONS = {
    ACCESS_DENIED: Reason.DENIED,
    0xC0000061: Reason.DENIED,  # PRIVILEGE_NOT_HELD
    0xC000006D: Reason.DENIED,  # LOGON_FAILURE: the password was changed while the scan ran
    0xC0000043: Reason.IN_USE,  # SHARING_VIOLATION
    0xC0000054: Reason.IN_USE,  # FILE_LOCK_CONFLICT
    0xC0000055: Reason.IN_USE,  # LOCK_NOT_GRANTED
    NAME_NOT_FOUND: Reason.VANISHED,
    PATH_NOT_FOUND: Reason.VANISHED,
    NO_SUCH_FILE: Reason.VANISHED,
    0xC0000056: Reason.VANISHED,  # DELETE_PENDING
    0xC0000123: Reason.VANISHED,  # FILE_DELETED
    NOT_A_DIRECTORY: Reason.VANISHED,
    IS_A_DIRECTORY: Reason.VANISHED,
    BAD_NETWORK_NAME: Reason.VANISHED,
    0x8000002D: Reason.LINK,  # STOPPED_ON_SYMLINK: it became one since it was listed
    0xC0000257: Reason.UNREACHABLE,  # PATH_NOT_COVERED: a DFS link that leads nowhere
    0xC000026D: Reason.UNREACHABLE,  # DFS_UNAVAILABLE
}
_PASSING = frozenset(
    {
        0xC00000B5,  # IO_TIMEOUT
        0xC0000102,  # TIMEOUT
        0xC000009A,  # INSUFFICIENT_RESOURCES
        0xC0000205,  # INSUFF_SERVER_RESOURCES
        0xC00000C9,  # NETWORK_NAME_DELETED
        0xC0000203,  # USER_SESSION_DELETED
        0xC000035C,  # NETWORK_SESSION_EXPIRED
        0xC000020C,  # CONNECTION_DISCONNECTED
        0xC000020D,  # CONNECTION_RESET
        0xC0000128,  # FILE_CLOSED: the server forgot what was open
    }
)
_REASONS |= dict.fromkeys(
    (0xC000006E, 0xC0000071, 0xC0000072, 0xC000015B, 0xC0000193, 0xC0000224, 0xC0000234), Reason.DENIED
)  # the account was closed, or its password ran out, while the scan ran
_WORDS = {value: name for name, value in vars(NtStatus).items() if isinstance(value, int)}
_WORDS |= {0xC0000072: "STATUS_ACCOUNT_DISABLED", 0xC0000234: "STATUS_ACCOUNT_LOCKED_OUT"}
_WORDS |= {0xC0000193: "STATUS_ACCOUNT_EXPIRED", 0xC0000224: "STATUS_PASSWORD_MUST_CHANGE"}
_WORDS |= {0xC000015B: "STATUS_LOGON_TYPE_NOT_GRANTED", 0xC000006E: "STATUS_ACCOUNT_RESTRICTION"}


class RefusedError(Exception):
    """The server answered with an error; what it answered is a code, never a name."""

    def __init__(self, status: int) -> None:
        super().__init__(word(status))
        self.status = status


class LostError(Exception):
    """No answer: the connection was never made, or is gone."""


def word(status: int) -> str:
    """Return the status as its documentation names it, or its number."""
    return f"{_WORDS[status]} 0x{status:08x}" if status in _WORDS else f"0x{status:08x}"


def passes(error: Exception) -> bool:
    """Tell whether trying again may help."""
    return isinstance(error, LostError) or (isinstance(error, RefusedError) and error.status in _PASSING)


def gap(error: RefusedError | LostError, uri: str = "", *, otherwise: Reason = Reason.UNREADABLE) -> Gap:
    """Return the gap of an object that could not be read, or whose name could not be followed."""
    if isinstance(error, LostError) or error.status in _PASSING:
        return Gap(Reason.UNREACHABLE, str(error), uri)
    return Gap(_REASONS.get(error.status, otherwise), str(error), uri)
