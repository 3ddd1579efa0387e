"""How long the readiness of a whole group takes to be told: python benchmarks/readiness.py [--json].

On an encrypted SQLite registry in a temporary folder, with 815 legal entities of three sites each, 40,000
people, 65,200 pieces of evidence, 8,150 internal rules of the companies and 5 of the group; everybody got
three of the own and two of the group in the last year, and nearly all have read the group's:

* shares_s: how far every entity is, the list of the page 要求事項と準備状況;
* due_s: what is to be done today by somebody of headquarters, in the whole group;
* agenda_s: the same with the person responsible for each line.

With --json the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import insert  # noqa: E402

from privacy_mark import agenda  # noqa: E402
from privacy_mark.requirements import due, group  # noqa: E402
from privacy_mark.requirements.catalogue import product  # noqa: E402
from registry import accounts, organisation  # noqa: E402
from registry.access import bootstrap_principal, today_in_japan  # noqa: E402
from registry.model import Role, UnitId, UnitKind  # noqa: E402
from registry.store import Registry, Tx  # noqa: E402
from registry.store.account_tables import Affiliation, UserAccount  # noqa: E402
from registry.store.base import new_uid  # noqa: E402
from registry.store.document_tables import (  # noqa: E402
    RuleDistributionRecord,
    RuleReadingRecord,
    RuleRecord,
    RuleVersionRecord,
)
from registry.store.requirements_tables import EvidenceLink, EvidenceRecord  # noqa: E402
from registry.vault import Vault  # noqa: E402

KEY = bytes(range(32))  # no secret
OWNER = bootstrap_principal()
ENTITIES, SITES, PEOPLE, PIECES, RULES, GROUP_RULES = 815, 3, 40_000, 80, 10, 5
_NO_WORDS = b"-"  # nothing that is measured opens what is sealed of these


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    for name, value in figures.items():
        print(f"{name}: {value:.2f}")
    if wanted.json:
        print(json.dumps(figures))


def measure(folder: Path) -> dict[str, float]:
    """Return the figures, each the best of three."""
    registry = Registry.open(f"sqlite:///{folder / 'registry.db'}", Vault(KEY))
    registry.migrate()
    with registry.write(OWNER, reason="benchmark") as tx:
        top = _fill(tx)
    catalogue = product()
    figures = {}
    with registry.read(OWNER) as tx:
        today = today_in_japan(tx.now)
        figures["shares_s"] = _best(lambda: group.shares(tx, catalogue))
        figures["due_s"] = _best(lambda: due.due(tx, today, catalogue))
        figures["agenda_s"] = _best(lambda: agenda.agenda(tx, top, today, catalogue=catalogue))
    registry.close()
    return figures


def _fill(tx: Tx) -> UnitId:
    top = _unit(tx, "G", UnitKind.GROUP, None)
    entities, sites = [], []
    for number in range(ENTITIES):
        entities.append(_unit(tx, f"C{number}", UnitKind.COMPANY, top))
        sites += [_unit(tx, f"C{number}-{site}", UnitKind.SITE, entities[-1]) for site in range(SITES)]
        officer = accounts.create_account(
            tx, f"officer{number}@x.example", f"管理者{number}", None, "ja", unit_id=entities[-1]
        )
        accounts.grant(tx, officer, Role.OFFICER, entities[-1])
    people = range(100_000, 100_000 + PEOPLE)
    _rows(tx, UserAccount, (_account(tx, number, sites[number % len(sites)]) for number in people))
    homes = (
        {"user_id": number, "unit_id": sites[number % len(sites)], "kind": "primary", "version": 1}
        for number in people
    )
    _rows(tx, Affiliation, homes)
    _evidence(tx, entities)
    _rules(tx, top, entities)
    read = (
        {"unit_id": top, "version_id": version, "user_id": number, "at": tx.now}
        for version in range(1, GROUP_RULES + 1)
        for number in people
        if number % 50
    )
    _rows(tx, RuleReadingRecord, read)
    return top


def _unit(tx: Tx, code: str, kind: UnitKind, parent: UnitId | None) -> UnitId:
    return organisation.create_unit(tx, code=code, kind=kind, name_ja=code, name_en=code, parent_id=parent).id


def _account(tx: Tx, number: int, unit_id: UnitId) -> dict[str, Any]:
    return {
        "id": number,
        "unit_id": unit_id,
        "uid": new_uid(),
        "login_digest": f"digest-{number}",
        "login_sealed": _NO_WORDS,
        "name_sealed": _NO_WORDS,
        "language": "ja",
        "password_hash": "",
        "created_at": tx.now,
        "failures": 0,
        "lockouts": 0,
        "version": 1,
    }


def _evidence(tx: Tx, entities: list[UnitId]) -> None:
    today = today_in_japan(tx.now)
    needs = [(each.id, need.id) for each in product().of_set("pmark-j") for need in each.needs][:PIECES]
    pieces, links, number = [], [], 0
    for entity in entities:
        for requirement, need in needs:
            number += 1
            # One in ten runs out within the time ahead; the rest is half a year old.
            days = 330 if number % 10 == 0 else 180
            day = today - timedelta(days=days)
            pieces.append(
                {
                    "id": number,
                    "uid": new_uid(),
                    "number": f"EV-{number:04d}",
                    "unit_id": entity,
                    "origin": "file",
                    "title_sealed": _NO_WORDS,
                    "note_sealed": _NO_WORDS,
                    "effective_on": day,
                    "personal": False,
                    "author_id": 1,
                    "author_sealed": _NO_WORDS,
                    "at": tx.now,
                    "name_sealed": _NO_WORDS,
                    "kind": "pdf",
                    "size": 1,
                    "sha256": f"{number:064x}",
                    "version": 1,
                }
            )
            links.append(
                {
                    "evidence_id": number,
                    "requirement": requirement,
                    "need": need,
                    "unit_id": entity,
                    "effective_on": day,
                    "sha256": f"{number:064x}",
                }
            )
    _rows(tx, EvidenceRecord, pieces)
    _rows(tx, EvidenceLink, links)


def _rules(tx: Tx, top: UnitId, entities: list[UnitId]) -> None:
    """Make the rules of the group first, with the same ids as their versions."""
    today = today_in_japan(tx.now)
    homes = [top] * GROUP_RULES + [entity for entity in entities for _ in range(RULES)]
    rules = (
        {
            "id": number,
            "uid": new_uid(),
            "unit_id": home,
            "kind": "rule",
            "title_ja_sealed": _NO_WORDS,
            "title_en_sealed": _NO_WORDS,
            "requirements": "J.4.5.4",
            "review_due_on": today + timedelta(days=200),
            "version": 1,
        }
        for number, home in enumerate(homes, 1)
    )
    _rows(tx, RuleRecord, rules)
    versions = (
        {
            "id": number,
            "uid": new_uid(),
            "unit_id": home,
            "rule_id": number,
            "number": 1,
            "state": "approved",
            "valid_from": today - timedelta(days=165),
            "text_sealed": _NO_WORDS,
            "change_sealed": _NO_WORDS,
            "author_id": 1,
            "author_sealed": _NO_WORDS,
            "written_at": tx.now,
            "approver_id": 2,
            "approver_sealed": _NO_WORDS,
            "approved_at": tx.now - timedelta(days=165),
            "version": 1,
        }
        for number, home in enumerate(homes, 1)
    )
    _rows(tx, RuleVersionRecord, versions)
    given = (
        {
            "unit_id": home,
            "version_id": number,
            "distributed_at": tx.now,
            "due_on": today + timedelta(days=10 if number in (1, 2) or number % RULES < 3 else -900),
        }
        for number, home in enumerate(homes, 1)
    )
    _rows(tx, RuleDistributionRecord, given)


def _rows(tx: Tx, table: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    made = list(rows)
    for first in range(0, len(made), 5_000):
        tx.session.execute(insert(table), made[first : first + 5_000])


def _best(measured: Callable[[], object]) -> float:
    """Return the seconds of the processor, the best of three: others may be at work on the machine."""
    found = []
    for _ in range(3):
        begun = time.process_time()
        measured()
        found.append(time.process_time() - begun)
    return min(found)


if __name__ == "__main__":
    main()
