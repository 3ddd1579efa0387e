"""The tables of accounts: who signs in how, with which roles, and the sessions this opened."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import (
    Base,
    Code,
    Count,
    Key,
    MaybeMoment,
    Moment,
    Sealed,
    Uid,
    UnitRef,
    UsedOnce,
    Versioned,
    Words,
    new_uid,
)


class UserAccount(Versioned, Base):
    """A person who signs in; managed in `unit_id`. An empty `password_hash` is matched by no password.

    Login and name are sealed: `registry.account_names` reads them, and finds an account by its login.
    """

    __tablename__ = "user_account"
    id: Mapped[Key]
    unit_id: Mapped[UnitRef]
    uid: Mapped[str] = mapped_column(String(32), default=new_uid)
    login_digest: Mapped[Code]  # keyed: tells nothing without the vault
    login_sealed: Mapped[Sealed]
    name_sealed: Mapped[Sealed]
    language: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[Words]
    failures: Mapped[int] = mapped_column(default=0)
    lockouts: Mapped[int] = mapped_column(default=0)  # in a row: each one lasts longer
    locked_until: Mapped[MaybeMoment]
    created_at: Mapped[Moment]
    __table_args__ = (
        UniqueConstraint("login_digest", name="uq_user_account_login"),
        Index("uq_user_account_uid", "uid", unique=True),
    )


class UserIdentity(Base):
    """Whom an issuer means by a subject: one row per way of signing in; passwords have the issuer "local"."""

    __tablename__ = "user_identity"
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_id: Mapped[UnitRef]
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class SecondFactor(Base):
    """The secret of a person's one-time passwords; it counts once a first code has confirmed it."""

    __tablename__ = "second_factor"
    id: Mapped[Key]
    uid: Mapped[Uid]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), unique=True)
    unit_id: Mapped[UnitRef]
    secret_sealed: Mapped[Sealed]
    last_step: Mapped[Count] = mapped_column(default=0)  # of the newest code that was used
    created_at: Mapped[Moment]
    confirmed_at: Mapped[MaybeMoment]


class RecoveryCode(Base):
    """A code that stands in once for a lost device; only its SHA-256 is known here."""

    __tablename__ = "recovery_code"
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_id: Mapped[UnitRef]
    used_at: Mapped[MaybeMoment]


class OneTimeLink(Base):
    """What lets somebody set a password or finish a sign-in, once; only its SHA-256 is known here."""

    __tablename__ = "one_time_link"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_id: Mapped[UnitRef]
    purpose: Mapped[Code]
    failures: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[MaybeMoment]


class CalendarFeed(Base):
    """The secret address of a person's calendar, one each; only the SHA-256 of its token is known here."""

    __tablename__ = "calendar_feed"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True, unique=True)
    unit_id: Mapped[UnitRef]
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[Moment]
    fetched_at: Mapped[MaybeMoment]


class AddressCounter(Base):
    """Refused sign-ins from one network address, known by its keyed digest only."""

    __tablename__ = "address_counter"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    since: Mapped[Moment]
    blocks: Mapped[int] = mapped_column(default=0)  # in a row: each one lasts longer
    blocked_until: Mapped[MaybeMoment]


class Affiliation(Versioned, Base):
    """That a person belongs to a unit 所属, from a day to a day (both included, days in Japan)."""

    __tablename__ = "affiliation"
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


class RoleGrant(UsedOnce, Versioned, Base):
    """A role in a unit and all below it, from a day to a day (both included, days in Japan).

    It holds only while its affiliation does.
    """

    __tablename__ = "role_grant"
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    role: Mapped[Code]
    unit_id: Mapped[UnitRef]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    affiliation_id: Mapped[int] = mapped_column(ForeignKey("affiliation.id"), index=True)


class GroupGrant(Base):
    """Marks a role that follows from an issuer's groups: withdrawn when the groups no longer say so."""

    __tablename__ = "group_grant"
    grant_id: Mapped[int] = mapped_column(
        ForeignKey("role_grant.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_id: Mapped[UnitRef]
    issuer: Mapped[str] = mapped_column(String(255))


class UserSession(Base):
    """A signed-in browser; only the SHA-256 of its token is known here."""

    __tablename__ = "session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True, index=True, default=new_uid)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_id: Mapped[UnitRef]
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    revoked_at: Mapped[MaybeMoment]
    issuer: Mapped[str] = mapped_column(String(255), default="local")  # who vouched for the person
    agent: Mapped[Code] = mapped_column(default="")  # "Firefox, Windows"
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class PeopleImport(Versioned, Base):
    """A large table of people that is written part by part; `ended_at` None: under way, or cut short."""

    __tablename__ = "people_import"
    id: Mapped[Key]
    unit_id: Mapped[UnitRef]  # where the person who imports manages users
    user_id: Mapped[int]  # 0: whoever owns the machine
    digest: Mapped[str] = mapped_column(String(64), index=True)  # keyed: tells nothing without the vault
    rows: Mapped[int]
    done: Mapped[int]
    started_at: Mapped[Moment]
    written_at: Mapped[Moment]
    ended_at: Mapped[MaybeMoment]
