"""Opens one workspace: the directory that holds everything a user keeps (keys, registry, findings)."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from daicho.errors import WorkspaceError
from daicho.settings import CONFIG_NAME, CONFIG_TEMPLATE, Settings
from privacy_mark.certificates.correcting import FOLDER as CORRECTIONS
from privacy_mark.training import joining
from registry import accounts, organisation, passwords
from registry.access import bootstrap_principal
from registry.backup.make import Workspace as BackedUp
from registry.findings import FindingsStore
from registry.journal import Action
from registry.keyring import KeyFolder
from registry.model import Principal, Unit, UnitKind
from registry.rotation import Keys
from registry.store import Registry, utc_now
from registry.vault import Vault

KEY_FILE = Path("keys") / "master.key"
_PR_SET_DUMPABLE = 4  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class FirstUnit:
    """The root of the organisation tree, made together with the workspace."""

    code: str
    name_ja: str
    name_en: str
    kind: UnitKind = UnitKind.HEADQUARTERS


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """The first person who may sign in."""

    login: str
    name: str
    password: str | None  # None: set through a one-time link
    language: str = "ja"

    def __repr__(self) -> str:
        """Never show the password."""
        return f"FirstAdministrator(login={self.login!r})"


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open workspace: registry, findings store and keys of one group."""

    path: Path
    settings: Settings
    vault: Vault
    registry: Registry
    findings: FindingsStore

    def __post_init__(self) -> None:
        """Have facts about certificates corrected by the files of the workspace."""
        self.registry.correct_from(self.path / CORRECTIONS)

    @classmethod
    def create(
        cls,
        settings: Settings,
        unit: FirstUnit,
        administrator: FirstAdministrator,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> Workspace:
        """Make the directory, key, registry, first unit and administrator; raises `WorkspaceError`.

        The key file is written last but one: a half-made workspace is refused by `open` and can be removed.
        """
        path = settings.workspace
        if administrator.password is not None:  # refused before anything is made
            words = (administrator.login, administrator.name, unit.code, unit.name_ja, unit.name_en)
            passwords.require_strong(administrator.password, words)
        if (path / KEY_FILE).exists() or (path / "registry.db").exists():
            raise WorkspaceError(
                f"{path} already holds a workspace. Use it, or choose another place with --workspace."
            )
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("keys", "findings", "evidence"):
                (path / name).mkdir(mode=0o700, exist_ok=True)
            if not (path / CONFIG_NAME).exists():
                (path / CONFIG_NAME).write_text(CONFIG_TEMPLATE, encoding="utf-8")
        except OSError as error:
            raise WorkspaceError(
                f"{path}: cannot be made ({error.strerror}). Choose another place."
            ) from error
        vault = _environment_vault(settings) or Vault.create(path / KEY_FILE)
        workspace = cls._assemble(settings, vault, clock)
        workspace.registry.migrate()
        with workspace.registry.write(workspace.owner(), reason="daicho init") as tx:
            root = organisation.create_unit(
                tx,
                code=unit.code,
                kind=unit.kind,
                name_ja=unit.name_ja,
                name_en=unit.name_en,
                parent_id=None,
            )
            made = {"key": "master", "kept": "environment" if settings.master_key else "file"}
            tx.record(Action.KEY_CREATED, "key_check", 1, root.id, None, made)
        accounts.first_administrator(
            workspace.registry,
            login=administrator.login,
            name=administrator.name,
            password=administrator.password,
            language=administrator.language,
            unit_id=root.id,
        )
        return workspace

    @classmethod
    def open(cls, settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Workspace:
        """Open what `create` made; raises `WorkspaceError` with the next step when there is none."""
        if not cls.exists(settings):
            raise WorkspaceError(f"{settings.workspace} holds no workspace. Make one with: daicho init")
        vault = _environment_vault(settings) or Vault.load(settings.workspace / KEY_FILE)
        workspace = cls._assemble(settings, vault, clock)
        workspace.registry.migrate()
        return workspace

    @classmethod
    def exists(cls, settings: Settings) -> bool:
        """True when there is a workspace at the configured place."""
        return (settings.workspace / KEY_FILE).exists() or bool(
            settings.master_key and (settings.workspace / CONFIG_NAME).exists()
        )

    @classmethod
    def _assemble(cls, settings: Settings, vault: Vault, clock: Callable[[], datetime]) -> Workspace:
        path = settings.workspace
        url = settings.registry_url or f"sqlite:///{path / 'registry.db'}"
        registry = Registry.open(
            url, vault, clock=clock, held_back=joining.held_back, before_roles=joining.before_roles
        )
        return cls(path, settings, vault, registry, FindingsStore(path / "findings", vault))

    def owner(self) -> Principal:
        """Return the principal of whoever works at the machine itself: who holds the key file may do all."""
        return bootstrap_principal()

    def first_unit(self) -> Unit:
        """Return the root of the organisation tree."""
        with self.registry.read(self.owner()) as tx:
            return next(unit for unit in organisation.units(tx) if unit.parent_id is None)

    def keys(self) -> Keys:
        """Return what a replacement of keys works on."""
        return Keys(self.registry, self.findings, KeyFolder(self.path / KEY_FILE.parent))

    def backed_up(self) -> BackedUp:
        """Return what a backup is made of."""
        return BackedUp(self.path, self.registry, self.findings, self.keys().folder)

    def close(self) -> None:
        """Give all connections back."""
        self.registry.close()


def _environment_vault(settings: Settings) -> Vault | None:
    if not settings.master_key:
        return None
    try:
        bytes.fromhex(settings.master_key)
    except ValueError:
        raise WorkspaceError("DAICHO_MASTER_KEY must be 64 hexadecimal digits (32 bytes).") from None
    return Vault.from_text(settings.master_key, settings.workspace / KEY_FILE.parent)


def restrict_process() -> None:
    """Files that this process makes are its owner's alone, and its memory, which holds keys, leaves no dump.

    Children inherit the limit on dumps. On Linux `PR_SET_DUMPABLE` 0 also keeps other processes of the same
    account from reading this one's memory and environment.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
