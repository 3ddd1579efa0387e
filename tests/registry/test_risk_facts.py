"""Which threats concern an entry, and when what an analysis rested on does not hold any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.handling import Handling, Medium, ProcessorId
from registry.model import EntryId, LedgerEntry, Place, UnitId, UnitKind
from registry.risk_facts import (
    Facts,
    Reopening,
    categories_text,
    facts_of,
    reopening,
    reopening_of,
    reopening_text,
    widest,
)
from registry.threat_proposals import propose, situation_of
from registry.threats import Phase, catalogue
from scanners.model import Category, Exposure

ENTRY = LedgerEntry(
    id=EntryId(1),
    number="L-0001",
    unit_id=UnitId(1),
    name="名簿",
    items=frozenset({Category.PERSON, Category.PHONE}),
    purpose="連絡",
    places=(Place(None, "", "棚"),),
    storage_method="鍵",
    access_holders="総務",
    end_of_use="退職",
    retention_months=None,
    retention_until=None,
    approximate_count=100,
    exposure=Exposure.GROUP,
    owner="総務",
    version=1,
    updated_at=datetime(2026, 4, 1, tzinfo=UTC),
    updated_by="",
)
FACTS = Facts(ENTRY.items, 100, Exposure.GROUP)


def proposed(
    entry: LedgerEntry = ENTRY,
    facts: Facts = FACTS,
    schemes: tuple[str, ...] = (),
    kind: UnitKind = UnitKind.COMPANY,
) -> set[str]:
    """Return the ids of what is proposed."""
    known = catalogue()
    return {each.threat.id for each in propose(situation_of(entry, facts, schemes, kind, known), known)}


@pytest.mark.parametrize(
    ("entry", "threat"),
    [
        (replace(ENTRY, handling=Handling(media=frozenset({Medium.PAPER}))), "acquire-form-left"),
        (replace(ENTRY, handling=Handling(media=frozenset({Medium.CLOUD}))), "store-cloud-misconfigured"),
        (replace(ENTRY, storage_method="鍵付きキャビネットの書類"), "store-unlocked-cabinet"),
        (replace(ENTRY, places=(Place(None, "", "窓口の棚"),)), "acquire-overheard"),
        (
            replace(ENTRY, handling=Handling(processors=frozenset({ProcessorId(3)}))),
            "provide-processor-weak",
        ),
        (replace(ENTRY, handling=Handling(recipients="健康保険組合")), "provide-without-consent"),
        (replace(ENTRY, access_holders="コールセンターの委託先"), "provide-processor-weak"),
    ],
)
def test_a_threat_is_proposed_where_the_entry_speaks_of_it(entry: LedgerEntry, threat: str) -> None:
    """Media, places and circumstances follow from what is chosen and from words."""
    assert threat not in proposed()
    assert threat in proposed(entry)


def test_sources_categories_exposure_numbers_and_entity_speak_too() -> None:
    """A database, My Number, an open folder, many persons and a hospital each bring their threats."""
    plain = proposed()
    assert proposed(schemes=("postgresql+psycopg",)) > plain
    assert proposed(schemes=("file",)) > plain
    number = replace(FACTS, categories=FACTS.categories | {Category.MY_NUMBER})
    assert "acquire-my-number-unneeded" in proposed(facts=number) - plain
    assert "acquire-sensitive-without-consent" in proposed(
        facts=replace(FACTS, categories=FACTS.categories | {Category.MEDICAL})
    )
    everyone = {each.id for each in catalogue().threats.values() if Exposure.EVERYONE in each.when.exposure}
    assert everyone
    assert everyone <= proposed(facts=replace(FACTS, exposure=Exposure.EVERYONE)) - plain
    assert proposed(facts=replace(FACTS, persons=1_001)) > plain
    assert "acquire-patient-mixed-up" in proposed(kind=UnitKind.HOSPITAL) - plain


def test_a_short_english_word_does_not_stand_inside_another() -> None:
    """PostgreSQL is no post."""
    assert proposed(replace(ENTRY, storage_method="postgres")) == proposed()
    assert proposed(replace(ENTRY, storage_method="by post")) > proposed()


def test_proposals_come_phase_by_phase() -> None:
    """A threat of two phases stands in both, in the order of life."""
    known = catalogue()
    found = propose(situation_of(ENTRY, FACTS, (), None, known), known)
    order = [list(Phase).index(each.phase) for each in found]
    assert order == sorted(order)
    assert len({(each.phase, each.threat.id) for each in found}) == len(found)


_FACTS = st.builds(
    Facts,
    st.frozensets(st.sampled_from(Category), max_size=5),
    st.integers(0, 10**7),
    st.sampled_from(Exposure),
)


@given(_FACTS)
def test_what_stays_opens_nothing(facts: Facts) -> None:
    """The same facts never reopen an analysis."""
    assert not reopening(facts, facts)


@given(_FACTS, _FACTS)
def test_what_becomes_less_opens_nothing(then: Facts, other: Facts) -> None:
    """Fewer persons, categories and readers are no reason to look again."""
    assert not reopening(then.joined(other), replace(then, exposure=then.joined(other).exposure))


@given(_FACTS, _FACTS)
def test_reasons_come_back_as_they_were_kept(then: Facts, now: Facts) -> None:
    """What is stored is codes and numbers, and tells the same again."""
    found = reopening(then, now)
    assert reopening_of(reopening_text(found)) == found
    assert bool(reopening_text(found)) is bool(found)
    kept = facts_of(categories_text(now.categories), now.persons, now.exposure)
    assert kept == now


def test_each_reason() -> None:
    """A new category, twice as many persons, and a wider circle open an analysis again."""
    then = Facts(frozenset({Category.ADDRESS}), 120, Exposure.OWNER)
    assert reopening(then, replace(then, categories=then.categories | {Category.MEDICAL})) == Reopening(
        categories=frozenset({Category.MEDICAL})
    )
    assert not reopening(then, replace(then, categories=then.categories | {Category.POSTAL_CODE}))
    assert not reopening(then, replace(then, persons=239))
    assert reopening(then, replace(then, persons=240)).persons == (120, 240)
    assert not reopening(replace(then, persons=1), replace(then, persons=10))
    assert reopening(then, replace(then, exposure=Exposure.GROUP)).exposure == (
        Exposure.OWNER,
        Exposure.GROUP,
    )
    unknown = replace(then, exposure=Exposure.UNKNOWN)
    assert not reopening(unknown, replace(then, exposure=Exposure.GROUP))
    assert reopening(unknown, replace(then, exposure=Exposure.EVERYONE))
    assert not reopening(then, unknown)
    assert reopening_of(reopening_text(Reopening(review=date(2027, 4, 1)))).review == date(2027, 4, 1)


def test_the_widest_of_nothing_known_is_unknown() -> None:
    """In doubt nothing is wide."""
    assert widest([Exposure.UNKNOWN]) is Exposure.UNKNOWN
    assert widest([Exposure.GROUP, Exposure.UNKNOWN, Exposure.OWNER]) is Exposure.GROUP
