"""The risk analysis of ledger entries: analyses, their threats, planned measures and versions.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "risk_analysis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("worst", sa.Integer(), nullable=True),
        sa.Column("worst_residual", sa.Integer(), nullable=True),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("updated_by_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("editor_id", sa.Integer(), nullable=True),
        sa.Column("acceptor_id", sa.Integer(), nullable=True),
        sa.Column("acceptor_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("accepted_at", UtcTime(), nullable=True),
        sa.Column("next_review", sa.Date(), nullable=True),
        sa.Column("accepted_categories", sa.Text(), nullable=False),
        sa.Column("accepted_persons", sa.BigInteger(), nullable=False),
        sa.Column("accepted_exposure", sa.String(length=64), nullable=False),
        sa.Column("found_categories", sa.Text(), nullable=False),
        sa.Column("found_persons", sa.BigInteger(), nullable=False),
        sa.Column("found_exposure", sa.String(length=64), nullable=False),
        sa.Column("reopened_at", UtcTime(), nullable=True),
        sa.Column("reopened_json", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("acceptor_id <> editor_id", name=op.f("ck_risk_analysis_two_persons")),
        sa.CheckConstraint(
            "state <> 'accepted' OR acceptor_id IS NOT NULL",
            name=op.f("ck_risk_analysis_accepted_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_risk_analysis_entry_id_ledger_entry")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_risk_analysis_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_analysis")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_risk_analysis_entry_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_risk_analysis_uid")),
    )
    op.create_index(op.f("ix_risk_analysis_next_review"), "risk_analysis", ["next_review"])
    op.create_index(op.f("ix_risk_analysis_unit_id"), "risk_analysis", ["unit_id"])
    op.create_table(
        "risk_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("analysis_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=64), nullable=False),
        sa.Column("threat", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("present_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("left_reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("likelihood", sa.Integer(), nullable=True),
        sa.Column("impact", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("residual_likelihood", sa.Integer(), nullable=True),
        sa.Column("residual_impact", sa.Integer(), nullable=True),
        sa.Column("residual_level", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["analysis_id"],
            ["risk_analysis.id"],
            name=op.f("fk_risk_row_analysis_id_risk_analysis"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_risk_row_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_row")),
        sa.UniqueConstraint("analysis_id", "phase", "threat", name=op.f("uq_risk_row_analysis_id_phase_threat")),
        sa.UniqueConstraint("uid", name=op.f("uq_risk_row_uid")),
    )
    op.create_index(op.f("ix_risk_row_likelihood_impact"), "risk_row", ["likelihood", "impact"])
    op.create_index(
        op.f("ix_risk_row_residual_likelihood_residual_impact"), "risk_row", ["residual_likelihood", "residual_impact"]
    )
    op.create_index(op.f("ix_risk_row_unit_id"), "risk_row", ["unit_id"])
    op.create_table(
        "risk_measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("owner_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["row_id"], ["risk_row.id"], name=op.f("fk_risk_measure_row_id_risk_row"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_risk_measure_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_measure")),
        sa.UniqueConstraint("uid", name=op.f("uq_risk_measure_uid")),
    )
    op.create_index(op.f("ix_risk_measure_due_on"), "risk_measure", ["due_on"])
    op.create_index(op.f("ix_risk_measure_row_id"), "risk_measure", ["row_id"])
    op.create_index(op.f("ix_risk_measure_unit_id"), "risk_measure", ["unit_id"])
    op.create_table(
        "risk_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("analysis_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changes_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["risk_analysis.id"], name=op.f("fk_risk_version_analysis_id_risk_analysis")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_risk_version_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_version")),
        sa.UniqueConstraint("analysis_id", "version", name=op.f("uq_risk_version_analysis_id_version")),
        sa.UniqueConstraint("uid", name=op.f("uq_risk_version_uid")),
    )
    op.create_index(op.f("ix_risk_version_unit_id"), "risk_version", ["unit_id"])


def downgrade() -> None:
    for table in ("risk_version", "risk_measure", "risk_row", "risk_analysis"):
        op.drop_table(table)
