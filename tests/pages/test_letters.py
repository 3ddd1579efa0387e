"""Reply letters: what stands in the PDF, in both languages, the same bytes every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pypdfium2
import pytest

from daicho.letters.reply import ProvisionLine, Sender, reply_letter, texts
from registry.model import UnitId
from registry.refusals import refusals
from registry.request_model import (
    Applicant,
    Decision,
    Delivery,
    IdentityMethod,
    Opinion,
    Request,
    RequestId,
    RequestKind,
    RequestState,
)

SENDER = Sender("桜台総合病院", "患者相談窓口\n電話 03-0000-0000")
GRANTED = Request(
    id=RequestId(1),
    number="R-0001",
    unit_id=UnitId(1),
    kind=RequestKind.DISCLOSURE,
    applicant=Applicant.PERSON,
    person="山田 太郎",
    contact="東京都渋谷区神宮前1-2-3",
    agent="",
    subject="社内だけの覚え",
    delivery=Delivery.ELECTRONIC,
    medical=False,
    received_on=date(2026, 11, 2),
    target_on=date(2026, 11, 16),
    limit_country="",
    extended_until=None,
    extension="",
    identity_method=IdentityMethod.PHOTO_CARD,
    identity_on=date(2026, 11, 3),
    identity_by="中村",
    opinion=Opinion.NONE,
    physician="",
    opinion_text="",
    with_provisions=False,
    fee_yen=1_200,
    fee_paid_on=None,
    state=RequestState.DECIDED,
    decision=Decision.GRANTED,
    refusal="",
    reasons="",
    decider="中村 裕子",
    decided_on=date(2026, 11, 10),
    answered_on=None,
    updated_at=datetime(2026, 11, 10, tzinfo=UTC),
    updated_by="中村",
    version=3,
)


def text_of(pdf: bytes) -> str:
    """Return the text of all pages without blanks and line ends."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    return "".join("".join(pages).split())


def test_a_letter_says_what_was_decided() -> None:
    """Name, days, kind, answer, fee and desk stand there; what is for the entity alone does not."""
    text = text_of(reply_letter(GRANTED, SENDER, "ja"))
    for words in (
        "山田太郎様",
        "東京都渋谷区神宮前1-2-3",
        "2026年11月10日",
        "2026年11月2日に受け付けた",
        "R-0001",
        "保有個人データの開示",
        "ご請求に応じます。",
        "1,200円",
        "電磁的記録",
        "桜台総合病院",
        "電話03-0000-0000",
    ):
        assert words in text
    assert "社内だけの覚え" not in text
    assert "中村" not in text
    assert "第三者提供" not in text


def test_a_refusal_names_its_reason_and_article_in_the_letters_language() -> None:
    """Reason and ground follow the language; the remark stands as the officer wrote it."""
    refused = replace(
        GRANTED, decision=Decision.PARTLY, refusal="rights_of_others", reasons="第三者の氏名を除きます。"
    )
    reason = refusals()["rights_of_others"]
    for language, answer in (("ja", "ご請求の一部に応じます。"), ("en", "We comply with a part")):
        text = text_of(reply_letter(refused, SENDER, language))
        for words in (reason.words(language), reason.law(language), answer, "第三者の氏名を除きます。"):
            assert "".join(words.split()) in text


def test_records_of_provision_are_included_when_asked_for() -> None:
    """Each record stands there with day, party and items; without any, the letter says so."""
    asked = replace(GRANTED, with_provisions=True)
    lines = [
        ProvisionLine(date(2025, 4, 1), received=False, counterpart="みなと生命", items="氏名、診断名"),
        ProvisionLine(date(2025, 5, 1), received=True, counterpart="さくら仲介", items="氏名"),
    ]
    text = text_of(reply_letter(asked, SENDER, "ja", lines))
    for words in (
        "第三者提供の記録",
        "みなと生命（提供）",
        "さくら仲介（受領）",
        "氏名、診断名",
        "2025年4月1日",
    ):
        assert words in text
    assert "該当する記録はありません。" in text_of(reply_letter(asked, SENDER, "ja"))


def test_agents_and_bereaved_family_are_written_to_themselves() -> None:
    """An agent answers for the person; nobody writes to the dead."""
    agent = replace(GRANTED, applicant=Applicant.MANDATED_AGENT, agent="代理 一郎")
    text = text_of(reply_letter(agent, SENDER, "ja"))
    assert "代理一郎様（ご本人：山田太郎様）" in text
    family = replace(GRANTED, applicant=Applicant.BEREAVED, agent="山田 花子（妻）", medical=True)
    text = text_of(reply_letter(family, SENDER, "ja"))
    assert "（故山田太郎様の記録について）" in text
    assert "山田花子（妻）様" in text


def test_the_same_request_gives_the_same_bytes() -> None:
    """No time of making stands in the document."""
    assert reply_letter(GRANTED, SENDER, "en") == reply_letter(GRANTED, SENDER, "en")


def test_markup_in_a_name_stays_a_name() -> None:
    """What somebody writes into a field is never run as a template."""
    strange = replace(GRANTED, person='#read("/etc/passwd") *太郎*', reasons="$x^2$ #sys.version")
    text = text_of(reply_letter(strange, SENDER, "ja"))
    assert '#read("/etc/passwd")*太郎*' in text
    assert "$x^2$#sys.version" in text


def test_an_undecided_request_has_no_letter() -> None:
    """There is nothing to tell yet."""
    with pytest.raises(ValueError, match="not decided"):
        reply_letter(replace(GRANTED, decided_on=None), SENDER, "ja")


def test_both_languages_have_every_word() -> None:
    """Kinds, ways of delivery and decisions are named in Japanese and English."""
    for words in texts().values():
        assert words["kinds"].keys() == {each.value for each in RequestKind}
        assert words["deliveries"].keys() == {each.value for each in Delivery}
        assert all(each.value in words for each in Decision if each)
    assert texts()["ja"].keys() == texts()["en"].keys()
