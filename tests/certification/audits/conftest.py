"""A company in a registry of its own for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from registry import accounts, affiliations, organisation
from registry.access import bootstrap_principal
from registry.affiliations import AffiliationKind
from registry.model import UnitKind
from registry.store import Registry
from registry.vault import Vault
from tests.certification.audits.company import Company
from tests.registry.world import Clock


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Company]:
    """Make a company in a file that every test copies."""
    path, clock = tmp_path_factory.mktemp("company") / "registry.db", Clock()
    registry = Registry.open(f"sqlite:///{path}", Vault(bytes(32)), clock=clock)
    registry.migrate()
    with registry.write(bootstrap_principal()) as tx:
        unit = organisation.create_unit(
            tx, code="A", kind=UnitKind.COMPANY, name_ja="会社", name_en="Company", parent_id=None
        ).id
        departments = tuple(
            organisation.create_unit(
                tx, code=f"A-{n}", kind=UnitKind.DEPARTMENT, name_ja=f"部門{n}", name_en="", parent_id=unit
            ).id
            for n in (1, 2, 3)
        )
        people = tuple(
            accounts.create_account(tx, f"p{n}@a.example", f"監査 {n}", None, "ja", unit_id=unit)
            for n in (1, 2, 3)
        )
        for person, at in zip(people, departments, strict=True):
            affiliations.affiliate(tx, person, at, AffiliationKind.PRIMARY)
    registry.close()
    return path, Company(registry, clock, unit, departments, people)


@pytest.fixture
def company(template: tuple[Path, Company], tmp_path: Path) -> Iterator[Company]:
    """Give a company in a registry of its own."""
    path, made = template
    shutil.copy(path, tmp_path / "registry.db")
    registry = Registry.open(f"sqlite:///{tmp_path / 'registry.db'}", Vault(bytes(32)), clock=made.clock)
    yield replace(made, registry=registry)
    registry.close()
