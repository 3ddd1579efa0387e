"""Governance: bodies, appointments, decisions and where they have arrived.

Revision: 0032, after 0031.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('governance_body',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('name_ja_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('name_en_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_governance_body_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_governance_body')),
    sa.UniqueConstraint('uid', name=op.f('uq_governance_body_uid'))
    )
    op.create_index(op.f('ix_governance_body_unit_id'), 'governance_body', ['unit_id'], unique=False)
    op.create_table('governance_appointment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('body_id', sa.Integer(), nullable=True),
    sa.Column('post', sa.String(length=64), nullable=False),
    sa.Column('person_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('appointer_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('valid_until >= valid_from', name=op.f('ck_governance_appointment_ends_after_it_begins')),
    sa.ForeignKeyConstraint(['body_id'], ['governance_body.id'], name=op.f('fk_governance_appointment_body_id_governance_body')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_governance_appointment_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_governance_appointment')),
    sa.UniqueConstraint('uid', name=op.f('uq_governance_appointment_uid'))
    )
    op.create_index(op.f('ix_governance_appointment_body_id'), 'governance_appointment', ['body_id'], unique=False)
    op.create_index(op.f('ix_governance_appointment_unit_id'), 'governance_appointment', ['unit_id'], unique=False)
    op.create_table('governance_decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('body_id', sa.Integer(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('title_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('recorder_id', sa.Integer(), nullable=False),
    sa.Column('recorder_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('issued_at', UtcTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', UtcTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('issued_at IS NULL OR due_on IS NOT NULL', name=op.f('ck_governance_decision_issued_with_a_day')),
    sa.ForeignKeyConstraint(['body_id'], ['governance_body.id'], name=op.f('fk_governance_decision_body_id_governance_body')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_governance_decision_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_governance_decision')),
    sa.UniqueConstraint('uid', name=op.f('uq_governance_decision_uid'))
    )
    op.create_index(op.f('ix_governance_decision_body_id'), 'governance_decision', ['body_id'], unique=False)
    op.create_index(op.f('ix_governance_decision_unit_id'), 'governance_decision', ['unit_id'], unique=False)
    op.create_table('governance_arrival',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('above_id', sa.Integer(), nullable=True),
    sa.Column('conveyed_at', UtcTime(timezone=True), nullable=True),
    sa.Column('conveyor_id', sa.Integer(), nullable=True),
    sa.Column('conveyor_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('acknowledged_at', UtcTime(timezone=True), nullable=True),
    sa.Column('acknowledger_id', sa.Integer(), nullable=True),
    sa.Column('acknowledger_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(acknowledged_at IS NULL) = (acknowledger_id IS NULL)', name=op.f('ck_governance_arrival_by_somebody')),
    sa.CheckConstraint('acknowledged_at IS NULL OR conveyed_at IS NOT NULL', name=op.f('ck_governance_arrival_conveyed_first')),
    sa.CheckConstraint('acknowledger_id <> conveyor_id', name=op.f('ck_governance_arrival_two_persons')),
    sa.ForeignKeyConstraint(['decision_id'], ['governance_decision.id'], name=op.f('fk_governance_arrival_decision_id_governance_decision')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_governance_arrival_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_governance_arrival')),
    sa.UniqueConstraint('decision_id', 'unit_id', name=op.f('uq_governance_arrival_decision_id_unit_id')),
    sa.UniqueConstraint('uid', name=op.f('uq_governance_arrival_uid'))
    )
    op.create_index(op.f('ix_governance_arrival_unit_id'), 'governance_arrival', ['unit_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_governance_arrival_unit_id'), table_name='governance_arrival')
    op.drop_table('governance_arrival')
    op.drop_index(op.f('ix_governance_decision_unit_id'), table_name='governance_decision')
    op.drop_index(op.f('ix_governance_decision_body_id'), table_name='governance_decision')
    op.drop_table('governance_decision')
    op.drop_index(op.f('ix_governance_appointment_unit_id'), table_name='governance_appointment')
    op.drop_index(op.f('ix_governance_appointment_body_id'), table_name='governance_appointment')
    op.drop_table('governance_appointment')
    op.drop_index(op.f('ix_governance_body_unit_id'), table_name='governance_body')
    op.drop_table('governance_body')

