"""A request to an owner: sent once approved, with masked facts alone; what the server refuses is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from daicho import remediating
from daicho.errors import UsageError
from daicho.notify_settings import MailSettings, NotifySettings, Security
from daicho.remediating import RemediationFailedError
from daicho.remediation_settings import RemediationSettings
from daicho.settings import Settings
from daicho.web_settings import WebSettings
from daicho.workspace import Workspace
from registry import remediation as book
from registry.errors import InvalidValue
from registry.remediation_states import RemediationKind, RemediationState, Request, Wish
from tests.notify.servers import mail_server
from tests.remediation.bench import Bench


def workspace_of(bench: Bench, tmp_path: Path, port: int) -> Workspace:
    """Return the bench as a workspace with a mail server."""
    mail = MailSettings("127.0.0.1", port, Security.NONE, "daicho@example.jp")
    settings = Settings(
        tmp_path / "workspace",
        web=WebSettings(public_url="https://daicho.example.jp"),
        notify=NotifySettings(mail, {}, ""),
        remediation=RemediationSettings(enabled=True, quarantine=tmp_path / "quarantine"),
    )
    return Workspace(settings.workspace, settings, bench.registry.vault, bench.registry, bench.store)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_owner_is_asked_by_mail_and_the_answer_kept(bench: Bench, tmp_path: Path, language: str) -> None:
    """The mail holds masked place, counts, wish and day; it goes out once; then an answer is kept."""
    path = bench.file("人事/名簿.txt", b"found")
    shown = replace(bench.found(path), shown="人事/●●.txt")
    bench.scan([shown])
    request = Request("suzuki@example.jp", Wish.MOVE, language)
    remediation_id = bench.approved(path, RemediationKind.REQUEST, days=14, request=request)
    with mail_server() as box:
        workspace = workspace_of(bench, tmp_path, box.port)
        done = remediating.run(workspace, bench.one, remediation_id)
        assert done.state is RemediationState.DONE
        with pytest.raises(InvalidValue, match="not_approved"):
            remediating.run(workspace, bench.one, remediation_id)
        (mail,) = box.mails()
        body = mail.get_content()
    assert mail["To"] == "suzuki@example.jp"
    assert "人事/●●.txt" in body
    assert "名簿" not in body
    for part in {"ja": ("氏名: 3 件", "2026/04/15", "移して"), "en": ("Name: 3", "15 Apr 2026", "move it")}[
        language
    ]:
        assert part in body
    with bench.registry.write(bench.one) as tx:
        version = book.remediation(tx, remediation_id).version
        assert book.answer(tx, remediation_id, "移しました", expected_version=version).answer == "移しました"


def test_an_unreachable_server_is_a_failure_that_may_be_tried_again(bench: Bench, tmp_path: Path) -> None:
    """It is written down; the same request goes out later; without a server the setting is named."""
    path = bench.file("a.txt")
    bench.scan()
    request = Request("suzuki@example.jp", Wish.DELETE, "ja")
    remediation_id = bench.approved(path, RemediationKind.REQUEST, days=14, request=request)
    with mail_server() as box:
        port = box.port
    with pytest.raises(RemediationFailedError):
        remediating.run(workspace_of(bench, tmp_path, port), bench.one, remediation_id)
    assert bench.now(remediation_id).failure == "mail"
    workspace = workspace_of(bench, tmp_path, port)
    bare = replace(workspace, settings=replace(workspace.settings, notify=NotifySettings()))
    with pytest.raises(UsageError, match="notify"):
        remediating.run(bare, bench.one, remediation_id)
    with mail_server() as box:
        again = workspace_of(bench, tmp_path, box.port)
        assert remediating.run(again, bench.one, remediation_id).state is RemediationState.DONE
        assert len(box.mails()) == 1
