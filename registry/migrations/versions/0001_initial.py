"""The first schema of the registry.

Revision: 0001, after none. Tables are described where they are declared: registry/store/tables.py.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "key_check",
    "org_unit",
    "journal_record",
    "ledger_entry",
    "org_closure",
    "source",
    "user_account",
    "ledger_item",
    "ledger_place",
    "ledger_version",
    "role_grant",
    "scan_run",
    "session",
    "run_file",
    "unit_score",
    "assessment",
    "discrepancy",
)


def upgrade() -> None:
    op.create_table(
        "key_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_key_check"),
    )

    op.create_table(
        "org_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("privacy_mark", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["org_unit.id"], name="fk_org_unit_parent_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_org_unit"),
        sa.UniqueConstraint("code", name="uq_org_unit_code"),
    )
    op.create_index("ix_org_unit_parent_id", "org_unit", ["parent_id"])

    op.create_table(
        "journal_record",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("actor_name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("table_name", sa.String(length=64), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("before_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("after_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_journal_record_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("seq", name="pk_journal_record"),
        sa.UniqueConstraint("id", name="uq_journal_record_id"),
    )
    op.create_index("ix_journal_record_table_name_row_id", "journal_record", ["table_name", "row_id"])
    op.create_index("ix_journal_record_unit_id", "journal_record", ["unit_id"])

    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("storage_method", sa.Text(), nullable=False),
        sa.Column("access_holders_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("end_of_use", sa.Text(), nullable=False),
        sa.Column("retention_months", sa.Integer(), nullable=True),
        sa.Column("retention_until", sa.Date(), nullable=True),
        sa.Column("approximate_count", sa.BigInteger(), nullable=True),
        sa.Column("exposure", sa.String(length=64), nullable=False),
        sa.Column("owner_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("updated_by_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_ledger_entry_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entry"),
        sa.UniqueConstraint("number", name="uq_ledger_entry_number"),
        sa.UniqueConstraint("uid", name="uq_ledger_entry_uid"),
    )
    op.create_index("ix_ledger_entry_unit_id", "ledger_entry", ["unit_id"])

    op.create_table(
        "org_closure",
        sa.Column("ancestor", sa.Integer(), nullable=False),
        sa.Column("descendant", sa.Integer(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ancestor"], ["org_unit.id"], name="fk_org_closure_ancestor_org_unit"),
        sa.ForeignKeyConstraint(["descendant"], ["org_unit.id"], name="fk_org_closure_descendant_org_unit"),
        sa.PrimaryKeyConstraint("ancestor", "descendant", name="pk_org_closure"),
    )
    op.create_index("ix_org_closure_descendant", "org_closure", ["descendant"])

    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("url_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_source_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        sa.UniqueConstraint("uid", name="uq_source_uid"),
    )
    op.create_index("ix_source_unit_id", "source", ["unit_id"])
    op.create_index(
        "uq_source_unit_id_name",
        "source",
        ["unit_id", "name"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )

    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_user_account_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("login", name="uq_user_account_login"),
    )
    op.create_index("ix_user_account_unit_id", "user_account", ["unit_id"])

    op.create_table(
        "ledger_item",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name="fk_ledger_item_entry_id_ledger_entry", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_ledger_item_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("entry_id", "category", name="pk_ledger_item"),
    )
    op.create_index("ix_ledger_item_unit_id", "ledger_item", ["unit_id"])

    op.create_table(
        "ledger_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("prefix_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
            name="fk_ledger_place_entry_id_ledger_entry",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_ledger_place_source_id_source"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_ledger_place_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_place"),
        sa.UniqueConstraint("uid", name="uq_ledger_place_uid"),
    )
    op.create_index("ix_ledger_place_entry_id", "ledger_place", ["entry_id"])
    op.create_index("ix_ledger_place_source_id", "ledger_place", ["source_id"])
    op.create_index("ix_ledger_place_unit_id", "ledger_place", ["unit_id"])

    op.create_table(
        "ledger_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changes_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name="fk_ledger_version_entry_id_ledger_entry"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_ledger_version_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_version"),
        sa.UniqueConstraint("uid", name="uq_ledger_version_uid"),
    )
    op.create_index("ix_ledger_version_entry_id", "ledger_version", ["entry_id"])
    op.create_index("ix_ledger_version_unit_id", "ledger_version", ["unit_id"])
    op.create_index(
        "uq_ledger_version_entry_id_version", "ledger_version", ["entry_id", "version"], unique=True
    )

    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_role_grant_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_role_grant_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_role_grant"),
    )
    op.create_index("ix_role_grant_unit_id", "role_grant", ["unit_id"])
    op.create_index("ix_role_grant_user_id", "role_grant", ["user_id"])

    op.create_table(
        "scan_run",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=False),
        sa.Column("rules_version", sa.String(length=64), nullable=False),
        sa.Column("listed", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.BigInteger(), nullable=False),
        sa.Column("partial", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("by_policy", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_scan_run_source_id_source"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_scan_run_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_scan_run"),
    )
    op.create_index("ix_scan_run_source_id", "scan_run", ["source_id"])
    op.create_index("ix_scan_run_unit_id", "scan_run", ["unit_id"])

    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_session_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_session_user_id_user_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_session"),
    )
    op.create_index("ix_session_unit_id", "session", ["unit_id"])
    op.create_index("ix_session_user_id", "session", ["user_id"])

    op.create_table(
        "run_file",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["scan_run.id"], name="fk_run_file_run_id_scan_run"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_run_file_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("name", name="pk_run_file"),
    )
    op.create_index("ix_run_file_run_id", "run_file", ["run_id"])
    op.create_index("ix_run_file_unit_id", "run_file", ["unit_id"])

    op.create_table(
        "unit_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("terms_json", sa.Text(), nullable=False),
        sa.Column("persons_low", sa.BigInteger(), nullable=False),
        sa.Column("persons_high", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["scan_run.id"], name="fk_unit_score_run_id_scan_run"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_unit_score_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_score"),
    )
    op.create_index("ix_unit_score_unit_id", "unit_score", ["unit_id"])

    op.create_table(
        "assessment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("run_file", sa.String(length=200), nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_file"], ["run_file.name"], name="fk_assessment_run_file_run_file"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_assessment_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_assessment"),
    )
    op.create_index("ix_assessment_unit_id", "assessment", ["unit_id"])

    op.create_table(
        "discrepancy",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("subject_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("subject_shown", sa.Text(), nullable=False),
        sa.Column("categories_json", sa.Text(), nullable=False),
        sa.Column("registered", sa.BigInteger(), nullable=True),
        sa.Column("found", sa.BigInteger(), nullable=True),
        sa.Column("days_over", sa.Integer(), nullable=True),
        sa.Column("other_unit_id", sa.Integer(), nullable=True),
        sa.Column("objects_json", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name="fk_discrepancy_assessment_id_assessment"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name="fk_discrepancy_entry_id_ledger_entry"
        ),
        sa.ForeignKeyConstraint(
            ["other_unit_id"], ["org_unit.id"], name="fk_discrepancy_other_unit_id_org_unit"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_discrepancy_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_discrepancy"),
    )
    op.create_index("ix_discrepancy_assessment_id", "discrepancy", ["assessment_id"])
    op.create_index("ix_discrepancy_entry_id", "discrepancy", ["entry_id"])
    op.create_index("ix_discrepancy_unit_id", "discrepancy", ["unit_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)  # indexes go with their tables
