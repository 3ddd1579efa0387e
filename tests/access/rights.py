"""One row of everything about persons' rights in each company of the tests, and a call of every service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry import notices, provisions, request_places, requests, research
from registry.asked import AskedField, Grade
from registry.model import EntryId, ObjectId, RunId, UnitId
from registry.notices import NoticeId, NoticeKind
from registry.person_search import Candidate
from registry.provision_rules import Direction, Form, Ground
from registry.provisions import ProvisionDraft, ProvisionId
from registry.request_model import (
    Applicant,
    Decision,
    IdentityMethod,
    PlaceId,
    PlaceState,
    RequestDraft,
    RequestId,
    RequestKind,
)
from registry.research import ResearchBasis, ResearchDraft, ResearchId
from registry.store import Tx

DAY = date(2026, 4, 1)


@dataclass(frozen=True, slots=True)
class Rights:
    """The ids of one company's rows."""

    request_id: RequestId
    decided_id: RequestId
    place_id: PlaceId
    provision_id: ProvisionId
    notice_id: NoticeId
    research_id: ResearchId
    refusal_id: int


ABSENT = 987_654
NO_RIGHTS = Rights(
    RequestId(ABSENT),
    RequestId(ABSENT),
    PlaceId(ABSENT),
    ProvisionId(ABSENT),
    NoticeId(ABSENT),
    ResearchId(ABSENT),
    ABSENT,
)


def request(unit_id: UnitId, person: str = "山田 太郎") -> RequestDraft:
    """Return a valid request."""
    return RequestDraft(
        unit_id=unit_id,
        kind=RequestKind.DISCLOSURE,
        applicant=Applicant.PERSON,
        person=person,
        contact="東京都千代田区1-1",
        received_on=DAY,
    )


def candidate(unit_id: UnitId, shown: str = "file:///srv/a.csv", number: int = 0) -> Candidate:
    """Return an object as a search gives it."""
    return Candidate(
        object_id=ObjectId(f"{number:032x}"),
        run_id=RunId("r"),
        unit_id=unit_id,
        source_id=None,
        entity_id=unit_id,
        basis_id=None,
        shown=shown,
        kind="csv",
        grade=Grade.SURE,
        fields=frozenset({AskedField.NAME}),
        together=frozenset({AskedField.NAME}),
        places=("A2",),
        records=1,
    )


def provision(unit_id: UnitId, **values: Any) -> ProvisionDraft:
    """Return a valid record of provision; one that needs no record by default."""
    told: dict[str, Any] = {
        "direction": Direction.GIVEN,
        "ground": Ground.ON_BEHALF,
        "form": Form.EACH,
        "on_day": DAY,
        "counterpart": "東和生命",
        "note": "紹介状",
    }
    return ProvisionDraft(unit_id=unit_id, **(told | values))


def study(unit_id: UnitId, **values: Any) -> ResearchDraft:
    """Return a valid study."""
    told: dict[str, Any] = {
        "title": "糖尿病の研究",
        "committee": "倫理審査委員会",
        "approval": "2026-001",
        "approved_on": DAY,
        "basis": ResearchBasis.CONSENT,
        "key_holder": "研究事務局長",
        "ends_on": date(2027, 3, 31),
        "dispose_by": date(2028, 3, 31),
    }
    return ResearchDraft(unit_id=unit_id, **(told | values))


def fill(tx: Tx, unit_id: UnitId, entry_id: EntryId, closed: str, open_: str) -> Rights:
    """Put one row of everything into a company, marked."""
    made = requests.receive(tx, request(unit_id, f"本人 {closed}"), target_days=14)
    (place,) = request_places.keep(tx, made.id, [candidate(unit_id, f"file:///srv/{closed}.csv")])
    decided = requests.receive(tx, request(unit_id, f"本人 {closed}"), target_days=14)
    decided = requests.confirm_identity(
        tx, decided.id, IdentityMethod.PHOTO_CARD, on=DAY, expected_version=decided.version
    )
    requests.decide(tx, decided.id, Decision.GRANTED, expected_version=decided.version)
    given = provisions.record(tx, provision(unit_id, counterpart=f"相手 {closed}"))
    notice = notices.write_notice(
        tx,
        unit_id=unit_id,
        kind=NoticeKind.ACQUISITION,
        title=f"通知 {open_}",
        text="本文",
        purposes=["採用選考"],
        valid_from=DAY,
    )
    notices.link(tx, notice.id, [entry_id], expected_version=notice.version)
    registered = research.register(tx, study(unit_id, title=f"研究 {open_}", key_holder=open_))
    refusal = research.refuse(tx, registered.id, person=f"拒否 {closed}", received_on=DAY)
    return Rights(made.id, decided.id, place.id, given.id, notice.id, registered.id, refusal.id)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "notices.mismatches": lambda tx, _, at: notices.mismatches(tx, unit_id=at.unit_id),
    "notices.notices": lambda tx, _, at: notices.notices(tx, unit_id=at.unit_id),
    "provisions.of_person": lambda tx, _, at: (True, provisions.of_person(tx, at.unit_id, "本人")),
    "provisions.provisions": lambda tx, _, at: provisions.provisions(tx, unit_id=at.unit_id),
    "request_places.places": lambda tx, _, at: request_places.places(tx, at.rights.request_id),
    "requests.request": lambda tx, _, at: requests.request(tx, at.rights.request_id),
    "requests.requests": lambda tx, _, at: requests.requests(tx, unit_id=at.unit_id),
    "research.refusals": lambda tx, _, at: research.refusals(tx, at.rights.research_id),
    "research.studies": lambda tx, _, at: [
        each for each in research.studies(tx) if each.unit_id == at.unit_id
    ],
}


WRITES: dict[str, Call] = {
    "notices.link": lambda tx, _, at: notices.link(tx, at.rights.notice_id, [], expected_version=2),
    "notices.reword": lambda tx, _, at: notices.reword(
        tx, at.rights.notice_id, text="新しい本文", purposes=["配送"], valid_from=DAY, expected_version=2
    ),
    "notices.write_notice": lambda tx, _, at: notices.write_notice(
        tx,
        unit_id=at.unit_id,
        kind=NoticeKind.CONSENT,
        title="同意",
        text="本文",
        purposes=["配送"],
        valid_from=DAY,
    ),
    "provisions.correct": lambda tx, _, at: provisions.correct(
        tx, at.rights.provision_id, provision(at.unit_id), expected_version=1
    ),
    "provisions.dispose": lambda tx, _, at: provisions.dispose(
        tx, at.rights.provision_id, expected_version=1
    ),
    "provisions.record": lambda tx, _, at: provisions.record(tx, provision(at.unit_id)),
    "requests.amend": lambda tx, _, at: requests.amend(
        tx, at.rights.request_id, {"subject": "すべて"}, expected_version=1
    ),
    "requests.close": lambda tx, _, at: requests.close(
        tx, at.rights.decided_id, answered_on=DAY, expected_version=3
    ),
    "requests.confirm_identity": lambda tx, _, at: requests.confirm_identity(
        tx, at.rights.request_id, IdentityMethod.PHOTO_CARD, on=DAY, expected_version=1
    ),
    "requests.decide": lambda tx, _, at: requests.decide(
        tx, at.rights.request_id, Decision.WITHDRAWN, expected_version=1
    ),
    "request_places.judge": lambda tx, _, at: request_places.judge(
        tx, at.rights.place_id, PlaceState.THEIRS, expected_version=1
    ),
    "request_places.keep": lambda tx, _, at: request_places.keep(
        tx, at.rights.request_id, [candidate(at.unit_id, number=7)]
    ),
    "requests.note_letter": lambda tx, _, at: (
        True,
        requests.note_letter(tx, at.rights.request_id, "ja"),
    ),
    "requests.receive": lambda tx, _, at: requests.receive(tx, request(at.unit_id), target_days=14),
    "research.dispose": lambda tx, _, at: research.dispose(
        tx, at.rights.research_id, how="消去ソフト", on=DAY, expected_version=1
    ),
    "research.exclude": lambda tx, _, at: research.exclude(tx, at.rights.refusal_id, on=DAY),
    "research.refuse": lambda tx, _, at: research.refuse(
        tx, at.rights.research_id, person="患者", received_on=DAY
    ),
    "research.register": lambda tx, _, at: research.register(tx, study(at.unit_id)),
}

# In the company of `world.targets["A"]`, with one foreign key that points at the target.
FOREIGN: dict[str, Call] = {
    "provision of an entry": lambda tx, world, at: provisions.record(
        tx, provision(world.targets["A"].unit_id, entry_id=at.entry_id)
    ),
    "notice of an entry": lambda tx, world, at: notices.link(
        tx, world.targets["A"].rights.notice_id, [at.entry_id], expected_version=2
    ),
    "study under a notice": lambda tx, world, at: research.register(
        tx,
        study(world.targets["A"].unit_id, basis=ResearchBasis.OPT_OUT, notice_id=at.rights.notice_id),
    ),
}
