"""The section [notify] of the settings, and the commands that use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from daicho.cli import run
from daicho.doctor import outside
from daicho.doctor.model import State
from daicho.errors import UsageError
from daicho.notify_settings import Security
from daicho.settings import CONFIG_TEMPLATE, Settings
from tests.notify.servers import mail_server

WEB = '[web]\npublic_url = "https://daicho.example.jp"\n'
MAIL = '[notify]\nhost = "127.0.0.1"\nsender = "daicho@example.jp"\n'


def load(tmp_path: Path, text: str, **env: str) -> Settings:
    """Read these settings."""
    (tmp_path / "daicho.toml").write_text(text, encoding="utf-8")
    return Settings.load(tmp_path, env)


def test_defaults_and_secrets(tmp_path: Path) -> None:
    """STARTTLS on 587; passwords come from the environment and are shown by no repr."""
    assert not load(tmp_path, CONFIG_TEMPLATE).notify.wanted
    hooks = '[notify.webhooks]\n"A" = "https://chat.example.jp/t0ken"\n'
    secrets = {"DAICHO_SMTP_PASSWORD": "hush", "DAICHO_WEBHOOK_SECRET": "hush" * 8}
    found = load(tmp_path, WEB + MAIL + hooks, **secrets).notify
    assert found.mail is not None
    assert (found.mail.port, found.mail.security, found.mail.password) == (587, Security.STARTTLS, "hush")
    assert "hush" not in repr(found)
    assert "t0ken" not in repr(found)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (MAIL, "web.public_url"),
        (WEB + MAIL + 'security = "ssl"\n', "notify.security"),
        (WEB + MAIL.replace("127.0.0.1", "mail.example.jp") + 'security = "none"\n', "notify.security"),
        (WEB + MAIL + "port = true\n", "notify.port"),
        (WEB + MAIL + "user = 3\n", "notify.user"),
        (WEB + MAIL.replace("daicho@", ""), "notify.sender"),
        (WEB + MAIL + 'password = "x"\n', "notify.password"),
        ('[notify.webhooks]\n"A" = "http://chat.example.jp/"\n', "webhooks.A"),
        ('[notify.webhooks]\n"A" = "https://me:pw@chat.example.jp/"\n', "webhooks.A"),
        ('[notify.webhooks]\n"A" = 3\n', "webhooks"),
    ],
)
def test_what_does_not_make_sense_is_named(tmp_path: Path, text: str, named: str) -> None:
    """The key is told, the value never."""
    with pytest.raises(UsageError, match=named) as error:
        load(tmp_path, text)
    assert "me:pw" not in str(error.value)


def test_doctor_tries_the_mail_server(tmp_path: Path) -> None:
    """Nothing configured, nothing said; a server that answers is good, one that does not a fault."""
    assert list(outside.mail(load(tmp_path, ""))) == []
    with mail_server() as box:
        settings = load(tmp_path, WEB + MAIL + f'port = {box.port}\nsecurity = "none"\n')
        (good,) = outside.mail(settings)
        assert (good.state, box.taken) == (State.GOOD, [])
    (fault,) = outside.mail(load(tmp_path, WEB + MAIL + 'port = 1\nsecurity = "none"\n'))
    assert (fault.state, "DAICHO_SMTP_PASSWORD" in fault.advice) == (State.FAULT, True)


def test_a_dry_run_shows_counts_and_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has no address is counted and gets nothing; with a wrong unit the exit code is 4."""
    monkeypatch.setenv("DAICHO_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.delenv("DAICHO_ADMIN_PASSWORD", raising=False)
    monkeypatch.setenv("DAICHO_WEBHOOK_SECRET", "0123456789abcdef" * 2)
    assert run(["init"]) == 0
    config = tmp_path / "w" / "daicho.toml"
    config.write_text(WEB + MAIL + '[notify.webhooks]\n"NONE" = "https://127.0.0.1:1/"\n', encoding="utf-8")
    capsys.readouterr()
    assert run(["notify", "--dry-run"]) == 0
    told = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert told == {
        "mails": "0",
        "webhooks": "0",
        "no_address": "1",
        "already": "0",
        "off": "0",
        "nothing": "0",
    }
    assert run(["notify"]) == 4
    assert "NONE" in capsys.readouterr().err
    config.write_text(WEB + MAIL, encoding="utf-8")
    assert run(["notify"]) == 0
