"""A pack is built from what the rooms tell, cites every number, repeats itself, and holds no secrets."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import delete, select, text, update

from daicho import packs
from daicho.originals.filling import filled as filled_in
from privacy_mark.complaints import register as complaint_register
from privacy_mark.pack import building, check_pack, forms
from privacy_mark.pack.building import Built
from privacy_mark.pack.journal_part import journal_part
from privacy_mark.pack.model import Order, Purpose, RowKey
from privacy_mark.pack.sections import SOURCES, Source
from privacy_mark.pack.sheets import State
from privacy_mark.requirements import evidence
from privacy_mark.requirements.evidence import EvidenceId
from privacy_mark.training import courses
from registry import ledger, organisation
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, Principal, Role, UnitId, UnitKind
from registry.risk_levels import Words
from registry.store.audit_tables import AuditAppointment
from registry.store.certificate_tables import CertificateRecord
from registry.store.document_tables import RuleRecord
from registry.store.tables import JournalRecord, LedgerRecord, OrgClosure, OrgUnit
from tests.access import risks, training
from tests.access.complaints import draft as complaint
from tests.access.documents import TEXT
from tests.access.rights import DAY
from tests.certification.pack.conftest import SECRET
from tests.registry.world import CANARY, World, draft, person

RENEWAL = Order(Purpose.RENEWAL)


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def printed(world: World, order: Order = RENEWAL) -> Built:
    """Build the pack of company A with its documents."""
    return packs.make(world.registry, officer(world), world.a.unit.id, order)


def made(world: World, order: Order = RENEWAL, who: Principal | None = None) -> Built:
    """Build the pack of company A with the names of documents in their place, which is ten times faster."""
    who = who or officer(world)
    with world.registry.read(who) as tx:
        built = building.build(
            tx,
            world.a.unit.id,
            order,
            lambda _of, sheet: sheet.file.encode(),
            lambda _of, digests: json.dumps(digests).encode(),
            filled_in,
        )
    with world.registry.write(who) as tx:
        building.note_built(tx, built)
    return built


def files(built: Built) -> dict[str, bytes]:
    """Return the files of a pack by their path in it."""
    return {name.partition("/")[2]: content for name, content in check_pack.unpacked(built.pack.data).items()}


@cache
def words(document: bytes) -> str:
    """Return the text of a PDF without its breaks."""
    pdf = pypdfium2.PdfDocument(document)
    try:
        found = "".join(page.get_textpage().get_text_bounded() for page in pdf)
    finally:
        pdf.close()
    return "".join(found.split())


def figures(built: Built) -> dict[str, Any]:
    """Return the first value of every figure by name."""
    told = json.loads(files(built)[check_pack.FIGURES])["figures"]
    return {each["name"].partition(" ")[2]: each["value"] for each in reversed(told)}


def refused(world: World, order: Order, unit_id: UnitId | None = None) -> tuple[str, str]:
    """Return why a preview is refused."""
    with world.registry.read(officer(world)) as tx, pytest.raises(InvalidValue) as error:
        building.preview(tx, unit_id or world.a.unit.id, order)
    return error.value.column, error.value.rule


def test_a_pack_holds_and_leads_every_number_to_its_rows(filled: World, tmp_path: Path) -> None:
    """It verifies offline; counts are those of the registry; every CSV row is one of the cited rows."""
    built = printed(filled)
    path = tmp_path / f"{built.pack.name}.zip"
    path.write_bytes(built.pack.data)
    seal = check_pack.check(path)
    assert (seal["pack"], seal["tree_size"]) == (built.pack.name, built.preview.head)
    told = figures(built)
    assert told["ledger.entries"] == 1
    assert (told["training.in_scope"], told["training.done"], told["training.passed"]) == (2, 1, 0)
    assert told["training.on_leave"] == 1
    assert (told["confirmations.asked"], told["complaints.received"]) == (2, 2)
    assert told["certificate.accident_count"] == 1
    assert told["risk.analysed"] == 1
    assert told["audits.planned"] > 0
    assert (told["rules.in_force"], told["reviews.held"]) == (1, 3)
    assert told["actions.found"] > told["actions.closed"] == 0
    assert (told["readiness.met"], told["readiness.evidence"]) == (1, 0)
    inside = files(built)
    rows = json.loads(inside[check_pack.RECORDS])["records"]
    for table in {each["table"] for each in rows}:
        lines = list(csv.DictReader(io.StringIO(inside[f"data/records/{table}.csv"].decode("utf-8-sig"))))
        assert [each["id"] for each in lines] == [each["id"] for each in rows if each["table"] == table]
    numbered = list(csv.DictReader(io.StringIO(inside["data/annex/figures.csv"].decode("utf-8-sig"))))
    assert {each["number"] for each in numbered} == {str(n) for n in range(1, len(built.preview.figures) + 1)}


def test_listings_have_as_many_cells_as_columns(filled: World) -> None:
    """What a room tells fits the table of the form, in every set of forms."""
    from privacy_mark.pack.forms import shared

    for purpose in Purpose:
        with filled.registry.read(officer(filled)) as tx:
            found = building.preview(tx, filled.a.unit.id, Order(purpose))
        parts = [part for sheet in found.sheets for part in sheet.parts]
        assert sum(bool(part.lines) for part in parts) >= 9
        for part in parts:
            for cells, _refs in part.lines:
                assert len(cells) == len(shared().lists[part.name].columns), part.name


def test_the_same_moment_and_head_give_the_same_bytes(filled: World) -> None:
    """Also after the first pack was told to the journal; the other language is another pack."""
    first = printed(filled)
    of = first.preview
    filled.clock.advance(timedelta(days=1))
    again = printed(filled, Order(Purpose.RENEWAL, as_of=of.subject.as_of, head=of.head))
    assert again.pack == first.pack
    assert made(filled, Order(Purpose.RENEWAL, as_of=of.subject.as_of)).preview.head > of.head
    english = made(filled, Order(Purpose.RENEWAL, "en", as_of=of.subject.as_of, head=of.head))
    assert english.pack.digest != first.pack.digest


def test_what_changed_since_is_not_told_as_of_then(filled: World) -> None:
    """A pack of a head before a change is refused instead of telling of another state."""
    first = made(filled)
    of = first.preview
    filled.clock.advance(timedelta(days=1))
    with filled.registry.write(officer(filled)) as tx:
        ledger.create_entry(tx, draft(filled.a.unit.id, filled.a.source))
    then = Order(Purpose.RENEWAL, as_of=of.subject.as_of, head=of.head)
    assert refused(filled, then) == ("head", "changed_since")
    assert figures(made(filled))["ledger.entries"] == 2
    with filled.registry.write(person(5, Role.OFFICER, filled.b.unit.id)) as tx:
        ledger.create_entry(tx, draft(filled.b.unit.id, filled.b.source))
    with filled.registry.write(officer(filled)) as tx:
        evidence.content(tx, EvidenceId(1))  # who looks changes nothing
    now = made(filled).preview  # what another company changes does not matter
    assert (
        made(filled, Order(Purpose.RENEWAL, as_of=now.subject.as_of, head=now.head)).preview.head == now.head
    )


def test_no_secret_and_nothing_of_another_company_is_in_it(filled: World) -> None:
    """Neither names of workers nor what somebody complained of, in no file and no document."""
    for language in ("ja", "en"):
        for name, content in files(printed(filled, Order(Purpose.RENEWAL, language))).items():
            seen = words(content) if name.endswith(".pdf") else content.decode("utf-8", "replace")
            assert SECRET not in seen, name
            assert TEXT.text[:10] not in seen, name
            assert "施錠されていない" not in seen, name  # a finding
            assert CANARY not in seen, name
            assert "user-A" not in seen, name


def test_proofs_are_of_the_entitys_own_records_alone(filled: World) -> None:
    """Every record of the journal in a pack is one of the company's units."""
    built = made(filled)
    proven = [each["seq"] for each in json.loads(files(built)[check_pack.PROOFS])["records"]]
    with filled.registry.read(officer(filled)) as tx:
        below = set(
            tx.session.scalars(select(OrgClosure.descendant).where(OrgClosure.ancestor == filled.a.unit.id))
        )
        units = set(tx.session.scalars(select(JournalRecord.unit_id).where(JournalRecord.seq.in_(proven))))
    assert proven
    assert units <= below
    rows = json.loads(files(built)[check_pack.RECORDS])["records"]
    unproven = {each["table"] for each in rows if each["seq"] is None}
    assert unproven == set()  # of every audit the journal says to whom it was given
    assert built.proven == built.rows - sum(each["seq"] is None for each in rows)


def test_a_row_of_the_group_is_proven_by_the_groups_record(filled: World, tmp_path: Path) -> None:
    """A course of the group has its sealed record; one that only a sister company tells of has none."""
    with filled.registry.write(bootstrap_principal()) as tx:
        course = training.course(filled.group.id, title_ja="グループ教育")
        made_id = courses.create(tx, course).id
        courses.publish(tx, made_id, training.MATERIAL, expected_version=1)
        opens, due = training.DAY, training.DAY + timedelta(days=30)
        courses.open_round(tx, made_id, opens_on=opens, due_on=due, expected_version=1)
    built = made(filled)
    path = tmp_path / f"{built.pack.name}.zip"
    path.write_bytes(built.pack.data)
    check_pack.check(path)
    inside = files(built)
    rows = json.loads(inside[check_pack.RECORDS])["records"]
    (row,) = (each for each in rows if (each["table"], each["id"]) == ("training_course", str(made_id)))
    proof = next(
        each for each in json.loads(inside[check_pack.PROOFS])["records"] if each["seq"] == row["seq"]
    )
    record = bytes.fromhex(proof["record"])
    assert b"round_opened" in record
    assert "グループ教育".encode() not in record
    with filled.registry.read(officer(filled)) as tx:
        assert tx.session.get_one(JournalRecord, row["seq"]).unit_id == filled.group.id
        of = built.preview.subject
        sister = RowKey("ledger_entry", str(filled.b.entry.id))
        assert not journal_part(tx, of, built.preview.head, {sister}).seqs


def test_a_programme_of_the_headquarters_is_proven_too(filled: World) -> None:
    """The headquarters beside the company tells of it; what changes there makes no old pack again."""
    with filled.registry.write(bootstrap_principal()) as tx:
        hq = organisation.create_unit(
            tx,
            code="HQ",
            kind=UnitKind.HEADQUARTERS,
            name_ja="本社",
            name_en="HQ",
            parent_id=filled.group.id,
        )
        tx.record(Action.AUDIT_PLANNED, "audit_programme", 4242, hq.id)
    built = made(filled)
    of, head = built.preview.subject, built.preview.head
    key = RowKey("audit_programme", "4242")
    with filled.registry.read(officer(filled)) as tx:
        assert key in journal_part(tx, of, head, {key}).seqs
    filled.clock.advance(timedelta(days=1))
    with filled.registry.write(bootstrap_principal()) as tx:
        tx.record(Action.AUDIT_PLAN_APPROVED, "audit_programme", 4242, hq.id)
    assert refused(filled, Order(Purpose.RENEWAL, as_of=of.as_of, head=head)) == ("head", "changed_since")


def test_the_first_page_has_as_many_entries_as_the_forms_say(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the risks shown are those of these entries."""
    with filled.registry.write(bootstrap_principal()) as tx:
        for number in range(9):
            entry = ledger.create_entry(tx, draft(filled.a.unit.id, filled.a.source, name=f"名簿 {number}"))
        risks.fill(tx, entry.id, "")
    of = forms.set_for("jipdec", Purpose.RENEWAL, filled.clock().date())

    def shown() -> tuple[int, set[object]]:
        with filled.registry.read(officer(filled)) as tx:
            found = building.preview(tx, filled.a.unit.id, RENEWAL)
        parts = {part.name: part.lines for sheet in found.sheets for part in sheet.parts}
        return len(parts["ledger.first_page"]), {cells[0] for cells, _ in parts["risk.first_page"]}

    assert shown() == (8, {filled.a.entry.number})
    monkeypatch.setattr(building, "set_for", lambda *_: replace(of, first_page=12))
    assert shown() == (10, {filled.a.entry.number, entry.number})


def test_documents_are_pdf_a_and_say_what_the_form_asks_for(filled: World) -> None:
    """The application names the company and its number, the given answer, and what nobody filled in."""
    given = {"head_office": "東京都千代田区一丁目", "corporate_number": "1234567890123"}
    for language, blank, mark in (("ja", "（未記入）", "第1000000"), ("en", "(blank)", "第1000000")):
        inside = files(printed(filled, Order(Purpose.RENEWAL, language, given=given)))
        documents = {name: content for name, content in inside.items() if name.endswith(".pdf")}
        assert all(b"pdfaid:part" in content for content in documents.values())
        application = words(documents["data/documents/02-application.pdf"])
        assert "東京都千代田区一丁目" in application
        assert mark in application
        assert "".join(blank.split()) in application
        listed = words(documents["data/documents/00-list-of-documents.pdf"])
        assert ("別途添付" if language == "ja" else "Attachbyhand") in listed
        for name, content in documents.items():
            if not name.endswith("00-list-of-documents.pdf"):
                assert building.bag.digest_of(content)[:24] in listed, name


def test_rooms_that_are_not_there_say_so(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their documents have no record, and no empty page is in the pack."""
    for name in ("rules", "actions"):
        monkeypatch.setitem(SOURCES, name, Source(Permission.VIEW_CERTIFICATION))  # type: ignore[arg-type]
    built = made(filled)
    states = {each.document.id: each.state for each in built.preview.sheets}
    assert states["rules"] is states["actions"] is State.NO_RECORD
    assert states["rules_full"] is State.BY_HAND
    assert states["application"] is State.BLANKS
    assert states["complaints"] is State.COMPLETE
    assert "data/documents/07-rules.pdf" not in files(built)


def test_hospitals_show_which_rule_covers_which_requirement(filled: World) -> None:
    """A rule that names a clause covers what stands below it; the rest is counted."""
    with filled.registry.write(officer(filled)) as tx:
        for rule in tx.session.query(RuleRecord).filter_by(unit_id=filled.a.unit.id):
            rule.requirements = "J.4,J.9.2"
        for row in tx.session.query(CertificateRecord).filter_by(unit_id=filled.a.unit.id):
            row.body = "medis"
    with filled.registry.read(officer(filled)) as tx:
        found = building.preview(tx, filled.a.unit.id, RENEWAL)
    table = next(each for each in found.sheets if each.document.id == "requirement_table")
    covered = {str(cells[0]): cells[2] for cells, _ in table.parts[0].lines}
    named = {clause for clause, rules in covered.items() if isinstance(rules, Words) and rules.ja}
    assert {"J.4.1", "J.4.5.4", "J.9.2"} <= named
    assert not named & {"J.9.1", "J.1.1"}
    assert table.rows[0].value == len(covered) - len(named)


def test_sections_that_one_may_not_see_are_left_out(filled: World) -> None:
    """The certification team sees no complaints: the pack says so and tells nothing of them."""
    built = made(filled, who=person(31, Role.CERTIFICATION_TEAM, filled.a.unit.id))
    sheet = next(each for each in built.preview.sheets if each.document.id == "complaints")
    assert sheet.state is State.WITHHELD
    assert "complaints.received" not in figures(built)
    assert "data/records/complaint.csv" not in files(built)
    page = next(each for each in built.preview.sheets if each.document.id == "ledger_page")
    assert "保管場所" in {each.ja for each in page.missing}


def test_who_only_sees_certification_may_look_but_not_build(filled: World) -> None:
    """An executive previews; an officer of another company finds nothing."""
    with filled.registry.read(person(3, Role.EXECUTIVE, filled.a.unit.id)) as tx:
        found = building.preview(tx, filled.a.unit.id, RENEWAL)
        assert len(found.sheets) == 23
        with pytest.raises(AccessDenied):
            building.build(
                tx, filled.a.unit.id, RENEWAL, lambda _of, _sheet: b"", lambda _of, _by: b"", filled_in
            )
    with (
        filled.registry.read(person(5, Role.OFFICER, filled.b.unit.id)) as tx,
        pytest.raises((AccessDenied, NotFound)),
    ):
        building.preview(tx, filled.a.unit.id, RENEWAL)


def test_what_is_asked_for_wrongly_is_refused(filled: World) -> None:
    """Each refusal names what is wrong."""
    now = filled.clock()
    assert refused(filled, RENEWAL, filled.a.site.id) == ("unit_id", "no_entity")
    assert refused(filled, Order(Purpose.NEW, "fr")) == ("language", "unknown")
    assert refused(filled, Order(Purpose.NEW, body="nobody")) == ("body", "unknown")
    assert refused(filled, Order(Purpose.NEW, as_of=now + timedelta(hours=1))) == ("as_of", "future")
    assert refused(filled, Order(Purpose.NEW, as_of=now - timedelta(days=900))) == ("as_of", "too_early")
    filled.clock.advance(timedelta(days=1))
    head = made(filled).preview.head + 1
    assert refused(filled, Order(Purpose.NEW, as_of=now, head=head)) == ("as_of", "before_head")
    assert refused(filled, Order(Purpose.NEW, head=10**6)) == ("head", "out_of_range")
    assert refused(filled, Order(Purpose.NEW, given={"x": "y"})) == ("x", "unknown")
    long = {"head_office": "長" * 501}
    assert refused(filled, Order(Purpose.NEW, given=long)) == ("head_office", "too_long")
    with filled.registry.write(officer(filled)) as tx:
        tx.session.get_one(OrgUnit, filled.a.unit.id).kind = UnitKind.OVERSEAS.value
    assert refused(filled, Order(Purpose.NEW)) == ("purpose", "not_in_japan")


def test_the_audit_manager_is_who_was_appointed(filled: World) -> None:
    """Whoever holds the role alone stands in no form; without an appointment the field is blank and said."""
    assert figures(made(filled))["officers.audit_manager"] == "監査責任者、監査責任者二"
    with filled.registry.write(bootstrap_principal(), reason="test") as tx:
        ended = update(AuditAppointment).where(AuditAppointment.valid_from < DAY)
        tx.session.execute(ended.values(valid_until=DAY - timedelta(days=1)))
        tx.session.execute(delete(AuditAppointment).where(AuditAppointment.valid_from >= DAY))
    with filled.registry.read(officer(filled)) as tx:
        sheets = building.preview(tx, filled.a.unit.id, RENEWAL).sheets
    form = next(each for each in sheets if each.document.id == "organisation")
    assert "個人情報保護監査責任者" in {label.ja for label in form.missing}
    (part,) = form.parts
    titles = {str(cell.ja) for cells, _refs in part.lines for cell in cells if isinstance(cell, Words)}
    assert "個人情報保護監査責任者" not in titles


def test_a_broken_journal_signs_nothing(filled: World) -> None:
    """Whoever changed a record of the journal gets no seal over it."""
    with filled.registry.engine.begin() as connection:
        connection.execute(text("UPDATE journal_record SET action = 'nothing' WHERE seq = 3"))
    with pytest.raises(InvalidValue) as error:
        made(filled)
    assert (error.value.column, error.value.rule) == ("journal", "broken")


def test_the_journal_tells_of_a_pack_and_not_what_is_in_it(filled: World) -> None:
    """One record: the digest, the moment and the head."""
    built = made(filled)
    with filled.registry.read(person(4, Role.ADMINISTRATOR, filled.a.unit.id)) as tx:
        from registry.journal import lines

        (line,) = lines(tx, limit=1)
    assert (line.action, line.unit_id) == ("pack_built", filled.a.unit.id)
    assert line.after is not None
    assert line.after["digest"] == built.pack.digest
    assert line.after["head"] == built.preview.head == line.seq - 1


def test_both_databases_build_it(world: World, tmp_path: Path) -> None:
    """A company with little else than a ledger and complaints gets a pack that holds."""
    with world.registry.write(officer(world)) as tx:
        complaint_register.receive(tx, complaint(world.a.unit.id, received_on=world.clock().date()))
        tx.session.get_one(LedgerRecord, world.a.entry.id).name = "=1+1"
    built = printed(world, Order(Purpose.NEW, "en", "medis"))
    assert built.preview.forms.id == "medis-new-2022"
    path = tmp_path / "pack.zip"
    path.write_bytes(built.pack.data)
    assert check_pack.check(path)["tree_size"] == built.preview.head
    lines = files(built)["data/records/ledger_entry.csv"].decode("utf-8-sig")
    assert "'=1+1" in lines  # no formula
    assert figures(built)["complaints.received"] == 1


def test_counts_of_few_workers_stand_in_forms_alone_and_for_who_may_see_them(filled: World) -> None:
    """Two workers: the privacy manager's renewal has them; an executive's and the audit's have not."""
    assert figures(made(filled))["training.in_scope"] == 2
    for who, order in (
        (person(3, Role.EXECUTIVE, filled.a.unit.id), RENEWAL),
        (officer(filled), Order(Purpose.AUDIT)),
    ):
        with filled.registry.read(who) as tx:
            found = building.preview(tx, filled.a.unit.id, order)
        sheet = next(each for each in found.sheets if each.document.id == "training")
        lacking = order is RENEWAL  # of a form that asks for them
        assert sheet.state is (State.BLANKS if lacking else State.COMPLETE)
        assert ("教育の人数（少人数のため）" in {each.ja for each in sheet.missing}) is lacking
        shown = {row.field.id: row.value for row in sheet.rows}["in_scope"]
        assert shown == Words("（少人数のため示しません）", "(too few to be shown)")
        cells, _refs = sheet.parts[0].lines[0]
        assert cells[-4:] == (shown, None, None, None)
        tables = {row.table for figure in found.figures for row in figure.rows}
        assert not tables & {"training_worker", "training_result"}
