"""Reports: what a scan found, as lines for programs, for spreadsheets, or as a table for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from scanners.reports.interface import Report

FORMATS = ("table", "jsonl", "csv")


def report(
    format: str,  # noqa: A002  the option's own name
    out: TextIO,
    *,
    findings: bool,
    translate: Callable[[str], str] = str,
) -> Report:
    """Return the report of a format in `FORMATS`, writing to `out`; raises `ValueError` for another.

    `translate` turns the Japanese words of the table into the reader's language.
    """
    match format:
        case "jsonl":
            from scanners.reports.jsonl import JsonLines

            return JsonLines(out, findings=findings)
        case "csv":
            from scanners.reports.csv_report import Csv

            return Csv(out, findings=findings)
        case "table":
            from scanners.reports.table import PeopleTable

            return PeopleTable(out, findings=findings, translate=translate)
        case _:
            raise ValueError(f"no report format {format!r}; known: {', '.join(FORMATS)}")
