"""Secret addresses of calendars, what a unit does before training is passed, and suppliers' training.

Revision: 0041, after 0040.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_feed',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('created_at', UtcTime(), nullable=False),
    sa.Column('fetched_at', UtcTime(), nullable=True),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_calendar_feed_unit_id_org_unit')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_calendar_feed_user_id_user_account')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_calendar_feed'))
    )
    op.create_index(op.f('ix_calendar_feed_unit_id'), 'calendar_feed', ['unit_id'], unique=False)
    op.create_index(op.f('ix_calendar_feed_user_id'), 'calendar_feed', ['user_id'], unique=True)
    op.create_table('training_gate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('gate', sa.String(length=64), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_training_gate_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training_gate')),
    sa.UniqueConstraint('unit_id', name=op.f('uq_training_gate_unit_id'))
    )
    op.create_table('training_supplier',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('processor_id', sa.Integer(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=True),
    sa.Column('taught_on', sa.Date(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('evidence_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('recorded_at', UtcTime(), nullable=False),
    sa.Column('recorded_by_sealed', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('people > 0', name=op.f('ck_training_supplier_somebody')),
    sa.ForeignKeyConstraint(['course_id'], ['training_course.id'], name=op.f('fk_training_supplier_course_id_training_course')),
    sa.ForeignKeyConstraint(['processor_id'], ['processor.id'], name=op.f('fk_training_supplier_processor_id_processor')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_training_supplier_unit_id_org_unit')),
    sa.ForeignKeyConstraint(['version_id'], ['training_version.id'], name=op.f('fk_training_supplier_version_id_training_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training_supplier')),
    sa.UniqueConstraint('uid', name=op.f('uq_training_supplier_uid'))
    )
    op.create_index(op.f('ix_training_supplier_course_id'), 'training_supplier', ['course_id'], unique=False)
    op.create_index(op.f('ix_training_supplier_processor_id'), 'training_supplier', ['processor_id'], unique=False)
    op.create_index(op.f('ix_training_supplier_unit_id'), 'training_supplier', ['unit_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_training_supplier_unit_id'), table_name='training_supplier')
    op.drop_index(op.f('ix_training_supplier_processor_id'), table_name='training_supplier')
    op.drop_index(op.f('ix_training_supplier_course_id'), table_name='training_supplier')
    op.drop_table('training_supplier')
    op.drop_table('training_gate')
    op.drop_index(op.f('ix_calendar_feed_user_id'), table_name='calendar_feed')
    op.drop_index(op.f('ix_calendar_feed_unit_id'), table_name='calendar_feed')
    op.drop_table('calendar_feed')
