"""Worker processes that never run the caller's main program again.

`multiprocessing` lets a new process import the caller's `__main__` first, so that functions defined there
can be unpickled. Ours are all in importable modules, and the caller's main program may be a page script or
a console entry that must not run twice.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from multiprocessing import context, popen_forkserver, process, util
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from scanners.errors import ScannerError

_SWAPPING = threading.Lock()
_LONGEST = 103  # bytes of a socket's path: sockaddr_un has room for 104 on macOS, 108 on Linux, with a zero
_NAMES = len("/pymp-xxxxxxxx/listener-xxxxxxxx")  # what multiprocessing adds to the temporary folder
_SHORT = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - the folder made in it is private (0700)


def give_room() -> None:
    """Let the fork server's socket have a short path, however long that of the temporary folder is.

    Raises ScannerError when there is no short folder that one may write to.
    """
    held = process.current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001 - its only setting
    given = held.get("tempdir")
    path = Path(given).parent if given else Path(tempfile.gettempdir())
    if len(os.fsencode(path)) + _NAMES <= _LONGEST:
        return
    for place in _SHORT:
        try:
            folder = tempfile.mkdtemp(prefix="pymp-", dir=place)
        except OSError:
            continue
        util.Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=-100)
        held["tempdir"] = folder
        return
    raise ScannerError(
        f"the path of the temporary folder is too long for the worker processes; set TMPDIR to one of at "
        f"most {_LONGEST - _NAMES} bytes"
    )


class _Popen(popen_forkserver.Popen):
    """Launches a process that is told of no main module."""

    def _launch(self, process_obj: BaseProcess) -> None:
        with _SWAPPING:
            main = sys.modules["__main__"]
            sys.modules["__main__"] = ModuleType("__main__")  # without a file there is nothing to import
            try:
                super()._launch(process_obj)  # type: ignore[misc]  # left out of the type stubs
            finally:
                sys.modules["__main__"] = main


class _WorkerProcess(context.ForkServerProcess):
    """A process of the fork server, launched as above."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # noqa: N802  the name that multiprocessing asks for
        return _Popen(process_obj)


class WorkerContext(context.ForkServerContext):
    """The fork server's context with our way of launching."""

    Process = _WorkerProcess
