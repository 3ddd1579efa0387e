"""`daicho remediation`: off until it is set; proposed, approved by another person, carried out, confirmed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from daicho.settings import Settings
from daicho.tick import JOBS
from daicho.workspace import Workspace
from registry import accounts, journal, organisation, second_factor, totp
from registry import remediation as book
from registry.access import bootstrap_principal
from registry.errors import InvalidValue
from registry.model import Role
from registry.store import Registry, utc_now
from tests.cli.conftest import Command
from tests.cli.documents import FORM


def test_off_by_default_then_quarantined_confirmed_and_destroyed(
    daicho: Command, made_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way of one file, with a real scan before and after."""
    share = tmp_path / "share"
    share.mkdir()
    gone, kept = share / "gone.txt", share / "kept.txt"
    gone.write_text(FORM, encoding="utf-8")
    kept.write_text(FORM, encoding="utf-8")
    assert daicho("source", "add", share, "--name", "s") == 0
    assert daicho("scan", "s", "--jobs", "1") == 0
    one, other = _person(made_workspace, "one"), _person(made_workspace, "other")
    propose = ("remediation", "quarantine", "gone.txt", "--reason", "期限を過ぎた", *one)
    capsys.readouterr()
    assert daicho(*propose) == 2
    assert "remediation is off" in capsys.readouterr().err
    config = made_workspace / "daicho.toml"
    inside = '[remediation]\nenabled = true\nquarantine = "quarantine"\n'
    before = config.read_text(encoding="utf-8")
    config.write_text(before.replace("[remediation]\n", inside), encoding="utf-8")
    assert daicho(*propose) == 2
    assert "outside the workspace" in capsys.readouterr().err
    inside = inside.replace('"quarantine"', f'"{tmp_path}/q"')
    config.write_text(before.replace("[remediation]\n", inside), encoding="utf-8")

    assert daicho(*propose) == 2
    assert "Quarantine is not allowed at this source." in capsys.readouterr().err
    assert daicho("remediation", "permit", "s") == 0
    assert daicho(*propose) == 0
    assert daicho("remediation", "run", "1") == 2
    assert daicho("remediation", "approve", "1", *one) == 2
    assert "You can neither approve nor refuse your own proposal." in capsys.readouterr().err
    assert daicho("remediation", "approve", "1", *other) == 0
    assert daicho("remediation", "run", "1") == 0
    assert not gone.exists()
    assert daicho("scan", "s", "--jobs", "1") == 0
    capsys.readouterr()
    assert daicho("remediation", "list") == 0
    line = capsys.readouterr().out
    assert "\tDone\t" in line
    assert "A scan confirmed that it is gone" in line

    later = Workspace.open(Settings.load(made_workspace), clock=lambda: utc_now() + timedelta(days=40))
    owner = later.owner()
    assert JOBS["quarantine"].wanted(later)
    assert JOBS["quarantine"].run(later, owner, utc_now().date()) == {"destroyed": 1}
    later.close()
    assert list((tmp_path / "q").glob("*.quarantined")) == []
    assert daicho("remediation", "restore", "1") == 2
    output = tmp_path / "Q.pdf"
    assert daicho("remediation", "certificate", "1", "--output", output) == 0
    assert output.read_bytes().startswith(b"%PDF")
    assert daicho("remediation", "forbid", "s") == 0


def test_persons_propose_and_approve_and_not_whoever_works_at_the_machine(
    daicho: Command,
    made_workspace: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A password, and the code where the account has a second factor, never as an argument; on record."""
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "a.txt").write_text(FORM, encoding="utf-8")
    assert daicho("source", "add", tmp_path / "share", "--name", "s") == 0
    assert daicho("scan", "s", "--jobs", "1") == 0
    config = made_workspace / "daicho.toml"
    on = f'[remediation]\nenabled = true\nquarantine = "{tmp_path}/q"\n'
    config.write_text(config.read_text(encoding="utf-8").replace("[remediation]\n", on), encoding="utf-8")
    one, other = _person(made_workspace, "one"), _person(made_workspace, "other")
    exclude = ("remediation", "exclude", "a.txt", "--until", _soon(), "--reason", "架空")
    assert daicho(*exclude) == 2  # nobody named
    assert daicho(*exclude, *one[:2], *other[2:]) == 4  # the password of somebody else
    assert "is wrong" in capsys.readouterr().err
    assert daicho(*exclude, *one) == 0

    secret = _second_factor(made_workspace, "other")
    assert daicho("remediation", "approve", "1", *other) == 2  # no code
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORDS['other']}\n{totp.code(secret, _step() + 1)}\n"))
    assert daicho("remediation", "approve", "1", *other[:2], "--password-file", "-") == 0
    with _registry(made_workspace) as registry, registry.read(bootstrap_principal()) as tx:
        (made,) = book.remediations(tx)
        assert (made.proposer, made.decider) == ("one", "other")
        kept = [(line.action, line.actor) for line in journal.lines(tx, limit=50)]
        assert ("remediation_approved", "other") in kept
        assert ("signed_in", "other") in kept
        assert ("signed_out", "other") in kept
        assert ("sign_in_refused", "one") in kept
        with pytest.raises(InvalidValue, match="no_person"):
            book.decide(tx, made.id, expected_version=made.version, approve=False)


PASSWORDS = {"one": "青い 自転車 で 海 へ 7", "other": "赤い 電車 で 山 へ 8"}


def _person(workspace: Path, name: str) -> tuple[str, ...]:
    """Make an officer, and return the options with which they prove who they are."""
    with _registry(workspace) as registry, registry.write(bootstrap_principal()) as tx:
        unit_id = organisation.units(tx)[0].id
        user_id = accounts.create_account(tx, f"{name}@towa.example", name, PASSWORDS[name], "ja")
        accounts.grant(tx, user_id=user_id, role=Role.OFFICER, unit_id=unit_id)
    file = workspace.parent / f"{name}.txt"
    file.write_text(PASSWORDS[name], encoding="utf-8")
    file.chmod(0o600)
    return ("--as", f"{name}@towa.example", "--password-file", str(file))


def _second_factor(workspace: Path, name: str) -> str:
    """Turn on the second factor of somebody, and return its secret."""
    with _registry(workspace) as registry:
        with registry.read(bootstrap_principal()) as tx:
            (person,) = [each for each in accounts.principals(tx).values() if each.name == name]
        made = second_factor.begin(registry, person)
        assert second_factor.confirm(registry, person, totp.code(made.secret, _step()))
        return made.secret


def _step() -> int:
    return totp.step_at(utc_now())


def _soon() -> str:
    return (utc_now() + timedelta(days=20)).date().isoformat()


@contextmanager
def _registry(workspace: Path) -> Iterator[Registry]:
    opened = Workspace.open(Settings.load(workspace))
    yield opened.registry
    opened.close()
