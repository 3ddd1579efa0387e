"""Evidence of requirements, and what privacy managers confirmed of it.

Revision: 0028, after 0027.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLES = ("evidence", "evidence_part", "evidence_link", "readiness_confirmation", "readiness_witness")


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.Column("remover_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("removal_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_evidence_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.UniqueConstraint("uid", name="uq_evidence_uid"),
        sa.CheckConstraint("(removed_at IS NULL) = (removal_sealed IS NULL)", name="ck_evidence_removed_for_a_reason"),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= effective_on", name="ck_evidence_valid_from_its_day"),
        sa.UniqueConstraint("number", name="uq_evidence_number"),
    )
    op.create_index("ix_evidence_unit_id", "evidence", ["unit_id"])
    op.create_table(
        "evidence_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_evidence_part_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_evidence_part_evidence_id_evidence"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence_part"),
        sa.UniqueConstraint("evidence_id", "position", name="uq_evidence_part_evidence_id_position"),
        sa.UniqueConstraint("uid", name="uq_evidence_part_uid"),
    )
    op.create_index("ix_evidence_part_evidence_id", "evidence_part", ["evidence_id"])
    op.create_index("ix_evidence_part_unit_id", "evidence_part", ["unit_id"])
    op.create_table(
        "evidence_link",
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("requirement", sa.String(length=64), nullable=False),
        sa.Column("need", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_evidence_link_evidence_id_evidence"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_evidence_link_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("evidence_id", "requirement", "need", name="pk_evidence_link"),
    )
    op.create_index("ix_evidence_link_unit_id", "evidence_link", ["unit_id"])
    op.create_table(
        "readiness_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("requirement", sa.String(length=64), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("holds_until", sa.Date(), nullable=True),
        sa.Column("confirmer_id", sa.Integer(), nullable=False),
        sa.Column("confirmer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_why", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_readiness_confirmation_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_readiness_confirmation"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name="ck_readiness_confirmation_ended_somehow"),
        sa.UniqueConstraint("uid", name="uq_readiness_confirmation_uid"),
    )
    op.create_index("ix_readiness_confirmation_unit_id", "readiness_confirmation", ["unit_id"])
    op.create_table(
        "readiness_witness",
        sa.Column("confirmation_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("confirmer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_readiness_witness_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["confirmation_id"], ["readiness_confirmation.id"], name="fk_readiness_witness_confirmation_id_readiness_confirmation"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_readiness_witness_evidence_id_evidence"),
        sa.PrimaryKeyConstraint("confirmation_id", "evidence_id", name="pk_readiness_witness"),
        sa.CheckConstraint("author_id <> confirmer_id", name="ck_readiness_witness_two_persons"),
    )
    op.create_index("ix_readiness_witness_unit_id", "readiness_witness", ["unit_id"])


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
