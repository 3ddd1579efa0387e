"""Lists of laws and norms, and change reports to assessment bodies with their tasks.

Revision: 0035, after 0034.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('law_amendment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('law', sa.String(length=64), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('summary_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('meaning_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('owner_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('result_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('doer_id', sa.Integer(), nullable=True),
    sa.Column('doer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(done_on IS NULL) = (doer_id IS NULL)', name=op.f('ck_law_amendment_done_by_somebody')),
    sa.CheckConstraint('(done_on IS NULL) = (result_sealed IS NULL)', name=op.f('ck_law_amendment_done_with_result')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_law_amendment_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_law_amendment')),
    sa.UniqueConstraint('uid', name=op.f('uq_law_amendment_uid'))
    )
    op.create_index(op.f('ix_law_amendment_unit_id'), 'law_amendment', ['unit_id'], unique=False)
    op.create_table('law_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('law', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('applies', sa.String(length=64), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('changed_at', UtcTime(timezone=True), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('number_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('authority_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('reason_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('owner_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('since <= until', name=op.f('ck_law_entry_in_order')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_law_entry_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_law_entry')),
    sa.UniqueConstraint('uid', name=op.f('uq_law_entry_uid')),
    sa.UniqueConstraint('unit_id', 'law', name=op.f('uq_law_entry_unit_id_law'))
    )
    op.create_index(op.f('ix_law_entry_unit_id'), 'law_entry', ['unit_id'], unique=False)
    op.create_table('law_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('reviewed_on', sa.Date(), nullable=False),
    sa.Column('submitted_at', UtcTime(timezone=True), nullable=False),
    sa.Column('reviewer_id', sa.Integer(), nullable=False),
    sa.Column('reviewer_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('applying', sa.Integer(), nullable=False),
    sa.Column('excluded', sa.Integer(), nullable=False),
    sa.Column('approver_id', sa.Integer(), nullable=True),
    sa.Column('approver_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('approved_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'approved') = (approved_on IS NOT NULL AND approver_id IS NOT NULL)", name=op.f('ck_law_review_approved_by_somebody')),
    sa.CheckConstraint('approver_id <> reviewer_id', name=op.f('ck_law_review_two_persons')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_law_review_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_law_review')),
    sa.UniqueConstraint('uid', name=op.f('uq_law_review_uid'))
    )
    op.create_index(op.f('ix_law_review_unit_id'), 'law_review', ['unit_id'], unique=False)
    op.create_table('pm_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.Column('history_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('body', sa.String(length=64), nullable=False),
    sa.Column('changed_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('recorded_at', UtcTime(timezone=True), nullable=False),
    sa.Column('before_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('after_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('owner_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('question', sa.Boolean(), nullable=False),
    sa.Column('outcome', sa.String(length=64), nullable=False),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('answerer_id', sa.Integer(), nullable=True),
    sa.Column('answerer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('submitter_id', sa.Integer(), nullable=True),
    sa.Column('submitter_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('approver_id', sa.Integer(), nullable=True),
    sa.Column('approver_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('approved_on', sa.Date(), nullable=True),
    sa.Column('remark_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(outcome = '') = (answerer_id IS NULL)", name=op.f('ck_pm_change_answered_by_somebody')),
    sa.CheckConstraint("(state = 'closed') = (approver_id IS NOT NULL AND approved_on IS NOT NULL)", name=op.f('ck_pm_change_approved_by_somebody')),
    sa.CheckConstraint('approver_id <> answerer_id', name=op.f('ck_pm_change_other_answerer')),
    sa.CheckConstraint('approver_id <> submitter_id', name=op.f('ck_pm_change_two_persons')),
    sa.ForeignKeyConstraint(['certificate_id'], ['pm_certificate.id'], name=op.f('fk_pm_change_certificate_id_pm_certificate')),
    sa.ForeignKeyConstraint(['history_id'], ['unit_history.id'], name=op.f('fk_pm_change_history_id_unit_history')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_change_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_change')),
    sa.UniqueConstraint('certificate_id', 'kind', 'history_id', name=op.f('uq_pm_change_certificate_id_kind_history_id')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_change_uid'))
    )
    op.create_index(op.f('ix_pm_change_certificate_id'), 'pm_change', ['certificate_id'], unique=False)
    op.create_index(op.f('ix_pm_change_unit_id'), 'pm_change', ['unit_id'], unique=False)
    op.create_table('pm_change_task',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('change_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('task', sa.String(length=64), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('owner_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('doer_id', sa.Integer(), nullable=True),
    sa.Column('doer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'open') = (done_on IS NULL)", name=op.f('ck_pm_change_task_done_on_a_day')),
    sa.CheckConstraint("(state = 'open') = (note_sealed IS NULL)", name=op.f('ck_pm_change_task_done_with_words')),
    sa.CheckConstraint('(done_on IS NULL) = (doer_id IS NULL)', name=op.f('ck_pm_change_task_done_by_somebody')),
    sa.ForeignKeyConstraint(['change_id'], ['pm_change.id'], name=op.f('fk_pm_change_task_change_id_pm_change')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_change_task_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_change_task')),
    sa.UniqueConstraint('change_id', 'task', name=op.f('uq_pm_change_task_change_id_task')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_change_task_uid'))
    )
    op.create_index(op.f('ix_pm_change_task_change_id'), 'pm_change_task', ['change_id'], unique=False)
    op.create_index(op.f('ix_pm_change_task_unit_id'), 'pm_change_task', ['unit_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_pm_change_task_unit_id'), table_name='pm_change_task')
    op.drop_index(op.f('ix_pm_change_task_change_id'), table_name='pm_change_task')
    op.drop_table('pm_change_task')
    op.drop_index(op.f('ix_pm_change_unit_id'), table_name='pm_change')
    op.drop_index(op.f('ix_pm_change_certificate_id'), table_name='pm_change')
    op.drop_table('pm_change')
    op.drop_index(op.f('ix_law_review_unit_id'), table_name='law_review')
    op.drop_table('law_review')
    op.drop_index(op.f('ix_law_entry_unit_id'), table_name='law_entry')
    op.drop_table('law_entry')
    op.drop_index(op.f('ix_law_amendment_unit_id'), table_name='law_amendment')
    op.drop_table('law_amendment')

