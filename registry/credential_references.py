"""Where a credential 認証情報 is kept: the registry stores this reference and never the secret itself."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from registry.errors import InvalidValue

_LONGEST = 500
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,127}")
_OWN = "DAICHO_"  # the master key may be in the environment under such a name
_CREDENTIAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class Keeper(enum.StrEnum):
    """Who keeps the secret."""

    ENVIRONMENT = "env"
    FILE = "file"  # its owner's alone, 0600
    KEYRING = "keyring"
    SYSTEMD = "systemd"  # LoadCredential=, read below $CREDENTIALS_DIRECTORY


@dataclass(frozen=True, slots=True)
class Reference:
    """A keeper and the name under which it keeps a secret."""

    keeper: Keeper
    name: str


def reference(text: str) -> Reference:
    """Read "env:NAME", "file:/path", "keyring:service/user" or "systemd:name".

    Raises InvalidValue (`credential`, rule `reference`) for anything else, which may be the secret itself:
    the error repeats nothing of it. Our own variables are refused: no source leads the master key out.
    """
    keeper, separator, name = text.partition(":")
    if separator and len(text) <= _LONGEST and text.isprintable():
        match keeper:
            case Keeper.ENVIRONMENT if _VARIABLE.fullmatch(name) and not name.startswith(_OWN):
                return Reference(Keeper.ENVIRONMENT, name)
            case Keeper.FILE if _is_plain_path(name):
                return Reference(Keeper.FILE, name)
            case Keeper.KEYRING if all(name.partition("/")):
                return Reference(Keeper.KEYRING, name)
            case Keeper.SYSTEMD if _CREDENTIAL.fullmatch(name):
                return Reference(Keeper.SYSTEMD, name)
    raise InvalidValue("credential", "reference")


def _is_plain_path(text: str) -> bool:
    path = PurePosixPath(text)
    return path.is_absolute() and not text.startswith("//") and ".." not in path.parts and bool(path.name)
