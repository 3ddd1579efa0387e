"""The typst compiler with the fonts of its package: those of the machine come into no document."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any


@cache
def compiler() -> Any:  # the compiler's overloads cannot be inferred without an input of its own
    """Return the one compiler of this process."""
    typst: Any = importlib.import_module("typst")
    fonts = importlib.import_module("noto_cjk_sans_jp_regular").FONT_PATH.parent
    return typst.Compiler(font_paths=[str(fonts)], ignore_system_fonts=True)
