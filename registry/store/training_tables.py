"""The tables of training: courses, their versions and rounds, workers, their results and answer sheets.

Names and numbers of workers, why somebody is on leave, and what was answered are personal data: they stand in
`*_sealed` columns only. A worker is found by a keyed digest of the number and of the sign-in name.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import (
    Base,
    Code,
    Key,
    MaybeMoment,
    Moment,
    Sealed,
    Uid,
    UnitRef,
    Versioned,
    Words,
)


class TrainingCourse(Versioned, Base):
    """One course 教育コース for the workers of a unit and everything below it."""

    __tablename__ = "training_course"
    id: Mapped[Key]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    title_ja: Mapped[Words]
    title_en: Mapped[Words]
    audience: Mapped[Code]
    cycle: Mapped[Code]  # in rounds for everybody at once, or for each who joins
    days: Mapped[int]  # to take it after joining or coming back from leave
    before_access: Mapped[bool] = mapped_column(default=False, server_default=false())
    starts_on: Mapped[date]
    ended_on: Mapped[date | None]


class TrainingGate(Versioned, Base):
    """What a unit does with who has not passed what comes before access, and since when."""

    __tablename__ = "training_gate"
    id: Mapped[Key]
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"), unique=True)
    gate: Mapped[Code]
    since: Mapped[date]


class TrainingVersion(Base):
    """One version of a course's material, never changed: pages, questions, pass mark, as it was published."""

    __tablename__ = "training_version"
    id: Mapped[Key]
    uid: Mapped[Uid]
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"), index=True)
    unit_id: Mapped[UnitRef]
    revision: Mapped[int]
    content: Mapped[Words]
    digest: Mapped[Code]  # SHA-256 of the content
    published_at: Mapped[Moment]
    published_by_sealed: Mapped[Sealed]
    __table_args__ = (UniqueConstraint("course_id", "revision"),)


class TrainingRound(Versioned, Base):
    """One round 実施回 of a course: from when until when everybody takes it, most often once a year."""

    __tablename__ = "training_round"
    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"), index=True)
    unit_id: Mapped[UnitRef]
    version_id: Mapped[int] = mapped_column(ForeignKey("training_version.id"))
    opens_on: Mapped[date]
    due_on: Mapped[date]
    __table_args__ = (
        UniqueConstraint("course_id", "opens_on"),
        CheckConstraint("due_on >= opens_on", name="lasts"),
    )


class TrainingImport(Base):
    """One file of workers or completions that was taken in; which heading was which column is remembered."""

    __tablename__ = "training_import"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    course_id: Mapped[int | None] = mapped_column(ForeignKey("training_course.id"))
    file_digest: Mapped[Code]  # SHA-256 of the file
    headings_digest: Mapped[Code]
    mapping_json: Mapped[Words]
    rows: Mapped[int]
    counts_json: Mapped[Words]
    imported_at: Mapped[Moment]
    imported_by_sealed: Mapped[Sealed]


class TrainingWorker(Versioned, Base):
    """One worker 従業者 of a roster, with or without an account; `unit_id` is where they work now."""

    __tablename__ = "training_worker"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    roster_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))  # for which unit HR keeps the list
    number_digest: Mapped[Code]  # keyed, of the employee number within its roster
    login_digest: Mapped[Code] = mapped_column(index=True)  # as accounts have it; "" without a mail address
    number_sealed: Mapped[Sealed]
    name_sealed: Mapped[Sealed]
    employment: Mapped[Code]
    is_manager: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_system_administrator: Mapped[bool] = mapped_column(default=False, server_default=false())
    joined_on: Mapped[date]
    left_on: Mapped[date | None]  # the last day
    import_id: Mapped[int | None] = mapped_column(ForeignKey("training_import.id"))
    __table_args__ = (UniqueConstraint("roster_id", "number_digest"),)


class TrainingPosting(Base):
    """In which unit a worker worked from when until when (both included): transfers 異動."""

    __tablename__ = "training_posting"
    id: Mapped[Key]
    worker_id: Mapped[int] = mapped_column(ForeignKey("training_worker.id"), index=True)
    unit_id: Mapped[UnitRef]
    from_on: Mapped[date]
    until_on: Mapped[date | None]


class TrainingFormer(Base):
    """What a worker was until a day (included); `TrainingWorker` has what a roster said after it.

    The days of joining and leaving stand here of an employment that ended before another began.
    """

    __tablename__ = "training_former"
    id: Mapped[Key]
    worker_id: Mapped[int] = mapped_column(ForeignKey("training_worker.id"))
    unit_id: Mapped[UnitRef]
    until_on: Mapped[date]
    employment: Mapped[Code]
    is_manager: Mapped[bool]
    is_system_administrator: Mapped[bool]
    joined_on: Mapped[date | None]
    left_on: Mapped[date | None]
    __table_args__ = (UniqueConstraint("worker_id", "until_on"),)


class TrainingLeave(Base):
    """A leave 休職・休業 of a worker: it explains why somebody was not trained. Why, sealed."""

    __tablename__ = "training_leave"
    id: Mapped[Key]
    uid: Mapped[Uid]
    worker_id: Mapped[int] = mapped_column(ForeignKey("training_worker.id"), index=True)
    unit_id: Mapped[UnitRef]
    reason_sealed: Mapped[Sealed]
    from_on: Mapped[date]
    until_on: Mapped[date | None]


class TrainingAttempt(Base):
    """One try at a test: which questions were drawn (by its seed), and what was answered, sealed."""

    __tablename__ = "training_attempt"
    id: Mapped[Key]
    uid: Mapped[Uid]
    worker_id: Mapped[int] = mapped_column(ForeignKey("training_worker.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("training_version.id"))
    unit_id: Mapped[UnitRef]
    seed: Mapped[Code]
    started_at: Mapped[Moment]
    submitted_at: Mapped[MaybeMoment]
    sheet_sealed: Mapped[Sealed]  # empty until it is submitted


class TrainingResult(Base):
    """That a worker took a course, and with what result; never changed."""

    __tablename__ = "training_result"
    id: Mapped[Key]
    worker_id: Mapped[int] = mapped_column(ForeignKey("training_worker.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("training_version.id"))
    unit_id: Mapped[UnitRef]
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("training_attempt.id"), unique=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("training_import.id"))
    source: Mapped[Code]
    taken_on: Mapped[date]
    score: Mapped[int | None]  # percent
    passed: Mapped[bool]
    recorded_at: Mapped[Moment]
    __table_args__ = (
        Index(None, "course_id", "taken_on"),
        CheckConstraint("score IS NULL OR (score >= 0 AND score <= 100)", name="score_is_percent"),
    )


class TrainingTopic(Base):
    """How many questions of a topic were answered rightly in one test: comprehension 理解度."""

    __tablename__ = "training_topic"
    id: Mapped[Key]
    result_id: Mapped[int] = mapped_column(ForeignKey("training_result.id"), index=True)
    unit_id: Mapped[UnitRef]
    topic: Mapped[Code]
    correct: Mapped[int]
    asked: Mapped[int]


class TrainingFollowUp(Base):
    """What was done about somebody who has not passed フォロー: a reminder, a date agreed, another try."""

    __tablename__ = "training_follow_up"
    id: Mapped[Key]
    uid: Mapped[Uid]
    worker_id: Mapped[int] = mapped_column(ForeignKey("training_worker.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"))
    unit_id: Mapped[UnitRef]
    again: Mapped[bool] = mapped_column(default=False, server_default=false())  # tries are counted anew
    planned_on: Mapped[date | None]
    note_sealed: Mapped[Sealed]
    at: Mapped[Moment]
    by_sealed: Mapped[Sealed]


class TrainingSupplier(Base):
    """That workers of a supplier were taught on a day: how many, by which version, and what shows it."""

    __tablename__ = "training_supplier"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]  # who entrusts
    processor_id: Mapped[int] = mapped_column(ForeignKey("processor.id"), index=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("training_course.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("training_version.id"))
    taught_on: Mapped[date]
    people: Mapped[int]
    evidence_sealed: Mapped[Sealed]
    recorded_at: Mapped[Moment]
    recorded_by_sealed: Mapped[Sealed]
    __table_args__ = (CheckConstraint("people > 0", name="somebody"),)
