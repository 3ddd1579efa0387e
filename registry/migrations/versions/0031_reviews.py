"""Management reviews: the register, their inputs, and what was decided.

Revision: 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('management_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=False),
    sa.Column('planned_at', UtcTime(), nullable=False),
    sa.Column('chair_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=True),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('attendees_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('minutes_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('editors', sa.Text(), nullable=False),
    sa.Column('recorder_id', sa.Integer(), nullable=True),
    sa.Column('recorder_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('submitted_at', UtcTime(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('conclusion_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('approver_id', sa.Integer(), nullable=True),
    sa.Column('approver_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('closed_at', UtcTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'closed') = (approver_id IS NOT NULL)", name=op.f('ck_management_review_closed_by_somebody')),
    sa.CheckConstraint("(state IN ('planned', 'cancelled')) = (held_on IS NULL)", name=op.f('ck_management_review_held_on_a_day')),
    sa.CheckConstraint("state <> 'closed' OR (recorder_id IS NOT NULL AND minutes_sealed IS NOT NULL AND closed_at IS NOT NULL)", name=op.f('ck_management_review_closed_with_minutes')),
    sa.CheckConstraint('approver_id <> recorder_id', name=op.f('ck_management_review_two_persons')),
    sa.CheckConstraint('held_on IS NULL OR (since IS NOT NULL AND as_of IS NOT NULL)', name=op.f('ck_management_review_of_a_period')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_management_review_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_management_review')),
    sa.UniqueConstraint('uid', name=op.f('uq_management_review_uid'))
    )
    op.create_index(op.f('ix_management_review_unit_id'), 'management_review', ['unit_id'], unique=False)
    op.create_table('management_review_decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('what_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('owner_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('result_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'open') = (ended_on IS NULL) AND (state = 'open' OR result_sealed IS NOT NULL)", name=op.f('ck_management_review_decision_ended_with_result')),
    sa.ForeignKeyConstraint(['review_id'], ['management_review.id'], name=op.f('fk_management_review_decision_review_id_management_review')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_management_review_decision_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_management_review_decision')),
    sa.UniqueConstraint('review_id', 'place', name=op.f('uq_management_review_decision_review_id_place')),
    sa.UniqueConstraint('uid', name=op.f('uq_management_review_decision_uid'))
    )
    op.create_index(op.f('ix_management_review_decision_unit_id'), 'management_review_decision', ['unit_id'], unique=False)
    op.create_table('management_review_input',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('topic', sa.String(length=64), nullable=False),
    sa.Column('facts_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('words_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['review_id'], ['management_review.id'], name=op.f('fk_management_review_input_review_id_management_review')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_management_review_input_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_management_review_input')),
    sa.UniqueConstraint('review_id', 'topic', name=op.f('uq_management_review_input_review_id_topic')),
    sa.UniqueConstraint('uid', name=op.f('uq_management_review_input_uid'))
    )
    op.create_index(op.f('ix_management_review_input_unit_id'), 'management_review_input', ['unit_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_management_review_input_unit_id'), table_name='management_review_input')
    op.drop_table('management_review_input')
    op.drop_index(op.f('ix_management_review_decision_unit_id'), table_name='management_review_decision')
    op.drop_table('management_review_decision')
    op.drop_index(op.f('ix_management_review_unit_id'), table_name='management_review')
    op.drop_table('management_review')

