"""How long training takes to be taken in and told: python benchmarks/training.py [--rows N] [--json].

On an encrypted SQLite registry in a temporary folder, with a group of 815 units:

* roster_import_s: a CSV of `--rows` workers (default 40,000), from its bytes to the commit;
* roster_again_s: the same file a month later with transfers and leaves;
* training_import_s: a CSV of completions of all of them, from its bytes to the commit;
* rate_ms: the rate of the whole group on a day, by unit; persons_ms: a page of the follow-up list.

With --json the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from daicho.training_file import Reading, read, take_completions, take_workers  # noqa: E402
from privacy_mark.training import courses, standing  # noqa: E402
from privacy_mark.training.content import ready_made  # noqa: E402
from privacy_mark.training.courses import CourseDraft  # noqa: E402
from privacy_mark.training.headings import Kind  # noqa: E402
from privacy_mark.training.model import Audience, Cycle  # noqa: E402
from registry import organisation  # noqa: E402
from registry.access import bootstrap_principal, today_in_japan  # noqa: E402
from registry.model import UnitId, UnitKind  # noqa: E402
from registry.store import Registry  # noqa: E402
from registry.vault import Vault  # noqa: E402

KEY = bytes(range(32))  # no secret
OWNER = bootstrap_principal()
UNITS = 815
Result = TypeVar("Result")
HEADINGS = "社員番号,氏名,所属コード,雇用区分,入社日,メールアドレス,異動日,休職区分,休職開始日,休職終了日"


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), wanted.rows)
    for name, value in figures.items():
        print(f"{name}: {value:.2f}")
    if wanted.json:
        print(json.dumps(figures))


def measure(folder: Path, rows: int) -> dict[str, float]:
    """Return the figures for a roster of so many rows."""
    registry = Registry.open(f"sqlite:///{folder / 'registry.db'}", Vault(KEY))
    registry.migrate()
    with registry.write(OWNER, reason="benchmark") as tx:
        top, codes = _units(tx)
        today = today_in_japan(tx.now)
        opened = today - timedelta(days=60)
        draft = CourseDraft(top, "基本", "Basics", Audience.ALL, Cycle.ROUNDS, opened)
        course = courses.create(tx, draft)
        courses.publish(tx, course.id, ready_made("all_workers"), expected_version=1)
        courses.open_round(tx, course.id, opens_on=opened, due_on=today, expected_version=1)
    figures = {"rows": float(rows)}
    chance = random.Random(7)
    at = [chance.choice(codes) for _ in range(rows)]

    def workers(again: bool) -> object:
        data = _roster(rows, at, random.Random(8) if again else None, codes, str(today - timedelta(days=3)))
        return take_workers(registry, OWNER, top, read(Kind.WORKERS, data), dry_run=False)

    figures["roster_import_s"] = _seconds(lambda: workers(again=False))[0]
    figures["roster_again_s"] = _seconds(lambda: workers(again=True))[0]
    data = _completions(rows, str(today - timedelta(days=1)))

    def completions() -> Reading:
        reading = read(Kind.COMPLETIONS, data)
        take_completions(registry, OWNER, top, course.id, reading, pass_percent=75, dry_run=False)
        return reading

    figures["training_import_s"] = _seconds(completions)[0]
    with registry.read(OWNER) as tx:
        seconds, found = _seconds(lambda: standing.rates_below(tx, top, course.id, today))
        figures["rate_ms"] = 1000 * seconds
        seconds, _ = _seconds(lambda: standing.persons(tx, top, course.id, today))
        figures["persons_ms"] = 1000 * seconds
    assert sum(each.rate.in_scope for each in found) == rows
    registry.close()
    return figures


def _units(tx: object) -> tuple[UnitId, list[str]]:
    def made(code: str, kind: UnitKind, parent: UnitId | None) -> UnitId:
        return organisation.create_unit(
            tx,  # type: ignore[arg-type]
            code=code,
            kind=kind,
            name_ja=code,
            name_en=code,
            parent_id=parent,
        ).id

    top = made("G", UnitKind.GROUP, None)
    codes = []
    for company in range(90):
        entity = made(f"C{company}", UnitKind.COMPANY, top)
        for department in range(8):
            codes.append(f"C{company}-{department}")
            made(codes[-1], UnitKind.DEPARTMENT, entity)
    for extra in range(UNITS - 1 - 90 * 9):
        made(f"X{extra}", UnitKind.COMPANY, top)
    return top, codes


def _roster(rows: int, at: list[str], chance: random.Random | None, codes: list[str], moved: str) -> bytes:
    out = io.StringIO()
    out.write(HEADINGS + "\r\n")
    kinds = ("正社員", "契約社員", "パート", "派遣")
    for number in range(rows):
        unit, leave = at[number], ",,,"
        if chance is not None and chance.random() < 0.05:
            unit, leave = chance.choice(codes), f"{moved},,,"
        elif chance is not None and chance.random() < 0.03:
            leave = f",育児休業,{moved},"
        kind, mail = kinds[number % 4], f"w{number}@x.example"
        out.write(f"{number:06d},従業 者{number},{unit},{kind},2015/04/01,{mail},{leave}\r\n")
    return out.getvalue().encode("cp932")


def _completions(rows: int, day: str) -> bytes:
    lines = ["社員番号,受講日,点数,合否"]
    lines += [
        f"{number:06d},{day},{60 + number % 41},{'合格' if number % 9 else '不合格'}"
        for number in range(rows)
    ]
    return "\r\n".join(lines).encode("utf-8-sig")


def _seconds(act: Callable[[], Result]) -> tuple[float, Result]:
    begun = time.perf_counter()
    found = act()
    return time.perf_counter() - begun, found


if __name__ == "__main__":
    main()
