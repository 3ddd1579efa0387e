"""Sources that rest, and why a scan ended as it did.

Revision: 0059, after 0058.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("scan_job", sa.Column("why_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("scan_job", "why_sealed")
    op.drop_column("source", "paused")
