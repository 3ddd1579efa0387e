"""`daicho journal`: the record of every change."""

from __future__ import annotations

import typer

from daicho.cli.console import ExitCode, _, examples, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from registry import journal

app = typer.Typer(help=_("変更の記録を確かめます。"), no_args_is_help=True, rich_markup_mode=None)


@app.command(
    "verify", help=_("記録の鎖が改ざんされていないことを確かめます。") + examples("daicho journal verify")
)
def verify(workspace: WorkspaceOption = None) -> None:
    """Walk the whole chain; exit code 4 when it is broken."""
    opened = open_workspace(workspace)
    verdict = journal.verify(opened.registry)
    opened.close()
    if verdict.ok:
        tell(_("記録 {count:,} 件の鎖に切れ目はありません。", count=verdict.count))
        return
    tell(_("記録の鎖が {seq} 番で切れています: {fault}", seq=verdict.broken_seq, fault=verdict.what))
    raise typer.Exit(ExitCode.FAILED)
