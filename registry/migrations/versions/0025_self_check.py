"""The Global Security Self Check: rounds, and what each company answered.

Revision: 0025, after 0024.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('self_check_round',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('opened_at', UtcTime(), nullable=False),
    sa.Column('set_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_self_check_round_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_self_check_round')),
    sa.UniqueConstraint('uid', name=op.f('uq_self_check_round_uid')),
    sa.UniqueConstraint('unit_id', 'year', name=op.f('uq_self_check_round_unit_id_year'))
    )
    op.create_index(op.f('ix_self_check_round_unit_id'), 'self_check_round', ['unit_id'], unique=False)
    op.create_table('self_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('levels_json', sa.Text(), nullable=False),
    sa.Column('doubts', sa.Integer(), nullable=False),
    sa.Column('sample', sa.Text(), nullable=False),
    sa.Column('answers_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('verified_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answerer_id', sa.Integer(), nullable=True),
    sa.Column('answerer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answered_at', UtcTime(), nullable=True),
    sa.Column('approver_id', sa.Integer(), nullable=True),
    sa.Column('approver_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('approved_at', UtcTime(), nullable=True),
    sa.Column('verifier_id', sa.Integer(), nullable=True),
    sa.Column('verifier_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('confirmed_at', UtcTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'confirmed' OR verifier_id IS NOT NULL", name=op.f('ck_self_check_confirmed_by_somebody')),
    sa.CheckConstraint('approver_id <> answerer_id', name=op.f('ck_self_check_approved_by_another')),
    sa.CheckConstraint('verifier_id <> answerer_id AND verifier_id <> approver_id', name=op.f('ck_self_check_verified_by_another')),
    sa.ForeignKeyConstraint(['round_id'], ['self_check_round.id'], name=op.f('fk_self_check_round_id_self_check_round')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_self_check_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_self_check')),
    sa.UniqueConstraint('uid', name=op.f('uq_self_check_uid')),
    sa.UniqueConstraint('unit_id', 'year', name=op.f('uq_self_check_unit_id_year'))
    )
    op.create_index(op.f('ix_self_check_round_id_state'), 'self_check', ['round_id', 'state'], unique=False)
    op.create_index(op.f('ix_self_check_unit_id'), 'self_check', ['unit_id'], unique=False)


def downgrade() -> None:
    for table in ("self_check", "self_check_round"):
        op.drop_table(table)
