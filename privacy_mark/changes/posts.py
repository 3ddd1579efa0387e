"""Who holds the posts that a body is told of: representative, privacy manager, audit manager; who did before.

Three registers tell it, each by itself: roles of accounts, letters of appointment, and audit managers that
top management appointed. Somebody is new in a post where a register shows that another person held it until
then: the first entries of a register are no change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from privacy_mark.changes.catalogue import Kind, rules
from privacy_mark.changes.model import ChangeDraft
from privacy_mark.governance.model import APPOINTMENTS, Post
from registry.access import today_in_japan
from registry.account_names import name_of
from registry.journal import Action, JournalLine, told
from registry.model import Role
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import RoleGrant, UserAccount
from registry.store.audit_tables import AuditAppointment
from registry.store.governance_tables import AppointmentRecord
from registry.store.tables import JournalRecord

_OF_ROLE = {Role.OFFICER: Kind.PRIVACY_MANAGER, Role.TOP_MANAGEMENT: Kind.REPRESENTATIVE}
_OF_POST = {Post.PRIVACY_MANAGER: Kind.PRIVACY_MANAGER, Post.TOP: Kind.REPRESENTATIVE}
KINDS = frozenset({Kind.REPRESENTATIVE, Kind.PRIVACY_MANAGER, Kind.AUDIT_MANAGER})
_GAP = timedelta(days=31)  # between terms of one person, and for handing over
_JAPAN = timedelta(hours=9)
_GRANTS = "role_grant"


@dataclass(frozen=True, slots=True)
class Held:
    """One term of one person in a post of a unit, as one register tells it; both days are included."""

    unit_id: int
    kind: Kind
    who: str = field(repr=False)  # by what the register knows a person
    name: str = field(repr=False)
    first: date | None  # None: before one looks back
    last: date | None
    cause: str  # the row that tells it; "" for one that is gone


@dataclass(frozen=True, slots=True)
class NewHolder:
    """A report that somebody new in a post brings."""

    unit_id: int
    draft: ChangeDraft
    name: str = field(repr=False)
    cause: str


def new_holders(tx: Tx, unit_ids: Collection[int], since: date | None = None) -> Iterator[NewHolder]:
    """Yield who began in a post of these units since a day, and after whom.

    Without a day: within the days that the rules look back. The caller has checked who asks.
    """
    today = today_in_japan(tx.now)
    since = since or today - timedelta(days=rules().look_back_days)
    for register in (_roles(tx, unit_ids, since), _letters(tx, unit_ids), _audit_managers(tx, unit_ids)):
        posts: dict[tuple[int, Kind], list[Held]] = {}
        for each in register:
            posts.setdefault((each.unit_id, each.kind), []).append(each)
        for terms in posts.values():
            yield from changed(terms, since, today)


def changed(terms: Iterable[Held], since: date, today: date) -> Iterator[NewHolder]:
    """Yield who is new among the terms of one post: began since a day, when somebody else had ended."""
    known = list(terms)
    holding = {each.who for each in known if each.last is None or each.last > today}
    for new in sorted((each for each in known if each.first), key=lambda each: (each.first, each.cause)):
        first = new.first
        if first is None or not since <= first <= today or not new.cause:
            continue
        mine = (each for each in known if each.who == new.who and each is not new)
        if any(
            (each.first is None or each.first < first) and (each.last is None or each.last >= first - _GAP)
            for each in mine
        ):
            continue
        gone = (each for each in known if each.who not in holding | {new.who})
        before = {each.name for each in gone if _followed(each, first, since, known, new.who)}
        if before:
            draft = ChangeDraft(new.kind, first, "、".join(sorted(before)), new.name)
            yield NewHolder(new.unit_id, draft, new.name, new.cause)


def _followed(gone: Held, first: date, since: date, known: Iterable[Held], who: str) -> bool:
    """Tell whether somebody who begins on a day follows on a term, and nobody else did before."""
    if gone.last is None or not since <= gone.last <= first + 2 * _GAP:
        return False
    if gone.first is not None and gone.first >= first:
        return False
    begun = (each.first for each in known if each.first and each.who not in (gone.who, who))
    return not any(gone.last - _GAP <= other < first for other in begun)


def _roles(tx: Tx, unit_ids: Collection[int], since: date) -> Iterator[Held]:
    """Yield the terms that roles of accounts tell; those that were revoked by the journal's records of them.

    These records alone are read, whoever asks: who held the post before belongs to the report. The journal
    itself stays closed.
    """
    given: dict[str, date] = {}  # by row; an id may be used again after a role was revoked
    for line in _journal(tx, unit_ids, since):
        day = today_in_japan(line.at)
        if line.action == Action.ROLE_GRANTED.value:
            given[line.row_id] = day
        elif (was := _revoked(tx, line, day, given.pop(line.row_id, None))) is not None:
            yield was
    rows = tx.session.execute(
        select(RoleGrant, UserAccount)
        .join(UserAccount, UserAccount.id == RoleGrant.user_id)
        .where(RoleGrant.unit_id.in_(unit_ids), RoleGrant.role.in_(list(_OF_ROLE)))
    )
    for row, account in rows:
        yield Held(
            row.unit_id,
            _OF_ROLE[Role(row.role)],
            str(row.user_id),
            name_of(tx.vault, account),
            row.valid_from or given.get(str(row.id)),
            row.valid_until,
            f"{_GRANTS}:{row.id}:{row.user_id}",
        )


def _revoked(tx: Tx, line: JournalLine, last: date, first: date | None) -> Held | None:
    """Return the term of a role that was revoked; None for another role, or one whose key is gone."""
    if line.unit_id is None or line.before is None:
        return None
    role, account = line.before.get("role"), tx.session.get(UserAccount, line.before.get("user_id"))
    if role not in set(_OF_ROLE) or account is None:
        return None
    first = _day(line.before.get("valid_from")) or first
    name = name_of(tx.vault, account)
    return Held(line.unit_id, _OF_ROLE[Role(role)], str(account.id), name, first, last, "")


def _journal(tx: Tx, unit_ids: Collection[int], since: date) -> list[JournalLine]:
    """Return the records of roles of these units that were granted and revoked, in their order."""
    start = datetime.combine(since, time(), UTC) - _JAPAN  # the day begins at midnight in Japan
    records = tx.session.scalars(
        select(JournalRecord)
        .where(
            JournalRecord.unit_id.in_(unit_ids),
            JournalRecord.table_name == _GRANTS,
            JournalRecord.action.in_([Action.ROLE_GRANTED.value, Action.ROLE_REVOKED.value]),
            JournalRecord.at >= start,
        )
        .order_by(JournalRecord.seq)
    ).all()
    return told(tx, records)


def _day(kept: object) -> date | None:
    return date.fromisoformat(kept) if isinstance(kept, str) else None


def _letters(tx: Tx, unit_ids: Collection[int]) -> Iterator[Held]:
    rows = tx.session.scalars(
        select(AppointmentRecord).where(
            AppointmentRecord.unit_id.in_(unit_ids), AppointmentRecord.post.in_(list(_OF_POST))
        )
    )
    for row in rows:
        name = Row(tx, APPOINTMENTS, row.uid).opened("person", row.person_sealed)
        kind, cause = _OF_POST[Post(row.post)], f"{APPOINTMENTS}:{row.id}"
        yield Held(row.unit_id, kind, plain(name), name, row.valid_from, row.valid_until, cause)


def _audit_managers(tx: Tx, unit_ids: Collection[int]) -> Iterator[Held]:
    table = AuditAppointment.__tablename__
    for row in tx.session.scalars(select(AuditAppointment).where(AuditAppointment.unit_id.in_(unit_ids))):
        name = Row(tx, table, row.uid).opened("name", row.name_sealed)
        who, cause = str(row.user_id), f"{table}:{row.id}"
        yield Held(row.unit_id, Kind.AUDIT_MANAGER, who, name, row.valid_from, row.valid_until, cause)


def plain(name: str) -> str:
    """Return a name as it is compared: without blanks."""
    return "".join(name.split())
