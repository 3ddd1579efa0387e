"""The registry as services see it: transactions of somebody, with a clock, a vault and the journal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, event, inspect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from registry import corrections
from registry.errors import Conflict, StoreError
from registry.model import Before, Principal, Role, UnitId, UserId
from registry.store import chain
from registry.store.direct import first_row
from registry.store.engine import open_engine, read_only
from registry.store.tables import KeyCheck
from registry.store.unused_ids import give_unused_ids
from registry.vault import Vault


def utc_now() -> datetime:
    """Return the present moment, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction: who asks, when (UTC, the same throughout), and what it works with."""

    session: Session
    principal: Principal
    now: datetime
    vault: Vault
    reason: str = ""
    writable: bool = False
    before_roles: BeforeRoles | None = None  # None: nothing comes before a role

    def before(self, given: Mapping[str, Collection[Given]]) -> Mapping[str, Mapping[Given, Before]]:
        """Return what comes before each role that is to be given, by the login's digest of who gets it."""
        return {} if self.before_roles is None else self.before_roles(self, given)

    def record(
        self,
        action: str,
        table: str,
        row_id: object,
        unit_id: UnitId | None,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """Append what was done to the journal, in this transaction."""
        self.record_all([chain.Deed(action, table, str(row_id), unit_id, before, after)])

    def record_all(self, deeds: Sequence[chain.Deed]) -> None:
        """Append many records at once, in order: what they share is read and opened once."""
        if not self.writable:
            raise StoreError("a reading transaction cannot write to the journal; open it with registry.write")
        chain.append(self.session, self.vault, self.principal, deeds, at=self.now, reason=self.reason)


Given = tuple[Role, UnitId]
"""A role that is to be given in a unit."""
BeforeRoles = Callable[[Tx, Mapping[str, Collection[Given]]], Mapping[str, Mapping[Given, Before]]]
"""Tells by the digest of a login what comes before each of the roles that somebody is to be given."""


@dataclass(slots=True)
class _Phase:
    """How far a transaction has come."""

    committing: bool = False


_FORBIDDEN = "42501"  # insufficient_privilege (PostgreSQL's table of error codes)


@contextmanager
def _foreign_errors(phase: _Phase | None = None) -> Iterator[None]:
    """Translate the database's errors: PostgreSQL quotes whole rows in its messages."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated and phase is not None and phase.committing:
            # The answer to COMMIT was lost, and with it whether there was one.
            raise StoreError(
                "the connection to the database was lost while a change was being committed; "
                "whether it was made is not known: look again before you repeat it"
            ) from None
        diagnosis = getattr(error.orig, "diag", None)
        named = (getattr(diagnosis, "sqlstate", None), getattr(diagnosis, "constraint_name", None))
        known = " ".join(part for part in (type(error).__name__, *named) if part)
        if error.connection_invalidated:
            advice = "the connection was lost; try again"
        elif known.split()[1:2] == [_FORBIDDEN]:
            advice = (
                "this account may not do that: migrate with the owner's account (daicho registry migrate), "
                "then let it grant (daicho registry grants)"
            )
        elif isinstance(error, OperationalError):
            advice = "check that it runs, can be reached, is not full and not busy"
        else:
            advice = "correct the input"
        raise StoreError(f"the database refused ({known}) and nothing was changed; {advice}") from None


def _end_reading(session: Session) -> None:
    """End a transaction that wrote nothing: psycopg forgets its prepared statements with every rollback."""
    session.expunge_all()
    session.commit()


def _wrote_nothing(session: Session) -> bool:
    """Tell whether PostgreSQL knows of nothing that the transaction wrote: it has given it no number."""
    if not session.is_active or session.get_bind().dialect.name != "postgresql":
        return False
    return bool(first_row(session.connection(), "SELECT pg_current_xact_id_if_assigned() IS NULL")[0])


class Registry:
    """The transactional registry of one workspace."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        clock: Callable[[], datetime],
        held_back: Callable[[Tx, UserId], bool] | None = None,
        before_roles: BeforeRoles | None = None,
    ) -> None:
        self._before_roles = before_roles
        self.held_back = held_back
        """Tells of an account whose roles must wait for something; None: nothing comes before access."""
        self._engine = engine
        self._reader = read_only(engine)
        self._vault = vault
        self._clock = clock
        self._corrections: Path | None = None

    @classmethod
    def open(
        cls,
        url: str,
        vault: Vault,
        *,
        clock: Callable[[], datetime] = utc_now,
        held_back: Callable[[Tx, UserId], bool] | None = None,
        before_roles: BeforeRoles | None = None,
    ) -> Registry:
        """Open a registry; VaultError when it was sealed with another key, and nothing is changed."""
        registry = cls(open_engine(url, vault), vault, clock, held_back, before_roles)
        try:
            registry._check_key()
        except BaseException:
            registry.close()
            raise
        return registry

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """The engine, for migrations."""
        return self._engine

    @property
    def vault(self) -> Vault:
        """The vault that seals this registry."""
        return self._vault

    def correct_from(self, folder: Path) -> None:
        """Have reference data corrected by the files of a folder, wherever a transaction is open."""
        self._corrections = folder

    def migrate(self) -> None:
        """Bring the schema to the newest version, in one transaction."""
        from registry.migrations.upgrade import to_head

        with _foreign_errors():
            to_head(self._engine, self._vault)
        with _foreign_errors(), Session(self._engine) as session, session.begin():
            if session.get(KeyCheck, 1) is None:
                session.add(KeyCheck(id=1, sealed=self._vault.seal("daicho", **_KEY_CHECK)))

    @contextmanager
    def read(self, principal: Principal) -> Iterator[Tx]:
        """Open a transaction that sees one snapshot and cannot write."""
        corrections.enter(self._corrections)
        with _foreign_errors(), Session(self._reader, autoflush=False, expire_on_commit=False) as session:
            yield Tx(session, principal, self._clock(), self._vault, before_roles=self._before_roles)
            _end_reading(session)

    @contextmanager
    def write(self, principal: Principal, *, reason: str = "") -> Iterator[Tx]:
        """Open a transaction that commits when the block ends well, and leaves nothing otherwise."""
        corrections.enter(self._corrections)
        phase = _Phase()
        with (
            _foreign_errors(phase),
            Session(self._engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            event.listen(session, "before_flush", give_unused_ids)
            try:
                now, before = self._clock(), self._before_roles
                yield Tx(session, principal, now, self._vault, reason, writable=True, before_roles=before)
            except Conflict:
                if _wrote_nothing(session):
                    _end_reading(session)
                raise
            session.flush()
            phase.committing = True

    def _check_key(self) -> None:
        with _foreign_errors(), Session(self._reader) as session:
            if not inspect(session.connection()).has_table(KeyCheck.__tablename__):
                return
            row = session.get(KeyCheck, 1)
            if row is not None:
                self._vault.open(row.sealed, **_KEY_CHECK)


_KEY_CHECK = {"table": "key_check", "row": "1", "column": "sealed"}
