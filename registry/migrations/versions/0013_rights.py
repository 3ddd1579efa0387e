"""Requests of persons, records of provision, notices and consent texts, research use.

Revision: 0013, after 0011.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "notice",
    "rights_request",
    "notice_entry",
    "notice_text",
    "provision_record",
    "request_place",
    "research_use",
    "research_refusal",
)


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("posted", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_notice_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("number", name="uq_notice_number"),
    )
    op.create_index("ix_notice_unit_id", "notice", ["unit_id"])
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("applicant", sa.String(length=64), nullable=False),
        sa.Column("person_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("agent_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("subject_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("delivery", sa.String(length=64), nullable=False),
        sa.Column("medical", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("limit_country", sa.String(length=64), nullable=False),
        sa.Column("extended_until", sa.Date(), nullable=True),
        sa.Column("extension_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("identity_method", sa.String(length=64), nullable=False),
        sa.Column("identity_on", sa.Date(), nullable=True),
        sa.Column("identity_by_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opinion", sa.String(length=64), nullable=False),
        sa.Column("physician_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opinion_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("with_provisions", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("fee_yen", sa.Integer(), nullable=True),
        sa.Column("fee_paid_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("refusal", sa.String(length=64), nullable=False),
        sa.Column("reasons_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("decider_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("updated_by_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_rights_request_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_rights_request"),
        sa.UniqueConstraint("uid", name="uq_rights_request_uid"),
        sa.UniqueConstraint("number", name="uq_rights_request_number"),
    )
    op.create_index("ix_rights_request_unit_id", "rights_request", ["unit_id"])
    op.create_table(
        "notice_entry",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_notice_entry_notice_id_notice"),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name="fk_notice_entry_entry_id_ledger_entry"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_notice_entry_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("notice_id", "entry_id", name="pk_notice_entry"),
    )
    op.create_index("ix_notice_entry_entry_id", "notice_entry", ["entry_id"])
    op.create_index("ix_notice_entry_unit_id", "notice_entry", ["unit_id"])
    op.create_table(
        "notice_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("written_at", UtcTime(), nullable=False),
        sa.Column("written_by_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_notice_text_notice_id_notice"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_notice_text_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_text"),
        sa.UniqueConstraint("uid", name="uq_notice_text_uid"),
        sa.UniqueConstraint("notice_id", "revision", name="uq_notice_text_notice_id_revision"),
    )
    op.create_index("ix_notice_text_notice_id", "notice_text", ["notice_id"])
    op.create_index("ix_notice_text_unit_id", "notice_text", ["unit_id"])
    op.create_table(
        "provision_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(length=64), nullable=False),
        sa.Column("ground", sa.String(length=64), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("counterpart_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("representative_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("persons_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("items_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("acquired_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("country", sa.String(length=64), nullable=False),
        sa.Column("abroad", sa.String(length=64), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("retain_until", sa.Date(), nullable=True),
        sa.Column("disposed_at", UtcTime(), nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.Column("recorded_by_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_provision_record_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name="fk_provision_record_entry_id_ledger_entry"),
        sa.PrimaryKeyConstraint("id", name="pk_provision_record"),
        sa.UniqueConstraint("uid", name="uq_provision_record_uid"),
        sa.UniqueConstraint("number", name="uq_provision_record_number"),
    )
    op.create_index("ix_provision_record_entry_id", "provision_record", ["entry_id"])
    op.create_index("ix_provision_record_unit_id", "provision_record", ["unit_id"])
    op.create_table(
        "request_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("basis_id", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=64), nullable=False),
        sa.Column("fields_json", sa.Text(), nullable=False),
        sa.Column("shown_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("found_at", UtcTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["rights_request.id"], name="fk_request_place_request_id_rights_request"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_request_place_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["basis_id"], ["disclosure_basis.id"], name="fk_request_place_basis_id_disclosure_basis"),
        sa.PrimaryKeyConstraint("id", name="pk_request_place"),
        sa.UniqueConstraint("request_id", "object_id", name="uq_request_place_request_id_object_id"),
        sa.UniqueConstraint("uid", name="uq_request_place_uid"),
    )
    op.create_index("ix_request_place_request_id", "request_place", ["request_id"])
    op.create_index("ix_request_place_unit_id", "request_place", ["unit_id"])
    op.create_table(
        "research_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("approval", sa.String(length=64), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("key_holder_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("dispose_by", sa.Date(), nullable=False),
        sa.Column("disposed_on", sa.Date(), nullable=True),
        sa.Column("disposal", sa.Text(), nullable=False),
        sa.Column("disposer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_research_use_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_research_use_notice_id_notice"),
        sa.PrimaryKeyConstraint("id", name="pk_research_use"),
        sa.UniqueConstraint("number", name="uq_research_use_number"),
        sa.UniqueConstraint("uid", name="uq_research_use_uid"),
        sa.CheckConstraint("disposed_on IS NULL OR disposal <> ''", name="ck_research_use_disposed_somehow"),
    )
    op.create_index("ix_research_use_unit_id", "research_use", ["unit_id"])
    op.create_table(
        "research_refusal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("research_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("excluded_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["research_id"], ["research_use.id"], name="fk_research_refusal_research_id_research_use"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_research_refusal_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_research_refusal"),
        sa.UniqueConstraint("uid", name="uq_research_refusal_uid"),
    )
    op.create_index("ix_research_refusal_research_id", "research_refusal", ["research_id"])
    op.create_index("ix_research_refusal_unit_id", "research_refusal", ["unit_id"])


def downgrade() -> None:
    # Lookups of runs are built again from the findings; the version before knows no such files.
    op.execute("DELETE FROM run_file WHERE kind = 'lookup'")
    for name in reversed(TABLES):
        op.drop_table(name)
