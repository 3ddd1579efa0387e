"""How long the evidence pack of a company with two years of records takes, for benchmarks/certification.py.

The company: 300 ledger entries, each with a risk analysis; 1,500 workers in two rounds of training; 24 months
of 20 operational checks; 100 complaints; a certificate, an application, two yearly plans. The journal of its
group holds 50,000 records of other companies besides.

* pack_s: from the order to the bytes, the record in the journal included;
* pack_identical: 1 when the same moment and head give the same bytes again;
* tamper_found: how many of 500 random changes to that pack its verifier finds.
"""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from daicho import packs
from daicho.training_file import read, take_completions, take_workers
from privacy_mark.certificates import register, rounds, years
from privacy_mark.certificates.marks import Mark
from privacy_mark.certificates.model import Scale, Term
from privacy_mark.certificates.years import Aim
from privacy_mark.complaints import register as complaints
from privacy_mark.complaints.model import ComplaintDraft, Kind, Subject, Urgency, Way
from privacy_mark.confirmations import answering, campaigns, operations
from privacy_mark.confirmations.answers import Answer, Result
from privacy_mark.confirmations.operations import OperationDraft
from privacy_mark.confirmations.periods import first_day
from privacy_mark.confirmations.questions import Frequency, QuestionKind, questions
from privacy_mark.pack import check_pack
from privacy_mark.pack.check_pack import PackError
from privacy_mark.pack.model import Order, Purpose
from privacy_mark.training import courses
from privacy_mark.training.content import ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.headings import Kind as FileKind
from privacy_mark.training.model import Audience, Cycle
from registry import ledger, organisation, risk_analysis
from registry.access import bootstrap_principal
from registry.journal import Action
from registry.ledger_columns import EntryDraft
from registry.model import Place, Principal, UnitId, UnitKind, UserId
from registry.risk_model import Decision, PlannedMeasure, RiskDraft
from registry.store import Registry, Tx
from registry.store.chain import Deed
from registry.vault import Vault
from scanners.model import Category, Exposure

COMPANIES, DEPARTMENTS, ENTRIES, WORKERS = 50, 12, 300, 1_500
OPERATIONS, COMPLAINTS, TAMPERINGS, OTHERS = 20, 100, 500, 50_000
_KEY = bytes(range(32))  # no secret: nothing here is anybody's
_NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
_OWNER = bootstrap_principal()
_OTHER = Principal(UserId(77), "確認者", _OWNER.grants)


def measure(folder: Path | None = None) -> dict[str, float]:
    """Return pack_s, pack_identical and tamper_found, and how large everything was."""
    with tempfile.TemporaryDirectory() as own:
        registry = Registry.open(
            f"sqlite:///{(folder or Path(own)) / 'registry.db'}", Vault(_KEY), clock=lambda: _NOW
        )
        registry.migrate()
        unit = _filled(registry)
        started = time.perf_counter()
        built = packs.make(registry, _OWNER, unit, Order(Purpose.RENEWAL))
        seconds = time.perf_counter() - started
        of = built.preview
        again = packs.make(
            registry, _OWNER, unit, Order(Purpose.RENEWAL, as_of=of.subject.as_of, head=of.head)
        )
        registry.close()
        found = _tampered(built.pack.data, Path(own))
    return {
        "pack_s": round(seconds, 2),
        "pack_identical": float(again.pack.data == built.pack.data),
        "tamper_found": float(found),
        "pack_rows": float(built.rows),
        "pack_journal": float(of.head),
        "pack_kib": round(len(built.pack.data) / 1024),
    }


def _tampered(pack: bytes, folder: Path) -> int:
    """Return how many of the random changes the verifier finds."""
    chance, path, found = random.Random(20261124), folder / "pack.zip", 0
    names = sorted(check_pack.unpacked(pack))
    for number in range(TAMPERINGS):
        data = bytearray(pack)
        if number % 4 == 0:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        elif number % 4 == 1:
            del data[chance.randrange(len(data)) :]
        else:
            files = check_pack.unpacked(pack)
            name, other = chance.sample(names, 2)
            if number % 4 == 2:
                files[name], files[other] = files[other], files[name]
            else:
                files[name] = files[name][:-1] + b"\x00"
            data = bytearray(check_pack.packed(files))
        path.write_bytes(bytes(data))
        try:
            check_pack.check(path)
        except (PackError, KeyError, TypeError, ValueError, IndexError):
            found += 1
    return found


def _filled(registry: Registry) -> UnitId:
    with registry.write(_OWNER, reason="benchmark") as tx:
        group = _unit(tx, "G", UnitKind.GROUP, None)
        units = [_unit(tx, f"C{number}", UnitKind.COMPANY, group) for number in range(COMPANIES)]
        company = units[0]
        parts = [_unit(tx, f"C0-{number}", UnitKind.DEPARTMENT, company) for number in range(DEPARTMENTS)]
        _ledger(tx, parts)
        _certificate(tx, company)
        for number in range(COMPLAINTS):
            complaints.receive(tx, _complaint(parts[number % DEPARTMENTS], number))
        for number in range(OPERATIONS):
            at = parts[number % DEPARTMENTS]
            operations.register(tx, OperationDraft(at, f"業務 {number}", "employees", Frequency.MONTHLY))
        deeds = [Deed(Action.LIST_VIEWED, "inventory", "", units[1 + at % 49]) for at in range(OTHERS)]
        tx.record_all(deeds)
    for year, month in ((2024 + (11 + at) // 12, (11 + at) % 12 + 1) for at in range(24)):
        _month(registry, company, f"{year}-{month:02}")
    _training(registry, company)
    return company


def _month(registry: Registry, company: UnitId, period: str) -> None:
    with registry.write(_OWNER, reason="benchmark") as tx:
        asked = campaigns.open_campaign(tx, company, Frequency.MONTHLY, period)
        rows, _ = campaigns.rows(tx, asked, limit=OPERATIONS)
        for row in rows:
            answering.answer(tx, row.id, _answers(row.set_id, period), expected_version=1)
    with registry.write(_OTHER, reason="benchmark") as tx:
        for row in rows:
            answering.confirm(tx, row.id, expected_version=2)


def _answers(set_id: str, period: str) -> list[Answer]:
    given = []
    for question in questions().sets[set_id].questions:
        looked = question.kind is QuestionKind.PHYSICAL
        who, day = ("担当", first_day(period)) if looked else ("", None)
        given.append(Answer(question.id, Result.RIGHT, "確かめた", who, day))
    return given


def _ledger(tx: Tx, parts: list[UnitId]) -> None:
    for number in range(ENTRIES):
        entry = ledger.create_entry(
            tx,
            EntryDraft(
                unit_id=parts[number % DEPARTMENTS],
                name=f"名簿 {number}",
                items=frozenset({Category.PERSON, Category.PHONE, Category.ADDRESS}),
                purpose="商品の発送及び問合せへの対応",
                places=(Place(None, "", "共有フォルダ"),),
                storage_method="アクセス制御されたサーバー",
                access_holders="担当部署",
                end_of_use="契約終了まで",
                retention_months=60,
                retention_until=None,
                approximate_count=100 + number,
                exposure=Exposure.GROUP,
                owner="部門長",
            ),
        )
        drafts = [
            RiskDraft(
                each.phase,
                each.threat.id,
                present="施錠と権限の管理",
                likelihood=3,
                impact=3,
                residual_likelihood=2,
                residual_impact=3,
                measures=(PlannedMeasure("点検を増やす", "部門長", date(2027, 3, 31)),),
            )
            if at < 8
            else RiskDraft(each.phase, each.threat.id, Decision.LEFT, left_reason="該当しない")
            for at, each in enumerate(risk_analysis.proposals(tx, entry.id))
        ]
        risk_analysis.save(tx, entry.id, drafts, expected_version=0)


def _certificate(tx: Tx, company: UnitId) -> None:
    term = Term(Mark("10820001", 4), date(2025, 5, 1), date(2027, 4, 30))
    held = register.register(tx, company, "jipdec", scale=Scale("services", 90_000_000, WORKERS), term=term)
    rounds.start(tx, held.id, apply_on=date(2026, 12, 1))
    for first in (date(2024, 12, 1), date(2025, 12, 1)):
        made = years.plan(tx, company, starts_on=first)
        made = years.set_objectives(
            tx, made.id, [Aim("誤送信を減らす", "件数")], expected_version=made.version
        )
        made = years.submit(tx, made.id, expected_version=made.version)
        years.approve(replace(tx, principal=_OTHER), made.id, expected_version=made.version)


def _complaint(unit: UnitId, number: int) -> ComplaintDraft:
    return ComplaintDraft(
        unit,
        list(Kind)[number % 3],
        Way.PHONE,
        list(Subject)[number % 8],
        Urgency.NORMAL,
        _NOW.date() - timedelta(days=7 * number % 700),
        "申出者",
        "",
        "案内が届いた",
    )


def _training(registry: Registry, company: UnitId) -> None:
    heads = "社員番号,氏名,所属コード,雇用区分,入社日,メールアドレス"
    lines = [
        f"{number:06d},従業 者{number},C0-{number % DEPARTMENTS},正社員,2015/04/01,w{number}@x.example"
        for number in range(WORKERS)
    ]
    workers = read(FileKind.WORKERS, "\r\n".join([heads, *lines]).encode("utf-8-sig"))
    take_workers(registry, _OWNER, company, workers, dry_run=False)
    with registry.write(_OWNER, reason="benchmark") as tx:
        draft = CourseDraft(company, "基本", "Basics", Audience.ALL, Cycle.ROUNDS, date(2025, 4, 1))
        course = courses.create(tx, draft)
        courses.publish(tx, course.id, ready_made("all_workers"), expected_version=1)
    for year in (2025, 2026):
        with registry.write(_OWNER, reason="benchmark") as tx:
            (now,) = courses.of_unit(tx, company, _NOW.date())
            courses.open_round(
                tx,
                now.id,
                opens_on=date(year, 4, 1),
                due_on=date(year, 6, 30),
                expected_version=now.version,
            )
        rows = [f"{number:06d},{year}-05-10,{70 + number % 31},合格" for number in range(WORKERS - 20)]
        data = "\r\n".join(["社員番号,受講日,点数,合否", *rows]).encode("utf-8-sig")
        done = read(FileKind.COMPLETIONS, data)
        take_completions(registry, _OWNER, company, course.id, done, pass_percent=70, dry_run=False)


def _unit(tx: Tx, code: str, kind: UnitKind, parent: UnitId | None) -> UnitId:
    made = organisation.create_unit(
        tx, code=code, kind=kind, name_ja=f"単位{code}", name_en=code, parent_id=parent
    )
    return made.id
