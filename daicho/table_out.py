"""Tables that leave the product for spreadsheets: CSV that Excel reads as UTF-8, and xlsx without a formula.

What `table_file` reads back is what was written. Numbers stay numbers; spreadsheets keep 15 of their digits,
so longer ones are written as text.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TypeGuard

from daicho.errors import UsageError
from scanners.reports.cells import harmless

Value = str | int | float | date | None
CELL_LIMIT = 32_767  # characters that a cell of Excel holds
ROW_LIMIT = 1_048_576
_EXACT = 10**15
_NUL = str.maketrans({"\0": "\ufffd"})


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return a table as CSV; no cell of it is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(_text(name)) for name in head])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig", "replace")


def xlsx_bytes(title: str, head: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return a table as a workbook of one sheet; raises UsageError for what Excel cannot hold."""
    import xlsxwriter

    out = io.BytesIO()
    # In memory: xlsxwriter's own way leads over temporary files.
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        bold, text = book.add_format({"bold": True, "quote_prefix": True}), book.add_format()
        text.set_quote_prefix()  # stays text when somebody edits the cell
        for number, row in enumerate(itertools.chain([head], rows)):
            if number >= ROW_LIMIT:
                raise UsageError(f"Excel holds {ROW_LIMIT:,} rows. Choose CSV.")
            for column, value in enumerate(row):
                if _is_number(value):
                    sheet.write_number(number, column, value)
                elif words := _text(value):
                    if len(words) > CELL_LIMIT:
                        place = f"Row {number}, column {head[column]}"
                        raise UsageError(f"{place}: Excel holds {CELL_LIMIT:,} characters. Choose CSV.")
                    sheet.write_string(number, column, words, text if number else bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(head) - 1), 18)
    return out.getvalue()


def _cell(value: Value) -> str | int | float:
    if not _is_number(value):
        return harmless(_text(value))
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _EXACT
    return int(value) if whole else value


def _is_number(value: Value) -> TypeGuard[int | float]:
    """Tell whether a spreadsheet keeps a value as the number that it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and (isinstance(value, float) or abs(value) < _EXACT)


def _text(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.isoformat()
        case _:
            return str(value).translate(_NUL)


def _sheet_name(title: str) -> str:
    """Return a name that Excel takes: 31 characters, none of those with a meaning in references."""
    return "".join("_" if each in "[]:*?/\\" else each for each in title).strip("'")[:31] or "Sheet1"
