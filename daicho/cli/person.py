"""A named person at the terminal, who proves their account as at the dashboard's door 本人の確認."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import _
from daicho.errors import DaichoError, UsageError
from daicho.password_file import read_passwords
from daicho.workspace import Workspace
from registry import sessions, sign_in
from registry.model import Principal
from registry.sessions import Client, SessionToken
from registry.sign_in import SecondStep, SignInRefused, StepOver

As = Annotated[
    str,
    typer.Option(
        "--as", help=_("どなたとして行うか（サインイン名）。パスワードと、あれば確認コードを尋ねます")
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        help=_("パスワードと、あれば確認コードを一行ずつ書いた、自分だけが読めるファイル（- は標準入力）")
    ),
]
_TERMINAL = Client(agent="daicho")


@contextmanager
def signed_in(opened: Workspace, login: str, file: Path | None) -> Iterator[Principal]:
    """Sign somebody in with what they alone know, for as long as one command works.

    The same service as the dashboard's: it counts wrong guesses, locks, and keeps records. Raises DaichoError
    for what is wrong, without telling which; UsageError where a second factor has to be set up first.
    """
    given = _given(file)
    token = _entered(opened, login, given)
    try:
        person = sessions.principal_for(opened.registry, token)
        if person is None:
            raise DaichoError(_REFUSED)
        yield person
    finally:
        sessions.sign_out(opened.registry, token)


def _entered(opened: Workspace, login: str, given: Iterator[str]) -> SessionToken:
    registry, policy = opened.registry, opened.settings.web.sign_in
    password = _next(given)
    came: SessionToken | SecondStep | SignInRefused | StepOver
    came = sign_in.with_password(registry, login, password, client=_TERMINAL, policy=policy)
    if isinstance(came, SecondStep):
        if came.enrol:
            raise UsageError(_("先に画面でサインインし、二要素認証を設定してください。"))
        came = sign_in.with_code(registry, came.token, _next(given), client=_TERMINAL)
    if isinstance(came, SecondStep | SignInRefused | StepOver):
        raise DaichoError(_REFUSED)
    return came


def _given(file: Path | None) -> Iterator[str]:
    """Yield password and code: out of a file or what comes in, else as they are typed."""
    if file is None:
        for words in (_("パスワード"), _("確認コード")):
            yield str(typer.prompt(words, hide_input=True, err=True))
    elif str(file) == "-":
        yield from (line.rstrip("\r\n") for line in sys.stdin)
    else:
        yield from read_passwords(file)


def _next(given: Iterator[str]) -> str:
    found = next(given, None)
    if found is None:
        raise UsageError(_("パスワードか確認コードがありません。一行に一つずつ書いてください。"))
    return found


_REFUSED = _(
    "サインイン名、パスワード、確認コードのどれかが違うか、一時的に止まっています。"
    "ほかの方法でサインインする方は、画面で行ってください。"
)
