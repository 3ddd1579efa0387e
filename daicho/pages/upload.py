"""A table handed in by upload: tried first, each difference and each error by line, then taken or left."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import streamlit as st

from daicho import uploads
from daicho.pages import frame, tables
from daicho.pages.context import PageContext
from daicho.table_file import Row

ROWS = 5_000  # more of them hold up everybody else who writes: that is for the command line
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """What one row of the file does, or why it is refused."""

    number: int
    subject: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a file comes to: its lines, of which those that change nothing are left out, and a last word."""

    lines: tuple[Line, ...]
    rows: int
    note: str = ""

    @property
    def refused(self) -> int:
        """Return how many rows are refused; one is enough, and nothing is taken."""
        return sum(bool(line.why) for line in self.lines)


class Take(Protocol):
    """Takes the rows of a table in a transaction of its own, or tries them."""

    def __call__(self, rows: Sequence[Row], *, dry_run: bool) -> Report:
        """Return what the rows come to; nothing is taken when one is refused."""
        ...


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of table: its columns in words and by heading, and what takes its rows."""

    key: str
    columns: str
    headings: Mapping[str, str]
    take: Take


def show(importer: Importer, context: PageContext) -> None:
    """Show the upload, what a trial found, and the button that takes it."""
    text, key = context.text, importer.key
    said = st.session_state.pop(f"{key}-said", "")
    with st.expander(text("表から取り込む"), expanded=bool(said)):
        if said:
            frame.message(said)
        frame.note(importer.columns)
        file = st.file_uploader(
            text("CSV または Excel（.xlsx）のファイル"),
            type=list(uploads.SUFFIXES),
            max_upload_size=uploads.LIMIT >> 20,
            key=f"{key}-file-{st.session_state.get(f'{key}-count', 0)}",
        )
        if file is not None:
            _tried(importer, file.getvalue(), context)


def _tried(importer: Importer, data: bytes, context: PageContext) -> None:
    text, key = context.text, importer.key
    try:
        rows = uploads.table(data, importer.headings, text)
    except uploads.UploadRefusedError as error:
        st.error(str(error))
        return
    number = context.formats.number
    if len(rows) > ROWS:
        st.error(text("{rows} 行を超える表は、コマンドで取り込んでください。", rows=number(ROWS)))
        return
    digest = hashlib.sha256(data).hexdigest()
    if st.button(text("試す"), key=f"{key}-try", type="secondary"):
        st.session_state[f"{key}-tried"] = (digest, importer.take(rows, dry_run=True))
    tried, report = st.session_state.get(f"{key}-tried", ("", None))
    if tried != digest or not isinstance(report, Report):
        frame.note(text("{rows} 行あります。試すと、何も変えずに違いを示します。", rows=number(len(rows))))
        return
    _report(report, importer, context)
    take = text("{rows} 行を取り込む", rows=number(report.rows))
    if not report.refused and report.lines and st.button(take, key=f"{key}-take", type="primary"):
        done = importer.take(rows, dry_run=False)
        st.session_state[f"{key}-tried"] = (digest, done)
        if not done.refused:
            del st.session_state[f"{key}-tried"]
            st.session_state[f"{key}-count"] = st.session_state.get(f"{key}-count", 0) + 1
            changed = number(len(done.lines))
            st.session_state[f"{key}-said"] = text(
                "取り込みました。{changed} 行に変更がありました。", changed=changed
            )
        st.rerun()


def _report(report: Report, importer: Importer, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    if report.refused:
        st.error(text("{refused} 行に誤りがあるため、取り込めません。", refused=number(report.refused)))
    elif not report.lines:
        frame.message(text("表のとおりになっています。変わるものはありません。"))
    shown = sorted(report.lines, key=lambda line: (not line.why, line.number))[:_SHOWN]
    if shown:
        caption = text(
            "{rows} 行のうち、変わるか誤りのある {lines} 行（{shown} 行を表示）",
            rows=number(report.rows),
            lines=number(len(report.lines)),
            shown=number(len(shown)),
        )
        columns = [
            tables.Column(text("行"), right=True),
            tables.Column(text("対象")),
            tables.Column(text("変わること")),
        ]
        rows = [
            tables.Row(
                "",
                [
                    tables.Cell(number(line.number)),
                    tables.Cell(line.subject),
                    tables.Cell(line.what, below=line.why),
                ],
            )
            for line in shown
        ]
        tables.show(tables.Table(caption, columns, rows), key=f"{importer.key}-lines")
    if report.note:
        frame.note(report.note)
