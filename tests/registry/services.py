"""One call of every service function, aimed at a company: what the tests of scope and journal go through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from registry import (
    accounts,
    feedback,
    journal,
    ledger,
    links,
    organisation,
    people,
    second_factor,
    sessions,
    sources,
)
from registry.access import today_in_japan
from registry.feedback import NotPersonal
from registry.model import Place, Role, SourceRow, UnitKind
from registry.source_terms import PlaceKind, SourceTerms
from registry.store import Tx
from registry.store.account_tables import UserAccount
from tests.registry.world import PASSWORD, Company, World, draft, sample

Call = Callable[[Tx, World, Company], object]


def lose_device(tx: Tx, at: Company) -> None:
    """Give the company's account a second factor and take it away."""
    second_factor.start(tx.session.get_one(UserAccount, at.user_id), tx)
    second_factor.remove(tx, at.user_id)


def device(tx: Tx, at: Company, name: str) -> SourceRow:
    """Register a medical device; whoever may not do that may decide nothing on it either."""
    terms = SourceTerms(kind=PlaceKind.MEDICAL_DEVICE)
    url = f"smb://{name.lower()}/share"
    return sources.add_source(tx, unit_id=at.unit.id, name=name, owner="", url=url, terms=terms)


READS: dict[str, Call] = {
    "organisation.units": lambda tx, _, __: organisation.units(tx),
    "organisation.unit_by_code": lambda tx, _, at: organisation.unit_by_code(tx, at.unit.code),
    "organisation.unit": lambda tx, _, at: organisation.unit(tx, at.unit.id),
    "organisation.descendants": lambda tx, _, at: organisation.descendants(tx, at.unit.id),
    "organisation.entity_of": lambda tx, _, at: organisation.entity_of(tx, at.site.id),
    "sources.list_sources": lambda tx, _, __: sources.list_sources(tx),
    "sources.source": lambda tx, _, at: sources.source(tx, at.source.id),
    "sources.source_by_name": lambda tx, _, at: sources.source_by_name(tx, at.source.name),
    "sources.require_source": lambda tx, _, at: sources.require_source(tx, at.source.id),
    "ledger.entries": lambda tx, _, __: ledger.entries(tx),
    "ledger.entries of a unit": lambda tx, _, at: ledger.entries(tx, unit_id=at.unit.id),
    "ledger.entries by text": lambda tx, _, at: ledger.entries(tx, text=at.entry.purpose),
    "ledger.entry": lambda tx, _, at: ledger.entry(tx, at.entry.id),
    "ledger.versions": lambda tx, _, at: ledger.versions(tx, at.entry.id),
    "feedback.judgements": lambda tx, _, __: feedback.judgements(tx),
    "feedback.judged_values": lambda tx, _, at: feedback.judged_values(tx, at.site.id),
    "journal.lines": lambda tx, _, __: journal.lines(tx),
    "journal.lines of a unit": lambda tx, _, at: journal.lines(
        tx, wanted=journal.JournalFilter(unit_id=at.unit.id)
    ),
    "journal.actors": lambda tx, _, __: journal.actors(tx),
    "people.listed": lambda tx, _, __: people.listed(tx, people.PeopleFilter()),
    "people.member": lambda tx, _, at: people.member(tx, at.user_id),
    "accounts.roles_held": lambda tx, _, at: accounts.roles_held(tx, at.user_id),
    "people.people": lambda tx, _, __: people.people(tx),
    "people.person": lambda tx, _, at: people.person(tx, f"user-{at.unit.code}"),
}

# In an order in which all of them can be made one after the other.
WRITES: dict[str, Call] = {
    "organisation.create_unit": lambda tx, _, at: organisation.create_unit(
        tx, code="NEW", kind=UnitKind.SITE, name_ja="新工場", name_en="", parent_id=at.unit.id
    ),
    "organisation.set_small": lambda tx, _, at: organisation.set_small(
        tx, at.unit.id, small=True, expected_version=at.unit.version
    ),
    "sources.add_source": lambda tx, _, at: sources.add_source(
        tx, unit_id=at.unit.id, name="new", owner="", url="smb://files/new"
    ),
    "sources.change_source": lambda tx, _, at: sources.change_source(
        tx, at.source.id, expected_version=1, changes={"owner": "新しい部署"}
    ),
    "sources.release_device": lambda tx, _, at: sources.release_device(
        tx, device(tx, at, "CT").id, reason="停止中に書き出した複製", expected_version=1
    ),
    "sources.exclude_device": lambda tx, _, at: sources.exclude_device(
        tx, device(tx, at, "MRI").id, expected_version=1
    ),
    "ledger.create_entry": lambda tx, _, at: ledger.create_entry(tx, draft(at.unit.id, at.source)),
    "ledger.update_entry": lambda tx, _, at: ledger.update_entry(
        tx, at.entry.id, expected_version=1, changes={"purpose": "変更"}
    ),
    "feedback.propose": lambda tx, _, at: feedback.propose(
        tx,
        at.unit.id,
        sample("新しい値"),
        reason=NotPersonal.SAMPLE,
        expires_on=today_in_japan(tx.now),
    ),
    "feedback.decide": lambda tx, _, at: feedback.decide(tx, at.feedback.id, approve=True),
    "accounts.create_account": lambda tx, _, at: accounts.create_account(
        tx, "new", "新人", PASSWORD, "ja", unit_id=at.unit.id
    ),
    "accounts.grant": lambda tx, _, at: accounts.grant(tx, at.user_id, Role.EXECUTIVE, at.unit.id),
    "links.issue": lambda tx, _, at: links.issue(tx, at.user_id),
    "sessions.end_all": lambda tx, _, at: sessions.end_all(tx, at.user_id),
    "second_factor.remove": lambda tx, _, at: lose_device(tx, at),
    "accounts.end_grant": lambda tx, _, at: accounts.end_grant(tx, at.grant_id, date(2026, 4, 30)),
    "accounts.revoke": lambda tx, _, at: accounts.revoke(tx, at.grant_id),
    "sources.remove_source": lambda tx, _, at: sources.remove_source(tx, at.source.id),
}

# A foreign key that points out of one's own company, in an otherwise permitted call.
FOREIGN: dict[str, Call] = {
    "an entry whose place is another company's source": lambda tx, world, at: ledger.create_entry(
        tx, draft(world.a.unit.id, at.source)
    ),
    "an entry whose place becomes another company's source": lambda tx, world, at: ledger.update_entry(
        tx, world.a.entry.id, expected_version=1, changes={"places": (Place(at.source.id, "", ""),)}
    ),
    "an entry that moves into another company": lambda tx, world, at: ledger.update_entry(
        tx, world.a.entry.id, expected_version=1, changes={"unit_id": at.unit.id}
    ),
    "a role here for another company's account": lambda tx, world, at: accounts.grant(
        tx, at.user_id, Role.OFFICER, world.a.unit.id
    ),
    "a role there for one's own account": lambda tx, world, at: accounts.grant(
        tx, world.a.user_id, Role.OFFICER, at.unit.id
    ),
}
