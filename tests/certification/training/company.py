"""A company of the tests with two departments and a course whose round is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from daicho.training_file import Taken, read, take_completions, take_workers
from privacy_mark.training import standing
from privacy_mark.training.headings import Kind
from privacy_mark.training.model import CourseId, Rate
from registry import accounts
from registry.access import bootstrap_principal
from registry.model import Principal, UnitId
from registry.store import Registry
from registry.store.training_tables import TrainingWorker
from tests.registry.world import PASSWORD, Clock

OWNER = bootstrap_principal()
TODAY = date(2026, 4, 1)
HEAD = "社員番号,氏名,所属コード,雇用区分,入社日,退職日,メールアドレス,異動日,休職区分,休職開始日,休職終了日"


@dataclass(frozen=True, slots=True)
class Company:
    """A company with two departments and a course whose round is open."""

    registry: Registry
    clock: Clock
    unit_id: UnitId
    a: str
    b: str
    a_id: UnitId
    course_id: CourseId

    def workers(self, *lines: str, dry_run: bool = False, encoding: str = "cp932", head: str = HEAD) -> Taken:
        """Take a roster in."""
        data = "\r\n".join([head, *lines]).format(a=self.a, b=self.b).encode(encoding)
        return take_workers(self.registry, OWNER, self.unit_id, read(Kind.WORKERS, data), dry_run=dry_run)

    def completions(self, *lines: str, dry_run: bool = False) -> Taken:
        """Take completions in."""
        data = "\n".join(["社員番号,修了日,得点,合否", *lines]).encode("utf-8-sig")
        return take_completions(
            self.registry,
            OWNER,
            self.unit_id,
            self.course_id,
            read(Kind.COMPLETIONS, data),
            pass_percent=80,
            dry_run=dry_run,
        )

    def rate(self, day: date = TODAY, unit_id: UnitId | None = None) -> Rate:
        """Return how the company stands."""
        with self.registry.read(OWNER) as tx:
            found = standing.rate(tx, unit_id or self.unit_id, self.course_id, day)
        assert found is not None
        return found

    def count(self, table: type) -> int:
        """Return how many rows of workers of the roster a table has."""
        mine = select(TrainingWorker.id).where(TrainingWorker.roster_id == self.unit_id)
        column = TrainingWorker.id if table is TrainingWorker else table.worker_id  # type: ignore[attr-defined]
        with self.registry.read(OWNER) as tx:
            return tx.session.scalar(select(func.count()).select_from(table).where(column.in_(mine))) or 0


def account(company: Company, login: str) -> Principal:
    """Make an account without any role, managed in the company."""
    with company.registry.write(OWNER) as tx:
        user_id = accounts.create_account(tx, login, "本人", PASSWORD, "ja", unit_id=company.unit_id)
    return accounts.principal_of(company.registry, user_id)
