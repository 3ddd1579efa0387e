"""Training: courses, versions, rounds, workers, imports, results, answer sheets.

Revision: 0023, after 0021.
"""

import sqlalchemy as sa
from alembic import op

from registry.store.types import UtcTime

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = (
    "training_course",
    "training_import",
    "training_version",
    "training_round",
    "training_worker",
    "training_attempt",
    "training_follow_up",
    "training_leave",
    "training_posting",
    "training_result",
    "training_topic",
)


def upgrade() -> None:
    op.create_table(
        "training_course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("title_ja", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=64), nullable=False),
        sa.Column("cycle", sa.String(length=64), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("before_access", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_course_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_training_course"),
        sa.UniqueConstraint("number", name="uq_training_course_number"),
    )
    op.create_index("ix_training_course_unit_id", "training_course", ["unit_id"])
    op.create_table(
        "training_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("headings_digest", sa.String(length=64), nullable=False),
        sa.Column("mapping_json", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("counts_json", sa.Text(), nullable=False),
        sa.Column("imported_at", UtcTime(), nullable=False),
        sa.Column("imported_by_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_import_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["course_id"], ["training_course.id"], name="fk_training_import_course_id_training_course"),
        sa.PrimaryKeyConstraint("id", name="pk_training_import"),
        sa.UniqueConstraint("uid", name="uq_training_import_uid"),
    )
    op.create_index("ix_training_import_unit_id", "training_import", ["unit_id"])
    op.create_table(
        "training_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=False),
        sa.Column("published_by_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["training_course.id"], name="fk_training_version_course_id_training_course"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_version_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_training_version"),
        sa.UniqueConstraint("course_id", "revision", name="uq_training_version_course_id_revision"),
        sa.UniqueConstraint("uid", name="uq_training_version_uid"),
    )
    op.create_index("ix_training_version_course_id", "training_version", ["course_id"])
    op.create_index("ix_training_version_unit_id", "training_version", ["unit_id"])
    op.create_table(
        "training_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["training_course.id"], name="fk_training_round_course_id_training_course"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_round_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["version_id"], ["training_version.id"], name="fk_training_round_version_id_training_version"),
        sa.PrimaryKeyConstraint("id", name="pk_training_round"),
        sa.UniqueConstraint("course_id", "opens_on", name="uq_training_round_course_id_opens_on"),
        sa.CheckConstraint("due_on >= opens_on", name="ck_training_round_lasts"),
    )
    op.create_index("ix_training_round_course_id", "training_round", ["course_id"])
    op.create_index("ix_training_round_unit_id", "training_round", ["unit_id"])
    op.create_table(
        "training_worker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("roster_id", sa.Integer(), nullable=False),
        sa.Column("number_digest", sa.String(length=64), nullable=False),
        sa.Column("login_digest", sa.String(length=64), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("employment", sa.String(length=64), nullable=False),
        sa.Column("is_manager", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_system_administrator", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_worker_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["roster_id"], ["org_unit.id"], name="fk_training_worker_roster_id_org_unit"),
        sa.ForeignKeyConstraint(["import_id"], ["training_import.id"], name="fk_training_worker_import_id_training_import"),
        sa.PrimaryKeyConstraint("id", name="pk_training_worker"),
        sa.UniqueConstraint("roster_id", "number_digest", name="uq_training_worker_roster_id_number_digest"),
        sa.UniqueConstraint("uid", name="uq_training_worker_uid"),
    )
    op.create_index("ix_training_worker_login_digest", "training_worker", ["login_digest"])
    op.create_index("ix_training_worker_unit_id", "training_worker", ["unit_id"])
    op.create_table(
        "training_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("submitted_at", UtcTime(), nullable=True),
        sa.Column("sheet_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["training_worker.id"], name="fk_training_attempt_worker_id_training_worker"),
        sa.ForeignKeyConstraint(["course_id"], ["training_course.id"], name="fk_training_attempt_course_id_training_course"),
        sa.ForeignKeyConstraint(["version_id"], ["training_version.id"], name="fk_training_attempt_version_id_training_version"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_attempt_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_training_attempt"),
        sa.UniqueConstraint("uid", name="uq_training_attempt_uid"),
    )
    op.create_index("ix_training_attempt_course_id", "training_attempt", ["course_id"])
    op.create_index("ix_training_attempt_unit_id", "training_attempt", ["unit_id"])
    op.create_index("ix_training_attempt_worker_id", "training_attempt", ["worker_id"])
    op.create_table(
        "training_follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["training_worker.id"], name="fk_training_follow_up_worker_id_training_worker"),
        sa.ForeignKeyConstraint(["course_id"], ["training_course.id"], name="fk_training_follow_up_course_id_training_course"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_follow_up_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_training_follow_up"),
        sa.UniqueConstraint("uid", name="uq_training_follow_up_uid"),
    )
    op.create_index("ix_training_follow_up_unit_id", "training_follow_up", ["unit_id"])
    op.create_index("ix_training_follow_up_worker_id", "training_follow_up", ["worker_id"])
    op.create_table(
        "training_leave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["worker_id"], ["training_worker.id"], name="fk_training_leave_worker_id_training_worker"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_leave_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_training_leave"),
        sa.UniqueConstraint("uid", name="uq_training_leave_uid"),
    )
    op.create_index("ix_training_leave_unit_id", "training_leave", ["unit_id"])
    op.create_index("ix_training_leave_worker_id", "training_leave", ["worker_id"])
    op.create_table(
        "training_posting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["worker_id"], ["training_worker.id"], name="fk_training_posting_worker_id_training_worker"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_posting_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_training_posting"),
    )
    op.create_index("ix_training_posting_unit_id", "training_posting", ["unit_id"])
    op.create_index("ix_training_posting_worker_id", "training_posting", ["worker_id"])
    op.create_table(
        "training_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["training_worker.id"], name="fk_training_result_worker_id_training_worker"),
        sa.ForeignKeyConstraint(["course_id"], ["training_course.id"], name="fk_training_result_course_id_training_course"),
        sa.ForeignKeyConstraint(["version_id"], ["training_version.id"], name="fk_training_result_version_id_training_version"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_result_unit_id_org_unit"),
        sa.ForeignKeyConstraint(["attempt_id"], ["training_attempt.id"], name="fk_training_result_attempt_id_training_attempt"),
        sa.ForeignKeyConstraint(["import_id"], ["training_import.id"], name="fk_training_result_import_id_training_import"),
        sa.PrimaryKeyConstraint("id", name="pk_training_result"),
        sa.UniqueConstraint("attempt_id", name="uq_training_result_attempt_id"),
        sa.CheckConstraint("score IS NULL OR (score >= 0 AND score <= 100)", name="ck_training_result_score_is_percent"),
    )
    op.create_index("ix_training_result_course_id_taken_on", "training_result", ["course_id", "taken_on"])
    op.create_index("ix_training_result_unit_id", "training_result", ["unit_id"])
    op.create_index("ix_training_result_worker_id", "training_result", ["worker_id"])
    op.create_table(
        "training_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("correct", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["training_result.id"], name="fk_training_topic_result_id_training_result"),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name="fk_training_topic_unit_id_org_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_training_topic"),
    )
    op.create_index("ix_training_topic_result_id", "training_topic", ["result_id"])
    op.create_index("ix_training_topic_unit_id", "training_topic", ["unit_id"])


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
