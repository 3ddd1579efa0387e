"""What commands say of kits and collected results, and how they ask for a passphrase."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from daicho.cli.console import _
from daicho.errors import DaichoError, UsageError
from daicho.password_file import read_passwords
from registry.collected.errors import CollectedError, Fault


@contextmanager
def in_words() -> Iterator[None]:
    """Say in the user's language what is wrong with a kit or a file of results."""
    try:
        yield
    except CollectedError as error:
        raise DaichoError(f"{error.where}: {_FAULTS[error.fault]}") from None


def passphrase_of(path: Path | None) -> str:
    """Return the passphrase of a kit: the only line of a file that is its owner's alone, or asked for."""
    if path is None:
        return str(typer.prompt(_("キットの合言葉"), hide_input=True, err=True))
    lines = read_passwords(path)
    if len(lines) != 1:
        raise UsageError(_("{path}: 合言葉を一行だけ書いたファイルにしてください。", path=path))
    return lines[0]


_FAULTS = {
    Fault.NOT_ONE: _("この種類のファイルではありません。拠点が書いたファイルを渡してください。"),
    Fault.FORMAT: _("この版の Daicho が読まない形式です。本部と拠点のプログラムを同じ版にそろえてください。"),
    Fault.UNFINISHED: _("途中で終わっています。拠点から写し直すか、走査し直してください。"),
    Fault.CHANGED: _("拠点が署名したものと違います。拠点から写し直すか、走査し直してください。"),
    Fault.ELSEWHERE: _("別の本部に宛てたファイルです。その本部で取り込んでください。"),
    Fault.UNKNOWN: _("この本部が作っていない拠点のキットの名が書かれています。"),
    Fault.REVOKED: _("このファイルを作ったキットは失効しています。新しいキットで走査し直してください。"),
    Fault.UNIT: _("この拠点は別の単位に属します。--unit を省くか、その単位を書いてください。"),
    Fault.CLOCK: _("先の日時に作られたことになっています。拠点の時計を直し、走査し直してください。"),
    Fault.TAKEN: _("すでに取り込んであります。何も変えていません。"),
    Fault.EMPTIED: _(
        "前回は対象のあった場所で、何も見つかりませんでした。マウントを確かめて走査し直すか、"
        "本当に空なら --empty を付けて取り込んでください。"
    ),
    Fault.MALFORMED: _("走査の結果ではないものが入っています。作られた機器を調べてください。"),
    Fault.TOO_LARGE: _("形式の上限より大きいファイルです。いくつかに分けて走査してください。"),
    Fault.PASSPHRASE: _("キットが開きません。合言葉が違うか、ファイルが変わっています。"),
    Fault.NO_SPACE: _("空き容量が足りません。場所を空けるか、別の場所を選んでください。"),
    Fault.UNREADABLE: _("読み書きできません。パスか権限を直してください。"),
}
