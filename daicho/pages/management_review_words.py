"""Words of management reviews: topics, what was counted of them, states, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from daicho.pages import (
    action_words,
    addresses,
    audit_words,
    complaint_words,
    request_words,
    risk_words,
    self_check_words,
    words,
)
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import why_not
from daicho.text import mark
from privacy_mark.reviews.model import (
    Behind,
    Decision,
    DecisionKind,
    DecisionState,
    Figure,
    Input,
    ReviewLine,
    State,
    Topic,
)
from registry.errors import Duplicate

STATE: Mapping[State, str] = {
    State.PLANNED: mark("開催予定"),
    State.HELD: mark("議事録の作成中"),
    State.SUBMITTED: mark("議事録の承認待ち"),
    State.CLOSED: mark("議事録を承認済み"),
    State.CANCELLED: mark("開催中止"),
}
TOPIC: Mapping[Topic, str] = {
    Topic.FOLLOW_UP: mark("前回までの見直しの決定"),
    Topic.AUDITS: mark("内部監査の結果"),
    Topic.ACTIONS: mark("不適合と是正処置"),
    Topic.CHECKS: mark("運用の確認の結果"),
    Topic.SELF_CHECKS: mark("海外会社の自己点検の結果"),
    Topic.COMPLAINTS: mark("苦情・相談・外部の意見"),
    Topic.REQUESTS: mark("開示等の請求の状況"),
    Topic.ACCIDENTS: mark("事故と報告"),
    Topic.LEDGER: mark("台帳の見直しと実態との差異"),
    Topic.RISKS: mark("リスク分析の状況"),
    Topic.TRAINING: mark("教育の実施状況"),
    Topic.PLAN: mark("個人情報保護目的と年間計画の達成"),
    Topic.CERTIFICATES: mark("付与と更新の時期"),
    Topic.LAWS: mark("法令・指針・規範の変更"),
    Topic.CIRCUMSTANCES: mark("社会・技術・事業の変化"),
    Topic.PROPOSALS: mark("改善の提案"),
}
KIND: Mapping[DecisionKind, str] = {
    DecisionKind.IMPROVEMENT: mark("改善の機会"),
    DecisionKind.CHANGE: mark("仕組みの変更"),
    DecisionKind.RESOURCES: mark("人員・予算・設備"),
}
DECISION: Mapping[DecisionState, str] = {
    DecisionState.OPEN: mark("決定を実施中"),
    DecisionState.DONE: mark("決定を実施済み"),
    DecisionState.DROPPED: mark("決定を取りやめ"),
}
PAGE: Mapping[Topic, tuple[str, str]] = {
    Topic.FOLLOW_UP: (addresses.MANAGEMENT_REVIEWS, "review"),
    Topic.AUDITS: (addresses.AUDITS, "audit"),
    Topic.ACTIONS: (addresses.ACTIONS, "action"),
    Topic.CHECKS: (addresses.CONFIRMATIONS, "round"),
    Topic.SELF_CHECKS: (addresses.SELF_CHECKS, "check"),
    Topic.COMPLAINTS: (addresses.COMPLAINTS, "complaint"),
    Topic.REQUESTS: (addresses.REQUESTS, "request"),
    Topic.ACCIDENTS: (addresses.CERTIFICATES, "certificate"),
    Topic.LEDGER: (addresses.CASES, "case"),
    Topic.RISKS: (addresses.RISKS, "entry"),
    Topic.TRAINING: (addresses.TRAINING, "course"),
    Topic.PLAN: (addresses.PMS_YEARS, "year"),
    Topic.CERTIFICATES: (addresses.CERTIFICATES, "certificate"),
    Topic.LAWS: (addresses.LAWS, "list"),
}
"""On which page the rows of a topic are, and by which name in its address one is opened; see `query`."""

_FIGURE: Mapping[tuple[Topic, str], str] = {
    (Topic.FOLLOW_UP, "done"): mark("実施した決定"),
    (Topic.FOLLOW_UP, "open"): mark("実施中の決定"),
    (Topic.FOLLOW_UP, "late"): mark("期限を過ぎた決定"),
    (Topic.FOLLOW_UP, "dropped"): mark("取りやめた決定"),
    (Topic.AUDITS, "done"): mark("終えた監査"),
    (Topic.AUDITS, "conformity"): mark("適合状況の監査"),
    (Topic.AUDITS, "operation"): mark("運用状況の監査"),
    (Topic.AUDITS, "late"): mark("期限を過ぎた監査"),
    (Topic.AUDITS, "nonconforming"): mark("監査での不適合"),
    (Topic.AUDITS, "observation"): mark("監査での観察事項"),
    (Topic.ACTIONS, "found"): mark("見つかった不適合"),
    (Topic.ACTIONS, "closed"): mark("承認された是正処置"),
    (Topic.ACTIONS, "open"): mark("終わっていない是正処置"),
    (Topic.ACTIONS, "late"): mark("期限を過ぎた是正処置"),
    (Topic.ACTIONS, "repeated"): mark("効果がなくやり直した是正処置"),
    (Topic.CHECKS, "answered"): mark("回答した職場・業務"),
    (Topic.CHECKS, "confirmed"): mark("確かめた回答"),
    (Topic.CHECKS, "exceptions"): mark("例外のある回答"),
    (Topic.CHECKS, "late"): mark("期限を過ぎた未回答"),
    (Topic.SELF_CHECKS, "answered"): mark("回答した会社"),
    (Topic.SELF_CHECKS, "confirmed"): mark("結果が確定した会社"),
    (Topic.SELF_CHECKS, "doubts"): mark("疑問点のある会社"),
    (Topic.SELF_CHECKS, "late"): mark("期限を過ぎた未回答の会社"),
    (Topic.COMPLAINTS, "complaint"): mark("受けた苦情"),
    (Topic.COMPLAINTS, "consultation"): mark("受けた相談"),
    (Topic.COMPLAINTS, "opinion"): mark("受けた外部の意見"),
    (Topic.COMPLAINTS, "open"): mark("完了していないもの"),
    (Topic.COMPLAINTS, "late"): mark("回答が期限に遅れたもの"),
    (Topic.REQUESTS, "received"): mark("受け付けた請求"),
    (Topic.REQUESTS, "open"): mark("回答していない請求"),
    (Topic.REQUESTS, "late"): mark("期限に遅れた請求"),
    (Topic.REQUESTS, "refused"): mark("応じなかった請求"),
    (Topic.ACCIDENTS, "discovered"): mark("発覚した事故"),
    (Topic.ACCIDENTS, "unreported"): mark("確報の済んでいない事故"),
    (Topic.ACCIDENTS, "late"): mark("確報が期限に遅れた事故"),
    (Topic.LEDGER, "review_late"): mark("見直しの期限を過ぎた記載"),
    (Topic.LEDGER, "open"): mark("残っている差異"),
    (Topic.LEDGER, "late"): mark("期限を過ぎた差異"),
    (Topic.LEDGER, "opened"): mark("期間中に見つかった差異"),
    (Topic.LEDGER, "closed"): mark("期間中に解消した差異"),
    (Topic.RISKS, "accepted"): mark("残留リスクを承認した記載"),
    (Topic.RISKS, "none"): mark("分析していない記載"),
    (Topic.RISKS, "reopened"): mark("再分析の要る記載"),
    (Topic.RISKS, "due"): mark("見直しの期限が来た記載"),
    (Topic.RISKS, "measures_late"): mark("期限を過ぎたリスク対策"),
    (Topic.TRAINING, "passed"): mark("合格した方"),
    (Topic.TRAINING, "missing"): mark("未受講・不合格の方"),
    (Topic.TRAINING, "on_leave"): mark("休職・休業中の方"),
    (Topic.TRAINING, "few"): mark("対象者が少ないため人数を示さないコース"),
    (Topic.PLAN, "done"): mark("実施した計画の項目"),
    (Topic.PLAN, "late"): mark("遅れている計画の項目"),
    (Topic.PLAN, "objectives"): mark("達成した目的"),
    (Topic.LAWS, "changes"): mark("法令などの改正"),
    (Topic.LAWS, "open"): mark("対応の終わっていない改正"),
    (Topic.LAWS, "late"): mark("対応の期限を過ぎた改正"),
    (Topic.LAWS, "reviews"): mark("承認された一覧の見直し"),
    (Topic.CERTIFICATES, "held"): mark("受けている付与"),
    (Topic.CERTIFICATES, "applying"): mark("申請を準備中の付与"),
    (Topic.CERTIFICATES, "window_open"): mark("更新申請の受付期間にある付与"),
}
_CODE: Mapping[Topic, Mapping[str, str]] = {
    Topic.FOLLOW_UP: {state.value: word for state, word in DECISION.items()},
    Topic.AUDITS: {
        **{kind.value: word for kind, word in audit_words.KIND.items()},
        **{state.value: word for state, word in audit_words.AUDIT_STATE.items()},
    },
    Topic.ACTIONS: {
        **{grade.value: word for grade, word in action_words.GRADE.items()},
        **{state.value: word for state, word in action_words.STATE.items()},
    },
    Topic.CHECKS: {"exceptions": mark("例外のある回答あり"), "none": mark("例外のある回答なし")},
    Topic.SELF_CHECKS: {state.value: word for state, word in self_check_words.STATE.items()},
    Topic.COMPLAINTS: {kind.value: word for kind, word in complaint_words.KIND.items()},
    Topic.REQUESTS: {kind.value: word for kind, word in request_words.KIND.items()},
    Topic.ACCIDENTS: {"suspected": mark("発生のおそれ"), "certain": mark("発生")},
    Topic.LEDGER: {kind.value: word for kind, word in words.DISCREPANCY.items()},
    Topic.RISKS: {state.value: word for state, word in risk_words.STATE.items()},
    Topic.LAWS: {"open": mark("改正への対応中"), "done": mark("改正への対応済み")},
    Topic.TRAINING: {"few": mark("対象者が少ないため人数は示しません")},
    Topic.PLAN: {"late": mark("実施が遅れています")},
    Topic.CERTIFICATES: {
        "opens": mark("更新申請の受付開始日"),
        "closes": mark("更新申請の受付終了日"),
        "expires": mark("有効期間の最終日"),
        "applying": mark("初めての申請を準備中"),
    },
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("unit_id", "closed"): mark("この組織は閉じられています。"),
    ("chair", "required"): mark("議長（トップマネジメント）の氏名を入れてください。"),
    ("state", "not_planned"): mark("開催前の見直しだけに行える操作です。"),
    ("state", "not_held"): mark("議事録の作成中だけに行える操作です。"),
    ("state", "not_submitted"): mark("承認を依頼された議事録ではありません。"),
    ("state", "ended"): mark("この決定は、もう実施中ではありません。"),
    ("held_on", "future"): mark("開催日が先の日付です。"),
    ("held_on", "before_last"): mark("開催日が、前回の見直しより前です。"),
    ("attendees", "required"): mark("出席者を入れて保存してから、承認を依頼してください。"),
    ("minutes", "required"): mark("議事録を入れて保存してから、承認を依頼してください。"),
    ("minutes", "too_long"): mark("議事録が長すぎます。"),
    ("what", "required"): mark("何を行うかを入れてください。"),
    ("owner", "required"): mark("担当する方の氏名を入れてください。"),
    ("owner_id", "unknown"): mark("この方は、この単位の見直しの担当にできません。"),
    ("due_on", "before_review"): mark("実施期限が開催日より前です。"),
    ("due_on", "past"): mark("新しい期限は今日以後の日にしてください。"),
    ("ended_on", "future"): mark("実施日が先の日付です。"),
    ("result", "required"): mark("行ったこと、または取りやめる理由を入れてください。"),
    ("note", "required"): mark("理由を入れてください。"),
    ("conclusion", "required"): mark("決定のない見直しには、トップマネジメントの総括を入れてください。"),
    ("approver", "same_person"): mark("議事録に書き込んだ方は承認できません。別の方が承認します。"),
}
_TAKEN = mark("この単位には、同じ日に予定された見直しがあります。")


def query(topic: Topic, row: str) -> dict[str, str]:
    """Return what opens a row on the page of its topic; a change of a law opens the norm in its list."""
    name = PAGE[topic][1]
    if topic is not Topic.LAWS:
        return {name: row}
    unit, _, law = row.partition("/")
    return {name: unit, "law": law}


def figure(topic: Topic, of: Figure, context: PageContext) -> tuple[str, str]:
    """Return what was counted, and the number, maybe out of so many."""
    known, number = _FIGURE.get((topic, of.name)), context.formats.number
    name = context.text(known) if known else of.name
    value = number(of.number) if of.of is None else f"{number(of.number)} / {number(of.of)}"
    return name[:1].upper() + name[1:], value


def told(of: Input, context: PageContext, *, asks: bool = False) -> str:
    """Return what is known of a topic in one line; `asks`: what is missing can still be written."""
    text = context.text
    if of.topic.is_written:
        return text("人が書き入れる項目です。") if asks or of.words else text("何も書かれませんでした。")
    if of.facts is None:
        return text("記録なし。補足に書き入れてください。") if asks else text("記録はありません。")
    if not of.facts.figures:
        return text("該当する記録はありません。")
    pairs = [figure(of.topic, each, context) for each in of.facts.figures]
    rest = [(name[:1].lower() + name[1:], value) for name, value in pairs[1:]]
    return text("、").join(f"{name} {value}" for name, value in (pairs[0], *rest))


def code(topic: Topic, of: Behind, context: PageContext) -> str:
    """Return what a row is, with its title where it has one."""
    known = _CODE.get(topic, {})
    said = [context.text(known[each]) if each in known else each for each in of.code.split()]
    return "　".join(each for each in (of.named(context.language), *said) if each) or NONE


def counted(of: Behind, context: PageContext) -> str:
    """Return the count of a row out of so many."""
    number = context.formats.number
    return number(of.count) if of.of is None else f"{number(of.count)} / {number(of.of)}"


def day_of(each: ReviewLine, context: PageContext) -> str:
    """Return when a review was held, or is planned."""
    return context.formats.day(each.held_on or each.planned_on)


def decided(of: Decision, today: date, context: PageContext) -> str:
    """Return what became of a decision."""
    if of.is_late(today):
        return context.text("{days} 日過ぎています", days=(today - of.due_on).days)
    return context.text(DECISION[of.state])


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    if isinstance(error, Duplicate):
        return context.text(_TAKEN)
    return why_not(error, _REFUSED, context, mark("この見直しは見つからないか、閲覧できません。"))
