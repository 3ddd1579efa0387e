"""A body's own Word or Excel form is checked when it is handed in, kept in versions, and filled in."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta

import docx
import openpyxl
import pytest

from daicho.originals.filling import opened
from privacy_mark.pack import answers, building, check_pack, originals
from privacy_mark.pack.model import Order, Purpose
from privacy_mark.pack.original_model import Fault, MappingRefusedError, Original, OriginalDraft, OriginalId
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.journal import lines
from registry.model import Principal, Role, UnitId
from registry.store.pack_tables import PackOriginal, PackOriginalPart
from tests.certification.pack.original_files import excel_form, part, word_form
from tests.certification.pack.test_building import RENEWAL, files, made, officer, printed, refused, words
from tests.registry.world import World, person

DAY = date(2026, 1, 1)
KANA = {"{{事業者のカナ}}": "applicant_kana"}
CELLS = {"申請書!B5": "application.applicant", "申請書!$B$6": "training.done"}


def draft(unit_id: UnitId, **values: object) -> OriginalDraft:
    """Return a form of the application, as JIPDEC gives it out."""
    told = {"body": "jipdec", "purpose": Purpose.RENEWAL, "document": "application", "valid_from": DAY}
    return OriginalDraft(unit_id, **(told | {"mapping": KANA} | values))  # type: ignore[arg-type]


def hand_in(
    world: World, data: bytes, unit_id: UnitId | None = None, who: Principal | None = None, **values: object
) -> Original:
    """Register a form for company A."""
    with world.registry.write(who or officer(world)) as tx:
        wanted = draft(unit_id or world.a.unit.id, **values)
        return originals.register(tx, wanted, "様式1.docx", data, opened)


def group_officer(world: World) -> Principal:
    """Return who manages the certification of the whole group."""
    return person(41, Role.GROUP_OFFICER, world.group.id)


def test_a_word_form_is_filled_in_beside_the_numbered_pdf(filled: World) -> None:
    """Placeholders, also those cut into runs, headers, tables and content controls; the rest stays."""
    with filled.registry.write(officer(filled)) as tx:
        given = {
            "head_office": "東京都<千代田区>&",
            "contact_name": "山田 花子",
            "contact_phone": "03-0000-4242",
        }
        answers.keep(tx, filled.a.unit.id, given)
    kept = hand_in(filled, word_form(), mapping=KANA | {"tel": "contact_phone"})
    assert kept.mapping["{{head_office}}"] == "application.head_office"  # called as the field is
    assert kept.mapping["{{事業者のカナ}}"] == "application.applicant_kana"
    built = printed(filled)
    (used,) = built.preview.originals
    assert [each.en for each in used.missing] == ["Applicant, in kana"]
    inside = files(built)
    data = inside["data/documents/02-application.docx"]
    document = docx.Document(io.BytesIO(data))
    assert "本店: 東京都<千代田区>& （登記）" in [each.text for each in document.paragraphs]
    assert document.sections[0].header.paragraphs[0].text == "会社 御中"
    assert [row.cells[1].text for row in document.tables[0].rows] == ["1 名", ""]
    xml = part(data, "word/document.xml").decode()
    assert "山田 花子" in xml
    assert "03-0000-4242" in xml
    assert "ここに入力" not in xml
    assert "showingPlcHdr" not in xml
    assert "様式の担当者" not in part(data, "docProps/core.xml").decode()
    assert part(data, "word/styles.xml") == part(word_form(), "word/styles.xml")
    listed = words(inside["data/documents/00-list-of-documents.pdf"])
    assert "02-application.docx" in listed
    assert building.bag.digest_of(data)[:24] in listed
    places = {
        each["place"]: each
        for each in csv.DictReader(io.StringIO(inside["data/annex/originals.csv"].decode("utf-8-sig")))
    }
    figures = csv.DictReader(io.StringIO(inside["data/annex/figures.csv"].decode("utf-8-sig")))
    numbered = {each["number"]: each["name"] for each in figures}
    assert numbered[places["{{training.done}}"]["figures"]] == "training.done"
    check_pack.check_files(inside)


def test_an_excel_form_is_filled_in_cell_by_cell(filled: World) -> None:
    """Numbers stay numbers, formulas stay and are calculated anew, what stood as an example is gone."""
    hand_in(filled, excel_form(), document="training", mapping=CELLS)
    data = files(made(filled))["data/documents/08-training.xlsx"]
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["申請書"]
    assert (sheet["B5"].value, sheet["B6"].value, sheet["B7"].value) == ("会社", 1, "=B6*2")
    assert sheet["A5"].value == "事業者名"
    assert book["別紙 1"]["B2"].value is None  # nobody answered it
    assert book.calculation.fullCalcOnLoad


@pytest.mark.parametrize(("name", "data"), [("application", word_form()), ("profile", excel_form())])
def test_the_same_pack_has_the_same_forms(filled: World, name: str, data: bytes) -> None:
    """Neither the day nor the compressor of a machine is in a filled form."""
    hand_in(filled, data, document=name, mapping=CELLS if name == "profile" else KANA)
    first = made(filled)
    filled.clock.advance(timedelta(days=3))
    then = Order(Purpose.RENEWAL, as_of=first.preview.subject.as_of, head=first.preview.head)
    assert made(filled, then).pack == first.pack
    (path,) = (each for each in files(first) if each.endswith((".docx", ".xlsx")))
    with zipfile.ZipFile(io.BytesIO(files(first)[path])) as archive:
        assert {(each.date_time, each.compress_type) for each in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0)
        }
    hand_in(
        filled, data, document=name, mapping=CELLS if name == "profile" else KANA, valid_from=date(2026, 2, 1)
    )
    assert refused(filled, then) == ("head", "changed_since")


def test_each_unknown_field_and_each_missing_place_is_named(filled: World) -> None:
    """All of them at once, with what may have been meant."""
    mapping = {
        "申請書!B5": "application.applikant",
        "申請書!C5": "applicant",
        "申請書!B7": "applicant",
        "申請書!B6": "done",
        "申請書!B60": "applicant",
        "申込書!B5": "applicant",
        "申請書!5B": "applicant",
        "broken": "applicant",
        "nowhere": "applicant",
        "'別紙 1'!B2": "web",
    }
    with pytest.raises(MappingRefusedError) as error:
        hand_in(filled, excel_form(), mapping=mapping)
    wrong = {(each.fault, each.what): each.hint for each in error.value.wrong}
    assert wrong[Fault.UNKNOWN_FIELD, "application.applikant"] == ""
    assert wrong[Fault.MERGED, "申請書!C5"] == "申請書!B5"
    assert (Fault.FORMULA, "申請書!B7") in wrong
    assert wrong[Fault.UNCLEAR_FIELD, "done"] == "training.done, audit_review.done, plan.done"
    assert (Fault.OUTSIDE, "申請書!B60") in wrong
    assert (Fault.NO_SHEET, "申込書!B5") in wrong
    assert (Fault.NO_PLACE, "申請書!5B") in wrong
    assert (Fault.NO_PLACE, "broken") in wrong
    assert (Fault.NO_NAME, "nowhere") in wrong
    assert wrong[Fault.TWICE, "'別紙 1'!B2"] == "head_office"
    with pytest.raises(MappingRefusedError) as error:
        hand_in(filled, word_form(), mapping={"{{x}}": "web", "y": "web"})
    assert [each.what for each in error.value.wrong] == ["{{x}}", "y"]


def test_the_nearest_and_newest_form_is_used(filled: World) -> None:
    """The group's form serves every company until one has its own, from its first day until it is ended."""
    boss = group_officer(filled)
    hand_in(filled, word_form(), filled.group.id, boss)
    assert made(filled).preview.originals[0].original.unit_name == ("グループ", "Group")
    own = hand_in(filled, word_form(), valid_from=date(2026, 3, 1))
    hand_in(filled, word_form(), valid_from=date(2027, 1, 1))
    assert made(filled).preview.originals[0].original.id == own.id
    with filled.registry.write(officer(filled)) as tx:
        ended = originals.end(tx, own.id, expected_version=own.version)
    assert ended.ended_on == filled.clock().date()
    with filled.registry.write(officer(filled)) as tx:
        with pytest.raises(InvalidValue):
            originals.end(tx, own.id, expected_version=ended.version)
        with pytest.raises(Conflict):
            originals.end(tx, own.id, expected_version=own.version)
    assert made(filled).preview.originals[0].original.unit_id == filled.group.id
    with filled.registry.read(officer(filled)) as tx:
        listed = originals.originals(tx, filled.a.unit.id)
    assert [(each.number, each.unit_id == filled.group.id) for each in listed] == [
        (2, False),
        (1, False),
        (1, True),
    ]
    assert (listed[0].author, listed[2].author) == (officer(filled).name, "")  # nobody's of the group
    filled.clock.advance(timedelta(days=300))
    assert made(filled).preview.originals[0].original.number == 2


def test_forms_are_handed_in_by_who_manages_the_certification(filled: World) -> None:
    """Of the unit itself; another company finds nothing, and nobody below the group changes what is its."""
    kept = hand_in(filled, word_form(), filled.group.id, group_officer(filled))
    for who, error in (
        (person(3, Role.EXECUTIVE, filled.a.unit.id), AccessDenied),
        (person(5, Role.OFFICER, filled.b.unit.id), AccessDenied),
    ):
        with pytest.raises(error):
            hand_in(filled, word_form(), who=who)
    with pytest.raises(AccessDenied):
        hand_in(filled, word_form(), filled.group.id)
    with filled.registry.write(officer(filled)) as tx:
        assert originals.content(tx, filled.a.unit.id, kept.id).data == word_form()
        with pytest.raises(NotFound):
            originals.end(tx, kept.id, expected_version=1)
        with pytest.raises(NotFound):
            originals.content(tx, filled.a.unit.id, OriginalId(4242))
    own = hand_in(filled, word_form())
    with filled.registry.write(person(5, Role.OFFICER, filled.b.unit.id)) as tx, pytest.raises(NotFound):
        originals.content(tx, filled.b.unit.id, own.id)


def test_files_are_kept_sealed_and_told_to_the_journal(filled: World) -> None:
    """Neither name nor content in the clear; the record says which form it is, with its hash."""
    form = word_form()
    kept = hand_in(filled, form)
    with filled.registry.read(person(4, Role.ADMINISTRATOR, filled.a.unit.id)) as tx:
        (line,) = lines(tx, limit=1)
        row = tx.session.get_one(PackOriginal, kept.id)
        parts = tx.session.query(PackOriginalPart).all()
    assert "様式1".encode() not in row.name_sealed
    assert not any(form[:16] in each.content_sealed for each in parts)
    assert (line.action, line.unit_id) == ("pack_original_added", filled.a.unit.id)
    assert line.after is not None
    assert (line.after["sha256"], line.after["document"]) == (kept.sha256, "application")


def test_what_fits_nowhere_is_refused(filled: World) -> None:
    """Each refusal names its column."""
    for values, told in (
        ({"unit_id": filled.a.site.id}, ("unit_id", "no_entity")),
        ({"body": "nobody"}, ("body", "unknown")),
        ({"document": "changes", "purpose": Purpose.NEW}, ("document", "unknown")),
        ({"data": b""}, ("data", "required")),
        ({"data": b"x" * ((5 << 20) + 1)}, ("data", "too_large")),
        ({"mapping": {f"{{{{{n}}}}}": "web" for n in range(501)}}, ("mapping", "too_many")),
        ({"mapping": {"{{x}}": "長" * 201}}, ("mapping", "too_long")),
    ):
        with pytest.raises(InvalidValue) as error:
            hand_in(filled, **({"data": word_form()} | values))  # type: ignore[arg-type]
        assert (error.value.column, error.value.rule) == told
    data = word_form()
    hand_in(filled, data)
    with pytest.raises(InvalidValue) as error:
        hand_in(filled, data)
    assert (error.value.column, error.value.rule) == ("data", "taken")
    empty = io.BytesIO()
    docx.Document().save(empty)
    with pytest.raises(InvalidValue) as error:
        hand_in(filled, empty.getvalue(), mapping={})
    assert (error.value.column, error.value.rule) == ("mapping", "required")


def test_a_preview_tells_which_places_stay_blank(filled: World) -> None:
    """Also for who may only look."""
    hand_in(filled, excel_form(), document="profile", mapping=CELLS | {"申請書!A6": "profile.web"})
    with filled.registry.read(person(3, Role.EXECUTIVE, filled.a.unit.id)) as tx:
        (used,) = building.preview(tx, filled.a.unit.id, RENEWAL).originals
    assert (used.file, [each.en for each in used.missing]) == (
        "04-profile.xlsx",
        ["Address of the head office"],
    )
