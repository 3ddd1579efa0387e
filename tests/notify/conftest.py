"""The group of the access tests with accounts that have something to do, and servers that take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from daicho.notify_settings import MailSettings, NotifySettings, Security
from daicho.settings import Settings
from daicho.web_settings import WebSettings
from daicho.workspace import Workspace
from registry import accounts, notifications
from registry.access import bootstrap_principal
from registry.model import Role, UserId
from registry.notifications import Frequency
from tests.access.conftest import (  # noqa: F401 - fixtures that this area shares
    postgres_template,
    sqlite_template,
    world,
)
from tests.access.world import World
from tests.notify.servers import Hook, Mailbox, mail_server, web_server
from tests.registry.world import PASSWORD

URL = "https://daicho.example.jp"
SECRET = "0123456789abcdef" * 2


@dataclass(slots=True)
class Stage:
    """A workspace around the group, its people by login, and the servers."""

    workspace: Workspace
    world: World
    box: Mailbox
    hook: Hook
    people: dict[str, UserId]

    def choose(self, login: str, frequency: Frequency) -> None:
        """Let somebody choose how often to be told."""
        who = accounts.principal_of(self.world.registry, self.people[login])
        with self.world.registry.write(who) as tx:
            now = notifications.own(tx)
            notifications.choose(tx, frequency, expected_version=now.version)

    def set(self, **notify: object) -> None:
        """Change the settings of notifications."""
        settings = self.workspace.settings
        changed = replace(settings.notify, **notify)  # type: ignore[arg-type]  # names of its fields
        self.workspace = replace(self.workspace, settings=replace(settings, notify=changed))


def people(world: World) -> dict[str, UserId]:  # noqa: F811 - a fixture's name
    """Make accounts: an officer of A in each language, one without an address, a worker, one of company B."""
    wanted = (
        ("officer@example.jp", "ja", Role.OFFICER, "A"),
        ("manager@example.jp", "en", Role.DEPARTMENT_MANAGER, "A"),
        ("no-address", "ja", Role.OFFICER, "A"),
        ("worker@example.jp", "ja", Role.WORKER, "A"),
        ("other@example.jp", "ja", Role.OFFICER, "B"),
    )
    found = {}
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        for login, language, role, code in wanted:
            user_id = accounts.create_account(
                tx, login, f"氏名 {login}", PASSWORD, language, unit_id=world.units[code]
            )
            accounts.grant(tx, user_id, role, world.units[code])
            found[login] = user_id
    return found


@pytest.fixture
def stage(world: World, tmp_path: Path) -> Iterator[Stage]:  # noqa: F811 - a fixture's name
    """Return the workspace with running servers."""
    with mail_server() as box, web_server() as hook:
        mail = MailSettings("127.0.0.1", box.port, Security.NONE, "daicho@example.jp")
        settings = Settings(
            tmp_path / "workspace",
            web=WebSettings(public_url=URL),
            notify=NotifySettings(mail, {"A": hook.address}, SECRET),
        )
        workspace = Workspace(settings.workspace, settings, world.registry.vault, world.registry, world.store)
        yield Stage(workspace, world, box, hook, people(world))
