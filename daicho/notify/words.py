"""What each kind of work is called in a digest, and which page it is done on."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.text import mark
from registry.digests import Task

TASK: Mapping[Task, str] = {
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
    Task.CONTRACTS_ENDING: mark("60 日以内に契約の終わる委託先"),
    Task.PROVISIONS_OVER: mark("保存期間を過ぎた提供の記録"),
}

# Paths of `daicho.pages.addresses`, which needs Streamlit; tests hold both together.
PAGE: Mapping[Task, str] = {
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
    Task.CONTRACTS_ENDING: "/processors",
    Task.PROVISIONS_OVER: "/provisions",
}
CHOICE = "/notifications"
