"""How many objects of a run have a suffix that says something else than their bytes.

Revision: 0052, after 0051.
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan_run", sa.Column("misleading", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("scan_run", "misleading")
