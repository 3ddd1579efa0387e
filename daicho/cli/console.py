"""How commands speak: results to stdout, talk to stderr, errors as one exit code."""

from __future__ import annotations

import enum
import sys

import typer
from rich.console import Console

from daicho.settings import terminal_language
from daicho.text import translator


class ExitCode(enum.IntEnum):
    """What a command came to; when several apply the highest wins."""

    DONE = 0
    POLICY_BREACHED = 1
    USAGE = 2
    INCOMPLETE = 3
    FAILED = 4
    BUSY = 5  # another scan of the same place is at work
    STOPPED = 6  # somebody stopped the scan; the next one goes on from there


_ = translator(terminal_language())
talk = Console(stderr=True, highlight=False, soft_wrap=True)


def tell(text: str) -> None:
    """Write one line of a result to stdout, as it is: tabs stay tabs."""
    typer.echo(text)


def say(text: str) -> None:
    """Tell the user something that is not a result."""
    talk.print(text, markup=False)


def complain(text: str) -> None:
    """Tell the user what went wrong."""
    talk.print(_("エラー: {text}", text=text), markup=False, style="red" if sys.stderr.isatty() else None)


def examples(*lines: str) -> str:
    """Return the part of a help text that shows how a command is used, kept line by line."""
    return "\n\n\b\n" + _("例:") + "\n" + "\n".join(f"  {line}" for line in lines)
