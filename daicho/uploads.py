"""Tables that people upload on a page: how large they may be, and what they are by their content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from daicho.errors import DaichoError
from daicho.ledger_file.table import Table, table_of
from daicho.table_file import ROWS, Fault, Row, TableRefusedError, table_in
from daicho.text import Translator, mark

LIMIT: Final = 20 << 20  # bytes; the server refuses more before a page sees it
SUFFIXES: Final = ("csv", "tsv", "txt", "xlsx")  # what a browser offers; the content decides
LEDGERS: Final = (*SUFFIXES, "xlsm", "xls")
Read = TypeVar("Read")

_SENTENCES: Mapping[Fault, str] = {
    Fault.EMPTY: mark("表に何も書かれていません。1 行目に列の名前が要ります。"),
    Fault.TOO_LARGE: mark("表が大きすぎます。{limit} MB までにしてください。"),
    Fault.TOO_MANY_ROWS: mark("行が多すぎます。{rows} 行までに分けてください。"),
    Fault.NO_TABLE: mark("これは表ではありません（{why}）。CSV か Excel（.xlsx）で保存してください。"),
    Fault.NO_TEXT: mark("文字コードを読み取れません。UTF-8 か Shift_JIS の CSV で保存してください。"),
    Fault.ENCRYPTED: mark("パスワードで保護されています。外してから選び直してください。"),
    Fault.DAMAGED: mark("表が壊れていて読めません（{line} 行目）。開いて保存し直してください。"),
    Fault.UNEVEN: mark("{line} 行目のセルが 1 行目の列より多くあります。"),
    Fault.UNKNOWN_COLUMN: mark("「{column}」という列は使えません。使える列：{known}"),
    Fault.DOUBLED_COLUMN: mark("1 行目に同じ列が二度あります。"),
    Fault.NO_LEDGER: mark(
        "台帳の列の見出し（個人情報の名称、項目、利用目的など）が、初めの {line} 行に見つかりません。"
    ),
}


class UploadRefusedError(DaichoError):
    """An upload is not taken; the message is a sentence in the reader's language."""


def table(data: bytes, headings: Mapping[str, str], text: Translator) -> list[Row]:
    """Return the rows of an uploaded table as `table_file.table_in` does.

    Raises UploadRefusedError, which says what to do, for anything but a table with these headings.
    """
    return _told(lambda: table_in(data, headings, limit=LIMIT), text, headings)


def ledger(name: str, data: bytes, text: Translator) -> Table:
    """Return an uploaded ledger as `ledger_file.table.table_of` does; UploadRefusedError says what to do."""
    return _told(lambda: table_of(name, data, limit=LIMIT), text, {})


def _told(read: Callable[[], Read], text: Translator, headings: Mapping[str, str]) -> Read:
    try:
        return read()
    except TableRefusedError as error:
        raise UploadRefusedError(sentence(error, text, headings)) from None


def sentence(error: TableRefusedError, text: Translator, headings: Mapping[str, str] | None = None) -> str:
    """Return why a table is not taken, and what to do."""
    return text(
        _SENTENCES[error.fault],
        limit=LIMIT >> 20,
        rows=f"{ROWS:,}",
        why=error.why,
        line=error.line or "?",
        column=error.column[:100],
        known=", ".join(sorted(headings or ())),
    )
