"""Records of provision 第三者提供記録 and receipt, also across the border (APPI Art. 28 to 30; J.8.8).

A record is kept as long as the rules say and not longer: when its time is over its contents are disposed of
and the line stays. Where no record is demanded, the ground is recorded with its reason instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NewType

from sqlalchemy import Select, func, select

from registry.access import entity_id_of, require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import EntryId, Permission, UnitId
from registry.provision_rules import (
    Abroad,
    Direction,
    Form,
    Ground,
    check_due,
    is_demanded,
    is_equal,
    retain_until,
)
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.rights_tables import ProvisionRecord
from registry.store.tables import LedgerRecord

ProvisionId = NewType("ProvisionId", int)
_TABLE = "provision_record"
TEXTS = ("counterpart", "address", "representative", "persons", "items", "acquired", "note")


@dataclass(frozen=True, slots=True)
class ProvisionDraft:
    """A provision as people record it; its repr shows no name."""

    unit_id: UnitId
    direction: Direction
    ground: Ground
    form: Form
    on_day: date
    counterpart: str = field(repr=False)
    last_day: date | None = None  # of batch records and contracts: the last provision; None: it goes on
    address: str = field(default="", repr=False)
    representative: str = field(default="", repr=False)
    persons: str = field(default="", repr=False)  # whose data: names, or what tells them
    items: str = ""
    acquired: str = field(default="", repr=False)  # received: how the giver obtained them
    note: str = field(default="", repr=False)  # why no record is demanded
    country: str = ""  # ISO 3166-1; "" within Japan
    abroad: Abroad = Abroad.NONE
    checked_on: date | None = None
    entry_id: EntryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision(ProvisionDraft):
    """One record."""

    id: ProvisionId
    number: str
    exempt: bool
    retain_until: date | None
    disposed_at: datetime | None
    recorded_at: datetime
    recorded_by: str
    version: int

    @property
    def check_due(self) -> date | None:
        """Return until when the recipient abroad must be checked again, if at all."""
        return None if self.disposed_at else check_due(self.abroad, self.checked_on, self.on_day)

    def may_dispose(self, today: date) -> bool:
        """Tell whether the time of the record is over."""
        over = self.exempt or (self.retain_until is not None and self.retain_until < today)
        return over and self.disposed_at is None


def record(tx: Tx, draft: ProvisionDraft) -> Provision:
    """Record a provision or receipt, or why no record of it is demanded.

    Raises AccessDenied without RECORD_PROVISIONS in the unit, NotFound for a ledger entry of another entity,
    InvalidValue: `counterpart` `required`; of a demanded record also `persons`, `items`, and `acquired` when
    received; `note` `required` of one that is not; `on_day` `future`; `last_day` `before_first`; `country`
    `required` or `not_abroad`; `abroad` `required` or `not_equal`.
    """
    require(tx, Permission.RECORD_PROVISIONS, draft.unit_id)
    require_open(tx, draft.unit_id)
    texts = _checked(tx, draft)
    uid = new_uid()
    row = ProvisionRecord(
        uid=uid,
        number=_next_number(tx),
        unit_id=draft.unit_id,
        direction=draft.direction.value,
        recorded_at=tx.now,
        **_columns(tx, draft),
        **Row(tx, _TABLE, uid).sealed(texts | {"recorded_by": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    made = _provision(tx, row)
    tx.record(Action.PROVISION_RECORDED, _TABLE, row.id, made.unit_id, None, _described(made))
    return made


def correct(tx: Tx, provision_id: ProvisionId, draft: ProvisionDraft, *, expected_version: int) -> Provision:
    """Correct a record; unit and direction stay. Raises as `record`, NotFound, Conflict.

    InvalidValue also: `unit_id` or `direction` `fixed`, `state` `disposed`.
    """
    row = _held(tx, provision_id, expected_version)
    before = _provision(tx, row)
    for name in ("unit_id", "direction"):
        if getattr(draft, name) != getattr(before, name):
            raise InvalidValue(name, "fixed")
    texts = _checked(tx, draft)
    sealed = Row(tx, _TABLE, row.uid).sealed(texts | {"recorded_by": tx.principal.name})
    for name, value in (_columns(tx, draft, row.recorded_at) | sealed).items():
        setattr(row, name, value)
    tx.session.flush()
    made = _provision(tx, row)
    old, new = _described(before), _described(made)
    changed = [name for name in new if old[name] != new[name] or _differs(before, made, name)]
    tx.record(
        Action.PROVISION_CHANGED,
        _TABLE,
        row.id,
        made.unit_id,
        {name: old[name] for name in changed},
        {name: new[name] for name in changed},
    )
    return made


def dispose(tx: Tx, provision_id: ProvisionId, *, expected_version: int) -> Provision:
    """Take the contents out of a record whose time is over; its number, day, ground and country stay.

    Raises NotFound, AccessDenied without RECORD_PROVISIONS, Conflict, InvalidValue: `retain_until`
    `within_retention`, `state` `disposed`.
    """
    row = _held(tx, provision_id, expected_version)
    before = _provision(tx, row)
    if not before.may_dispose(today_in_japan(tx.now)):
        raise InvalidValue("retain_until", "within_retention")
    for name, value in Row(tx, _TABLE, row.uid).sealed(dict.fromkeys(TEXTS, "")).items():
        setattr(row, name, value)
    row.disposed_at = tx.now
    tx.session.flush()
    after = {"retain_until": row.retain_until, "disposed": True}
    tx.record(Action.PROVISION_DISPOSED, _TABLE, row.id, UnitId(row.unit_id), {"disposed": False}, after)
    return _provision(tx, row)


def provisions(tx: Tx, *, unit_id: UnitId | None = None) -> list[Provision]:
    """Return the records that one may see, the newest first; `unit_id` narrows to one unit."""
    query = _seen(tx).order_by(ProvisionRecord.on_day.desc(), ProvisionRecord.id.desc())
    if unit_id is not None:
        query = query.where(ProvisionRecord.unit_id == unit_id)
    return [_provision(tx, row) for row in tx.session.scalars(query)]


def of_person(tx: Tx, entity_id: UnitId, person: str) -> list[Provision]:
    """Return an entity's records that name a person, oldest first, for Art. 33(5); exempt ones are none.

    Raises AccessDenied without VIEW_PROVISIONS in the entity.
    """
    require(tx, Permission.VIEW_PROVISIONS, entity_id)
    wanted = _plain(person)
    query = _seen(tx).where(
        entity_id_of(ProvisionRecord.unit_id) == entity_id, ProvisionRecord.exempt.is_(False)
    )
    found = [_provision(tx, row) for row in tx.session.scalars(query.order_by(ProvisionRecord.on_day))]
    return [each for each in found if wanted and wanted in _plain(each.persons)]


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _seen(tx: Tx) -> Select[ProvisionRecord]:
    return select(ProvisionRecord).where(ProvisionRecord.unit_id.in_(scope(tx, Permission.VIEW_PROVISIONS)))


def _held(tx: Tx, provision_id: ProvisionId, expected_version: int) -> ProvisionRecord:
    row = tx.session.scalar(_seen(tx).where(ProvisionRecord.id == provision_id))
    if row is None:
        raise NotFound(_TABLE)
    require(tx, Permission.RECORD_PROVISIONS, UnitId(row.unit_id))
    if row.disposed_at is not None:
        raise InvalidValue("state", "disposed")
    if row.version != expected_version:
        newest = newest_of(tx, _TABLE, row.id)  # who corrected it and when
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row


def _checked(tx: Tx, draft: ProvisionDraft) -> dict[str, str]:
    demanded = is_demanded(draft.ground, draft.abroad)
    required = ["counterpart"]
    if demanded:
        required += ["persons", "items"]
        required += ["acquired"] if draft.direction is Direction.RECEIVED else []
    else:
        required.append("note")
    texts = checked({name: getattr(draft, name) for name in TEXTS}, *required)
    if draft.on_day > today_in_japan(tx.now):
        raise InvalidValue("on_day", "future")
    if draft.last_day is not None and draft.last_day < draft.on_day:
        raise InvalidValue("last_day", "before_first")
    _check_country(draft)
    if draft.entry_id is not None:
        entity = tx.session.scalar(select(entity_id_of(draft.unit_id)))
        known = select(LedgerRecord.id).where(
            LedgerRecord.id == draft.entry_id,
            LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)),
            entity_id_of(LedgerRecord.unit_id) == entity,
        )
        if tx.session.scalar(known) is None:
            raise NotFound("ledger_entry")
    return texts


def _check_country(draft: ProvisionDraft) -> None:
    if draft.abroad is not Abroad.NONE and draft.country in ("", "JP"):
        raise InvalidValue("country", "required")
    if draft.country in ("", "JP"):
        return
    if len(draft.country) != 2 or not draft.country.isascii() or not draft.country.isupper():
        raise InvalidValue("country", "iso_3166_alpha_2")
    if draft.abroad is Abroad.NONE and draft.direction is Direction.GIVEN:
        raise InvalidValue("abroad", "required")
    if draft.abroad is Abroad.EQUAL_COUNTRY and not is_equal(draft.country):
        raise InvalidValue("abroad", "not_equal")


def _columns(tx: Tx, draft: ProvisionDraft, made_at: datetime | None = None) -> dict[str, Any]:
    demanded = is_demanded(draft.ground, draft.abroad)
    made_on = today_in_japan(made_at or tx.now)
    return {
        "ground": draft.ground.value,
        "exempt": not demanded,
        "form": draft.form.value,
        "on_day": draft.on_day,
        "last_day": draft.last_day,
        "country": "" if draft.country == "JP" else draft.country,
        "abroad": draft.abroad.value,
        "checked_on": draft.checked_on,
        "entry_id": draft.entry_id,
        "retain_until": retain_until(draft.form, made_on, draft.last_day) if demanded else None,
    }


def _next_number(tx: Tx) -> str:
    # Writers queue, so that nobody else can take the same number meanwhile; records are never deleted.
    return f"P-{(tx.session.scalar(select(func.max(ProvisionRecord.id))) or 0) + 1:04d}"


def _provision(tx: Tx, row: ProvisionRecord) -> Provision:
    sealed = Row(tx, _TABLE, row.uid)
    return Provision(
        unit_id=UnitId(row.unit_id),
        direction=Direction(row.direction),
        ground=Ground(row.ground),
        form=Form(row.form),
        on_day=row.on_day,
        last_day=row.last_day,
        country=row.country,
        abroad=Abroad(row.abroad),
        checked_on=row.checked_on,
        entry_id=None if row.entry_id is None else EntryId(row.entry_id),
        id=ProvisionId(row.id),
        number=row.number,
        exempt=row.exempt,
        retain_until=row.retain_until,
        disposed_at=row.disposed_at,
        recorded_at=row.recorded_at,
        recorded_by=sealed.opened("recorded_by", row.recorded_by_sealed),
        version=row.version,
        **{name: sealed.opened(name, getattr(row, f"{name}_sealed")) for name in TEXTS},
    )


def _differs(before: Provision, after: Provision, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


def _described(made: Provision) -> Mapping[str, Any]:
    """Return what the journal keeps: names and texts as a mark only."""
    plain = ("direction", "ground", "form", "on_day", "last_day", "country", "abroad", "checked_on")
    values = {name: getattr(made, name) for name in (*plain, "entry_id", "exempt", "retain_until")}
    marks = {name: "●" if getattr(made, name) else "" for name in TEXTS}
    return {name: getattr(value, "value", value) for name, value in (values | marks).items()}
