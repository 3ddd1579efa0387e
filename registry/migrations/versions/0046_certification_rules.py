"""Draws of self checks, changes found in appointments, decisions that follow the tree.

Revision: 0046, after 0038.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("self_check", sa.Column("drawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE self_check SET drawn = (sample <> '')")


def downgrade() -> None:
    op.drop_column("self_check", "drawn")
