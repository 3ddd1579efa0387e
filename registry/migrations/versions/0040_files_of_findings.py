"""Files of findings and of rules, corrective actions of findings, lists of laws as they were reviewed.

Revision: 0040, after 0039.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('pm_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=True),
    sa.Column('version_id', sa.Integer(), nullable=True),
    sa.Column('personal', sa.Boolean(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('author_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('at', UtcTime(), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('removed_at', UtcTime(), nullable=True),
    sa.Column('remover_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('removal_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(finding_id IS NULL) <> (version_id IS NULL)', name=op.f('ck_pm_file_of_one')),
    sa.CheckConstraint('(removed_at IS NULL) = (removal_sealed IS NULL)', name=op.f('ck_pm_file_removed_for_a_reason')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_file_unit_id_org_unit')),
    sa.ForeignKeyConstraint(['finding_id'], ['pm_finding.id'], name=op.f('fk_pm_file_finding_id_pm_finding')),
    sa.ForeignKeyConstraint(['version_id'], ['internal_rule_version.id'], name=op.f('fk_pm_file_version_id_internal_rule_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_file')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_file_uid'))
    )
    op.create_index(op.f('ix_pm_file_unit_id'), 'pm_file', ['unit_id'], unique=False)
    op.create_index(op.f('ix_pm_file_finding_id'), 'pm_file', ['finding_id'], unique=False)
    op.create_index(op.f('ix_pm_file_version_id'), 'pm_file', ['version_id'], unique=False)
    op.create_table('pm_file_part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['pm_file.id'], name=op.f('fk_pm_file_part_file_id_pm_file')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_file_part_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_file_part')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_file_part_uid')),
    sa.UniqueConstraint('file_id', 'position', name=op.f('uq_pm_file_part_file_id_position'))
    )
    op.create_index(op.f('ix_pm_file_part_file_id'), 'pm_file_part', ['file_id'], unique=False)
    op.create_index(op.f('ix_pm_file_part_unit_id'), 'pm_file_part', ['unit_id'], unique=False)
    op.create_table('pm_finding_action',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=False),
    sa.Column('action_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['finding_id'], ['pm_finding.id'], name=op.f('fk_pm_finding_action_finding_id_pm_finding')),
    sa.ForeignKeyConstraint(['action_id'], ['corrective_action.id'], name=op.f('fk_pm_finding_action_action_id_corrective_action')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_finding_action_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_finding_action')),
    sa.UniqueConstraint('action_id', name=op.f('uq_pm_finding_action_action_id'))
    )
    op.create_index(op.f('ix_pm_finding_action_finding_id'), 'pm_finding_action', ['finding_id'], unique=False)
    op.create_index(op.f('ix_pm_finding_action_unit_id'), 'pm_finding_action', ['unit_id'], unique=False)
    op.add_column('law_review', sa.Column('copy_sealed', sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column('law_review', 'copy_sealed')
    op.drop_table('pm_finding_action')
    op.drop_table('pm_file_part')
    op.drop_table('pm_file')
    # The version before knows no withdrawn corrective action, and fails on one: it is found again.
    op.execute("UPDATE corrective_action SET state = 'found' WHERE state = 'withdrawn'")
    op.execute("DELETE FROM corrective_step WHERE step = 'withdrawn'")
