"""Internal rules in force and management reviews of the last two years: titles, days, numbers, no texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Select, select

from privacy_mark.documents import model as rule_model
from privacy_mark.documents.model import VersionState
from privacy_mark.pack.model import Code, Figure, Line, Listing, Record, RowKey, Section, Subject
from privacy_mark.reviews import model as review_model
from privacy_mark.reviews.model import DecisionState, State
from registry.access import scope, today_in_japan
from registry.model import Permission
from registry.risk_levels import Words
from registry.sealing import Row
from registry.store import Tx
from registry.store.document_tables import RuleRecord, RuleVersionRecord
from registry.store.review_tables import ReviewDecisionRecord, ReviewRecord
from registry.store.tables import OrgClosure

_RULE, _VERSION = rule_model.TABLE, rule_model.VERSIONS
_GUIDELINE = "J."  # rules name clauses of the guideline alone
_REVIEW, _DECISION = review_model.REVIEWS, review_model.DECISIONS


def rules(tx: Tx, of: Subject) -> Section:
    """Return the rules with the version that is in force on the day; abolished ones are left."""
    rows = tx.session.execute(
        select(RuleRecord, RuleVersionRecord)
        .join(RuleVersionRecord, RuleVersionRecord.rule_id == RuleRecord.id)
        .where(
            RuleRecord.unit_id.in_(_below(of)),
            RuleRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
            RuleRecord.ended_on.is_(None),
            RuleVersionRecord.state == VersionState.APPROVED.value,
            RuleVersionRecord.valid_from <= of.day,
        )
        .order_by(RuleRecord.id, RuleVersionRecord.number)
    ).all()
    newest = {rule.id: (rule, version) for rule, version in rows}
    lines, records = [], []
    for rule, version in newest.values():
        sealed = Row(tx, _RULE, rule.uid)
        title = sealed.opened("title_ja", rule.title_ja_sealed)
        english = sealed.opened("title_en", rule.title_en_sealed)
        keys = (RowKey(_RULE, str(rule.id)), RowKey(_VERSION, str(version.id)))
        approved = today_in_japan(version.approved_at) if version.approved_at else None
        lines.append(
            Line(
                (
                    rule_model.number_of(rule.id),
                    Words(title, english or title),
                    Code("rule_kind", rule.kind),
                    version.number,
                    version.valid_from,
                    approved,
                    rule.review_due_on,
                ),
                keys,
            )
        )
        records.append(Record(keys[0], {"title": title, "kind": rule.kind}))
        records.append(Record(keys[1], {"number": version.number, "valid_from": version.valid_from}))
    own = tuple(RowKey(_RULE, str(number)) for number in newest)
    titles = {
        line.rows[0]: (str(line.cells[0]), line.cells[1])
        for line in lines
        if isinstance(line.cells[1], Words)  # as they all are
    }
    covering = {key: newest[int(key.id)][0].requirements.split(",") for key in titles}
    by_clause = tuple(_of_clauses(of, titles, covering)) if titles else ()
    figures = (
        Figure.count("rules.in_force", own),
        Figure("rules.uncovered", sum(not line.rows for line in by_clause) if titles else None),
    )
    listings = (Listing("rules.list", tuple(lines)), Listing("rules.requirements", by_clause))
    return Section("rules", figures, listings, tuple(records))


def _of_clauses(
    of: Subject, titles: Mapping[RowKey, tuple[str, Words]], covering: Mapping[RowKey, Sequence[str]]
) -> Iterator[Line]:
    """Yield each requirement of the guideline with the rules that name it, or a clause above it."""
    for each in of.catalogue.applying(of.unit.kind, of.unit.country, of.day):
        if not each.id.startswith(_GUIDELINE):
            continue
        keys = tuple(
            key
            for key, clauses in covering.items()
            if any(clause and f"{each.id}.".startswith(f"{clause}.") for clause in clauses)
        )
        named = [(titles[key][0], titles[key][1]) for key in keys]
        told = Words(
            "、".join(f"{number} {title.ja}" for number, title in named),
            "; ".join(f"{number} {title.en}" for number, title in named),
        )
        yield Line((each.id, each.title, told), keys)


def reviews(tx: Tx, of: Subject) -> Section:
    """Return the reviews that were held, with how many decisions came of them and how many were done."""
    rows = tx.session.scalars(
        select(ReviewRecord)
        .where(
            ReviewRecord.unit_id.in_(_below(of)),
            ReviewRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
            ReviewRecord.held_on.between(of.since, of.day),
        )
        .order_by(ReviewRecord.held_on, ReviewRecord.id)
    ).all()
    decisions: dict[int, list[ReviewDecisionRecord]] = {}
    for each in tx.session.scalars(
        select(ReviewDecisionRecord)
        .where(ReviewDecisionRecord.review_id.in_([row.id for row in rows]))
        .order_by(ReviewDecisionRecord.review_id, ReviewDecisionRecord.place)
    ):
        decisions.setdefault(each.review_id, []).append(each)
    lines, records = [], []
    for row in rows:
        key = RowKey(_REVIEW, str(row.id))
        decided = decisions.get(row.id, [])
        lines.append(
            Line(
                (
                    review_model.number_of(row.id),
                    row.held_on,
                    Figure.count("reviews.decisions", tuple(map(_decision, decided))),
                    Figure.count(
                        "reviews.decisions_done",
                        tuple(_decision(each) for each in decided if each.state == DecisionState.DONE.value),
                    ),
                    Code("review_state", row.state),
                ),
                (key,),
            )
        )
        records.append(Record(key, {"held_on": row.held_on, "state": row.state}))
        records += [
            Record(_decision(each), {"kind": each.kind, "state": each.state, "due_on": each.due_on}, key)
            for each in decided
        ]
    held = tuple(RowKey(_REVIEW, str(row.id)) for row in rows)
    last = [row for row in rows if row.state == State.CLOSED.value][-1:]
    figures = (
        Figure.count("reviews.held", held),
        Figure(
            "reviews.last_held",
            last[0].held_on if last else None,
            tuple(RowKey(_REVIEW, str(row.id)) for row in last),
        ),
    )
    return Section("reviews", figures, (Listing("reviews.list", tuple(lines)),), tuple(records))


def _decision(of: ReviewDecisionRecord) -> RowKey:
    return RowKey(_DECISION, str(of.id))


def _below(of: Subject) -> Select[int]:
    return select(OrgClosure.descendant).where(OrgClosure.ancestor == of.unit.id)
