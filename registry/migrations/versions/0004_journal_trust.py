"""Month keys of the journal, its signed heads, and the claims of what must happen daily.

Revision: 0004, after 0003. Going back loses the month keys, and with them what the journal says in words.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_key",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("shredded_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_journal_key"),
        sa.UniqueConstraint("uid", name="uq_journal_key_uid"),
    )
    op.create_table(
        "journal_anchor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("journal", sa.String(length=32), nullable=False),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("chain_head", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("timestamp_token", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_journal_anchor"),
        sa.UniqueConstraint("file", name="uq_journal_anchor_file"),
    )
    op.create_table(
        "tick_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tick_claim"),
        sa.UniqueConstraint("job", "period", name="uq_tick_claim_job_period"),
    )


def downgrade() -> None:
    op.drop_table("tick_claim")
    op.drop_table("journal_anchor")
    op.drop_table("journal_key")
