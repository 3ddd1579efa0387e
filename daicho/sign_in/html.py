"""The plain HTML of the gate: a document, forms, fields, tables. Every text is escaped here, once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template

import segno

_TOKEN = "\x00token\x00"  # noqa: S105 - stands for the form's token until the document is made
_PAGE = Path(__file__).with_name("page.html")


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `body` is markup made by this module, everything else is text."""

    title: str
    body: str
    purpose: str = ""
    wrong: str = ""  # what has to be corrected, told at the top
    done: str = ""  # what was just done
    wide: bool = False
    other_language: str = ""  # address of the same page in the other language


def document(page: Page, language: str, *, token: str) -> str:
    """Return the whole document."""
    code, name = ("ja", "日本語") if language == "en" else ("en", "English")
    other = (
        f'<a href="{escape(page.other_language)}{code}" lang="{code}" hreflang="{code}">{name}</a>'
        if page.other_language
        else ""
    )
    message = f'<p class="wrong" role="alert">{escape(page.wrong)}</p>' if page.wrong else ""
    if page.done:
        message += f'<p class="done" role="status">{escape(page.done)}</p>'
    return _template().substitute(
        language=language,
        title=escape(page.title),
        width="wide" if page.wide else "",
        purpose=f'<p class="purpose">{escape(page.purpose)}</p>' if page.purpose else "",
        message=message,
        body=page.body.replace(_TOKEN, escape(token)),
        other=other,
    )


@cache
def _template() -> Template:
    return Template(_PAGE.read_text(encoding="utf-8"))


def form(
    action: str,
    button: str,
    *fields: str,
    hidden: dict[str, str] | None = None,
    plain: bool = False,
    about: str = "",
) -> str:
    """Return a form that posts to `action`.

    `plain`: a small button without a frame; `about`: whom or what it concerns, for who hears the page.
    """
    given = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in (hidden or {}).items()
    )
    look = ' class="plain"' if plain else ""
    spoken = f' aria-label="{escape(button)}: {escape(about)}"' if about else ""
    return (
        f'<form method="post" action="{escape(action)}"{look}>'
        f'<input type="hidden" name="token" value="{_TOKEN}">'
        f'{given}{"".join(fields)}<button type="submit"{spoken}>{escape(button)}</button></form>'
    )


def field(
    name: str,
    label: str,
    *,
    kind: str = "text",
    autocomplete: str = "off",
    value: str = "",
    hint: str = "",
    focus: bool = False,
    code: bool = False,
    identity: str = "",
) -> str:
    """Return a labelled field; `code`: of a one-time code; `identity`: its id, by default the name."""
    at = escape(identity or name)
    marks = ' autocapitalize="none" spellcheck="false"'
    if kind != "password":
        marks += f' value="{escape(value)}"'
    if code:
        marks += ' class="code"'
    if hint:
        marks += f' aria-describedby="{at}-hint"'
    if focus:
        marks += " autofocus"
    below = f'<p class="hint" id="{at}-hint">{escape(hint)}</p>' if hint else ""
    return (
        f'<label for="{at}">{escape(label)}</label>'
        f'<input id="{at}" name="{name}" type="{kind}" autocomplete="{autocomplete}"{marks} required>{below}'
    )


def known_login(login: str) -> str:
    """Return a hidden field that tells a password manager whose password a form sets."""
    return f'<input type="hidden" name="login" autocomplete="username" value="{escape(login)}">'


def section(title: str, *parts: str, note: str = "") -> str:
    """Return a section with its heading."""
    return f"<section><h2>{escape(title)}</h2>{paragraph(note) if note else ''}{''.join(parts)}</section>"


def paragraph(words: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(words)}</p>"


def link(address: str, words: str, *, button: bool = False) -> str:
    """Return a link in a line of its own, or one that looks like a button."""
    look = ' class="button"' if button else ""
    return f'<p class="link"><a href="{escape(address)}"{look}>{escape(words)}</a></p>'


def divider(words: str) -> str:
    """Return a line with a word in it, between two ways."""
    return f'<p class="or"><span>{escape(words)}</span></p>'


def secret(words: str) -> str:
    """Return something to copy, shown once."""
    return f'<p class="secret"><code>{escape(words)}</code></p>'


def codes(each: Sequence[str]) -> str:
    """Return recovery codes as a list."""
    return '<ul class="codes">' + "".join(f"<li><code>{escape(one)}</code></li>" for one in each) + "</ul>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the cells are markup, made with `cell` or `form`."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{names}</tr></thead><tbody>{lines}</tbody></table></div>'


def cell(words: str) -> str:
    """Return a text as a table's cell."""
    return escape(words)


def details(title: str, *parts: str) -> str:
    """Return something that opens on demand."""
    return f"<details><summary>{escape(title)}</summary>{''.join(parts)}</details>"


def qr(address: str, label: str) -> str:
    """Return a QR code as inline SVG: dark on light in every colour scheme, named for screen readers."""
    drawn: str = segno.make(address, error="m", micro=False).svg_inline(
        scale=4, border=4, dark="#000", light="#fff", omitsize=False, svgclass=None, lineclass=None
    )
    named = re.sub(r"^<svg ", f'<svg role="img" aria-label="{escape(label)}" ', drawn)
    return f'<div class="qr">{named}</div>'
