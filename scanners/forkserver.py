"""Worker processes that never run the caller's main program again.

`multiprocessing` lets a new process import the caller's `__main__` first, so that functions defined there
can be unpickled. Ours are all in importable modules, and the caller's main program may be a page script or
a console entry that must not run twice.
"""

from __future__ import annotations

import sys
import threading
from multiprocessing import context, popen_forkserver
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

_SWAPPING = threading.Lock()


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
