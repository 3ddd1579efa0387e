"""Notices and consent texts with their wordings, purposes that none of them tells, and research use."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from registry import notices, research
from registry.errors import Conflict, InvalidValue, NotFound
from registry.model import Principal, Role
from registry.notices import Notice, NoticeKind
from registry.purposes import purposes_in, untold
from registry.research import Research, ResearchBasis
from tests.access.rights import study
from tests.registry.world import World, person

TODAY = date(2026, 4, 1)


def officer(world: World) -> Principal:
    """Return the officer of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def written(world: World, *purposes: str, kind: NoticeKind = NoticeKind.ACQUISITION) -> Notice:
    """Return a notice of company A."""
    with world.registry.write(officer(world)) as tx:
        return notices.write_notice(
            tx,
            unit_id=world.a.unit.id,
            kind=kind,
            title="お知らせ",
            text="次の目的に利用します。",
            purposes=purposes,
            valid_from=TODAY,
        )


def registered(world: World, **values: Any) -> Research:
    """Return a study of company A."""
    with world.registry.write(officer(world)) as tx:
        return research.register(tx, study(world.a.unit.id, **values))


def test_wordings_are_added_and_never_changed(world: World) -> None:
    """The new wording is in force from its day; until then and about the past the earlier one is."""
    made = written(world, "人事管理")
    with world.registry.write(officer(world)) as tx:
        later = notices.reword(
            tx,
            made.id,
            text="改めました。",
            purposes=["人事管理", "福利厚生"],
            valid_from=date(2026, 6, 1),
            expected_version=made.version,
        )
    assert [each.revision for each in later.wordings] == [2, 1]
    for day, revision in ((TODAY, 1), (date(2026, 5, 31), 1), (date(2026, 6, 1), 2)):
        found = later.in_force(day)
        assert found is not None
        assert found.revision == revision
    assert later.in_force(date(2026, 3, 31)) is None
    assert later.wordings[1].text == "次の目的に利用します。"
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="before_last"):
        notices.reword(
            tx, made.id, text="x", purposes=["y"], valid_from=TODAY, expected_version=later.version
        )
    with world.registry.write(officer(world)) as tx, pytest.raises(Conflict) as conflict:
        notices.link(tx, made.id, [], expected_version=made.version)
    assert conflict.value.who == "officer 2"


def test_a_purpose_that_no_notice_tells_is_shown_until_one_does(world: World) -> None:
    """An entry without notice, then with one that lacks its purpose, then with one that tells it."""

    def missing() -> list[tuple[bool, tuple[str, ...]]]:
        with world.registry.read(officer(world)) as tx:
            return [(each.linked, each.untold) for each in notices.mismatches(tx)]

    purpose = world.a.entry.purpose
    assert missing() == [(False, (purpose,))]
    made = written(world, "給与の支払")
    with world.registry.write(officer(world)) as tx:
        made = notices.link(tx, made.id, [world.a.entry.id], expected_version=made.version)
    assert missing() == [(True, (purpose,))]
    with world.registry.write(officer(world)) as tx:
        notices.reword(
            tx,
            made.id,
            text="x",
            purposes=[f"{purpose}のため"],
            valid_from=TODAY,
            expected_version=made.version,
        )
    assert missing() == []


def test_an_entry_of_another_entity_is_not_linked(world: World) -> None:
    """Even for who sees both."""
    made = written(world, "人事管理")
    everyone = person(11, Role.ADMINISTRATOR, world.group.id)
    with world.registry.write(everyone) as tx, pytest.raises(NotFound):
        notices.link(tx, made.id, [world.b.entry.id], expected_version=made.version)


@pytest.mark.parametrize(
    ("purpose", "told", "missing"),
    [
        ("診療の提供及び診療報酬の請求", ["診療の提供", "診療報酬の請求"], ()),
        ("契約の履行、案内", ["契約の履行のため"], ("案内",)),
        ("ｻｰﾋﾞｽの改善", ["サービスの改善"], ()),
        ("健康診断", ["健康診断の実施"], ()),
        ("採用", [], ("採用",)),
        ("", ["採用"], ()),
    ],
)
def test_purposes_are_compared_one_by_one(purpose: str, told: list[str], missing: tuple[str, ...]) -> None:
    """Purposes in one line are told apart; width, spaces and 「のため」 make no difference."""
    assert untold(purpose, told) == missing
    assert len(purposes_in("採用、配送・案内 及び 研究")) == 4


def test_a_study_needs_its_approval_and_an_opt_out_its_notice(world: World) -> None:
    """Committee, number and keeper of the key table are required; an opt-out is published."""
    for values, column in (
        ({"approval": " "}, "approval"),
        ({"key_holder": ""}, "key_holder"),
        ({"committee": ""}, "committee"),
        ({"basis": ResearchBasis.OPT_OUT}, "notice_id"),
        ({"ends_on": date(2026, 3, 1)}, "ends_on"),
        ({"dispose_by": date(2026, 5, 1)}, "dispose_by"),
    ):
        with pytest.raises(InvalidValue) as error:
            registered(world, **values)
        assert error.value.column == column
    notice = written(world, "研究", kind=NoticeKind.OPT_OUT)
    assert registered(world, basis=ResearchBasis.OPT_OUT, notice_id=notice.id).number == "S-0001"
    everyone = person(11, Role.ADMINISTRATOR, world.group.id)
    theirs = study(world.b.unit.id, basis=ResearchBasis.OPT_OUT, notice_id=notice.id)
    with world.registry.write(everyone) as tx, pytest.raises(NotFound):
        research.register(tx, theirs)


def test_refusals_wait_until_the_person_is_left_out(world: World) -> None:
    """Each refusal counts, and waits for its exclusion; who refused is not in the list of studies."""
    made = registered(world)
    with world.registry.write(officer(world)) as tx:
        refusal = research.refuse(tx, made.id, person="診察券 7011", received_on=TODAY)
        (seen,) = research.studies(tx)
        assert (seen.refusals, seen.waiting) == (1, 1)
        assert "7011" not in repr(seen)
        with pytest.raises(InvalidValue, match="before_refusal"):
            research.exclude(tx, refusal.id, on=TODAY - timedelta(days=1))
        research.exclude(tx, refusal.id, on=TODAY)
        (seen,) = research.studies(tx)
        assert (seen.refusals, seen.waiting) == (1, 0)
        assert [each.person for each in research.refusals(tx, made.id)] == ["診察券 7011"]


def test_a_study_is_late_until_its_disposal_is_recorded(world: World) -> None:
    """Data and key table are disposed of by a day; what was recorded closes the study."""
    made = registered(world)
    assert made.days_over(date(2028, 4, 1)) == 1
    assert made.days_over(date(2028, 3, 31)) == 0
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="how"):
        research.dispose(tx, made.id, how=" ", on=TODAY, expected_version=made.version)
    with world.registry.write(officer(world)) as tx:
        done = research.dispose(tx, made.id, how="対応表を裁断", on=TODAY, expected_version=made.version)
    assert (done.days_over(date(2030, 1, 1)), done.disposer) == (0, "officer 2")
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="disposed"):
        research.refuse(tx, made.id, person="診察券", received_on=TODAY)
