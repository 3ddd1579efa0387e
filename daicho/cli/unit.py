"""`daicho unit`: the organisation tree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import ExitCode, _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from daicho.table_file import rows_of
from daicho.table_headings import UNIT_HEADINGS
from registry import organisation, organisation_import, reorganisation
from registry.errors import InvalidValue
from registry.model import Unit, UnitId, UnitKind
from registry.organisation_import import ImportRefusedError, Outcome, Step, UnitLine
from registry.store import Tx

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
    privacy_mark: Annotated[
        str, typer.Option(help=_("プライバシーマークの登録番号（付与を登録するまでの控え）"))
    ] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Register one unit below another."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho unit add") as tx:
        above = _known(tx, parent) if parent else _root(organisation.units(tx))
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
        closed = "" if unit.closed_at is None else "\t" + _("閉鎖済み")
        tell(f"{'  ' * depth}{unit.code}\t{unit.kind.value}\t{unit.name_ja}{closed}")
        stack += [(child, depth + 1) for child in reversed(children.get(unit.id, []))]
    opened.close()


@app.command(
    "rename",
    help=_("組織単位の名称や記号を変えます。以前の名称は履歴に残ります。")
    + examples("daicho unit rename TOWA-SYS --name 東和デジタル --name-en 'Towa Digital'"),
)
def rename(
    code: Annotated[str, typer.Argument(help=_("記号"))],
    name: Annotated[str | None, typer.Option(help=_("名称（日本語）"))] = None,
    name_en: Annotated[str | None, typer.Option(help=_("名称（英語）"))] = None,
    new_code: Annotated[str | None, typer.Option(help=_("新しい記号"))] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Give a unit another name or code."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho unit rename") as tx:
        unit = _known(tx, code)
        changed = reorganisation.change_unit(
            tx,
            unit.id,
            expected_version=unit.version,
            code=unit.code if new_code is None else new_code,
            kind=unit.kind,
            name_ja=unit.name_ja if name is None else name,
            name_en=unit.name_en if name_en is None else name_en,
            country=unit.country,
            privacy_mark=unit.privacy_mark,
        )
    say(_("変更しました: {code} {name}", code=changed.code, name=changed.name_ja))
    opened.close()


@app.command(
    "move",
    help=_("組織単位を、その下の単位ごと別の単位の下へ移します。")
    + examples("daicho unit move TOWA-SYS --below TOWA-HD"),
)
def move(
    code: Annotated[str, typer.Argument(help=_("記号"))],
    below: Annotated[str, typer.Option(help=_("新しい上位の単位の記号"))],
    workspace: WorkspaceOption = None,
) -> None:
    """Hang a unit with all below it under another one."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho unit move") as tx:
        moved = reorganisation.move_unit(tx, _known(tx, code).id, _known(tx, below).id)
    say(_("移しました: {code}（上位 {parent}）", code=moved.code, parent=below))
    opened.close()


@app.command(
    "merge",
    help=_(
        "組織単位を閉じ、別の単位に引き継ぎます。台帳、検査結果、記録は元の単位のまま残り、引き継いだ単位から見えます。"
    )
    + examples("daicho unit merge TOWA-OLD --into TOWA-SYS"),
)
def merge(
    code: Annotated[str, typer.Argument(help=_("閉じる単位の記号"))],
    into: Annotated[str, typer.Option(help=_("引き継ぐ単位の記号"))],
    workspace: WorkspaceOption = None,
) -> None:
    """Close a unit; the one that takes it over sees all that it holds."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho unit merge") as tx:
        merged = reorganisation.merge_units(tx, _known(tx, code).id, _known(tx, into).id)
    say(_("閉じました: {code}（{into} が引き継ぎました）", code=merged.code, into=into))
    opened.close()


@app.command(
    "history",
    help=_("組織単位の名称と上位の移り変わりを示します。") + examples("daicho unit history TOWA-SYS"),
)
def history(code: Annotated[str, typer.Argument(help=_("記号"))], workspace: WorkspaceOption = None) -> None:
    """Print what a unit was and is, oldest first: until when, code, parent, name."""
    opened = open_workspace(workspace)
    with opened.registry.read(opened.owner()) as tx:
        codes = {unit.id: unit.code for unit in organisation.units(tx)}
        states = reorganisation.history(tx, _known(tx, code).id)
    for state in states:
        until = "-" if state.until is None else state.until.isoformat(timespec="seconds")
        parent = "" if state.parent_id is None else codes.get(state.parent_id, "")
        tell(f"{until}\t{state.code}\t{parent}\t{state.name_ja}")
    opened.close()


@app.command(
    "import",
    help=_(
        "組織単位を表（CSV、タブ区切り、Excel）から登録、変更、移動します。"
        "1 行でも誤りがあれば何も変えません。"
    )
    + examples("daicho unit import units.csv --dry-run", "daicho unit import units.csv"),
)
def import_units(
    file: Annotated[Path, typer.Argument(help=_("表のファイル。1 行目は列の名前"))],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("試すだけで、何も変えません"))] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Bring the tree to what a table says; exit code 2 when rows are refused."""
    lines, wrong = _lines(file)
    if wrong:
        raise _refused(file, wrong)
    opened = open_workspace(workspace)
    try:
        with opened.registry.write(opened.owner(), reason="daicho unit import") as tx:
            outcomes = organisation_import.take(tx, lines)
            if dry_run:
                tx.session.rollback()
    except ImportRefusedError as error:
        raise _refused(file, error.outcomes) from None
    finally:
        opened.close()
    _report(file, outcomes)
    say(_("試しました。何も変えていません。") if dry_run else _("取り込みました。"))


def _lines(file: Path) -> tuple[list[UnitLine], list[Outcome]]:
    lines, wrong = [], []
    for number, row in rows_of(file, UNIT_HEADINGS):
        try:
            lines.append(organisation_import.line(number, row))
        except InvalidValue as error:
            wrong.append(Outcome(number, row.get("code", ""), (Step.REFUSED,), error.column, error.rule))
    return lines, wrong


def _refused(file: Path, outcomes: Sequence[Outcome]) -> typer.Exit:
    _report(file, outcomes)
    say(_("誤りのある行があるため、何も変えていません。"))
    return typer.Exit(ExitCode.USAGE)


def _report(file: Path, outcomes: Sequence[Outcome]) -> None:
    words = {
        Step.CREATED: _("新規登録"),
        Step.CHANGED: _("変更"),
        Step.MOVED: _("移動"),
        Step.UNCHANGED: _("変更なし"),
        Step.REFUSED: _("誤り"),
    }
    for outcome in outcomes:
        what = ", ".join(words[step] for step in outcome.steps)
        why = f"\t{outcome.column}: {outcome.rule}" if outcome.refused else ""
        tell(f"{file.name}:{outcome.number}\t{outcome.code}\t{what}{why}")


def _known(tx: Tx, code: str) -> Unit:
    found = organisation.unit_by_code(tx, code)
    if found is None:
        raise UsageError(_("{code} という単位はありません。daicho unit list で確かめてください。", code=code))
    return found


def _root(units: list[Unit]) -> Unit:
    return next(unit for unit in units if unit.parent_id is None)
