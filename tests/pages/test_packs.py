"""The page of evidence packs: what will be in one and what is missing; built by who manages certification."""

from __future__ import annotations

import pytest

from privacy_mark.pack import check_pack
from privacy_mark.pack.building import Built
from privacy_mark.pack.model import Purpose
from registry.journal import Action, JournalFilter, lines
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

ADMIN = "admin@towa.example"


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE])
def test_it_tells_what_will_be_in_a_pack(group: Group, login: str) -> None:
    """Documents with their state; only who manages certification finds the button."""
    page = opened(group, login, "packs", unit="HOSP")
    text = shown(page)
    assert "提出書類一覧：20 点" in text
    assert "内部監査・マネジメントレビュー実施サマリー" in text
    assert "記録なし" in text
    assert ("パックを作る" in [each.label for each in page.button]) is (login != EXECUTIVE)
    assert ("認証を管理する権限のある方です。" in text) is (login == EXECUTIVE)


def test_a_company_abroad_has_a_pack_for_audits_alone(group: Group) -> None:
    """It says why, and what to choose."""
    page = opened(group, GERMANY, "packs", "en", unit="DE")
    assert "No body prescribes the documents of an audit." in shown(page)
    page.button_group(key=f"packs-purpose-{group.units['DE']}").set_value(Purpose.NEW).run()
    assert "Companies abroad cannot hold the mark." in shown(page)


def test_a_pack_is_built_with_what_was_filled_in(changeable: Group) -> None:
    """The answers go into the documents; the journal tells of the pack; another purpose shows it no more."""
    page = opened(changeable, HOSPITAL, "packs", unit="HOSP")
    assert "本店の所在地" in shown(page)
    page.text_input(key="pack-HOSP-new-head_office").set_value("横浜市中区")
    page = pressed(page, "記入を反映")
    assert "できました。" in shown(pressed(page, "パックを作る"))
    built = page.session_state["pack-built"].built
    assert isinstance(built, Built)
    given = next(each for each in built.preview.sheets if each.document.id == "application")
    assert "横浜市中区" in [row.value for row in given.rows]
    files = check_pack.unpacked(built.pack.data)
    check_pack.check_files({name.partition("/")[2]: content for name, content in files.items()})
    with changeable.workspace.registry.read(changeable.principal(ADMIN)) as tx:
        (line,) = lines(tx, wanted=JournalFilter(action=Action.PACK_BUILT))
    assert line.after is not None
    assert line.after["digest"] == built.pack.digest
    page.button_group(key=f"packs-purpose-{changeable.units['HOSP']}").set_value(Purpose.AUDIT).run()
    assert "できました。" not in shown(page)
