"""The ledger's recommended columns, approvals, applications of departments, and processors.

Revision: 0011, after 0008. Entries of before state nothing in the new columns and are approved by nobody.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

def _added() -> list[sa.Column[Any]]:
    return [
    sa.Column("details_sealed", sa.LargeBinary(), nullable=True),
    sa.Column("legal_hold", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("entrusted", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("last_checked", sa.Date(), nullable=True),
    sa.Column("next_review", sa.Date(), nullable=True),
    sa.Column("editor_id", sa.Integer(), nullable=True),
    sa.Column("approver_sealed", sa.LargeBinary(), nullable=True),
    sa.Column("approved_at", UtcTime(), nullable=True),
]


def upgrade() -> None:
    for column in _added():
        op.add_column("ledger_entry", column)
    # The rule stands with its column: SQLite could add it to the table only by building that anew.
    op.execute(
        "ALTER TABLE ledger_entry ADD COLUMN approver_id INTEGER "
        "CONSTRAINT ck_ledger_entry_two_persons CHECK (approver_id <> editor_id)"
    )
    op.create_index("ix_ledger_entry_next_review", "ledger_entry", ["next_review"])
    op.add_column(
        "ledger_version", sa.Column("kind", sa.String(length=64), nullable=False, server_default="edit")
    )
    op.add_column("ledger_version", sa.Column("by_id", sa.Integer(), nullable=True))
    op.create_table(
        "processor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("corporate_number", sa.String(length=13), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("contract_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("categories", sa.String(length=1000), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_processor_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_processor"),
        sa.UniqueConstraint("uid", name="uq_processor_uid"),
    )
    op.create_index("ix_processor_unit_id", "processor", ["unit_id"])
    op.create_table(
        "processor_source",
        sa.Column("processor_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["processor_id"],
            ["processor.id"],
            name="fk_processor_source_processor_id_processor",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_processor_source_source_id_source"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_processor_source_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("processor_id", "source_id", name="pk_processor_source"),
    )
    op.create_index("ix_processor_source_source_id", "processor_source", ["source_id"])
    op.create_index("ix_processor_source_unit_id", "processor_source", ["unit_id"])
    op.create_table(
        "ledger_processor",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("processor_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
            name="fk_ledger_processor_entry_id_ledger_entry",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["processor_id"], ["processor.id"], name="fk_ledger_processor_processor_id_processor"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_ledger_processor_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("entry_id", "processor_id", name="pk_ledger_processor"),
    )
    op.create_index("ix_ledger_processor_processor_id", "ledger_processor", ["processor_id"])
    op.create_index("ix_ledger_processor_unit_id", "ledger_processor", ["unit_id"])
    op.create_table(
        "ledger_application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("changes_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("applicant_id", sa.Integer(), nullable=False),
        sa.Column("applicant_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("submitted_at", UtcTime(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decider_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decider_id <> applicant_id", name="ck_ledger_application_two_persons"),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'returned') OR decider_id IS NOT NULL",
            name="ck_ledger_application_decided_by_somebody",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name="fk_ledger_application_entry_id_ledger_entry"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_ledger_application_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_application"),
        sa.UniqueConstraint("uid", name="uq_ledger_application_uid"),
    )
    op.create_index("ix_ledger_application_entry_id", "ledger_application", ["entry_id"])
    op.create_index("ix_ledger_application_unit_id", "ledger_application", ["unit_id"])
    op.create_index("ix_ledger_application_state", "ledger_application", ["state"])


def downgrade() -> None:
    op.drop_table("ledger_application")
    op.drop_table("ledger_processor")
    op.drop_table("processor_source")
    op.drop_table("processor")
    op.drop_column("ledger_version", "by_id")
    op.drop_column("ledger_version", "kind")
    op.drop_index("ix_ledger_entry_next_review", "ledger_entry")
    op.drop_column("ledger_entry", "approver_id")  # with its rule, which names another column
    for column in reversed(_added()):
        op.drop_column("ledger_entry", column.name)
