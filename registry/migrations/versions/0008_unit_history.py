"""Units are renamed, moved and merged, and what they were before is kept.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("org_unit", sa.Column("closed_at", UtcTime(), nullable=True))
    op.add_column("org_unit", sa.Column("merged_into_id", sa.Integer(), nullable=True))
    op.create_table(
        "unit_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("privacy_mark", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_unit_history_unit_id_org_unit")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["org_unit.id"], name=op.f("fk_unit_history_parent_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_history")),
    )
    op.create_index(op.f("ix_unit_history_unit_id"), "unit_history", ["unit_id"])


def downgrade() -> None:
    op.drop_table("unit_history")
    op.drop_column("org_unit", "merged_into_id")
    op.drop_column("org_unit", "closed_at")
