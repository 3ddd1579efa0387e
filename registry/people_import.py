"""People 利用者 from a table: accounts, where they belong and what they may do.

A row names a person, one affiliation and the roles under it; who has several has several rows. Accounts
that are there get what is new and lose nothing: what the table no longer names is told, not taken away.

A table is decided as a whole, in a transaction that only reads; when a row is refused nothing is taken. What
is to be done is then written. Of a large table that is more than one transaction may hold others up for, so
it goes in parts (`take_in_parts`), and a record of the import says how far it has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import insert, select, update

from registry import organisation, people_imports
from registry.access import scope, today_in_japan
from registry.account_names import login_digest, login_of, sealed
from registry.accounts import LOCAL
from registry.affiliations import AffiliationKind
from registry.duties import Period
from registry.errors import RegistryError
from registry.journal import Action
from registry.model import Permission, Principal, Role, UnitId, UserId
from registry.people_lines import Outcome, PersonLine, Step, Unnamed
from registry.people_plan import Account, Belongs, Decided, Deed, Holds, by_person, decide
from registry.store import Registry, Tx
from registry.store.account_tables import Affiliation, GroupGrant, RoleGrant, UserAccount, UserIdentity
from registry.store.base import Base, UsedOnce
from registry.store.chain import Deed as Told
from registry.store.unused_ids import unused_ids

PART = 1_000  # rows written at once: half a second for which nobody else writes


class ImportRefusedError(RegistryError):
    """Rows were refused, and with them the whole table; `outcomes` holds every row."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        refused = [outcome for outcome in outcomes if outcome.refused]
        super().__init__(f"{len(refused)} of {len(outcomes)} rows are refused; nothing was changed")
        self.outcomes = tuple(outcomes)


class ImportStoppedError(RegistryError):
    """A part was refused because somebody changed people or units meanwhile; the parts before it stay.

    The same table taken again goes on from there.
    """

    def __init__(self, outcomes: Sequence[Outcome], *, taken: int, rows: int) -> None:
        super().__init__(f"{taken} of {rows} rows were taken; then others had changed what the rest needs")
        self.outcomes = tuple(outcomes)  # of the part that was refused
        self.taken = taken
        self.rows = rows


def take(tx: Tx, lines: Iterable[PersonLine]) -> list[Outcome]:
    """Make accounts, affiliations and grants until there is what the rows say; they may stand in any order.

    Accounts are made without a password, at home in the unit in which the person primarily belongs. Raises
    ImportRefusedError when a row is refused: the caller's transaction then leaves nothing.
    """
    decided = decide(tx, lines)
    if decided.is_refused:
        raise ImportRefusedError(decided.outcomes)
    return _done(tx, decided)


def trial(tx: Tx, lines: Iterable[PersonLine]) -> list[Outcome]:
    """Return what `take` would do, in a transaction that may only read; raises as it does."""
    decided = decide(tx, lines)
    if decided.is_refused:
        raise ImportRefusedError(decided.outcomes)
    return list(decided.outcomes)


Each = Callable[[Tx, Sequence[Outcome]], None]
"""Called in the transaction of each part, with its rows, before it is committed."""


def take_in_parts(
    registry: Registry,
    principal: Principal,
    lines: Sequence[PersonLine],
    *,
    reason: str,
    each: Each | None = None,
    part: int = PART,
) -> list[Outcome]:
    """Take a table of any size: refused as a whole before anything is written, then written part by part.

    A person is always taken whole. Who takes the same table again after an interruption goes on where it
    stopped: what is there already is unchanged. Raises ImportRefusedError, of which nothing stays, and
    ImportStoppedError.
    """
    with registry.read(principal) as tx:
        outcomes = trial(tx, lines)
    parts = list(_parts(by_person(lines), part))
    if len(parts) <= 1:
        with registry.write(principal, reason=reason) as tx:
            done = take(tx, lines)
            if each is not None:
                each(tx, done)
        return done
    with registry.write(principal, reason=reason) as tx:
        number = people_imports.begin(tx, lines)
    told: dict[int, Outcome] = {}
    for rows in parts:
        try:
            with registry.write(principal, reason=reason) as tx:
                done = take(tx, rows)
                people_imports.note(tx, number, len(rows), last=rows is parts[-1])
                if each is not None:
                    each(tx, done)
        except ImportRefusedError as error:
            raise ImportStoppedError(error.outcomes, taken=len(told), rows=len(lines)) from None
        told |= {outcome.number: outcome for outcome in done}
    return [told.get(outcome.number, outcome) for outcome in outcomes]


def _parts(lines: Sequence[PersonLine], size: int) -> Iterator[list[PersonLine]]:
    """Yield rows in parts of about a size, each person whole."""
    part: list[PersonLine] = []
    for each in lines:
        if len(part) >= size and each.login != part[-1].login:
            yield part
            part = []
        part.append(each)
    if part:
        yield part


def unnamed(tx: Tx, lines: Iterable[PersonLine]) -> list[Unnamed]:
    """Return accounts, affiliations and grants, in force or to come, that no row names, by login.

    Only what the person asking manages; grants that follow from an issuer's groups are its own business.
    """
    today = today_in_japan(tx.now)
    named: dict[str, set[tuple[object, str]]] = {}
    for each in lines:
        things = named.setdefault(login_digest(tx.vault, each.login), set())
        things.add((each.kind, each.unit))
        things |= {(role, each.role_unit or each.unit) for role in each.roles}
    codes = {unit.id: unit.code for unit in organisation.units(tx)}
    held = _held(tx)
    found = []
    rows = tx.session.scalars(
        select(UserAccount).where(UserAccount.unit_id.in_(scope(tx, Permission.MANAGE_USERS)))
    )
    for row in rows:
        if row.login_digest not in named:
            found.append(Unnamed(login_of(tx.vault, row)))
            continue
        for what, unit_id, period in held.get(row.id, ()):
            code = codes.get(unit_id, "")
            over = period.last is not None and period.last < today
            if not over and (what, code) not in named[row.login_digest]:
                found.append(Unnamed(login_of(tx.vault, row), what, code, period))
    return sorted(found, key=lambda each: (each.login, each.unit, str(each.what or "")))


_Thing = tuple[AffiliationKind | Role, UnitId, Period]


def _held(tx: Tx) -> Mapping[int, list[_Thing]]:
    """Return what is held in the units whose users the person asking manages, by account."""
    seen = scope(tx, Permission.MANAGE_USERS)
    found: dict[int, list[_Thing]] = {}
    belongs = select(
        Affiliation.user_id,
        Affiliation.kind,
        Affiliation.unit_id,
        Affiliation.valid_from,
        Affiliation.valid_until,
    )
    for user_id, kind, unit_id, first, last in tx.session.execute(
        belongs.where(Affiliation.unit_id.in_(seen)).order_by(Affiliation.id)
    ):
        found.setdefault(user_id, []).append((AffiliationKind(kind), UnitId(unit_id), Period(first, last)))
    roles = select(
        RoleGrant.user_id, RoleGrant.role, RoleGrant.unit_id, RoleGrant.valid_from, RoleGrant.valid_until
    )
    for user_id, role, unit_id, first, last in tx.session.execute(
        roles.outerjoin(GroupGrant, GroupGrant.grant_id == RoleGrant.id)
        .where(RoleGrant.unit_id.in_(seen), GroupGrant.grant_id.is_(None))
        .order_by(RoleGrant.id)
    ):
        found.setdefault(user_id, []).append((Role(role), UnitId(unit_id), Period(first, last)))
    return found


def _done(tx: Tx, decided: Decided) -> list[Outcome]:
    """Write what was decided, with a record for each thing, and return the outcomes with new accounts."""
    ids: dict[int, int] = {}
    for kind, rows in (
        (UserAccount, _accounts(tx, decided.deeds)),
        (Affiliation, _belongings(decided.deeds, ids)),
        (RoleGrant, _grants(decided.deeds, ids)),
    ):
        ids |= _inserted(tx, kind, rows)
        if kind is UserAccount:
            _sign_in(tx, decided.deeds, ids)
    for deed in decided.deeds:
        if deed.before is not None:
            _end(tx, deed)
    tx.record_all([_told(deed, ids) for deed in decided.deeds])
    created = {
        deed.what.login: UserId(ids[deed.what.key])
        for deed in decided.deeds
        if isinstance(deed.what, Account)
    }
    return [
        replace(outcome, created=created[outcome.login])
        if any(change.step is Step.CREATED for change in outcome.changes)
        else outcome
        for outcome in decided.outcomes
    ]


_Rows = Iterator[tuple[int, dict[str, object]]]  # key, columns


def _accounts(tx: Tx, deeds: Sequence[Deed]) -> _Rows:
    for deed in deeds:
        if isinstance(what := deed.what, Account):
            yield (
                what.key,
                {
                    "unit_id": what.unit_id,
                    **sealed(tx.vault, what.login, what.name),
                    "language": what.language,
                    "password_hash": "",
                    "failures": 0,
                    "lockouts": 0,
                    "created_at": tx.now,
                    "version": 1,
                },
            )


def _sign_in(tx: Tx, deeds: Sequence[Deed], ids: Mapping[int, int]) -> None:
    rows = [
        {
            "user_id": ids[deed.what.key],
            "unit_id": deed.what.unit_id,
            "issuer": LOCAL,
            "subject": deed.what.digest,
            "created_at": tx.now,
        }
        for deed in deeds
        if isinstance(deed.what, Account)
    ]
    if rows:
        tx.session.execute(insert(UserIdentity), rows)


def _belongings(deeds: Sequence[Deed], ids: Mapping[int, int]) -> _Rows:
    for deed in deeds:
        if isinstance(what := deed.what, Belongs) and deed.before is None:
            yield what.key, {"unit_id": what.unit_id, **_described(what, ids), "version": 1}


def _grants(deeds: Sequence[Deed], ids: Mapping[int, int]) -> _Rows:
    for deed in deeds:
        if isinstance(what := deed.what, Holds) and deed.before is None:
            yield what.key, {"unit_id": what.unit_id, **_described(what, ids), "version": 1}


def _inserted(tx: Tx, kind: type[Base], rows: _Rows) -> dict[int, int]:
    """Insert rows and return the id of each by its key."""
    made = list(rows)
    if not made:
        return {}
    table, columns = kind.__table__, [row for _, row in made]
    if issubclass(kind, UsedOnce):
        ids = unused_ids(tx.session, kind, len(columns))
        columns = [
            row if number is None else {"id": number, **row} for row, number in zip(columns, ids, strict=True)
        ]
    stored = tx.session.execute(insert(kind).returning(table.c.id, sort_by_parameter_order=True), columns)
    return {key: number for (key, _), number in zip(made, stored.scalars(), strict=True)}


def _end(tx: Tx, deed: Deed) -> None:
    kind = Affiliation if isinstance(deed.what, Belongs) else RoleGrant
    assert not isinstance(deed.what, Account)
    tx.session.execute(
        update(kind)
        .where(kind.id == deed.what.key)
        .values(valid_until=deed.what.period.last, version=kind.version + 1)
        .execution_options(synchronize_session=False)
    )


def _described(what: Belongs | Holds, ids: Mapping[int, int]) -> dict[str, object]:
    """Return the columns of a row that the journal tells of too."""
    days = {"valid_from": what.period.first, "valid_until": what.period.last}
    user_id = ids.get(what.person, what.person)
    match what:
        case Belongs():
            return {"user_id": user_id, "kind": what.kind.value, **days}
        case Holds():
            under = ids.get(what.under, what.under)
            return {"user_id": user_id, "role": what.role.value, **days, "affiliation_id": under}


def _told(deed: Deed, ids: Mapping[int, int]) -> Told:
    """Return the record of one thing that was made or ended."""
    what = deed.what
    number = str(ids.get(what.key, what.key))
    if isinstance(what, Account):
        after: Mapping[str, object] = {"login": what.login, "name": what.name, "language": what.language}
        return Told(Action.ACCOUNT_CREATED, "user_account", number, what.unit_id, None, after)
    before = None if deed.before is None else _described(deed.before, ids)
    if isinstance(what, Belongs):
        action, table = Action.AFFILIATED if before is None else Action.AFFILIATION_ENDED, "affiliation"
    else:
        action, table = Action.ROLE_GRANTED if before is None else Action.ROLE_ENDED, "role_grant"
    return Told(action, table, number, what.unit_id, before, _described(what, ids))
