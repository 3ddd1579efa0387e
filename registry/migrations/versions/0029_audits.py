"""Internal audits and corrective actions: auditors, programmes, audits, work papers, actions.

Revision: 0029, after 0028.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = ("auditor_profile", "audit_programme", "audit", "corrective_action", "audit_paper")


def upgrade() -> None:
    op.create_table('audit_programme',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=64), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('apart', sa.Boolean(), nullable=False),
    sa.Column('recent_days', sa.Integer(), nullable=False),
    sa.Column('same_years', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('aim_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('planner_id', sa.Integer(), nullable=False),
    sa.Column('planner_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('planned_at', UtcTime(), nullable=False),
    sa.Column('approver_id', sa.Integer(), nullable=True),
    sa.Column('approver_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('approved_at', UtcTime(), nullable=True),
    sa.Column('fixed_at', UtcTime(), nullable=True),
    sa.Column('quality_json', sa.Text(), nullable=False),
    sa.Column('overall_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('reporter_id', sa.Integer(), nullable=True),
    sa.Column('reporter_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('reported_on', sa.Date(), nullable=True),
    sa.Column('receiver_id', sa.Integer(), nullable=True),
    sa.Column('receiver_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state = 'planned' OR approver_id IS NOT NULL", name=op.f('ck_audit_programme_approved_by_somebody')),
    sa.CheckConstraint('approver_id <> planner_id', name=op.f('ck_audit_programme_two_persons')),
    sa.CheckConstraint('receiver_id <> reporter_id', name=op.f('ck_audit_programme_received_by_another')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_audit_programme_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_programme')),
    sa.UniqueConstraint('number', name=op.f('uq_audit_programme_number')),
    sa.UniqueConstraint('uid', name=op.f('uq_audit_programme_uid')),
    sa.UniqueConstraint('unit_id', 'scope', 'year', name=op.f('uq_audit_programme_unit_id_scope_year'))
    )
    op.create_index(op.f('ix_audit_programme_unit_id'), 'audit_programme', ['unit_id'], unique=False)
    op.create_table('corrective_action',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=64), nullable=False),
    sa.Column('requirement', sa.String(length=64), nullable=False),
    sa.Column('grade', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('finding_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('finder_id', sa.Integer(), nullable=False),
    sa.Column('finder_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('answer_by', sa.Date(), nullable=False),
    sa.Column('fact_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('cause_class', sa.String(length=64), nullable=False),
    sa.Column('cause_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('measure_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('owner_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('result_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('doer_id', sa.Integer(), nullable=True),
    sa.Column('doer_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('review_by', sa.Date(), nullable=True),
    sa.Column('effect', sa.String(length=64), nullable=False),
    sa.Column('effect_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('reviewed_on', sa.Date(), nullable=True),
    sa.Column('reviewer_id', sa.Integer(), nullable=True),
    sa.Column('reviewer_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('approver_id', sa.Integer(), nullable=True),
    sa.Column('approver_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('approved_at', UtcTime(), nullable=True),
    sa.Column('rounds', sa.Integer(), nullable=False),
    sa.Column('updated_at', UtcTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'closed') = (approver_id IS NOT NULL)", name=op.f('ck_corrective_action_approved_by_somebody')),
    sa.CheckConstraint("state <> 'closed' OR effect = 'effective'", name=op.f('ck_corrective_action_closed_with_effect')),
    sa.CheckConstraint('approver_id <> doer_id', name=op.f('ck_corrective_action_two_persons')),
    sa.CheckConstraint('approver_id <> reviewer_id', name=op.f('ck_corrective_action_not_the_reviewer')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_corrective_action_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_corrective_action')),
    sa.UniqueConstraint('number', name=op.f('uq_corrective_action_number')),
    sa.UniqueConstraint('uid', name=op.f('uq_corrective_action_uid'))
    )
    op.create_index(op.f('ix_corrective_action_due_on'), 'corrective_action', ['due_on'], unique=False)
    op.create_index(op.f('ix_corrective_action_requirement_unit_id'), 'corrective_action', ['requirement', 'unit_id'], unique=False)
    op.create_index(op.f('ix_corrective_action_unit_id'), 'corrective_action', ['unit_id'], unique=False)
    op.create_table('audit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('programme_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('auditor_id', sa.Integer(), nullable=False),
    sa.Column('auditor_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('by_hand', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('proof_json', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('conclusion_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name=op.f('ck_audit_done_on_a_day')),
    sa.ForeignKeyConstraint(['auditor_id'], ['user_account.id'], name=op.f('fk_audit_auditor_id_user_account')),
    sa.ForeignKeyConstraint(['programme_id'], ['audit_programme.id'], name=op.f('fk_audit_programme_id_audit_programme')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_audit_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
    sa.UniqueConstraint('number', name=op.f('uq_audit_number')),
    sa.UniqueConstraint('programme_id', 'unit_id', 'kind', name=op.f('uq_audit_programme_id_unit_id_kind')),
    sa.UniqueConstraint('uid', name=op.f('uq_audit_uid'))
    )
    op.create_index(op.f('ix_audit_auditor_id'), 'audit', ['auditor_id'], unique=False)
    op.create_index(op.f('ix_audit_due_on'), 'audit', ['due_on'], unique=False)
    op.create_index(op.f('ix_audit_programme_id'), 'audit', ['programme_id'], unique=False)
    op.create_index(op.f('ix_audit_unit_id'), 'audit', ['unit_id'], unique=False)
    op.create_table('auditor_profile',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('competences', sa.Text(), nullable=False),
    sa.Column('languages', sa.Text(), nullable=False),
    sa.Column('region', sa.String(length=64), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('away_json', sa.Text(), nullable=False),
    sa.Column('evidence_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_auditor_profile_unit_id_org_unit')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_auditor_profile_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_auditor_profile')),
    sa.UniqueConstraint('uid', name=op.f('uq_auditor_profile_uid')),
    sa.UniqueConstraint('unit_id', 'user_id', name=op.f('uq_auditor_profile_unit_id_user_id'))
    )
    op.create_index(op.f('ix_auditor_profile_unit_id'), 'auditor_profile', ['unit_id'], unique=False)
    op.create_index(op.f('ix_auditor_profile_user_id'), 'auditor_profile', ['user_id'], unique=False)
    op.create_table('audit_paper',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('audit_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(length=64), nullable=False),
    sa.Column('requirement', sa.String(length=64), nullable=False),
    sa.Column('result', sa.String(length=64), nullable=False),
    sa.Column('fact_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('sampled_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('population', sa.Integer(), nullable=True),
    sa.Column('sample', sa.Integer(), nullable=True),
    sa.Column('action_id', sa.Integer(), nullable=True),
    sa.Column('filler_id', sa.Integer(), nullable=False),
    sa.Column('filler_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('filled_at', UtcTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(result = 'nonconforming') = (action_id IS NOT NULL)", name=op.f('ck_audit_paper_nonconformity_is_followed')),
    sa.CheckConstraint('sample IS NULL OR (population IS NOT NULL AND sample <= population)', name=op.f('ck_audit_paper_part_of_all')),
    sa.ForeignKeyConstraint(['action_id'], ['corrective_action.id'], name=op.f('fk_audit_paper_action_id_corrective_action')),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_audit_paper_audit_id_audit')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_audit_paper_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_paper')),
    sa.UniqueConstraint('audit_id', 'item', name=op.f('uq_audit_paper_audit_id_item')),
    sa.UniqueConstraint('uid', name=op.f('uq_audit_paper_uid'))
    )
    op.create_index(op.f('ix_audit_paper_action_id'), 'audit_paper', ['action_id'], unique=False)
    op.create_index(op.f('ix_audit_paper_audit_id'), 'audit_paper', ['audit_id'], unique=False)
    op.create_index(op.f('ix_audit_paper_unit_id'), 'audit_paper', ['unit_id'], unique=False)


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
