"""Second factor 二要素認証: one-time passwords of an authenticator application, and codes for its loss.

The secret is sealed by the vault for its row. A factor counts once its owner has typed a first code. A code
is accepted once: its step is kept, and only later ones count (RFC 6238 §5.2). Ten recovery codes of 80
random bits are shown when the factor is confirmed; their SHA-256 is kept, and each works once.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from registry import lockout, people, totp
from registry.account_names import login_of
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Principal, UnitId, UserId
from registry.store import Registry, Tx
from registry.store.account_tables import RecoveryCode, SecondFactor, UserAccount
from registry.store.base import new_uid

ISSUER = "Daicho"  # as authenticator applications show it
RECOVERY_CODES = 10
_PENDING = timedelta(hours=1)  # a secret shown and never confirmed is replaced after that
_PLACE = {"table": "second_factor", "column": "secret_sealed"}


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """A secret that waits for its first code: `secret` to type, `address` for the QR code."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class State:
    """Whether an account has a second factor, and how many recovery codes are left."""

    is_on: bool
    codes_left: int


def state(registry: Registry, principal: Principal) -> State:
    """Return how one's own account stands."""
    with registry.read(principal) as tx:
        unused = select(func.count()).where(
            RecoveryCode.user_id == principal.user_id, RecoveryCode.used_at.is_(None)
        )
        return State(is_on(tx.session, principal.user_id), tx.session.scalar(unused) or 0)


def is_on(session: Session, user_id: UserId) -> bool:
    """Tell whether an account has a confirmed second factor."""
    found = select(SecondFactor.id).where(
        SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
    )
    return session.scalar(found) is not None


def begin(registry: Registry, principal: Principal) -> Enrolment:
    """Return the secret to set up one's own second factor with; InvalidValue when there is one already."""
    with registry.write(principal) as tx:
        return start(_own(tx), tx)


def confirm(registry: Registry, principal: Principal, given: str) -> tuple[str, ...] | None:
    """Turn one's own second factor on with its first code; return recovery codes, None for a wrong code."""
    with registry.write(principal) as tx:
        return finish(_own(tx), tx, given)


def renew_codes(registry: Registry, principal: Principal, given: str) -> tuple[str, ...] | None:
    """Replace one's own recovery codes by new ones; None for a wrong code or while the account is locked."""
    with registry.write(principal) as tx:
        account = _own(tx)
        return _new_codes(account, tx) if _proved(account, tx, given) else None


def remove_own(registry: Registry, principal: Principal, given: str) -> bool:
    """Turn one's own second factor off with a code; False when it is wrong or the account is locked."""
    with registry.write(principal) as tx:
        account = _own(tx)
        return _proved(account, tx, given) and _remove(account, tx)


def remove(tx: Tx, user_id: UserId) -> None:
    """Turn off the second factor of somebody whose account one manages; raises NotFound."""
    if not _remove(people.managed(user_id, tx), tx):
        raise NotFound("second_factor")


def start(account: UserAccount, tx: Tx) -> Enrolment:
    """Return the secret that waits for its first code, made when there is none of the last hour."""
    row = _row(account, tx)
    if row is not None and row.confirmed_at is not None:
        raise InvalidValue("second_factor", "exists")
    if row is not None and tx.now - row.created_at > _PENDING:
        tx.session.delete(row)
        tx.session.flush()
        row = None
    if row is None:
        uid = new_uid()
        row = SecondFactor(
            uid=uid,
            user_id=account.id,
            unit_id=account.unit_id,
            secret_sealed=tx.vault.seal(totp.new_secret(), row=uid, **_PLACE),
            last_step=0,
            created_at=tx.now,
        )
        tx.session.add(row)
        tx.session.flush()
    secret = tx.vault.open(row.secret_sealed, row=row.uid, **_PLACE)
    return Enrolment(secret, totp.address(secret, login_of(tx.vault, account), ISSUER))


def finish(account: UserAccount, tx: Tx, given: str) -> tuple[str, ...] | None:
    """Turn a waiting factor on with its first code; return the recovery codes, None for a wrong code."""
    row = _row(account, tx)
    if row is None or row.confirmed_at is not None or not _accept(row, tx, given):
        return None
    row.confirmed_at = tx.now
    tx.record(Action.SECOND_FACTOR_ADDED, "user_account", account.id, UnitId(account.unit_id), None, None)
    return _new_codes(account, tx)


def check(account: UserAccount, tx: Tx, given: str) -> bool:
    """Accept a one-time password or a recovery code, each once."""
    row = _row(account, tx)
    if row is None or row.confirmed_at is None:
        return False
    return _accept(row, tx, given) or _use_recovery_code(account, tx, given)


def _proved(account: UserAccount, tx: Tx, given: str) -> bool:
    if lockout.is_locked(account, tx.now):
        return False
    if check(account, tx, given):
        lockout.forget(account)
        return True
    lockout.count_failure(account, tx)
    return False


def _accept(row: SecondFactor, tx: Tx, given: str) -> bool:
    secret = tx.vault.open(row.secret_sealed, row=row.uid, **_PLACE)
    step = totp.accepted_step(secret, _typed(given), tx.now, after=row.last_step)
    if step is None:
        return False
    row.last_step = step
    return True


def _use_recovery_code(account: UserAccount, tx: Tx, given: str) -> bool:
    row = tx.session.get(RecoveryCode, _code_hash(account.id, given))
    if row is None or row.user_id != account.id or row.used_at is not None:
        return False
    row.used_at = tx.now
    tx.record(Action.RECOVERY_CODE_USED, "user_account", account.id, UnitId(account.unit_id), None, None)
    return True


def _new_codes(account: UserAccount, tx: Tx) -> tuple[str, ...]:
    tx.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == account.id))
    codes = tuple(_new_code() for _ in range(RECOVERY_CODES))
    for code in codes:
        hashed = _code_hash(account.id, code)
        tx.session.add(RecoveryCode(code_hash=hashed, user_id=account.id, unit_id=account.unit_id))
    after = {"count": len(codes)}
    tx.record(Action.RECOVERY_CODES_MADE, "user_account", account.id, UnitId(account.unit_id), None, after)
    return codes


def _new_code() -> str:
    sign = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
    return "-".join(sign[at : at + 4] for at in range(0, 16, 4))


def _code_hash(user_id: int, given: str) -> str:
    return hashlib.sha256(f"{user_id} {_typed(given).upper()}".encode("utf-8", "surrogatepass")).hexdigest()


def _typed(given: str) -> str:
    """Return a code without what people type into it: spaces, dashes, full-width signs."""
    plain = unicodedata.normalize("NFKC", given)
    return "".join(sign for sign in plain if sign.isalnum())


def _remove(account: UserAccount, tx: Tx) -> bool:
    row = _row(account, tx)
    if row is None:
        return False
    tx.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == account.id))
    tx.session.delete(row)
    tx.record(Action.SECOND_FACTOR_REMOVED, "user_account", account.id, UnitId(account.unit_id), None, None)
    return True


def _row(account: UserAccount, tx: Tx) -> SecondFactor | None:
    return tx.session.scalar(select(SecondFactor).where(SecondFactor.user_id == account.id))


def _own(tx: Tx) -> UserAccount:
    account = tx.session.get(UserAccount, tx.principal.user_id)
    if account is None:
        raise NotFound("user_account")
    return account
