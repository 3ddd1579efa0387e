"""Notifications お知らせ: how often a person wants them, of what, and whom a digest can be sent to.

What somebody must be told by duty cannot be left out, and who wants none is told of it every week. A sign-in
name that is a mail address is where the mail goes; whoever has another one gets none.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select

from registry.access import bootstrap_principal
from registry.account_names import login_of
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import UnitId, UserId
from registry.store import Registry, Tx
from registry.store.account_tables import UserAccount
from registry.store.personal_tables import NotificationSetting

_TABLE = NotificationSetting.__tablename__
# Narrower than RFC 5321: what is let through can neither break out of a header nor name two people.
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9._+-]*@[a-z0-9-]+(\.[a-z0-9-]+)+")


class Frequency(enum.StrEnum):
    """How often somebody is told what there is to do; the ids are public API."""

    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


DEFAULT = Frequency.WEEKLY


class Subject(enum.StrEnum):
    """What a digest tells of, in the order in which it is chosen; the ids are public API."""

    LEDGER = "ledger"
    SCANS = "scans"
    DISPOSALS = "disposals"
    PROCESSORS = "processors"
    CERTIFICATION = "certification"
    AUDITS = "audits"
    TRAINING = "training"
    CONFIRMATIONS = "confirmations"
    REVIEWS = "reviews"
    COMPLAINTS = "complaints"
    CLOCKS = "clocks"  # answers to persons and reports of accidents, whose days run by law or rule
    RISEN = "risen"  # late, and risen to who answers for it


DUTY = frozenset({Subject.CLOCKS, Subject.RISEN})
"""What reaches everybody whom it concerns, whatever they chose."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose; `version` 0: nothing yet, and the default counts."""

    frequency: Frequency
    version: int
    left_out: frozenset[Subject] = frozenset()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who may be sent a digest; `address` is empty when the sign-in name is no mail address."""

    user_id: UserId
    address: str = field(repr=False)
    language: str
    frequency: Frequency
    left_out: frozenset[Subject] = frozenset()


def is_address(login: str) -> bool:
    """Tell whether mail can be sent to a sign-in name."""
    return _ADDRESS.fullmatch(login) is not None


def own(tx: Tx) -> Choice:
    """Return what the person asking chose; NotFound for who has no account."""
    _account(tx)
    row = _row(tx)
    return Choice(DEFAULT, 0) if row is None else _choice(row)


def own_address(tx: Tx) -> str:
    """Return where mail to the person asking goes, "" when the sign-in name is no address; NotFound."""
    login = login_of(tx.vault, _account(tx))
    return login if is_address(login) else ""


def choose(
    tx: Tx, frequency: Frequency, left_out: Collection[Subject] = (), *, expected_version: int
) -> Choice:
    """Choose how often one is told, and of what not.

    Raises NotFound for who has no account, Conflict when it changed meanwhile, InvalidValue: `left_out`
    `duty` for what one is told by duty.
    """
    account, row = _account(tx), _row(tx)
    wanted = {"frequency": Frequency(frequency).value, "left_out": _text(left_out)}
    if DUTY & set(left_out):
        raise InvalidValue("left_out", "duty")
    if expected_version != (0 if row is None else row.version):
        if row is None:
            raise NotFound(_TABLE)
        last = newest_of(tx, _TABLE, row.id)
        raise Conflict(last.actor, last.at, ("frequency",), version=row.version)
    before = None if row is None else {"frequency": row.frequency, "left_out": row.left_out}
    if before == wanted and row is not None:
        return _choice(row)
    if row is None:
        row = NotificationSetting(user_id=account.id, unit_id=account.unit_id)
        tx.session.add(row)
    row.frequency, row.left_out = wanted["frequency"], wanted["left_out"]
    tx.session.flush()
    tx.record(Action.NOTIFICATIONS_CHOSEN, _TABLE, row.id, UnitId(row.unit_id), before, wanted)
    return _choice(row)


def _choice(row: NotificationSetting) -> Choice:
    return Choice(Frequency(row.frequency), row.version, _subjects(row.left_out))


def _text(subjects: Collection[Subject]) -> str:
    return ",".join(each.value for each in Subject if each in subjects)


def _subjects(text: str) -> frozenset[Subject]:
    return frozenset(Subject(each) for each in text.split(",") if each)


def recipients(registry: Registry) -> list[Recipient]:
    """Return every account with what it chose, for whoever sends digests at the machine itself."""
    with registry.read(bootstrap_principal()) as tx:
        query = (
            select(UserAccount, NotificationSetting)
            .outerjoin(NotificationSetting, NotificationSetting.user_id == UserAccount.id)
            .order_by(UserAccount.id)
        )
        return [_recipient(tx, account, chosen) for account, chosen in tx.session.execute(query)]


def _recipient(tx: Tx, account: UserAccount, chosen: NotificationSetting | None) -> Recipient:
    login = login_of(tx.vault, account)
    return Recipient(
        UserId(account.id),
        login if is_address(login) else "",
        account.language,
        DEFAULT if chosen is None else Frequency(chosen.frequency),
        frozenset() if chosen is None else _subjects(chosen.left_out),
    )


def _account(tx: Tx) -> UserAccount:
    account = tx.session.get(UserAccount, tx.principal.user_id)
    if account is None:
        raise NotFound("user_account")
    return account


def _row(tx: Tx) -> NotificationSetting | None:
    mine = NotificationSetting.user_id == tx.principal.user_id
    return tx.session.scalar(select(NotificationSetting).where(mine))
