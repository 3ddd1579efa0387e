"""Answers to what no record holds are kept sealed, cited, and never overwritten unseen."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from privacy_mark.pack import answers, building, check_pack
from privacy_mark.pack.model import Answer, Order, Purpose
from privacy_mark.pack.sheets import Sheet, State
from registry.errors import AccessDenied, Conflict, InvalidValue
from registry.journal import lines
from registry.model import Role
from registry.store.pack_tables import PackAnswer
from tests.certification.pack.test_building import files, made, officer, printed, refused, words
from tests.registry.world import World, person

PHONE, OFFICE = "03-0000-4242", "東京都千代田区一丁目"


def keep(world: World, seen: dict[str, int] | None = None, **given: str) -> dict[str, Answer]:
    """Keep answers of company A."""
    with world.registry.write(officer(world)) as tx:
        return answers.keep(tx, world.a.unit.id, given, seen=seen)


def test_an_answer_stands_in_the_next_pack_and_is_cited(filled: World) -> None:
    """What was given to one pack is in the next one, with its row and proof, and who answered it when."""
    printed(filled, Order(Purpose.RENEWAL, given={"head_office": OFFICE, "contact_phone": PHONE}))
    filled.clock.advance(timedelta(days=400))
    built = printed(filled)
    inside = files(built)
    application = words(inside["data/documents/02-application.pdf"])
    assert OFFICE in application
    assert PHONE in application
    told = {
        each["name"].partition(" ")[2]: each for each in json.loads(inside[check_pack.FIGURES])["figures"]
    }
    assert told["answers.head_office"]["value"] == OFFICE
    assert told["answers.contact_phone"]["value"] is None  # personal: in documents alone
    ((table, row_id),) = told["answers.contact_phone"]["rows"]
    rows = json.loads(inside[check_pack.RECORDS])["records"]
    (row,) = (each for each in rows if (each["table"], each["id"]) == (table, row_id))
    assert row["values"]["answered_on"] == "2026-04-01"
    assert row["seq"] is not None
    annex = b"".join(content for name, content in inside.items() if not name.endswith(".pdf"))
    assert PHONE.encode() not in annex
    with filled.registry.read(officer(filled)) as tx:
        found = answers.answers(tx, filled.a.unit.id)
    assert (found["contact_phone"].text, found["contact_phone"].author) == (PHONE, officer(filled).name)


def test_answers_are_sealed_and_the_journal_tells_only_which(filled: World) -> None:
    """Neither table nor journal holds the words; the same answer again is no change."""
    keep(filled, contact_name="山田 花子")
    assert keep(filled, contact_name="山田 花子")["contact_name"].version == 1
    with filled.registry.read(person(4, Role.ADMINISTRATOR, filled.a.unit.id)) as tx:
        (row,) = tx.session.query(PackAnswer).all()
        assert row.text_sealed is not None
        assert "山田".encode() not in row.text_sealed
        (line,) = (each for each in lines(tx, limit=20) if each.table == "pack_answer")
    assert line.after == {"field": "contact_name", "answered": True}
    emptied = keep(filled, contact_name=" ")["contact_name"]
    assert (emptied.text, emptied.version) == ("", 2)
    with filled.registry.read(officer(filled)) as tx:
        assert tx.session.query(PackAnswer).one().text_sealed is None


def test_an_answer_that_somebody_changed_meanwhile_is_not_overwritten(filled: World) -> None:
    """The conflict names the field; what was not changed since is no conflict."""
    first = keep(filled, contact_name="山田", head_office=OFFICE)
    seen = {name: each.version for name, each in first.items()}
    keep(filled, contact_name="佐藤")
    with pytest.raises(Conflict) as error:
        keep(filled, seen, contact_name="鈴木", head_office=OFFICE)
    assert error.value.columns == ("contact_name",)
    assert keep(filled, seen, contact_name="佐藤", head_office="横浜市")["head_office"].text == "横浜市"


def test_who_may_only_look_sees_that_it_was_answered(filled: World) -> None:
    """Contacts are shown to who manages the certification; others learn that the field is filled in."""
    keep(filled, contact_name="山田 花子", head_office=OFFICE)

    def shown(role: Role) -> dict[str, object]:
        with filled.registry.read(person(3, role, filled.a.unit.id)) as tx:
            found = building.preview(tx, filled.a.unit.id, Order(Purpose.RENEWAL))
            if role is Role.EXECUTIVE:
                with pytest.raises(AccessDenied):
                    answers.answers(tx, filled.a.unit.id)
        application = next(each for each in found.sheets if each.document.id == "application")
        return {row.field.id: row.value for row in application.rows}

    assert shown(Role.OFFICER)["contact_name"] == "山田 花子"
    seen = shown(Role.EXECUTIVE)
    assert seen["head_office"] == OFFICE
    assert "山田" not in repr(seen)
    assert seen["contact_name"] is not None


def test_an_earlier_pack_is_refused_after_another_answer(filled: World) -> None:
    """The registry keeps the last answer; what an order gives itself is as it was."""
    first = made(filled).preview
    filled.clock.advance(timedelta(days=1))
    keep(filled, head_office=OFFICE)
    then = Order(Purpose.RENEWAL, as_of=first.subject.as_of, head=first.head)
    assert refused(filled, then) == ("head", "changed_since")


def test_each_workplace_answers_where_it_is_and_what_it_does(filled: World) -> None:
    """Until then the form of the sites has blanks; the answer stands in its line, cited."""

    def sheet() -> Sheet:
        with filled.registry.read(officer(filled)) as tx:
            found = building.preview(tx, filled.a.unit.id, Order(Purpose.RENEWAL))
        return next(each for each in found.sheets if each.document.id == "sites")

    before = sheet()
    assert (before.state, [each.en for each in before.missing]) == (State.BLANKS, ["Address and work"])
    with filled.registry.write(officer(filled)) as tx:
        answers.keep(tx, filled.a.site.id, {"site_work": "川崎市1-1、製造"})
        (place,) = answers.sites(tx, filled.a.unit.id)
        with pytest.raises(InvalidValue):
            answers.keep(tx, filled.a.site.id, {"site_work": "x", "web": "x"})
    assert (place.unit_id, place.answer and place.answer.text) == (filled.a.site.id, "川崎市1-1、製造")
    assert sheet().state is State.COMPLETE
    inside = files(printed(filled))
    assert "川崎市1-1、製造" in words(inside["data/documents/06-sites.pdf"])
    rows = json.loads(inside[check_pack.RECORDS])["records"]
    assert [each["seq"] is None for each in rows if each["table"] == "pack_answer"] == [False]
    with filled.registry.read(person(5, Role.OFFICER, filled.b.unit.id)) as tx, pytest.raises(AccessDenied):
        answers.sites(tx, filled.a.unit.id)


def test_what_no_form_asks_is_refused(filled: World) -> None:
    """Neither an unknown field, nor one of a workplace, nor a novel."""
    for given, told in (({"x": "y"}, ("x", "unknown")), ({"web": "長" * 501}, ("web", "too_long"))):
        with pytest.raises(InvalidValue) as error:
            keep(filled, **given)
        assert (error.value.column, error.value.rule) == told
    with filled.registry.write(officer(filled)) as tx, pytest.raises(InvalidValue) as error:
        answers.keep(tx, filled.a.site.id, {"web": "x"})
    assert error.value.rule == "no_entity"
