"""Confirmations: operations, campaigns and what each operation answered.

Revision: 0024, after 0019.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0024"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "confirmation_campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("set_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_confirmation_campaign_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation_campaign")),
        sa.UniqueConstraint("uid", name=op.f("uq_confirmation_campaign_uid")),
        sa.UniqueConstraint(
            "unit_id", "frequency", "period", name=op.f("uq_confirmation_campaign_unit_id_frequency_period")
        ),
    )
    op.create_index(
        op.f("ix_confirmation_campaign_unit_id"), "confirmation_campaign", ["unit_id"], unique=False
    )
    op.create_table(
        "confirmation_operation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("frequency", sa.String(length=64), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_confirmation_operation_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation_operation")),
        sa.UniqueConstraint("uid", name=op.f("uq_confirmation_operation_uid")),
    )
    op.create_index(
        op.f("ix_confirmation_operation_unit_id"), "confirmation_operation", ["unit_id"], unique=False
    )
    op.create_table(
        "confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("exceptions", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=True),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answerer_id", sa.Integer(), nullable=True),
        sa.Column("answerer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.Column("confirmer_id", sa.Integer(), nullable=True),
        sa.Column("confirmer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_at", UtcTime(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (confirmer_id IS NOT NULL AND answerer_id IS NOT NULL)",
            name=op.f("ck_confirmation_confirmed_by_somebody"),
        ),
        sa.CheckConstraint("confirmer_id <> answerer_id", name=op.f("ck_confirmation_two_persons")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["confirmation_campaign.id"],
            name=op.f("fk_confirmation_campaign_id_confirmation_campaign"),
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["confirmation_operation.id"],
            name=op.f("fk_confirmation_operation_id_confirmation_operation"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_confirmation_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation")),
        sa.UniqueConstraint("operation_id", "period", name=op.f("uq_confirmation_operation_id_period")),
        sa.UniqueConstraint("uid", name=op.f("uq_confirmation_uid")),
    )
    op.create_index(
        op.f("ix_confirmation_campaign_id_state"), "confirmation", ["campaign_id", "state"], unique=False
    )
    op.create_index(op.f("ix_confirmation_operation_id"), "confirmation", ["operation_id"], unique=False)
    op.create_index(op.f("ix_confirmation_unit_id"), "confirmation", ["unit_id"], unique=False)


def downgrade() -> None:
    for table in ("confirmation", "confirmation_operation", "confirmation_campaign"):
        op.drop_table(table)
