"""Exclusions: what is left out of comparison and risk until its last day, and then counts again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from registry import exclusions, inventory
from registry import remediation as book
from registry.assess import reassess
from registry.errors import InvalidValue
from registry.inventory import ObjectFilter
from registry.remediation_states import RemediationKind, RemediationState
from tests.reality.results import object_id
from tests.remediation.bench import OWNER, Bench


def counted(bench: Bench) -> dict[str, int | None]:
    """Compare anew and return the score of every object in the inventory by its id."""
    made = reassess(bench.registry, OWNER, bench.store)
    with bench.registry.read(OWNER) as tx:
        rows = inventory.objects(tx, bench.store, ObjectFilter(everything=True)).rows
    scores = {row.id: None if row.risk is None else row.risk.score for row in rows}
    assert made.objects == sum(score is not None for score in scores.values())
    return scores


@pytest.mark.parametrize("kind", [RemediationKind.EXCLUDE_OBJECT, RemediationKind.EXCLUDE_FOLDER])
def test_what_is_excluded_has_no_risk_until_its_last_day(bench: Bench, kind: RemediationKind) -> None:
    """It stays in the inventory; the rest counts as before; the tick ends it, and so may people."""
    one, beside = bench.file("人事/記入例/a.txt"), bench.file("人事/記入例/深い/b.txt")
    rest = bench.file("人事/c.txt")
    bench.scan()
    before = counted(bench)
    assert None not in before.values()
    remediation_id = bench.approved(one, kind, days=10)
    after = counted(bench)
    out = {one} if kind is RemediationKind.EXCLUDE_OBJECT else {one, beside}
    for path in (one, beside, rest):
        key = object_id(str(path))
        assert (after[key] is None) == (path in out)  # type: ignore[index]
    bench.scan()
    assert counted(bench) == after
    bench.clock.advance(timedelta(days=10))
    with bench.registry.write(OWNER) as tx:
        assert exclusions.expire(tx) == 0
    bench.clock.advance(timedelta(days=1))
    with bench.registry.write(OWNER) as tx:
        assert exclusions.expire(tx) == 1
    assert bench.now(remediation_id).state is RemediationState.EXPIRED
    assert None not in counted(bench).values()


def test_an_exclusion_is_withdrawn_and_has_limits(bench: Bench) -> None:
    """It needs a last day within two years; loose files of the root are no folder; withdrawn, all counts."""
    path = bench.file("a.txt")
    bench.scan()
    for days, rule in ((None, "required"), (-1, "past"), (1_000, "too_late")):
        with pytest.raises(InvalidValue, match=rule):
            bench.propose(path, RemediationKind.EXCLUDE_OBJECT, days=days)
    with pytest.raises(InvalidValue, match="none"):
        bench.propose(path, RemediationKind.EXCLUDE_FOLDER, days=1)
    remediation_id = bench.approved(path, RemediationKind.EXCLUDE_OBJECT, days=1)
    assert set(counted(bench).values()) == {None}
    with bench.registry.write(bench.other) as tx:
        version = book.remediation(tx, remediation_id).version
        book.withdraw_exclusion(tx, remediation_id, expected_version=version)
    assert None not in counted(bench).values()
