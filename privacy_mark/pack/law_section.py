"""The list of laws and norms 法令等一覧 (J.1.3) with its last review: names, days and decisions.

Why a norm applies, who watches it and what a change means are the entity's own words: they stay here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from privacy_mark.laws import amendments, entries, reviews
from privacy_mark.laws.catalogue import laws as catalogue
from privacy_mark.laws.model import OWN, Applies, ReviewState, amendment_number, review_number
from privacy_mark.laws.model import Line as Norm
from privacy_mark.pack.model import Code, Figure, Line, Listing, Record, RowKey, Section, Subject
from registry.risk_levels import Words
from registry.store import Tx
from registry.store.law_tables import LawAmendmentRecord, LawEntryRecord, LawReviewRecord

_ENTRY, _REVIEW, _AMENDMENT = entries.TABLE, reviews.TABLE, amendments.TABLE


def laws(tx: Tx, of: Subject) -> Section:
    """Return the entity's list as it stands, its reviews of two years, and the changes of laws it noted."""
    norms = entries.list_of(replace(tx, now=of.as_of), of.unit.id)
    ids = {
        law: RowKey(_ENTRY, str(number))
        for law, number in tx.session.execute(
            select(LawEntryRecord.law, LawEntryRecord.id).where(LawEntryRecord.unit_id == of.unit.id)
        )
    }
    names = {each.law: Words(each.name("ja"), each.name("en")) for each in norms}
    decided = [each for each in norms if each.law in ids]
    lines = tuple(_line(each, names[each.law], ids.get(each.law)) for each in norms) if decided else ()
    held, told_reviews, last = _reviews(tx, of)
    noted = _amendments(tx, of)
    last_key = (RowKey(_REVIEW, str(last.id)),) if last else ()
    figures = (
        Figure.count("laws.applying", _of(decided, ids, Applies.APPLIES)),
        Figure.count("laws.excluded", _of(decided, ids, Applies.NOT)),
        Figure("laws.undecided", len(norms) - len(decided)),
        Figure("laws.reviewed_on", last.reviewed_on if last else None, last_key),
        Figure("laws.approved_on", last.approved_on if last else None, last_key),
        Figure("laws.next_review", reviews.due_from(last.reviewed_on) if last else None, last_key),
        Figure.count("laws.changed", tuple(ids[each.law] for each in decided if each.changed)),
        Figure.count(
            "laws.open_amendments",
            tuple(RowKey(_AMENDMENT, str(row.id)) for row in noted if row.done_on is None),
        ),
    )
    listings = (
        Listing("laws.list", lines),
        Listing("laws.reviews", held),
        Listing("laws.amendments", tuple(_amendment(row, names) for row in noted)),
    )
    records = (
        *(
            Record(
                ids[each.law],
                {"law": _known(each.law), "applies": each.said.applies, "decided_on": each.decided_on},
            )
            for each in decided
        ),
        *told_reviews,
        *(
            Record(
                RowKey(_AMENDMENT, str(row.id)),
                {"law": _known(row.law), "effective_on": row.effective_on, "done_on": row.done_on},
            )
            for row in noted
        ),
    )
    return Section("laws", figures, listings, records)


def _line(of: Norm, name: Words, key: RowKey | None) -> Line:
    return Line(
        (
            Code("law_kind", of.kind.value),
            name,
            of.number(),
            Words(of.authority("ja"), of.authority("en")),
            of.since(),
            of.until(),
            Code("applies", of.said.applies.value),
            of.decided_on,
        ),
        (key,) if key else (),
    )


def _of(decided: Sequence[Norm], ids: dict[str, RowKey], applies: Applies) -> tuple[RowKey, ...]:
    return tuple(ids[each.law] for each in decided if each.said.applies is applies)


def _reviews(tx: Tx, of: Subject) -> tuple[tuple[Line, ...], list[Record], LawReviewRecord | None]:
    """Return the reviews of two years as lines and records, and the one that was approved last."""
    rows = tx.session.scalars(
        select(LawReviewRecord)
        .where(LawReviewRecord.unit_id == of.unit.id, LawReviewRecord.reviewed_on <= of.day)
        .order_by(LawReviewRecord.reviewed_on, LawReviewRecord.id)
    ).all()
    last = next((row for row in reversed(rows) if row.state == ReviewState.APPROVED.value), None)
    shown = [row for row in rows if row.reviewed_on >= of.since or row is last]
    lines = tuple(
        Line(
            (
                review_number(row.id),
                row.reviewed_on,
                row.applying,
                row.excluded,
                Code("law_review_state", row.state),
                row.approved_on,
            ),
            (RowKey(_REVIEW, str(row.id)),),
        )
        for row in shown
    )
    records = [
        Record(
            RowKey(_REVIEW, str(row.id)),
            {"reviewed_on": row.reviewed_on, "state": row.state, "approved_on": row.approved_on},
        )
        for row in shown
    ]
    return lines, records, last


def _amendments(tx: Tx, of: Subject) -> list[LawAmendmentRecord]:
    """Return the noted changes of laws that are in force since two years, or still to be dealt with."""
    rows = tx.session.scalars(
        select(LawAmendmentRecord)
        .where(LawAmendmentRecord.unit_id == of.unit.id)
        .order_by(LawAmendmentRecord.effective_on, LawAmendmentRecord.id)
    )
    return [row for row in rows if row.done_on is None or row.effective_on >= of.since]


def _amendment(row: LawAmendmentRecord, names: dict[str, Words]) -> Line:
    known = catalogue().get(row.law)
    name = names.get(row.law) or (known.name if known else row.law)
    number = amendment_number(row.id)
    return Line((number, name, row.effective_on, row.due_on, row.done_on), (RowKey(_AMENDMENT, str(row.id)),))


def _known(law: str) -> str:
    """Return a norm as the annex names it: one of the entity's own by no name."""
    return "own" if law.startswith(OWN) else law
