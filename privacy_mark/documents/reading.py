"""Reading rules 周知: everybody in the units that got a version says for himself that he has read it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime

from sqlalchemy import and_, select

from privacy_mark.documents.distribution import belongs_now
from privacy_mark.documents.model import TABLE, VERSIONS, RuleId, RuleKind, VersionId, number_of
from privacy_mark.documents.versions import opened_text
from privacy_mark.files import SHELF
from registry.access import today_in_japan
from registry.errors import NotFound
from registry.journal import Action
from registry.model import UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import Affiliation
from registry.store.document_tables import (
    RuleDistributionRecord,
    RuleReadingRecord,
    RuleRecord,
    RuleVersionRecord,
)
from registry.store.tables import OrgClosure

READINGS = RuleReadingRecord.__tablename__


@dataclass(frozen=True, slots=True)
class Given:
    """The newest version of a rule that was given to the person asking."""

    id: VersionId
    rule_id: RuleId
    unit_id: UnitId  # where the rule belongs
    home_id: UnitId  # where the person belongs who got it
    kind: RuleKind
    version: int
    valid_from: date
    due_on: date
    read_at: datetime | None

    @property
    def number(self) -> str:
        """Return how people call the version."""
        return number_of(self.rule_id, self.version)


@dataclass(frozen=True, slots=True)
class Mine(Given):
    """The same with its title."""

    title_ja: str
    title_en: str

    def title(self, language: str) -> str:
        """Return the title in "ja" or "en"."""
        return self.title_en if language == "en" and self.title_en else self.title_ja


@dataclass(frozen=True, slots=True)
class Opened:
    """What a version says, and what the version said that the person asking read before."""

    of: Mine
    text: str = field(repr=False)
    change: str = field(repr=False)
    before: str | None = field(repr=False)  # None: the person read none before


def given(tx: Tx) -> list[Given]:
    """Return the newest version of every rule given to the person asking: what is to be read first.

    Titles stay sealed: for what counts, and asks whether something was given.
    """
    homes = _homes(tx)
    rows = tx.session.execute(
        select(
            RuleVersionRecord.id,
            RuleVersionRecord.number,
            RuleVersionRecord.valid_from,
            RuleRecord.id.label("rule_id"),
            RuleRecord.unit_id,
            RuleRecord.kind,
            RuleDistributionRecord.unit_id.label("given_to"),
            RuleDistributionRecord.due_on,
            RuleReadingRecord.at,
        )
        .join(RuleRecord, RuleRecord.id == RuleVersionRecord.rule_id)
        .join(RuleDistributionRecord, RuleDistributionRecord.version_id == RuleVersionRecord.id)
        .outerjoin(
            RuleReadingRecord,
            and_(
                RuleReadingRecord.version_id == RuleVersionRecord.id,
                RuleReadingRecord.user_id == tx.principal.user_id,
            ),
        )
        .where(RuleDistributionRecord.unit_id.in_(list(homes)), RuleRecord.ended_on.is_(None))
        .order_by(RuleVersionRecord.number.desc(), RuleDistributionRecord.due_on)
    )
    newest: dict[int, Given] = {}
    for row in rows:
        if row.rule_id not in newest:
            newest[row.rule_id] = Given(
                id=VersionId(row.id),
                rule_id=RuleId(row.rule_id),
                unit_id=UnitId(row.unit_id),
                home_id=homes[row.given_to],
                kind=RuleKind(row.kind),
                version=row.number,
                valid_from=row.valid_from,
                due_on=row.due_on,
                read_at=row.at,
            )
    return sorted(newest.values(), key=lambda each: (each.read_at is not None, each.due_on, each.id))


def mine(tx: Tx) -> list[Mine]:
    """Return what was given to the person asking with its titles, in the order of `given`."""
    found = given(tx)
    rules = select(RuleRecord).where(RuleRecord.id.in_([each.rule_id for each in found]))
    of = {row.id: row for row in tx.session.scalars(rules)}
    return [_titled(tx, each, of[each.rule_id]) for each in found]


def to_read(tx: Tx) -> list[Given]:
    """Return what was given to the person asking and is not read yet, the earliest due first."""
    return [each for each in given(tx) if each.read_at is None]


def open_mine(tx: Tx, version_id: VersionId) -> Opened:
    """Open a version that was given to the person asking; raises NotFound."""
    of = next((each for each in given(tx) if each.id == version_id), None)
    if of is None:
        raise NotFound(VERSIONS)
    row = tx.session.get_one(RuleVersionRecord, version_id)
    before = tx.session.scalars(
        select(RuleVersionRecord)
        .join(RuleReadingRecord, RuleReadingRecord.version_id == RuleVersionRecord.id)
        .where(
            RuleVersionRecord.rule_id == row.rule_id,
            RuleVersionRecord.number < row.number,
            RuleReadingRecord.user_id == tx.principal.user_id,
        )
        .order_by(RuleVersionRecord.number.desc())
    ).first()
    return Opened(
        _titled(tx, of, tx.session.get_one(RuleRecord, of.rule_id)),
        opened_text(tx, row),
        Row(tx, VERSIONS, row.uid).opened("change", row.change_sealed),
        None if before is None else opened_text(tx, before),
    )


def acknowledge(tx: Tx, version_id: VersionId) -> None:
    """Say for oneself that one has read a version, with the hashes of its files.

    Raises NotFound for what was not given or is read.
    """
    of = next((each for each in to_read(tx) if each.id == version_id), None)
    if of is None:
        raise NotFound(VERSIONS)
    row = RuleReadingRecord(
        version_id=version_id, user_id=tx.principal.user_id, unit_id=of.home_id, at=tx.now
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"version": version_id, "files": SHELF.standing(tx, {"version_id": version_id})}
    tx.record(Action.RULE_READ, READINGS, row.id, UnitId(row.unit_id), None, after)


def _homes(tx: Tx) -> dict[int, UnitId]:
    """Return every unit that something can be given to so that the person gets it, with the person's own."""
    rows = tx.session.execute(
        select(OrgClosure.ancestor, Affiliation.unit_id)
        .join(Affiliation, Affiliation.unit_id == OrgClosure.descendant)
        .where(Affiliation.user_id == tx.principal.user_id, belongs_now(today_in_japan(tx.now)))
        .order_by(Affiliation.id.desc())
    )
    return {above: UnitId(own) for above, own in rows}


def _titled(tx: Tx, of: Given, rule: RuleRecord) -> Mine:
    titles = Row(tx, TABLE, rule.uid)
    return Mine(
        **{each.name: getattr(of, each.name) for each in fields(Given)},
        title_ja=titles.opened("title_ja", rule.title_ja_sealed),
        title_en=titles.opened("title_en", rule.title_en_sealed),
    )
