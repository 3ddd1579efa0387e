"""Forms of packs: whole in both languages, chosen by body, purpose and day, and refused with their line."""

from __future__ import annotations

from datetime import date

import pytest

from data import read_text
from privacy_mark.certificates.bodies import bodies
from privacy_mark.pack import forms
from privacy_mark.pack.model import Purpose
from privacy_mark.pack.sections import SOURCES
from registry.errors import ReferenceFileError

DAY = date(2026, 11, 29)
JIPDEC = read_text("pack_forms/jipdec.yaml")


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("body", sorted(bodies()))
def test_every_body_has_forms_for_every_purpose(body: str, purpose: Purpose) -> None:
    """Bodies without a set of their own follow the general one; hospitals' body has its own."""
    found = forms.set_for(body, purpose, DAY)
    assert found.purpose is purpose
    assert (found.bodies == {"medis"}) is (body == "medis" and purpose is not Purpose.AUDIT)


def test_the_new_application_has_the_documents_of_the_scheme() -> None:
    """様式0 to 8, certificate of registry, articles, rules, ledger page and risk analysis are required."""
    found = forms.set_for("jipdec", Purpose.NEW, DAY)
    required = [each for each in found.documents if each.required]
    assert [each.number for each in required][:9] == [f"様式{number}" for number in range(9)]
    assert [each.id for each in required][9:] == [
        *("registry_certificate", "articles", "rules_full", "ledger_page", "risk_page"),
    ]
    assert "changes" in {each.id for each in forms.set_for("jipdec", Purpose.RENEWAL, DAY).documents}


def test_words_are_whole_in_both_languages() -> None:
    """English is no copy of the Japanese; every section that a field asks is known."""
    shared = forms.shared()
    words = [each.title for each in shared.documents.values()]
    words += [field.label for each in shared.documents.values() for field in each.fields]
    words += [column.title for each in shared.lists.values() for column in each.columns]
    words += [word for codes in shared.codes.values() for word in codes.values()]
    assert all(each.en.isascii() and each.en != each.ja for each in words)
    for found in forms.sets():
        for document in found.documents:
            assert document.sections <= {*SOURCES, "pack"}


def test_an_early_day_gets_the_first_forms() -> None:
    """Before the first version of the forms the first one is used."""
    assert forms.set_for("jipdec", Purpose.NEW, date(2020, 1, 1)).id == "jipdec-new-2024"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("purpose: new", "purpose: old", "must be one of new, renewal, audit"),
        ("bodies: [jipdec,", "bodies: [nobody,", "there is no body"),
        ("      - profile", "      - portrait", "there is no document"),
        ("      - profile", "      - application", "given twice"),
        ("      - profile", "      - {use: profile}", "'number' is missing"),
        ("since: 2024-10-01", "since: 2024-10-01\n    first_page: 201", "must be 1 to 200 entries"),
        ("since: 2024-10-01", "since: 2024-10-01\n    first_page: many", "must be a whole number"),
        ("since: 2024-10-01", "since: autumn", "must be a day"),
        ("confidence: medium", "confidence: sure", "must be high, medium or low"),
        ("id: jipdec-new-2024", "id: 様式", "must be made of"),
        ("      - check_list\n", "      - {id: x, ja: あ, en: a, required: 'no'}\n", "true or false"),
        (
            "      - check_list\n",
            (
                "      - {id: x, ja: あ, en: a, required: 'true', fields: "
                "[{id: y, ja: い, en: i, from: nowhere.z}]}\n"
            ),
            "must be ask or section.name",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(old: str, new: str, told: str) -> None:
    """Who corrects the forms of a body learns where it is wrong."""
    assert old in JIPDEC
    with pytest.raises(ReferenceFileError, match=rf"own\.yaml:\d+: .*{told}"):
        forms.load(JIPDEC.replace(old, new, 1), "own.yaml", forms.shared().documents)
