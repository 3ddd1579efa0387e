"""`daicho tick`: what must happen every day, and the scans that are due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from daicho import due_work
from daicho.cli.console import ExitCode, _, examples, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from daicho.pages.scan_failure_words import failure_words
from daicho.pages.source_words import SCAN_OUTCOME
from daicho.tick import Outcome
from daicho.tick import tick as run_tick
from daicho.workspace import Workspace

HELP = (
    _(
        "毎日の仕事を、一日に一度だけ行います: 期限切れの確認、終わったセッションの削除、検出結果の保存期間、"
        "差異の期限、リスク分析の見直し、証跡の期限、お知らせ、記録のアンカー。そのあと、予定の時刻になった対象と"
        "依頼された走査を一つずつ行います。何度実行しても、同時に実行しても、何台で実行しても安全です。"
        "cron か systemd から呼んでください。"
    )
    + examples("daicho tick", "daicho tick --no-scans", "daicho tick --scans-only")
    + "\n\n"
    + _("終了コード: 0 完了、3 設定が足りない仕事がある、4 失敗した仕事がある。")
)
_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.DONE: _("完了"),
    Outcome.ALREADY: _("今日は済んでいるか、実行中"),
    Outcome.NOT_SET_UP: _("設定が必要"),
    Outcome.FAILED: _("失敗"),
}


def tick(
    no_scans: Annotated[bool, typer.Option("--no-scans", help=_("走査は行わない"))] = False,
    scans_only: Annotated[bool, typer.Option("--scans-only", help=_("走査だけを行う"))] = False,
    workspace: WorkspaceOption = None,
) -> int:
    """Run what is due and print one line per job or scan: name, day, what came of it, numbers or advice."""
    if no_scans and scans_only:
        raise UsageError(_("--no-scans と --scans-only は一緒に使えません。"))
    opened = open_workspace(workspace)
    try:
        outcomes = set() if scans_only else _daily(opened)
        if not no_scans:
            outcomes |= _scans(opened)
    finally:
        opened.close()
    if Outcome.FAILED in outcomes:
        return ExitCode.FAILED
    return ExitCode.INCOMPLETE if Outcome.NOT_SET_UP in outcomes else ExitCode.DONE


def _daily(opened: Workspace) -> set[Outcome]:
    ran = run_tick(opened)
    for each in ran:
        numbers = " ".join(f"{name}={number}" for name, number in each.numbers.items())
        tell("\t".join((each.job, each.period, _OUTCOMES[each.outcome], numbers or each.advice)).rstrip())
    return {each.outcome for each in ran}


def _scans(opened: Workspace) -> set[Outcome]:
    outcomes = set()
    for each in due_work.run_due(opened):
        progress = each.progress
        numbers = f"done={progress.done} failed={progress.failed} findings={progress.findings}"
        told = _(SCAN_OUTCOME.get(each.outcome, SCAN_OUTCOME[due_work.FAILED]))
        tell("\t".join(("scan", each.source, told, failure_words(each.why, _) if each.why else numbers)))
        outcomes.add(Outcome.FAILED if each.outcome in due_work.FAILURES else Outcome.DONE)
    return outcomes
