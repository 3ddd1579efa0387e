"""Cells of a ledger file into values of the ledger: words into codes, numbers, periods, yes and no.

Every reader returns the columns that its cell states (a period may state its event too), or raises CellError
with the rule that the cell breaks. Empty cells of columns that nobody must fill clear them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from daicho.ledger_file.dates import DateError, day_of, months_of
from daicho.ledger_file.places import Known, places_of, processors_of, transfers_of
from daicho.ledger_file.refusal import CellError
from daicho.ledger_file.table import Cell, is_blank, shown
from daicho.ledger_file.vocabulary import Words, plain, vocabulary
from registry import handling
from registry.handling import Acquisition, Answer, Consent, Medium, RetentionEvent, Subject
from registry.model import UnitId
from scanners.model import Category, Exposure

Values = dict[str, object]
_SEPARATORS = re.compile(r"[、,，;；/／・\n\t\r]+")
_AROUND = re.compile(r"^(?:約|およそ|およ|概数|延べ)|(?:程度|前後|以上|ほど|人分|人|名|件|persons?|people)$")
_NO_COUNT = frozenset({"", "-", "―", "ー", "不明", "未定", "unknown"})
_BRACKETS = re.compile(r"[（(][^（()）]*[)）]")
_EVENT_TAIL = re.compile(r"(?:から|より|の|後|時|日|起算|起算で|、|,)+")


@dataclass(frozen=True, slots=True)
class Here:
    """What a cell is read by: its heading, the unit of its row, and what is registered there."""

    heading: str
    unit_id: UnitId
    known: Known


def read(column: str, cell: Cell, here: Here) -> Values:
    """Return what a cell states; CellError names the rule that it breaks."""
    form = vocabulary().columns[column].form
    try:
        return _READERS[form](column, cell, here)
    except DateError as error:
        raise CellError(column, error.rule) from None


def _text(column: str, cell: Cell, _here: Here) -> Values:
    if is_blank(cell):
        raise CellError(column, "required")
    return {column: shown(cell).strip()}


def _free(column: str, cell: Cell, _here: Here) -> Values:
    text = shown(cell).strip()
    return {column: "" if plain(text) in vocabulary().no else text}


def _items(column: str, cell: Cell, _here: Here) -> Values:
    found, unknown = _coded(shown(cell), vocabulary().words["items"])
    if other := [word for word in unknown if plain(word) not in vocabulary().without_category]:
        raise CellError(column, "items", "、".join(other))
    if not found:
        raise CellError(column, "items" if unknown else "required", "、".join(unknown))
    return {column: frozenset(Category(code) for code in found)}


def unkept_items(cell: Cell) -> str:
    """Return the data items of a cell that no category covers, joined; they are told of, not kept."""
    _, unknown = _coded(shown(cell), vocabulary().words["items"])
    return "、".join(word for word in unknown if plain(word) in vocabulary().without_category)


def _coded(text: str, words: Words) -> tuple[list[str], list[str]]:
    """Return the codes and the unknown words of a list in words; the whole text may be one word."""
    whole = words.code(text)
    if whole is not None:
        return [whole], []
    codes: list[str] = []
    unknown: list[str] = []
    for word in filter(None, (each.strip() for each in _SEPARATORS.split(_parted(text, words)))):
        code = words.code(word) or words.code(_BRACKETS.sub("", word)) or words.code(re.sub("等$", "", word))
        if code is not None:
            codes.append(code)
        elif plain(word) not in ("等", "など", "その他", "ほか"):
            unknown.append(word)
    return codes, unknown


def _parted(text: str, words: Words) -> str:
    """Return the text with shown words that hold a separator written as their codes."""
    for language in words.shown.values():
        for code, word in language.items():
            if _SEPARATORS.search(word):
                text = text.replace(word, code)
    return text


def _members(kind: Callable[[str], object], table: str) -> Callable[[str, Cell, Here], Values]:
    def reader(column: str, cell: Cell, _here: Here) -> Values:
        codes, unknown = _coded(shown(cell), vocabulary().words[table])
        if unknown:
            raise CellError(column, "word", "、".join(unknown))
        return {column: frozenset(kind(code) for code in codes)}

    return reader


def _one(kind: Callable[[str], object], table: str) -> Callable[[str, Cell, Here], Values]:
    def reader(column: str, cell: Cell, _here: Here) -> Values:
        text = shown(cell).strip()
        if not text:
            return {column: getattr(handling.DEFAULT, column, Exposure.UNKNOWN)}
        code = vocabulary().words[table].code(text)
        if code is None:
            raise CellError(column, "word", text)
        return {column: kind(code)}

    return reader


def answer_of(cell: Cell) -> bool | None:
    """Return yes or no; None for an empty cell or another word."""
    text = plain(shown(cell))
    return True if text in vocabulary().yes else False if text in vocabulary().no else None


def _yes(column: str, cell: Cell, _here: Here) -> Values:
    answer = answer_of(cell)
    if answer is None and not is_blank(cell):
        raise CellError(column, "yes_no", shown(cell))
    return {column: bool(answer)}


def _answer(column: str, cell: Cell, _here: Here) -> Values:
    code = vocabulary().words["answer"].code(shown(cell).strip())
    if code is not None:
        return {column: Answer(code)}
    answer = answer_of(cell)
    if answer is None and not is_blank(cell):
        raise CellError(column, "yes_no", shown(cell))
    return {column: Answer.UNSTATED if answer is None else Answer.YES if answer else Answer.NO}


def _count(column: str, cell: Cell, _here: Here) -> Values:
    folded = re.sub(r"[\s,]+", "", unicodedata.normalize("NFKC", shown(cell)))
    while (bare := _AROUND.sub("", _BRACKETS.sub("", folded))) != folded:
        folded = bare
    if folded in _NO_COUNT:
        return {column: None}
    found = re.fullmatch(r"(?:(\d+(?:\.\d+)?)万)?(?:(\d+(?:\.\d+)?)千)?(\d+)?", folded)
    if found is None:
        raise CellError(column, "count", shown(cell))
    count = float(found[1] or 0) * 10_000 + float(found[2] or 0) * 1_000 + int(found[3] or 0)
    if not count.is_integer():
        raise CellError(column, "count", shown(cell))
    return {column: int(count)}


def _date(column: str, cell: Cell, _here: Here) -> Values:
    return {column: None} if is_blank(cell) else {column: day_of(cell)}


def _period(column: str, cell: Cell, here: Here) -> Values:
    """Read a period or a day, whichever of both columns it stands in: ledgers mix them."""
    text = shown(cell).strip()
    if not text or plain(text) in vocabulary().endless or plain(text) in vocabulary().no:
        return {column: None}
    try:
        if column == "retention_until" or not isinstance(cell, int | float):
            return {"retention_until": day_of(cell)}
    except DateError as error:
        if error.rule == "date_era":
            raise
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", _BRACKETS.sub("", text)))
    if folded.isdecimal():
        return {"retention_months": int(folded) * _factor(column, here.heading)}
    found = re.search(r"\d", folded)
    before, period = (folded[: found.start()], folded[found.start() :]) if found else (folded, "")
    months = months_of(re.sub("(?:保管|保存|まで)+$", "", period))
    if months is None:
        raise CellError(column, "period", text)
    values: Values = {"retention_months": months}
    if before:
        codes = vocabulary().words["retention_event"]
        code = codes.code(before) or codes.code(_EVENT_TAIL.sub("", before))
        if code is None:
            raise CellError(column, "period", text)
        values["retention_event"] = RetentionEvent(code)
    return values


def _factor(column: str, heading: str) -> int:
    """Return the months of the unit that a heading names; a bare number under "保管期間" could be either."""
    folded = heading.casefold()
    if "月" in folded or "month" in folded:
        return 1
    if "年" in folded or "year" in folded:
        return 12
    raise CellError(column, "period_unit")


def _nothing(_column: str, _cell: Cell, _here: Here) -> Values:
    return {}


def _places(column: str, cell: Cell, here: Here) -> Values:
    if is_blank(cell):
        raise CellError(column, "required")
    return {column: places_of(shown(cell), here.unit_id, here.known)}


def _processors(column: str, cell: Cell, here: Here) -> Values:
    text = shown(cell).strip()
    if not text or plain(text) in vocabulary().no:
        return {column: frozenset()}
    return {column: processors_of(text, here.unit_id, here.known)}


def _transfers(column: str, cell: Cell, _here: Here) -> Values:
    text = shown(cell).strip()
    return {column: () if not text or plain(text) in vocabulary().no else transfers_of(text)}


_READERS: Mapping[str, Callable[[str, Cell, Here], Values]] = {
    "text": _text,
    "owner": _text,
    "free": _free,
    "items": _items,
    "subjects": _members(Subject, "subjects"),
    "media": _members(Medium, "media"),
    "acquisition": _one(Acquisition, "acquisition"),
    "consent": _one(Consent, "consent"),
    "exposure": _one(Exposure, "exposure"),
    "retention_event": _one(RetentionEvent, "retention_event"),
    "yes": _yes,
    "answer": _answer,
    "count": _count,
    "date": _date,
    "months": _period,
    "until": _period,
    "places": _places,
    "processors": _processors,
    "transfers": _transfers,
    "number": _nothing,  # read before the other cells of its row, as the unit is
    "unit": _nothing,
    "special_care": _nothing,  # follows from the data items
}
