"""Sign-in: identities by issuer and subject, second factors, one-time links, counters of addresses.

Every account so far signs in with its password: it gets the identity ("local", login). Sessions get a name of
their own, so that they can be listed and ended without their token.

Going back loses second factors, links, counters and identities of other issuers; an account made from such an
identity stays, without a password.

Revision: 0005, after 0006.
"""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0005"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("user_identity", "second_factor", "recovery_code", "one_time_link", "address_counter", "group_grant")


def _person(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=f"fk_{table}_user_id_user_account"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=f"fk_{table}_unit_id_org_unit"),
    )


def upgrade() -> None:
    op.add_column("user_account", sa.Column("lockouts", sa.Integer(), nullable=False, server_default="0"))

    op.create_table(
        "user_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        *_person("user_identity"),
        sa.PrimaryKeyConstraint("id", name="pk_user_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_user_identity_issuer_subject"),
    )
    op.create_index("ix_user_identity_user_id", "user_identity", ["user_id"])
    op.create_index("ix_user_identity_unit_id", "user_identity", ["unit_id"])
    op.execute(
        "INSERT INTO user_identity (user_id, unit_id, issuer, subject, created_at) "
        "SELECT id, unit_id, 'local', login, created_at FROM user_account"
    )

    op.create_table(
        "second_factor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("confirmed_at", UtcTime(), nullable=True),
        *_person("second_factor"),
        sa.PrimaryKeyConstraint("id", name="pk_second_factor"),
        sa.UniqueConstraint("uid", name="uq_second_factor_uid"),
        sa.UniqueConstraint("user_id", name="uq_second_factor_user_id"),
    )
    op.create_index("ix_second_factor_unit_id", "second_factor", ["unit_id"])

    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        *_person("recovery_code"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_user_id", "recovery_code", ["user_id"])
    op.create_index("ix_recovery_code_unit_id", "recovery_code", ["unit_id"])

    op.create_table(
        "one_time_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        *_person("one_time_link"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_one_time_link"),
    )
    op.create_index("ix_one_time_link_user_id", "one_time_link", ["user_id"])
    op.create_index("ix_one_time_link_unit_id", "one_time_link", ["unit_id"])

    op.create_table(
        "address_counter",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("blocked_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_address_counter"),
    )

    op.create_table(
        "group_grant",
        sa.Column("grant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        *_person("group_grant"),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["role_grant.id"], name="fk_group_grant_grant_id_role_grant", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("grant_id", name="pk_group_grant"),
    )
    op.create_index("ix_group_grant_user_id", "group_grant", ["user_id"])
    op.create_index("ix_group_grant_unit_id", "group_grant", ["unit_id"])

    op.add_column("session", sa.Column("uid", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("session", sa.Column("issuer", sa.String(length=255), nullable=False, server_default="local"))
    op.add_column("session", sa.Column("agent", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("session", sa.Column("address_sealed", sa.LargeBinary(), nullable=True))
    session = sa.table("session", sa.column("token_hash", sa.String), sa.column("uid", sa.String))
    for (token_hash,) in op.get_bind().execute(sa.select(session.c.token_hash)).all():
        op.execute(
            session.update().where(session.c.token_hash == token_hash).values(uid=secrets.token_hex(16))
        )
    op.create_index("ix_session_uid", "session", ["uid"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_session_uid", "session")
    for column in ("address_sealed", "agent", "issuer", "uid"):
        op.drop_column("session", column)
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("user_account", "lockouts")
