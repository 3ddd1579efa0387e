"""A small invented group in a real workspace: registered, scanned and assessed by the real services."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from daicho.settings import Settings
from daicho.workspace import KEY_FILE, Workspace
from registry import accounts, ledger, organisation, runs, sources
from registry.access import bootstrap_principal
from registry.assess import assess
from registry.findings import FINDINGS, FindingsStore
from registry.ledger_columns import EntryDraft
from registry.model import Place, Principal, Role, SourceId, UnitId, UnitKind, UserId
from registry.store import Registry, Tx
from registry.vault import Vault
from scanners.model import (
    Category,
    Exposure,
    ObjectResult,
    Outcome,
    PersonBounds,
    Reason,
    RunTotals,
    Tally,
)
from scanners.suffixes import judged
from tests.access.bases import disclose

PASSWORD = "a password for tests only"
FIRST_SCAN = datetime(2026, 10, 20, 2, 14, tzinfo=UTC)
SECOND_SCAN = datetime(2026, 11, 20, 2, 14, tzinfo=UTC)
_UNITS: Sequence[tuple[str, UnitKind, str, str, str]] = (
    ("HQ", UnitKind.HEADQUARTERS, "東和ホールディングス", "Towa Holdings", "GROUP"),
    ("LIFE", UnitKind.COMPANY, "東和ライフケア", "Towa Lifecare", "GROUP"),
    ("LOGI", UnitKind.COMPANY, "東和ロジスティクス", "Towa Logistics", "GROUP"),
    ("ELEC", UnitKind.COMPANY, "東和電機", "Towa Electric", "GROUP"),
    ("EST", UnitKind.COMPANY, "東和不動産", "Towa Real Estate", "GROUP"),
    ("HOSP", UnitKind.HOSPITAL, "桜台総合病院", "Sakuradai General Hospital", "GROUP"),
    ("DE", UnitKind.OVERSEAS, "Towa Germany", "Towa Germany", "GROUP"),
    ("HOSP-1", UnitKind.SITE, "本院", "Main hospital", "HOSP"),
    ("HOSP-2", UnitKind.SITE, "健診センター", "Check-up centre", "HOSP"),
    ("LIFE-1", UnitKind.SITE, "東京本店", "Tokyo office", "LIFE"),
)
_PEOPLE: Sequence[tuple[str, str, Role, str, str]] = (
    ("admin@towa.example", "高橋 健一", Role.ADMINISTRATOR, "GROUP", "ja"),
    ("sato@towa.example", "佐藤 恵", Role.GROUP_OFFICER, "GROUP", "ja"),
    ("executive@towa.example", "渡辺 正人", Role.EXECUTIVE, "GROUP", "ja"),
    ("hospital@towa.example", "中村 裕子", Role.OFFICER, "HOSP", "ja"),
    ("germany@towa.example", "Katharina Weber", Role.OFFICER, "DE", "en"),
)
_HEALTH = (Category.PERSON, Category.DOB, Category.MEDICAL)
_CONTACT = (Category.PERSON, Category.PHONE, Category.ADDRESS)
# unit, path below the source, kind, categories, persons, exposure
_FILES: Sequence[tuple[str, str, str, tuple[Category, ...], int, Exposure]] = (
    ("HOSP-2", "健診/健診2025/結果一覧.xlsx", "xlsx", _HEALTH, 1_204, Exposure.EVERYONE),
    ("HOSP-2", "健診/過年度/人間ドック_2024.csv", "csv", _HEALTH, 380, Exposure.GROUP),
    (
        "HOSP-1",
        "病棟/入院患者_最新.csv",
        "csv",
        (Category.PERSON, Category.PATIENT_ID),
        1_842,
        Exposure.GROUP,
    ),
    ("LIFE-1", "営業/顧客一覧.xlsx", "xlsx", _CONTACT, 5_210, Exposure.GROUP),
    ("LIFE-1", "人事/産業医面談記録.docx", "docx", _HEALTH, 41, Exposure.OWNER),
    ("LOGI", "配送/届け先.csv", "csv", _CONTACT, 3_300, Exposure.EVERYONE),
    (
        "LOGI",
        "総務/退職者/給与.xlsx",
        "xlsx",
        (Category.MY_NUMBER, Category.BANK_ACCOUNT),
        120,
        Exposure.GROUP,
    ),
    ("ELEC", "人事/社員名簿.xlsx", "xlsx", (Category.PERSON, Category.DOB), 9_400, Exposure.OWNER),
    ("HQ", "総務/役員連絡先.txt", "pdf", (Category.PERSON, Category.PHONE), 24, Exposure.OWNER),
    ("DE", "HR/employees.csv", "csv", (Category.PERSON, Category.EMAIL), 310, Exposure.GROUP),
)


@dataclass(frozen=True, slots=True)
class Group:
    """The workspace, who may sign in, and where everything lies."""

    workspace: Workspace
    units: dict[str, UnitId]
    people: dict[str, UserId]

    def principal(self, login: str) -> Principal:
        """Return a person with the roles of this moment."""
        return accounts.principal_of(self.workspace.registry, self.people[login])


def object_id(unit: str, path: str) -> str:
    """Return the id of an invented object."""
    return hashlib.sha256(f"{unit}/{path}".encode()).hexdigest()[:32]


def build(path: Path) -> Group:
    """Make the group below `path`; its units but one report, one of them twice."""
    (path / "keys").mkdir(parents=True)
    (path / "findings").mkdir()
    (path / "daicho.toml").write_text("", encoding="utf-8")
    vault = Vault.create(path / KEY_FILE)
    moment = [FIRST_SCAN]
    registry = Registry.open(f"sqlite:///{path / 'registry.db'}", vault, clock=lambda: moment[0])
    registry.migrate()
    store = FindingsStore(path / "findings", vault)
    with registry.write(bootstrap_principal(), reason="set-up") as tx:
        units = _units(tx)
        people = _people(tx, units)
        places = {
            code: sources.add_source(
                tx,
                unit_id=units[code],
                name=f"{code} 共有",
                owner="情報システム部",
                url=f"file:///srv/{code}",
            ).id
            for code in dict.fromkeys(unit for unit, *_ in _FILES)
        }
        _ledger(tx, units, places)
    for code in ("LIFE", "LOGI", "ELEC", "EST", "HOSP", "DE"):
        disclose(registry, units[code], units["HQ"], document=f"{code} 個人情報保護業務の委託契約書")
    # The first run knew the worst file as owned by one person only: the score has somewhere to rise from.
    _scan(registry, store, units, places, FIRST_SCAN, narrow=True)
    moment[0] = SECOND_SCAN
    _scan(registry, store, units, places, SECOND_SCAN, narrow=False)
    registry.close()
    workspace = Workspace(
        path,
        Settings(workspace=path),
        vault,
        Registry.open(f"sqlite:///{path / 'registry.db'}", vault),
        store,
    )
    return Group(workspace, units, people)


def _units(tx: Tx) -> dict[str, UnitId]:
    root = organisation.create_unit(
        tx, code="GROUP", kind=UnitKind.GROUP, name_ja="東和グループ", name_en="Towa Group", parent_id=None
    )
    units = {"GROUP": root.id}
    for code, kind, name_ja, name_en, parent in _UNITS:
        units[code] = organisation.create_unit(
            tx, code=code, kind=kind, name_ja=name_ja, name_en=name_en, parent_id=units[parent]
        ).id
    return units


def _people(tx: Tx, units: dict[str, UnitId]) -> dict[str, UserId]:
    people = {}
    for login, name, role, unit, language in _PEOPLE:
        people[login] = accounts.create_account(tx, login, name, PASSWORD, language, unit_id=units["GROUP"])
        accounts.grant(tx, people[login], role, units[unit])
    return people


def _ledger(tx: Tx, units: dict[str, UnitId], places: dict[str, SourceId]) -> None:
    rows: Sequence[tuple[str, str, str, tuple[Category, ...], str, int, Exposure]] = (
        (
            "HOSP-1",
            "病棟",
            "入院患者一覧",
            (Category.PERSON, Category.PATIENT_ID),
            "診療",
            300,
            Exposure.GROUP,
        ),
        ("HOSP-2", "健診/過年度", "人間ドックの結果", _HEALTH, "健康診断の実施", 380, Exposure.GROUP),
        ("LIFE-1", "営業", "顧客一覧", _CONTACT, "契約の履行と案内", 300, Exposure.GROUP),
        ("LOGI", "配送", "届け先", _CONTACT, "配送", 3_300, Exposure.GROUP),
        ("ELEC", "人事", "社員名簿", (Category.PERSON, Category.DOB), "雇用管理", 9_400, Exposure.OWNER),
        ("DE", "HR", "Employees", (Category.PERSON, Category.EMAIL), "Employment", 310, Exposure.GROUP),
        ("DE", "Archive", "Applicants", (Category.PERSON,), "Hiring", 80, Exposure.OWNER),
    )
    for unit, prefix, name, items, purpose, count, exposure in rows:
        ledger.create_entry(
            tx,
            EntryDraft(
                unit_id=units[unit],
                name=name,
                items=frozenset(items),
                purpose=purpose,
                places=(Place(places[unit], prefix, f"{prefix} フォルダー"),),
                storage_method="電子（共有フォルダー）",
                access_holders="担当部署",
                end_of_use="契約の終了まで",
                retention_months=60,
                retention_until=None,
                approximate_count=count,
                exposure=exposure,
                owner="担当部長",
            ),
        )


def _scan(
    registry: Registry,
    store: FindingsStore,
    units: dict[str, UnitId],
    places: dict[str, SourceId],
    at: datetime,
    *,
    narrow: bool,
) -> None:
    with registry.write(bootstrap_principal(), reason="scan") as tx:
        for code, source_id in places.items():
            results = [*_results(code, at, narrow=narrow), *_plain(code, at)]
            run_id = runs.new_run_id(at)
            writer = store.writer(run_id, units[code], source_id)
            totals = RunTotals()
            for result in results:
                writer.add(result)
                totals = totals.plus(result)
            runs.record_run(
                tx,
                run_id=run_id,
                unit_id=units[code],
                source_id=source_id,
                started_at=at,
                finished_at=at + timedelta(minutes=4),
                totals=totals,
                rules_version="test/1",
                files=writer.commit(),
            )
        assess(tx, store, as_of=at.date())


def _results(code: str, at: datetime, *, narrow: bool) -> list[ObjectResult]:
    found = []
    for unit, path, kind, categories, persons, exposure in _FILES:
        if unit != code:
            continue
        shown = Exposure.OWNER if narrow and exposure is Exposure.EVERYONE else exposure
        found.append(
            _result(
                unit,
                path,
                kind,
                at,
                categories={c: Tally(persons, persons) for c in categories},
                exposure=shown,
            )
        )
    return found


def _plain(code: str, at: datetime) -> list[ObjectResult]:
    """Return objects without personal data, and one that could not be read."""
    plain = [_result(code, f"業務/手順書_{number}.docx", "docx", at) for number in range(1, 9)]
    locked = _result(code, "業務/控え.zip", "zip", at, outcome=Outcome.FAILED, reason=Reason.ENCRYPTED)
    return [*plain, locked]


def _result(
    unit: str,
    path: str,
    kind: str,
    at: datetime,
    *,
    categories: dict[Category, Tally] | None = None,
    exposure: Exposure = Exposure.GROUP,
    outcome: Outcome = Outcome.COMPLETE,
    reason: Reason | None = None,
) -> ObjectResult:
    tallies = categories or {}
    persons = max((tally.distinct for tally in tallies.values()), default=0)
    identity = object_id(unit, path)
    return ObjectResult(
        id=identity,
        uri=f"file:///srv/{unit}/{path}",
        shown=path,
        kind=kind,
        outcome=outcome,
        reason=reason,
        detail="",
        bytes=24_000 + 180 * persons,
        mtime_ns=int((at - timedelta(days=40)).timestamp()) * 1_000_000_000,
        owner="tanto",
        exposure=exposure,
        categories=tallies,
        persons=PersonBounds(persons, persons + persons // 40),
        columns=(),
        findings=_findings(identity, tuple(tallies)),
        suffix=judged(path, kind, inside=False),
        readers=("group:tanto", "root"),
    )


_MASKS = {
    Category.PERSON: "山●●●",
    Category.DOB: "19●●/●●/●●",
    Category.PHONE: "090-●●●●-●●12",
    Category.MEDICAL: "糖●●",
    Category.ADDRESS: "東京都●●●●●●●●",
}

_HEADERS = {
    Category.PERSON: "氏名",
    Category.DOB: "生年月日",
    Category.MEDICAL: "病名",
    Category.PHONE: "電話",
}


def _findings(identity: str, categories: Sequence[Category]) -> pa.Table:
    rows = [
        {
            "object_id": identity,
            "location": f"名簿!{chr(65 + column)}{row + 2}",
            "start": None,
            "end": None,
            "category": category.value,
            "score": 0.98 - 0.01 * row,
            "masked": _MASKS.get(category, "●●●●●●"),
            "fingerprint": hashlib.sha256(f"{identity}{category}{row}".encode()).digest()[:16],
            "rule": f"{category.value.lower()}/1",
            "why": f"column={_HEADERS.get(category, '番号')};pattern",
        }
        for row in range(3)
        for column, category in enumerate(categories)
    ]
    return pa.Table.from_pylist(rows, FINDINGS)
