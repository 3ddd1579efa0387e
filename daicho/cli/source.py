"""`daicho source`: the registered places that scans examine."""

from __future__ import annotations

from typing import Annotated

import typer

from daicho.cli.console import _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from daicho.scanning import as_url
from registry import organisation, sources

app = typer.Typer(
    help=_("走査の対象を登録・一覧・取り消します。"), no_args_is_help=True, rich_markup_mode=None
)


@app.command(
    "add",
    help=_("走査の対象を登録します。URL に認証情報は書けません。")
    + examples(
        "daicho source add --name 人事共有 --unit ROOT --owner 人事部 /srv/share/jinji",
        "daicho source add --name hr-db --unit ROOT --owner 人事部 postgresql://db.example.internal/hr",
    ),
)
def add(
    url: Annotated[str, typer.Argument(help=_("フォルダ、ファイル、またはデータベースの URL"))],
    name: Annotated[str, typer.Option(help=_("名前（重ならないもの）"))],
    unit: Annotated[str, typer.Option(help=_("組織単位の記号（省略すると最上位）"))] = "",
    owner: Annotated[str, typer.Option(help=_("管理する部門や責任者"))] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Register one source."""
    opened = open_workspace(workspace)
    place = as_url(url)
    with opened.registry.write(opened.owner(), reason="daicho source add") as tx:
        found = organisation.unit_by_code(tx, unit) if unit else opened.first_unit()
        if found is None:
            raise UsageError(
                _("{code} という単位はありません。daicho unit list で確かめてください。", code=unit)
            )
        sources.add_source(tx, unit_id=found.id, name=name, owner=owner, url=place)
    say(_("登録しました: {name}", name=name))
    opened.close()


@app.command("list", help=_("登録した対象を一覧します。") + examples("daicho source list"))
def list_sources(workspace: WorkspaceOption = None) -> None:
    """Print every registered source: name, unit, owner and URL, separated by tabs."""
    opened = open_workspace(workspace)
    with opened.registry.read(opened.owner()) as tx:
        codes = {unit.id: unit.code for unit in organisation.units(tx)}
        for row in sources.list_sources(tx):
            tell("\t".join((row.name, codes[row.unit_id], row.owner, row.url)))
    opened.close()


@app.command(
    "remove",
    help=_("登録を取り消します。走査の結果と記録は残ります。") + examples("daicho source remove 人事共有"),
)
def remove(
    name: Annotated[str, typer.Argument(help=_("対象の名前"))],
    workspace: WorkspaceOption = None,
) -> None:
    """Remove one source by name."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho source remove") as tx:
        row = sources.source_by_name(tx, name)
        if row is None:
            raise UsageError(
                _("{name} という対象はありません。daicho source list で確かめてください。", name=name)
            )
        sources.remove_source(tx, row.id)
    say(_("取り消しました: {name}", name=name))
    opened.close()
