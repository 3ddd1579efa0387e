"""`daicho tick`: what must happen every day."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.cli.console import ExitCode, _, examples, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.tick import Outcome
from daicho.tick import tick as run_tick

HELP = (
    _(
        "毎日の仕事を、一日に一度だけ行います: 期限切れの確認、終わったセッションの削除、差異の期限、"
        "リスク分析の見直し、証跡の期限、お知らせ、記録のアンカー。何度実行しても、同時に実行しても安全です。"
        "cron か systemd から呼んでください。"
    )
    + examples("daicho tick")
    + "\n\n"
    + _("終了コード: 0 完了、3 設定が足りない仕事がある、4 失敗した仕事がある。")
)
_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.DONE: _("完了"),
    Outcome.ALREADY: _("今日は済んでいるか、実行中"),
    Outcome.NOT_SET_UP: _("設定が必要"),
    Outcome.FAILED: _("失敗"),
}


def tick(workspace: WorkspaceOption = None) -> int:
    """Run what is due and print one line per job: name, day, what came of it, numbers or advice."""
    opened = open_workspace(workspace)
    ran = run_tick(opened)
    opened.close()
    for each in ran:
        numbers = " ".join(f"{name}={number}" for name, number in each.numbers.items())
        tell("\t".join((each.job, each.period, _OUTCOMES[each.outcome], numbers or each.advice)).rstrip())
    outcomes = {each.outcome for each in ran}
    if Outcome.FAILED in outcomes:
        return ExitCode.FAILED
    return ExitCode.INCOMPLETE if Outcome.NOT_SET_UP in outcomes else ExitCode.DONE
