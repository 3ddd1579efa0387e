"""Many entries of the ledger's list are changed at once, after a look at what would change."""

from __future__ import annotations

from datetime import date

from registry import ledger
from registry.model import LedgerEntry
from scanners.model import Exposure
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, OFFICER, opened, shown


def entries(group: Group) -> list[LedgerEntry]:
    """Return the ledger as the officer sees it."""
    with group.workspace.registry.read(group.principal(OFFICER)) as tx:
        return ledger.entries(tx)


def test_chosen_previewed_changed(changeable: Group) -> None:
    """The preview tells what changes from what to what; then all have the new values and one version more."""
    before = entries(changeable)
    assert len(before) > 1
    test = opened(changeable, OFFICER, "ledger")
    test.button(key="bulk-all").click().run()
    test.text_input(key="bulk-owner").input("総務部長")
    test.date_input(key="bulk-next_review").set_value(date(2027, 3, 31))
    test.selectbox(key="bulk-exposure").set_value(Exposure.OWNER)
    test.button(key="bulk-preview").click().run()
    text = shown(test).replace("\u00a0", " ")
    assert f"選んだ {len(before)} 件のうち" in text
    assert f"{len(before)} 件が変わります" in text
    assert before[0].owner in text
    assert entries(changeable) == before
    test.button(key="bulk-change").click().run()
    assert not test.exception
    assert "版の履歴" in shown(test)
    after = entries(changeable)
    assert {(each.owner, each.exposure, each.handling.next_review) for each in after} == {
        ("総務部長", Exposure.OWNER, date(2027, 3, 31))
    }
    assert [each.version for each in after] == [each.version + 1 for each in before]
    assert test.text_input(key="bulk-owner").value == ""


def test_an_edit_in_between_is_merged_or_chosen(changeable: Group) -> None:
    """Another column is merged; where it is the same, both contents are shown and the person goes on."""
    first, second, third, *_ = entries(changeable)
    test = opened(changeable, OFFICER, "ledger")
    test.multiselect(key="bulk-entries").set_value([first.id, second.id, third.id])
    test.text_input(key="bulk-owner").input("総務部長")
    test.button(key="bulk-preview").click().run()
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        for entry, changes in ((second, {"owner": "ほかの部長"}), (third, {"purpose": "変更"})):
            ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=changes)
    test.button(key="bulk-change").click().run()
    text = shown(test)
    for words in ("まだどれも変えていません", second.number, "ほかの部長", "総務部長"):
        assert words in text
    assert "総務部長" not in {each.owner for each in entries(changeable)}
    test.button(key="bulk-leave").click().run()
    test.button(key="bulk-change").click().run()
    assert not test.exception
    assert "うち 1 件は、ほかの方の変更と合わせて保存しました。" in shown(test).replace("\u00a0", " ")
    after = {each.id: each for each in entries(changeable)}
    assert [after[each.id].owner for each in (first, second, third)] == ["総務部長", "ほかの部長", "総務部長"]
    assert after[third.id].purpose == "変更"


def test_ones_own_content_is_chosen_over_that_of_others(changeable: Group) -> None:
    """Nobody overwrites unawares: it is looked at again before it is made."""
    first, *_ = entries(changeable)
    test = opened(changeable, OFFICER, "ledger")
    test.multiselect(key="bulk-entries").set_value([first.id])
    test.text_input(key="bulk-owner").input("総務部長")
    test.button(key="bulk-preview").click().run()
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        ledger.update_entry(tx, first.id, expected_version=first.version, changes={"owner": "ほかの部長"})
    test.button(key="bulk-change").click().run()
    assert not [each for each in test.button if each.key == "bulk-leave"]  # nothing would be left
    test.button(key="bulk-mine").click().run()
    assert entries(changeable)[0].owner == "ほかの部長"
    test.button(key="bulk-change").click().run()
    assert not test.exception
    assert entries(changeable)[0].owner == "総務部長"


def test_going_back_keeps_what_was_filled_in(changeable: Group) -> None:
    """Nothing is typed twice; without a choice or a value a sentence says what is missing."""
    first = entries(changeable)[0]
    test = opened(changeable, OFFICER, "ledger")
    test.button(key="bulk-preview").click().run()
    assert "変える項目を一つ以上入れてください" in shown(test)
    test.text_input(key="bulk-owner").input("総務部長")
    test.button(key="bulk-preview").click().run()
    assert "記載を選んでください" in shown(test)
    test.multiselect(key="bulk-entries").set_value([first.id])
    test.button(key="bulk-preview").click().run()
    test.button(key="bulk-stop").click().run()
    assert not test.exception
    assert test.text_input(key="bulk-owner").value == "総務部長"
    assert test.multiselect(key="bulk-entries").value == [first.id]


def test_who_only_reads_is_not_asked(group: Group) -> None:
    """An executive has no such field."""
    test = opened(group, EXECUTIVE, "ledger")
    assert not test.exception
    assert not [each for each in test.multiselect if each.key == "bulk-entries"]
