"""The page of evidence packs: what will be in one and what is missing; built by who manages certification."""

from __future__ import annotations

from datetime import date

import pytest

from daicho.originals.filling import opened as form_of
from privacy_mark.pack import answers, check_pack, originals
from privacy_mark.pack.building import Built
from privacy_mark.pack.model import Purpose
from privacy_mark.pack.original_model import OriginalDraft
from registry.journal import Action, JournalFilter, lines
from tests.certification.pack.original_files import with_parts, word_form
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

ADMIN = "admin@towa.example"


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE])
def test_it_tells_what_will_be_in_a_pack(group: Group, login: str) -> None:
    """Documents with their state; only who manages certification finds the button."""
    page = opened(group, login, "packs", unit="HOSP")
    text = shown(page)
    assert "提出書類一覧：21 点" in text
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
    page.text_input(key="pack-HOSP-head_office").set_value("横浜市中区")
    page = pressed(page, "記入を保存")
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


def test_answers_are_there_the_next_time_with_who_and_when(changeable: Group) -> None:
    """Whatever the purpose; an answer that somebody else gave meanwhile is not overwritten unseen."""
    page = opened(changeable, HOSPITAL, "packs", unit="HOSP")
    unit = changeable.units["HOSP"]
    with changeable.workspace.registry.write(changeable.principal(ADMIN)) as tx:
        answers.keep(tx, unit, {"head_office": "横浜市西区"})
    page.text_input(key="pack-HOSP-head_office").set_value("横浜市中区")
    page = pressed(page, "記入を保存")
    told = " ".join(each.value for each in page.error)
    assert "保存しませんでした" in told
    assert "横浜市西区" in told
    (site, *_) = (each for each in page.text_input if each.key.startswith("pack-site-"))
    site.set_value("横浜市中区1-1、診療")
    page = pressed(page, "記入を保存")
    assert not page.error
    with changeable.workspace.registry.read(changeable.principal(ADMIN)) as tx:
        told = [each.answer.text for each in answers.sites(tx, unit) if each.answer and each.answer.text]
    assert told == ["横浜市中区1-1、診療"]
    again = opened(changeable, HOSPITAL, "packs", "en", unit="HOSP")
    field = again.text_input(key="pack-HOSP-head_office")
    assert field.value == "横浜市中区"
    assert changeable.principal(HOSPITAL).name in field.label


def test_a_form_of_the_body_is_registered_and_used(changeable: Group) -> None:
    """What is wrong is named; what would stand in each place is shown; the pack fills it in."""
    page = opened(changeable, HOSPITAL, "packs", unit="HOSP")
    uploader = page.file_uploader(key="pack-original-upload-0")
    page = uploader.upload("macro.docx", with_parts(word_form(), {"word/vbaProject.bin": b"x"})).run()
    assert any("マクロ" in each.value for each in page.error)
    page = page.file_uploader(key="pack-original-upload-0").upload("様式1.docx", word_form()).run()
    mapping = page.text_area(key="pack-original-mapping-0")
    assert "{{application.applicant}} = application.applicant" in mapping.value
    assert "{{事業者のカナ}} =" in mapping.value
    page.text_area(key="pack-original-mapping-0").set_value("{{事業者のカナ}} = kana\n{{ない}} = web").run()
    text = shown(page)
    assert "「kana」という項目はありません。" in text
    assert "「{{ない}}」という名前の場所は、ファイルにありません。" in text
    page.text_area(key="pack-original-mapping-0").set_value("{{事業者のカナ}} = applicant_kana").run()
    page.selectbox(key="pack-original-document-0").set_value("application").run()
    assert "未記入" in shown(page)
    page = pressed(page, "この様式を登録")
    text = shown(page)
    assert "登録しました（第 1 版" in text
    assert "様式1.docx" in text
    page = pressed(page, "パックを作る")
    built = page.session_state["pack-built"].built
    assert [each.file for each in built.preview.originals] == ["02-application.docx"]
    page = pressed(page, "この版の使用を終える")
    assert "使用終了" in shown(page)


def test_who_may_only_look_sees_the_forms(changeable: Group) -> None:
    """An executive learns which are used and what is blank, and hands in none."""
    unit = changeable.units["HOSP"]
    with changeable.workspace.registry.write(changeable.principal(ADMIN)) as tx:
        wanted = OriginalDraft(unit, "medis", Purpose.NEW, "application", date(2026, 1, 1), {})
        originals.register(tx, wanted, "form.docx", word_form(), form_of)
    page = opened(changeable, EXECUTIVE, "packs", "en", unit="HOSP")
    page.selectbox(key="packs-body").set_value("medis").run()
    text = shown(page)
    assert "The body's Word and Excel forms (1 in use)" in str([each.label for each in page.expander])
    assert "form.docx" in text
    assert not page.file_uploader
