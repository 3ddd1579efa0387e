"""`daicho monitoring`: rules on monitoring workers, without which mailboxes and home folders stay closed."""

from __future__ import annotations

from typing import Annotated

import typer

from daicho.cli.console import _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.cli.source_options import day
from daicho.errors import UsageError
from registry import monitoring_rules, organisation
from registry.monitoring_rules import MonitoringRuleDraft

app = typer.Typer(
    help=_("従業者モニタリングの規則。メールボックスと個人用フォルダの走査に要ります。"),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    "add",
    help=_("従業者モニタリングの規則を登録します。")
    + examples(
        "daicho monitoring add 'モニタリング規程 第 3 条' --noticed 2026-04-01 --responsible 総務部長"
        " --purpose 個人データの漏えいの防止"
    ),
)
def add(
    name: Annotated[str, typer.Argument(help=_("規則の名称と条項"))],
    noticed: Annotated[str, typer.Option(help=_("従業者に知らせた日（2026-04-01）"))],
    responsible: Annotated[str, typer.Option(help=_("モニタリングの責任者"))],
    purpose: Annotated[str, typer.Option(help=_("モニタリングの目的"))],
    unit: Annotated[str, typer.Option(help=_("組織単位の記号（省略すると最上位）"))] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Register a rule."""
    noticed_on = day(noticed, "--noticed")
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho monitoring add") as tx:
        found = organisation.unit_by_code(tx, unit) if unit else opened.first_unit()
        if found is None:
            raise UsageError(
                _("{code} という単位はありません。daicho unit list で確かめてください。", code=unit)
            )
        monitoring_rules.register(tx, MonitoringRuleDraft(found.id, name, purpose, responsible, noticed_on))
    say(_("登録しました: {name}", name=name))
    opened.close()


@app.command("list", help=_("規則を一覧します。") + examples("daicho monitoring list"))
def list_rules(workspace: WorkspaceOption = None) -> None:
    """Print the rules: number, unit, name, day of notice, responsible person, purpose, day of the end."""
    opened = open_workspace(workspace)
    with opened.registry.read(opened.owner()) as tx:
        codes = {unit.id: unit.code for unit in organisation.units(tx)}
        for rule in monitoring_rules.rules(tx):
            ended = rule.ended_on.isoformat() if rule.ended_on else ""
            told = (str(rule.id), codes[rule.unit_id], rule.name, rule.noticed_on.isoformat())
            tell("\t".join((*told, rule.responsible, rule.purpose, ended)))
    opened.close()


@app.command("end", help=_("規則を今日で終えます。記録は残ります。") + examples("daicho monitoring end 1"))
def end(
    number: Annotated[int, typer.Argument(help=_("規則の番号"))], workspace: WorkspaceOption = None
) -> None:
    """End a rule."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho monitoring end") as tx:
        rule = next((each for each in monitoring_rules.rules(tx) if each.id == number), None)
        if rule is None:
            raise UsageError(_("その番号の規則はありません。daicho monitoring list で確かめてください。"))
        monitoring_rules.end(tx, rule.id, expected_version=rule.version)
    say(_("終えました: {name}", name=rule.name))
    opened.close()
