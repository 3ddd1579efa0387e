"""Random requests across units: whoever asks for whatever by whatever id, nothing of a sibling comes back."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import fields, replace

from registry.model import Grant, Principal, Role, UserId
from registry.roles import SEPARATED
from tests.access.calls import FOREIGN, READS, WRITES, ask
from tests.access.world import CLOSED, COMPANIES, NOWHERE, OPEN, Target, World, holds

CALLS = tuple((READS | WRITES | FOREIGN).items())


def leaks(world: World, count: int, seed: int) -> list[str]:
    """Make `count` random requests and return what leaked: who asked what of whom, and what came back.

    Who asks holds one to three roles at A, at a site of A or above all companies, under one or two
    affiliations; ids of rows of different companies, and of none, are mixed within one request.
    """
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        grants = [
            (dice.choice(list(Role)), dice.choice(("A", "A", "A-1", "HQ", "G")))
            for _ in range(dice.randint(1, 3))
        ]
        who = Principal(UserId(700), "somebody", tuple(Grant(role, world.units[at]) for role, at in grants))
        name, call = dice.choice(CALLS)
        target = _mixed(dice, [*world.targets.values(), NOWHERE])
        answer, error = ask(world, who, call, target)
        seen = repr((answer, error))
        found += [
            f"{grants} {name} {target.name}: {company}"
            for company in COMPANIES
            if (CLOSED[company] in seen and not _may(grants, company, closed=True))
            or (OPEN[company] in seen and not _may(grants, company, closed=False))
        ]
    return found


def _may(grants: Sequence[tuple[Role, str]], company: str, *, closed: bool) -> bool:
    """Tell whether any grant opens anything of a company; what it opens exactly is the matrix' matter."""
    if closed:
        return any(holds(role, at, each, company) for role, at in grants for each in SEPARATED)
    # The basis from A to C is known to both: its document names A.
    inside = {"A": ("A", "A-1", "G"), "B": ("G",), "C": ("G", "A")}
    ours = company in ("B", "C") and any(at == "HQ" for _, at in grants)  # the bases towards headquarters
    return ours or any(at in inside[company] for _, at in grants)


def _mixed(dice: random.Random, targets: Sequence[Target]) -> Target:
    base = dice.choice(targets)
    if dice.random() < 0.5:
        return base
    other = dice.choice(targets)
    swapped = {
        field.name: getattr(other, field.name)
        for field in fields(Target)
        if field.name != "name" and dice.random() < 0.4
    }
    return replace(base, **swapped)
