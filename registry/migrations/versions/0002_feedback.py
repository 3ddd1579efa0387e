"""Judgements "not personal data", and how many findings a run left out because of them.

Revision: 0002, after 0001. Tables are described where they are declared: registry/store/tables.py.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan_run", sa.Column("allowed", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("masked_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("requester_id", sa.Integer(), nullable=False),
        sa.Column("requester_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", UtcTime(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decider_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decider_id <> requester_id", name="ck_feedback_two_persons"),
        sa.CheckConstraint(
            "(state = 'proposed') = (decider_id IS NULL)", name="ck_feedback_decided_by_somebody"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_feedback_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("uid", name="uq_feedback_uid"),
    )
    op.create_index("ix_feedback_unit_id", "feedback", ["unit_id"])
    op.create_index("ix_feedback_fingerprint", "feedback", ["fingerprint"])


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_column("scan_run", "allowed")
