"""Addresses of databases: our own options apart from the driver's, secrets nowhere but in their place."""

from __future__ import annotations

from dataclasses import fields, replace

from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import ArgumentError

from scanners.errors import SourceError
from scanners.sources.databases.tables import Care

_SECRET = ("password", "passwd", "pwd", "secret", "token", "passphrase")
_OWN = {"scan": "mode"} | {each.name: each.name for each in fields(Care) if each.name != "mode"}


def parsed(target: str) -> tuple[URL, Care]:
    """Return the driver's address and our options; raises `SourceError` for what cannot be meant."""
    try:
        address = make_url(target)
    except (ArgumentError, ValueError):
        raise SourceError(
            "the database URL is malformed; expected for example postgresql://host/name"
        ) from None
    care, rest = Care(), {}
    for name, value in address.query.items():
        held = f"{name}={value}".lower()
        if any(word in name.lower() or f"{word}=" in held for word in _SECRET):
            raise SourceError(f"the option {name} of the URL may hold a secret; give it as a credential")
        if name in _OWN:
            care = _with(care, name, str(value))
        else:
            rest[name] = value
    return address.set(query=rest), care


def _with(care: Care, name: str, value: str) -> Care:
    if name == "scan":
        if value not in ("sample", "complete"):
            raise SourceError("the option scan is sample or complete")
        return replace(care, mode=value)
    try:
        number = float(value) if name in ("mb_per_second", "rows_per_second") else int(value)
    except ValueError:
        number = -1
    if number < 0:
        raise SourceError(f"the option {name} is a number, not below 0")
    changed: Care = replace(care, **{name: number})  # type: ignore[arg-type]  # each is a number
    return changed
