"""Corrections of reference data: the YAML files of one folder of a workspace, in force where it is worked in.

Every transaction of a registry says which folder that is (`Registry.correct_from`), in whatever thread it
runs. Who reads reference data asks `in_force` for the files; without a folder there are none.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import TypeAlias

from registry.errors import ReferenceFileError

Files: TypeAlias = tuple[tuple[str, str], ...]  # text and name, in the order of the names

_IN_FORCE: ContextVar[Files] = ContextVar("corrections", default=())


def in_force() -> Files:
    """Return the files in force where this runs."""
    return _IN_FORCE.get()


def enter(folder: Path | None) -> None:
    """Put the files of a folder in force; none while one of them cannot be read, which `files_of` tells."""
    try:
        _IN_FORCE.set(files_of(folder) if folder is not None else ())
    except ReferenceFileError:
        _IN_FORCE.set(())


def files_of(folder: Path) -> Files:
    """Return the YAML files of a folder, if there is one; raises `ReferenceFileError` naming the file."""
    if not folder.is_dir():
        return ()
    paths = sorted(each for each in folder.iterdir() if each.suffix in (".yaml", ".yml"))
    return tuple((_text(path), str(path)) for path in paths)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ReferenceFileError(f"{path}: cannot be read ({error.strerror}); correct its rights") from None
    except UnicodeDecodeError:
        raise ReferenceFileError(f"{path}: is no UTF-8 text; save it as UTF-8") from None
