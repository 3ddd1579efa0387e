"""Laws, findings of assessors and changes in a pack: what is told, on which rows it rests, what stays out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from privacy_mark.assessments import letters, reports
from privacy_mark.assessments import register as assessment_register
from privacy_mark.assessments.model import LetterId
from privacy_mark.certificates import rounds
from privacy_mark.certificates.marks import Mark
from privacy_mark.certificates.model import CertificateId
from privacy_mark.certificates.steps import Step
from privacy_mark.changes import handling
from privacy_mark.changes import register as change_register
from privacy_mark.changes.catalogue import Kind, Outcome
from privacy_mark.changes.model import ChangeDraft
from privacy_mark.laws import amendments, entries, reviews
from privacy_mark.laws.model import Applies, LawDraft, ReviewId
from privacy_mark.pack import building, check_pack
from privacy_mark.pack.model import Code, Order, Purpose
from privacy_mark.pack.sheets import Sheet, State
from registry import accounts, journal, organisation, reorganisation
from registry.access import bootstrap_principal
from registry.model import Role, UnitId, UnitKind
from registry.risk_levels import Words
from registry.sealing import Row
from registry.store import Tx
from registry.store.assessment_tables import FindingRecord, FindingsLetter
from registry.store.audit_tables import AuditAppointment
from registry.store.certificate_tables import CertificateRecord, CertificateRound
from registry.store.law_tables import LawReviewRecord
from tests.access import assessments, certificates, changes, laws
from tests.access.bases import APPROVER
from tests.access.rights import DAY
from tests.certification.pack.conftest import SECRET
from tests.certification.pack.test_building import RENEWAL, figures, files, made, officer, refused
from tests.registry.world import World, person

AUDIT = Order(Purpose.AUDIT)


def sheets(world: World, order: Order = RENEWAL) -> dict[str, Sheet]:
    """Return the documents of a pack of company A by id."""
    with world.registry.read(officer(world)) as tx:
        found = building.preview(tx, world.a.unit.id, order)
    return {each.document.id: each for each in found.sheets}


def lines(sheet: Sheet, name: str) -> list[list[Any]]:
    """Return the cells of a list as they are told: codes by id, words in Japanese."""
    (part,) = (each for each in sheet.parts if each.name == name)
    return [[_plain(each) for each in cells] for cells, _refs in part.lines]


def _plain(cell: Any) -> Any:
    if isinstance(cell, Code):
        return cell.value
    return cell.ja if isinstance(cell, Words) else cell


def values(sheet: Sheet) -> dict[str, Any]:
    """Return the value of every field."""
    return {row.field.id: row.value for row in sheet.rows}


def records(world: World, order: Order = RENEWAL) -> list[dict[str, Any]]:
    """Return the cited rows of a pack."""
    told: Sequence[dict[str, Any]] = json.loads(files(made(world, order))[check_pack.RECORDS])["records"]
    return list(told)


def test_each_purpose_has_the_records_that_belong_to_it(filled: World) -> None:
    """The list of laws is in every pack; findings and change reports where there was an assessment before."""
    assert "laws" in sheets(filled, Order(Purpose.NEW))
    assert not {"assessments", "change_reports", "changes"} & sheets(filled, Order(Purpose.NEW)).keys()
    assert {"laws", "assessments", "change_reports", "changes"} <= sheets(filled).keys()
    assert {"laws", "assessments", "change_reports"} <= sheets(filled, AUDIT).keys()
    assert "data/documents/20-assessments.pdf" in files(made(filled))


def test_the_list_of_laws_stands_with_its_last_review(filled: World) -> None:
    """Without an approved review its day is missing; then it stands there, with what changed afterwards."""
    sheet = sheets(filled)["laws"]
    assert sheet.state is State.BLANKS
    assert (values(sheet)["reviewed_on"], values(sheet)["open_amendments"]) == (None, 1)
    assert [row[4] for row in lines(sheet, "laws.reviews")] == ["submitted"]
    appi = next(row for row in lines(sheet, "laws.list") if row[1] == "個人情報の保護に関する法律")
    assert (appi[2], appi[6], appi[7]) == ("平成15年法律第57号", "applies", DAY)
    own = [row for row in lines(sheet, "laws.list") if row[0] == "contract"]
    assert len(own) == 2
    assert lines(sheet, "laws.amendments") == [["LA-0001", "個人情報の保護に関する法律", DAY, DAY, None]]

    with filled.registry.write(APPROVER) as tx:
        review = tx.session.scalars(
            select(LawReviewRecord).where(LawReviewRecord.unit_id == filled.a.unit.id)
        ).one()
        review.reviewer_id, review.submitted_at = 999, tx.now  # after the norm that was added last
        tx.session.flush()
        reviews.approve(tx, ReviewId(review.id), "", expected_version=review.version)
    filled.clock.advance(timedelta(days=1))
    with filled.registry.write(officer(filled)) as tx:
        entries.decide(tx, filled.a.unit.id, "appi", LawDraft(Applies.APPLIES, SECRET), expected_version=1)
    sheet = sheets(filled)["laws"]
    told = values(sheet)
    assert sheet.state is State.COMPLETE
    assert (told["reviewed_on"], told["approved_on"]) == (DAY, DAY)
    assert told["next_review"] == DAY.replace(year=DAY.year + 1)
    assert (told["undecided"], told["changed"], told["excluded"]) == (0, 1, 0)
    assert told["applying"] == len(lines(sheet, "laws.list"))


def test_a_list_that_nobody_began_is_no_list(world: World) -> None:
    """The catalogue of the product alone is not the entity's list of laws."""
    sheet = sheets(world, Order(Purpose.NEW, body="jipdec"))["laws"]
    assert lines(sheet, "laws.list") == []
    assert sheet.state is State.BLANKS
    assert values(sheet)["undecided"] > 5


def test_findings_and_improvement_reports_stand_without_their_words(filled: World) -> None:
    """Which finding, of which requirement, how far, with how much evidence; which report, and when."""
    sheet = sheets(filled)["assessments"]
    told = values(sheet)
    assert (told["found"], told["approved"], told["accepted"], told["sent"]) == (5, 2, 0, 1)
    assert (told["sent_on"], told["accepted_on"]) == (DAY, None)
    rows = lines(sheet, "assessments.findings")
    assert {row[0] for row in rows} == {"S-0001"}
    assert [row[2] for row in rows] == ["1", "2", "4", "1", "1"]
    assert [row[6] for row in rows] == [0, 1, 1, 1, 1]  # records named, and a file
    assert [row[7] for row in rows] == ["open", "answered", "open", "approved", "approved"]
    assert lines(sheet, "assessments.reports") == [["S-0001", "document", DAY, 1, DAY, "sent", None]]
    with filled.registry.write(officer(filled)) as tx:
        letter = tx.session.scalars(
            select(FindingsLetter).where(
                FindingsLetter.unit_id == filled.a.unit.id, FindingsLetter.state == "sent"
            )
        ).one()
        reports.accept(tx, LetterId(letter.id), on=DAY, note=SECRET, expected_version=letter.version)
    told = values(sheets(filled)["assessments"])
    assert (told["accepted"], told["accepted_on"]) == (1, DAY)


def test_the_findings_of_the_last_assessment_stay_however_old(filled: World) -> None:
    """What led to the last decision counts beyond the two years of the other records."""
    with filled.registry.write(officer(filled)) as tx:
        for row in tx.session.scalars(select(FindingsLetter)):
            row.dated_on, row.state = DAY - timedelta(days=1_000), "accepted"
    assert values(sheets(filled)["assessments"])["found"] == 5


def test_the_findings_of_the_last_assessment_stay_when_the_next_begins(filled: World) -> None:
    """The one that runs has none yet; those of the newest that ended are still what led to the decision."""
    with filled.registry.write(officer(filled)) as tx:
        for row in tx.session.scalars(select(FindingsLetter)):
            row.dated_on, row.state = DAY - timedelta(days=1_000), "accepted"
        ended = tx.session.scalars(
            select(CertificateRound).where(CertificateRound.unit_id == filled.a.unit.id)
        ).one()
        held = tx.session.get_one(CertificateRecord, ended.certificate_id)
        _grant(tx, CertificateId(held.id))
        assert held.valid_from is not None
        begun = rounds.start(tx, CertificateId(held.id), apply_on=held.valid_from, reason="試験")
        assessment_register.start(tx, begun.id, assessors="次の審査員", place="")
    assert values(sheets(filled)["assessments"])["found"] == 5


def test_what_a_certified_subsidiary_reports_is_no_part_of_it(filled: World) -> None:
    """Its reports, with names of its officers, and its findings stand in its own pack."""
    before = sheets(filled)
    with filled.registry.write(bootstrap_principal(), reason="subsidiary") as tx:
        below = organisation.create_unit(
            tx,
            code="A-SUB",
            kind=UnitKind.COMPANY,
            name_ja="子会社",
            name_en="",
            parent_id=filled.a.unit.id,
        )
        held = certificates.fill(tx, below.id)
        assessments.fill(tx, below.id, held.round_id, "子会社の")
        changes.fill(tx, held.certificate_id, "子会社の")
        new = ChangeDraft(Kind.PRIVACY_MANAGER, DAY, "子田 前任", "子山 新任")
        change_register.enter(tx, held.certificate_id, new)
    after = sheets(filled)
    for document, names in (
        ("changes", ("changes.told", "changes.units")),
        ("change_reports", ("changes.reports",)),
        ("assessments", ("assessments.findings", "assessments.reports")),
    ):
        for name in names:
            assert lines(after[document], name) == lines(before[document], name)
    assert values(after["assessments"])["found"] == 5
    inside = files(made(filled))
    cited = json.loads(inside[check_pack.RECORDS])["records"]
    assert len([row for row in cited if row["table"] == "pm_change"]) == 4


def test_change_reports_stand_with_their_tasks_and_answers(filled: World) -> None:
    """The merger waits for the body; tasks that ended are counted by their rows."""
    sheet = sheets(filled)["change_reports"]
    assert (values(sheet)["reports"], values(sheet)["closed"]) == (4, 0)
    rows = {row[0]: row for row in lines(sheet, "changes.reports")}
    merger, ready, submitted, contact = (rows[f"CH-{number:04d}"] for number in range(1, 5))
    assert (merger[1], merger[5], merger[6], merger[7]) == ("合併", 1, "asked", "open")
    assert ready[4] == ready[5] > 0
    assert (submitted[7], contact[8]) == ("submitted", None)


def test_what_is_no_change_to_report_is_not_told(filled: World) -> None:
    """It stands among the reports with its answer; each task that the answer left out has its proof."""
    with filled.registry.write(officer(filled)) as tx:
        merger = change_register.changes(tx, unit_id=filled.a.unit.id)
        (asked,) = (each for each in merger if each.kind is Kind.MERGER)
        version = change_register.change(tx, asked.id).version
        handling.answer(tx, asked.id, Outcome.NONE, SECRET, answered_on=DAY, expected_version=version)
    found = sheets(filled)
    assert [row[0] for row in lines(found["changes"], "changes.told")] == ["CH-0002", "CH-0003", "CH-0004"]
    assert "CH-0001" in {row[0] for row in lines(found["change_reports"], "changes.reports")}
    built = made(filled)
    assert (figures(built)["changes.count"], figures(built)["changes.since_count"]) == (4, 3)
    rows = records(filled)
    assert {row["values"]["state"] for row in rows if row["table"] == "pm_change_task"} >= {"left"}
    assert [row for row in rows if row["seq"] is None] == []


def test_a_unit_stands_in_the_form_of_the_entity_that_had_it(filled: World) -> None:
    """A department that went is told until it went, with its proof; what becomes of it there is not told."""
    filled.clock.advance(timedelta(days=1))
    gone = _unit(filled, UnitKind.DEPARTMENT, "A-GONE", filled.a.site.id)
    inner = _unit(filled, UnitKind.DEPARTMENT, "A-INNER", gone)
    filled.clock.advance(timedelta(days=1))
    _rename(filled, inner, "内部新名")
    filled.clock.advance(timedelta(days=1))
    before = made(filled).preview
    filled.clock.advance(timedelta(days=1))
    with filled.registry.write(bootstrap_principal()) as tx:
        reorganisation.move_unit(tx, gone, filled.b.unit.id)
    then = replace(RENEWAL, as_of=before.subject.as_of, head=before.head)
    assert refused(filled, then) == ("head", "changed_since")
    filled.clock.advance(timedelta(days=1))
    day = DAY + timedelta(days=1)
    expected = [
        [day, "department", "created", None, "A-GONE"],
        [day, "department", "created", None, "A-INNER"],
        [day + timedelta(days=1), "department", "renamed", "A-INNER", "内部新名"],
        [day + timedelta(days=3), "department", "moved", None, "A-GONE"],
    ]
    assert lines(sheets(filled)["changes"], "changes.units") == expected
    assert [row for row in records(filled) if row["seq"] is None] == []
    built = made(filled)
    filled.clock.advance(timedelta(days=1))
    _rename(filled, gone, "乙社限りの部")
    _rename(filled, inner, "乙社限りの課")
    assert lines(sheets(filled)["changes"], "changes.units") == expected
    then = replace(RENEWAL, as_of=built.preview.subject.as_of, head=built.preview.head)
    assert made(filled, then).pack.data == built.pack.data
    rows = {row["id"]: row["seq"] for row in records(filled) if row["table"] == "org_unit"}
    then_cited = json.loads(files(built)[check_pack.RECORDS])["records"]
    was = {row["id"]: row["seq"] for row in then_cited if row["table"] == "org_unit"}
    assert all(rows[str(each)] == was[str(each)] for each in (gone, inner))


def test_what_another_entity_did_before_it_came_is_not_told(filled: World) -> None:
    """Neither of a department that came nor of a company that was merged: they stand here from then on."""
    filled.clock.advance(timedelta(days=1))
    came = _unit(filled, UnitKind.DEPARTMENT, "B-CAME", filled.b.unit.id)
    filled.clock.advance(timedelta(days=1))
    _rename(filled, came, "移る前の名")
    _rename(filled, filled.b.site.id, "合併前の名")
    filled.clock.advance(timedelta(days=1))
    with filled.registry.write(bootstrap_principal()) as tx:
        reorganisation.move_unit(tx, came, filled.a.unit.id)
    filled.clock.advance(timedelta(days=1))
    with filled.registry.write(bootstrap_principal()) as tx:
        reorganisation.merge_units(tx, filled.b.unit.id, filled.a.unit.id)
    filled.clock.advance(timedelta(days=1))
    _rename(filled, filled.b.site.id, "合併後の名")
    units = lines(sheets(filled)["changes"], "changes.units")
    day = DAY + timedelta(days=3)
    assert units == [
        [day, "department", "moved", None, "移る前の名"],
        [day + timedelta(days=1), "company", "merged", None, filled.b.unit.name_ja],
        [day + timedelta(days=2), "site", "renamed", "合併前の名", "合併後の名"],
    ]
    cited = [row for row in records(filled) if row["table"] in ("org_unit", "unit_history")]
    assert [row for row in cited if row["seq"] is None] == []


def test_who_may_not_read_the_journal_sees_who_was_revoked(filled: World) -> None:
    """The certification team's form says who represented the company before; the journal stays closed."""
    team = person(77, Role.CERTIFICATION_TEAM, filled.a.unit.id)
    with filled.registry.write(bootstrap_principal()) as tx:
        unit, names = filled.a.unit.id, ("前野 代表", "今野 代表")
        before, after = (
            accounts.create_account(tx, f"top-{at}", each, None, "ja", unit_id=unit)
            for at, each in enumerate(names)
        )
        old = accounts.grant(tx, before, Role.TOP_MANAGEMENT, unit)
    filled.clock.advance(timedelta(days=40))
    with filled.registry.write(bootstrap_principal()) as tx:
        accounts.revoke(tx, old)
        accounts.grant(tx, after, Role.TOP_MANAGEMENT, unit)
    for who in (team, officer(filled), bootstrap_principal()):
        with filled.registry.read(who) as tx:
            found = building.preview(tx, unit, RENEWAL)
            assert bool(journal.lines(tx, limit=1)) == (who == bootstrap_principal())
        (sheet,) = (each for each in found.sheets if each.document.id == "changes")
        day = DAY + timedelta(days=40)
        assert lines(sheet, "changes.officers") == [["代表者", day, *names]]


def test_the_form_of_changes_is_filled_in_from_the_registers(filled: World) -> None:
    """Reports with before and after; officers and units that no report tells of; only the rest is asked."""
    with filled.registry.write(bootstrap_principal()) as tx:
        ended = update(AuditAppointment).where(
            AuditAppointment.unit_id == filled.a.unit.id, AuditAppointment.valid_from < DAY
        )
        tx.session.execute(ended.values(valid_until=DAY - timedelta(days=1)))
    filled.clock.advance(timedelta(days=3))
    with filled.registry.write(bootstrap_principal()) as tx:
        new = organisation.create_unit(
            tx,
            code="A-NEW",
            kind=UnitKind.DEPARTMENT,
            name_ja="新事業部",
            name_en="New business",
            parent_id=filled.a.unit.id,
        )
        reorganisation.change_unit(
            tx,
            new.id,
            expected_version=1,
            code="A-NEW",
            kind=UnitKind.DEPARTMENT,
            name_ja="事業開発部",
            name_en="Business development",
            country="JP",
            privacy_mark="",
        )
    sheet = sheets(filled)["changes"]
    told = lines(sheet, "changes.told")
    assert [row[0] for row in told] == [f"CH-{number:04d}" for number in range(1, 5)]
    assert told[1][3:5] == ["千代田区", "港区"]
    assert told[3][3:5] == [None, None]  # whom to call is personal
    assert lines(sheet, "changes.officers") == [["個人情報保護監査責任者", DAY, "監査責任者", "監査責任者二"]]
    units = lines(sheet, "changes.units")
    day = DAY + timedelta(days=3)
    assert units == [
        [day, "department", "created", None, "事業開発部"],
        [day, "department", "renamed", "新事業部", "事業開発部"],
    ]
    assert {label.ja for label in sheet.missing} == {
        "下の記録のほかの事業の変更（なければ「なし」）",
        "下の記録のほかの体制の変更（なければ「なし」）",
    }
    given = {"business_changes": "なし", "system_changes": "なし"}
    assert sheets(filled, Order(Purpose.RENEWAL, given=given))["changes"].state is State.COMPLETE
    unproven = [each for each in records(filled) if each["seq"] is None]
    assert unproven == []


def test_an_officer_of_whom_a_report_tells_stands_once(filled: World) -> None:
    """The report opened for a new audit manager is the line; the register adds none."""
    with filled.registry.write(bootstrap_principal()) as tx:
        ended = update(AuditAppointment).where(
            AuditAppointment.unit_id == filled.a.unit.id, AuditAppointment.valid_from < DAY
        )
        tx.session.execute(ended.values(valid_until=DAY - timedelta(days=1)))
        held = tx.session.scalars(
            select(CertificateRecord.id).where(CertificateRecord.unit_id == filled.a.unit.id)
        ).first()
        draft = ChangeDraft(Kind.AUDIT_MANAGER, DAY, "監査責任者", "監査責任者二")
        change_register.enter(tx, CertificateId(held or 0), draft)
    sheet = sheets(filled)["changes"]
    assert lines(sheet, "changes.officers") == []
    assert lines(sheet, "changes.told")[-1][3:5] == ["監査責任者", "監査責任者二"]


def test_changes_are_told_since_the_last_application(filled: World) -> None:
    """The day on which the application that was granted last was handed in; earlier changes stay out."""
    assert values(sheets(filled)["changes"])["since"] == DAY.replace(year=DAY.year - 2)
    with filled.registry.write(officer(filled)) as tx:
        held = tx.session.scalars(
            select(CertificateRecord)
            .where(CertificateRecord.unit_id == filled.a.unit.id)
            .order_by(CertificateRecord.id)
        ).first()
        assert held is not None
        early = ChangeDraft(Kind.NAME, DAY - timedelta(days=300), "旧社名", "新社名")
        change_register.enter(tx, CertificateId(held.id), early)
        begun = rounds.start(tx, CertificateId(held.id), apply_on=DAY)
        applied = DAY - timedelta(days=100)
        begun = rounds.set_steps(
            tx,
            begun.id,
            {Step.APPLICATION: (applied, applied)},
            reason="試験",
            expected_version=begun.version,
        )
        assert held.valid_until is not None
        starts = held.valid_until + timedelta(days=1)
        rounds.grant(
            tx,
            begun.id,
            mark=Mark(held.mark, held.term + 1),
            valid_from=starts,
            valid_until=starts.replace(year=starts.year + 2),
            expected_version=begun.version,
        )
    sheet = sheets(filled)["changes"]
    assert values(sheet)["since"] == applied
    assert "旧社名" not in {row[3] for row in lines(sheet, "changes.told")}
    terms = lines(sheet, "changes.terms")
    assert [row[0][-4:] for row in terms] == ["07)号", "08)号"]
    assert [row[1] for row in terms] == [None, applied]
    assert terms[1][2] == starts
    assert "name" in {row["values"]["kind"] for row in records(filled) if row["table"] == "pm_change"}
    (row,) = (row for row in sheet.rows if row.field.id == "since")
    assert row.refs


def test_what_changes_in_these_records_makes_no_old_pack_again(filled: World) -> None:
    """A law noted, a finding touched or a report entered after a head refuses the pack of that head."""
    steps = (
        lambda tx: amendments.note(tx, filled.a.unit.id, laws.amendment()),
        lambda tx: letters.set_due(
            tx,
            LetterId(_open_letter(tx).id),
            due_on=DAY + timedelta(days=60),
            reason="延長",
            expected_version=_open_letter(tx).version,
        ),
        lambda tx: change_register.enter(tx, _certificate(tx, filled), ChangeDraft(Kind.NAME, DAY, "", "新")),
    )
    for step in steps:
        of = made(filled).preview
        filled.clock.advance(timedelta(days=1))
        then = replace(RENEWAL, as_of=of.subject.as_of, head=of.head)
        assert made(filled, then).preview.head == of.head
        with filled.registry.write(officer(filled)) as tx:
            step(tx)
        assert refused(filled, then) == ("head", "changed_since")


def _open_letter(tx: Any) -> FindingsLetter:
    found: FindingsLetter = tx.session.scalars(select(FindingsLetter).order_by(FindingsLetter.id)).first()
    return found


def _certificate(tx: Any, world: World) -> CertificateId:
    query = select(CertificateRecord.id).where(CertificateRecord.unit_id == world.a.unit.id)
    return CertificateId(tx.session.scalars(query.order_by(CertificateRecord.id)).first())


def test_the_verifier_finds_a_changed_row_of_each(filled: World) -> None:
    """A row of these records that was changed after the seal is a fault, in the table and in the annex."""
    inside = files(made(filled))
    check_pack.check_files(inside)
    for table in ("law_entry", "pm_finding", "pm_improvement_report", "pm_change"):
        for path in (f"data/records/{table}.csv", check_pack.RECORDS):
            spoilt = dict(inside)
            at = spoilt[path].find(table.encode()) if path == check_pack.RECORDS else len(spoilt[path]) - 3
            assert at > 0
            spoilt[path] = spoilt[path][:at] + b"#" + spoilt[path][at + 1 :]
            with pytest.raises(check_pack.PackError, match=path):
                check_pack.check_files(spoilt)


def test_the_annex_names_nobody(filled: World) -> None:
    """Who held an office before stands in the form alone; of changes the annex has codes and days."""
    names = ("退任 太郎", "新任 花子")
    with filled.registry.write(bootstrap_principal()) as tx:
        appointments = tx.session.scalars(
            select(AuditAppointment)
            .where(AuditAppointment.unit_id == filled.a.unit.id)
            .order_by(AuditAppointment.valid_from)
        ).all()
        assert appointments[0].valid_from < DAY <= appointments[-1].valid_from
        for row, name in ((appointments[0], names[0]), (appointments[-1], names[1])):
            row.name_sealed = Row(tx, "audit_appointment", row.uid).sealed({"name": name})["name_sealed"]
        appointments[0].valid_until = DAY - timedelta(days=1)
    assert lines(sheets(filled)["changes"], "changes.officers") == [["個人情報保護監査責任者", DAY, *names]]
    built = made(filled)
    inside = files(built)
    annex = b"".join(content for name, content in inside.items() if not name.endswith(".pdf")).decode()
    for word in ("千代田区", "取引先の基準", SECRET, names[0]):
        assert word not in annex
    assert figures(built)["laws.open_amendments"] == 1
    with filled.registry.read(officer(filled)) as tx:
        rows = tx.session.scalars(
            select(FindingRecord.id).where(FindingRecord.unit_id == filled.a.unit.id)
        ).all()
    cited = {row["id"] for row in records(filled) if row["table"] == "pm_finding"}
    assert cited == {str(each) for each in rows}


def _unit(world: World, kind: UnitKind, code: str, parent_id: UnitId) -> UnitId:
    with world.registry.write(bootstrap_principal()) as tx:
        made = organisation.create_unit(
            tx, code=code, kind=kind, name_ja=code, name_en="", parent_id=parent_id
        )
    return made.id


def _rename(world: World, unit_id: UnitId, name: str) -> None:
    with world.registry.write(bootstrap_principal()) as tx:
        now = organisation.unit(tx, unit_id)
        reorganisation.change_unit(
            tx,
            unit_id,
            expected_version=now.version,
            code=now.code,
            kind=now.kind,
            name_ja=name,
            name_en="",
            country=now.country,
            privacy_mark=now.privacy_mark,
        )


def _grant(tx: Tx, certificate_id: CertificateId) -> None:
    """Grant the application that runs."""
    held = tx.session.get_one(CertificateRecord, certificate_id)
    begun = rounds.rounds(tx, certificate_id)[0]
    assert held.valid_until is not None
    starts = held.valid_until + timedelta(days=1)
    rounds.grant(
        tx,
        begun.id,
        mark=Mark(held.mark, held.term + 1),
        valid_from=starts,
        valid_until=starts.replace(year=starts.year + 2),
        expected_version=begun.version,
    )
