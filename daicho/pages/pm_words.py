"""Words of the Privacy Mark pages: states, days of the calendar, and what was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from daicho.pages import addresses
from daicho.pages.context import PageContext
from daicho.pages.steps import take, why_not
from daicho.text import Translator, mark
from privacy_mark.certificates.agenda import Event, EventKind
from privacy_mark.certificates.cycle import Derived, cycle
from privacy_mark.certificates.fees import RoundKind, Size
from privacy_mark.certificates.model import RoundState, State
from privacy_mark.certificates.steps import procedure
from privacy_mark.certificates.year_model import Item, Outcome, RevisionState, Room, YearState
from privacy_mark.due import Level
from registry.store import Tx

STATE: Mapping[State, str] = {
    State.APPLYING: mark("取得準備中"),
    State.HELD: mark("付与"),
    State.WITHDRAWN: mark("返上・取消し"),
    State.LAPSED: mark("失効"),
}
ROUND: Mapping[RoundState, str] = {
    RoundState.OPEN: mark("審査中"),
    RoundState.GRANTED: mark("付与適格"),
    RoundState.REFUSED: mark("付与否認"),
    RoundState.WITHDRAWN: mark("取下げ"),
}
KIND: Mapping[RoundKind, str] = {RoundKind.FIRST: mark("新規申請"), RoundKind.RENEWAL: mark("更新申請")}
SIZE: Mapping[Size, str] = {
    Size.SMALL: mark("小規模"),
    Size.MEDIUM: mark("中規模"),
    Size.LARGE: mark("大規模"),
}
EVENT: Mapping[EventKind, str] = {
    EventKind.FIRST_REPORT: mark("事故の速報の期限"),
    EventKind.FULL_REPORT: mark("事故の確報の期限"),
    EventKind.OPENS: mark("更新申請の受付開始"),
    EventKind.CLOSES: mark("更新申請の受付終了"),
    EventKind.STEP: mark("審査の予定"),
    EventKind.EXPIRES: mark("有効期間の満了"),
}
YEAR: Mapping[YearState, str] = {
    YearState.DRAFT: mark("計画を作成中"),
    YearState.SUBMITTED: mark("計画の承認待ち"),
    YearState.APPROVED: mark("計画を実施中"),
    YearState.CLOSED: mark("年度終了"),
}
REVISION: Mapping[RevisionState, str] = {
    RevisionState.SUBMITTED: mark("改定の承認待ち"),
    RevisionState.APPROVED: mark("改定を承認済み"),
    RevisionState.RETURNED: mark("改定を差し戻し"),
}
OUTCOME: Mapping[Outcome, str] = {
    Outcome.REACHED: mark("達成"),
    Outcome.PARTLY: mark("一部達成"),
    Outcome.MISSED: mark("未達成"),
}
DERIVED: Mapping[Derived, str] = {
    Derived.START: mark("年度の始まりから"),
    Derived.WINDOW: mark("更新の受付開始の前に"),
    Derived.LAST: mark("前回から 1 年以内"),
    Derived.OWN: mark("手で決めた日"),
}
ROOM: Mapping[Room, tuple[str, str, str]] = {
    Room.PLAN: (mark("計画の承認"), addresses.PMS_YEARS, "year"),
    Room.LAWS: (mark("法令等一覧の見直し"), addresses.LAWS, "list"),
    Room.LEDGER: (mark("台帳の見直し"), addresses.LEDGER, ""),
    Room.RISKS: (mark("リスク分析の見直し"), addresses.RISKS, ""),
    Room.RULES: (mark("規程の見直し"), addresses.DOCUMENTS, ""),
    Room.TRAINING: (mark("教育の記録"), addresses.TRAINING, ""),
    Room.PROCESSORS: (mark("委託先の評価"), addresses.PROCESSORS, ""),
    Room.CONFIRMATIONS: (mark("運用の確認"), addresses.CONFIRMATIONS, ""),
    Room.AUDIT: (mark("内部監査の報告"), addresses.AUDITS, "programme"),
    Room.REVIEW: (mark("マネジメントレビュー"), addresses.MANAGEMENT_REVIEWS, "review"),
}
"""Whose record finished an item: what it is called, its page and the name of the row in its address."""
LEVEL: Mapping[Level, str] = {
    Level.RESPONSIBLE: mark("担当者"),
    Level.PRIVACY_MANAGER: mark("個人情報保護管理者まで"),
    Level.TOP_MANAGEMENT: mark("トップマネジメントまで"),
    Level.HEADQUARTERS: mark("グループ本社まで"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("mark", "form"): mark("登録番号は「第18820040(07)号」の形で入れてください。"),
    ("mark", "taken"): mark("この登録番号は、すでに登録されています。"),
    ("mark", "not_next"): mark("登録番号は同じ番号で、回数が 1 つ増えたものを入れてください。"),
    ("body", "taken"): mark("この単位には、同じ審査機関の付与がすでに登録されています。"),
    ("unit_id", "not_in_japan"): mark("海外会社は、プライバシーマークの対象ではありません。"),
    ("unit_id", "closed"): mark("統合された単位には登録できません。"),
    ("valid_until", "before_start"): mark("満了日が開始日より前です。"),
    ("valid_from", "before_term"): mark("新しい有効期間は、今の有効期間の後に始まります。"),
    ("term", "required"): mark("登録番号と有効期間を入れてください。"),
    ("reason", "required"): mark("理由を入れてください。"),
    ("closes", "before_opening"): mark("受付終了日が受付開始日より前です。"),
    ("closes", "after_expiry"): mark("受付終了日が満了日より後です。"),
    ("on", "future"): mark("日付が先の日付です。"),
    ("on", "before_start"): mark("終了の日が有効期間の開始日より前です。"),
    ("on", "before_expiry"): mark("失効は、満了日以後の日付で記録してください。"),
    ("round", "open"): mark("審査中の申請があります。先に結果を記録してください。"),
    ("round", "ended"): mark("この申請は終わっています。"),
    ("actual_on", "future"): mark("実施日が先の日付です。"),
    ("actual_on", "order"): mark("実施日が手順の順になっていません。"),
    ("apply_on", "before_term"): mark("申請の日が、今の有効期間より前です。"),
    ("apply_on", "after_expiry"): mark("申請の日が、有効期間の満了日より後です。"),
    ("outside", "required"): mark(
        "更新の受付期間の外です。審査機関に相談した結果など、その日に申請する理由を入れてください。"
    ),
    ("application", "required"): mark("先に、申請した日を記録してください。"),
    ("workers", "out_of_range"): mark("従業者数を確かめてください。"),
    ("capital_yen", "out_of_range"): mark("資本金の額を確かめてください。"),
    ("discovered_on", "future"): mark("発見日が先の日付です。"),
    ("discovered_on", "after_report"): mark("発見日が、報告を提出した日より後です。"),
    ("accident", "withdrawn"): mark("この事故は取り下げられています。"),
    ("first_sent", "future"): mark("提出日が先の日付です。"),
    ("full_sent", "future"): mark("提出日が先の日付です。"),
    ("first_sent", "before_discovery"): mark("提出日が発見日より前です。"),
    ("full_sent", "before_discovery"): mark("提出日が発見日より前です。"),
    ("state", "ended"): mark("この付与は終わっています。"),
    ("ends_on", "before_start"): mark("年度の終わりが始まりより前です。"),
    ("starts_on", "taken"): mark("この単位には、期間の重なる計画があります。"),
    ("due_on", "outside_year"): mark("期限は年度の中の日にしてください。"),
    ("title", "required"): mark("項目の名前を入れてください。"),
    ("what", "required"): mark("目的を入れてください。"),
    ("measure", "required"): mark("達成をどう測るかを入れてください。"),
    ("record", "required"): mark("実施の記録（文書名や保管場所）を入れてください。"),
    ("done_on", "future"): mark("実施日が先の日付です。"),
    ("objectives", "required"): mark("目的を 1 つ以上入れてから承認を依頼してください。"),
    ("items", "open"): mark(
        "まだ終わっていない項目があります。実施を記録するか、行わない理由を残してください。"
    ),
    ("objectives", "open"): mark("結果を記録していない目的があります。"),
    ("approver", "same_person"): mark("計画を作成した方とは別の方が承認します。"),
    ("state", "not_draft"): mark("作成中の計画だけを変更できます。"),
    ("state", "not_submitted"): mark("承認を依頼された計画ではありません。"),
    ("state", "not_approved"): mark("承認された計画ではありません。"),
    ("revision", "waiting"): mark("承認待ちの改定があります。先にそれを決めてください。"),
    ("proposer", "other_person"): mark("改定の依頼は、依頼した方だけが取り下げられます。"),
    ("changes", "required"): mark(
        "計画と違うところがありません。期限・担当を変えるか、項目を加えてください。"
    ),
    ("items", "finished"): mark("実施した項目、行わないとした項目の期限と担当は変えられません。"),
    ("on", "before_end"): mark("年度が終わってから記録してください。"),
}


def event(of: Event, context: PageContext) -> str:
    """Return what a day of the calendar is."""
    return day_of(of, context.text)


def day_of(of: Event, text: Translator) -> str:
    """Return the same in the language of a translator, for who has no page."""
    if of.step is not None:
        return text("予定：{step}", step=procedure().names[of.step].of(text.language))
    return f"{text(EVENT[of.kind])} {of.accident}".strip()


def item(of: Item, context: PageContext, on: date | None = None) -> str:
    """Return what an item of a year that begins on a day is; of one that comes more than once, which time."""
    known = cycle(on).get(of.item)
    if known is None:
        return of.title or of.item
    named = known.name.of(context.language)
    if known.times == 1:
        return named
    return context.text("{item}（{turn} / {times} 回目）", item=named, turn=of.turn, times=known.times)


def left(on: date, today: date, context: PageContext) -> str:
    """Return how far away a day is, or for how long it has passed."""
    days = (on - today).days
    if days < 0:
        return context.text("{days} 日過ぎています", days=-days)
    return context.text("今日") if days == 0 else context.text("あと {days} 日", days=days)


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context)


def do(act: Callable[[Tx], object], said: str, context: PageContext, *, key: str) -> None:
    """Take a step, refused in the words of certificates and plans."""
    take(act, said, context, key=key, refused=refused)
