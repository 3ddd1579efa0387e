"""The ledger as a file and back: nothing is lost, and nobody writes where he may not."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daicho.ledger_file.exchange import give, take
from daicho.ledger_file.mapping import propose
from daicho.ledger_file.table import read_table
from registry import ledger
from registry.access import bootstrap_principal
from registry.handling import (
    Acquisition,
    Answer,
    Consent,
    Handling,
    Medium,
    RetentionEvent,
    Subject,
    Transfer,
    TransferBasis,
)
from registry.ledger_columns import EntryDraft, differences, draft_of
from registry.model import LedgerEntry, Place, Role
from scanners.model import Category, Exposure
from tests.registry.world import World, draft, person

AWKWARD = [
    "=1+1",
    "'=1",
    "''-x",
    "＝計算",
    "+81",
    "@x",
    "-",
    "なし",
    "×",
    "a\nb",
    "😀𠮷",
    "一\u3000二",
    "_x000D_",
    "1",
    "1.0",
]
WORD = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12),
)
FREE = st.one_of(st.just(""), WORD)
DAYS = st.dates(date(1868, 1, 1), date(2999, 12, 31))
PLACES = st.one_of(
    st.builds(lambda text: (False, "", text), WORD),
    st.builds(lambda prefix, text: (True, prefix.replace("..", ""), text), FREE, FREE),
)
HANDLING = st.builds(
    Handling,
    subjects=st.frozensets(st.sampled_from(Subject)),
    acquisition=st.sampled_from(Acquisition),
    acquired_from=FREE,
    purpose_notice=FREE,
    consent=st.sampled_from(Consent),
    media=st.frozensets(st.sampled_from(Medium)),
    retention_event=st.sampled_from(RetentionEvent),
    retention_event_on=st.none() | DAYS,
    disposal_method=FREE,
    disclosable=st.sampled_from(Answer),
    entrusted=st.booleans(),
    entrusted_by=FREE,
    recipients=FREE,
    joint_use=FREE,
    transfers=st.lists(
        st.builds(Transfer, st.sampled_from(["US", "FR", "SG"]), st.just(TransferBasis.CONSENT), FREE),
        max_size=2,
    ).map(tuple),
    last_checked=st.none() | DAYS,
    next_review=st.none() | DAYS,
)
COLUMNS = st.fixed_dictionaries(
    {
        "name": WORD,
        "items": st.frozensets(st.sampled_from(Category), min_size=1),
        "purpose": WORD,
        "storage_method": WORD,
        "access_holders": WORD,
        "end_of_use": WORD,
        "owner": WORD,
        "retention_months": st.none() | st.integers(1, 1200),
        "retention_until": st.none() | DAYS,
        "approximate_count": st.none() | st.integers(0, 10**10),
        "exposure": st.sampled_from(Exposure),
        "handling": HANDLING,
    }
)
LEDGERS = st.lists(st.tuples(COLUMNS, st.lists(PLACES, min_size=1, max_size=3)), min_size=1, max_size=4)
Ledger = list[tuple[dict[str, object], list[tuple[bool, str, str]]]]


def _drafts(world: World, rows: Ledger) -> list[EntryDraft]:
    return [
        draft(
            world.a.unit.id,
            world.a.source,
            **columns,
            places=tuple(
                Place(world.a.source.id if at else None, prefix, text) for at, prefix, text in places
            ),
        )
        for columns, places in rows
    ]


def _entries(world: World) -> list[LedgerEntry]:
    with world.registry.read(bootstrap_principal()) as tx:
        return ledger.entries(tx, unit_id=world.a.unit.id)


def _comes_back(world: World, rows: Ledger) -> None:
    with world.registry.write(bootstrap_principal()) as tx:
        made = [ledger.create_entry(tx, each) for each in _drafts(world, rows)]
    before = _entries(world)
    with tempfile.TemporaryDirectory() as folder:
        for language in ("ja", "en"):
            for suffix in ("xlsx", "csv"):
                file = Path(folder) / f"{language}.{suffix}"
                give(world.registry, bootstrap_principal(), file, world.a.unit.id, language=language)
                table = read_table(file)
                taken = take(world.registry, bootstrap_principal(), table, propose(table), None)
                assert taken.issues == ()
                assert {outcome.step for outcome in taken.outcomes} == {"unchanged"}
                # As new entries too: what stands in the file is enough to make each one again.
                fresh = tuple(
                    replace(each, column="" if each.column == "number" else each.column)
                    for each in propose(table)
                )
                again = take(world.registry, bootstrap_principal(), table, fresh, None)
                assert again.issues == ()
                copies = _entries(world)[len(before) :]
                assert [draft_of(each) for each in copies] == [draft_of(each) for each in before], [
                    differences(draft_of(one), draft_of(other))
                    for one, other in zip(before, copies, strict=True)
                ]
                with world.registry.write(bootstrap_principal()) as tx:
                    _remove(tx, copies)
    assert _entries(world) == before
    with world.registry.write(bootstrap_principal()) as tx:
        _remove(tx, made)


def _remove(tx: object, entries: list[LedgerEntry]) -> None:
    from sqlalchemy import delete

    from registry.store.tables import LedgerItem, LedgerPlace, LedgerRecord, LedgerVersionRecord

    ids = [each.id for each in entries]
    for table in (LedgerItem, LedgerPlace, LedgerVersionRecord):
        tx.session.execute(delete(table).where(table.entry_id.in_(ids)))  # type: ignore[attr-defined]
    tx.session.execute(delete(LedgerRecord).where(LedgerRecord.id.in_(ids)))  # type: ignore[attr-defined]


def _property(examples: int) -> Callable[[Callable[[World, Ledger], None]], Callable[..., None]]:
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    limits = settings(max_examples=examples, deadline=None, suppress_health_check=quiet, database=None)
    return lambda test: limits(given(rows=LEDGERS)(test))


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@_property(5)
def test_a_random_ledger_comes_back_as_it_left(world: World, rows: Ledger) -> None:
    """Workbook and CSV, both languages: unchanged as known entries, equal as new ones."""
    _comes_back(world, rows)


@pytest.mark.slow
@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@_property(200)
def test_two_hundred_random_ledgers_come_back_as_they_left(world: World, rows: Ledger) -> None:
    """The same for two hundred ledgers."""
    _comes_back(world, rows)


def test_an_officer_imports_into_his_own_company_only(world: World, tmp_path: Path) -> None:
    """A file naming another company's unit or entry is refused as if it named nothing; nothing is kept."""
    officer = person(2, Role.OFFICER, world.a.unit.id)
    give(world.registry, bootstrap_principal(), tmp_path / "b.csv", world.b.unit.id, language="ja")
    table = read_table(tmp_path / "b.csv")
    before = _entries(world)
    known = take(world.registry, officer, table, propose(table), world.a.unit.id)
    assert {issue.rule for issue in known.issues} == {"unknown"}
    fresh = tuple(
        replace(each, column="" if each.column == "number" else each.column) for each in propose(table)
    )
    new = take(world.registry, officer, table, fresh, world.a.unit.id)
    assert new.is_refused
    assert new.outcomes == ()
    assert _entries(world) == before
