"""What the words of a ledger file lose, kept beside them 機械用: a file that comes back says what left.

The last columns of a row hold JSON: column -> [digest of the shown text, value]. A cell whose text is still
the one that was written has that value; a cell that somebody edited is read as it stands. References are kept
by codes and names as well as by ids, so that a file never points at a row of another registry by chance.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from daicho.ledger_file.places import Known
from daicho.ledger_file.refusal import CellError
from registry.handling import ProcessorId
from registry.ledger_columns import column_text, column_value
from registry.model import Place, SourceId, UnitId

PIECE = 32_000  # letters of one cell


def digest(text: str) -> str:
    """Return what a shown text is known by."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def pieces(lost: Mapping[str, tuple[str, str]]) -> list[str]:
    """Return column -> (shown text, value) as texts that fit into cells; none when nothing is lost."""
    if not lost:
        return []
    kept = {column: [digest(shown), value] for column, (shown, value) in lost.items()}
    text = json.dumps(kept, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def joined(texts: list[str]) -> dict[str, tuple[str, str]]:
    """Return column -> (digest, value) of the pieces of a row; CellError `machine` for damaged ones."""
    text = "".join(texts)
    if not text:
        return {}
    try:
        return {str(column): (str(pair[0]), str(pair[1])) for column, pair in json.loads(text).items()}
    except (ValueError, AttributeError, IndexError, TypeError):
        raise CellError("machine", "machine") from None


def written(column: str, value: object, known: Known) -> str:
    """Return a value as the last columns keep it."""
    match column:
        case "places":
            assert isinstance(value, tuple)
            rows = {row.id: [known.units[row.unit_id].code, row.name] for row in known.sources}
            places = [
                [each.source_id, *rows.get(each.source_id, ["", ""]), each.prefix, each.text]
                for each in value
            ]
            return json.dumps(places, ensure_ascii=False)
        case "processors":
            assert isinstance(value, frozenset)
            found = [
                [each, known.processors[each].draft.name if each in known.processors else ""]
                for each in sorted(value)
            ]
            return json.dumps(found, ensure_ascii=False)
        case _:
            return column_text(value)


def read(column: str, text: str, unit_id: UnitId, known: Known, before: object) -> object:
    """Return the value that `written` kept; CellError for one that is damaged or names what is not there.

    `before` is the entry's present value: what it names already may be named again, seen or not.
    """
    try:
        match column:
            case "places":
                return tuple(_place(row, known, before) for row in json.loads(text))
            case "processors":
                return frozenset(_processor(row, unit_id, known, before) for row in json.loads(text))
            case _:
                return column_value(column, text)
    except CellError:
        raise
    except (ValueError, TypeError):
        raise CellError(column, "machine") from None


def _place(row: list[object], known: Known, before: object) -> Place:
    number, code, name, prefix, text = row
    if not (isinstance(prefix, str) and isinstance(text, str)):
        raise CellError("places", "machine")
    if number is None:
        return Place(None, prefix, text)
    assert isinstance(number, int)
    place = Place(SourceId(number), prefix, text)
    if isinstance(before, tuple) and place in before:
        return place
    named = [each for each in known.sources if (known.units[each.unit_id].code, each.name) == (code, name)]
    if not named:
        raise CellError("places", "source", str(name))
    same = [each for each in named if each.id == number]
    return Place((same or named)[0].id, prefix, text)


def _processor(row: list[object], unit_id: UnitId, known: Known, before: object) -> ProcessorId:
    number, name = row
    assert isinstance(number, int)
    processor_id = ProcessorId(number)
    if isinstance(before, frozenset) and processor_id in before:
        return processor_id
    same = known.processors.get(processor_id)
    if same is not None and same.draft.name == name:
        return processor_id
    found = known.processor(str(name), unit_id)
    if found is None:
        raise CellError("processors", "processor_name", str(name))
    return found.id
