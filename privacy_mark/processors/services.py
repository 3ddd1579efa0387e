"""Which permission each service of this room asks for, and what is no service."""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    "processors.due.due": Permission.MANAGE_PROCESSORS,
    "processors.evaluations.evaluate": Permission.MANAGE_PROCESSORS,
    "processors.evaluations.evaluations": Permission.VIEW_LEDGER,
    "processors.evaluations.withdraw": Permission.MANAGE_PROCESSORS,
    "processors.standing.standing": Permission.VIEW_LEDGER,
    "processors.standing.standings": Permission.VIEW_LEDGER,
}

PARTS: Mapping[str, str] = {
    "processors.standing.supervised_standings": "part of due and of evidence, which narrow it by unit",
}
