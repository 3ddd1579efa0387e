"""Complaints and consultations: the register, and the terms of each entity.

Revision: 0027, after 0023.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0027"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('complaint_terms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('urgent_days', sa.Integer(), nullable=False),
    sa.Column('retention_months', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_complaint_terms_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_terms')),
    sa.UniqueConstraint('unit_id', name=op.f('uq_complaint_terms_unit_id'))
    )
    op.create_table('complaint',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('way', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=False),
    sa.Column('urgency', sa.String(length=64), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('request_number', sa.String(length=64), nullable=False),
    sa.Column('action_number', sa.String(length=64), nullable=False),
    sa.Column('recorded_at', UtcTime(), nullable=False),
    sa.Column('sender_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('contact_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('receiver_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answerer_id', sa.Integer(), nullable=True),
    sa.Column('answerer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('cause_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('measure_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('examiner_id', sa.Integer(), nullable=True),
    sa.Column('examiner_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('examined_on', sa.Date(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('closer_id', sa.Integer(), nullable=True),
    sa.Column('closer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('erased_at', UtcTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("erased_at IS NULL OR (state = 'closed' AND content_sealed IS NULL AND sender_sealed IS NULL AND contact_sealed IS NULL AND answer_sealed IS NULL)", name=op.f('ck_complaint_erased_when_closed')),
    sa.CheckConstraint("state <> 'closed' OR (closer_id IS NOT NULL AND answerer_id IS NOT NULL AND closed_on IS NOT NULL)", name=op.f('ck_complaint_closed_by_somebody')),
    sa.CheckConstraint('closer_id <> answerer_id', name=op.f('ck_complaint_two_persons')),
    sa.CheckConstraint('closer_id <> examiner_id', name=op.f('ck_complaint_other_examiner')),
    sa.ForeignKeyConstraint(['entry_id'], ['ledger_entry.id'], name=op.f('fk_complaint_entry_id_ledger_entry')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_complaint_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint')),
    sa.UniqueConstraint('uid', name=op.f('uq_complaint_uid'))
    )
    op.create_index(op.f('ix_complaint_entry_id'), 'complaint', ['entry_id'], unique=False)
    op.create_index(op.f('ix_complaint_state_due_on'), 'complaint', ['state', 'due_on'], unique=False)
    op.create_index(op.f('ix_complaint_unit_id'), 'complaint', ['unit_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_complaint_unit_id'), table_name='complaint')
    op.drop_index(op.f('ix_complaint_state_due_on'), table_name='complaint')
    op.drop_index(op.f('ix_complaint_entry_id'), table_name='complaint')
    op.drop_table('complaint')
    op.drop_table('complaint_terms')

