"""Sentences about cases and disposals: why a step was refused, and what somebody should do next."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.text import mark
from registry.case_states import Case, CaseState
from registry.errors import Conflict, InvalidValue
from registry.model import DiscrepancyKind

_REFUSED: Mapping[tuple[str, str], str] = {
    ("approver", "same_person"): mark("ご自身の依頼は承認も却下もできません。"),
    ("assignee_id", "no_right"): mark("選んだ方は、この単位の差異に対応できません。"),
    ("note", "required"): mark("説明を入れてください。"),
    ("note", "too_long"): mark("説明が長すぎます（2,000 文字まで）。"),
    ("reason", "required"): mark("廃棄の理由を入れてください。"),
    ("reason", "too_long"): mark("説明が長すぎます（2,000 文字まで）。"),
    ("expires_on", "past"): mark("期限が過ぎています。"),
    ("expires_on", "too_late"): mark("期限は 2 年以内にしてください。"),
    ("due_on", "past"): mark("期限が過ぎています。"),
    ("state", "not_possible"): mark("この差異は、すでに別の状態に進んでいます。"),
    ("state", "still_found"): mark("今の突合ではまだ差異があります。台帳を直してください。"),
    ("state", "decided"): mark("この依頼はすでに決まっています。"),
    ("state", "not_approved"): mark("承認されていない廃棄は実施できません。"),
    ("entry_id", "held"): mark("この記載は保全の対象のため、廃棄できません。"),
    ("items", "too_many"): mark("一度に廃棄できる数を超えています。フォルダーごとに分けてください。"),
}
_NEXT: Mapping[CaseState, str] = {
    CaseState.NEW: mark("担当を決めるか、台帳の訂正・廃棄・説明のどれかを進めてください。"),
    CaseState.ASSIGNED: mark("台帳を訂正するか、データを除くか、受け入れる理由を説明してください。"),
    CaseState.REOPENED: mark("再び対応が要ります。経過を確かめて進めてください。"),
    CaseState.PROPOSED: mark("説明を、依頼した方とは別の方が承認するか差し戻します。"),
    CaseState.EXPLAINED: mark("期限まで受け入れています。期限を過ぎると再開します。"),
    CaseState.LEDGER_CORRECTED: mark("次の走査で全体を調べ終えると、確認済みになります。"),
    CaseState.DATA_REMOVED: mark("次の走査で全体を調べ終えると、確認済みになります。"),
    CaseState.CONFIRMED: mark("走査で、差異がなくなったことを確認しました。"),
    CaseState.VANISHED: mark("走査で見つからなくなりました。再び見つかると再開します。"),
    CaseState.SOURCE_REMOVED: mark(
        "走査対象の登録が取り消されたため閉じました。データがなくなったことは確かめられていません。"
    ),
}
_NEXT_OF_NEW: Mapping[DiscrepancyKind, str] = {
    DiscrepancyKind.NOT_FOUND: mark("保管場所を直すか、データがない理由を説明してください。"),
    DiscrepancyKind.OVER_EXPOSED: mark("読める人を台帳の範囲に狭めるか、台帳の記載を直してください。"),
    DiscrepancyKind.COPIED: mark("提供の根拠を記録するか、要らないほうの名簿を廃棄してください。"),
    DiscrepancyKind.NO_CONTRACT: mark("契約を結ぶか直して登録するか、データを引き取ってください。"),
}


def refused(error: Exception, context: PageContext) -> str:
    """Return why a step was not taken."""
    text = context.text
    if isinstance(error, Conflict):
        return text(
            "{when} に {who} さんが先に変更しています。内容を確かめてください。",
            when=context.formats.moment(error.when),
            who=error.who or text("走査"),
        )
    if isinstance(error, InvalidValue):
        return text(_REFUSED.get((error.column, error.rule), mark("この内容では受け付けられません。")))
    return text("この操作の権限がありません。")


def what_next(case: Case, context: PageContext) -> str:
    """Return what should happen to a case now."""
    if not case.is_found and not case.state.is_closed and not case.state.is_claim:
        return context.text("今の突合では差異がありません。全体を調べ終える走査を待っています。")
    if case.state is CaseState.NEW and case.kind in _NEXT_OF_NEW:
        return context.text(_NEXT_OF_NEW[case.kind])
    return context.text(_NEXT[case.state])
