"""Pages of training material as HTML: all is escaped; headings, lists, paragraphs and bold remain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

_BOLD = re.compile(r"\*\*(.+?)\*\*")


def html(body: str) -> str:
    """Return Markdown of the small kind that courses are written in as HTML without any foreign markup."""
    return "".join(_blocks(body))


def _blocks(body: str) -> Iterator[str]:
    for kind, lines in groupby(body.splitlines(), _kind):
        texts = [_inline(line.strip().removeprefix(kind).strip()) for line in lines]
        match kind:
            case "##":
                yield from (f"<h3 class='dc-h2'>{line}</h3>" for line in texts)
            case "-":
                yield f"<ul>{''.join(f'<li>{line}</li>' for line in texts)}</ul>"
            case "text":
                yield f"<p>{'<br>'.join(texts)}</p>"


def _kind(line: str) -> str:
    written = line.strip()
    if not written:
        return ""
    return next((sign for sign in ("##", "-") if written.startswith(f"{sign} ")), "text")


def _inline(line: str) -> str:
    return _BOLD.sub(r"<b>\1</b>", escape(line))
