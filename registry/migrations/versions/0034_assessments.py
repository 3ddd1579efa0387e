"""Assessments: reviews of an application, findings and answers, reports, the visit.

Revision: 0034, after 0032.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('pm_assessment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('certificate_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('body', sa.String(length=64), nullable=False),
    sa.Column('assessors_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('place_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['certificate_id'], ['pm_certificate.id'], name=op.f('fk_pm_assessment_certificate_id_pm_certificate')),
    sa.ForeignKeyConstraint(['round_id'], ['pm_round.id'], name=op.f('fk_pm_assessment_round_id_pm_round')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_assessment_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_assessment')),
    sa.UniqueConstraint('number', name=op.f('uq_pm_assessment_number')),
    sa.UniqueConstraint('round_id', name=op.f('uq_pm_assessment_round_id')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_assessment_uid'))
    )
    op.create_index(op.f('ix_pm_assessment_certificate_id'), 'pm_assessment', ['certificate_id'], unique=False)
    op.create_index(op.f('ix_pm_assessment_unit_id'), 'pm_assessment', ['unit_id'], unique=False)
    op.create_table('pm_findings_letter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(length=64), nullable=False),
    sa.Column('dated_on', sa.Date(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('rule', sa.String(length=64), nullable=False),
    sa.Column('due_reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(rule = '') = (due_reason_sealed IS NOT NULL)", name=op.f('ck_pm_findings_letter_due_by_rule_or_reason')),
    sa.CheckConstraint('dated_on <= received_on', name=op.f('ck_pm_findings_letter_days_in_order')),
    sa.ForeignKeyConstraint(['assessment_id'], ['pm_assessment.id'], name=op.f('fk_pm_findings_letter_assessment_id_pm_assessment')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_findings_letter_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_findings_letter')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_findings_letter_uid'))
    )
    op.create_index(op.f('ix_pm_findings_letter_assessment_id'), 'pm_findings_letter', ['assessment_id'], unique=False)
    op.create_index(op.f('ix_pm_findings_letter_unit_id'), 'pm_findings_letter', ['unit_id'], unique=False)
    op.create_table('pm_interview_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('question', sa.String(length=64), nullable=False),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['pm_assessment.id'], name=op.f('fk_pm_interview_answer_assessment_id_pm_assessment')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_interview_answer_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_interview_answer')),
    sa.UniqueConstraint('assessment_id', 'question', name=op.f('uq_pm_interview_answer_assessment_id_question')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_interview_answer_uid'))
    )
    op.create_index(op.f('ix_pm_interview_answer_assessment_id'), 'pm_interview_answer', ['assessment_id'], unique=False)
    op.create_index(op.f('ix_pm_interview_answer_unit_id'), 'pm_interview_answer', ['unit_id'], unique=False)
    op.create_table('pm_requested_document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('what_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('asked_at', UtcTime(timezone=True), nullable=False),
    sa.Column('due_at', UtcTime(timezone=True), nullable=False),
    sa.Column('given_at', UtcTime(timezone=True), nullable=True),
    sa.Column('given_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(given_at IS NULL) = (given_sealed IS NULL)', name=op.f('ck_pm_requested_document_given_as_what')),
    sa.ForeignKeyConstraint(['assessment_id'], ['pm_assessment.id'], name=op.f('fk_pm_requested_document_assessment_id_pm_assessment')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_requested_document_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_requested_document')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_requested_document_uid'))
    )
    op.create_index(op.f('ix_pm_requested_document_assessment_id'), 'pm_requested_document', ['assessment_id'], unique=False)
    op.create_index(op.f('ix_pm_requested_document_unit_id'), 'pm_requested_document', ['unit_id'], unique=False)
    op.create_table('pm_visit_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('begins', sa.String(length=64), nullable=False),
    sa.Column('ends', sa.String(length=64), nullable=False),
    sa.Column('what_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('who_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('place_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['pm_assessment.id'], name=op.f('fk_pm_visit_item_assessment_id_pm_assessment')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_visit_item_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_visit_item')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_visit_item_uid'))
    )
    op.create_index(op.f('ix_pm_visit_item_assessment_id'), 'pm_visit_item', ['assessment_id'], unique=False)
    op.create_index(op.f('ix_pm_visit_item_unit_id'), 'pm_visit_item', ['unit_id'], unique=False)
    op.create_table('pm_finding',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('letter_id', sa.Integer(), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('requirement', sa.String(length=64), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('owner_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('cause_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answerer_id', sa.Integer(), nullable=True),
    sa.Column('answerer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answered_at', UtcTime(timezone=True), nullable=True),
    sa.Column('approver_id', sa.Integer(), nullable=True),
    sa.Column('approver_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('approved_at', UtcTime(timezone=True), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'approved' OR (approver_id IS NOT NULL AND answerer_id IS NOT NULL AND approved_at IS NOT NULL)", name=op.f('ck_pm_finding_approved_by_somebody')),
    sa.CheckConstraint("state = 'open' OR answer_sealed IS NOT NULL", name=op.f('ck_pm_finding_answered_with_words')),
    sa.CheckConstraint('approver_id <> answerer_id', name=op.f('ck_pm_finding_another_approves')),
    sa.ForeignKeyConstraint(['assessment_id'], ['pm_assessment.id'], name=op.f('fk_pm_finding_assessment_id_pm_assessment')),
    sa.ForeignKeyConstraint(['letter_id'], ['pm_findings_letter.id'], name=op.f('fk_pm_finding_letter_id_pm_findings_letter')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_finding_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_finding')),
    sa.UniqueConstraint('letter_id', 'number', name=op.f('uq_pm_finding_letter_id_number')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_finding_uid'))
    )
    op.create_index(op.f('ix_pm_finding_assessment_id'), 'pm_finding', ['assessment_id'], unique=False)
    op.create_index(op.f('ix_pm_finding_state_due_on'), 'pm_finding', ['state', 'due_on'], unique=False)
    op.create_index(op.f('ix_pm_finding_unit_id'), 'pm_finding', ['unit_id'], unique=False)
    op.create_table('pm_improvement_report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('letter_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=False),
    sa.Column('sender_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("(state = 'sent') = (decided_on IS NULL)", name=op.f('ck_pm_improvement_report_sent_or_decided')),
    sa.CheckConstraint("state <> 'returned' OR note_sealed IS NOT NULL", name=op.f('ck_pm_improvement_report_returned_for_a_reason')),
    sa.ForeignKeyConstraint(['letter_id'], ['pm_findings_letter.id'], name=op.f('fk_pm_improvement_report_letter_id_pm_findings_letter')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_improvement_report_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_improvement_report')),
    sa.UniqueConstraint('letter_id', 'turn', name=op.f('uq_pm_improvement_report_letter_id_turn')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_improvement_report_uid'))
    )
    op.create_index(op.f('ix_pm_improvement_report_unit_id'), 'pm_improvement_report', ['unit_id'], unique=False)
    op.create_table('pm_finding_evidence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('finding_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=64), nullable=False),
    sa.Column('row', sa.String(length=64), nullable=False),
    sa.Column('what_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['finding_id'], ['pm_finding.id'], name=op.f('fk_pm_finding_evidence_finding_id_pm_finding')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pm_finding_evidence_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pm_finding_evidence')),
    sa.UniqueConstraint('uid', name=op.f('uq_pm_finding_evidence_uid'))
    )
    op.create_index(op.f('ix_pm_finding_evidence_finding_id'), 'pm_finding_evidence', ['finding_id'], unique=False)
    op.create_index(op.f('ix_pm_finding_evidence_unit_id'), 'pm_finding_evidence', ['unit_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_pm_finding_evidence_unit_id'), table_name='pm_finding_evidence')
    op.drop_index(op.f('ix_pm_finding_evidence_finding_id'), table_name='pm_finding_evidence')
    op.drop_table('pm_finding_evidence')
    op.drop_index(op.f('ix_pm_improvement_report_unit_id'), table_name='pm_improvement_report')
    op.drop_table('pm_improvement_report')
    op.drop_index(op.f('ix_pm_finding_unit_id'), table_name='pm_finding')
    op.drop_index(op.f('ix_pm_finding_state_due_on'), table_name='pm_finding')
    op.drop_index(op.f('ix_pm_finding_assessment_id'), table_name='pm_finding')
    op.drop_table('pm_finding')
    op.drop_index(op.f('ix_pm_visit_item_unit_id'), table_name='pm_visit_item')
    op.drop_index(op.f('ix_pm_visit_item_assessment_id'), table_name='pm_visit_item')
    op.drop_table('pm_visit_item')
    op.drop_index(op.f('ix_pm_requested_document_unit_id'), table_name='pm_requested_document')
    op.drop_index(op.f('ix_pm_requested_document_assessment_id'), table_name='pm_requested_document')
    op.drop_table('pm_requested_document')
    op.drop_index(op.f('ix_pm_interview_answer_unit_id'), table_name='pm_interview_answer')
    op.drop_index(op.f('ix_pm_interview_answer_assessment_id'), table_name='pm_interview_answer')
    op.drop_table('pm_interview_answer')
    op.drop_index(op.f('ix_pm_findings_letter_unit_id'), table_name='pm_findings_letter')
    op.drop_index(op.f('ix_pm_findings_letter_assessment_id'), table_name='pm_findings_letter')
    op.drop_table('pm_findings_letter')
    op.drop_index(op.f('ix_pm_assessment_unit_id'), table_name='pm_assessment')
    op.drop_index(op.f('ix_pm_assessment_certificate_id'), table_name='pm_assessment')
    op.drop_table('pm_assessment')

