"""What each kind of work is called in a digest, and which page it is done on."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from daicho.text import mark
from privacy_mark.cycle_digest import Part
from registry.digests import Task

TASK: Mapping[enum.StrEnum, str] = {
    Task.REQUESTS_DUE: mark("回答期限が近い、または過ぎた開示等の請求"),
    Task.CASES_MINE: mark("担当になっている差異"),
    Task.CASES_NEW: mark("担当の決まっていない差異"),
    Task.EXPLANATIONS_TO_DECIDE: mark("承認待ちの差異の説明"),
    Task.EXPLANATIONS_EXPIRING: mark("30 日以内に期限の切れる差異の説明"),
    Task.APPLICATIONS_TO_DECIDE: mark("承認待ちの取得・変更申請"),
    Task.APPLICATIONS_RETURNED: mark("差し戻された申請"),
    Task.ENTRIES_TO_REVIEW: mark("見直し時期の来た台帳の記載"),
    Task.RETENTION_OVER: mark("保管期限を過ぎた台帳の記載"),
    Task.DISPOSALS_TO_DECIDE: mark("承認待ちの廃棄"),
    Task.DISPOSALS_TO_EXECUTE: mark("実施待ちの廃棄"),
    Task.DISPOSALS_NOT_CONFIRMED: mark("走査で残存が見つかった廃棄"),
    Task.REMEDIATIONS_TO_DECIDE: mark("承認待ちのデータの是正"),
    Task.REMEDIATIONS_FOUND_AGAIN: mark("是正の後の走査で、まだ見つかったもの"),
    Task.CONTRACTS_ENDING: mark("60 日以内に契約の終わる委託先"),
    Task.PROVISIONS_OVER: mark("保存期間を過ぎた提供の記録"),
    Part.CERTIFICATES: mark("プライバシーマークの更新・申請"),
    Part.ACCIDENTS: mark("審査機関に報告する事故の期限"),
    Part.ASSESSMENTS: mark("審査の指摘・改善報告"),
    Part.CHANGES: mark("審査機関への変更報告"),
    Part.YEARLY_PLAN: mark("年間計画の項目"),
    Part.EVIDENCE: mark("期限の切れる証跡"),
    Part.ACTIONS: mark("是正処置の手順"),
    Part.AUDITS: mark("内部監査の仕事"),
    Part.REVIEWS: mark("マネジメントレビューの仕事"),
    Part.TRAINING: mark("教育の受講・受講の促し"),
    Part.PROCESSORS: mark("委託先の評価の期限"),
    Part.CONFIRMATIONS: mark("運用の確認の回答・確認"),
    Part.SELF_CHECKS: mark("グローバルセキュリティ自己点検"),
    Part.COMPLAINTS: mark("苦情・相談への対応"),
    Part.RULES: mark("内部規程の承認・見直し・閲覧"),
    Part.DECISIONS: mark("決定事項の受領・伝達"),
    Part.LAWS: mark("法令等一覧の見直し・改正への対応"),
    Part.RISEN_MANAGER: mark("ほかの方の担当で、期限を過ぎたもの"),
    Part.RISEN_TOP: mark("ほかの方の担当で、14 日以上遅れているもの"),
    Part.RISEN_HEADQUARTERS: mark("各社の担当で、30 日以上遅れているもの"),
}

# Paths of `daicho.pages.addresses`, which needs Streamlit; tests hold both together.
PAGE: Mapping[enum.StrEnum, str] = {
    Task.REQUESTS_DUE: "/requests",
    Task.CASES_MINE: "/differences?who=mine",
    Task.CASES_NEW: "/differences?who=nobody",
    Task.EXPLANATIONS_TO_DECIDE: "/differences?state=proposed",
    Task.EXPLANATIONS_EXPIRING: "/differences?state=explained",
    Task.APPLICATIONS_TO_DECIDE: "/ledger",
    Task.APPLICATIONS_RETURNED: "/ledger",
    Task.ENTRIES_TO_REVIEW: "/ledger?due=1",
    Task.RETENTION_OVER: "/disposals",
    Task.DISPOSALS_TO_DECIDE: "/disposals",
    Task.DISPOSALS_TO_EXECUTE: "/disposals",
    Task.DISPOSALS_NOT_CONFIRMED: "/disposals",
    Task.REMEDIATIONS_TO_DECIDE: "/remediation",
    Task.REMEDIATIONS_FOUND_AGAIN: "/remediation",
    Task.CONTRACTS_ENDING: "/processors",
    Task.PROVISIONS_OVER: "/provisions",
    Part.CERTIFICATES: "/certificates",
    Part.ACCIDENTS: "/certificates",
    Part.ASSESSMENTS: "/assessments",
    Part.CHANGES: "/change-reports",
    Part.YEARLY_PLAN: "/yearly-plan",
    Part.EVIDENCE: "/requirements",
    Part.ACTIONS: "/corrective-actions",
    Part.AUDITS: "/audits",
    Part.REVIEWS: "/management-review",
    Part.TRAINING: "/today",
    Part.PROCESSORS: "/processors",
    Part.CONFIRMATIONS: "/confirmations",
    Part.SELF_CHECKS: "/self-check",
    Part.COMPLAINTS: "/complaints",
    Part.RULES: "/today",
    Part.DECISIONS: "/governance",
    Part.LAWS: "/laws",
    Part.RISEN_MANAGER: "/today",
    Part.RISEN_TOP: "/today",
    Part.RISEN_HEADQUARTERS: "/today",
}
CHOICE = "/notifications"
