"""Words of change reports: states, origins, what a body wants to be told, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from privacy_mark.changes.catalogue import Kind, Outcome, Reports, rules
from privacy_mark.changes.model import Origin, State, TaskState

STATE: Mapping[State, str] = {
    State.OPEN: mark("変更に対応中"),
    State.SUBMITTED: mark("完了の承認待ち"),
    State.CLOSED: mark("変更の対応完了"),
}
TASK: Mapping[TaskState, str] = {
    TaskState.OPEN: mark("未実施"),
    TaskState.DONE: mark("対応済み"),
    TaskState.LEFT: mark("不要"),
}
ORIGIN: Mapping[Origin, str] = {
    Origin.TREE: mark("組織の変更から"),
    Origin.POSTS: mark("役職者の交代から"),
    Origin.HAND: mark("手で登録"),
}
REPORTS: Mapping[Reports, str] = {
    Reports.ALWAYS: mark("変更の都度、報告する"),
    Reports.ASSESSMENT: mark("審査中の変更だけ報告する"),
    Reports.NEXT: mark("次の更新申請に書く"),
    Reports.ASK: mark("審査機関に確かめる"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("certificate", "ended"): mark("この付与は終わっています。"),
    ("after", "required"): mark("変更後の内容を入れてください。"),
    ("kind", "fixed"): mark("変更の種類は変えられません。別の変更として登録してください。"),
    ("note", "required"): mark("行ったこと、または不要な理由を入れてください。"),
    ("on", "future"): mark("実施した日が先の日付です。"),
    ("task", "done"): mark("この作業は終わっています。"),
    ("task", "open"): mark("この作業はまだ終わっていません。"),
    ("question", "none"): mark("この変更には、審査機関の回答は要りません。"),
    ("answer", "required"): mark("確かめた内容を入れてください。"),
    ("answered_on", "future"): mark("確かめた日は、今日までの日付にしてください。"),
    ("answer", "outstanding"): mark("審査機関の回答を記録してから、完了の承認を依頼します。"),
    ("tasks", "open"): mark("終わっていない作業があります。"),
    ("approver", "own_work"): mark("ご自身が対応した変更は承認できません。別の方が承認します。"),
    ("remark", "required"): mark("差し戻す理由を入れてください。"),
    ("state", "closed"): mark("この変更報告は完了していて、変更できません。"),
    ("state", "not_open"): mark("承認を待っているため、変更できません。"),
    ("state", "not_submitted"): mark("承認を待っている変更報告ではありません。"),
}


def kind(of: Kind, context: PageContext) -> str:
    """Return what changed, in words."""
    return rules().kinds[of].name.of(context.language)


def outcome(of: Outcome, context: PageContext) -> str:
    """Return what the body said, in words."""
    return rules().outcomes[of].name.of(context.language)


def task(of: str, context: PageContext) -> str:
    """Return a task in words; one that the rules no longer tell of by its id."""
    known = rules().tasks.get(of)
    return known.name.of(context.language) if known else of


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context, mark("この変更報告は見つからないか、閲覧できません。"))
