"""Differences have an identity that stays from one assessment to the next.

Revision: 0014, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "discrepancy", sa.Column("identity", sa.String(length=32), nullable=False, server_default="")
    )
    op.create_index(op.f("ix_discrepancy_identity"), "discrepancy", ["identity"])


def downgrade() -> None:
    op.drop_index(op.f("ix_discrepancy_identity"), "discrepancy")
    op.drop_column("discrepancy", "identity")
