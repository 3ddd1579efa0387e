"""Reading rules 周知: everybody in the units that got a version says for himself that he has read it."""

from __future__ import annotations

from dataclasses import dataclass, field
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
class Mine:
    """The newest version of a rule that was given to the person asking."""

    id: VersionId
    rule_id: RuleId
    unit_id: UnitId  # where the rule belongs
    home_id: UnitId  # where the person belongs who got it
    kind: RuleKind
    title_ja: str
    title_en: str
    version: int
    valid_from: date
    due_on: date
    read_at: datetime | None

    @property
    def number(self) -> str:
        """Return how people call the version."""
        return number_of(self.rule_id, self.version)

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


def mine(tx: Tx) -> list[Mine]:
    """Return the newest version of every rule given to the person asking: what is to be read first."""
    homes = _homes(tx)
    rows = tx.session.execute(
        select(
            RuleVersionRecord,
            RuleRecord,
            RuleDistributionRecord.unit_id,
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
    newest: dict[int, Mine] = {}
    for version, rule, given_to, due_on, read_at in rows:
        if rule.id not in newest:
            newest[rule.id] = _mine(tx, version, rule, homes[given_to], due_on, read_at)
    return sorted(newest.values(), key=lambda each: (each.read_at is not None, each.due_on, each.id))


def to_read(tx: Tx) -> list[Mine]:
    """Return what was given to the person asking and is not read yet, the earliest due first."""
    return [each for each in mine(tx) if each.read_at is None]


def open_mine(tx: Tx, version_id: VersionId) -> Opened:
    """Open a version that was given to the person asking; raises NotFound."""
    of = next((each for each in mine(tx) if each.id == version_id), None)
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
        of,
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


def _mine(
    tx: Tx,
    version: RuleVersionRecord,
    rule: RuleRecord,
    home_id: UnitId,
    due_on: date,
    read_at: datetime | None,
) -> Mine:
    titles = Row(tx, TABLE, rule.uid)
    return Mine(
        id=VersionId(version.id),
        rule_id=RuleId(rule.id),
        unit_id=UnitId(rule.unit_id),
        home_id=home_id,
        kind=RuleKind(rule.kind),
        title_ja=titles.opened("title_ja", rule.title_ja_sealed),
        title_en=titles.opened("title_en", rule.title_en_sealed),
        version=version.number,
        valid_from=version.valid_from,
        due_on=due_on,
        read_at=read_at,
    )
