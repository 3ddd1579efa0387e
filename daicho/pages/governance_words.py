"""Words of governance: bodies, posts, how far a decision is, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from privacy_mark.governance.model import Arrival, BodyKind, Decision, Post

BODY: Mapping[BodyKind, str] = {
    BodyKind.COMMITTEE: mark("委員会"),
    BodyKind.COUNCIL: mark("協議会"),
    BodyKind.MEETING: mark("連絡会"),
}
POST: Mapping[Post, str] = {
    Post.CHAIR: mark("委員長"),
    Post.DEPUTY: mark("副委員長"),
    Post.MEMBER: mark("委員"),
    Post.SECRETARY: mark("事務局"),
    Post.TOP: mark("トップマネジメント"),
    Post.PRIVACY_MANAGER: mark("個人情報保護管理者"),
    Post.TRAINING_MANAGER: mark("教育責任者"),
    Post.COMPLAINTS: mark("苦情・相談窓口の責任者"),
    Post.DEPARTMENT: mark("部門の責任者"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("unit_id", "closed"): mark("この組織は閉じられています。"),
    ("name_ja", "required"): mark("会議体の名称を入れてください。"),
    ("person", "required"): mark("任命された方の氏名を入れてください。"),
    ("valid_until", "before_start"): mark("任期の終わりが、始まりより前です。"),
    ("body_id", "ended"): mark("この会議体は廃止されています。"),
    ("title", "required"): mark("決定事項の題を入れてください。"),
    ("text", "required"): mark("決定事項の内容を入れてください。"),
    ("text", "too_long"): mark("決定事項の内容が長すぎます。"),
    ("decided_on", "future"): mark("決定日が先の日付です。"),
    ("due_on", "past"): mark("受領の期限が過ぎた日です。"),
    ("kinds", "nobody"): mark("配下に、選んだ種類の組織がありません。"),
    ("state", "issued"): mark("この決定事項は、すでに伝達されています。"),
    ("state", "withdrawn"): mark("この決定事項は取り下げられています。"),
    ("state", "closed"): mark("この組織は統合されました。"),
    ("state", "not_issued"): mark("まだ伝達していません"),
    ("state", "acknowledged"): mark("すでに受領が記録されています。"),
    ("state", "not_acknowledged"): mark("先に、この組織での受領を記録してください。"),
    ("acknowledger", "conveyed_it"): mark("伝達した方は受領を記録できません。別の方が記録します。"),
    ("below", "nobody"): mark("伝達を待つ配下の組織はありません。"),
}


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context)


def state(of: Decision, context: PageContext) -> str:
    """Return how far a decision is."""
    text = context.text
    if of.withdrawn_at is not None:
        return text("取り下げ")
    if of.issued_at is None:
        return text("まだ伝達していません")
    if of.reach.acknowledged == of.reach.units:
        return text("すべての組織に届きました")
    return text(
        "{acknowledged} / {units} 組織が受領",
        acknowledged=of.reach.acknowledged,
        units=of.reach.units,
    )


def arrived(of: Arrival, context: PageContext) -> str:
    """Return how far a decision is at one unit."""
    text = context.text
    if of.acknowledged_at is not None:
        return text("受領済み")
    if of.closed_at is not None:
        return text("統合により終了")
    return text("受領待ち") if of.conveyed_at is not None else text("まだ伝達されていません")
