"""The inputs of a review: as they are now until it is held, then as they were on that day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select

from privacy_mark.reviews.facts_text import digest, facts_of, text_of
from privacy_mark.reviews.model import INPUTS, WAS_HELD, Facts, Input, Inputs, Review, ReviewId, State, Topic
from privacy_mark.reviews.rows import held, last_held, row_of, saved, written
from privacy_mark.reviews.sources import SOURCES
from privacy_mark.reviews.span import Span
from registry.access import today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.limits import months_after
from registry.model import UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.review_tables import ReviewInputRecord, ReviewRecord

_YEAR = 12


def inputs(tx: Tx, review_id: ReviewId) -> Inputs:
    """Return every topic of a review with what is known of it; raises NotFound."""
    row = row_of(tx, review_id)
    if row.since is not None and row.as_of is not None:
        stored = _stored(tx, row)
        topics = [_read(tx, topic, stored.get(topic)) for topic in Topic]
        return Inputs(row.since, row.as_of, frozen=True, topics=tuple(topics))
    span = _span(tx, UnitId(row.unit_id), today_in_japan(tx.now))
    stored, facts = _stored(tx, row), _facts(tx, UnitId(row.unit_id), span)
    topics = [Input(topic, facts.get(topic), _read(tx, topic, stored.get(topic)).words) for topic in Topic]
    return Inputs(span.since, span.until, frozen=False, topics=tuple(topics))


def set_words(tx: Tx, review_id: ReviewId, topic: Topic, words: str, *, expected_version: int) -> Review:
    """Write what people have to say on a topic, until approval is asked for; "" takes it back.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_held`, `words` `too_long`.
    """
    row = held(tx, review_id, expected_version, State.HELD, State.PLANNED)
    text = checked({"words": words})["words"]
    of = _stored(tx, row).get(topic) or _add(tx, row, topic)
    of.words_sealed = Row(tx, INPUTS, of.uid).sealed({"words": text})["words_sealed"] if text else None
    written(tx, row)
    return saved(tx, row, Action.REVIEW_WRITTEN, topic=topic.value)


def hold(tx: Tx, review_id: ReviewId, *, held_on: date, expected_version: int) -> Review:
    """Record on which day a review was held, and keep its inputs as they are now.

    They do not change any more; the journal knows them by their digest. Raises NotFound, AccessDenied,
    Conflict, InvalidValue: `state` `not_planned`, `held_on` `future`, `before_last`.
    """
    row = held(tx, review_id, expected_version, State.PLANNED)
    today, unit_id = today_in_japan(tx.now), UnitId(row.unit_id)
    if held_on > today:
        raise InvalidValue("held_on", "future")
    last = last_held(tx, [unit_id], WAS_HELD).get(unit_id)
    if last is not None and held_on < last:
        raise InvalidValue("held_on", "before_last")
    span = _span(tx, unit_id, today)
    stored, kept = _stored(tx, row), []
    for topic, facts in _facts(tx, unit_id, span).items():
        of = stored.get(topic) or _add(tx, row, topic)
        kept.append(text_of(facts))
        of.facts_sealed = Row(tx, INPUTS, of.uid).sealed({"facts": kept[-1]})["facts_sealed"]
    row.state, row.held_on, row.since, row.as_of = State.HELD.value, held_on, span.since, span.until
    written(tx, row)
    return saved(tx, row, Action.REVIEW_HELD, held_on=held_on, since=span.since, sha256=digest(*kept))


def kept_texts(tx: Tx, row: ReviewRecord) -> list[str]:
    """Return what is kept of every topic, facts and words, in the order of the topics."""
    stored, found = _stored(tx, row), []
    for topic in Topic:
        of = stored.get(topic)
        if of is not None:
            sealed = Row(tx, INPUTS, of.uid)
            found += [
                topic.value,
                sealed.opened("facts", of.facts_sealed),
                sealed.opened("words", of.words_sealed),
            ]
    return found


def _span(tx: Tx, unit_id: UnitId, today: date) -> Span:
    """Return the days from the last review on, or a year, until today."""
    last = last_held(tx, [unit_id], WAS_HELD).get(unit_id)
    return Span(last or months_after(today, -_YEAR) + timedelta(days=1), today)


def _facts(tx: Tx, unit_id: UnitId, span: Span) -> Mapping[Topic, Facts]:
    return {topic: SOURCES[topic](tx, unit_id, span) for topic in Topic if topic in SOURCES}


def _stored(tx: Tx, row: ReviewRecord) -> dict[Topic, ReviewInputRecord]:
    rows = tx.session.scalars(select(ReviewInputRecord).where(ReviewInputRecord.review_id == row.id))
    return {Topic(each.topic): each for each in rows}


def _read(tx: Tx, topic: Topic, row: ReviewInputRecord | None) -> Input:
    if row is None:
        return Input(topic, None)
    sealed = Row(tx, INPUTS, row.uid)
    facts = facts_of(sealed.opened("facts", row.facts_sealed)) if row.facts_sealed is not None else None
    return Input(topic, facts, sealed.opened("words", row.words_sealed))


def _add(tx: Tx, row: ReviewRecord, topic: Topic) -> ReviewInputRecord:
    made = ReviewInputRecord(uid=new_uid(), unit_id=row.unit_id, review_id=row.id, topic=topic.value)
    tx.session.add(made)
    return made
