"""Kept answers of application forms, and the bodies' own forms that packs fill in.

Revision: 0039, after 0038.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('pack_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=64), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('author_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('answered_at', UtcTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pack_answer_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pack_answer')),
    sa.UniqueConstraint('uid', name=op.f('uq_pack_answer_uid')),
    sa.UniqueConstraint('unit_id', 'field', name=op.f('uq_pack_answer_unit_id_field'))
    )
    op.create_index(op.f('ix_pack_answer_unit_id'), 'pack_answer', ['unit_id'], unique=False)
    op.create_table('pack_original',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('body', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=64), nullable=False),
    sa.Column('document', sa.String(length=64), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('mapping', sa.Text(), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('author_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('added_at', UtcTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('number > 0', name=op.f('ck_pack_original_numbered')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pack_original_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pack_original')),
    sa.UniqueConstraint('uid', name=op.f('uq_pack_original_uid')),
    sa.UniqueConstraint('unit_id', 'body', 'purpose', 'document', 'number', name=op.f('uq_pack_original_unit_id_body_purpose_document_number'))
    )
    op.create_index(op.f('ix_pack_original_unit_id'), 'pack_original', ['unit_id'], unique=False)
    op.create_table('pack_original_part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=32), nullable=False),
    sa.Column('original_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['original_id'], ['pack_original.id'], name=op.f('fk_pack_original_part_original_id_pack_original')),
    sa.ForeignKeyConstraint(['unit_id'], ['org_unit.id'], name=op.f('fk_pack_original_part_unit_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pack_original_part')),
    sa.UniqueConstraint('original_id', 'position', name=op.f('uq_pack_original_part_original_id_position')),
    sa.UniqueConstraint('uid', name=op.f('uq_pack_original_part_uid'))
    )
    op.create_index(op.f('ix_pack_original_part_original_id'), 'pack_original_part', ['original_id'], unique=False)
    op.create_index(op.f('ix_pack_original_part_unit_id'), 'pack_original_part', ['unit_id'], unique=False)


def downgrade() -> None:
    op.drop_table('pack_original_part')
    op.drop_table('pack_original')
    op.drop_table('pack_answer')
