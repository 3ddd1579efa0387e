"""What was decided about locked files.

Revision: 0053, after 0052. Tables are described where they are declared: registry/store/locked_tables.py.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "locked_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("object_id", sa.String(length=32), nullable=False),
        sa.Column("choice", sa.String(length=64), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=False),
        sa.Column("decider_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_locked_decision_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locked_decision")),
        sa.UniqueConstraint("uid", name=op.f("uq_locked_decision_uid")),
        sa.UniqueConstraint("unit_id", "object_id", name=op.f("uq_locked_decision_unit_id_object_id")),
    )
    op.create_index(op.f("ix_locked_decision_unit_id"), "locked_decision", ["unit_id"])


def downgrade() -> None:
    op.drop_table("locked_decision")
