"""Collectors, their kits, and what was taken in from them.

Revision: 0057, after 0055. Tables are described where they are declared: registry/store/collector_tables.py.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0057"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collector",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_collector_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_collector_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collector")),
        sa.UniqueConstraint("uid", name=op.f("uq_collector_uid")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_collector_unit_id_name")),
    )
    op.create_index(op.f("ix_collector_unit_id"), "collector", ["unit_id"])
    op.create_index(op.f("ix_collector_source_id"), "collector", ["source_id"])
    op.create_table(
        "collector_kit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("collector_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint_key", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collector_id"], ["collector.id"], name=op.f("fk_collector_kit_collector_id_collector")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_collector_kit_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collector_kit")),
        sa.UniqueConstraint("uid", name=op.f("uq_collector_kit_uid")),
    )
    op.create_index(op.f("ix_collector_kit_collector_id"), "collector_kit", ["collector_id"])
    op.create_index(op.f("ix_collector_kit_unit_id"), "collector_kit", ["unit_id"])
    op.create_table(
        "collected_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("taken_at", UtcTime(), nullable=False),
        sa.Column("targets", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["kit_id"], ["collector_kit.id"], name=op.f("fk_collected_run_kit_id_collector_kit")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_collected_run_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["run_id"], ["scan_run.id"], name=op.f("fk_collected_run_run_id_scan_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collected_run")),
        sa.UniqueConstraint("uid", name=op.f("uq_collected_run_uid")),
        sa.UniqueConstraint("run_id", name=op.f("uq_collected_run_run_id")),
    )
    op.create_index(op.f("ix_collected_run_kit_id"), "collected_run", ["kit_id"])
    op.create_index(op.f("ix_collected_run_unit_id"), "collected_run", ["unit_id"])


def downgrade() -> None:
    op.drop_table("collected_run")
    op.drop_table("collector_kit")
    op.drop_table("collector")
