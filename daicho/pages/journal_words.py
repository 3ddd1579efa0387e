"""Words of the journal: what was done, on what, which field; the codes stay in the registry."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages import words
from daicho.pages.formats import NONE
from daicho.text import Translator, mark
from registry.accounts import LOCAL
from registry.affiliations import AffiliationKind
from registry.journal import Action
from registry.model import Role, UnitId, UnitKind

ACTION: Mapping[Action, str] = {
    Action.UNIT_CREATED: mark("組織単位を追加"),
    Action.ACCOUNT_CREATED: mark("利用者登録"),
    Action.ROLE_GRANTED: mark("役割付与"),
    Action.ROLE_REVOKED: mark("役割を取り消し"),
    Action.ROLE_ENDED: mark("役割終了"),
    Action.SIGNED_IN: mark("サインイン成功"),
    Action.SIGN_IN_REFUSED: mark("サインインを拒否"),
    Action.SIGNED_OUT: mark("サインアウト完了"),
    Action.SOURCE_ADDED: mark("走査の対象を登録"),
    Action.SOURCE_REMOVED: mark("走査の対象を削除"),
    Action.ENTRY_CREATED: mark("台帳の記載を追加"),
    Action.ENTRY_UPDATED: mark("台帳の記載を変更"),
    Action.RUN_RECORDED: mark("走査の結果を記録"),
    Action.FEEDBACK_PROPOSED: mark("個人情報ではないと申請"),
    Action.FEEDBACK_APPROVED: mark("個人情報ではないと承認"),
    Action.FEEDBACK_REJECTED: mark("個人情報ではないとの申請を却下"),
    Action.REALITY_ASSESSED: mark("台帳と実態を突合"),
    Action.UNIT_CHANGED: mark("組織単位を変更"),
    Action.UNIT_MOVED: mark("組織単位を移動"),
    Action.UNIT_MERGED: mark("組織単位を統合"),
    Action.SCAN_STARTED: mark("走査を開始"),
    Action.LIST_VIEWED: mark("一覧を閲覧"),
    Action.RESULTS_EXPORTED: mark("結果を出力"),
    Action.KEY_CREATED: mark("鍵を作成"),
    Action.JOURNAL_ANCHORED: mark("記録の先頭に署名"),
    Action.JOURNAL_EXPORTED: mark("記録の証明を出力"),
    Action.JOURNAL_SHREDDED: mark("保存期間の終わった記録の鍵を破棄"),
    Action.SESSIONS_PURGED: mark("終わったセッションを削除"),
    Action.JOB_ENDED: mark("日次の処理が終了"),
    Action.SECOND_STEP_ASKED: mark("二要素認証を要求"),
    Action.ADDRESS_BLOCKED: mark("接続元を一時遮断"),
    Action.PASSWORD_CHANGED: mark("パスワードを変更"),
    Action.LINK_ISSUED: mark("一度だけ使えるリンクを発行"),
    Action.LINK_USED: mark("一度だけ使えるリンクを使用"),
    Action.SECOND_FACTOR_ADDED: mark("二要素認証を設定"),
    Action.SECOND_FACTOR_REMOVED: mark("二要素認証を解除"),
    Action.RECOVERY_CODES_MADE: mark("回復コードを作成"),
    Action.RECOVERY_CODE_USED: mark("回復コードを使用"),
    Action.SESSIONS_ENDED: mark("すべての端末でサインアウト"),
    Action.IDENTITY_LINKED: mark("会社のアカウントを結び付け"),
    Action.KEY_ROTATION_STARTED: mark("鍵の交換を開始"),
    Action.KEY_ROTATED: mark("鍵を交換"),
    Action.FINDINGS_REWRITTEN: mark("走査の結果を新しい鍵で書き直し"),
    Action.KEY_SHARES_MADE: mark("鍵の分割を作成"),
    Action.REGISTRY_GRANTED: mark("データベースの権限を設定"),
    Action.BACKUP_MADE: mark("バックアップを作成"),
    Action.RESTORED: mark("バックアップから復元"),
    Action.AFFILIATED: mark("所属追加"),
    Action.AFFILIATION_ENDED: mark("所属終了"),
    Action.DISCLOSURE_RECORDED: mark("提供の根拠を記録"),
    Action.DISCLOSURE_APPROVED: mark("提供の根拠を承認"),
    Action.DISCLOSURE_ENDED: mark("提供の根拠を終了"),
    Action.ENTRY_APPROVED: mark("台帳の記載を承認"),
    Action.ENTRY_REVIEWED: mark("台帳の記載を見直し"),
    Action.APPLICATION_SUBMITTED: mark("取得・変更を申請"),
    Action.APPLICATION_APPROVED: mark("取得・変更の申請を承認"),
    Action.APPLICATION_RETURNED: mark("取得・変更の申請を差し戻し"),
    Action.APPLICATION_WITHDRAWN: mark("取得・変更の申請を取り下げ"),
    Action.PROCESSOR_ADDED: mark("委託先を登録"),
    Action.PROCESSOR_CHANGED: mark("委託先を変更"),
    Action.FINDINGS_INDEXED: mark("走査の結果に索引を作成"),
    Action.PERSON_SEARCHED: mark("本人のデータを検索"),
    Action.REQUEST_RECEIVED: mark("開示等の請求を受付"),
    Action.REQUEST_CHANGED: mark("開示等の請求を変更"),
    Action.REQUEST_DECIDED: mark("開示等の請求を決定"),
    Action.REQUEST_CLOSED: mark("開示等の請求を終了"),
    Action.REQUEST_FOUND: mark("請求に検索結果を保存"),
    Action.LETTER_MADE: mark("回答書を作成"),
    Action.PROVISION_RECORDED: mark("提供を記録"),
    Action.PROVISION_CHANGED: mark("提供の記録を変更"),
    Action.PROVISION_DISPOSED: mark("提供の記録を廃棄"),
    Action.NOTICE_WRITTEN: mark("通知・同意文を作成"),
    Action.NOTICE_LINKED: mark("通知・同意文を台帳に結び付け"),
    Action.RESEARCH_REGISTERED: mark("研究利用を登録"),
    Action.RESEARCH_CHANGED: mark("研究利用を変更"),
    Action.RESEARCH_DISPOSED: mark("研究データを廃棄"),
    Action.REFUSAL_RECORDED: mark("研究利用の拒否を記録"),
    Action.CASES_FOLLOWED: mark("突合により差異の状態を変更"),
    Action.CASE_CHANGED: mark("差異への対応を記録"),
    Action.CASE_COMMENTED: mark("差異にコメント"),
    Action.DISPOSAL_ORDERED: mark("データの廃棄を依頼"),
    Action.DISPOSAL_APPROVED: mark("データの廃棄を承認"),
    Action.DISPOSAL_REFUSED: mark("データの廃棄を却下"),
    Action.DISPOSAL_EXECUTED: mark("データの廃棄の実施を記録"),
    Action.DISPOSALS_EXAMINED: mark("突合により廃棄の結果を確認"),
    Action.COMMENT_ADDED: mark("コメントを追加"),
    Action.COMMENT_REMOVED: mark("コメントを削除"),
    Action.ATTACHMENT_ADDED: mark("ファイルを添付"),
    Action.ATTACHMENT_VIEWED: mark("添付ファイルを取り出し"),
    Action.ATTACHMENT_REMOVED: mark("添付ファイルを削除"),
    Action.FILTER_SAVED: mark("一覧の条件を保存"),
    Action.FILTER_REMOVED: mark("一覧の条件を削除"),
    Action.NOTIFICATIONS_CHOSEN: mark("お知らせの受け取り方を変更"),
    Action.PEOPLE_IMPORT_STARTED: mark("利用者の表の取り込みを開始"),
    Action.PEOPLE_IMPORT_ENDED: mark("利用者の表の取り込みを終了"),
    Action.RISK_CHANGED: mark("リスク分析を変更"),
    Action.RISK_ACCEPTED: mark("残留リスクを承認"),
    Action.RISK_REOPENED: mark("リスク分析を再分析に戻した"),
    Action.RISK_REJUDGED: mark("リスクのレベルを判定し直した"),
    Action.RISK_MEASURE_DONE: mark("リスク対策の実施を記録"),
    Action.OPERATION_REGISTERED: mark("確認する職場・業務を登録"),
    Action.OPERATION_CHANGED: mark("確認する職場・業務を変更"),
    Action.CONFIRMATIONS_OPENED: mark("運用の確認を依頼"),
    Action.CONFIRMATION_ANSWERED: mark("運用の確認に回答"),
    Action.CONFIRMATION_CONFIRMED: mark("運用の確認の回答を確認"),
    Action.CONFIRMATION_RETURNED: mark("運用の確認の回答を差し戻し"),
    Action.SELF_CHECK_OPENED: mark("自己点検を依頼"),
    Action.SELF_CHECK_ANSWERED: mark("自己点検に回答"),
    Action.SELF_CHECK_APPROVED: mark("自己点検の回答を承認"),
    Action.SELF_CHECK_RETURNED: mark("自己点検の回答を差し戻し"),
    Action.SELF_CHECK_SAMPLED: mark("自己点検の抜き取りを決定"),
    Action.SELF_CHECK_CONFIRMED: mark("自己点検の結果を確定"),
    Action.RULE_REGISTERED: mark("内部規程を登録"),
    Action.RULE_WRITTEN: mark("内部規程の版を作成"),
    Action.RULE_APPROVED: mark("内部規程の版を承認"),
    Action.RULE_DISTRIBUTED: mark("内部規程を配布"),
    Action.RULE_READ: mark("内部規程を読んだと記録"),
}
TABLE: Mapping[str, str] = {
    "org_unit": mark("組織単位"),
    "user_account": mark("アカウント"),
    "user_identity": mark("会社のアカウント"),
    "role_grant": mark("役割"),
    "affiliation": mark("所属"),
    "source": mark("走査の対象"),
    "ledger_entry": mark("台帳の記載"),
    "scan_run": mark("走査"),
    "assessment": mark("突合"),
    "feedback": mark("判断"),
    "disclosure_basis": mark("提供の根拠"),
    "session": mark("セッション"),
    "people_import": mark("利用者の表の取り込み"),
    "comment": mark("コメント"),
    "attachment": mark("添付ファイル"),
    "saved_filter": mark("保存した条件"),
    "notification_setting": mark("お知らせの設定"),
    "journal_record": mark("操作の記録"),
    "journal_key": mark("記録の鍵"),
    "journal_anchor": mark("署名した先頭"),
    "key_check": mark("鍵"),
    "tick_claim": mark("日次の処理"),
    "address_counter": mark("接続元"),
    "samples": mark("検出の見本"),
    "locations": mark("データの所在"),
    "judgements": mark("判断"),
    "journal": mark("操作の記録"),
    "backup": mark("バックアップ"),
    "registry": mark("データベース"),
    "key": mark("鍵"),
    "ledger_application": mark("取得・変更の申請"),
    "processor": mark("委託先の登録"),
    "person_search": mark("本人の検索"),
    "rights_request": mark("請求"),
    "requests": mark("開示等の請求"),
    "provision_record": mark("第三者への提供"),
    "provisions": mark("提供の記録"),
    "notice": mark("通知・同意の文面"),
    "research_use": mark("研究利用"),
    "research_refusal": mark("研究利用の拒否"),
    "discrepancy_case": mark("差異"),
    "disposal": mark("廃棄"),
    "risk_analysis": mark("リスク分析"),
    "confirmation": mark("運用の確認"),
    "self_check": mark("自己点検"),
    "internal_rule": mark("内部規程"),
    "internal_rule_version": mark("内部規程の版"),
    "internal_rule_reading": mark("内部規程を読んだ記録"),
    "self_check_round": mark("自己点検の回"),
    "confirmation_campaign": mark("運用の確認の回"),
    "confirmation_operation": mark("確認する職場・業務"),
}
_FIELD: Mapping[str, str] = {
    **words.COLUMN,
    "code": mark("記号"),
    "kind": mark("種類"),
    "name_ja": mark("名称（日本語）"),
    "name_en": mark("名称（英語）"),
    "name": mark("名称・氏名"),
    "country": mark("国"),
    "privacy_mark": mark("プライバシーマーク登録番号"),
    "parent_id": mark("上位の単位"),
    "merged_into_id": mark("引き継ぐ単位"),
    "to_id": mark("提供先"),
    "closed_at": mark("閉鎖"),
    "small": mark("小規模"),
    "login": mark("メールアドレス"),
    "language": mark("言語"),
    "password": mark("パスワード"),
    "role": mark("役割"),
    "user": mark("利用者の番号"),
    "user_id": mark("利用者の番号"),
    "affiliation_id": mark("所属の番号"),
    "source_id": mark("走査の対象の番号"),
    "valid_from": mark("開始日"),
    "valid_until": mark("終了日"),
    "expires_at": mark("期限"),
    "document": mark("文書"),
    "state": mark("状態"),
    "url": mark("場所"),
    "owner": mark("管理部門・責任者"),
    "address": mark("接続元"),
    "agent": mark("ブラウザー"),
    "issuer": mark("認証サーバー"),
    "list": mark("一覧"),
    "version": mark("版"),
    "files": mark("ファイルの数"),
    "listed": mark("全体の数"),
    "complete": mark("全体を調査"),
    "partial": mark("一部だけ調査"),
    "skipped": mark("対象外"),
    "failed": mark("読めず"),
    "bytes": mark("バイト数"),
    "discrepancies": mark("差異"),
    "text": mark("内容"),
    "size": mark("バイト数"),
    "sha256": mark("ハッシュ値"),
    "frequency": mark("頻度"),
    "page": mark("画面"),
    "objects": mark("対象"),
}


def action(name: str, text: Translator) -> str:
    """Return what was done, in words; an id of a later version as it is."""
    return text(ACTION[Action(name)]) if name in set(Action) else name


def thing(table: str, row_id: str, text: Translator) -> str:
    """Return what it was done to: the kind of thing and its number."""
    named = text(TABLE[table]) if table in TABLE else table
    return f"{named} {row_id}" if row_id.isdecimal() else named


def field(name: str, text: Translator) -> str:
    """Return a field in words; one that nobody named as it is."""
    return text(_FIELD[name]) if name in _FIELD else name


def value(name: str, kept: object, units: Mapping[UnitId, str], text: Translator) -> str:
    """Return a value in words where it is a code, a unit or a yes or no."""
    if kept is None or kept in ("", [], {}):
        return NONE
    if isinstance(kept, bool):
        return text("はい") if kept else text("いいえ")
    if name in ("unit_id", "parent_id", "merged_into_id", "to_id") and isinstance(kept, int):
        return units.get(UnitId(kept), text("ほかの単位"))
    if isinstance(kept, list):
        return words.listed((value(name, each, units, text) for each in kept), text)
    shown = str(kept)
    if name == "role" and shown in set(Role):
        return text(words.ROLE[Role(shown)])
    if name == "kind" and shown in set(UnitKind):
        return text(words.UNIT_KIND[UnitKind(shown)])
    if name == "kind" and shown in set(AffiliationKind):
        return text(words.AFFILIATION[AffiliationKind(shown)])
    if name == "issuer" and shown == LOCAL:
        return text("パスワード")
    if name == "list" and shown in TABLE:
        return text(TABLE[shown])
    return shown
