"""The settings of the web server and of signing in: what is read, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from daicho.errors import UsageError
from daicho.settings import CONFIG_TEMPLATE, Settings
from registry.identities import GroupRole
from registry.model import Role

OIDC = '[oidc]\nissuer = "https://login.example/realm"\nclient_id = "daicho"\n'
SECRET = {"DAICHO_OIDC_CLIENT_SECRET": "s3cret-of-the-client"}


def loaded(path: Path, text: str, env: dict[str, str] | None = None) -> Settings:
    """Return the settings of a workspace with this file."""
    (path / "daicho.toml").write_text(text, encoding="utf-8")
    return Settings.load(path, env or {})


def test_everything_is_off_by_default(tmp_path: Path) -> None:
    """The file that `daicho init` writes changes nothing until a line is uncommented."""
    web = loaded(tmp_path, CONFIG_TEMPLATE).web
    assert web == Settings(workspace=tmp_path).web
    assert (web.is_secure, web.public_host, web.oidc) == (False, "", None)


def test_every_line_of_the_template_may_be_uncommented(tmp_path: Path) -> None:
    """What the file proposes is what the program takes."""
    lines = [
        line.removeprefix("# ") if line.startswith("# ") and "=" in line else line
        for line in CONFIG_TEMPLATE.splitlines()
        if not line.startswith("# client_secret_file")
    ]
    web = loaded(tmp_path, "\n".join(lines), SECRET).web
    assert web.public_host == "daicho.example.internal"
    assert web.sign_in.second_factor_roles == {"administrator"}
    assert web.oidc is not None
    assert web.oidc.policy.groups == {"privacy-officers": (GroupRole(Role.OFFICER, "TOWA"),)}


def test_the_client_secret_comes_from_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    """Neither settings nor errors show it."""
    text = OIDC + 'client_secret_file = "secret"\n'
    with pytest.raises(UsageError, match="client_secret_file"):
        loaded(tmp_path, text)
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    (tmp_path / "secret").chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600") as refused:
        loaded(tmp_path, text)
    assert "s3cret" not in str(refused.value)
    (tmp_path / "secret").chmod(0o600)
    oidc = loaded(tmp_path, text).web.oidc
    assert oidc is not None
    assert oidc.client_secret == "s3cret"
    assert "s3cret" not in repr(oidc)
    assert "s3cret" not in repr(loaded(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[web]\npublic_url = "http://daicho.example"\n', "web.public_url"),
        ('[web]\npublic_url = "https://daicho.example/path"\n', "web.public_url"),
        ('[web]\npublic_url = "https://user@daicho.example"\n', "web.public_url"),
        ('[web]\ntrusted_proxies = ["*"]\n', "web.trusted_proxies"),
        ('[web]\ntrusted_proxies = "127.0.0.1"\n', "web.trusted_proxies"),
        ('[sign_in]\nsecond_factor = ["boss"]\n', "sign_in.second_factor"),
        ('[oidc]\nissuer = "https://login.example"\n', "client_id"),
        ('[oidc]\nissuer = "http://login.example"\nclient_id = "daicho"\n', "issuer"),
        (OIDC + 'create_accounts = "yes"\n', "oidc.create_accounts"),
        (OIDC + '[oidc.groups]\nstaff = "officer"\n', "oidc.groups.staff"),
        (OIDC + '[oidc.groups]\nstaff = ["boss@TOWA"]\n', "oidc.groups.staff"),
        (OIDC + 'client_secret = "in the file"\n', "oidc.client_secret"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, key: str) -> None:
    """What is wrong stops the program with the key, and the secret itself never belongs in the file."""
    with pytest.raises(UsageError, match=key.replace(".", r"\.")) as refused:
        loaded(tmp_path, text, SECRET)
    assert "in the file" not in str(refused.value)
