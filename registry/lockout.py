"""Lockout ロックアウト: how many guesses an account and a network address allow.

Ten failures in a row lock an account for 15 minutes; thirty failures within 15 minutes from one address,
whatever the logins, block the address for as long. Each further time in a row doubles the wait, up to a
day. A success of the account forgets its own failures, never those of the address: otherwise an attacker
with one account of their own could go on guessing. IPv6 addresses count by their /64, which is what one
customer gets.

Not defended against: guesses from very many addresses at one account end in its lockout, so that its owner
waits too; a one-time link from an administrator opens it again.
"""

from __future__ import annotations

import hmac
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete

from registry.journal import Action
from registry.model import UnitId
from registry.store import Tx
from registry.store.account_tables import AddressCounter, UserAccount
from registry.vault import Vault

MAX_FAILURES = 10
LOCKED_FOR = timedelta(minutes=15)
MAX_ADDRESS_FAILURES = 30
ADDRESS_WINDOW = timedelta(minutes=15)
LONGEST = timedelta(days=1)


def wait(times_before: int) -> timedelta:
    """Return how long a lock holds after so many in a row: 15 minutes, doubled each time, at most a day."""
    return min(LOCKED_FOR * (1 << min(times_before, 10)), LONGEST)


def is_locked(account: UserAccount, now: datetime) -> bool:
    """Tell whether the account is locked at this moment."""
    return account.locked_until is not None and now < account.locked_until


def count_failure(account: UserAccount, tx: Tx, *, address: str = "") -> None:
    """Count and record a wrong password or code; trying on while locked changes nothing about the lock."""
    if not is_locked(account, tx.now):
        account.failures += 1
        if account.failures >= MAX_FAILURES:
            account.failures = 0
            account.locked_until = tx.now + wait(account.lockouts)
            account.lockouts += 1
    after = {"failures": account.failures, "locked_until": account.locked_until, "address": address}
    tx.record(Action.SIGN_IN_REFUSED, "user_account", account.id, UnitId(account.unit_id), None, after)


def forget(account: UserAccount) -> None:
    """Take the failures of an account away after its owner has come in."""
    account.failures = 0
    account.lockouts = 0
    account.locked_until = None


def blocked_until(address: str, tx: Tx) -> datetime | None:
    """Return until when an address is blocked, None when it is not."""
    row = tx.session.get(AddressCounter, _digest(address, tx.vault)) if address else None
    blocked = row is not None and row.blocked_until is not None and tx.now < row.blocked_until
    return row.blocked_until if row is not None and blocked else None


def count_address(address: str, tx: Tx, unit_id: UnitId | None) -> None:
    """Count a refused sign-in from an address; `unit_id` is where a block is recorded."""
    if not address:
        return
    row = tx.session.get(AddressCounter, _digest(address, tx.vault))
    if row is None:
        # The table stays as small as one day's attackers.
        tx.session.execute(delete(AddressCounter).where(AddressCounter.since < tx.now - 2 * LONGEST))
        row = AddressCounter(digest=_digest(address, tx.vault), failures=0, since=tx.now, blocks=0)
        tx.session.add(row)
    if tx.now - row.since >= LONGEST + wait(row.blocks):
        row.blocks = 0
    if tx.now - row.since >= ADDRESS_WINDOW:
        row.failures, row.since = 0, tx.now
    row.failures += 1
    if row.failures >= MAX_ADDRESS_FAILURES:
        row.failures, row.since = 0, tx.now
        row.blocked_until = tx.now + wait(row.blocks)
        row.blocks += 1
        after = {"address": address, "blocked_until": row.blocked_until}
        tx.record(Action.ADDRESS_BLOCKED, "address_counter", row.digest, unit_id, None, after)


def _digest(address: str, vault: Vault) -> str:
    return hmac.new(vault.subkey("sign-in address"), _network(address).encode(), "sha256").hexdigest()


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
