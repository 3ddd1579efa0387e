"""Certificates with their applications and accidents, and the yearly turn of a management system.

Revision: 0021, after 0025.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0021"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pm_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sector", sa.String(length=64), nullable=False),
        sa.Column("capital_yen", sa.BigInteger(), nullable=True),
        sa.Column("workers", sa.Integer(), nullable=True),
        sa.Column("size", sa.String(length=64), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("window_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(valid_from IS NULL) = (valid_until IS NULL)", name=op.f("ck_pm_certificate_both_days")),
        sa.CheckConstraint("valid_from < valid_until", name=op.f("ck_pm_certificate_days_in_order")),
        sa.CheckConstraint("(ended_on IS NULL) = (end_reason_sealed IS NULL)", name=op.f("ck_pm_certificate_ended_for_a_reason")),
        sa.CheckConstraint("(opens_on IS NULL AND closes_on IS NULL) = (window_reason_sealed IS NULL)", name=op.f("ck_pm_certificate_window_for_a_reason")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_pm_certificate_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pm_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_pm_certificate_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_pm_certificate_uid")),
    )
    op.create_index(op.f("ix_pm_certificate_unit_id"), "pm_certificate", ["unit_id"])
    op.create_table(
        "pm_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("granted_from", sa.Date(), nullable=True),
        sa.Column("granted_until", sa.Date(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'granted') = (granted_until IS NOT NULL)", name=op.f("ck_pm_round_granted_until_a_day")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_on IS NULL)", name=op.f("ck_pm_round_open_or_ended")
        ),
        sa.ForeignKeyConstraint(["certificate_id"], ["pm_certificate.id"], name=op.f("fk_pm_round_certificate_id_pm_certificate")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_pm_round_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pm_round")),
        sa.UniqueConstraint("uid", name=op.f("uq_pm_round_uid")),
    )
    op.create_index(op.f("ix_pm_round_certificate_id"), "pm_round", ["certificate_id"])
    op.create_index(op.f("ix_pm_round_unit_id"), "pm_round", ["unit_id"])
    op.create_table(
        "pm_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("actual_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["pm_round.id"], name=op.f("fk_pm_step_round_id_pm_round")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_pm_step_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pm_step")),
        sa.UniqueConstraint("round_id", "step", name=op.f("uq_pm_step_round_id_step")),
        sa.UniqueConstraint("uid", name=op.f("uq_pm_step_uid")),
    )
    op.create_index(op.f("ix_pm_step_round_id"), "pm_step", ["round_id"])
    op.create_index(op.f("ix_pm_step_unit_id"), "pm_step", ["unit_id"])
    op.create_table(
        "pm_accident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("suspected", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("triggers", sa.String(length=64), nullable=False),
        sa.Column("incident", sa.String(length=64), nullable=False),
        sa.Column("discovered_on", sa.Date(), nullable=False),
        sa.Column("first_due", sa.Date(), nullable=True),
        sa.Column("full_due", sa.Date(), nullable=False),
        sa.Column("first_sent", sa.Date(), nullable=True),
        sa.Column("full_sent", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["certificate_id"], ["pm_certificate.id"], name=op.f("fk_pm_accident_certificate_id_pm_certificate")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_pm_accident_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pm_accident")),
        sa.UniqueConstraint("number", name=op.f("uq_pm_accident_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_pm_accident_uid")),
    )
    op.create_index(op.f("ix_pm_accident_certificate_id"), "pm_accident", ["certificate_id"])
    op.create_index(op.f("ix_pm_accident_unit_id"), "pm_accident", ["unit_id"])
    op.create_table(
        "pms_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("approver_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("approved_at", UtcTime(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("approver_id <> author_id", name=op.f("ck_pms_year_another_approves")),
        sa.CheckConstraint("(approver_id IS NULL) = (approved_at IS NULL)", name=op.f("ck_pms_year_approved_by_somebody")),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_pms_year_days_in_order")),
        sa.CheckConstraint(
            "(state IN ('approved', 'closed')) = (approver_id IS NOT NULL)", name=op.f("ck_pms_year_state_of_approval")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_pms_year_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pms_year")),
        sa.UniqueConstraint("number", name=op.f("uq_pms_year_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_pms_year_uid")),
    )
    op.create_index(op.f("ix_pms_year_unit_id"), "pms_year", ["unit_id"])
    op.create_table(
        "pms_objective",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("year_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("measure_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("result_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_pms_objective_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["year_id"], ["pms_year.id"], name=op.f("fk_pms_objective_year_id_pms_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pms_objective")),
        sa.UniqueConstraint("uid", name=op.f("uq_pms_objective_uid")),
    )
    op.create_index(op.f("ix_pms_objective_unit_id"), "pms_objective", ["unit_id"])
    op.create_index(op.f("ix_pms_objective_year_id"), "pms_objective", ["year_id"])
    op.create_table(
        "pms_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("year_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("owner_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("requirement", sa.String(length=64), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("derived", sa.String(length=64), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("record_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("left_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("actor_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("done_on IS NULL OR left_sealed IS NULL", name=op.f("ck_pms_item_done_or_left")),
        sa.CheckConstraint("done_on IS NULL OR record_sealed IS NOT NULL", name=op.f("ck_pms_item_done_with_record")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_pms_item_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["year_id"], ["pms_year.id"], name=op.f("fk_pms_item_year_id_pms_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pms_item")),
        sa.UniqueConstraint("uid", name=op.f("uq_pms_item_uid")),
    )
    op.create_index(op.f("ix_pms_item_unit_id"), "pms_item", ["unit_id"])
    op.create_index(op.f("ix_pms_item_year_id"), "pms_item", ["year_id"])


def downgrade() -> None:
    for table in ("pms_item", "pms_objective", "pms_year", "pm_accident", "pm_step", "pm_round", "pm_certificate"):
        op.drop_table(table)
