"""The one source of chance: the same seed and purpose give the same dice on every machine."""

from random import Random


def dice_for(seed: int, *purpose: str) -> Random:
    """Return dice that depend on the seed and the purpose alone, never on the order of calls."""
    return Random("\x1f".join((str(seed), *purpose)))  # noqa: S311 - invented data, no secret depends on it
