"""Builds an evidence pack 証跡パック: previewed by who may see the certification, built by who manages it.

A pack is read from one snapshot, and told to the journal in a short transaction of its own. The same unit,
order, moment and head of the journal give the same bytes, for the same rights and version of the product;
where what the pack tells of has changed since that head, it is refused instead.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from privacy_mark.certificates import register
from privacy_mark.certificates.bodies import bodies
from privacy_mark.certificates.model import Certificate
from privacy_mark.certificates.model import State as CertificateState
from privacy_mark.pack import bag, kept_answers, originals
from privacy_mark.pack.bag import CitedFigure, CitedRow, Pack
from privacy_mark.pack.forms import FormSet, set_for
from privacy_mark.pack.journal_part import JournalPart, journal_part, place, require_unchanged
from privacy_mark.pack.model import Answer, Figure, Order, Purpose, Record, Subject
from privacy_mark.pack.original_use import Used, places, uses
from privacy_mark.pack.sections import SOURCES, Told, tell
from privacy_mark.pack.sheets import Sheet, plain, sheets, wanted_sections
from privacy_mark.requirements.catalogue import product
from registry import organisation
from registry.access import allowed, require, require_open, today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.limits import months_after
from registry.model import Permission, Unit, UnitId, UnitKind
from registry.store import Tx

MONTHS = 24
"""Records of two years are told of."""

LANGUAGES = ("ja", "en")
LIST = "00-list-of-documents.pdf"
_CELLS_THAT_ACT = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Preview:
    """What will be in a pack."""

    subject: Subject
    forms: FormSet
    sheets: tuple[Sheet, ...]
    figures: tuple[Figure, ...] = field(repr=False)
    head: int  # records of the journal
    language: str
    originals: tuple[Used, ...] = field(default=(), repr=False)  # the body's own forms

    @property
    def name(self) -> str:
        """Return the name of the pack: unit, purpose, moment."""
        code = "".join(each if each.isascii() and each.isalnum() else "-" for each in self.subject.unit.code)
        moment = self.subject.as_of.astimezone(UTC)
        return (
            f"pack-{code.strip('-') or self.subject.unit.id}-{self.subject.purpose}-{moment:%Y%m%dT%H%M%SZ}"
        )


@dataclass(frozen=True, slots=True)
class Built:
    """A pack and what is in it."""

    preview: Preview
    pack: Pack
    rows: int  # cited rows
    proven: int  # of these with a proof from the journal


Printer = Callable[[Preview, Sheet], bytes]
"""Sets one document as PDF."""

ListPrinter = Callable[[Preview, Mapping[str, str]], bytes]
"""Sets the list of documents; the SHA-256 of each file by its name."""

Filler = Callable[[Preview, Used, bytes], bytes]
"""Fills in a body's own form."""


def preview(tx: Tx, unit_id: UnitId, order: Order) -> Preview:
    """Return what a pack of a legal entity will hold and what is missing in it.

    Raises NotFound, AccessDenied without VIEW_CERTIFICATION in the unit, InvalidValue: `unit_id` `no_entity`
    or `closed`, `purpose` `not_in_japan`, `language` `unknown`, `body` `unknown`, `as_of` `future`,
    `too_early` or `before_head`, `head` `out_of_range` or `changed_since`, a field `unknown` or `too_long`.
    """
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    return _prepared(tx, unit_id, order).preview


def build(
    tx: Tx, unit_id: UnitId, order: Order, printer: Printer, list_printer: ListPrinter, filler: Filler
) -> Built:
    """Return the pack of a legal entity, sealed; `note_built` then tells the journal of it.

    Raises as `preview`, with MANAGE_CERTIFICATION, and InvalidValue: `journal` `broken`.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    prepared = _prepared(tx, unit_id, order)
    made = prepared.preview
    files: dict[str, bytes] = {}
    documents = {each.file: printer(made, each) for each in made.sheets if each.file}
    documents |= {
        each.file: filler(made, each, originals.data_of(tx, each.original)) for each in made.originals
    }
    digests = {name: bag.digest_of(documents[name]) for name in sorted(documents)}
    documents[LIST] = list_printer(made, digests)
    files |= {f"data/documents/{name}": document for name, document in documents.items()}
    if made.originals:
        files["data/annex/originals.csv"] = places(made.originals)
    cited = {key for figure in made.figures for key in figure.rows}
    known = {each.key: each for each in prepared.records}
    records = [known.get(key) or Record(key, {}) for key in sorted(cited)]
    part = journal_part(tx, made.subject, made.head, {each.teller for each in records})
    figures = [
        CitedFigure(f"{number} {each.name}", plain(each.value), each.rows, each.counted)
        for number, each in enumerate(made.figures, start=1)
    ]
    files |= bag.annex(figures, (_cited(each, part) for each in records), part.cited, part.leaves)
    files |= _tables(records, part)
    files["data/annex/figures.csv"] = _figures(made.figures)
    about = {
        "Source-Organization": made.subject.unit.name_ja,
        "External-Identifier": made.name,
        "Forms": made.forms.id,
        "Language": made.language,
    }
    pack = bag.sealed(tx.vault, made.name, files, part.head, as_of=made.subject.as_of, about=about)
    return Built(made, pack, len(records), sum(each.teller in part.seqs for each in records))


def note_built(tx: Tx, built: Built) -> None:
    """Record that a pack was built, for whom, as of when, over which head; AccessDenied."""
    of = built.preview.subject
    require(tx, Permission.MANAGE_CERTIFICATION, of.unit.id)
    after = {
        "pack": built.pack.name,
        "purpose": of.purpose.value,
        "forms": built.preview.forms.id,
        "as_of": of.as_of.isoformat(),
        "head": built.preview.head,
        "language": built.preview.language,
        "digest": built.pack.digest,
    }
    tx.record(Action.PACK_BUILT, "evidence_pack", built.pack.digest[:32], of.unit.id, None, after)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A preview, what the rooms told for it, and the answers kept for it."""

    preview: Preview
    told: Told
    kept: Mapping[str, Answer]

    @property
    def records(self) -> Iterator[Record]:
        """Yield every row that figures may rest on."""
        for section in self.told.sections.values():
            yield from section.records
        yield from map(kept_answers.answer_record, self.kept.values())


def _prepared(tx: Tx, unit_id: UnitId, order: Order) -> _Prepared:
    unit = organisation.unit(tx, unit_id)
    require_open(tx, unit_id)
    if not unit.kind.is_entity:
        raise InvalidValue("unit_id", "no_entity")
    if unit.kind is UnitKind.OVERSEAS and order.purpose is not Purpose.AUDIT:
        raise InvalidValue("purpose", "not_in_japan")
    if order.language not in LANGUAGES:
        raise InvalidValue("language", "unknown")
    if order.body and order.body not in bodies():
        raise InvalidValue("body", "unknown")
    at = place(tx, order.as_of, order.head)
    day = today_in_japan(at.as_of)
    held = _certificate(register.certificates(tx, unit_id=unit_id), unit_id)
    body = held.body if held else order.body or "other"
    since = months_after(day, -MONTHS)
    forms = set_for(body, order.purpose, day)
    catalogue = order.catalogue or product()
    of = Subject(unit, order.purpose, body, held, at.as_of, day, since, catalogue, forms.first_page)
    wanted = wanted_sections(forms)
    tables = {table for name in wanted for table in SOURCES[name].tables}
    require_unchanged(tx, of, at.size, tables | {kept_answers.TABLE, originals.TABLE})
    told = tell(tx, of, wanted)
    kept = kept_answers.kept(tx, unit_id)
    readable = allowed(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    made, figures = sheets(of, forms, order, told, kept, readable=readable)
    used = uses(originals.in_force(tx, of), made)
    shown = Preview(of, forms, tuple(made), tuple(figures), at.size, order.language, used)
    return _Prepared(shown, told, kept)


def purpose_of(unit: Unit, held: Certificate | None) -> Purpose:
    """Return what a unit will apply for next; abroad there is nothing to apply for."""
    if unit.kind is UnitKind.OVERSEAS:
        return Purpose.AUDIT
    return Purpose.NEW if held is None or held.state is CertificateState.APPLYING else Purpose.RENEWAL


def _certificate(found: Sequence[Certificate], unit_id: UnitId) -> Certificate | None:
    """Return the unit's own certificate that counts: one in force, else one applied for."""
    own = [each for each in found if each.unit_id == unit_id and each.ended_on is None]
    held = [each for each in own if each.state is CertificateState.HELD]
    return next(iter(held or own), None)


def _cited(of: Record, part: JournalPart) -> CitedRow:
    seq = part.seqs.get(of.teller)
    told_by = (of.teller.table, of.teller.id)
    return CitedRow(
        of.key.table, of.key.id, {name: plain(each) for name, each in of.values.items()}, seq, told_by
    )


def _tables(records: Sequence[Record], part: JournalPart) -> dict[str, bytes]:
    """Return one CSV per table: the cited rows with their values, for who reads with a spreadsheet."""
    by_table: dict[str, list[Record]] = {}
    for each in records:
        by_table.setdefault(each.key.table, []).append(each)
    files = {}
    for table, rows in sorted(by_table.items()):
        names = sorted({name for each in rows for name in each.values})
        lines = [["id", *names, "journal_seq"]]
        lines += [
            [
                each.key.id,
                *(_cell(each.values.get(name)) for name in names),
                _cell(part.seqs.get(each.teller)),
            ]
            for each in rows
        ]
        files[f"data/records/{table}.csv"] = _csv(lines)
    return files


def _figures(figures: Sequence[Figure]) -> bytes:
    lines = [["number", "name", "value", "rows", "table", "ids"]]
    for number, each in enumerate(figures, start=1):
        tables = sorted({row.table for row in each.rows})
        for table in tables or [""]:
            ids = [row.id for row in each.rows if row.table == table]
            lines.append(
                [str(number), each.name, _cell(plain(each.value)), str(len(ids)), table, " ".join(ids)]
            )
    return _csv(lines)


def _cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_CELLS_THAT_ACT) else text


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode("utf-8-sig")
