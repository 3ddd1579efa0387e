"""「個人情報ではない」 on the Inventory page: one person asks, another one decides, the next scan follows."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from registry import feedback
from registry.access import bootstrap_principal
from registry.feedback import Feedback, FeedbackState
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, WORST, opened, shown

WAITING = "個人情報ではない：承認待ち 1 件"


def judgements(group: Group) -> list[Feedback]:
    """Return all judgements."""
    with group.workspace.registry.read(bootstrap_principal()) as tx:
        return feedback.judgements(tx)


def proposed(group: Group, login: str = HOSPITAL) -> AppTest:
    """Propose the first sample of the worst object as somebody."""
    test = opened(group, login, "inventory", object=WORST)
    test.selectbox(key="not-personal-sample").set_value(0).run()
    test.text_input(key="not-personal-note").set_value("記入例の名")
    return test.button(key="not-personal-propose").click().run()


def test_an_officer_proposes_a_sample_in_the_drawer(changeable: Group) -> None:
    """Reason, expiry and explanation go to the registry; nothing is approved yet."""
    text = shown(proposed(changeable))
    assert "依頼しました。" in text
    assert "承認待ち" in text
    (made,) = judgements(changeable)
    assert (made.state, made.requester, made.note) == (FeedbackState.PROPOSED, "中村 裕子", "記入例の名")
    assert made.fingerprint.hex() not in text


def test_nobody_decides_on_their_own_proposal(changeable: Group) -> None:
    """The buttons of one's own proposal are there and closed."""
    proposed(changeable)
    test = opened(changeable, HOSPITAL, "inventory")
    text = shown(test)
    assert WAITING in text
    assert "ご自身の依頼は承認も却下もできません。" in text
    assert all(each.disabled for each in test.button if each.label in ("承認", "却下"))


@pytest.mark.parametrize(
    ("label", "state"), [("承認", FeedbackState.APPROVED), ("却下", FeedbackState.REJECTED)]
)
def test_another_officer_decides(changeable: Group, label: str, state: FeedbackState) -> None:
    """The officer of the group approves or rejects what the hospital's officer proposed."""
    proposed(changeable)
    test = opened(changeable, OFFICER, "inventory")
    assert judgements(changeable)[0].masked in shown(test)
    assert "結果一覧.xlsx を見る" in [each.label for each in test.button]
    next(each for each in test.button if each.label == label).click().run()
    assert f"{label}しました" in shown(test)
    (made,) = judgements(changeable)
    assert (made.state, made.decider) == (state, "佐藤 恵")


def test_an_approved_value_is_said_to_be_left_out_from_the_next_scan(changeable: Group) -> None:
    """The counts stay as they are, and the page says so in both languages."""
    proposed(changeable)
    before = shown(opened(changeable, OFFICER, "inventory"))
    test = opened(changeable, OFFICER, "inventory")
    next(each for each in test.button if each.label == "承認").click().run()
    after = shown(opened(changeable, OFFICER, "inventory", object=WORST))
    assert "1,204" in before
    assert "1,204" in after
    assert "次の走査から除外" in after
    assert "present counts do not change" in shown(opened(changeable, OFFICER, "inventory", "en"))


def test_others_neither_see_nor_decide(changeable: Group) -> None:
    """Executives and other companies see no proposal and have no button."""
    proposed(changeable)
    for login in (EXECUTIVE, GERMANY):
        test = opened(changeable, login, "inventory", "ja")
        assert WAITING not in shown(test)
        assert [each.label for each in test.button if each.label in ("承認", "却下")] == []
