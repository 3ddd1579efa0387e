"""Items of a yearly plan that records of other rooms finish: whose record it is, and its row.

Revision: 0042, after 0041.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("fact", "fact_row"):
        op.add_column("pms_item", sa.Column(name, sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("fact", "fact_row"):
        op.drop_column("pms_item", name)
