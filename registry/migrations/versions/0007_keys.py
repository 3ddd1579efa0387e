"""Which key wrote a row: the journal's chain by record, the fingerprints by run, findings by file.
Logins and names of accounts are sealed; an account is found by a keyed digest of its login.

Revision: 0007, after 0005.
"""

import hmac
import secrets

import sqlalchemy as sa
from alembic import context, op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "user_account"
identity = sa.table("user_identity", *map(sa.column, ("user_id", "issuer", "subject")))


def upgrade() -> None:
    op.add_column("journal_record", sa.Column("key_id", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("run_file", sa.Column("key_id", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("scan_run", sa.Column("fingerprint_key", sa.Integer(), nullable=False, server_default="1"))

    op.add_column(TABLE, sa.Column("uid", sa.String(length=32), nullable=False, server_default=""))
    for name in ("login_sealed", "name_sealed"):
        op.add_column(TABLE, sa.Column(name, sa.LargeBinary(), nullable=False, server_default=sa.text("''")))
    connection, vault = op.get_bind(), context.config.attributes["vault"]
    account = sa.table(TABLE, *map(sa.column, ("id", "uid", "login", "name", "login_sealed", "name_sealed")))
    for row in connection.execute(sa.select(account.c.id, account.c.login, account.c.name)).all():
        uid = secrets.token_hex(16)
        digest = hmac.digest(vault.subkey("login", 1), row.login.encode(), "sha256").hex()
        connection.execute(
            identity.update()
            .where(identity.c.user_id == row.id, identity.c.issuer == "local")
            .values(subject=digest)
        )
        connection.execute(
            account.update()
            .where(account.c.id == row.id)
            .values(
                uid=uid,
                login=digest,
                login_sealed=vault.seal(row.login, table=TABLE, row=uid, column="login_sealed"),
                name_sealed=vault.seal(row.name, table=TABLE, row=uid, column="name_sealed"),
            )
        )
    # SQLite keeps the constraint with the column; a table that others refer to cannot be made anew there.
    op.execute("ALTER TABLE user_account RENAME COLUMN login TO login_digest")
    op.drop_column(TABLE, "name")
    op.create_index("uq_user_account_uid", TABLE, ["uid"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_user_account_uid", TABLE)
    op.add_column(TABLE, sa.Column("name", sa.Text(), nullable=False, server_default=""))
    op.execute("ALTER TABLE user_account RENAME COLUMN login_digest TO login")
    connection, vault = op.get_bind(), context.config.attributes["vault"]
    account = sa.table(TABLE, *map(sa.column, ("id", "uid", "login", "name", "login_sealed", "name_sealed")))
    sealed = (account.c.id, account.c.uid, account.c.login_sealed, account.c.name_sealed)
    for row in connection.execute(sa.select(*sealed)).all():
        plain = {
            column: vault.open(getattr(row, f"{column}_sealed"), table=TABLE, row=row.uid, column=f"{column}_sealed")
            for column in ("login", "name")
        }
        connection.execute(account.update().where(account.c.id == row.id).values(plain))
        connection.execute(
            identity.update()
            .where(identity.c.user_id == row.id, identity.c.issuer == "local")
            .values(subject=plain["login"])
        )
    for name in ("name_sealed", "login_sealed", "uid"):
        op.drop_column(TABLE, name)
    op.drop_column("scan_run", "fingerprint_key")
    op.drop_column("run_file", "key_id")
    op.drop_column("journal_record", "key_id")
