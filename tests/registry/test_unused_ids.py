"""The id of a row that was deleted is never given again: the journal knows it as another row's name."""

from __future__ import annotations

import ast
from pathlib import Path

from registry import accounts, journal, saved_filters
from registry.access import bootstrap_principal
from registry.model import Role
from registry.saved_filters import FilteredPage
from registry.store.account_tables import RoleGrant
from registry.store.base import Base, UsedOnce
from registry.store.unused_ids import unused_ids
from tests.registry.world import World, person

ROOT = Path(__file__).resolve().parents[2]
DELETING = {  # where rows are deleted one by one; True: ids of theirs stand in the journal
    "registry/accounts.py": True,
    "registry/remediation_places.py": True,
    "registry/saved_filters.py": True,
    "registry/second_factor.py": False,  # told under the account
    "registry/feeds.py": False,  # told under the account
    "registry/rotation.py": False,  # files have names
    "privacy_mark/governance/bodies.py": True,
    "privacy_mark/reviews/minutes.py": False,  # told under the review until its minutes are approved
    "privacy_mark/assessments/findings.py": True,
    "privacy_mark/certificates/year_revisions.py": True,
    "privacy_mark/documents/fact_links.py": True,
    "privacy_mark/documents/distribution.py": False,  # told under the version
}

DELETED_TOGETHER = {
    "AuditRecord",  # when a programme is assigned anew; `UsedOnce`
    # What the journal tells of under another row, or by a name:
    *("OrgClosure", "NoticeEntry", "RecoveryCode", "AddressCounter", "RunFileRecord", "UserSession"),
    *("PmsObjective", "EvidenceLink", "VisitItem", "InterviewAnswer", "FindingEvidence"),
    "self._part",  # of files
}


def test_a_role_that_follows_on_a_revoked_one_has_another_id(world: World) -> None:
    """On both databases, also of many at once; the newest record of an id is of the row that has it."""
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        user = accounts.create_account(tx, "ids", "番号", None, "ja", unit_id=world.a.unit.id)
        made = [accounts.grant(tx, user, Role.EXECUTIVE, unit) for unit in (world.a.unit.id, world.a.site.id)]
        for each in made:
            accounts.revoke(tx, each)
        later = [accounts.grant(tx, user, Role.WORKER, unit) for unit in (world.a.unit.id, world.a.site.id)]
        assert not set(made) & set(later)
        assert [journal.newest_of(tx, "role_grant", each).action for each in (*made, *later)] == [
            *("role_revoked", "role_revoked"),
            *("role_granted", "role_granted"),
        ]


def test_what_somebody_saved_anew_is_another_thing(world: World) -> None:
    """Conditions that were removed leave their number behind."""
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        user = accounts.create_account(tx, "ids", "番号", None, "ja", unit_id=world.a.unit.id)
    with world.registry.write(person(user, Role.OFFICER, world.a.unit.id)) as tx:
        first = saved_filters.save(tx, FilteredPage.LEDGER, "一つ", {"q": "a"})
        saved_filters.forget(tx, first.id)
        second = saved_filters.save(tx, FilteredPage.LEDGER, "二つ", {"q": "b"})
    assert first.id != second.id


def test_ids_that_the_journal_knows_are_passed_over(world: World) -> None:
    """Also in the midst of many: what is free before is taken."""
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        (first, *_) = unused_ids(tx.session, RoleGrant, 1)
        if first is None:  # PostgreSQL gives each number once by itself
            return
        tx.record(journal.Action.ROLE_REVOKED, "role_grant", first + 1, world.a.unit.id, None, None)
        assert unused_ids(tx.session, RoleGrant, 3) == [first, first + 2, first + 3]


def test_every_place_that_deletes_rows_says_what_becomes_of_their_ids() -> None:
    """Who deletes rows of one more table says whether the journal names them; if so they are `UsedOnce`."""
    found, together = set(), set()
    for folder in ("registry", "privacy_mark"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                if ast.unparse(node.func) == "tx.session.delete":
                    found.add(path.relative_to(ROOT).as_posix())
                elif ast.unparse(node.func) == "delete":
                    together.add(ast.unparse(node.args[0]))
    assert found == DELETING.keys()
    assert together == DELETED_TOGETHER
    once = {each.__tablename__ for each in UsedOnce.__subclasses__() if issubclass(each, Base)}
    assert once == {
        *("role_grant", "saved_filter", "governance_appointment", "pm_finding", "internal_rule_fact"),
        *("audit", "pms_revision", "remediation_place"),
    }
