"""The end of retention 保存期間: names become pseudonyms and values lose their key; no record is deleted.

Default: ten years, the longest time in which a claim can ordinarily be raised (民法 Civil Code 166(1)(ii)).
At least three: records of provision to and receipt from third parties are kept that long (APPI enforcement
rules 個人情報保護法施行規則 Art. 21 and 25).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import select

from registry.access import EVERYWHERE, top_unit
from registry.errors import AccessDenied, InvalidValue
from registry.journal import Action, pseudonym
from registry.model import Permission
from registry.store import Registry, Tx
from registry.store.feedback_tables import FeedbackRecord
from registry.store.tables import JournalKey

DEFAULT_YEARS = 10
LEAST_YEARS = 3
_PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Shredded:
    """What was made unreadable."""

    months: tuple[str, ...]  # "2016-04": journal months whose key was destroyed
    approvals: int  # judgements whose persons became pseudonyms


def shred(tx: Tx, before: date, *, years: int = DEFAULT_YEARS) -> Shredded:
    """Destroy the keys of the months that ended before a day, and take names off approvals of that time.

    Only whole months whose last day lies `years` back. Raises AccessDenied for who may not see the whole
    journal, InvalidValue: `reason` `required`, `years` `too_few`, `before` `within_retention`.
    """
    if EVERYWHERE not in tx.principal.units_with(Permission.VIEW_JOURNAL):
        raise AccessDenied(Permission.VIEW_JOURNAL)
    if not tx.reason.strip():
        raise InvalidValue("reason", "required")
    if years < LEAST_YEARS:
        raise InvalidValue("years", "too_few")
    if before > _years_ago(tx.now.astimezone(UTC).date(), years):
        raise InvalidValue("before", "within_retention")
    _overwrite_freed_space(tx)
    # A month ended before `before` when it is an earlier one than the month of that day.
    months = tx.session.scalars(
        select(JournalKey)
        .where(JournalKey.month < f"{before:%Y-%m}", JournalKey.key_sealed.is_not(None))
        .order_by(JournalKey.month)
    ).all()
    for row in months:
        row.key_sealed = None
        row.shredded_at = tx.now
    done = Shredded(tuple(row.month for row in months), _pseudonymise(tx, before.replace(day=1)))
    after = {"before": before, "months": list(done.months), "approvals": done.approvals}
    tx.record(Action.JOURNAL_SHREDDED, "journal_key", "", top_unit(tx), None, after)
    return done


def forget_freed_space(registry: Registry) -> None:
    """Take what was destroyed out of SQLite's write-ahead log too; PostgreSQL does it in its own vacuum."""
    if registry.engine.dialect.name != "sqlite":
        return
    raw = registry.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    finally:
        raw.close()


def _overwrite_freed_space(tx: Tx) -> None:
    connection = tx.session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _pseudonymise(tx: Tx, before: date) -> int:
    decided = select(FeedbackRecord).where(
        FeedbackRecord.state != _PROPOSED,
        FeedbackRecord.decided_at < datetime.combine(before, time(), UTC),
        FeedbackRecord.expires_on < before,
    )
    count = 0
    for row in tx.session.scalars(decided):
        names = {
            "requester_sealed": pseudonym(tx.vault, row.requester_id),
            "decider_sealed": pseudonym(tx.vault, row.decider_id or 0),
            "note_sealed": "",
        }
        requester = tx.vault.open(
            row.requester_sealed, table="feedback", row=row.uid, column="requester_sealed"
        )
        if requester == names["requester_sealed"]:
            continue
        for column, plain in names.items():
            setattr(row, column, tx.vault.seal(plain, table="feedback", row=row.uid, column=column))
        count += 1
    return count


def _years_ago(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)
