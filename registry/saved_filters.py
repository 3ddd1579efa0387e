"""Saved filters 保存した条件: the conditions of a list under a name of one's own, seen by nobody else.

Conditions are what a page keeps in its address or its fields; what they find is asked anew each time, by the
rights of that moment.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from sqlalchemy import select

from registry.errors import Duplicate, InvalidValue, NotFound
from registry.journal import Action
from registry.model import UnitId
from registry.sealing import LONGEST, Row, checked
from registry.store import Tx
from registry.store.account_tables import UserAccount
from registry.store.base import new_uid
from registry.store.chain import canonical_json
from registry.store.personal_tables import SavedFilter as SavedRecord

FilterId = NewType("FilterId", int)
Value = str | bool | list[str]
NAME_LENGTH = 80
MOST = 50  # of one person and page
_TABLE = SavedRecord.__tablename__


class FilteredPage(enum.StrEnum):
    """A list whose conditions can be saved; the ids are public API."""

    LEDGER = "ledger"
    INVENTORY = "inventory"
    CASES = "cases"


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """Conditions under a name."""

    id: FilterId
    name: str = field(repr=False)
    values: Mapping[str, Value] = field(repr=False)


def save(tx: Tx, page: FilteredPage, name: str, values: Mapping[str, Value]) -> SavedFilter:
    """Save conditions for the person asking.

    Raises NotFound for who has no account, Duplicate (`name`), InvalidValue: `name` `required` or `too_long`,
    `values` `required`, `type`, `too_long` or `too_many`.
    """
    account = tx.session.get(UserAccount, tx.principal.user_id)
    if account is None:
        raise NotFound("user_account")
    called = checked({"name": name}, "name", longest=NAME_LENGTH)["name"]
    if not values:
        raise InvalidValue("values", "required")
    if not all(_is_value(each) for each in values.values()):
        raise InvalidValue("values", "type")
    query = canonical_json(dict(values))
    if len(query) > LONGEST:
        raise InvalidValue("values", "too_long")
    there = saved(tx, page)
    if called in {each.name for each in there}:
        raise Duplicate("name")
    if len(there) >= MOST:
        raise InvalidValue("values", "too_many")
    uid = new_uid()
    row = SavedRecord(
        uid=uid,
        user_id=account.id,
        unit_id=account.unit_id,
        page=FilteredPage(page).value,
        created_at=tx.now,
        **Row(tx, _TABLE, uid).sealed({"name": called, "query": query}),
    )
    tx.session.add(row)
    tx.session.flush()
    # Which conditions they are is nobody else's business.
    tx.record(Action.FILTER_SAVED, _TABLE, row.id, UnitId(row.unit_id), None, {"page": row.page})
    return _shown(tx, row)


def saved(tx: Tx, page: FilteredPage) -> list[SavedFilter]:
    """Return what the person asking saved for a page, by name."""
    query = select(SavedRecord).filter_by(user_id=tx.principal.user_id, page=FilteredPage(page).value)
    return sorted((_shown(tx, row) for row in tx.session.scalars(query)), key=lambda each: each.name)


def forget(tx: Tx, filter_id: FilterId) -> None:
    """Remove conditions that the person asking saved; NotFound for anybody else's."""
    mine = select(SavedRecord).filter_by(id=filter_id, user_id=tx.principal.user_id)
    row = tx.session.scalar(mine)
    if row is None:
        raise NotFound(_TABLE)
    tx.session.delete(row)
    tx.session.flush()
    tx.record(Action.FILTER_REMOVED, _TABLE, filter_id, UnitId(row.unit_id), {"page": row.page}, None)


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str | bool)


def _shown(tx: Tx, row: SavedRecord) -> SavedFilter:
    sealed = Row(tx, _TABLE, row.uid)
    values: dict[str, Value] = json.loads(sealed.opened("query", row.query_sealed))
    return SavedFilter(FilterId(row.id), sealed.opened("name", row.name_sealed), values)
