"""Notifications お知らせ: how often a person wants them, and whom a digest can be sent to.

A sign-in name that is a mail address is where the mail goes; whoever has another one gets none.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field

from sqlalchemy import select

from registry.access import bootstrap_principal
from registry.account_names import login_of
from registry.errors import Conflict, NotFound
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


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose; `version` 0: nothing yet, and the default counts."""

    frequency: Frequency
    version: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who may be sent a digest; `address` is empty when the sign-in name is no mail address."""

    user_id: UserId
    address: str = field(repr=False)
    language: str
    frequency: Frequency


def is_address(login: str) -> bool:
    """Tell whether mail can be sent to a sign-in name."""
    return _ADDRESS.fullmatch(login) is not None


def own(tx: Tx) -> Choice:
    """Return what the person asking chose; NotFound for who has no account."""
    _account(tx)
    row = _row(tx)
    return Choice(DEFAULT, 0) if row is None else Choice(Frequency(row.frequency), row.version)


def own_address(tx: Tx) -> str:
    """Return where mail to the person asking goes, "" when the sign-in name is no address; NotFound."""
    login = login_of(tx.vault, _account(tx))
    return login if is_address(login) else ""


def choose(tx: Tx, frequency: Frequency, *, expected_version: int) -> Choice:
    """Choose how often one is told; NotFound for who has no account, Conflict when it changed meanwhile."""
    account, row, wanted = _account(tx), _row(tx), Frequency(frequency)
    if expected_version != (0 if row is None else row.version):
        if row is None:
            raise NotFound(_TABLE)
        last = newest_of(tx, _TABLE, row.id)
        raise Conflict(last.actor, last.at, ("frequency",), version=row.version)
    before = None if row is None else {"frequency": row.frequency}
    if row is None:
        row = NotificationSetting(user_id=account.id, unit_id=account.unit_id, frequency=wanted.value)
        tx.session.add(row)
    elif row.frequency == wanted:
        return Choice(wanted, row.version)
    row.frequency = wanted.value
    tx.session.flush()
    after = {"frequency": wanted.value}
    tx.record(Action.NOTIFICATIONS_CHOSEN, _TABLE, row.id, UnitId(row.unit_id), before, after)
    return Choice(wanted, row.version)


def recipients(registry: Registry) -> list[Recipient]:
    """Return every account with what it chose, for whoever sends digests at the machine itself."""
    with registry.read(bootstrap_principal()) as tx:
        query = (
            select(UserAccount, NotificationSetting.frequency)
            .outerjoin(NotificationSetting, NotificationSetting.user_id == UserAccount.id)
            .order_by(UserAccount.id)
        )
        return [_recipient(tx, account, chosen) for account, chosen in tx.session.execute(query)]


def _recipient(tx: Tx, account: UserAccount, chosen: str | None) -> Recipient:
    login = login_of(tx.vault, account)
    return Recipient(
        UserId(account.id),
        login if is_address(login) else "",
        account.language,
        DEFAULT if chosen is None else Frequency(chosen),
    )


def _account(tx: Tx) -> UserAccount:
    account = tx.session.get(UserAccount, tx.principal.user_id)
    if account is None:
        raise NotFound("user_account")
    return account


def _row(tx: Tx) -> NotificationSetting | None:
    mine = NotificationSetting.user_id == tx.principal.user_id
    return tx.session.scalar(select(NotificationSetting).where(mine))
