"""Readiness on its page: evidence is added, another person confirms it; the catalogue beside it."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pypdfium2
import pytest

from daicho.pages import renewal_issue, renewal_report, requirement_words
from daicho.pages.context import PageContext
from privacy_mark.certificates import accidents
from privacy_mark.documents import register, versions
from privacy_mark.requirements import evidence, issued, readiness
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.evidence import Shows
from privacy_mark.requirements.facts import Fact, Standing
from privacy_mark.requirements.model import SupplierId
from privacy_mark.requirements.readiness import Met
from privacy_mark.training import courses, roster_import
from registry import organisation
from registry.access import bootstrap_principal, today_in_japan
from registry.model import UnitKind
from tests.access import assessments, certificates, changes, training
from tests.access.documents import TEXT, rule
from tests.access.requirements import draft
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, OFFICER, opened, pressed, shown

SCOPE = "J.1.4"
TITLE = "適用範囲を定めた規程 第2版"


def pages_of(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


@pytest.mark.parametrize("login", [OFFICER, HOSPITAL, EXECUTIVE, GERMANY])
def test_everybody_sees_the_readiness_of_the_own_entities(group: Group, login: str) -> None:
    """The group's officer sees a list, a hospital its requirements, a company abroad no other name."""
    text = shown(opened(group, login, "requirements", "en" if login == GERMANY else "ja"))
    if login in (OFFICER, EXECUTIVE):
        assert "証跡がそろい確認された要求事項がまだ全部ではありません。" in text
        assert "桜台総合病院" in text
    elif login == HOSPITAL:
        assert "証跡の有無を示すもので、適合しているという判定ではありません。" in text
        assert "適用範囲" in text
        assert "担当 個人情報保護管理者、期限は未定" in text
    else:
        assert "This tells whether there is evidence." in text
        assert "桜台" not in text


def test_evidence_is_added_on_the_page_and_confirmed_by_another_person(changeable: Group) -> None:
    """What is missing in the form is said; who added evidence is told to ask somebody else."""
    page = opened(changeable, OFFICER, "requirements", unit="HOSP", requirement=SCOPE)
    assert "証跡はまだ一つもありません。" in shown(page)
    assert "証跡の題名を入れてください。" in shown(pressed(page, "証跡を追加"))
    page.text_input[0].set_value(TITLE)
    page.file_uploader[0].set_value(("適用範囲.txt", "全部門".encode(), "text/plain"))
    text = shown(pressed(page, "証跡を追加"))
    assert "証跡を追加しました。ほかの方の確認を受けてください。" in text
    assert "EV-0001" in text
    assert "必要な証跡はそろっています。" in text

    page = opened(changeable, HOSPITAL, "requirements", unit="HOSP", requirement=SCOPE)
    assert TITLE in shown(page)
    assert "確認しました。" in shown(pressed(page, "証跡を確認した"))
    with changeable.workspace.registry.read(changeable.principal(HOSPITAL)) as tx:
        lines = readiness.readiness(tx, product(), changeable.units["HOSP"]).lines
    done = next(each for each in lines if each.requirement.id == SCOPE)
    assert isinstance(done.state, Met)
    assert done.state.confirmation.by == "中村 裕子"
    page = opened(changeable, HOSPITAL, "requirements", "en", requirement=SCOPE)
    assert "The requirement then counts as not assessed." in shown(page)
    assert "The confirmation was withdrawn." in shown(pressed(page, "Withdraw the confirmation"))


def test_who_added_evidence_is_told_to_ask_somebody_else(changeable: Group) -> None:
    """The hospital's officer added it alone: the page refuses the confirmation and says why."""
    with changeable.workspace.registry.write(changeable.principal(HOSPITAL), reason="test") as tx:
        made = draft(changeable.units["HOSP"], title=TITLE, effective_on=today_in_japan(tx.now))
        evidence.add_file(tx, product(), made, "a.txt", b"a")
    page = opened(changeable, HOSPITAL, "requirements", requirement=SCOPE)
    assert "証跡を追加した方は確認できません。" in shown(pressed(page, "証跡を確認した"))


def test_a_wrong_correction_is_named_with_its_line(changeable: Group) -> None:
    """The page says which line of which file to correct; the work of today is shown nevertheless."""
    folder = changeable.workspace.path / "requirements"
    folder.mkdir()
    (folder / "own.yaml").write_text("version: 1\nsource: x\ncorrect:\n  J.0: {ja: x}\n", encoding="utf-8")
    for name in ("requirements", "catalogue"):
        text = shown(opened(changeable, HOSPITAL, name))
        assert "次の行を直してください。" in text
        assert "own.yaml" in text
    assert "今日の対応" in shown(opened(changeable, HOSPITAL, "today"))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_is_asked_no_longer_stays_on_the_page(changeable: Group, language: str) -> None:
    """A requirement that ended and a need that was replaced, with evidence and who corrected it."""
    unit_id = changeable.units["HOSP"]
    with changeable.workspace.registry.write(changeable.principal(OFFICER), reason="test") as tx:
        today = today_in_japan(tx.now)
        for number, shows in enumerate((Shows("J.1.4", "scope"), Shows("J.1.2", "parties"))):
            made = draft(unit_id, shows, title=f"{TITLE} {number}", effective_on=today)
            evidence.add_file(tx, product(), made, "a.txt", str(number).encode())
    last = today - timedelta(days=1)
    folder = changeable.workspace.path / "requirements"
    folder.mkdir()
    need = "{id: register, kind: record, every: yearly, ja: 登録簿, en: Register}"
    (folder / "own.yaml").write_text(
        f"version: 1\nsource: 官報\nend: {{J.1.4: {last}}}\n"
        f"correct: {{J.1.2: {{from: {today}, needs: [{need}]}}}}\n",
        encoding="utf-8",
    )
    ja = language == "ja"
    gone = "いまは求めていない要求事項の証跡" if ja else "Evidence of what is asked no longer"
    assert gone in shown(opened(changeable, HOSPITAL, "requirements", language))
    text = shown(opened(changeable, HOSPITAL, "requirements", language, requirement="J.1.4"))
    assert f"{TITLE} 0" in text
    assert ("own.yaml の 3 行目：官報" if ja else "own.yaml, line 3: 官報") in text
    text = shown(opened(changeable, HOSPITAL, "requirements", language, requirement="J.1.2"))
    assert f"{TITLE} 1" in text
    assert ("以前に求めていた証跡：" if ja else "Evidence asked for before: ") in text
    page = opened(changeable, HOSPITAL, "requirements", language)
    page.selectbox(key="requirements-state").set_value(Met).run()
    text = shown(page)
    assert ("条件に合う要求事項はありません。" if ja else "No requirement") in text
    assert gone in text
    page = opened(changeable, HOSPITAL, "catalogue", language)
    page.text_input(key="catalogue-search").set_value("j.1.2").run()
    assert shown(page).count("J.1.2/") == 2  # one row for each version
    page.date_input(key="catalogue-day").set_value(last).run()
    assert shown(page).count("J.1.2/") == 1


def test_where_nothing_is_asked_any_more_the_evidence_stays(changeable: Group) -> None:
    """Its list, its drawer and the reports that were issued; no report of nothing is offered."""
    unit_id = changeable.units["HOSP"]
    with changeable.workspace.registry.write(changeable.principal(OFFICER), reason="test") as tx:
        today = today_in_japan(tx.now)
        made = draft(unit_id, Shows("J.1.4", "scope"), title=TITLE, effective_on=today)
        evidence.add_file(tx, product(), made, "a.txt", b"1")
        ids = [line.requirement.id for line in readiness.readiness(tx, product(), unit_id).lines]
    page = pressed(opened(changeable, HOSPITAL, "requirements"), "更新準備状況（PDF）を発行する")
    assert "発行した更新準備状況" in shown(page)
    ends = "".join(f"  {name}: {today - timedelta(days=1)}\n" for name in ids)
    folder = changeable.workspace.path / "requirements"
    folder.mkdir()
    (folder / "own.yaml").write_text(f"version: 1\nsource: 官報\nend:\n{ends}", encoding="utf-8")
    page = opened(changeable, HOSPITAL, "requirements", requirement="J.1.4")
    text = shown(page)
    for words in (
        "当てはまる要求事項はありません",
        "いまは求めていない要求事項の証跡",
        TITLE,
        "発行した更新準備状況",
    ):
        assert words in text, words
    assert "更新準備状況（PDF）を発行する" not in {each.label for each in page.button}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_overseas_company_sees_the_law_of_its_country(changeable: Group, language: str) -> None:
    """Where the catalogue has no law of a country, the page says so."""
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        for code, country in (("KR", "KR"), ("ZA", "ZA")):
            organisation.create_unit(
                tx,
                code=code,
                kind=UnitKind.OVERSEAS,
                name_ja=code,
                name_en=code,
                parent_id=changeable.units["GROUP"],
                country=country,
            )
    ja = language == "ja"
    absent = "ZA の法令は、一覧にない" if ja else "The law of ZA is not in the catalogue"
    korea = shown(opened(changeable, OFFICER, "requirements", language, unit="KR"))
    assert ("韓国 個人情報保護法" if ja else "Korea: Personal Information Protection Act") in korea
    assert absent.replace("ZA", "KR") not in korea
    assert absent in shown(opened(changeable, OFFICER, "requirements", language, unit="ZA"))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_catalogue_is_looked_up_and_mapped(group: Group, language: str) -> None:
    """Every item of a set with how it was checked, and the old number of a new one."""
    page = opened(group, HOSPITAL, "catalogue", language)
    assert "J.6.2" in shown(page)
    # The text of standards is not at hand: read in a source is not read in the original.
    assert ("資料で確認" if language == "ja" else "read in a source") in shown(page)
    page.text_input(key="catalogue-search").set_value("j.6.2").run()
    assert "J.1.4" not in shown(page)
    page.segmented_control(key="catalogue-what").set_value("maps").run()
    assert ("対応表" if language == "ja" else "Mapping table") in shown(page)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_report_on_renewal_is_two_pages_and_an_annex(changeable: Group, language: str) -> None:
    """It names what is missing with owner and day; issued by the privacy manager it is approved."""
    unit_id = changeable.units["HOSP"]
    with changeable.workspace.registry.write(changeable.principal(OFFICER), reason="test") as tx:
        made = draft(unit_id, Shows("J.6.2", "operation"), title=TITLE, effective_on=today_in_japan(tx.now))
        evidence.add_file(tx, product(), made, "a.txt", b"a")
    with changeable.workspace.registry.read(changeable.principal(HOSPITAL)) as tx:
        unit = organisation.unit(tx, unit_id)
    pages = {}
    for login in (OFFICER, HOSPITAL):
        context = PageContext(changeable.workspace, changeable.principal(login), language)
        pages[login] = pages_of(renewal_report.made(unit, product(), context)[1])
    first, second, *annex = pages[HOSPITAL]
    words = (
        ("更新準備状況", "内部監査", "EV-0001", "未承認")
        if language == "ja"
        else ("Readiness for renewal", "Internal audit", "EV-0001", "Not approved")
    )
    assert words[0] in first
    assert all(f"J.{number}" in first for number in range(1, 12))
    assert words[1] in second
    assert words[2] in second
    assert words[3] not in second
    assert words[3] in pages[OFFICER][1]
    assert TITLE not in "".join(pages[HOSPITAL])
    assert "J.6.2" in "".join(annex)
    assert "MHLW.1.1" in "".join(annex)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_report_is_issued_on_the_page_with_a_record(changeable: Group, language: str) -> None:
    """The button issues it; the list has number, issuer, approver and hash, and hands out the same bytes."""
    ja = language == "ja"
    button = "更新準備状況（PDF）を発行する" if ja else "Issue the readiness for renewal (PDF)"
    page = pressed(opened(changeable, HOSPITAL, "requirements", language), button)
    text = shown(page)
    assert ("発行し、操作記録に残しました" if ja else "Issued, and recorded in the journal") in text
    assert "RR-0001" in text
    assert ("承認者 中村 裕子" if ja else "Approved by 中村 裕子") in text
    context = PageContext(changeable.workspace, changeable.principal(HOSPITAL), language)
    with context.read() as tx:
        (made,), _total = issued.issued(tx, changeable.units["HOSP"])
    assert made.sha256 in text
    data = renewal_issue.taken(made.id, context).data
    assert hashlib.sha256(data).hexdigest() == made.sha256
    assert len(pages_of(data)) >= 3
    seen = shown(opened(changeable, EXECUTIVE, "requirements", language, unit="HOSP"))
    assert "RR-0001" in seen
    assert button not in seen


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_report_tells_of_findings_and_change_reports_on_two_full_pages(
    changeable: Group, language: str
) -> None:
    """What assessors found and what was reported stand on the second page, which holds when it is full."""
    unit_id = changeable.units["HOSP"]
    with changeable.workspace.registry.write(bootstrap_principal(), reason="test") as tx:
        held = certificates.fill(tx, unit_id)
        changes.fill(tx, held.applied_id, "")
        changes.fill(tx, held.applied_id, "")
        assessments.fill(tx, unit_id, held.round_id, "")
        for kind in ("leak", "loss", "damage", "wrongful_use"):
            accidents.add(tx, held.applied_id, kind=kind, discovered_on=date(2026, 4, 1))
        for _ in range(7):
            made = courses.create(tx, training.course(unit_id))
            courses.publish(tx, made.id, training.MATERIAL, expected_version=1)
            today = today_in_japan(tx.now)
            courses.open_round(tx, made.id, opens_on=today, due_on=today, expected_version=1)
        code = organisation.unit(tx, unit_id).code
        plan = roster_import.plan(tx, unit_id, [training.line(code)], training.NO_FILE)
        roster_import.apply(tx, plan)
        unit = organisation.unit(tx, unit_id)
    context = PageContext(changeable.workspace, changeable.principal(HOSPITAL), language)
    first, second, *annex = pages_of(renewal_report.made(unit, product(), context)[1])
    assert "J.11" in first
    words = (
        ("前回の付与から後の変更報告", "これまでの審査の指摘", "承認の記録", "別紙", "合併")
        if language == "ja"
        else ("Change reports since", "Findings of assessors so far", "Approval", "Annex", "Merger")
    )
    assert all(word in second for word in words[:3])
    assert words[3] in annex[0]
    assert words[4] in second
    assert "中村 裕子" in second


def test_what_the_product_counts_leads_to_its_rows(changeable: Group) -> None:
    """A registered rule that nobody approved is under way; the page of the rows takes the same unit."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER), reason="test") as tx:
        versions.write(tx, register.register(tx, rule(changeable.units["HOSP"])), TEXT)
    page = opened(changeable, HOSPITAL, "requirements", unit="HOSP", requirement="J.4.5.1")
    assert "本製品の記録では実施中です" in shown(page)
    assert "数えた記録を開く" in shown(page)
    assert requirement_words.PLACE.keys() == set(SupplierId)
    assert "RU-0001" in shown(opened(changeable, HOSPITAL, "documents", unit="HOSP"))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_supplier_has_words(group: Group, language: str) -> None:
    """What a supplier says is a sentence with its numbers and its day, in both languages."""
    context = PageContext(group.workspace, group.principal(HOSPITAL), language)
    said = Fact(Standing.SHOWN, 3, 7, date(2026, 4, 1))
    for supplier in SupplierId:
        told = requirement_words.fact(said, supplier, context)
        assert "2026" in told
        assert supplier is SupplierId.JOURNAL or ("3" in told and "7" in told)


def test_evaluated_in_time_is_not_meeting_the_criteria(group: Group) -> None:
    """Whom data are entrusted to on condition of improvement is counted too."""
    said, of = Fact(Standing.SHOWN, 1, 1, date(2026, 4, 1)), SupplierId.PROCESSOR_EVALUATION
    told = [
        requirement_words.fact(said, of, PageContext(group.workspace, group.principal(HOSPITAL), language))
        for language in ("ja", "en")
    ]
    assert "1 件は期限内に評価済みで、C の評価ではない" in told[0]
    assert "1 of 1 processor evaluated in time and not rated C" in told[1]
