"""On which terms a source is scanned, and the rules on monitoring workers.

Revision: 0054, after 0053. Tables are described where they are declared: registry/store/tables.py and
registry/store/monitoring_tables.py.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, usual in (("kind", "ordinary"), ("schedule", "off"), ("window", "")):
        op.add_column("source", sa.Column(name, sa.String(length=64), nullable=False, server_default=usual))
    op.add_column("source", sa.Column("priority", sa.Integer(), nullable=False, server_default="5"))
    op.add_column("source", sa.Column("terms_sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "monitoring_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("purpose_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("responsible_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("registered_at", UtcTime(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_monitoring_rule_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitoring_rule")),
        sa.UniqueConstraint("uid", name=op.f("uq_monitoring_rule_uid")),
    )
    op.create_index(op.f("ix_monitoring_rule_unit_id"), "monitoring_rule", ["unit_id"])


def downgrade() -> None:
    op.drop_table("monitoring_rule")
    for name in ("terms_sealed", "priority", "window", "schedule", "kind"):
        op.drop_column("source", name)
