"""Changes 改定 of an approved plan: asked for with a reason, approved anew by another person.

Until then the approved plan stays in force. The plan as it was before stays readable with the revision. What
is done, or left out with its reason, is not moved any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from privacy_mark.certificates.cycle import Derived
from privacy_mark.certificates.rows import held, seen
from privacy_mark.certificates.year_model import (
    Item,
    ItemId,
    Moved,
    Own,
    Revision,
    RevisionId,
    RevisionState,
    Room,
    Year,
    YearId,
    YearState,
)
from privacy_mark.certificates.year_rows import YEARS, year_of
from privacy_mark.certificates.year_told import differences
from privacy_mark.certificates.years import Change, add_row, check_day, move_row
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.certificate_tables import PmsItem, PmsRevision, PmsYear

REVISIONS = "pms_revision"


def propose(
    tx: Tx,
    year_id: YearId,
    changes: Mapping[ItemId, Change],
    added: Sequence[Own] = (),
    *,
    reason: str,
    expected_version: int,
) -> Revision:
    """Ask top management to approve changes of an approved plan; it stays as it is until then.

    Raises NotFound (also for an item of another year), AccessDenied without MANAGE_CERTIFICATION, Conflict,
    InvalidValue: `state` `not_approved`, `revision` `waiting`, `reason` and `title` `required`, `due_on`
    `outside_year`, `items` `finished`, `changes` `required` when nothing differs.
    """
    row = held(tx, PmsYear, year_id, expected_version)
    if row.state != YearState.APPROVED:
        raise InvalidValue("state", "not_approved")
    open_ = select(PmsRevision.id).where(
        PmsRevision.year_id == row.id, PmsRevision.state == RevisionState.SUBMITTED.value
    )
    if tx.session.scalar(open_) is not None:
        raise InvalidValue("revision", "waiting")
    text = checked({"reason": reason}, "reason", longest=500)["reason"]
    was = year_of(tx, row)
    moved = _moved(row, was, changes)
    own = [_own(row, each) for each in added]
    if not moved and not own:
        raise InvalidValue("changes", "required")
    uid = new_uid()
    written = {
        "moved": [[each.id, each.due_on.isoformat(), each.owner] for each in moved],
        "added": [[each.title, each.owner, each.due_on.isoformat()] for each in own],
    }
    made = PmsRevision(
        uid=uid,
        year_id=row.id,
        unit_id=row.unit_id,
        state=RevisionState.SUBMITTED.value,
        proposer_id=tx.principal.user_id,
        proposed_at=tx.now,
        **Row(tx, REVISIONS, uid).sealed(
            {
                "reason": text,
                "changes": json.dumps(written, ensure_ascii=False),
                "proposer": tx.principal.name,
            }
        ),
    )
    tx.session.add(made)
    tx.session.flush()
    found = _revision(tx, made)
    before, after = differences(was, _as_proposed(was, found))
    after |= {"year": row.number, "reason": text, "state": made.state}
    tx.record(Action.YEAR_REVISION_ASKED, REVISIONS, made.id, UnitId(row.unit_id), before, after)
    return found


def approve(tx: Tx, revision_id: RevisionId, *, expected_version: int) -> Revision:
    """Approve changes of a plan as top management; the plan before them is kept.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `not_submitted` or
    `not_approved`, `approver` `same_person`, `items` `finished` meanwhile.
    """
    row = _submitted(tx, revision_id, expected_version)
    year = tx.session.get_one(PmsYear, row.year_id)
    if year.state != YearState.APPROVED:
        raise InvalidValue("state", "not_approved")
    of, was = _revision(tx, row), year_of(tx, year)
    open_ = {each.id for each in was.items if each.is_open}
    if any(each.id not in open_ for each in of.moved):
        raise InvalidValue("items", "finished")
    for each in of.moved:
        move_row(tx, tx.session.get_one(PmsItem, each.id), Change(each.due_on, each.owner))
    for own in of.added:
        add_row(tx, year, due_on=own.due_on, derived=Derived.OWN, title=own.title, owner=own.owner)
    earlier = json.dumps([_written(each) for each in was.items], ensure_ascii=False)
    row.earlier_sealed = Row(tx, REVISIONS, row.uid).sealed({"earlier": earlier})["earlier_sealed"]
    _decided(tx, row, RevisionState.APPROVED)
    flag_modified(year, "state")  # a change of its parts counts as one of the year
    tx.session.flush()
    before, after = differences(was, year_of(tx, year))
    after |= {"revision": row.id, "reason": of.reason}
    tx.record(Action.YEAR_REVISED, YEARS, year.id, UnitId(year.unit_id), before, after)
    return _revision(tx, row)


def send_back(tx: Tx, revision_id: RevisionId, *, note: str, expected_version: int) -> Revision:
    """Refuse changes of a plan, with the reason; the plan stays as it is, others can be asked for.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `not_submitted`,
    `approver` `same_person`, `reason` `required`.
    """
    row = _submitted(tx, revision_id, expected_version)
    text = checked({"reason": note}, "reason", longest=500)["reason"]
    row.note_sealed = Row(tx, REVISIONS, row.uid).sealed({"note": text})["note_sealed"]
    _decided(tx, row, RevisionState.RETURNED)
    tx.session.flush()
    after = {"state": row.state, "note": text}
    tx.record(
        Action.YEAR_REVISION_RETURNED,
        REVISIONS,
        row.id,
        UnitId(row.unit_id),
        {"state": RevisionState.SUBMITTED.value},
        after,
    )
    return _revision(tx, row)


def withdraw(tx: Tx, revision_id: RevisionId, *, expected_version: int) -> None:
    """Take back one's own request that nobody decided yet; what was asked stays in the journal.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, Conflict, InvalidValue: `state`
    `not_submitted`, `proposer` `other_person`.
    """
    row = held(tx, PmsRevision, revision_id, expected_version)
    if row.state != RevisionState.SUBMITTED:
        raise InvalidValue("state", "not_submitted")
    if row.proposer_id != tx.principal.user_id:
        raise InvalidValue("proposer", "other_person")
    year = tx.session.get_one(PmsYear, row.year_id)
    was, of = year_of(tx, year), _revision(tx, row)
    _, asked = differences(was, _as_proposed(was, of))
    before = asked | {"year": year.number, "reason": of.reason, "state": row.state}
    tx.session.delete(row)
    tx.session.flush()
    tx.record(Action.YEAR_REVISION_WITHDRAWN, REVISIONS, revision_id, UnitId(year.unit_id), before, None)


def revisions(tx: Tx, year_id: YearId) -> list[Revision]:
    """Return the changes of a visible plan, the newest first; raises NotFound."""
    year = seen(tx, PmsYear, year_id)
    rows = tx.session.scalars(
        select(PmsRevision).where(PmsRevision.year_id == year.id).order_by(PmsRevision.id.desc())
    )
    return [_revision(tx, row) for row in rows]


def _submitted(tx: Tx, revision_id: RevisionId, expected_version: int) -> PmsRevision:
    row = held(tx, PmsRevision, revision_id, expected_version, Permission.DECIDE_REVIEWS)
    if row.state != RevisionState.SUBMITTED:
        raise InvalidValue("state", "not_submitted")
    if row.proposer_id == tx.principal.user_id:
        raise InvalidValue("approver", "same_person")
    return row


def _decided(tx: Tx, row: PmsRevision, state: RevisionState) -> None:
    row.state, row.decider_id, row.decided_at = state.value, tx.principal.user_id, tx.now
    row.decider_sealed = Row(tx, REVISIONS, row.uid).sealed({"decider": tx.principal.name})["decider_sealed"]


def _moved(row: PmsYear, was: Year, changes: Mapping[ItemId, Change]) -> list[Moved]:
    known = {each.id: each for each in was.items}
    found = []
    for item_id, change in changes.items():
        if (of := known.get(item_id)) is None:
            raise NotFound("pms_item")
        owner = checked({"owner": change.owner}, longest=200)["owner"]
        if (change.due_on, owner) == (of.due_on, of.owner):
            continue
        if not of.is_open:
            raise InvalidValue("items", "finished")
        check_day(row, change.due_on)
        found.append(Moved(of.id, change.due_on, owner))
    return found


def _own(row: PmsYear, each: Own) -> Own:
    texts = checked({"title": each.title, "owner": each.owner}, "title", longest=200)
    check_day(row, each.due_on)
    return Own(texts["title"], texts["owner"], each.due_on)


def _as_proposed(was: Year, of: Revision) -> Year:
    """Return a year as it is to be."""
    moved = {each.id: each for each in of.moved}
    items = [
        replace(each, due_on=moved[each.id].due_on, owner=moved[each.id].owner) if each.id in moved else each
        for each in was.items
    ]
    items += [_blank(each) for each in of.added]
    return replace(was, items=tuple(items))


def _blank(of: Own) -> Item:
    return Item(ItemId(0), "", 1, of.title, of.owner, "", of.due_on, Derived.OWN, None, "", "", "")


def _written(of: Item) -> dict[str, Any]:
    return {
        "id": of.id,
        "item": of.item,
        "turn": of.turn,
        "title": of.title,
        "owner": of.owner,
        "requirement": of.requirement,
        "due_on": of.due_on.isoformat(),
        "derived": of.derived.value,
        "done_on": of.done_on.isoformat() if of.done_on else None,
        "record": of.record,
        "left": of.left,
        "actor": of.actor,
        "room": of.room.value if of.room else None,
        "row": of.row,
    }


def _item(of: Mapping[str, Any]) -> Item:
    return Item(
        ItemId(of["id"]),
        of["item"],
        of["turn"],
        of["title"],
        of["owner"],
        of["requirement"],
        date.fromisoformat(of["due_on"]),
        Derived(of["derived"]),
        date.fromisoformat(of["done_on"]) if of["done_on"] else None,
        of["record"],
        of["left"],
        of["actor"],
        Room(of["room"]) if of["room"] else None,
        of["row"],
    )


def _revision(tx: Tx, row: PmsRevision) -> Revision:
    sealed = Row(tx, REVISIONS, row.uid)
    changes = json.loads(sealed.opened("changes", row.changes_sealed))
    earlier = sealed.opened("earlier", row.earlier_sealed)
    return Revision(
        id=RevisionId(row.id),
        year_id=YearId(row.year_id),
        unit_id=UnitId(row.unit_id),
        state=RevisionState(row.state),
        reason=sealed.opened("reason", row.reason_sealed),
        moved=tuple(Moved(ItemId(of), date.fromisoformat(day), owner) for of, day, owner in changes["moved"]),
        added=tuple(Own(title, owner, date.fromisoformat(day)) for title, owner, day in changes["added"]),
        proposer_id=row.proposer_id,
        proposer=sealed.opened("proposer", row.proposer_sealed),
        proposed_at=row.proposed_at,
        decider=sealed.opened("decider", row.decider_sealed),
        decided_at=row.decided_at,
        note=sealed.opened("note", row.note_sealed),
        earlier=tuple(_item(each) for each in json.loads(earlier)) if earlier else (),
        version=row.version,
    )
