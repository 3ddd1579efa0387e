"""`daicho unit`: the organisation tree."""

from __future__ import annotations

from typing import Annotated

import typer

from daicho.cli.console import _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from registry import organisation
from registry.model import Unit, UnitId, UnitKind

app = typer.Typer(help=_("組織単位を登録・一覧します。"), no_args_is_help=True, rich_markup_mode=None)


@app.command(
    "add",
    help=_("組織単位を登録します。")
    + examples("daicho unit add --code TOWA-SYS --name 東和システムズ --kind company --parent ROOT"),
)
def add(
    code: Annotated[str, typer.Option(help=_("記号（重ならないもの）"))],
    name: Annotated[str, typer.Option(help=_("名称（日本語）"))],
    kind: Annotated[UnitKind, typer.Option(help=_("種類"))] = UnitKind.COMPANY,
    parent: Annotated[str, typer.Option(help=_("上位の単位の記号（省略すると最上位の下）"))] = "",
    name_en: Annotated[str, typer.Option(help=_("名称（英語）"))] = "",
    country: Annotated[str, typer.Option(help=_("国（ISO 3166-1 の 2 文字）"))] = "JP",
    privacy_mark: Annotated[str, typer.Option(help=_("プライバシーマークの登録番号"))] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Register one unit below another."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho unit add") as tx:
        above = organisation.unit_by_code(tx, parent) if parent else _root(organisation.units(tx))
        if above is None:
            raise UsageError(
                _("{code} という単位はありません。daicho unit list で確かめてください。", code=parent)
            )
        made = organisation.create_unit(
            tx,
            code=code,
            kind=kind,
            name_ja=name,
            name_en=name_en,
            parent_id=above.id,
            country=country,
            privacy_mark=privacy_mark,
        )
    say(_("登録しました: {code} {name}", code=made.code, name=made.name_ja))
    opened.close()


@app.command("list", help=_("組織単位を木の形で一覧します。") + examples("daicho unit list"))
def list_units(workspace: WorkspaceOption = None) -> None:
    """Print the tree of units."""
    opened = open_workspace(workspace)
    with opened.registry.read(opened.owner()) as tx:
        units = organisation.units(tx)
    children: dict[UnitId | None, list[Unit]] = {}
    for unit in units:
        children.setdefault(unit.parent_id, []).append(unit)
    stack = [(unit, 0) for unit in reversed(children.get(None, []))]
    while stack:
        unit, depth = stack.pop()
        tell(f"{'  ' * depth}{unit.code}\t{unit.kind.value}\t{unit.name_ja}")
        stack += [(child, depth + 1) for child in reversed(children.get(unit.id, []))]
    opened.close()


def _root(units: list[Unit]) -> Unit | None:
    return next((unit for unit in units if unit.parent_id is None), None)
