"""Documents of an evidence pack as PDF/A-2b, set from a template of our own in the pack's language.

The same values give the same bytes: the time in a document is that of the pack. Nothing is written to disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from daicho.ledger_file.vocabulary import vocabulary
from daicho.letters.compiler import compiler
from privacy_mark.pack.building import Preview
from privacy_mark.pack.forms import Shared, shared
from privacy_mark.pack.model import Code, Value
from privacy_mark.pack.sheets import DOCUMENTS, Part, Row, Sheet, State, index_cells, number_of
from registry.access import japan_time
from registry.risk_levels import Words

STANDARD = "a-2b"


def document(preview: Preview, sheet: Sheet) -> bytes:
    """Return one document as PDF."""
    words, language = shared(), preview.language
    of = sheet.document
    notes = [of.note.of(language)] if of.note else []
    if sheet.missing:
        missing = dict.fromkeys(each.of(language) for each in sheet.missing)
        told = ("; " if language == "en" else "、").join(missing)  # names hold commas
        notes.append(f"{_word('missing', language)}: {told}")
    sure = _word(of.confidence.value, language)
    return _compiled(
        preview,
        {
            "number": number_of(of.number).of(language),
            "title": of.title.of(language),
            "across": of.across,
            "facts": _facts(preview),
            "notes": [*notes, f"{_word('confidence', language)}: {sure}"],
            "rows": [_row(each, sheet, language) for each in sheet.rows],
            "parts": [_part(each, words, language) for each in sheet.parts],
            "digests": [],
        },
    )


def list_of_documents(preview: Preview, digests: Mapping[str, str]) -> bytes:
    """Return the list of documents 提出書類一覧 as PDF, with the SHA-256 of each."""
    language = preview.language
    lines = tuple((index_cells(each), ()) for each in preview.sheets)
    part = _part(Part(DOCUMENTS, lines), shared(), language)
    facts = [*_facts(preview), (_word("head", language), f"{preview.head:,}")]
    return _compiled(
        preview,
        {
            "number": "",
            "title": _word("list_title", language),
            "across": False,
            "facts": facts,
            "notes": [_word("refs", language)],
            "rows": [],
            "parts": [part],
            "digests": list(digests.items()),
        },
    )


def shown(value: Value, language: str) -> str:
    """Return a value in words of a language."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, date):
        return value.isoformat().replace("-", "/")
    if isinstance(value, Words):
        return value.of(language)
    if isinstance(value, Code):
        return _code(value, language)
    if isinstance(value, tuple):
        return _joined((shown(each, language) for each in value), language)
    return value


def _code(of: Code, language: str) -> str:
    if of.kind == "items":
        return vocabulary().words["items"].shown[language].get(of.value, of.value)
    found = shared().codes.get(of.kind, {}).get(of.value)
    return found.of(language) if found else of.value


def _compiled(preview: Preview, told: Mapping[str, object]) -> bytes:
    language = preview.language
    common = {
        "language": language,
        "author": preview.subject.unit.name_en if language == "en" else preview.subject.unit.name_ja,
        "foot": preview.name,
        "row_head": [_word(name, language) for name in ("item", "value", "ref")],
        "ref": _word("ref", language),
        "digest_title": f"{_word('file', language)} · {_word('digest', language)}",
    }
    made: bytes = compiler().compile(
        input=_template(),
        format="pdf",
        sys_inputs={"pack": json.dumps({**common, **told}, ensure_ascii=False, sort_keys=True)},
        timestamp=preview.subject.as_of.replace(microsecond=0),
        pdf_standards=[STANDARD],
    )
    return made


def _facts(preview: Preview) -> list[tuple[str, str]]:
    language, unit = preview.language, preview.subject.unit
    moment = japan_time(preview.subject.as_of)
    return [
        (_word("unit", language), (unit.name_en or unit.name_ja) if language == "en" else unit.name_ja),
        (_word("as_of", language), f"{moment:%Y/%m/%d %H:%M} JST"),
        (_word("form_set", language), preview.forms.name.of(language)),
    ]


def _row(row: Row, sheet: Sheet, language: str) -> tuple[str, str, bool, str]:
    value = shown(row.value, language)
    if value:
        return row.field.label.of(language), value, False, _refs(row.refs)
    withheld = sheet.state is State.WITHHELD and not row.field.asked
    word = "withheld" if withheld else "none" if row.field.optional else "blank"
    return row.field.label.of(language), _word(word, language), not row.field.optional, ""


def _part(part: Part, words: Shared, language: str) -> dict[str, object]:
    form = words.lists[part.name]
    empty = form.empty.of(language)
    if part.state is State.NO_RECORD:
        empty = _word("no_record", language)
    if part.state is State.WITHHELD:
        empty = _word("withheld", language)
    return {
        "title": form.title.of(language),
        "widths": [each.width for each in form.columns],
        "head": [each.title.of(language) for each in form.columns],
        "cited": any(refs for _, refs in part.lines),
        "lines": [([shown(each, language) for each in cells], _refs(refs)) for cells, refs in part.lines],
        "empty": empty,
    }


def _refs(numbers: Sequence[int]) -> str:
    """Return numbers with runs joined: 3–5, 9."""
    parts: list[list[int]] = []
    for each in sorted(numbers):
        if parts and parts[-1][1] == each - 1:
            parts[-1][1] = each
        else:
            parts.append([each, each])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in parts)


def _joined(words: Iterable[str], language: str) -> str:
    return (", " if language == "en" else "、").join(words)


def _word(name: str, language: str) -> str:
    return shared().layout[name].of(language)


@cache
def _template() -> bytes:
    return files(__package__ or "daicho.letters").joinpath("pack.typ").read_bytes()
