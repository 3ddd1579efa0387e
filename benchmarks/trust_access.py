"""Leaks over units and lost updates: python -m benchmarks.trust_access [--json] [--editors N] [--edits N].

`leaks`: random requests of random people with ids of every company, on SQLite and PostgreSQL; each company's
rows carry marks that must not come back. `edits`: people edit shared entries at the same time in one process,
as the web server does: each reads an entry, saves what it read plus one, merges on a conflict, and pauses.
An edit's time is reading plus saving with every merge. With --think the pause lies between reading and
saving, so that nearly every edit meets another one. With --json the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from registry import ledger  # noqa: E402
from registry.errors import Conflict  # noqa: E402
from registry.model import EntryId, Principal, Role  # noqa: E402
from registry.vault import Vault  # noqa: E402
from tests.access.calls import source_of  # noqa: E402
from tests.access.requests import leaks as leaked  # noqa: E402
from tests.access.world import World, build, person  # noqa: E402
from tests.registry.world import draft  # noqa: E402
from tests.servers import PostgresServer, SessionServices  # noqa: E402

REQUESTS, SEED = 10_000, 20261128
EDITORS, EDITS, PAUSE_SECONDS = 50, 200, 1.0
SHARED_BY = 10  # editors per entry: enough that edits meet


@dataclass(frozen=True, slots=True)
class Edits:
    """What the editors of one database came to; times in milliseconds."""

    acknowledged: int
    lost: int
    merges: int
    p50_ms: float
    p95_ms: float
    worst_ms: float


@contextmanager
def worlds() -> Iterator[Mapping[str, World]]:
    """Open the marked group on an SQLite file and on a PostgreSQL server of this run's own."""
    place = Path(tempfile.mkdtemp(prefix="daicho-trust-"))
    services = SessionServices(place)
    services.hold()
    found: dict[str, World] = {}
    try:
        server = services.postgres()
        if not isinstance(server, PostgresServer):
            raise SystemExit(f"PostgreSQL is needed: {server.reason}")
        urls = {"sqlite": f"sqlite:///{place / 'registry.db'}", "postgresql": server.url(server.create())}
        for name, url in urls.items():
            found[name] = build(url, place / name / "findings", Vault(bytes(range(32))))
        yield found
    finally:
        for world in found.values():
            world.registry.close()
        services.release()  # the folder goes with the services


def leaks(world: World, *, requests: int = REQUESTS, seed: int = SEED) -> int:
    """Return how many of the random requests brought something of a company out of reach."""
    return len(leaked(world, requests, seed))


def edits(
    world: World,
    *,
    editors: int = EDITORS,
    each: int = EDITS,
    pause: float = PAUSE_SECONDS,
    think: bool = False,
) -> Edits:
    """Let people edit at the same time, and count what their entries have kept."""
    target = world.targets["A"]
    who = person(Role.OFFICER, target.unit_id)
    with world.registry.write(who) as tx:
        start = draft(target.unit_id, source_of(target), approximate_count=0)
        entries = [ledger.create_entry(tx, start).id for _ in range(-(-editors // SHARED_BY))]
    took: list[float] = []
    merges: list[int] = []
    failed: list[BaseException] = []
    gate = threading.Lock()

    def work(number: int) -> None:
        try:
            time.sleep(pause * number / editors)  # people do not start in step
            for _ in range(each):
                seconds, merged = _edit(world, who, entries[number // SHARED_BY], pause if think else 0)
                with gate:
                    took.append(seconds)
                    merges.append(merged)
                time.sleep(0 if think else pause)
        except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that waits
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(editors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    kept = _kept(world, who, entries)
    cuts = statistics.quantiles(took, n=20)
    return Edits(
        acknowledged=len(took),
        lost=len(took) - kept,
        merges=sum(merges),
        p50_ms=round(statistics.median(took) * 1000, 1),
        p95_ms=round(cuts[-1] * 1000, 1),
        worst_ms=round(max(took) * 1000, 1),
    )


def _edit(world: World, who: Principal, entry_id: EntryId, pause: float) -> tuple[float, int]:
    begun = time.perf_counter()
    with world.registry.read(who) as tx:
        seen = ledger.entry(tx, entry_id)
    reading = time.perf_counter() - begun
    time.sleep(pause)
    begun, merged = time.perf_counter(), 0
    count, version = seen.approximate_count or 0, seen.version
    while True:
        try:
            with world.registry.write(who) as tx:
                ledger.update_entry(
                    tx, entry_id, expected_version=version, changes={"approximate_count": count + 1}
                )
            return reading + time.perf_counter() - begun, merged
        except Conflict as conflict:
            merged += 1
            count, version = int(conflict.edits[0].after), conflict.version


def _kept(world: World, who: Principal, entries: Sequence[EntryId]) -> int:
    """Return how many edits the entries hold, in their values as in their histories."""
    with world.registry.read(who) as tx:
        counted = sum(ledger.entry(tx, entry_id).approximate_count or 0 for entry_id in entries)
        remembered = sum(len(ledger.versions(tx, entry_id)) - 1 for entry_id in entries)
    return min(counted, remembered)


def measured(
    *,
    requests: int = REQUESTS,
    editors: int = EDITORS,
    each: int = EDITS,
    pause: float = PAUSE_SECONDS,
    think: bool = False,
) -> dict[str, float]:
    """Return the figures of both databases under the names of the report, and print them one by one."""
    with worlds() as opened:
        found = {name: leaks(world, requests=requests) for name, world in opened.items()}
        edited = {
            name: edits(world, editors=editors, each=each, pause=pause, think=think)
            for name, world in opened.items()
        }
    for name, result in edited.items():
        print(f"{name}: {found[name]} leaks in {requests:,} requests")
        print(
            f"{name}: {result.acknowledged:,} edits, {result.lost} lost, {result.merges:,} merges, "
            f"p50 {result.p50_ms} ms, p95 {result.p95_ms} ms, worst {result.worst_ms} ms",
            flush=True,
        )
    return {
        "leaks": sum(found.values()),
        "lost_updates": sum(result.lost for result in edited.values()),
        "edit_p95_ms": max(result.p95_ms for result in edited.values()),
        **{f"edit_p95_ms_{name}": result.p95_ms for name, result in edited.items()},
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--editors", type=int, default=EDITORS)
    parser.add_argument("--edits", type=int, default=EDITS)
    parser.add_argument("--pause", type=float, default=PAUSE_SECONDS)
    parser.add_argument("--think", action="store_true")
    given = parser.parse_args()
    figures = measured(
        requests=given.requests,
        editors=given.editors,
        each=given.edits,
        pause=given.pause,
        think=given.think,
    )
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
