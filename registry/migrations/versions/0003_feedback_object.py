"""A judgement names the object whose sample it speaks of, so that who decides can look at it.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feedback", sa.Column("object_id", sa.String(length=32), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("feedback", "object_id")
