"""What workers were before a roster said otherwise.

Revision: 0047, after 0046.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "training_former",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("employment", sa.String(length=64), nullable=False),
        sa.Column("is_manager", sa.Boolean(), nullable=False),
        sa.Column("is_system_administrator", sa.Boolean(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["training_worker.id"], name=op.f("fk_training_former_worker_id_training_worker")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_training_former_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_former")),
        sa.UniqueConstraint("worker_id", "until_on", name=op.f("uq_training_former_worker_id_until_on")),
    )
    op.create_index(op.f("ix_training_former_unit_id"), "training_former", ["unit_id"])


def downgrade() -> None:
    op.drop_table("training_former")
