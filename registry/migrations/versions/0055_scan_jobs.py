"""Scans that are asked for, at work or over; what a run did not have to read again.

Revision: 0055, after 0054. Tables are described where they are declared: registry/store/scan_tables.py.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_COUNTS = ("unchanged", "moved", "deleted")


def upgrade() -> None:
    op.create_table(
        "scan_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("who_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("seen_at", UtcTime(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("listed", "done", "failed", "bytes", "findings")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_scan_job_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_scan_job_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_job")),
        sa.UniqueConstraint("uid", name=op.f("uq_scan_job_uid")),
    )
    op.create_index(op.f("ix_scan_job_unit_id"), "scan_job", ["unit_id"])
    op.create_index(op.f("ix_scan_job_source_id"), "scan_job", ["source_id"])
    for name in _COUNTS:
        op.add_column("scan_run", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in reversed(_COUNTS):
        op.drop_column("scan_run", name)
    op.drop_table("scan_job")
