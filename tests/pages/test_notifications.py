"""My notifications: what there is to do, and how often it is told."""

from __future__ import annotations

from registry import notifications
from registry.notifications import DUTY, Choice, Frequency, Subject
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, OFFICER, opened, shown


def chosen(group: Group, login: str) -> Choice:
    """Return what somebody chose."""
    with group.workspace.registry.read(group.principal(login)) as tx:
        return notifications.own(tx)


def test_one_sees_what_there_is_to_do_and_chooses(changeable: Group) -> None:
    """An officer is told of the differences with a link, chooses daily, and finds the choice again."""
    test = opened(changeable, OFFICER, "notifications")
    assert not test.exception
    assert "/differences?who=nobody" in shown(test)
    assert "週に 1 回" in test.radio[0].options
    test.radio[0].set_value(Frequency.DAILY)
    test.button(key="notifications-save").click().run()
    assert not test.exception
    assert "保存しました" in shown(test)
    assert chosen(changeable, OFFICER) == Choice(Frequency.DAILY, 1)
    assert test.radio[0].value is Frequency.DAILY
    assert chosen(changeable, EXECUTIVE) == Choice(Frequency.WEEKLY, 0)


def test_one_chooses_what_the_mails_tell_of(changeable: Group) -> None:
    """Everything is chosen at first; what is told by duty cannot be left out, and the page says so."""
    test = opened(changeable, OFFICER, "notifications", "en")
    kinds = test.button_group(key="notifications-kinds-0")
    assert len(kinds.value) == len(Subject) - len(DUTY)
    text = shown(test)
    assert "These reach you at least once a week, whatever you choose: Requests" in text
    assert "Late work of others that is told to you" in text
    assert "every day from seven days before their day until they are handed in." in text
    kinds.set_value([each for each in kinds.value if each is not Subject.TRAINING])
    test.button(key="notifications-save").click().run()
    assert not test.exception
    assert chosen(changeable, OFFICER).left_out == {Subject.TRAINING}
    assert Subject.TRAINING not in test.button_group(key="notifications-kinds-1").value


def test_the_link_to_the_review_shows_what_is_to_be_reviewed(group: Group) -> None:
    """The box is ticked for who comes from a digest, and for nobody else."""
    assert opened(group, OFFICER, "ledger", due="1").checkbox(key="ledger-due").value is True
    assert opened(group, OFFICER, "ledger").checkbox(key="ledger-due").value is False


def test_who_has_nothing_to_do_is_told_so(group: Group) -> None:
    """An executive only reads."""
    test = opened(group, EXECUTIVE, "notifications")
    assert not test.exception
    assert "いま対応が必要なことはありません" in shown(test)


def test_what_another_window_saved_is_not_written_over(changeable: Group) -> None:
    """The second window is told, and shows what was saved meanwhile."""
    test = opened(changeable, OFFICER, "notifications")
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        notifications.choose(tx, Frequency.OFF, expected_version=0)
    test.radio[0].set_value(Frequency.DAILY)
    test.button(key="notifications-save").click().run()
    assert not test.exception
    assert chosen(changeable, OFFICER).frequency is Frequency.OFF
