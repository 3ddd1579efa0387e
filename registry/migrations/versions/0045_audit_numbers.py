"""Which number the newest audit of a programme was given, so that none is given twice.

Revision: 0045, after 0044.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('audit_programme', sa.Column('issued', sa.Integer(), server_default='0', nullable=False))
    audit = sa.table('audit', sa.column('id', sa.Integer), sa.column('number', sa.String))
    programme = sa.table('audit_programme', sa.column('issued', sa.Integer))
    given = [0]
    for id_, number in op.get_bind().execute(sa.select(audit.c.id, audit.c.number)):
        given += [id_, int(number.rpartition('-')[2])]
    op.execute(programme.update().values(issued=max(given)))


def downgrade() -> None:
    with op.batch_alter_table('audit_programme') as batch:
        batch.drop_column('issued')
