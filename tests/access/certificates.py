"""One row of everything about certificates in each company of the tests, and a call of every service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from privacy_mark.certificates import accidents, agenda, due, register, rounds
from privacy_mark.certificates.marks import Mark
from privacy_mark.certificates.model import (
    AccidentId,
    CertificateId,
    RoundId,
    RoundState,
    Scale,
    State,
    Term,
)
from privacy_mark.certificates.steps import Step
from registry.model import UnitId
from registry.store import Tx

DAY = date(2026, 4, 1)
ABSENT = 987_654
SCALE = Scale("services", 10_000_000, 80)


@dataclass(frozen=True, slots=True)
class Certificates:
    """The ids of one company's rows."""

    certificate_id: CertificateId  # held, without an application
    applied_id: CertificateId  # held, with one that was handed in
    round_id: RoundId
    accident_id: AccidentId


NO_CERTIFICATES = Certificates(
    CertificateId(ABSENT), CertificateId(ABSENT), RoundId(ABSENT), AccidentId(ABSENT)
)


def term(number: int, until: date = date(2026, 9, 30), count: int = 7) -> Term:
    """Return a term of two years that ends on a day."""
    return Term(Mark(f"{number:08d}", count), until.replace(year=until.year - 2), until)


def fill(tx: Tx, unit_id: UnitId) -> Certificates:
    """Put one row of everything into a company."""
    held = register.register(tx, unit_id, "jipdec", scale=SCALE, term=term(10_000_000 + unit_id))
    applied = register.register(tx, unit_id, "jisa", scale=SCALE, term=term(20_000_000 + unit_id))
    begun = rounds.start(tx, applied.id, apply_on=DAY)
    begun = rounds.set_steps(tx, begun.id, {Step.APPLICATION: (DAY, DAY)}, expected_version=begun.version)
    told = accidents.add(tx, held.id, kind="leak", discovered_on=DAY, triggers=["many"])
    return Certificates(held.id, applied.id, begun.id, told.id)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "certificates.accidents.accidents": lambda tx, _, at: accidents.accidents(
        tx, at.certificates.certificate_id
    ),
    "certificates.agenda.agenda": lambda tx, _, at: agenda.agenda(tx, DAY, unit_id=at.unit_id),
    "certificates.due.due": lambda tx, _, at: [
        each for each in due.due(tx, DAY) if each.unit_id == at.unit_id
    ],
    "certificates.register.certificate": lambda tx, _, at: register.certificate(
        tx, at.certificates.certificate_id
    ),
    "certificates.register.certificates": lambda tx, _, at: register.certificates(tx, unit_id=at.unit_id),
    "certificates.rounds.rounds": lambda tx, _, at: rounds.rounds(tx, at.certificates.applied_id),
}

WRITES: dict[str, Call] = {
    "certificates.accidents.add": lambda tx, _, at: accidents.add(
        tx, at.certificates.certificate_id, kind="loss", discovered_on=DAY
    ),
    "certificates.accidents.sent": lambda tx, _, at: accidents.sent(
        tx, at.certificates.accident_id, first=DAY, full=None, expected_version=1
    ),
    "certificates.register.change": lambda tx, _, at: register.change(
        tx, at.certificates.certificate_id, body="juas", scale=SCALE, term=term(7), expected_version=1
    ),
    "certificates.register.end": lambda tx, _, at: register.end(
        tx, at.certificates.certificate_id, State.WITHDRAWN, on=DAY, reason="返上", expected_version=1
    ),
    "certificates.register.register": lambda tx, _, at: register.register(
        tx, at.unit_id, "medis", scale=SCALE
    ),
    "certificates.register.set_window": lambda tx, _, at: register.set_window(
        tx,
        at.certificates.certificate_id,
        opens=None,
        closes=date(2026, 6, 8),
        reason="案内",
        expected_version=1,
    ),
    "certificates.rounds.grant": lambda tx, _, at: rounds.grant(
        tx,
        at.certificates.round_id,
        mark=Mark(f"{20_000_000 + at.unit_id:08d}", 8),
        valid_from=date(2026, 10, 1),
        valid_until=date(2028, 9, 30),
        expected_version=2,
    ),
    "certificates.rounds.set_steps": lambda tx, _, at: rounds.set_steps(
        tx, at.certificates.round_id, {Step.ON_SITE: (DAY, None)}, expected_version=2
    ),
    "certificates.rounds.start": lambda tx, _, at: rounds.start(
        tx, at.certificates.certificate_id, apply_on=DAY
    ),
    "certificates.rounds.stop": lambda tx, _, at: rounds.stop(
        tx, at.certificates.round_id, RoundState.WITHDRAWN, reason="取下げ", expected_version=2
    ),
}
