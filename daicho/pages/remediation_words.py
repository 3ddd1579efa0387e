"""Words of remediation 是正, for pages, commands and certificates."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.text import mark
from registry.remediation_states import RemediationKind, RemediationState, Seen, Wish
from remediation.errors import Fault

KIND: Mapping[RemediationKind, str] = {
    RemediationKind.QUARANTINE: mark("隔離"),
    RemediationKind.EXCLUDE_OBJECT: mark("除外（このファイル）"),
    RemediationKind.EXCLUDE_FOLDER: mark("除外（このフォルダ）"),
    RemediationKind.REQUEST: mark("所有者への依頼"),
}
STATE: Mapping[RemediationState, str] = {
    RemediationState.PROPOSED: mark("承認待ち"),
    RemediationState.APPROVED: mark("承認済み"),
    RemediationState.REFUSED: mark("却下"),
    RemediationState.RUNNING: mark("実施中"),
    RemediationState.FAILED: mark("実施できず"),
    RemediationState.DONE: mark("実施した"),
    RemediationState.RESTORED: mark("元に戻した"),
    RemediationState.DESTROYED: mark("廃棄済み"),
    RemediationState.EXPIRED: mark("終了"),
}
SEEN: Mapping[Seen, str] = {
    Seen.NOTHING: mark("次の走査を待っています"),
    Seen.CONFIRMED: mark("走査で、なくなったことを確認"),
    Seen.REAPPEARED: mark("走査で、同じ場所に見つかった"),
}
WISH: Mapping[Wish, str] = {
    Wish.DELETE: mark("要らなければ、削除してください。"),
    Wish.MOVE: mark("台帳に記載した場所へ移してください。"),
    Wish.RESTRICT: mark("閲覧できる人を限ってください。"),
    Wish.EXPLAIN: mark("何のために置いているか、知らせてください。"),
}
FAULT: Mapping[Fault, str] = {
    Fault.NOT_SUPPORTED: mark("この種類の場所では隔離できません。所有者に依頼してください。"),
    Fault.GONE: mark("その場所にもうありません。"),
    Fault.CHANGED: mark("見つけた時から変わっています。走査し直してください。"),
    Fault.LINKED: mark("別の名前（ハードリンク）もあるため、隔離しても残ります。"),
    Fault.VERSIONED: mark("バケットが古い版を残す設定のため、隔離しても残ります。"),
    Fault.NOT_REGULAR: mark("通常のファイルではありません。"),
    Fault.OUTSIDE: mark("登録した走査対象の外にあります。"),
    Fault.OCCUPIED: mark("元の場所に別のファイルがあります。上書きはしません。"),
    Fault.NO_FOLDER: mark("元のフォルダがありません。"),
    Fault.DENIED: mark("是正用の認証情報に権限がありません。"),
    Fault.UNREACHABLE: mark("サーバーが応答しません。もう一度実施してください。"),
    Fault.NO_SPACE: mark("隔離領域の空きが足りません。"),
    Fault.UNREADABLE: mark("読めません。"),
    Fault.COPY_DAMAGED: mark("写しが壊れています。元のファイルには触れていません。"),
    Fault.COPY_MISSING: mark("写しがこの機械にありません。隔離した機械で実施してください。"),
    Fault.BUSY: mark("ほかの処理が実施中です。"),
    Fault.MAIL: mark("メールサーバーが受け取りませんでした。"),
}
REFUSED: Mapping[tuple[str, str], str] = {
    ("reason", "required"): mark("理由を書いてください。"),
    ("reason", "too_long"): mark("理由が長すぎます（2,000 文字まで）。"),
    ("until", "required"): mark("期限を選んでください。"),
    ("until", "past"): mark("期限が過ぎています。"),
    ("until", "too_late"): mark("期限は 2 年以内にしてください。"),
    ("address", "malformed"): mark("メールアドレスを書いてください。"),
    ("object_id", "within"): mark("書庫やデータベースの一部は、それだけを隔離できません。"),
    ("object_id", "taken"): mark("同じ是正がすでにあります。"),
    ("source_id", "none"): mark("登録した走査対象のフォルダの中にあるものだけです。"),
    ("source_id", "not_permitted"): mark("この走査対象では隔離が許されていません。"),
    ("entry_id", "held"): mark("台帳の記載が訴訟ホールド中です。"),
    ("decider", "same_person"): mark("ご自身の提案は承認も却下もできません。"),
    ("proposer", "no_person"): mark("提案はアカウントのある方の名で行います。"),
    ("decider", "no_person"): mark("承認と却下はアカウントのある方の名で行います。"),
    ("state", "decided"): mark("この提案はすでに決まっています。"),
    ("state", "not_approved"): mark("承認されていません。"),
    ("state", "not_restorable"): mark("元に戻せる期間は終わりました。"),
    ("answer", "required"): mark("回答を書いてください。"),
    ("credential", "required"): mark("是正用の認証情報の参照が要ります。"),
    ("credential", "of_scanner"): mark("走査と同じ認証情報は使えません。是正用の別のものにしてください。"),
    ("credential", "reference"): mark("認証情報は env:、file:、keyring:、systemd: の参照で書いてください。"),
}


def refusal(column: str, rule: str) -> str:
    """Return the words of a refused value."""
    return REFUSED.get((column, rule), mark("この内容では受け付けられません。"))
