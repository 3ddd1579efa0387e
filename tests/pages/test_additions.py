"""The section of comments and attachments on an entry's page and in a difference's drawer."""

from __future__ import annotations

import pytest

from daicho.pages import additions
from daicho.pages.context import PageContext
from registry import attachments, comments, journal, ledger
from registry.access import bootstrap_principal
from registry.errors import AccessDenied
from registry.model import EntryId
from registry.topics import Topic
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, OFFICER, opened, shown


def first(group: Group) -> EntryId:
    """Return the first entry that the officer sees."""
    with group.workspace.registry.read(group.principal(OFFICER)) as tx:
        return ledger.entries(tx)[0].id


def test_a_comment_is_added_and_removed_with_a_reason(changeable: Group) -> None:
    """The words stand on the page, then that they were removed, by whom and why."""
    entry_id = first(changeable)
    test = opened(changeable, OFFICER, "ledger", entry=str(entry_id))
    test.text_area(key=f"say-ledger_entry-{entry_id}").input("<b>棚卸し</b>済み")
    test.button(key=f"say-ledger_entry-{entry_id}-add").click().run()
    text = shown(test)
    assert "コメントを残しました" in text
    assert "&lt;b&gt;棚卸し&lt;/b&gt;済み" in text
    with changeable.workspace.registry.read(changeable.principal(OFFICER)) as tx:
        (said,) = comments.comments(tx, Topic.of_entry(entry_id))
    test.button(key=f"comment-{said.id}-remove").click().run()
    assert "削除する理由を入れてください" in shown(test)
    test.text_input(key=f"comment-{said.id}-why").input("誤り")
    test.button(key=f"comment-{said.id}-remove").click().run()
    text = shown(test)
    assert "棚卸し" not in text
    assert "コメントは削除されました" in text
    assert "誤り" in text


def test_a_file_is_attached_and_handed_out_on_demand(changeable: Group) -> None:
    """Looking at the page hands nothing out; the click does, and leaves a record."""
    entry_id = first(changeable)
    test = opened(changeable, OFFICER, "ledger", entry=str(entry_id))
    test.file_uploader[0].set_value(("契約.txt", "覚書".encode(), "text/plain"))
    test.button(key=f"attach-ledger_entry-{entry_id}-add").click().run()
    text = shown(test)
    assert "添付しました" in text
    assert "契約.txt" in text
    officer = changeable.principal(OFFICER)
    with changeable.workspace.registry.read(officer) as tx:
        (file,) = attachments.attachments(tx, Topic.of_entry(entry_id))

    def views() -> int:
        with changeable.workspace.registry.read(bootstrap_principal()) as tx:
            return sum(line.action == "attachment_viewed" for line in journal.lines(tx, limit=50))

    assert views() == 0
    taken = additions.taken(file.id, PageContext(changeable.workspace, officer, "ja"))
    assert (taken.name, taken.data.decode()) == ("契約.txt", "覚書")
    assert views() == 1
    executive = PageContext(changeable.workspace, changeable.principal(EXECUTIVE), "ja")
    with pytest.raises(AccessDenied):
        additions.taken(file.id, executive)


def test_what_is_not_taken_is_said(changeable: Group) -> None:
    """A program with the suffix of a text is refused with what may be attached."""
    entry_id = first(changeable)
    test = opened(changeable, OFFICER, "ledger", entry=str(entry_id))
    test.file_uploader[0].set_value(("a.txt", b"MZ\x00\x00", "text/plain"))
    test.button(key=f"attach-ledger_entry-{entry_id}-add").click().run()
    assert "この種類のファイルは添付できません" in shown(test)


def test_who_only_reads_gets_no_fields(changeable: Group) -> None:
    """An executive sees the section and nothing to fill in, and no words of others."""
    entry_id = first(changeable)
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        comments.add(tx, Topic.of_entry(entry_id), "棚卸し済み")
    test = opened(changeable, EXECUTIVE, "ledger", entry=str(entry_id))
    text = shown(test)
    assert "コメントと添付" in text
    assert "棚卸し済み" not in text
    assert not [each for each in test.text_area if each.key and each.key.startswith("say-")]
    assert not test.file_uploader
