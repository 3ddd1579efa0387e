"""Words of what is to be done today: each kind of work, its next step, and the page that it is done on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daicho.pages import addresses
from daicho.text import mark


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: what it is, what to press, and where it leads (page, name in its address)."""

    name: str
    step: str
    address: str
    query: str


KINDS: Mapping[str, Work] = {
    "differences.handle": Work(mark("台帳との差異に対応する"), mark("差異を開く"), addresses.CASES, "case"),
    "differences.decide": Work(mark("差異の説明を承認する"), mark("差異を開く"), addresses.CASES, "case"),
    "ledger.review": Work(mark("台帳の記載を見直す"), mark("記載を開く"), addresses.LEDGER, "entry"),
    "applications.decide": Work(
        mark("取得・変更の申請を承認する"), mark("申請を開く"), addresses.LEDGER, "application"
    ),
    "requests.answer": Work(mark("開示等の請求に答える"), mark("請求を開く"), addresses.REQUESTS, "request"),
    "disposals.decide": Work(mark("廃棄を承認する"), mark("廃棄を開く"), addresses.DISPOSALS, "disposal"),
    "disposals.execute": Work(mark("廃棄を実施する"), mark("廃棄を開く"), addresses.DISPOSALS, "disposal"),
    "risks.measure": Work(mark("リスク対策を実施する"), mark("リスク分析を開く"), addresses.RISKS, "entry"),
    "certificate.prepare": Work(
        mark("更新の申請を準備する"), mark("付与を開く"), addresses.CERTIFICATES, "certificate"
    ),
    "certificate.apply": Work(
        mark("更新を申請する"), mark("付与を開く"), addresses.CERTIFICATES, "certificate"
    ),
    "certificate.step": Work(
        mark("申請の手順を進める"), mark("付与を開く"), addresses.CERTIFICATES, "certificate"
    ),
    "certificate.expires": Work(
        mark("申請しないまま有効期間が終わる"), mark("付与を開く"), addresses.CERTIFICATES, "certificate"
    ),
    "accident.first_report": Work(
        mark("事故の速報を出す"), mark("付与を開く"), addresses.CERTIFICATES, "certificate"
    ),
    "accident.full_report": Work(
        mark("事故の確報を出す"), mark("付与を開く"), addresses.CERTIFICATES, "certificate"
    ),
    "assessments.answer": Work(
        mark("審査の指摘に回答する"), mark("指摘を開く"), addresses.ASSESSMENTS, "finding"
    ),
    "assessments.approve": Work(
        mark("指摘への回答を承認する"), mark("指摘を開く"), addresses.ASSESSMENTS, "finding"
    ),
    "assessments.report": Work(
        mark("改善報告書を提出する"), mark("審査を開く"), addresses.ASSESSMENTS, "assessment"
    ),
    "assessments.document": Work(
        mark("審査員に求められた書類を渡す"), mark("審査を開く"), addresses.ASSESSMENTS, "assessment"
    ),
    "pms.item": Work(mark("年間計画の項目を行う"), mark("計画を開く"), addresses.PMS_YEARS, "year"),
    "pms.approve": Work(mark("年間計画を承認する"), mark("計画を開く"), addresses.PMS_YEARS, "year"),
    "pms.plan": Work(mark("年間計画を作る"), mark("計画を開く"), addresses.PMS_YEARS, "year"),
    "training.take": Work(mark("教育を受ける"), mark("受講する"), addresses.MY_TRAINING, "course"),
    "training.follow_up": Work(
        mark("教育を受けていない方を促す"), mark("教育の状況を開く"), addresses.TRAINING, "course"
    ),
    "training.supplier": Work(
        mark("委託先の教育を確かめる"), mark("教育の状況を開く"), addresses.TRAINING, "course"
    ),
    "training.next_round": Work(
        mark("次の回の教育を始める"), mark("教育の状況を開く"), addresses.TRAINING, "course"
    ),
    "processors.evaluate": Work(
        mark("委託先を評価する"), mark("委託先を開く"), addresses.PROCESSORS, "processor"
    ),
    "confirmations.answer": Work(
        mark("運用の確認に答える"), mark("回答する"), addresses.CONFIRMATIONS, "confirmation"
    ),
    "confirmations.confirm": Work(
        mark("運用の確認の回答を確かめる"), mark("回答を開く"), addresses.CONFIRMATIONS, "confirmation"
    ),
    "requirements.evidence": Work(
        mark("期限の切れる証跡を改める"), mark("要求事項を開く"), addresses.REQUIREMENTS, "requirement"
    ),
    "actions.cause": Work(
        mark("不適合の事実と原因を調べる"), mark("是正処置を開く"), addresses.ACTIONS, "action"
    ),
    "actions.measure": Work(
        mark("是正処置の内容と期限を決める"), mark("是正処置を開く"), addresses.ACTIONS, "action"
    ),
    "actions.result": Work(
        mark("是正処置を実施して結果を記録する"), mark("是正処置を開く"), addresses.ACTIONS, "action"
    ),
    "actions.effect": Work(
        mark("是正処置の有効性を評価する"), mark("是正処置を開く"), addresses.ACTIONS, "action"
    ),
    "actions.approval": Work(mark("是正処置を承認する"), mark("是正処置を開く"), addresses.ACTIONS, "action"),
    "audits.conduct": Work(mark("内部監査を行う"), mark("監査を開く"), addresses.AUDITS, "audit"),
    "audits.approve": Work(mark("監査計画を承認する"), mark("計画を開く"), addresses.AUDITS, "programme"),
    "audits.plan": Work(mark("年度の監査を計画する"), mark("内部監査を開く"), addresses.AUDITS, "plan"),
    "audits.assign": Work(mark("監査員を割り当てる"), mark("計画を開く"), addresses.AUDITS, "programme"),
    "audits.report": Work(
        mark("監査の結果をトップマネジメントに報告する"), mark("計画を開く"), addresses.AUDITS, "programme"
    ),
    "audits.receive": Work(mark("監査報告書を受領する"), mark("計画を開く"), addresses.AUDITS, "programme"),
    "complaints.answer": Work(
        mark("苦情・相談に回答する"), mark("苦情・相談を開く"), addresses.COMPLAINTS, "complaint"
    ),
    "complaints.examine": Work(
        mark("苦情の原因と再発防止を記録する"), mark("苦情・相談を開く"), addresses.COMPLAINTS, "complaint"
    ),
    "complaints.close": Work(
        mark("苦情・相談の完了を確かめる"), mark("苦情・相談を開く"), addresses.COMPLAINTS, "complaint"
    ),
    "governance.acknowledge": Work(
        mark("届いた決定事項の受領を記録する"), mark("決定事項を開く"), addresses.GOVERNANCE, "arrival"
    ),
    "governance.convey": Work(
        mark("決定事項を配下に伝達する"), mark("決定事項を開く"), addresses.GOVERNANCE, "arrival"
    ),
    "governance.chase": Work(
        mark("届いていない決定事項を確かめる"), mark("決定事項を開く"), addresses.GOVERNANCE, "decision"
    ),
    "documents.approve": Work(
        mark("内部規程の版を承認する"), mark("規程を開く"), addresses.DOCUMENTS, "rule"
    ),
    "documents.correct": Work(
        mark("差し戻された規程の版を直す"), mark("規程を開く"), addresses.DOCUMENTS, "rule"
    ),
    "documents.revise": Work(mark("内部規程を改定する"), mark("規程を開く"), addresses.DOCUMENTS, "rule"),
    "documents.review": Work(mark("内部規程を見直す"), mark("規程を開く"), addresses.DOCUMENTS, "rule"),
    "documents.read": Work(mark("配布された規程を読む"), mark("読む"), addresses.MY_RULES, "version"),
    "reviews.plan": Work(
        mark("マネジメントレビューの日を決める"),
        mark("見直しの一覧を開く"),
        addresses.MANAGEMENT_REVIEWS,
        "review",
    ),
    "reviews.hold": Work(
        mark("マネジメントレビューを開催する"), mark("見直しを開く"), addresses.MANAGEMENT_REVIEWS, "review"
    ),
    "reviews.write": Work(
        mark("マネジメントレビューの議事録を作る"),
        mark("見直しを開く"),
        addresses.MANAGEMENT_REVIEWS,
        "review",
    ),
    "reviews.approve": Work(
        mark("マネジメントレビューの議事録を承認する"),
        mark("見直しを開く"),
        addresses.MANAGEMENT_REVIEWS,
        "review",
    ),
    "reviews.decision": Work(
        mark("マネジメントレビューの決定を実施する"),
        mark("見直しを開く"),
        addresses.MANAGEMENT_REVIEWS,
        "review",
    ),
    "laws.review": Work(mark("法令等一覧を見直す"), mark("法令等一覧を開く"), addresses.LAWS, "list"),
    "laws.approve": Work(
        mark("法令等一覧の見直しを承認する"), mark("法令等一覧を開く"), addresses.LAWS, "list"
    ),
    "laws.act": Work(mark("法令等の改正に対応する"), mark("法令等一覧を開く"), addresses.LAWS, "list"),
    "changes.task": Work(mark("変更報告の作業を行う"), mark("変更報告を開く"), addresses.CHANGES, "change"),
    "changes.answer": Work(
        mark("付与がどうなるかを審査機関に確かめる"), mark("変更報告を開く"), addresses.CHANGES, "change"
    ),
    "changes.submit": Work(
        mark("変更報告の完了の承認を依頼する"), mark("変更報告を開く"), addresses.CHANGES, "change"
    ),
    "changes.approve": Work(
        mark("変更報告の完了を承認する"), mark("変更報告を開く"), addresses.CHANGES, "change"
    ),
    "self_check.answer": Work(mark("自己点検に答える"), mark("回答する"), addresses.SELF_CHECKS, "check"),
    "self_check.approve": Work(
        mark("自己点検の回答を承認する"), mark("回答を開く"), addresses.SELF_CHECKS, "check"
    ),
    "self_check.draw": Work(
        mark("自己点検を確かめる会社を抜き取る"), mark("自己点検を開く"), addresses.SELF_CHECKS, "round"
    ),
    "self_check.confirm": Work(
        mark("自己点検の結果を確定する"), mark("回答を開く"), addresses.SELF_CHECKS, "check"
    ),
}
