"""`daicho serve`: the dashboard."""

from __future__ import annotations

from typing import Annotated

import typer

from daicho.cli.console import _, examples, say
from daicho.cli.options import WorkspaceOption, open_workspace

HELP = _("画面を開きます（このコンピューターからだけ見えます）。") + examples(
    "daicho serve", "daicho serve --port 8600"
)


def serve(
    workspace: WorkspaceOption = None,
    host: Annotated[str, typer.Option(help=_("待ち受ける住所"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=_("待ち受けるポート"), min=1, max=65535)] = 8501,
) -> None:
    """Serve the dashboard until interrupted."""
    from daicho.server import serve as run_server

    opened = open_workspace(workspace)
    opened.close()
    say(_("画面の住所: http://{host}:{port}/  （終えるには Ctrl+C）", host=host, port=port))
    run_server(opened.path, host, port)
