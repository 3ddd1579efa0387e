"""The steps of corrective actions: their history.

Revision: 0036, after 0035.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('corrective_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('action_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.String(length=64), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=False),
    sa.Column('actor_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('told_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('at', UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['action_id'], ['corrective_action.id'], name=op.f('fk_corrective_step_action_id_corrective_action')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_corrective_step_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_corrective_step')),
    sa.UniqueConstraint('uid', name=op.f('uq_corrective_step_uid'))
    )
    op.create_index(op.f('ix_corrective_step_action_id'), 'corrective_step', ['action_id'], unique=False)
    op.create_index(op.f('ix_corrective_step_unit_id'), 'corrective_step', ['unit_id'], unique=False)


def downgrade() -> None:
    op.drop_table('corrective_step')
