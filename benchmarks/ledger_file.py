"""How a company's own ledger is taken in and given out: python benchmarks/ledger_file.py [--json].

* import_5000_s: read and take a workbook of 5,000 rows as companies write it (headings in two rows, merged
  cells, dates of eras, periods and counts in words) into the encrypted registry; dry_run_5000_s: try it;
* wrong_5000_s: refuse it for a wrong cell in every tenth row, and make the marked copy;
* …_cpu_s: of each the processor time, which other work on the machine does not lengthen;
* roundtrip_equal: of 200 random ledgers how many come back with every value as it left, as workbook and as
  CSV, in Japanese and in English, as the entries that they are and as new ones.

`--small` takes a tenth of it. With --json the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import itertools
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from daicho.ledger_file.exchange import Wanted, made, take  # noqa: E402
from daicho.ledger_file.mapping import propose  # noqa: E402
from daicho.ledger_file.marked import marked_copy  # noqa: E402
from daicho.ledger_file.table import read_table, table_of  # noqa: E402
from daicho.text import translator  # noqa: E402
from registry import ledger, organisation, processors, sources  # noqa: E402
from registry.access import bootstrap_principal  # noqa: E402
from registry.handling import (  # noqa: E402
    EQUAL_COUNTRIES,
    Acquisition,
    Answer,
    Consent,
    Handling,
    Medium,
    ProcessorId,
    RetentionEvent,
    Subject,
    Transfer,
    TransferBasis,
)
from registry.ledger_columns import EntryDraft, draft_of  # noqa: E402
from registry.model import Place, SourceId, Unit, UnitId, UnitKind  # noqa: E402
from registry.processors import ProcessorDraft  # noqa: E402
from registry.store import Registry  # noqa: E402
from registry.vault import Vault  # noqa: E402
from scanners.model import Category, Exposure  # noqa: E402

OWNER = bootstrap_principal()
ROWS, LEDGERS, BATCH = 5_000, 200, 10
LANGUAGES, FORMS = ("ja", "en"), ("xlsx", "csv")
AWKWARD = (
    "=1+1",
    "'=1",
    "＝計算",
    "+81",
    "@x",
    "-",
    "なし",
    "×",
    "1",
    "1.0",
    "_x000D_",
    "a\nb",
    "😀𠮷",
    "R8.3.31",
)
LETTERS = "氏名台帳管理髙﨑𠮷Aa0 -=+@'\"、，,;：:（）()\n・ー－×○%"
GROUPS = ("部門", "個人情報", "", "", "利用", "", "", "保管", "", "", "", "", "取得", "", "提供", "", "管理")
TITLES = (
    "管理部門",
    "個人情報の\n名称",
    "項目",
    "件数（概数）",
    "目的",
    "利用期限",
    "アクセス権を\n有する者",
    "保管場所",
    "保管方法",
    "媒体",
    "保管期間",
    "廃棄方法",
    "取得の形態",
    "本人の同意",
    "第三者提供",
    "本人の区分",
    "最終確認日",
)


@dataclass(frozen=True, slots=True)
class Home:
    """A registry with one company, a source and two processors."""

    registry: Registry
    company: Unit
    source: SourceId
    processors: tuple[ProcessorId, ...]


def home(folder: Path) -> Home:
    """Return an empty encrypted registry of one company."""
    registry = Registry.open(f"sqlite:///{folder / 'registry.db'}", Vault(bytes(range(32))))
    registry.migrate()
    with registry.write(OWNER, reason="benchmark") as tx:
        group = organisation.create_unit(
            tx, code="G", kind=UnitKind.GROUP, name_ja="企業集団", name_en="Group", parent_id=None
        )
        company = _unit_in(tx, group.id, "A", UnitKind.COMPANY)
        source = sources.add_source(tx, unit_id=company.id, name="共有", owner="", url="/srv/share")
        names = ("倉庫株式会社", "Payroll, Inc.")
        kept = [processors.add_processor(tx, ProcessorDraft(company.id, name)).id for name in names]
    return Home(registry, company, source.id, tuple(kept))


def _unit_in(tx: object, parent: UnitId, code: str, kind: UnitKind = UnitKind.SITE) -> Unit:
    return organisation.create_unit(
        tx,  # type: ignore[arg-type]
        code=code,
        kind=kind,
        name_ja=f"事業所{code}",
        name_en=f"Site {code}",
        parent_id=parent,
    )


def own_workbook(rows: int, *, wrong: bool) -> bytes:
    """Return a ledger as a company writes it; every tenth row with a wrong cell when asked for."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page, cell = book.add_worksheet("台帳"), book.add_format()
        page.write_string(0, 0, "個人情報管理台帳")
        filled = [index for index, name in enumerate(GROUPS) if name] + [len(GROUPS)]
        for start, end in itertools.pairwise(filled):
            if end - start > 1:
                page.merge_range(2, start, 2, end - 1, GROUPS[start], cell)
            else:
                page.write_string(2, start, GROUPS[start])
        for index, title in enumerate(TITLES):
            page.write_string(3, index, title)
        for number in range(rows):
            for index, value in enumerate(_own_row(number, wrong=wrong and number % 10 == 0), 1):
                page.write(4 + number, index, value)
            if number % 4 == 0:
                page.merge_range(4 + number, 0, 4 + min(number + 3, rows - 1), 0, f"第{number // 4}課", cell)
    return out.getvalue()


def _own_row(number: int, *, wrong: bool) -> tuple[str | int, ...]:
    return (
        f"名簿{number:04d}",
        "心の色"
        if wrong
        else ("氏名、住所、電話番号", "氏名・メールアドレス", "氏名\n社員番号\n口座番号")[number % 3],
        ("約１，２００人", 300 + number, "1.2万")[number % 3],
        "案内と問合せの対応",
        "契約終了まで",
        "担当課員",
        f"共有: 部/{number % 50}",
        "アクセス制御",
        ("電子データ", "紙", "クラウド")[number % 3],
        ("退職後5年", "36か月", "永年")[number % 3],
        "細断",
        "直接書面",
        ("○", "不要", "")[number % 3],
        "×",
        ("従業員", "顧客", "取引先")[number % 3],
        ("令和8年3月31日", "R7.12.1", "2026/4/1")[number % 3],
    )


def speed(rows: int) -> dict[str, float]:
    """Return the seconds to take, try and refuse a workbook, each in a registry of its own."""
    figures = {}
    for name, wrong, dry_run in (("import", False, False), ("dry_run", False, True), ("wrong", True, True)):
        with tempfile.TemporaryDirectory() as folder:
            at = home(Path(folder))
            file = Path(folder) / "own.xlsx"
            file.write_bytes(own_workbook(rows, wrong=wrong))
            started, worked = time.perf_counter(), time.process_time()
            table = read_table(file)
            taken = take(at.registry, OWNER, table, propose(table), at.company.id, dry_run=dry_run)
            if wrong:
                marked_copy(table, taken.issues, translator("ja"))
            seconds, cpu = time.perf_counter() - started, time.process_time() - worked
            done = len({issue.row for issue in taken.issues}) if wrong else len(taken.outcomes)
            if taken.is_refused is not wrong or done != (rows // 10 if wrong else rows):
                raise SystemExit(f"{name}: {done} rows, {taken.issues[:3]}")
            figures[f"{name}_{rows}_s"] = round(seconds, 2)
            figures[f"{name}_{rows}_cpu_s"] = round(cpu, 2)
            at.registry.close()
    return figures


def random_ledger(dice: random.Random, at: Home, unit_id: UnitId) -> list[EntryDraft]:
    """Return entries with anything that their columns may hold."""
    return [_random_entry(dice, at, unit_id) for _ in range(dice.randint(1, 8))]


def _random_entry(dice: random.Random, at: Home, unit_id: UnitId) -> EntryDraft:
    def word() -> str:
        if dice.random() < 0.3:
            return dice.choice(AWKWARD)
        return "".join(dice.choices(LETTERS, k=dice.randint(1, 20))).strip() or "x"

    def free() -> str:
        return "" if dice.random() < 0.4 else word()

    def some(kind: Sequence[object], least: int = 0) -> frozenset[object]:
        return frozenset(dice.sample(list(kind), dice.randint(least, min(6, len(kind)))))

    def day() -> date | None:
        return None if dice.random() < 0.4 else date(1868, 1, 1) + timedelta(days=dice.randrange(410_000))

    def place() -> Place:
        if dice.random() < 0.5:
            return Place(None, "", word())
        return Place(at.source, free().replace("..", ""), free())

    handling = Handling(
        subjects=some(list(Subject)),  # type: ignore[arg-type]
        acquisition=dice.choice(list(Acquisition)),
        acquired_from=free(),
        purpose_notice=free(),
        consent=dice.choice(list(Consent)),
        legal_basis=free(),
        contact=free(),
        my_number_purpose=free(),
        media=some(list(Medium)),  # type: ignore[arg-type]
        security_measures=free(),
        retention_event=dice.choice(list(RetentionEvent)),
        retention_event_on=day(),
        disposal_method=free(),
        disclosable=dice.choice(list(Answer)),
        entrusted=dice.random() < 0.5,
        entrusted_by=free(),
        processors=some(at.processors),  # type: ignore[arg-type]
        recipients=free(),
        joint_use=free(),
        transfers=tuple(
            Transfer(dice.choice(sorted(EQUAL_COUNTRIES)), dice.choice(list(TransferBasis)), free())
            for _ in range(dice.randint(0, 3))
        ),
        last_checked=day(),
        next_review=day(),
    )
    return EntryDraft(
        unit_id=unit_id,
        name=word(),
        items=some(list(Category), 1),  # type: ignore[arg-type]
        purpose=word(),
        places=tuple(place() for _ in range(dice.randint(1, 3))),
        storage_method=word(),
        access_holders=word(),
        end_of_use=word(),
        retention_months=dice.choice((None, dice.randint(1, 1200))),
        retention_until=day(),
        approximate_count=dice.choice((None, dice.randrange(10**6))),
        exposure=dice.choice(list(Exposure)),
        owner=word(),
        handling=handling,
    )


def comes_back(dice: random.Random, at: Home, number: int) -> bool:
    """Tell whether a random ledger comes back the same in every form and language."""
    ways = [(form, language) for form in FORMS for language in LANGUAGES]
    with at.registry.write(OWNER, reason="benchmark") as tx:
        origin, *targets = (_unit_in(tx, at.company.id, f"A-{number}-{way}") for way in range(len(ways) + 1))
        for draft in random_ledger(dice, at, origin.id):
            ledger.create_entry(tx, draft)
    before = _drafts(at, origin.id)
    for (form, language), target in zip(ways, targets, strict=True):
        _, data = made(at.registry, OWNER, origin.id, Wanted(form, language))
        table = table_of(f"ledger.{form}", data)
        known = take(at.registry, OWNER, table, propose(table), None)
        if {outcome.step for outcome in known.outcomes} != {"unchanged"}:
            return False
        fresh = tuple(
            dataclasses.replace(each, column="" if each.column in ("number", "unit_id") else each.column)
            for each in propose(table)
        )
        take(at.registry, OWNER, table, fresh, target.id)
        copies = [dataclasses.replace(each, unit_id=origin.id) for each in _drafts(at, target.id)]
        if copies != before:
            return False
    return _drafts(at, origin.id) == before


def _drafts(at: Home, unit_id: UnitId) -> list[EntryDraft]:
    with at.registry.read(OWNER) as tx:
        return [draft_of(each) for each in ledger.entries(tx, unit_id=unit_id)]


def roundtrip(ledgers: int) -> dict[str, float]:
    """Return how many random ledgers come back as they left."""
    dice, started, equal = random.Random(20260401), time.perf_counter(), 0
    for first in range(0, ledgers, BATCH):  # a registry that holds a few: each ledger is read with all others
        with tempfile.TemporaryDirectory() as folder:
            at = home(Path(folder))
            numbers = range(first, min(first + BATCH, ledgers))
            equal += sum(comes_back(dice, at, number) for number in numbers)
            at.registry.close()
    return {
        "roundtrip_equal": equal,
        "roundtrip_ledgers": ledgers,
        "roundtrip_s": round(time.perf_counter() - started, 1),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--small", action="store_true", help="a tenth of everything")
    wanted = parser.parse_args()
    part = 10 if wanted.small else 1
    figures = speed(ROWS // part) | roundtrip(LEDGERS // part)
    for name, value in figures.items():
        print(f"{name:>18} {value}")
    if wanted.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
