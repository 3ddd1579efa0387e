"""Issued reports on the readiness for renewal, with their bytes.

Revision: 0050, after 0048.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0050"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "renewal_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("as_of", UtcTime(), nullable=False),
        sa.Column("issued_at", UtcTime(), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=False),
        sa.Column("issuer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("as_of <= issued_at", name=op.f("ck_renewal_report_told_before_issued")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_renewal_report_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewal_report")),
        sa.UniqueConstraint("uid", name=op.f("uq_renewal_report_uid")),
    )
    op.create_index(op.f("ix_renewal_report_unit_id"), "renewal_report", ["unit_id"])
    op.create_table(
        "renewal_report_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["renewal_report.id"],
            name=op.f("fk_renewal_report_part_report_id_renewal_report"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_renewal_report_part_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewal_report_part")),
        sa.UniqueConstraint("report_id", "position", name=op.f("uq_renewal_report_part_report_id_position")),
        sa.UniqueConstraint("uid", name=op.f("uq_renewal_report_part_uid")),
    )
    op.create_index(op.f("ix_renewal_report_part_report_id"), "renewal_report_part", ["report_id"])
    op.create_index(op.f("ix_renewal_report_part_unit_id"), "renewal_report_part", ["unit_id"])


def downgrade() -> None:
    op.drop_table("renewal_report_part")
    op.drop_table("renewal_report")
