"""`daicho doctor`: whether this deployment is sound, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import typer

from daicho.cli.console import ExitCode, _, examples, tell
from daicho.cli.options import WorkspaceOption
from daicho.doctor import data, files, outside, programs
from daicho.doctor.model import Finding, State
from daicho.errors import DaichoError, WorkspaceError
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry.errors import RegistryError
from registry.store import utc_now

HELP = _("導入した環境を調べ、問題ごとに意味と直し方を示します。") + examples(
    "daicho doctor", "daicho doctor --workspace /srv/daicho"
)


def doctor(workspace: WorkspaceOption = None) -> None:
    """Print one line for each check; exit code 4 when one found a fault."""
    settings = Settings.load(workspace)
    if not settings.workspace.is_dir():
        raise WorkspaceError(f"{settings.workspace} holds no workspace. Make one with: daicho init")
    marks = {State.GOOD: _("良好"), State.WARNING: _("要注意"), State.FAULT: _("問題")}
    faults = 0
    for finding in findings(settings):
        faults += finding.state is State.FAULT
        tell(f"{marks[finding.state]}\t{finding.subject}\t{finding.what}")
        if finding.advice:
            tell(f"\t→ {finding.advice}")
    if faults:
        raise typer.Exit(ExitCode.FAILED)


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what every check found; the data are looked at only when the workspace opens."""
    yield from programs.versions()
    yield from programs.isolation()
    yield from programs.ocr(settings.limits.ocr)
    yield from files.modes(settings)
    yield from files.key_place(settings)
    yield from files.room(settings)
    yield from outside.certificate(settings, utc_now())
    yield from outside.authority(settings)
    yield from outside.mail(settings)
    try:
        workspace = Workspace.open(settings)
    except (DaichoError, RegistryError) as error:
        yield Finding(
            _("台帳のデータベース"),
            State.FAULT,
            _("開きません: {reason}", reason=str(error)),
            _("鍵、接続先、プログラムの版を確かめてください。データは変えていません。"),
        )
        return
    checks: tuple[Callable[[Workspace], Iterator[Finding]], ...] = (data.registry, data.chain)
    try:
        for check in checks:
            yield from check(workspace)
        yield from data.clock(workspace, utc_now())
        yield from outside.heads(workspace, utc_now())
    finally:
        workspace.close()
