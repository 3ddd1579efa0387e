"""A group of legal entities with one row of everything in each, marked, and everybody who may ask."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from registry import (
    accounts,
    affiliations,
    applications,
    attachments,
    cases,
    comments,
    disclosures,
    disposals,
    feedback,
    ledger,
    monitoring_rules,
    organisation,
    people_imports,
    processors,
    runs,
    scan_jobs,
    sources,
)
from registry.access import bootstrap_principal, today_in_japan
from registry.applications import ApplicationId
from registry.assess import assess
from registry.attachments import AttachmentId
from registry.case_states import CaseId, Step
from registry.cases import CaseFilter
from registry.comments import CommentId
from registry.disclosures import DisclosureId, DisclosureKind
from registry.disposal_states import DisposalDraft, DisposalId, DisposalItem, DisposalMethod, DisposalState
from registry.feedback import FeedbackId
from registry.findings import FindingsStore
from registry.handling import Acquisition, Handling, Medium, ProcessorId
from registry.model import (
    AffiliationId,
    EntryId,
    Grant,
    ObjectId,
    Permission,
    Place,
    Principal,
    Role,
    RunId,
    SourceId,
    SourceRow,
    UnitId,
    UnitKind,
    UserId,
)
from registry.monitoring_rules import MonitoringRuleDraft, MonitoringRuleId
from registry.people_lines import PersonLine
from registry.risk_model import MeasureId
from registry.roles import PERMISSIONS, SEPARATED
from registry.scan_jobs import JobId
from registry.source_terms import PlaceKind, SourceTerms
from registry.store import Registry, Tx
from registry.store.case_tables import DisposalRecord
from registry.topics import Topic
from registry.vault import Vault
from scanners.model import Category, ObjectResult, Outcome, Reason, RunTotals
from tests.access import (
    assessments,
    audits,
    certificates,
    changes,
    complaints,
    confirmations,
    documents,
    evaluations,
    governance,
    laws,
    packs,
    requirements,
    reviews,
    risks,
    self_check,
    training,
)
from tests.access.bases import APPROVER, RECORDER, disclose
from tests.access.rights import NO_RIGHTS, Rights, fill
from tests.reality.results import result
from tests.registry.world import PASSWORD, Clock, draft, sample

COMPANIES = ("A", "B", "C")
OPEN = {"A": "甲社限り", "B": "乙社限り", "C": "丙社限り"}  # in what the group may see of each company
CLOSED = {"A": "甲社秘密", "B": "乙社秘密", "C": "丙社秘密"}  # in locations, masks, judgements, journal
ABSENT = 987_654
ASKING = audits.ASKING
KEPT = (
    Permission.DECIDE_DISCLOSURE,
    Permission.APPROVE_LEDGER,
    Permission.CONFIRM_READINESS,
    Permission.APPROVE_ACTIONS,
    Permission.DECIDE_REVIEWS,
)
"""What no basis opens, written out once more."""
STORED = ("inventory.", "situation.", "assess.")  # answered from Parquet through DuckDB


@dataclass(frozen=True, slots=True)
class Target:
    """The ids of one company's rows; or ids that no row has."""

    name: str
    unit_id: UnitId
    site_id: UnitId
    code: str
    source_id: SourceId
    source_name: str
    job_id: JobId  # a scan that somebody asked for
    device_id: SourceId
    rule_id: MonitoringRuleId
    entry_id: EntryId
    ready_id: EntryId  # an entry that nothing is missing in
    object_id: ObjectId
    run_id: RunId
    user_id: UserId
    grant_id: int
    affiliation_id: AffiliationId
    feedback_id: FeedbackId
    recorded_id: DisclosureId
    application_id: ApplicationId  # of somebody else
    own_application_id: ApplicationId  # of every persona
    returned_id: ApplicationId  # sent back to somebody else
    processor_id: ProcessorId
    evaluated: evaluations.Evaluations
    rights: Rights
    case_id: CaseId
    case_object_id: ObjectId
    locked_id: ObjectId
    explained_id: CaseId
    removed_id: CaseId
    disposal_id: DisposalId
    approved_id: DisposalId
    comment_id: CommentId
    attachment_id: AttachmentId
    measure_id: MeasureId  # of the analysis of `entry_id`
    audits: audits.Audits
    confirmations: confirmations.Confirmations
    documents: documents.Documents
    governance: governance.Governance
    self_checks: self_check.SelfChecks
    complaints: complaints.Complaints
    assessments: assessments.Assessments
    reviews: reviews.Reviews
    laws: laws.Laws
    packs: packs.Packs
    changes: changes.Changes
    import_id: int  # of people, cut short
    certificates: certificates.Certificates
    certified: requirements.Certified
    training: training.Training


NOWHERE = Target(
    name="-",
    unit_id=UnitId(ABSENT),
    site_id=UnitId(ABSENT),
    code="NO-SUCH",
    source_id=SourceId(ABSENT),
    source_name="no such source",
    job_id=JobId(ABSENT),
    device_id=SourceId(ABSENT),
    rule_id=MonitoringRuleId(ABSENT),
    entry_id=EntryId(ABSENT),
    ready_id=EntryId(ABSENT),
    object_id=ObjectId("0" * 32),
    run_id=RunId("20200101T000000-00000000"),
    user_id=UserId(ABSENT),
    grant_id=ABSENT,
    affiliation_id=AffiliationId(ABSENT),
    feedback_id=FeedbackId(ABSENT),
    recorded_id=DisclosureId(ABSENT),
    application_id=ApplicationId(ABSENT),
    own_application_id=ApplicationId(ABSENT),
    returned_id=ApplicationId(ABSENT),
    processor_id=ProcessorId(ABSENT),
    evaluated=evaluations.NO_EVALUATIONS,
    rights=NO_RIGHTS,
    case_id=CaseId(ABSENT),
    case_object_id=ObjectId("0" * 32),
    locked_id=ObjectId("0" * 32),
    explained_id=CaseId(ABSENT),
    removed_id=CaseId(ABSENT),
    disposal_id=DisposalId(ABSENT),
    approved_id=DisposalId(ABSENT),
    comment_id=CommentId(ABSENT),
    attachment_id=AttachmentId(ABSENT),
    measure_id=risks.NO_MEASURE,
    audits=audits.NO_AUDITS,
    confirmations=confirmations.NO_CONFIRMATIONS,
    documents=documents.NO_DOCUMENTS,
    governance=governance.NO_GOVERNANCE,
    self_checks=self_check.NO_SELF_CHECKS,
    complaints=complaints.NO_COMPLAINTS,
    assessments=assessments.NO_ASSESSMENTS,
    reviews=reviews.NO_REVIEWS,
    laws=laws.NO_LAWS,
    packs=packs.NO_PACKS,
    changes=changes.NO_CHANGES,
    import_id=ABSENT,
    certificates=certificates.NO_CERTIFICATES,
    certified=requirements.NONE_CERTIFIED,
    training=training.NO_TRAINING,
)


@dataclass(frozen=True, slots=True)
class World:
    """The group: headquarters HQ and companies A, B, C; of these only C has a basis towards HQ."""

    registry: Registry
    store: FindingsStore
    clock: Clock
    units: dict[str, UnitId]
    targets: dict[str, Target]

    def personas(self) -> Iterator[tuple[str, str, Principal]]:
        """Yield (role's name, code of the unit, who asks) for every different right at every place."""
        seen: set[frozenset[Permission]] = set()
        for role in Role:
            if PERMISSIONS[role] in seen:
                continue
            seen.add(PERMISSIONS[role])
            for code in ("G", "HQ", "A", "A-1"):
                yield role, code, person(role, self.units[code])

    def opened(self, registry: Registry, store: FindingsStore, clock: Clock) -> World:
        """Return the same world in a copy of its stores."""
        return replace(self, registry=registry, store=store, clock=clock)


def person(role: Role, unit_id: UnitId, home_id: UnitId | None = None) -> Principal:
    """Return somebody with one role, who is no account of the world."""
    return Principal(ASKING, f"{role}", (Grant(role, unit_id, home_id),))


def holds(role: Role, code: str, permission: Permission, company: str) -> bool:
    """Tell by the written rules, not by the code under test, whether a persona holds a permission."""
    if permission not in PERMISSIONS[role]:
        return False
    if code == company:
        return True
    opened = company == "C" and permission not in KEPT
    return code == "G" and (permission not in SEPARATED or opened)


def build(url: str, directory: Path, vault: Vault) -> World:
    """Make the world in an empty database and an empty folder."""
    clock = Clock()
    registry = Registry.open(url, vault, clock=clock)
    registry.migrate()
    store = FindingsStore(directory, registry.vault)
    with registry.write(bootstrap_principal(), reason="init") as tx:
        units = _units(tx)
    rows = {name: _company(registry, store, clock, units, name) for name in COMPANIES}
    with registry.write(bootstrap_principal(), reason="init") as tx:
        assess(tx, store, as_of=clock().date())
    rows = {name: _lives(registry, rows[name]) for name in COMPANIES}
    disclose(registry, units["C"], units["HQ"], document=OPEN["C"])
    # None of these opens anything: out of date, the wrong way round, for somebody else.
    disclose(
        registry,
        units["B"],
        units["HQ"],
        valid_from=date(2025, 1, 1),
        valid_until=date(2025, 12, 31),
        document=OPEN["B"],
    )
    disclose(registry, units["HQ"], units["B"], document=OPEN["B"])
    disclose(registry, units["A"], units["C"], document=OPEN["A"])
    return World(registry, store, clock, units, rows)


def _units(tx: Tx) -> dict[str, UnitId]:
    found: dict[str, UnitId] = {}
    tree = [
        ("G", UnitKind.GROUP, None),
        ("HQ", UnitKind.HEADQUARTERS, "G"),
        *((name, UnitKind.COMPANY, "G") for name in COMPANIES),
        *((f"{name}-1", UnitKind.SITE, name) for name in COMPANIES),
        *((f"{name}-1-{number}", UnitKind.DEPARTMENT, f"{name}-1") for name in COMPANIES for number in "12"),
    ]
    for code, kind, above in tree:
        mark = OPEN.get(code.partition("-")[0], "")
        found[code] = organisation.create_unit(
            tx,
            code=code,
            kind=kind,
            name_ja=f"単位{code}{mark}",
            name_en=f"{code} {mark}",
            parent_id=found[above] if above else None,
        ).id
    return found


def _company(
    registry: Registry, store: FindingsStore, clock: Clock, units: dict[str, UnitId], name: str
) -> Target:
    unit_id, closed, open_ = units[name], CLOSED[name], OPEN[name]
    with registry.write(bootstrap_principal(), reason=closed) as tx:
        source = sources.add_source(
            tx, unit_id=unit_id, name=f"share {closed}", owner=closed, url=f"/srv/{closed}"
        )
        job_id = scan_jobs.request(tx, source.id)
        device = sources.add_source(
            tx,
            unit_id=unit_id,
            name=f"device {closed}",
            owner=closed,
            url=f"smb://devices/{closed}",
            terms=SourceTerms(PlaceKind.MEDICAL_DEVICE),
        )
        rule = monitoring_rules.register(
            tx, MonitoringRuleDraft(unit_id, f"規則 {closed}", "安全管理", closed, date(2026, 4, 1))
        )
        entry = ledger.create_entry(
            tx,
            draft(
                unit_id, source, name=f"名簿 {open_}", places=(Place(source.id, "台帳/", f"{closed}の棚"),)
            ),
        )
        ready = ledger.create_entry(tx, _wanted(unit_id, name))
        user_id = accounts.create_account(
            tx, f"user-{name.lower()}", f"利用者{open_}", PASSWORD, "ja", unit_id=unit_id
        )
        grant_id = accounts.grant(tx, user_id, Role.OFFICER, unit_id)
        affiliation = affiliations.affiliations(tx, user_id)[0]
    with registry.write(RECORDER, reason=closed) as tx:
        judged = feedback.propose(
            tx,
            unit_id,
            sample(f"値 {closed}"),
            reason=feedback.NotPersonal.OTHER,
            expires_on=today_in_japan(tx.now) + timedelta(days=30),
            note=closed,
        )
        recorded = disclosures.record_disclosure(
            tx,
            kind=DisclosureKind.JOINT_USE,
            from_id=unit_id,
            to_id=units["G"],
            valid_from=date(2026, 1, 1),
            document=f"公表 {open_}",
        )
        rights = fill(tx, unit_id, entry.id, closed, open_)
        said = comments.add(tx, Topic.of_entry(entry.id), f"所見 {closed}")
        file = attachments.add(tx, Topic.of_entry(entry.id), f"{closed}.txt", closed.encode())
        analysed = risks.fill(tx, entry.id, open_)
        confirmed = confirmations.fill(tx, unit_id, open_)
        confirmations.yearly(tx, unit_id)
        documented = documents.fill(tx, unit_id, entry.number, open_)
        governed = governance.fill(tx, unit_id, open_)
        self_checked = self_check.fill(tx, unit_id, open_)
        complained = complaints.fill(tx, unit_id, entry.number, closed)
        listed = laws.fill(tx, unit_id, open_)
        forms = packs.fill(tx, unit_id, open_)
        marks = certificates.fill(tx, unit_id)
        assessed = assessments.fill(tx, unit_id, marks.round_id, open_)
        reviewed = reviews.fill(tx, unit_id, open_)
        changed = changes.fill(tx, marks.certificate_id, open_)
        application = applications.submit_new(tx, _wanted(unit_id, name), reason=f"申請 {open_}")
        made = processors.add_processor(
            tx,
            processors.ProcessorDraft(
                unit_id,
                f"委託先 {open_}",
                contract=f"契約 {open_}",
                categories=frozenset({Category.PERSON, Category.PHONE}),
                sources=frozenset({source.id}),
            ),
        )
        evaluated = evaluations.fill(tx, made.id, open_)
    with registry.write(replace(RECORDER, user_id=ASKING), reason=closed) as tx:
        own = applications.submit_new(tx, _wanted(unit_id, name), reason=f"自分の申請 {open_}")
    audited = audits.fill(registry, unit_id, open_)
    with registry.write(RECORDER, reason=closed) as tx:
        returned = applications.submit_new(tx, _wanted(unit_id, name), reason=f"申請 {open_}")
    with registry.write(bootstrap_principal(), reason=closed) as tx:
        applications.send_back(tx, returned.id, expected_version=1, note=f"差戻し {open_}")
    with registry.write(person(Role.ADMINISTRATOR, unit_id), reason=closed) as tx:
        import_id = people_imports.begin(tx, [PersonLine(2, f"user-{name.lower()}")])
    with registry.write(bootstrap_principal(), reason=closed) as tx:
        login = f"user-{name.lower()}"
        trained = training.fill(tx, unit_id, name, login, user_id, closed, open_)
    run_id = _scan(registry, store, clock, unit_id, source.id, name)
    return Target(
        name=name,
        unit_id=unit_id,
        site_id=units[f"{name}-1"],
        code=name,
        source_id=source.id,
        source_name=source.name,
        job_id=job_id,
        device_id=device.id,
        rule_id=rule.id,
        entry_id=entry.id,
        ready_id=ready.id,
        object_id=ObjectId(_objects(name)[0].id),
        run_id=run_id,
        user_id=user_id,
        grant_id=grant_id,
        affiliation_id=affiliation.id,
        feedback_id=judged.id,
        recorded_id=recorded.id,
        application_id=application.id,
        own_application_id=own.id,
        returned_id=returned.id,
        processor_id=made.id,
        evaluated=evaluated,
        rights=rights,
        case_id=CaseId(ABSENT),
        case_object_id=ObjectId(_objects(name)[1].id),
        locked_id=ObjectId(_objects(name)[-1].id),
        explained_id=CaseId(ABSENT),
        removed_id=CaseId(ABSENT),
        disposal_id=DisposalId(ABSENT),
        approved_id=DisposalId(ABSENT),
        comment_id=said.id,
        attachment_id=file.id,
        measure_id=risks.measure_of(analysed),
        audits=audited,
        confirmations=confirmed,
        documents=documented,
        governance=governed,
        self_checks=self_checked,
        complaints=complained,
        assessments=assessed,
        reviews=reviewed,
        laws=listed,
        packs=forms,
        changes=changed,
        import_id=import_id,
        certificates=marks,
        certified=requirements.fill(registry, unit_id, open_),
        training=trained,
    )


def _wanted(unit_id: UnitId, name: str) -> ledger.EntryDraft:
    """Return a new entry that nothing is missing in."""
    source = SourceRow(SourceId(0), unit_id, "", "", "", 1)
    handling = Handling(
        acquisition=Acquisition.DIRECT_WRITTEN, media=frozenset({Medium.PAPER}), disposal_method="溶解"
    )
    return draft(
        unit_id, source, name=f"申込書 {OPEN[name]}", places=(Place(None, "", "棚"),), handling=handling
    )


def _lives(registry: Registry, of: Target) -> Target:
    """Give a company's cases and disposals words and states."""
    closed = CLOSED[of.name]
    with registry.write(RECORDER, reason=closed) as tx:
        found = cases.cases(tx, CaseFilter(unit_id=of.unit_id)).rows
        first = next(each for each in found if of.case_object_id in each.found.objects)
        second, third = (each for each in found if each is not first)
        cases.comment(tx, first.id, f"所見 {closed}")
        waits = cases.explain(
            tx,
            second.id,
            expected_version=second.version,
            explanation=f"理由 {closed}",
            expires_on=today_in_japan(tx.now) + timedelta(days=30),
        )
        removed = cases.claim(tx, third.id, Step.REMOVE_DATA, expected_version=third.version)
        items = (DisposalItem(of.object_id, f"棚 {closed}", 30),)
        draft = DisposalDraft(of.unit_id, None, of.entry_id, of.source_id, closed, items, f"終了 {closed}")
        due_on = today_in_japan(tx.now) + timedelta(days=30)
        made = [disposals.order(tx, draft, method=DisposalMethod.DELETE, due_on=due_on) for _ in range(2)]
    with registry.write(APPROVER, reason=closed) as tx:
        approved = disposals.decide(tx, made[1].id, expected_version=1, approve=True)
        disposals.execute(tx, approved.id, expected_version=approved.version)
    with registry.write(bootstrap_principal(), reason="init") as tx:
        # As a scan would leave it: to be carried out once more, so that execution can be tried.
        done = tx.session.get_one(DisposalRecord, made[1].id)
        done.state = DisposalState.NOT_CONFIRMED.value
    return replace(
        of,
        case_id=first.id,
        explained_id=waits.id,
        removed_id=removed.id,
        disposal_id=made[0].id,
        approved_id=made[1].id,
    )


def _objects(name: str) -> list[ObjectResult]:
    """Return what lies on a company's share: its own people, registered, those of the next, others."""
    start = {each: 1_000 * number for number, each in enumerate(COMPANIES)}
    other = COMPANIES[(COMPANIES.index(name) + 1) % len(COMPANIES)]
    return [
        _object(name, "台帳", start[name]),
        _object(name, "外", start[other]),
        *(_object(name, f"控{number}", 10_000 * number + start[name]) for number in (1, 2)),
        _locked(name),
    ]


def _locked(name: str) -> ObjectResult:
    uri = f"/srv/{CLOSED[name]}/{CLOSED[name]}.zip"
    return result(
        uri, shown=f"file://{uri}", kind=f"zip {OPEN[name]}", outcome=Outcome.FAILED, reason=Reason.ENCRYPTED
    )


def _object(name: str, folder: str, first: int) -> ObjectResult:
    closed = CLOSED[name]
    people = {Category.PERSON: range(first, first + 30), Category.PHONE: range(first, first + 30)}
    uri = f"/srv/{closed}/{folder}/{closed}.csv"
    found = result(uri, people, persons=30, shown=f"file://{uri}", kind=f"csv {OPEN[name]}")
    assert found.findings is not None
    at = found.findings.schema.get_field_index("masked")
    masks = pa.array([f"{closed}●●{number}" for number in range(found.findings.num_rows)])
    return replace(found, findings=found.findings.set_column(at, "masked", masks))


def _scan(
    registry: Registry,
    store: FindingsStore,
    clock: Clock,
    unit_id: UnitId,
    source_id: SourceId,
    name: str,
) -> RunId:
    closed = CLOSED[name]
    run_id = RunId(f"{clock():%Y%m%dT%H%M%S}-{hashlib.sha256(closed.encode()).hexdigest()[:8]}")
    writer = store.writer(run_id, unit_id, source_id)
    totals = RunTotals()
    for found in _objects(name):
        writer.add(found)
        totals = totals.plus(found)
    with registry.write(bootstrap_principal(), reason=closed) as tx:
        runs.record_run(
            tx,
            run_id=run_id,
            unit_id=unit_id,
            source_id=source_id,
            started_at=clock(),
            finished_at=clock(),
            totals=totals,
            rules_version="test/1",
            files=writer.commit(),
        )
    return run_id
