"""Two companies with a row of everything, made once and copied; the rows of each carry a mark."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy_mark.changes import register as change_register
from privacy_mark.changes.catalogue import Kind
from privacy_mark.laws import entries
from registry.access import bootstrap_principal
from registry.store import Registry
from registry.vault import Vault
from tests.access import (
    assessments,
    audits,
    certificates,
    changes,
    complaints,
    confirmations,
    documents,
    laws,
    requirements,
    reviews,
    risks,
    training,
)
from tests.registry.conftest import KEY
from tests.registry.world import CANARY, Clock, Company, World

SECRET = "甲社秘密"  # in complaints, names of workers, answers: never in a pack


def fill(registry: Registry, company: Company, secret: str, names: str) -> None:
    """Give a company a certificate, a year, training, checks, complaints, a risk analysis and evidence.

    An assessment, change reports and a list of laws too.
    """
    requirements.fill(registry, company.unit.id, secret)
    audits.fill(registry, company.unit.id, names)  # the forms name the audit manager
    with registry.write(bootstrap_principal(), reason="fill") as tx:
        risks.fill(tx, company.entry.id, "")
        reviews.fill(tx, company.unit.id, secret)
        documents.fill(tx, company.unit.id, company.entry.number, "")
        confirmations.fill(tx, company.unit.id, secret)
        complaints.fill(tx, company.unit.id, company.entry.number, secret)
        held = certificates.fill(tx, company.unit.id)
        assessments.fill(tx, company.unit.id, held.round_id, secret)
        changes.fill(tx, held.certificate_id, names)
        contact = changes.draft(secret, kind=Kind.CONTACT, note=secret, owner=secret)
        change_register.enter(tx, held.certificate_id, contact)
        laws.fill(tx, company.unit.id, names)
        own = dataclasses.replace(laws.own(names), reason=f"契約による {secret}", owner=f"法務 {secret}")
        entries.add(tx, company.unit.id, own)
        code = company.unit.code
        training.fill(tx, company.unit.id, code, f"user-{code}".lower(), company.user_id, secret, "")


@pytest.fixture(scope="package")
def filled_once(
    sqlite_world: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, World]:
    """Return a database file with two filled companies."""
    template, contents = sqlite_world
    path = tmp_path_factory.mktemp("packs") / "registry.db"
    shutil.copy(template, path)
    registry = Registry.open(f"sqlite:///{path}", Vault(KEY), clock=Clock())
    fill(registry, contents.a, SECRET, "")
    fill(registry, contents.b, CANARY, CANARY)
    registry.close()
    return path, contents


@pytest.fixture
def filled(filled_once: tuple[Path, World], tmp_path: Path) -> Iterator[World]:
    """Return a copy of the two filled companies."""
    template, contents = filled_once
    clock = Clock()
    url = f"sqlite:///{shutil.copy(template, tmp_path / 'registry.db')}"
    registry = Registry.open(url, Vault(KEY), clock=clock)
    yield dataclasses.replace(contents, registry=registry, clock=clock)
    registry.close()
