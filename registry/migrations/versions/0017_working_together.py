"""Working together: comments, attachments, what people chose for notifications, and their saved filters.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _about(table: str) -> list[sa.schema.SchemaItem]:
    """Return what a table holds whose rows are about one ledger entry or one difference."""
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.Column("remover_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("removal_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(entry_id IS NULL) <> (case_id IS NULL)", name=op.f(f"ck_{table}_about_one")),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removal_sealed IS NULL)", name=op.f(f"ck_{table}_removed_for_a_reason")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f(f"fk_{table}_unit_id_org_unit")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f(f"fk_{table}_entry_id_ledger_entry")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["discrepancy_case.id"], name=op.f(f"fk_{table}_case_id_discrepancy_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uid", name=op.f(f"uq_{table}_uid")),
    ]


def _indexed(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    op.create_table(
        "comment", *_about("comment"), sa.Column("text_sealed", sa.LargeBinary(), nullable=True)
    )
    _indexed("comment", "unit_id", "entry_id", "case_id")
    op.create_table(
        "attachment",
        *_about("attachment"),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
    )
    _indexed("attachment", "unit_id", "entry_id", "case_id")
    op.create_table(
        "attachment_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_part_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_attachment_part_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment_part")),
        sa.UniqueConstraint("uid", name=op.f("uq_attachment_part_uid")),
        sa.UniqueConstraint(
            "attachment_id", "position", name=op.f("uq_attachment_part_attachment_id_position")
        ),
    )
    _indexed("attachment_part", "attachment_id", "unit_id")
    op.create_table(
        "notification_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notification_setting_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_notification_setting_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_setting")),
        sa.UniqueConstraint("user_id", name=op.f("uq_notification_setting_user_id")),
    )
    _indexed("notification_setting", "unit_id")
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("query_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_saved_filter_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_saved_filter_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint("uid", name=op.f("uq_saved_filter_uid")),
    )
    _indexed("saved_filter", "user_id", "unit_id")


def downgrade() -> None:
    for table in ("saved_filter", "notification_setting", "attachment_part", "attachment", "comment"):
        op.drop_table(table)
