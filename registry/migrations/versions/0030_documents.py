"""Internal rules: versions, what they state, reviews, distribution, readings.

Revision: 0030, after 0029.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('internal_rule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('title_ja_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('title_en_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('requirements', sa.Text(), nullable=False),
    sa.Column('review_due_on', sa.Date(), nullable=True),
    sa.Column('revise_since', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_internal_rule_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_internal_rule')),
    sa.UniqueConstraint('uid', name=op.f('uq_internal_rule_uid'))
    )
    op.create_index(op.f('ix_internal_rule_unit_id'), 'internal_rule', ['unit_id'], unique=False)
    op.create_table('internal_rule_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('rule_id', sa.Integer(), nullable=False),
    sa.Column('reviewed_on', sa.Date(), nullable=False),
    sa.Column('outcome', sa.String(length=64), nullable=False),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('reviewer_id', sa.Integer(), nullable=False),
    sa.Column('reviewer_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['rule_id'], ['internal_rule.id'], name=op.f('fk_internal_rule_review_rule_id_internal_rule')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_internal_rule_review_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_internal_rule_review')),
    sa.UniqueConstraint('uid', name=op.f('uq_internal_rule_review_uid'))
    )
    op.create_index(op.f('ix_internal_rule_review_rule_id'), 'internal_rule_review', ['rule_id'], unique=False)
    op.create_index(op.f('ix_internal_rule_review_unit_id'), 'internal_rule_review', ['unit_id'], unique=False)
    op.create_table('internal_rule_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('rule_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('change_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('author_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('written_at', UtcTime(timezone=True), nullable=False),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('approver_id', sa.Integer(), nullable=True),
    sa.Column('approver_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('approved_at', UtcTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'approved') = (approver_id IS NOT NULL AND approved_at IS NOT NULL)", name=op.f('ck_internal_rule_version_approved_by_somebody')),
    sa.CheckConstraint('approver_id <> author_id', name=op.f('ck_internal_rule_version_two_persons')),
    sa.ForeignKeyConstraint(['rule_id'], ['internal_rule.id'], name=op.f('fk_internal_rule_version_rule_id_internal_rule')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_internal_rule_version_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_internal_rule_version')),
    sa.UniqueConstraint('rule_id', 'number', name=op.f('uq_internal_rule_version_rule_id_number')),
    sa.UniqueConstraint('uid', name=op.f('uq_internal_rule_version_uid'))
    )
    op.create_index(op.f('ix_internal_rule_version_unit_id'), 'internal_rule_version', ['unit_id'], unique=False)
    op.create_table('internal_rule_distribution',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('distributed_at', UtcTime(timezone=True), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_internal_rule_distribution_unit_id_org_unit')),
    sa.ForeignKeyConstraint(['version_id'], ['internal_rule_version.id'], name=op.f('fk_internal_rule_distribution_version_id_internal_rule_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_internal_rule_distribution')),
    sa.UniqueConstraint('version_id', 'unit_id', name=op.f('uq_internal_rule_distribution_version_id_unit_id'))
    )
    op.create_index(op.f('ix_internal_rule_distribution_unit_id'), 'internal_rule_distribution', ['unit_id'], unique=False)
    op.create_table('internal_rule_fact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('detail', sa.String(length=64), nullable=False),
    sa.Column('stated_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('changed_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_internal_rule_fact_unit_id_org_unit')),
    sa.ForeignKeyConstraint(['version_id'], ['internal_rule_version.id'], name=op.f('fk_internal_rule_fact_version_id_internal_rule_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_internal_rule_fact')),
    sa.UniqueConstraint('uid', name=op.f('uq_internal_rule_fact_uid')),
    sa.UniqueConstraint('version_id', 'kind', 'subject_id', 'detail', name=op.f('uq_internal_rule_fact_version_id_kind_subject_id_detail'))
    )
    op.create_index(op.f('ix_internal_rule_fact_unit_id'), 'internal_rule_fact', ['unit_id'], unique=False)
    op.create_table('internal_rule_reading',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('at', UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_internal_rule_reading_unit_id_org_unit')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_internal_rule_reading_user_id_user_account')),
    sa.ForeignKeyConstraint(['version_id'], ['internal_rule_version.id'], name=op.f('fk_internal_rule_reading_version_id_internal_rule_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_internal_rule_reading')),
    sa.UniqueConstraint('version_id', 'user_id', name=op.f('uq_internal_rule_reading_version_id_user_id'))
    )
    op.create_index(op.f('ix_internal_rule_reading_unit_id'), 'internal_rule_reading', ['unit_id'], unique=False)
    op.create_index(op.f('ix_internal_rule_reading_user_id'), 'internal_rule_reading', ['user_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_internal_rule_reading_user_id'), table_name='internal_rule_reading')
    op.drop_index(op.f('ix_internal_rule_reading_unit_id'), table_name='internal_rule_reading')
    op.drop_table('internal_rule_reading')
    op.drop_index(op.f('ix_internal_rule_fact_unit_id'), table_name='internal_rule_fact')
    op.drop_table('internal_rule_fact')
    op.drop_index(op.f('ix_internal_rule_distribution_unit_id'), table_name='internal_rule_distribution')
    op.drop_table('internal_rule_distribution')
    op.drop_index(op.f('ix_internal_rule_version_unit_id'), table_name='internal_rule_version')
    op.drop_table('internal_rule_version')
    op.drop_index(op.f('ix_internal_rule_review_unit_id'), table_name='internal_rule_review')
    op.drop_index(op.f('ix_internal_rule_review_rule_id'), table_name='internal_rule_review')
    op.drop_table('internal_rule_review')
    op.drop_index(op.f('ix_internal_rule_unit_id'), table_name='internal_rule')
    op.drop_table('internal_rule')

