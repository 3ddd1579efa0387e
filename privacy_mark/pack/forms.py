"""Application forms and documents of a pack, from data/pack_forms: per body, new or renewal, and version.

Every field says where its value comes from: a figure of a section (`training.passed`), or `ask`, which is
answered when the pack is built. A document without fields and lists is attached by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from data import read_text
from privacy_mark.certificates.bodies import bodies
from privacy_mark.certificates.reading import Confidence, confidence, day, named
from privacy_mark.pack.model import FIRST_PAGE, Purpose
from privacy_mark.reading import member
from registry.reference_file import Value, read
from registry.risk_levels import Words, words_of

FOLDER = "pack_forms"
FILES = ("jipdec.yaml", "medis.yaml", "audit.yaml")
SHARED = "documents.yaml"
ASK = "ask"
NONE = "none"
SECTIONS = (
    *("unit", "officers", "sites", "certificate", "plan", "ledger", "risk", "training"),
    *("confirmations", "audits", "reviews", "complaints", "rules", "readiness", "actions"),
    *("laws", "assessments", "changes", "pack"),
)
MOST_ENTRIES = 200
_NAME = re.compile(r"[a-z_]+\.[a-z_]+")
_ID = re.compile(r"[a-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document."""

    id: str
    label: Words
    origin: str  # name of a figure, or ASK
    confidence: Confidence
    source: str
    optional: bool = False  # it may stay empty
    per_site: bool = False  # each workplace answers it, in the last column of the document's list
    personal: bool = False  # its answer is personal data: only documents hold it

    @property
    def asked(self) -> bool:
        """True when somebody answers it."""
        return self.origin == ASK


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a pack: numbered forms first, then what belongs to them."""

    id: str
    number: str  # 様式7; "" of what has none
    title: Words
    required: bool
    fields: tuple[Field, ...]
    lists: tuple[str, ...]  # names of listings
    note: Words | None
    across: bool  # landscape
    needs_lines: bool  # without a line in its lists there is no record of what it is about
    confidence: Confidence
    source: str

    @property
    def by_hand(self) -> bool:
        """True of what somebody attaches, because no record of the platform is it."""
        return not self.fields and not self.lists

    @property
    def sections(self) -> frozenset[str]:
        """Return the sections that it is made of."""
        origins = [each.origin for each in self.fields if not each.asked]
        return frozenset(name.partition(".")[0] for name in (*origins, *self.lists))


@dataclass(frozen=True, slots=True)
class FormSet:
    """The documents that bodies want for one purpose from a day on."""

    id: str
    name: Words
    bodies: frozenset[str]
    purpose: Purpose
    since: date
    confidence: Confidence
    source: str
    documents: tuple[Document, ...]
    first_page: int = FIRST_PAGE  # entries on the first page of the ledger, and those whose risks are shown


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a listing."""

    title: Words
    width: int  # its share of the page


@dataclass(frozen=True, slots=True)
class ListForm:
    """How a listing is shown."""

    title: Words
    columns: tuple[Column, ...]
    empty: Words


@dataclass(frozen=True, slots=True)
class Shared:
    """What all sets share: documents that are ours, listings, and words of codes and of the layout."""

    documents: Mapping[str, Document]
    lists: Mapping[str, ListForm]
    codes: Mapping[str, Mapping[str, Words]]
    layout: Mapping[str, Words]


@cache
def shared() -> Shared:
    """Return what all sets share."""
    return load_shared(read_text(f"{FOLDER}/{SHARED}"), SHARED)


@cache
def sets() -> tuple[FormSet, ...]:
    """Return every set of the product."""
    found = tuple(
        each for file in FILES for each in load(read_text(f"{FOLDER}/{file}"), file, shared().documents)
    )
    if len({each.id for each in found}) != len(found):
        raise ValueError("two sets of forms have the same id")
    for each in found:
        for document in each.documents:
            if unknown := [name for name in document.lists if name not in shared().lists]:
                raise ValueError(f"{each.id}: {document.id} shows a list that nobody describes: {unknown[0]}")
    return found


def set_for(body: str, purpose: Purpose, on: date, known: tuple[FormSet, ...] | None = None) -> FormSet:
    """Return the newest set in force on a day: the body's own, or the one of any other body."""
    fitting = [each for each in known or sets() if each.purpose is purpose and each.since <= on]
    own = [each for each in fitting if body in each.bodies] or [
        each for each in fitting if "other" in each.bodies
    ]
    if not own:
        own = [each for each in known or sets() if each.purpose is purpose and "other" in each.bodies]
        return min(own, key=lambda each: each.since)
    return max(own, key=lambda each: each.since)


def load(text: str, file: str, own: Mapping[str, Document]) -> tuple[FormSet, ...]:
    """Return the sets that a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "sets")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    found: dict[str, FormSet] = {}
    for value in fields["sets"].items():
        made = _set(value, own)
        if made.id in found:
            raise value.error(f"{made.id!r} is given twice")
        found[made.id] = made
    return tuple(found.values())


def load_shared(text: str, file: str) -> Shared:
    """Return what a file of shared documents tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "documents", "lists", "codes", "layout")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    source = fields["source"].text()
    documents = [_document(each, source, Confidence.MEDIUM) for each in fields["documents"].items()]
    return Shared(
        documents={each.id: each for each in documents},
        lists={name: _list(each) for name, each in fields["lists"].pairs().items()},
        codes={
            kind: {code: words_of(each) for code, each in value.pairs().items()}
            for kind, value in fields["codes"].pairs().items()
        },
        layout={name: words_of(each) for name, each in fields["layout"].pairs().items()},
    )


def _set(value: Value, own: Mapping[str, Document]) -> FormSet:
    known = ("id", "ja", "en", "bodies", "purpose", "since", "confidence", "source", "documents")
    fields = value.fields((*known, "first_page"), known)
    named_bodies = [each.text() for each in fields["bodies"].items()]
    for each, name in zip(fields["bodies"].items(), named_bodies, strict=True):
        if name not in bodies():
            raise each.error(f"there is no body {name!r}; known are {', '.join(sorted(bodies()))}")
    sure, source = confidence(fields["confidence"]), fields["source"].text()
    documents: dict[str, Document] = {}
    for each in fields["documents"].items():
        document = _shared_or_own(each, own, source, sure)
        if document.id in documents:
            raise each.error(f"{document.id!r} is given twice")
        documents[document.id] = document
    if not documents:
        raise fields["documents"].error("a set has documents")
    return FormSet(
        id=_id(fields["id"]),
        name=named(fields),
        bodies=frozenset(named_bodies),
        purpose=member(fields["purpose"], Purpose),
        since=day(fields["since"]),
        confidence=sure,
        source=source,
        documents=tuple(documents.values()),
        first_page=_entries(fields["first_page"]) if "first_page" in fields else FIRST_PAGE,
    )


def _entries(value: Value) -> int:
    written = value.integer()
    if not 1 <= written <= MOST_ENTRIES:
        raise value.error(f"must be 1 to {MOST_ENTRIES} entries")
    return written


def _shared_or_own(value: Value, own: Mapping[str, Document], source: str, sure: Confidence) -> Document:
    """Return a document of ours, as `id` or `{use: id, number: …}` (or "none"), or the set's own."""
    if value.is_text:
        return _used(value, own, sure)
    if "use" not in value.pairs():
        return _document(value, source, sure)
    fields = value.fields(("use", "number"), ("use", "number"))
    number = fields["number"].text(20)
    return replace(_used(fields["use"], own, sure), number="" if number == NONE else number)


def _used(value: Value, own: Mapping[str, Document], sure: Confidence) -> Document:
    name = value.text()
    if name not in own:
        raise value.error(f"there is no document {name!r}; known are {', '.join(sorted(own))}")
    order = list(Confidence)
    return replace(own[name], confidence=max(own[name].confidence, sure, key=order.index))


def _document(value: Value, source: str, sure: Confidence) -> Document:
    required = ("id", "ja", "en", "required")
    more = ("number", "fields", "lists", "note", "across", "needs_lines", "confidence", "source")
    fields = value.fields((*required, *more), required)
    sure = confidence(fields["confidence"]) if "confidence" in fields else sure
    source = fields["source"].text() if "source" in fields else source
    found: dict[str, Field] = {}
    for item in fields["fields"].items() if "fields" in fields else ():
        each = _field(item, source, sure)
        if each.id in found:
            raise item.error(f"{each.id!r} is given twice")
        found[each.id] = each
    return Document(
        id=_id(fields["id"]),
        number=fields["number"].text(20) if "number" in fields else "",
        title=named(fields),
        required=_yes(fields["required"]),
        fields=tuple(found.values()),
        lists=tuple(_name(each) for each in fields["lists"].items()) if "lists" in fields else (),
        note=words_of(fields["note"], most=400) if "note" in fields else None,
        across="across" in fields and _yes(fields["across"]),
        needs_lines="needs_lines" in fields and _yes(fields["needs_lines"]),
        confidence=sure,
        source=source,
    )


def _field(value: Value, source: str, sure: Confidence) -> Field:
    required = ("id", "ja", "en", "from")
    fields = value.fields((*required, "confidence", "source", "optional", "per_site", "personal"), required)
    origin = fields["from"]
    return Field(
        id=_id(fields["id"]),
        label=named(fields),
        origin=ASK if origin.text() == ASK else _name(origin),
        confidence=confidence(fields["confidence"]) if "confidence" in fields else sure,
        source=fields["source"].text() if "source" in fields else source,
        optional="optional" in fields and _yes(fields["optional"]),
        per_site="per_site" in fields and _yes(fields["per_site"]),
        personal="personal" in fields and _yes(fields["personal"]),
    )


def _list(value: Value) -> ListForm:
    known = ("ja", "en", "columns", "empty")
    fields = value.fields(known, known)
    columns = []
    for each in fields["columns"].items():
        of = each.fields(("ja", "en", "width"), ("ja", "en", "width"))
        columns.append(Column(named(of), of["width"].integer()))
    return ListForm(named(fields), tuple(columns), words_of(fields["empty"]))


def _name(value: Value) -> str:
    written = value.text()
    if not _NAME.fullmatch(written) or written.partition(".")[0] not in SECTIONS:
        raise value.error(f"must be {ASK} or section.name; sections are {', '.join(SECTIONS)}")
    return written


def _id(value: Value) -> str:
    written = value.text()
    if not _ID.fullmatch(written):
        raise value.error("must be made of a-z, 0-9, - and _, at most 40 of them")
    return written


def _yes(value: Value) -> bool:
    written = value.text()
    if written not in ("true", "false"):
        raise value.error("must be true or false")
    return written == "true"
