"""Differences become cases with a history, and data are disposed of by order.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "discrepancy_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("identity", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("discrepancy_id", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("seen_in_json", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("assignee_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proposer_id", sa.Integer(), nullable=True),
        sa.Column("proposer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("explanation_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("approver_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("claimed_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("approver_id <> proposer_id", name=op.f("ck_discrepancy_case_two_persons")),
        sa.CheckConstraint(
            "state <> 'explained' OR (approver_id IS NOT NULL AND expires_on IS NOT NULL)",
            name=op.f("ck_discrepancy_case_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'assigned' OR assignee_id IS NOT NULL",
            name=op.f("ck_discrepancy_case_assigned_to_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_discrepancy_case_unit_id_org_unit")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_discrepancy_case_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"], ["discrepancy.id"], name=op.f("fk_discrepancy_case_discrepancy_id_discrepancy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy_case")),
        sa.UniqueConstraint("uid", name=op.f("uq_discrepancy_case_uid")),
        sa.UniqueConstraint("identity", name=op.f("uq_discrepancy_case_identity")),
    )
    for column in ("unit_id", "entry_id", "discrepancy_id", "state", "assignee_id"):
        op.create_index(op.f(f"ix_discrepancy_case_{column}"), "discrepancy_case", [column])
    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("actor_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["discrepancy_case.id"], name=op.f("fk_case_event_case_id_discrepancy_case")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_case_event_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sa.UniqueConstraint("uid", name=op.f("uq_case_event_uid")),
    )
    for column in ("case_id", "unit_id"):
        op.create_index(op.f(f"ix_case_event_{column}"), "case_event", [column])
    op.create_table(
        "disposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("folder_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("objects_json", sa.Text(), nullable=False),
        sa.Column("items_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("objects", sa.BigInteger(), nullable=False),
        sa.Column("persons", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("orderer_id", sa.Integer(), nullable=False),
        sa.Column("orderer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ordered_at", UtcTime(), nullable=False),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("approver_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("executor_id", sa.Integer(), nullable=True),
        sa.Column("executor_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("executed_at", UtcTime(), nullable=True),
        sa.Column("certificate_number", sa.String(length=64), nullable=True),
        sa.Column("certificate_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("examined_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("approver_id <> orderer_id", name=op.f("ck_disposal_two_persons")),
        sa.CheckConstraint(
            "(state = 'proposed') = (approver_id IS NULL)", name=op.f("ck_disposal_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "(state IN ('executed', 'confirmed', 'not_confirmed')) = (certificate_number IS NOT NULL)",
            name=op.f("ck_disposal_certified"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_disposal_unit_id_org_unit")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["discrepancy_case.id"], name=op.f("fk_disposal_case_id_discrepancy_case")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_disposal_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_disposal_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal")),
        sa.UniqueConstraint("uid", name=op.f("uq_disposal_uid")),
        sa.UniqueConstraint("certificate_number", name=op.f("uq_disposal_certificate_number")),
    )
    for column in ("unit_id", "case_id", "entry_id", "source_id", "state"):
        op.create_index(op.f(f"ix_disposal_{column}"), "disposal", [column])


def downgrade() -> None:
    op.drop_table("disposal")
    op.drop_table("case_event")
    op.drop_table("discrepancy_case")
