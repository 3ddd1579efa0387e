"""Facts of the registry that an internal rule may state, and what they are today.

A fact is named by its kind, the row that it is about, and a detail (a role, a country). Its value is a text:
the same value is the same text, whoever asks. Rules state facts of their own unit, of units below it, and, of
names and officers, of the units above it: so whoever may read the rule may see the fact.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select

from privacy_mark.complaints.terms import Terms
from registry.access import scope, today_in_japan
from registry.account_names import name_of
from registry.errors import InvalidValue
from registry.limits import limits
from registry.model import Permission, Role, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant, UserAccount
from registry.store.complaint_tables import ComplaintTermsRecord
from registry.store.ledger_tables import ProcessorRecord
from registry.store.tables import LedgerRecord, OrgClosure, OrgUnit

_YEAR = 12


class FactKind(enum.StrEnum):
    """What kind of fact it is; the ids are public API."""

    ROLE_HOLDER = "role_holder"  # who holds a role in a unit: names
    UNIT_NAME = "unit_name"
    RETENTION = "retention"  # months that an entry of the ledger is kept
    PROCESSOR = "processor"  # name of a processor with a contract in force
    ANSWER_DAYS = "answer_days"  # days in which the entity answers complaints
    RIGHTS_LIMIT = "rights_limit"  # the time that a country's law gives for requests of persons


_OF_UNITS = (FactKind.ROLE_HOLDER, FactKind.UNIT_NAME, FactKind.ANSWER_DAYS)
ROLES = (
    Role.TOP_MANAGEMENT,
    Role.OFFICER,
    Role.GROUP_OFFICER,
    Role.AUDIT_MANAGER,
    Role.TRAINING_MANAGER,
    Role.COMPLAINTS_DESK,
    Role.INFORMATION_ASSETS_MANAGER,
    Role.MEDICAL_SYSTEMS_MANAGER,
)
"""The roles whose holders a rule may name."""


@dataclass(frozen=True, slots=True)
class FactRef:
    """Which fact it is."""

    kind: FactKind
    subject_id: int = 0  # a unit, an entry, a processor; 0 where there is none
    detail: str = ""  # the role, or the country


def current(tx: Tx, wanted: Collection[FactRef]) -> Mapping[FactRef, str]:
    """Return what each fact is today, in one question per kind; what is gone is an empty text."""
    found: dict[FactRef, str] = dict.fromkeys(wanted, "")
    for kind in FactKind:
        refs = [ref for ref in found if ref.kind is kind]
        if refs:
            found |= _CURRENT[kind](tx, refs)
    return found


def require_reach(tx: Tx, ref: FactRef, unit_id: UnitId) -> None:
    """Raise InvalidValue (`subject_id` or `detail`, `unknown`) unless a rule of the unit may state it."""
    if ref.kind is FactKind.RIGHTS_LIMIT:
        if ref.subject_id or ref.detail not in limits():
            raise InvalidValue("detail", "unknown")
        return
    if ref.kind is FactKind.ROLE_HOLDER:
        if ref.detail not in [role.value for role in ROLES]:
            raise InvalidValue("detail", "unknown")
    elif ref.detail:
        raise InvalidValue("detail", "unknown")
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    if ref.kind in _OF_UNITS:
        above = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
        question = select(OrgUnit.id).where(
            OrgUnit.id == ref.subject_id, or_(OrgUnit.id.in_(below), OrgUnit.id.in_(above))
        )
    else:
        table = LedgerRecord if ref.kind is FactKind.RETENTION else ProcessorRecord
        question = select(table.id).where(
            table.id == ref.subject_id,
            table.unit_id.in_(below),
            table.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)),
        )
    if tx.session.scalar(question) is None:
        raise InvalidValue("subject_id", "unknown")


def entry_id_of(tx: Tx, number: str) -> int:
    """Return the entry with this number among those one may see; 0 when there is none."""
    found = tx.session.scalar(
        select(LedgerRecord.id).where(
            LedgerRecord.number == number.strip(), LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER))
        )
    )
    return found or 0


def entry_numbers(tx: Tx, refs: Collection[FactRef]) -> Mapping[FactRef, str]:
    """Return how people call the entries that facts are about; the caller has checked the rule."""
    ids = [ref.subject_id for ref in refs if ref.kind is FactKind.RETENTION]
    rows = tx.session.execute(select(LedgerRecord.id, LedgerRecord.number).where(LedgerRecord.id.in_(ids)))
    return {FactRef(FactKind.RETENTION, row.id): row.number for row in rows}


def plain(text: str) -> str:
    """Return a text as it is compared: no blanks, one form of every character."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def same(stated: str, now: str) -> bool:
    """Tell whether a stated value is what the fact is."""
    return plain(stated) == plain(now)


def is_said(ref: FactRef, value: str, text: str) -> bool:
    """Tell whether a text has a value in one of the wordings that rules use: 36か月, 3年, every name."""
    if not value:
        return False
    said = plain(text)
    return all(any(plain(each) in said for each in wordings) for wordings in _wordings(ref, value))


def _wordings(ref: FactRef, value: str) -> Iterable[Collection[str]]:
    """Return what must stand in a text: of each group, one."""
    if ref.kind is FactKind.ROLE_HOLDER:
        return [[name] for name in value.split("、")]
    if not value.split(maxsplit=1)[0].isdecimal():
        return [[value]]
    number, _, unit = value.partition(" ")
    unit = unit or ("days" if ref.kind is FactKind.ANSWER_DAYS else "months")
    counted = int(number)
    if unit == "months":
        found = [f"{counted}{word}" for word in ("か月", "ヶ月", "ヵ月", "カ月", "箇月", "months")]
        if counted % _YEAR == 0:
            years = counted // _YEAR
            found += [f"{years}年", f"{years}years"]
        return [[*found, "1month"] if counted == 1 else found]
    return [[f"{counted}日", f"{counted}days"] if unit == "days" else [f"{counted}時間", f"{counted}hours"]]


def _unit_names(tx: Tx, refs: Collection[FactRef]) -> dict[FactRef, str]:
    ids = [ref.subject_id for ref in refs]
    rows = select(OrgUnit.id, OrgUnit.name_ja).where(OrgUnit.id.in_(ids), OrgUnit.closed_at.is_(None))
    return {FactRef(FactKind.UNIT_NAME, row.id): row.name_ja for row in tx.session.execute(rows)}


def _role_holders(tx: Tx, refs: Collection[FactRef]) -> dict[FactRef, str]:
    today = today_in_japan(tx.now)
    rows = tx.session.execute(
        select(RoleGrant.unit_id, RoleGrant.role, UserAccount)
        .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
        .join(UserAccount, UserAccount.id == RoleGrant.user_id)
        .where(
            RoleGrant.unit_id.in_([ref.subject_id for ref in refs]),
            RoleGrant.role.in_([ref.detail for ref in refs]),
            *(_holds(table, today) for table in (RoleGrant, Affiliation)),
        )
    )
    names: dict[FactRef, set[str]] = {}
    for unit_id, role, account in rows:
        names.setdefault(FactRef(FactKind.ROLE_HOLDER, unit_id, role), set()).add(name_of(tx.vault, account))
    return {ref: "、".join(sorted(names[ref])) for ref in refs if ref in names}


def _holds(table: type[RoleGrant | Affiliation], today: date) -> ColumnElement[bool]:
    return and_(
        or_(table.valid_from.is_(None), table.valid_from <= today),
        or_(table.valid_until.is_(None), table.valid_until >= today),
    )


def _retentions(tx: Tx, refs: Collection[FactRef]) -> dict[FactRef, str]:
    rows = select(LedgerRecord.id, LedgerRecord.retention_months).where(
        LedgerRecord.id.in_([ref.subject_id for ref in refs]), LedgerRecord.retention_months.is_not(None)
    )
    return {
        FactRef(FactKind.RETENTION, row.id): str(row.retention_months) for row in tx.session.execute(rows)
    }


def _processors(tx: Tx, refs: Collection[FactRef]) -> dict[FactRef, str]:
    today = today_in_japan(tx.now)
    rows = tx.session.execute(
        select(ProcessorRecord.id, ProcessorRecord.uid, ProcessorRecord.name_sealed).where(
            ProcessorRecord.id.in_([ref.subject_id for ref in refs]),
            or_(ProcessorRecord.valid_until.is_(None), ProcessorRecord.valid_until >= today),
        )
    )
    return {
        FactRef(FactKind.PROCESSOR, row.id): Row(tx, "processor", row.uid).opened("name", row.name_sealed)
        for row in rows
    }


def _answer_days(tx: Tx, refs: Collection[FactRef]) -> dict[FactRef, str]:
    ids = [ref.subject_id for ref in refs]
    rows = tx.session.execute(
        select(OrgUnit.id, ComplaintTermsRecord.days)
        .outerjoin(ComplaintTermsRecord, ComplaintTermsRecord.unit_id == OrgUnit.id)
        .where(OrgUnit.id.in_(ids), OrgUnit.closed_at.is_(None))
    )
    return {FactRef(FactKind.ANSWER_DAYS, unit): str(days or Terms().days) for unit, days in rows}


def _rights_limits(_tx: Tx, refs: Collection[FactRef]) -> dict[FactRef, str]:
    known = limits()
    return {
        ref: f"{known[ref.detail].number} {known[ref.detail].unit}" for ref in refs if ref.detail in known
    }


_CURRENT: Mapping[FactKind, Callable[[Tx, Collection[FactRef]], dict[FactRef, str]]] = {
    FactKind.ROLE_HOLDER: _role_holders,
    FactKind.UNIT_NAME: _unit_names,
    FactKind.RETENTION: _retentions,
    FactKind.PROCESSOR: _processors,
    FactKind.ANSWER_DAYS: _answer_days,
    FactKind.RIGHTS_LIMIT: _rights_limits,
}
