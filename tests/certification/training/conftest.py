"""One registry for the tests of training: each has a company of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from privacy_mark.training import courses, joining
from privacy_mark.training.content import ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.model import Audience, Cycle
from registry import organisation
from registry.model import UnitId, UnitKind
from registry.store import Registry
from registry.vault import Vault
from tests.certification.training.company import OWNER, TODAY, Company
from tests.registry.world import Clock

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Registry, Clock]]:
    """Return one registry for all tests here: each has a company of its own."""
    clock = Clock()
    path: Path = tmp_path_factory.mktemp("training") / "registry.db"
    registry = Registry.open(
        f"sqlite:///{path}",
        Vault(bytes(range(32))),
        clock=clock,
        held_back=joining.held_back,
        before_roles=joining.before_roles,
    )
    registry.migrate()
    with registry.write(OWNER) as tx:
        organisation.create_unit(
            tx, code="G", kind=UnitKind.GROUP, name_ja="群", name_en="Group", parent_id=None
        )
    yield registry, clock
    registry.close()


@pytest.fixture
def company(shared: tuple[Registry, Clock]) -> Company:
    """Return a company of its own for the test."""
    registry, clock = shared
    number = next(_NUMBERS)
    with registry.write(OWNER) as tx:
        top = organisation.unit_by_code(tx, "G")
        assert top is not None

        def made(code: str, kind: UnitKind, parent: UnitId) -> UnitId:
            return organisation.create_unit(
                tx, code=code, kind=kind, name_ja=code, name_en=code, parent_id=parent
            ).id

        unit_id = made(f"C{number}", UnitKind.COMPANY, top.id)
        a_id = made(f"C{number}-A", UnitKind.DEPARTMENT, unit_id)
        made(f"C{number}-B", UnitKind.DEPARTMENT, unit_id)
        opened = TODAY - timedelta(days=60)
        draft = CourseDraft(unit_id, "基本", "Basics", Audience.ALL, Cycle.ROUNDS, opened)
        course = courses.create(tx, draft)
        courses.publish(tx, course.id, ready_made("all_workers"), expected_version=1)
        courses.open_round(
            tx, course.id, opens_on=opened, due_on=TODAY - timedelta(days=1), expected_version=1
        )
    return Company(registry, clock, unit_id, f"C{number}-A", f"C{number}-B", a_id, course.id)
