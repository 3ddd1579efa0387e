"""One call of every service at any target: what the matrix and the random requests go through."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from importlib import import_module

import privacy_mark
import registry
from privacy_mark.training.roster_lines import ImportRefusedError
from registry import (
    accounts,
    affiliations,
    applications,
    assess,
    attachments,
    case_assignees,
    case_drafts,
    cases,
    collectors,
    comments,
    disclosures,
    discrepancies,
    disposals,
    due,
    feedback,
    inventory,
    journal,
    ledger,
    ledger_bulk,
    ledger_review,
    links,
    locked_files,
    monitoring_rules,
    organisation,
    people,
    people_import,
    people_imports,
    person_search,
    processors,
    reorganisation,
    runs,
    scan_jobs,
    scan_permission,
    sessions,
    situation,
    sources,
)
from registry.access import today_in_japan
from registry.affiliations import AffiliationKind
from registry.asked import Asked, AskedField
from registry.case_states import Step
from registry.cases import CaseFilter
from registry.disclosures import DisclosureKind
from registry.disposal_states import DisposalDraft, DisposalMethod
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.feedback import NotPersonal
from registry.inventory import ObjectFilter
from registry.locked_files import LockedChoice
from registry.model import Place, Principal, Role, RunId, SourceRow, UnitKind
from registry.monitoring_rules import MonitoringRuleDraft
from registry.source_terms import PlaceKind, SourceTerms
from registry.store import Tx
from registry.topics import Topic
from scanners.model import Category, RunTotals
from tests.access import (
    assessments,
    audits,
    certificates,
    changes,
    collecting,
    complaints,
    confirmations,
    documents,
    evaluations,
    governance,
    laws,
    packs,
    remedies,
    requirements,
    reviews,
    rights,
    risks,
    self_check,
    training,
)
from tests.access.world import Target, World
from tests.reality.results import fingerprint
from tests.registry.world import PASSWORD, draft, sample

Call = Callable[[Tx, World, Target], object]
REFUSED = (AccessDenied, NotFound, InvalidValue, ImportRefusedError)


def source_of(at: Target) -> SourceRow:
    """Return a source of which only the id and unit matter."""
    return SourceRow(at.source_id, at.unit_id, "", "", "", 1)


def somebody() -> Asked:
    """Return a search for the first person of every company at once."""
    people = frozenset(fingerprint(Category.PERSON, number) for number in (0, 1_000, 2_000))
    return Asked(AskedField.NAME, Category.PERSON, ((people,),))


def _records(tx: Tx, at: Target) -> list[journal.JournalLine]:
    found = journal.lines(tx, limit=1_000, wanted=journal.JournalFilter(unit_id=at.unit_id))
    return [line for line in found if line.unit_id == at.unit_id]


# Reads of lists are narrowed to the target where the service can do so.
READS: dict[str, Call] = {
    "accounts.roles_held": lambda tx, _, at: accounts.roles_held(tx, at.user_id),
    "affiliations.affiliations": lambda tx, _, at: affiliations.affiliations(tx, at.user_id),
    "applications.application": lambda tx, _, at: applications.application(tx, at.application_id),
    "applications.decided": lambda tx, _, at: [
        each for each in applications.decided(tx) if each.id == at.returned_id
    ],
    "applications.applications": lambda tx, _, at: [
        each for each in applications.applications(tx, unit_id=at.unit_id) if each.id == at.application_id
    ],
    "attachments.attachments": lambda tx, _, at: attachments.attachments(tx, Topic.of_entry(at.entry_id)),
    "attachments.room": lambda tx, _, at: attachments.room(tx, Topic.of_entry(at.entry_id)),
    "case_assignees.assignees": lambda tx, _, at: case_assignees.assignees(tx, [at.unit_id]),
    "case_drafts.disposal_from": lambda tx, world, at: case_drafts.disposal_from(tx, world.store, at.case_id),
    "case_drafts.draft_from": lambda tx, world, at: case_drafts.draft_from(tx, world.store, at.case_id),
    "case_drafts.entry_disposal": lambda tx, world, at: case_drafts.entry_disposal(
        tx, world.store, at.entry_id, days=10_000
    ),
    "cases.case": lambda tx, _, at: cases.case(tx, at.case_id),
    "cases.case_about": lambda tx, _, at: cases.case_about(tx, at.case_object_id),
    "cases.cases": lambda tx, _, at: cases.cases(tx, CaseFilter(unit_id=at.unit_id)).rows,
    "cases.counts": lambda tx, _, at: cases.counts(tx, unit_id=at.unit_id),
    "cases.history": lambda tx, _, at: cases.history(tx, at.case_id),
    "comments.comments": lambda tx, _, at: comments.comments(tx, Topic.of_entry(at.entry_id)),
    "disclosures.disclosures": lambda tx, _, at: disclosures.disclosures(tx),
    "discrepancies.counts_below": lambda tx, _, at: discrepancies.counts_below(tx).get(at.unit_id),
    "discrepancies.open_discrepancies": lambda tx, _, at: discrepancies.open_discrepancies(
        tx, unit_id=at.unit_id
    ),
    "disposals.certificate": lambda tx, _, at: disposals.certificate(tx, at.approved_id),
    "disposals.disposal": lambda tx, _, at: disposals.disposal(tx, at.disposal_id),
    "disposals.disposals": lambda tx, _, at: disposals.disposals(tx, unit_id=at.unit_id),
    "due.due_entries": lambda tx, world, at: due.due_entries(
        tx, world.store, until=date(2040, 1, 1), unit_id=at.unit_id
    ),
    "due.due_objects": lambda tx, world, at: due.due_objects(
        tx, world.store, at.entry_id, until=date(2040, 1, 1)
    ),
    "feedback.judged_values": lambda tx, _, at: (True, feedback.judged_values(tx, at.unit_id)),
    "feedback.judgements": lambda tx, _, at: [
        each for each in feedback.judgements(tx) if each.unit_id == at.unit_id
    ],
    "inventory.kinds": lambda tx, world, at: [
        each for each in inventory.kinds(tx, world.store) if _mark(at) in each
    ],
    "inventory.object_row": lambda tx, world, at: inventory.object_row(tx, world.store, at.object_id),
    "inventory.objects": lambda tx, world, at: (
        inventory.objects(tx, world.store, ObjectFilter(unit_id=at.unit_id)).rows
    ),
    "inventory.rows_of": lambda tx, world, at: inventory.rows_of(tx, world.store, [at.object_id]),
    "inventory.samples": lambda tx, world, at: inventory.samples(tx, world.store, at.object_id),
    "inventory.unexamined": lambda tx, world, at: (
        bool(organisation.descendants(tx, at.unit_id)),
        inventory.unexamined(tx, world.store, unit_id=at.unit_id),
    ),
    "locked_files.locked": lambda tx, world, at: (
        locked_files.locked(tx, world.store, unit_id=at.unit_id).files
    ),
    "journal.actors": lambda tx, _, at: {
        number for number in journal.actors(tx) if number in {line.actor_id for line in _records(tx, at)}
    },
    "journal.lines": lambda tx, _, at: _records(tx, at),
    "ledger.entries": lambda tx, _, at: ledger.entries(tx, unit_id=at.unit_id),
    "ledger.entry": lambda tx, _, at: ledger.entry(tx, at.entry_id),
    "ledger_bulk.preview": lambda tx, _, at: ledger_bulk.preview(
        tx, [ledger_review.Seen(at.entry_id, 1)], {"owner": "総務部"}
    ),
    "ledger.versions": lambda tx, _, at: ledger.versions(tx, at.entry_id),
    "organisation.descendants": lambda tx, _, at: organisation.descendants(tx, at.unit_id),
    "organisation.entity_of": lambda tx, _, at: organisation.entity_of(tx, at.unit_id),
    "organisation.unit": lambda tx, _, at: organisation.unit(tx, at.unit_id),
    "organisation.unit_by_code": lambda tx, _, at: organisation.unit_by_code(tx, at.code),
    "organisation.units": lambda tx, _, at: [
        each for each in organisation.units(tx) if each.id == at.unit_id
    ],
    "people.listed": lambda tx, _, at: [
        each
        for each in people.listed(tx, people.PeopleFilter(at.unit_id), limit=1_000).rows
        if each.person.user_id == at.user_id
    ],
    "people.member": lambda tx, _, at: people.member(tx, at.user_id),
    "people.people": lambda tx, _, at: [each for each in people.people(tx) if each.user_id == at.user_id],
    "people_import.unnamed": lambda tx, _, at: [
        each for each in people_import.unnamed(tx, ()) if each.login == f"user-{at.code.lower()}"
    ],
    "people_imports.unfinished": lambda tx, _, at: [
        each for each in people_imports.unfinished(tx) if each.id == at.import_id
    ],
    "people.person": lambda tx, _, at: people.person(tx, f"user-{at.code.lower()}"),
    "processors.processor": lambda tx, _, at: processors.processor(tx, at.processor_id),
    "processors.processors": lambda tx, _, at: processors.processors(tx, unit_id=at.unit_id),
    "reorganisation.history": lambda tx, _, at: reorganisation.history(tx, at.unit_id),
    "runs.files_of": lambda tx, _, at: runs.files_of(tx, [at.run_id], "findings"),
    "runs.latest_runs": lambda tx, _, at: [
        each for each in runs.latest_runs(tx) if each.unit_id == at.unit_id
    ],
    "situation.children": lambda tx, world, at: situation.children(tx, world.store, at.unit_id),
    "situation.situation": lambda tx, world, at: situation.situation(tx, world.store, at.unit_id),
    "situation.situations": lambda tx, world, at: situation.situations(tx, world.store, under=at.unit_id),
    "situation.trend": lambda tx, _, at: situation.trend(tx, at.unit_id),
    "scan_jobs.is_left_waiting": lambda tx, _, at: (True, scan_jobs.is_left_waiting(tx, at.job_id)),
    "scan_jobs.of_sources": lambda tx, _, at: scan_jobs.of_sources(tx).get(at.source_id),
    "scan_jobs.waiting": lambda tx, _, at: [
        each for each in scan_jobs.waiting(tx) if each.unit_id == at.unit_id
    ],
    "sources.list_sources": lambda tx, _, at: [
        each for each in sources.list_sources(tx) if each.unit_id == at.unit_id
    ],
    "monitoring_rules.rules": lambda tx, _, at: [
        each for each in monitoring_rules.rules(tx) if each.unit_id == at.unit_id
    ],
    "scan_permission.bar": lambda tx, _, at: (
        True,
        scan_permission.bar(tx, replace(source_of(at), terms=SourceTerms(PlaceKind.MEDICAL_DEVICE))),
    ),
    "sources.require_source": lambda tx, _, at: (True, sources.require_source(tx, at.source_id)),
    "sources.source": lambda tx, _, at: sources.source(tx, at.source_id),
    "sources.source_by_name": lambda tx, _, at: sources.source_by_name(tx, at.source_name),
    **requirements.READS,
    **audits.READS,
    **rights.READS,
    **risks.READS,
    **confirmations.READS,
    **documents.READS,
    **governance.READS,
    **complaints.READS,
    **reviews.READS,
    **changes.READS,
    **laws.READS,
    **self_check.READS,
    **assessments.READS,
    **certificates.READS,
    **training.READS,
    **packs.READS,
    **evaluations.READS,
}

WRITES: dict[str, Call] = {
    "accounts.create_account": lambda tx, _, at: accounts.create_account(
        tx, "new", "新人", PASSWORD, "ja", unit_id=at.unit_id
    ),
    "accounts.end_grant": lambda tx, _, at: accounts.end_grant(tx, at.grant_id, date(2026, 4, 30)),
    "accounts.grant": lambda tx, _, at: accounts.grant(tx, at.user_id, Role.EXECUTIVE, at.unit_id),
    "accounts.revoke": lambda tx, _, at: accounts.revoke(tx, at.grant_id),
    "affiliations.affiliate": lambda tx, _, at: affiliations.affiliate(
        tx, at.user_id, at.unit_id, AffiliationKind.CONCURRENT
    ),
    "affiliations.end_affiliation": lambda tx, _, at: affiliations.end_affiliation(
        tx, at.affiliation_id, date(2026, 4, 30)
    ),
    "applications.approve": lambda tx, _, at: applications.approve(tx, at.application_id, expected_version=1),
    "applications.send_back": lambda tx, _, at: applications.send_back(
        tx, at.application_id, expected_version=1, note="件数を入れてください"
    ),
    "applications.submit_change": lambda tx, _, at: applications.submit_change(
        tx, at.entry_id, expected_version=1, changes={"purpose": "変更"}, reason="業務の変更"
    ),
    "applications.submit_new": lambda tx, _, at: applications.submit_new(
        tx,
        draft(at.unit_id, source_of(at), retention_months=None, places=(Place(None, "", "棚"),)),
        reason="新しい業務",
    ),
    "applications.withdraw": lambda tx, _, at: applications.withdraw(
        tx, at.own_application_id, expected_version=1
    ),
    "assess.assess": lambda tx, world, at: assess.assess(tx, world.store, as_of=tx.now.date()),
    "attachments.add": lambda tx, _, at: attachments.add(tx, Topic.of_entry(at.entry_id), "写し.txt", b"x"),
    "attachments.content": lambda tx, _, at: attachments.content(tx, at.attachment_id),
    "attachments.remove": lambda tx, _, at: attachments.remove(
        tx, at.attachment_id, expected_version=1, reason="誤り"
    ),
    "cases.assign": lambda tx, _, at: cases.assign(tx, {at.case_id: 1}, assignee_id=at.user_id),
    "cases.claim": lambda tx, _, at: cases.claim(tx, at.case_id, Step.REMOVE_DATA, expected_version=1),
    "cases.comment": lambda tx, _, at: (True, cases.comment(tx, at.case_id, "確認")),
    "cases.decide": lambda tx, _, at: cases.decide(tx, at.explained_id, expected_version=2, approve=True),
    "cases.explain": lambda tx, _, at: cases.explain(
        tx, at.case_id, expected_version=1, explanation="移行中", expires_on=today_in_japan(tx.now)
    ),
    "cases.withdraw": lambda tx, _, at: cases.withdraw(tx, at.removed_id, expected_version=2, note="誤り"),
    "comments.add": lambda tx, _, at: comments.add(tx, Topic.of_entry(at.entry_id), "確認"),
    "comments.remove": lambda tx, _, at: comments.remove(
        tx, at.comment_id, expected_version=1, reason="誤り"
    ),
    "disclosures.approve_disclosure": lambda tx, _, at: disclosures.approve_disclosure(
        tx, at.recorded_id, expected_version=1
    ),
    "disclosures.end_disclosure": lambda tx, _, at: disclosures.end_disclosure(
        tx, at.recorded_id, expected_version=1
    ),
    "disclosures.record_disclosure": lambda tx, world, at: disclosures.record_disclosure(
        tx,
        kind=DisclosureKind.ENTRUSTMENT,
        from_id=at.unit_id,
        to_id=world.units["HQ"],
        valid_from=date(2026, 4, 1),
        document="契約",
    ),
    "disposals.decide": lambda tx, _, at: disposals.decide(
        tx, at.disposal_id, expected_version=1, approve=True
    ),
    "disposals.execute": lambda tx, _, at: disposals.execute(tx, at.approved_id, expected_version=4),
    "disposals.order": lambda tx, _, at: disposals.order(
        tx,
        DisposalDraft(at.unit_id, None, None, None, "", (), "終了"),
        method=DisposalMethod.DELETE,
        due_on=today_in_japan(tx.now),
    ),
    "feedback.decide": lambda tx, _, at: feedback.decide(tx, at.feedback_id, approve=True),
    "feedback.propose": lambda tx, _, at: feedback.propose(
        tx, at.unit_id, sample("新しい値"), reason=NotPersonal.SAMPLE, expires_on=today_in_japan(tx.now)
    ),
    **remedies.CALLS,
    "collectors.collectors": lambda tx, _, at: collecting.listed(tx, at),
    "collectors.make_kit": lambda tx, _, at: collectors.make_kit(tx, unit_id=at.unit_id, name="拠点"),
    "collectors.revoke": lambda tx, _, at: collecting.revoke(tx, at),
    "collectors.sender": lambda tx, _, at: collecting.sender(tx, at),
    "collectors.take_in": lambda tx, _, at: collecting.take_in(tx, at),
    "locked_files.decide": lambda tx, world, at: locked_files.decide(
        tx, world.store, at.locked_id, LockedChoice.EXCEPTED, reason="保管のみ"
    ),
    "ledger.create_entry": lambda tx, _, at: ledger.create_entry(
        tx, draft(at.unit_id, source_of(at), places=(Place(None, "", "棚"),))
    ),
    "ledger.update_entry": lambda tx, _, at: ledger.update_entry(
        tx, at.entry_id, expected_version=1, changes={"purpose": "変更"}
    ),
    "ledger_bulk.change_entries": lambda tx, _, at: ledger_bulk.change_entries(
        tx, [ledger_review.Seen(at.entry_id, 1)], {"owner": "総務部"}
    ),
    "ledger_review.approve_entry": lambda tx, _, at: ledger_review.approve_entry(
        tx, at.ready_id, expected_version=1
    ),
    "ledger_review.review_entries": lambda tx, _, at: ledger_review.review_entries(
        tx, [ledger_review.Seen(at.entry_id, 1)]
    ),
    "processors.add_processor": lambda tx, _, at: processors.add_processor(
        tx, processors.ProcessorDraft(at.unit_id, "配送会社")
    ),
    "processors.change_processor": lambda tx, _, at: processors.change_processor(
        tx, at.processor_id, expected_version=1, changes={"contract": "契約書 2"}
    ),
    "people_imports.settle": lambda tx, _, at: people_imports.settle(tx, at.import_id) or True,
    "links.issue": lambda tx, _, at: links.issue(tx, at.user_id),
    "organisation.create_unit": lambda tx, _, at: organisation.create_unit(
        tx, code="NEW", kind=UnitKind.SITE, name_ja="新工場", name_en="", parent_id=at.unit_id
    ),
    "organisation.set_small": lambda tx, _, at: organisation.set_small(
        tx, at.unit_id, small=True, expected_version=1
    ),
    "person_search.complete_lookups": lambda tx, world, at: (
        True,
        person_search.complete_lookups(tx, world.store, at.unit_id),
    ),
    "person_search.search": lambda tx, world, at: person_search.search(
        tx, world.store, at.unit_id, [somebody()], with_bases=True
    ),
    "reorganisation.change_unit": lambda tx, _, at: reorganisation.change_unit(
        tx,
        at.unit_id,
        expected_version=1,
        code="NEW",
        kind=UnitKind.COMPANY,
        name_ja="新社名",
        name_en="",
        country="JP",
        privacy_mark="",
    ),
    "reorganisation.merge_units": lambda tx, _, at: reorganisation.merge_units(tx, at.site_id, at.unit_id),
    "reorganisation.move_unit": lambda tx, _, at: reorganisation.move_unit(tx, at.site_id, at.unit_id),
    "runs.record_start": lambda tx, _, at: runs.record_start(
        tx, RunId("20260401T000000-ffffffff"), at.unit_id, None
    ),
    "sessions.end_all": lambda tx, _, at: (True, sessions.end_all(tx, at.user_id)),
    "runs.record_run": lambda tx, _, at: runs.record_run(
        tx,
        run_id=RunId("20260401T000000-ffffffff"),
        unit_id=at.unit_id,
        source_id=at.source_id,
        started_at=tx.now,
        finished_at=tx.now,
        totals=RunTotals(),
        rules_version="test/1",
        files=[],
    ),
    "sources.add_source": lambda tx, _, at: sources.add_source(
        tx, unit_id=at.unit_id, name="new", owner="", url="smb://files/new"
    ),
    "scan_jobs.ask_to_stop": lambda tx, _, at: (True, scan_jobs.ask_to_stop(tx, at.job_id)),
    "scan_jobs.request": lambda tx, _, at: scan_jobs.request(tx, at.source_id),
    "sources.change_source": lambda tx, _, at: sources.change_source(
        tx, at.source_id, expected_version=1, changes={"owner": "新しい部署"}
    ),
    "sources.release_device": lambda tx, _, at: sources.release_device(
        tx, at.device_id, reason="停止中に書き出した複製", expected_version=1
    ),
    "sources.exclude_device": lambda tx, _, at: sources.exclude_device(tx, at.device_id, expected_version=1),
    "scan_permission.require_scannable": lambda tx, _, at: scan_permission.require_scannable(
        tx, at.unit_id, "smb://files/new"
    ),
    "monitoring_rules.register": lambda tx, _, at: monitoring_rules.register(
        tx, MonitoringRuleDraft(at.unit_id, "規則 1", "安全管理", "部長", date(2026, 4, 1))
    ),
    "monitoring_rules.end": lambda tx, _, at: monitoring_rules.end(tx, at.rule_id, expected_version=1),
    "sources.remove_source": lambda tx, _, at: sources.remove_source(tx, at.source_id),
    **requirements.WRITES,
    **audits.WRITES,
    **rights.WRITES,
    **risks.WRITES,
    **confirmations.WRITES,
    **documents.WRITES,
    **governance.WRITES,
    **complaints.WRITES,
    **reviews.WRITES,
    **changes.WRITES,
    **laws.WRITES,
    **self_check.WRITES,
    **assessments.WRITES,
    **certificates.WRITES,
    **training.WRITES,
    **packs.WRITES,
    **evaluations.WRITES,
}

# A call in the company of `world.targets["A"]` with one foreign key that points at the target.
FOREIGN: dict[str, Call] = {
    "place at a source": lambda tx, world, at: ledger.create_entry(
        tx, draft(world.targets["A"].unit_id, source_of(at))
    ),
    "place moved to a source": lambda tx, world, at: ledger.update_entry(
        tx,
        world.targets["A"].entry_id,
        expected_version=1,
        changes={"places": (Place(at.source_id, "", ""),)},
    ),
    "entry moved to a unit": lambda tx, world, at: ledger.update_entry(
        tx, world.targets["A"].entry_id, expected_version=1, changes={"unit_id": at.unit_id}
    ),
    "entry for a processor": lambda tx, world, at: ledger.update_entry(
        tx,
        world.targets["A"].entry_id,
        expected_version=1,
        changes={"processors": frozenset({at.processor_id})},
    ),
    "processor at a source": lambda tx, world, at: processors.change_processor(
        tx,
        world.targets["A"].processor_id,
        expected_version=1,
        changes={"sources": frozenset({at.source_id})},
    ),
    "application for a place at a source": lambda tx, world, at: applications.submit_change(
        tx,
        world.targets["A"].entry_id,
        expected_version=1,
        changes={"places": (Place(at.source_id, "", ""),)},
        reason="移設",
    ),
    "role for an account": lambda tx, world, at: accounts.grant(
        tx, at.user_id, Role.EXECUTIVE, world.targets["A"].unit_id
    ),
    "role in a unit": lambda tx, world, at: accounts.grant(
        tx, world.targets["A"].user_id, Role.EXECUTIVE, at.unit_id
    ),
    "role under an affiliation": lambda tx, world, at: accounts.grant(
        tx,
        world.targets["A"].user_id,
        Role.EXECUTIVE,
        world.targets["A"].unit_id,
        affiliation_id=at.affiliation_id,
    ),
    "affiliation of an account": lambda tx, world, at: affiliations.affiliate(
        tx, at.user_id, world.targets["A"].unit_id, AffiliationKind.SECONDMENT
    ),
    "run of a source": lambda tx, world, at: runs.record_run(
        tx,
        run_id=RunId("20260401T000000-eeeeeeee"),
        unit_id=world.targets["A"].unit_id,
        source_id=at.source_id,
        started_at=tx.now,
        finished_at=tx.now,
        totals=RunTotals(),
        rules_version="test/1",
        files=[],
    ),
    "case for an account": lambda tx, world, at: cases.assign(
        tx, {world.targets["A"].case_id: 1}, assignee_id=at.user_id
    ),
    "disposal of a case": lambda tx, world, at: _order(tx, world, case_id=at.case_id),
    "disposal of an entry": lambda tx, world, at: _order(tx, world, entry_id=at.entry_id),
    "disposal at a source": lambda tx, world, at: _order(tx, world, source_id=at.source_id),
    "basis towards a unit": lambda tx, world, at: disclosures.record_disclosure(
        tx,
        kind=DisclosureKind.ENTRUSTMENT,
        from_id=world.targets["A"].unit_id,
        to_id=at.unit_id,
        valid_from=date(2026, 4, 1),
        document="契約",
    ),
    **rights.FOREIGN,
    **risks.FOREIGN,
    **assessments.FOREIGN,
    **certificates.FOREIGN,
    **training.FOREIGN,
}


def _order(tx: Tx, world: World, **keys: object) -> object:
    base = DisposalDraft(world.targets["A"].unit_id, None, None, None, "", (), "終了")
    draft = replace(base, **keys)  # type: ignore[arg-type]  # ids of any target
    return disposals.order(tx, draft, method=DisposalMethod.DELETE, due_on=today_in_japan(tx.now))


def _mark(at: Target) -> str:
    from tests.access.world import OPEN

    return OPEN.get(at.name, at.name)


def ask(world: World, who: Principal, call: Call, at: Target) -> tuple[object, Exception | None]:
    """Return the answer, or how it is refused; a change is taken back."""
    writes = call in WRITES.values() or call in FOREIGN.values()
    if not writes:
        with world.registry.read(who) as tx:
            try:
                return call(tx, world, at), None
            except REFUSED as error:
                return None, error
    with world.registry.write(who) as tx:
        try:
            answer = call(tx, world, at)
        except REFUSED as error:
            return None, error
        finally:
            tx.session.rollback()
    return (True, answer), None


def _modules() -> Iterator[pkgutil.ModuleInfo]:
    for package in (registry, privacy_mark):
        yield from pkgutil.walk_packages(package.__path__, f"{package.__name__}.")


def services() -> Iterator[str]:
    """Yield module.function of every public function of registry and certification that takes a transaction.

    Those of certification are named room.module.function.
    """
    for module in _modules():
        if ".migrations" in module.name or ".store" in module.name:
            continue
        loaded = import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            takes_tx = any(
                str(parameter.annotation).rpartition(".")[2] == "Tx"
                for parameter in inspect.signature(function).parameters.values()
            )
            if function.__module__ == module.name and not name.startswith("_") and takes_tx:
                yield f"{module.name.partition('.')[2]}.{name}"
