"""Draws of self checks, changes found in appointments, decisions that follow the tree.

Revision: 0046, after 0045.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("self_check", sa.Column("drawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE self_check SET drawn = (sample <> '')")
    op.add_column("pm_change", sa.Column("cause", sa.String(length=64), nullable=True))
    op.create_index(
        op.f("ix_pm_change_certificate_id_kind_cause"),
        "pm_change",
        ["certificate_id", "kind", "cause"],
        unique=True,
    )
    op.add_column("governance_decision", sa.Column("kinds", sa.Text(), nullable=False, server_default=""))
    op.add_column("governance_arrival", sa.Column("closed_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("governance_arrival", "closed_at")
    op.drop_column("governance_decision", "kinds")
    op.drop_index(op.f("ix_pm_change_certificate_id_kind_cause"), table_name="pm_change")
    op.drop_column("pm_change", "cause")
    op.drop_column("self_check", "drawn")
