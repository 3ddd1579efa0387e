"""Affiliations that carry grants, bases for disclosure between legal entities, small entities.

Revision: 0006, after 0004. Every account gets the affiliations that its grants need: one per unit in which
it holds a role, the first one as its primary. Officers of a whole group become group privacy officers,
which did not exist as a role of its own before.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("org_unit", sa.Column("small", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "affiliation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_affiliation_user_id_user_account"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_affiliation_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_affiliation"),
    )
    op.create_index("ix_affiliation_user_id", "affiliation", ["user_id"])
    op.create_index("ix_affiliation_unit_id", "affiliation", ["unit_id"])
    op.create_table(
        "disclosure_basis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("to_unit_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("document_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("recorder_id", sa.Integer(), nullable=False),
        sa.Column("recorder_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("approver_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("approved_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("approver_id <> recorder_id", name="ck_disclosure_basis_two_persons"),
        sa.CheckConstraint(
            "state <> 'approved' OR approver_id IS NOT NULL", name="ck_disclosure_basis_approved_by_somebody"
        ),
        sa.CheckConstraint("unit_id <> to_unit_id", name="ck_disclosure_basis_two_entities"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_disclosure_basis_unit_id_org_unit"),
        sa.ForeignKeyConstraint(
            ["to_unit_id"], ["org_unit.id"], name="fk_disclosure_basis_to_unit_id_org_unit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure_basis"),
        sa.UniqueConstraint("uid", name="uq_disclosure_basis_uid"),
    )
    op.create_index("ix_disclosure_basis_unit_id", "disclosure_basis", ["unit_id"])
    op.create_index("ix_disclosure_basis_to_unit_id", "disclosure_basis", ["to_unit_id"])
    _affiliate()
    with op.batch_alter_table("role_grant") as batch:
        batch.alter_column("affiliation_id", existing_type=sa.Integer(), nullable=False)
        batch.create_foreign_key("fk_role_grant_affiliation_id_affiliation", "affiliation", ["affiliation_id"], ["id"])
    op.create_index("ix_role_grant_affiliation_id", "role_grant", ["affiliation_id"])


def _affiliate() -> None:
    op.add_column("role_grant", sa.Column("affiliation_id", sa.Integer(), nullable=True))
    # A person's first grant tells where they primarily belong; an auditor belongs elsewhere than where he
    # audits, but before this version there were no auditors.
    op.execute(
        "INSERT INTO affiliation (user_id, unit_id, kind, version) "
        "SELECT g.user_id, g.unit_id, "
        "CASE WHEN min(g.id) = (SELECT min(f.id) FROM role_grant f WHERE f.user_id = g.user_id) "
        "THEN 'primary' ELSE 'concurrent' END, 1 "
        "FROM role_grant g GROUP BY g.user_id, g.unit_id ORDER BY min(g.id)"
    )
    op.execute(
        "UPDATE role_grant SET affiliation_id = (SELECT a.id FROM affiliation a "
        "WHERE a.user_id = role_grant.user_id AND a.unit_id = role_grant.unit_id)"
    )
    op.execute(
        "UPDATE role_grant SET role = 'group_officer', version = version + 1 WHERE role = 'officer' "
        "AND unit_id IN (SELECT id FROM org_unit WHERE kind = 'group')"
    )


def downgrade() -> None:
    # Before, nobody held a role for the time of an affiliation only: what has ended stays ended.
    op.execute(
        "UPDATE role_grant SET valid_until = (SELECT a.valid_until FROM affiliation a "
        "WHERE a.id = role_grant.affiliation_id) WHERE EXISTS (SELECT 1 FROM affiliation a "
        "WHERE a.id = role_grant.affiliation_id AND a.valid_until IS NOT NULL "
        "AND (role_grant.valid_until IS NULL OR a.valid_until < role_grant.valid_until))"
    )
    op.execute(
        "UPDATE role_grant SET valid_from = (SELECT a.valid_from FROM affiliation a "
        "WHERE a.id = role_grant.affiliation_id) WHERE EXISTS (SELECT 1 FROM affiliation a "
        "WHERE a.id = role_grant.affiliation_id AND a.valid_from IS NOT NULL "
        "AND (role_grant.valid_from IS NULL OR a.valid_from > role_grant.valid_from))"
    )
    op.execute("UPDATE role_grant SET role = 'officer' WHERE role = 'group_officer'")
    # The version before knows three roles, and fails on any other.
    op.execute("DELETE FROM role_grant WHERE role NOT IN ('administrator', 'officer', 'executive')")
    op.drop_index("ix_role_grant_affiliation_id", "role_grant")
    with op.batch_alter_table("role_grant") as batch:
        batch.drop_constraint("fk_role_grant_affiliation_id_affiliation", type_="foreignkey")
        batch.drop_column("affiliation_id")
    op.drop_table("disclosure_basis")
    op.drop_table("affiliation")
    op.drop_column("org_unit", "small")
