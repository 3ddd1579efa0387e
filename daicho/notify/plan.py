"""What is to be told now, and to whom: read only, so that it can be shown before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from daicho.notify.subjects import chosen
from daicho.notify.webhook import Delivery
from daicho.requirements import catalogue_or_product
from daicho.workspace import Workspace
from privacy_mark import cycle_digest
from privacy_mark.cycle_digest import Counted, Part
from registry import accounts, claims, digests, notifications, organisation
from registry.access import SYSTEM_NAME, SYSTEM_USER, japan_time, today_in_japan
from registry.digests import Digest, Line
from registry.model import Grant, Principal, Role, UnitId, UserId
from registry.notifications import Frequency, Recipient
from registry.store import Tx


@dataclass(frozen=True, slots=True)
class Letter:
    """One digest for one person in one period."""

    recipient: Recipient
    period: str
    digest: Digest
    clock: bool = False  # between two digests, of days that run

    @property
    def job(self) -> str:
        """Return what is claimed before it is sent."""
        return clock_job(self.recipient.user_id) if self.clock else letter_job(self.recipient.user_id)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent, and how many are told nothing, for each reason."""

    letters: tuple[Letter, ...]
    deliveries: tuple[Delivery, ...]
    unknown_units: tuple[str, ...] = ()  # codes in the settings that no unit has
    already: int = 0  # told in this period before
    off: int = 0  # want none, and nothing is told them by duty
    nothing: int = 0
    no_address: int = 0  # something to tell, but the sign-in name is no mail address


def letter_job(user_id: UserId) -> str:
    """Return what is claimed before somebody is sent a mail."""
    return f"digest/{user_id}"


def clock_job(user_id: UserId) -> str:
    """Return what is claimed before somebody is told on a day between two digests."""
    return f"clock/{user_id}"


def hook_job(unit_id: UnitId) -> str:
    """Return what is claimed before the webhook of a unit is called."""
    return f"webhook/{unit_id}"


def period_of(frequency: Frequency, today: date) -> str:
    """Return the day or the ISO week for which somebody is told once."""
    if frequency is Frequency.DAILY:  # who wants none is told by duty once a week
        return today.isoformat()
    year, week, _ = today.isocalendar()
    return f"{year}-W{week:02d}"


def with_cycle(told: Digest, more: Iterable[Counted]) -> Digest:
    """Return a digest with what the certification cycle asks."""
    return told.plus((each.task, each.count) for each in more)


def plan(workspace: Workspace) -> Plan:
    """Return what is to be sent now, as the settings say; each person's digest is asked as that person."""
    with workspace.registry.read(workspace.owner()) as tx:
        today = today_in_japan(tx.now)
    settings = workspace.settings.notify
    found = _letters(workspace, today) if settings.mail is not None else Plan((), ())
    deliveries, unknown = _deliveries(workspace, today)
    return Plan(found.letters, deliveries, unknown, found.already, found.off, found.nothing, found.no_address)


def _letters(workspace: Workspace, today: date) -> Plan:
    registry = workspace.registry
    periods = {each: period_of(each, today) for each in Frequency}
    done = claims.done(registry, workspace.owner(), frozenset(periods.values()))
    letters: list[Letter] = []
    off = nothing = no_address = 0
    told_before: list[Recipient] = []
    waiting: list[tuple[Recipient, str]] = []
    for who in notifications.recipients(registry):
        period = periods[who.frequency]
        if (letter_job(who.user_id), period) in done:
            told_before.append(who)
        else:
            waiting.append((who, period))
    with registry.read(workspace.owner()) as tx:
        people = accounts.principals(tx) if waiting else {}
        # Somebody whose account went meanwhile is told nothing.
        waiting = [(who, period) for who, period in waiting if who.user_id in people]
        asked = [people[who.user_id] for who, _ in waiting]
        told = digests.digests(tx, workspace.findings, asked)
        cycle = cycle_digest.counts(tx, catalogue_or_product(workspace.path), asked)
        for (who, period), first, more in zip(waiting, told, cycle, strict=True):
            found = chosen(with_cycle(first, more), who.frequency, who.left_out)
            if not found.lines and who.frequency is Frequency.OFF:
                off += 1
            elif not found.lines:
                nothing += 1
            elif not who.address:
                no_address += 1
            else:
                letters.append(Letter(who, period, found))
        clocks = _clocks(workspace, told_before, tx)
    already = len(told_before) - len(clocks)
    return Plan((*letters, *clocks), (), (), already, off, nothing, no_address)


def _clocks(workspace: Workspace, people: Iterable[Recipient], tx: Tx) -> list[Letter]:
    """Return what is told every day, for those whose digest comes less often and did not come today."""
    now = japan_time(tx.now)
    told = claims.done_since(workspace.registry, workspace.owner(), now.replace(hour=0, minute=0, second=0))
    waiting = [
        who
        for who in people
        if who.frequency is not Frequency.DAILY
        and who.address
        and not {letter_job(who.user_id), clock_job(who.user_id)} & told
    ]
    known = accounts.principals(tx) if waiting else {}
    asked = [who for who in waiting if who.user_id in known]
    numbers = cycle_digest.running(tx, [known[who.user_id] for who in asked])
    day = now.date().isoformat()
    return [
        Letter(who, day, Digest((Line(Part.ACCIDENTS, number),)), clock=True)
        for who, number in zip(asked, numbers, strict=True)
        if number
    ]


def _deliveries(workspace: Workspace, today: date) -> tuple[tuple[Delivery, ...], tuple[str, ...]]:
    settings, period = workspace.settings.notify, today.isoformat()
    done = claims.done(workspace.registry, workspace.owner(), frozenset({period}))
    found, unknown = [], []
    for code, address in settings.webhooks.items():
        with workspace.registry.read(workspace.owner()) as tx:
            unit = organisation.unit_by_code(tx, code)
        if unit is None:
            unknown.append(code)
            continue
        if (hook_job(unit.id), period) in done:
            continue
        # What the unit's privacy manager could see and do there, and nothing of another legal entity.
        officer = Principal(SYSTEM_USER, SYSTEM_NAME, (Grant(Role.OFFICER, unit.id),))
        with workspace.registry.read(officer) as tx:
            more = cycle_digest.counted(tx, catalogue_or_product(workspace.path))
            told = with_cycle(digests.digest(tx, workspace.findings), more)
        if told.lines:
            found.append(Delivery(unit.id, code, period, told, address, settings.webhook_secret))
    return tuple(found), tuple(unknown)
