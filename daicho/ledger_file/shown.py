"""Values of the ledger as a ledger file shows them: words of one language, numbers, days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from daicho.ledger_file.places import Known, countries
from daicho.ledger_file.vocabulary import vocabulary
from daicho.pages.words import GRAVITY
from registry.handling import ProcessorId, Transfer
from registry.ledger_columns import value_of
from registry.model import LedgerEntry, Place
from scanners.model import LEGAL_CLASS, Category, LegalClass

LIMIT = 32_000  # letters of one cell of a workbook: a little under 32,767
Shown = str | int | date
_TABLE: Mapping[str, str] = {"disclosable": "answer"}  # columns whose words are another column's


def cell_of(column: str, entry: LedgerEntry, known: Known, language: str) -> Shown:
    """Return what a column of an entry shows; an empty text for what is not stated."""
    match column:
        case "number":
            return entry.number
        case "unit_id":
            return known.units[entry.unit_id].code
        case "special_care":
            return _yes(is_special_care(entry.items), language)
    value = value_of(entry, column)
    return value if isinstance(value, date) else _shown(column, value, known, language)


def is_special_care(items: Collection[Category]) -> bool:
    """Tell whether any category is special-care information 要配慮個人情報."""
    return any(LEGAL_CLASS.get(each) is LegalClass.SPECIAL_CARE for each in items)


def _shown(column: str, value: object, known: Known, language: str) -> Shown:
    form = vocabulary().columns[column].form
    match value:
        case None:
            return ""
        case bool():
            return _yes(value, language) if value else ""
        case int():
            return value
        case tuple():
            lines = [_line(each, known, language) for each in value]
            return "\n".join(lines)[:LIMIT]
        case frozenset() if column == "processors":
            return "\n".join(_processor(each, known) for each in sorted(value))[:LIMIT]
        case frozenset():
            order = GRAVITY if column == "items" else sorted(value)
            words = vocabulary().words[form].shown[language]
            return "、".join(words[code] for code in order if code in value)
    text = str(value)
    table = vocabulary().words.get(_TABLE.get(column, form))
    if form in ("text", "free", "owner") or table is None:
        return text
    return "" if text == "unstated" else table.shown[language][text]


def _yes(value: bool, language: str) -> str:
    return {"ja": ("無", "有"), "en": ("No", "Yes")}[language][value]


def _line(each: Place | Transfer, known: Known, language: str) -> str:
    match each:
        case Place(source_id=None):
            return each.text
        case Place():
            source = next((row for row in known.sources if row.id == each.source_id), None)
            name = "?" if source is None else source.name
            return f"{name}: {each.prefix}" + (f"（{each.text}）" if each.text else "")
        case Transfer():
            basis = vocabulary().words["basis"].shown[language][each.basis]
            country = countries(language).get(each.country, each.country)
            return f"{country} ({basis}): {each.recipient}"


def _processor(each: ProcessorId, known: Known) -> str:
    found = known.processors.get(each)
    return "?" if found is None else found.draft.name
