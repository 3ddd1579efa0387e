"""Audit managers appointed by top management, and what units ask of their auditors.

Revision: 0038, after 0036.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0038"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_appointment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('appointer_id', sa.Integer(), nullable=False),
    sa.Column('appointer_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('appointed_at', UtcTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('appointer_id <> user_id', name=op.f('ck_audit_appointment_two_persons')),
    sa.CheckConstraint('valid_until IS NULL OR valid_until >= valid_from', name=op.f('ck_audit_appointment_days_in_order')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_audit_appointment_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_appointment')),
    sa.UniqueConstraint('uid', name=op.f('uq_audit_appointment_uid'))
    )
    op.create_index(op.f('ix_audit_appointment_unit_id'), 'audit_appointment', ['unit_id'], unique=False)
    op.create_index(op.f('ix_audit_appointment_user_id'), 'audit_appointment', ['user_id'], unique=False)
    op.create_table('audit_unit_terms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('region', sa.String(length=64), nullable=False),
    sa.Column('language', sa.String(length=64), nullable=False),
    sa.Column('needs', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_audit_unit_terms_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_unit_terms')),
    sa.UniqueConstraint('uid', name=op.f('uq_audit_unit_terms_uid')),
    sa.UniqueConstraint('unit_id', name=op.f('uq_audit_unit_terms_unit_id'))
    )


def downgrade() -> None:
    op.drop_table('audit_unit_terms')
    op.drop_index(op.f('ix_audit_appointment_user_id'), table_name='audit_appointment')
    op.drop_index(op.f('ix_audit_appointment_unit_id'), table_name='audit_appointment')
    op.drop_table('audit_appointment')

