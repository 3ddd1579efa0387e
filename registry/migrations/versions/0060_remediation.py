"""Remediation, and the places at which it is allowed.

Revision: 0060, after 0059. Tables are described where they are declared: registry/store/remediation_tables.py.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remediation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("object_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("wish_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("proposer_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_at", UtcTime(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decider_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("failure", sa.String(length=64), nullable=False),
        sa.Column("copy_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=True),
        sa.Column("certificate_number", sa.String(length=64), nullable=True),
        sa.Column("certificate_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decider_id <> proposer_id", name=op.f("ck_remediation_two_persons")),
        sa.CheckConstraint(
            "(state = 'proposed') = (decider_id IS NULL)", name=op.f("ck_remediation_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "state <> 'destroyed' OR (certificate_number IS NOT NULL AND key_sealed IS NULL)",
            name=op.f("ck_remediation_destroyed_with_certificate"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_remediation_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_remediation_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remediation")),
        sa.UniqueConstraint("uid", name=op.f("uq_remediation_uid")),
        sa.UniqueConstraint("certificate_number", name=op.f("uq_remediation_certificate_number")),
    )
    for column in ("unit_id", "source_id", "object_id", "state"):
        op.create_index(op.f(f"ix_remediation_{column}"), "remediation", [column])
    op.create_table(
        "remediation_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("credential_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_remediation_place_unit_id_org_unit")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_remediation_place_source_id_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remediation_place")),
        sa.UniqueConstraint("uid", name=op.f("uq_remediation_place_uid")),
        sa.UniqueConstraint("source_id", name=op.f("uq_remediation_place_source_id")),
    )
    op.create_index(op.f("ix_remediation_place_unit_id"), "remediation_place", ["unit_id"])


def downgrade() -> None:
    op.drop_table("remediation_place")
    op.drop_table("remediation")
