"""Differences have an identity that stays from one assessment to the next, and an assessment may be
kept as what differs from an earlier one.

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "discrepancy", sa.Column("identity", sa.String(length=32), nullable=False, server_default="")
    )
    op.create_index(op.f("ix_discrepancy_identity"), "discrepancy", ["identity"])
    op.add_column("assessment", sa.Column("delta_file", sa.String(length=200), nullable=True))
    op.add_column("assessment", sa.Column("kept", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("assessment", "kept")
    op.drop_column("assessment", "delta_file")
    op.drop_index(op.f("ix_discrepancy_identity"), "discrepancy")
    op.drop_column("discrepancy", "identity")
