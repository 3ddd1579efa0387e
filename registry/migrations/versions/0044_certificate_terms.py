"""Certificates keep the term before a granted one, applications why they are late, accidents their end.

Revision: 0044, after 0043.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pm_certificate", sa.Column("before_mark", sa.String(length=64), nullable=True))
    op.add_column("pm_certificate", sa.Column("before_term", sa.Integer(), nullable=True))
    op.add_column("pm_certificate", sa.Column("before_from", sa.Date(), nullable=True))
    op.add_column("pm_certificate", sa.Column("before_until", sa.Date(), nullable=True))
    op.add_column("pm_round", sa.Column("outside_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("pm_accident", sa.Column("withdrawn_on", sa.Date(), nullable=True))
    op.add_column("pm_accident", sa.Column("withdrawn_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("pm_accident", "withdrawn_sealed")
    op.drop_column("pm_accident", "withdrawn_on")
    op.drop_column("pm_round", "outside_sealed")
    for name in ("before_until", "before_from", "before_term", "before_mark"):
        op.drop_column("pm_certificate", name)
