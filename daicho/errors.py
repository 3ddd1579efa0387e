"""Errors of the application.

DaichoError
├── UsageError         the command or a setting does not make sense: exit code 2
├── ScanStoppedError        somebody asked a scan to stop, or it lost its source to another: exit code 6
└── WorkspaceError     a workspace is missing, half made or not ours: exit code 4
"""


class DaichoError(Exception):
    """Base of every error that the application raises; the message says what, where and the next step."""


class UsageError(DaichoError):
    """The command line or a setting does not make sense."""


class WorkspaceError(DaichoError):
    """A workspace cannot be made or opened."""


class ScanStoppedError(DaichoError):
    """A scan ended before its end because somebody asked; the next one goes on from there."""
