"""When the findings of a run were removed by policy; its numbers stay.

Revision: 0058, after 0057.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan_run", sa.Column("expired_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("scan_run", "expired_at")
