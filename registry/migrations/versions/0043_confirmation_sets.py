"""What was asked is kept with each confirmation; the number of its version in the round told nothing.

Revision: 0043, after 0042.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("confirmation", sa.Column("set_id", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("confirmation", sa.Column("asked", sa.Text(), nullable=False, server_default=""))
    op.drop_column("confirmation_campaign", "set_version")


def downgrade() -> None:
    op.add_column(
        "confirmation_campaign", sa.Column("set_version", sa.Integer(), nullable=False, server_default="1")
    )
    op.drop_column("confirmation", "asked")
    op.drop_column("confirmation", "set_id")
