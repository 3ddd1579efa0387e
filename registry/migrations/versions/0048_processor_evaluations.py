"""Evaluations of processors, since when each processor is known, and changes of approved yearly plans.

Revision: 0048, after 0047.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("processor", sa.Column("registered_on", sa.Date(), nullable=True))
    op.execute("UPDATE processor SET registered_on = CURRENT_DATE")
    op.create_table(
        "processor_evaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("processor_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=False),
        sa.Column("evaluated_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("ratings_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("evidence_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.Column("recorder_id", sa.Integer(), nullable=False),
        sa.Column("recorder_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("withdrawer_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("evaluated_on < next_on", name=op.f("ck_processor_evaluation_days_in_order")),
        sa.CheckConstraint(
            "(withdrawn_on IS NULL) = (withdrawn_sealed IS NULL)",
            name=op.f("ck_processor_evaluation_withdrawn_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["processor_id"], ["processor.id"], name=op.f("fk_processor_evaluation_processor_id_processor")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_processor_evaluation_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processor_evaluation")),
        sa.UniqueConstraint("uid", name=op.f("uq_processor_evaluation_uid")),
    )
    op.create_index(op.f("ix_processor_evaluation_processor_id"), "processor_evaluation", ["processor_id"])
    op.create_index(op.f("ix_processor_evaluation_unit_id"), "processor_evaluation", ["unit_id"])
    op.create_table(
        "pms_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("year_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changes_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("proposer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_at", UtcTime(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decider_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("earlier_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decider_id <> proposer_id", name=op.f("ck_pms_revision_another_decides")),
        sa.CheckConstraint(
            "(state = 'submitted') = (decider_id IS NULL)", name=op.f("ck_pms_revision_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (earlier_sealed IS NOT NULL)",
            name=op.f("ck_pms_revision_approved_with_earlier"),
        ),
        sa.ForeignKeyConstraint(["year_id"], ["pms_year.id"], name=op.f("fk_pms_revision_year_id_pms_year")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_pms_revision_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pms_revision")),
        sa.UniqueConstraint("uid", name=op.f("uq_pms_revision_uid")),
    )
    op.create_index(op.f("ix_pms_revision_year_id"), "pms_revision", ["year_id"])
    op.create_index(op.f("ix_pms_revision_unit_id"), "pms_revision", ["unit_id"])


def downgrade() -> None:
    op.drop_table("pms_revision")
    op.drop_table("processor_evaluation")
    op.drop_column("processor", "registered_on")
