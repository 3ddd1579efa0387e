"""Which key wrote a row: the journal's chain by record, the fingerprints by run, findings by file.

Revision: 0007, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("journal_record", sa.Column("key_id", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("run_file", sa.Column("key_id", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("scan_run", sa.Column("fingerprint_key", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("scan_run", "fingerprint_key")
    op.drop_column("run_file", "key_id")
    op.drop_column("journal_record", "key_id")
