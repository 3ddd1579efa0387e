"""How long the pages of confirmations take with 500 operations: part of benchmarks/certification.py."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from streamlit.testing.v1 import AppTest

from daicho.pages.context import PageContext
from daicho.settings import Settings
from daicho.workspace import Workspace
from privacy_mark.confirmations import answering, campaigns, operations
from privacy_mark.confirmations.answers import Answer, Result
from privacy_mark.confirmations.operations import OperationDraft
from privacy_mark.confirmations.periods import first_day
from privacy_mark.confirmations.questions import Frequency, QuestionKind, questions
from registry import organisation
from registry.access import bootstrap_principal
from registry.findings import FindingsStore
from registry.model import UnitId, UnitKind
from registry.store import Registry, Tx
from registry.vault import Vault

OPERATIONS, COMPANIES, PERIOD, TIMES = 500, 50, "2026-11", 7
_KEY = bytes(range(32))  # no secret: nothing here is anybody's
_NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def confirmations_ms() -> float:
    """Return the median milliseconds of the slower page: a round of 500 operations, or one confirmation."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = _workspace(Path(folder))
        context = PageContext(workspace, bootstrap_principal(), "ja")
        slowest = max(_median(context), _median(context, confirmation="7"))
        workspace.close()
    return round(slowest * 1000, 1)


def _median(context: PageContext, **query: str) -> float:
    seconds = []
    for _ in range(TIMES):
        test = AppTest.from_function(_script, default_timeout=60, args=(context,))
        for name, value in query.items():
            test.query_params[name] = value
        started = time.perf_counter()
        test.run()
        seconds.append(time.perf_counter() - started)
        assert not test.exception
    return statistics.median(seconds)


def _script(context: object) -> None:
    from daicho.pages import confirmations

    confirmations.show(context)  # type: ignore[arg-type]  # as the test harness hands it over


def _workspace(folder: Path) -> Workspace:
    vault = Vault(_KEY)
    registry = Registry.open(f"sqlite:///{folder / 'registry.db'}", vault, clock=lambda: _NOW)
    registry.migrate()
    with registry.write(bootstrap_principal(), reason="benchmark") as tx:
        _fill(tx)
    store = FindingsStore(folder / "findings", vault)
    return Workspace(folder, Settings(workspace=folder), vault, registry, store)


def _fill(tx: Tx) -> None:
    group = _unit(tx, "G", UnitKind.GROUP, None)
    companies = [_unit(tx, f"C{number}", UnitKind.COMPANY, group) for number in range(COMPANIES)]
    sets = list(questions().sets)
    for number in range(OPERATIONS):
        unit, kind = companies[number % COMPANIES], sets[number % len(sets)]
        operations.register(tx, OperationDraft(unit, f"業務 {number}", kind, Frequency.MONTHLY))
    round_ = campaigns.open_campaign(tx, group, Frequency.MONTHLY, PERIOD)
    rows, _ = campaigns.rows(tx, round_, limit=OPERATIONS)
    for row in rows[: OPERATIONS // 2]:
        answering.answer(tx, row.id, _answers(row.set_id), expected_version=1)


def _answers(set_id: str) -> list[Answer]:
    given = []
    for question in questions().sets[set_id].questions:
        looked = question.kind is QuestionKind.PHYSICAL
        who, day = ("担当", first_day(PERIOD)) if looked else ("", None)
        given.append(Answer(question.id, Result.RIGHT, "確かめた", who, day))
    return given


def _unit(tx: Tx, code: str, kind: UnitKind, parent: UnitId | None) -> UnitId:
    made = organisation.create_unit(
        tx, code=code, kind=kind, name_ja=f"単位{code}", name_en=code, parent_id=parent
    )
    return made.id
