"""How far journal and access can be trusted, and what it costs: python benchmarks/trust.py [NAME …] [--json].

Each name is one measurement (default: all), on an encrypted SQLite registry in a temporary folder:

* tamper: random damages to journal and anchors, how many are named at their place;
* verify: seconds to verify a journal of a million records (`--records`), the faster of two runs;
* append: commits with a journal record per second, relative to bare commits of such a row through
  SQLCipher with the same pragmas, taken in turns;
* kills: a writer killed with SIGKILL at random moments, how many acknowledged changes are lost;
* access: random requests over units, how many bring something out of reach, and fifty people who edit the
  same entries, how many of their edits are lost and how long one takes (also on PostgreSQL).

With --json the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import sqlcipher3.dbapi2 as sqlcipher  # noqa: E402

from benchmarks import trust_access  # noqa: E402
from benchmarks.tampering import Copy, damage, detected  # noqa: E402
from registry import anchors, journal, ledger, organisation  # noqa: E402
from registry.access import bootstrap_principal  # noqa: E402
from registry.model import EntryId, Place, UnitKind  # noqa: E402
from registry.store import Registry  # noqa: E402
from registry.store.chain import FIELDS, GENESIS  # noqa: E402
from registry.store.engine import _prepare_sqlite  # noqa: E402
from registry.store.journal_rows import canonical_row  # noqa: E402
from registry.store.tables import new_uid  # noqa: E402
from registry.vault import Vault  # noqa: E402
from scanners.model import Category, Exposure  # noqa: E402

KEY = bytes(range(32))  # no secret
OWNER = bootstrap_principal()
Figures = dict[str, float]


def opened(folder: Path) -> Registry:
    """Return the registry of a folder, made when there is none."""
    registry = Registry.open(f"sqlite:///{folder / 'registry.db'}", Vault(KEY))
    registry.migrate()
    return registry


def with_entry(registry: Registry) -> EntryId:
    """Make two units and a ledger entry to change; the journal has some records afterwards."""
    with registry.write(OWNER, reason="benchmark") as tx:
        top = organisation.create_unit(
            tx, code="G", kind=UnitKind.GROUP, name_ja="群", name_en="", parent_id=None
        )
        unit = organisation.create_unit(
            tx, code="A", kind=UnitKind.COMPANY, name_ja="甲", name_en="", parent_id=top.id
        )
        draft = ledger.EntryDraft(
            unit_id=unit.id,
            name="社員名簿",
            items=frozenset({Category.PERSON}),
            purpose="人事管理",
            places=(Place(None, "", "書庫"),),
            storage_method="サーバー",
            access_holders="人事部員",
            end_of_use="退職まで",
            retention_months=36,
            retention_until=None,
            approximate_count=0,
            exposure=Exposure.GROUP,
            owner="人事部長",
        )
        return ledger.create_entry(tx, draft).id


def edit(registry: Registry, entry_id: EntryId) -> int:
    """Raise the entry's count by one, as a page does; return the count once it is committed."""
    with registry.write(OWNER, reason="benchmark") as tx:
        entry = ledger.entry(tx, entry_id)
        count = (entry.approximate_count or 0) + 1
        ledger.update_entry(
            tx, entry_id, expected_version=entry.version, changes={"approximate_count": count}
        )
    return count


def tamper(folder: Path, wanted: argparse.Namespace) -> Figures:
    """Damage the journal at random, verify, put it back, and again."""
    registry, place = opened(folder), folder / "anchors"
    place.mkdir()
    entry_id = with_entry(registry)
    for _ in range(3):
        for _ in range(8):
            edit(registry, entry_id)
        anchors.anchor(registry, OWNER, place)
    copy, rng, found = Copy.of(registry, place), random.Random(4), 0
    assert anchors.check(registry, place).ok
    for _ in range(wanted.damages):
        done = damage(copy, rng)
        if detected(copy, done):
            found += 1
        else:
            print(f"not named: {done}", file=sys.stderr)
        copy.put_back()
    registry.close()
    return {"tamper_tried": wanted.damages, "tamper_detected": found}


def verify(folder: Path, wanted: argparse.Namespace) -> Figures:
    """Write a long journal directly and verify it with the product's function."""
    registry = opened(folder)
    fill(registry, wanted.records)
    walls, cpus = [], []
    for _ in range(2):
        wall, cpu = time.perf_counter(), time.process_time()
        verdict = journal.verify(registry)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        assert verdict.ok
        assert verdict.count == wanted.records
    registry.close()
    scale = 1_000_000 / wanted.records
    return {"verify_1m_s": round(min(walls) * scale, 2), "verify_1m_cpu_s": round(min(cpus) * scale, 2)}


def fill(registry: Registry, records: int) -> None:
    """Write records as long as those of ledger edits: sealed parts are random bytes of that length."""
    key, head, rng = registry.vault.subkey("journal"), GENESIS, random.Random(1)
    at, rows = datetime(2026, 1, 1, tzinfo=UTC), []
    insert = f"INSERT INTO journal_record VALUES ({', '.join('?' * len(_COLUMNS))})"
    with registry.engine.begin() as connection:
        names = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(journal_record)")]
        for seq in range(1, records + 1):
            at += timedelta(seconds=7)
            sealed = [rng.randbytes(length) for length in (41, 95, 95, 35)]
            texts = (new_uid(), at.strftime("%Y-%m-%d %H:%M:%S.%f"), str(seq % 4000))
            uid, when, row_id = (text.encode() for text in texts)
            stored = (seq, uid, None, when, seq % 300, sealed[0], b"entry_updated", b"ledger_entry", row_id,
                      *sealed[1:])  # fmt: skip
            digest = hmac.digest(key, head + canonical_row(stored), "sha256")
            values = dict(zip(_COLUMNS, (*stored, head, digest, 1), strict=True))
            values |= {"id": texts[0], "at": texts[1], "row_id": texts[2]}
            values |= {"action": "entry_updated", "table_name": "ledger_entry"}
            rows.append(tuple(values[name] for name in names))
            head = digest
            if len(rows) == 5000 or seq == records:
                connection.exec_driver_sql(insert, rows)
                rows = []


_COLUMNS = (*FIELDS, "prev_hash", "hash", "key_id")


def append(folder: Path, wanted: argparse.Namespace) -> Figures:
    """Commit one journal record at a time, and one bare row at a time, in turns."""
    registry = opened(folder)
    bare = sqlcipher.connect(str(folder / "bare.db"), isolation_level=None)
    _prepare_sqlite(bare, Vault(KEY).subkey("sqlcipher"))
    bare.execute("CREATE TABLE row (seq INTEGER PRIMARY KEY, value BLOB NOT NULL)")
    value, spent = bytes(420), {"bare": 0.0, "journal": 0.0}
    for _ in range(wanted.rounds):
        start = time.perf_counter()
        for _ in range(50):
            bare.execute("BEGIN IMMEDIATE")
            bare.execute("INSERT INTO row (value) VALUES (?)", (value,))
            bare.execute("COMMIT")
        spent["bare"] += time.perf_counter() - start
        start = time.perf_counter()
        for number in range(50):
            with registry.write(OWNER, reason="benchmark") as tx:
                tx.record("entry_updated", "ledger_entry", number, None, {"a": "b" * 60}, {"a": "c" * 60})
        spent["journal"] += time.perf_counter() - start
    registry.close()
    bare.close()
    rates = {name: wanted.rounds * 50 / seconds for name, seconds in spent.items()}
    return {
        "journal_vs_commit": round(rates["journal"] / rates["bare"], 3),
        "journal_per_s": round(rates["journal"], 1),
        "bare_per_s": round(rates["bare"], 1),
    }


def kills(folder: Path, wanted: argparse.Namespace) -> Figures:
    """Kill a writer at random moments; each time what it acknowledged must be there and the chain whole."""
    registry = opened(folder)
    entry_id = with_entry(registry)
    registry.close()
    rng, lost, gaps, acknowledged = random.Random(9), 0, 0, 0
    for _ in range(wanted.kills):
        last, reports = _killed_writer(folder, entry_id, rng.uniform(0.0, 0.15))
        acknowledged += reports
        registry = opened(folder)
        with registry.read(OWNER) as tx:
            entry = ledger.entry(tx, entry_id)
        verdict = journal.verify(registry)
        registry.close()
        lost += max(0, last - (entry.approximate_count or 0))
        # Three records made the entry; every edit since is one record and one version.
        gaps += not verdict.ok or verdict.count != entry.version + 2
    return {"kills": wanted.kills, "acknowledged": acknowledged, "lost_commits": lost, "journal_gaps": gaps}


def _killed_writer(folder: Path, entry_id: EntryId, seconds: float) -> tuple[int, int]:
    """Fork a writer and kill it after a while; return the last count it reported, and how many it did."""
    read, write = os.pipe()
    child = os.fork()  # nothing is open here that a child could disturb
    if child == 0:
        os.close(read)
        try:
            registry = opened(folder)
            while True:
                os.write(write, b"%d\n" % edit(registry, entry_id))
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as reports:
        first = reports.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        lines = [line for line in (first, *reports) if line.endswith(b"\n")]
    os.waitpid(child, 0)
    if not lines:
        raise RuntimeError("the writer ended before its first commit")
    return int(lines[-1]), len(lines)


def access(_folder: Path, wanted: argparse.Namespace) -> Figures:
    """Ask for what is out of reach, and edit the same entries together, on both databases."""
    return trust_access.measured(requests=wanted.requests, editors=wanted.editors, each=wanted.edits)


MEASUREMENTS: Mapping[str, Callable[[Path, argparse.Namespace], Figures]] = {
    "tamper": tamper,
    "verify": verify,
    "append": append,
    "kills": kills,
    "access": access,
}


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--damages", type=int, default=1000)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20, help="of 50 commits each")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--requests", type=int, default=trust_access.REQUESTS)
    parser.add_argument("--editors", type=int, default=trust_access.EDITORS)
    parser.add_argument("--edits", type=int, default=trust_access.EDITS, help="of each editor")
    wanted = parser.parse_args()
    if unknown := set(wanted.names) - MEASUREMENTS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    figures: Figures = {}
    for name in wanted.names or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="daicho-trust-") as folder:
            measured = MEASUREMENTS[name](Path(folder), wanted)
        for key, value in measured.items():
            print(f"{key:20} {value}", flush=True)
        figures |= measured
    if wanted.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
