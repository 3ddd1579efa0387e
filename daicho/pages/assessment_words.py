"""Words of assessments: reviews, states, kinds of records, and why something was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from daicho.pages import addresses
from daicho.pages.context import PageContext
from daicho.pages.steps import take, why_not
from daicho.requirements import catalogue_or_product
from daicho.text import mark
from privacy_mark.assessments.index import RecordKind
from privacy_mark.assessments.model import EvidenceKind, FindingState, LetterState, ReportState, Stage
from registry.store import Tx

STAGE: Mapping[Stage, str] = {Stage.DOCUMENT: mark("文書審査"), Stage.ON_SITE: mark("現地審査")}
LETTER: Mapping[LetterState, str] = {
    LetterState.OPEN: mark("回答を作成中"),
    LetterState.SENT: mark("審査機関の確認待ち"),
    LetterState.ACCEPTED: mark("改善を確認された"),
}
FINDING: Mapping[FindingState, str] = {
    FindingState.OPEN: mark("回答待ち"),
    FindingState.ANSWERED: mark("回答の承認待ち"),
    FindingState.APPROVED: mark("回答を承認済み"),
}
REPORT: Mapping[ReportState, str] = {
    ReportState.SENT: mark("審査機関の確認待ち"),
    ReportState.ACCEPTED: mark("受理された"),
    ReportState.RETURNED: mark("差し戻された"),
}
EVIDENCE: Mapping[EvidenceKind, str] = {
    EvidenceKind.LEDGER: mark("台帳の記載"),
    EvidenceKind.PLAN: mark("年間計画"),
    EvidenceKind.COMPLAINT: mark("苦情・相談"),
    EvidenceKind.ACTION: mark("是正処置の記録"),
    EvidenceKind.TRAINING: mark("教育の記録"),
    EvidenceKind.CONFIRMATION: mark("運用の確認"),
    EvidenceKind.RULE: mark("内部規程"),
    EvidenceKind.OTHER: mark("そのほかの記録"),
}


class Place(NamedTuple):
    """What a kind of record is called, and the page that shows it."""

    name: str
    address: str


RECORD: Mapping[RecordKind, Place] = {
    RecordKind.PLANS: Place(mark("目的と年間計画"), addresses.PMS_YEARS),
    RecordKind.LEDGER: Place(mark("個人情報管理台帳の記載"), addresses.LEDGER),
    RecordKind.LEDGER_CHANGES: Place(mark("台帳の変更・見直し・承認"), addresses.LEDGER),
    RecordKind.RISKS: Place(mark("リスク分析の版"), addresses.RISKS),
    RecordKind.SCANS: Place(mark("走査の結果（氏名は伏せて表示）"), addresses.INVENTORY),
    RecordKind.DIFFERENCES: Place(mark("台帳と実態の差異"), addresses.CASES),
    RecordKind.TRAINING: Place(mark("受講の記録"), addresses.TRAINING),
    RecordKind.ACCIDENTS: Place(mark("審査機関に報告する事故"), addresses.CERTIFICATES),
    RecordKind.RULES: Place(mark("承認された内部規程の版"), addresses.DOCUMENTS),
    RecordKind.EVIDENCE: Place(mark("要求事項ごとの証跡"), addresses.REQUIREMENTS),
    RecordKind.CONFIRMATIONS: Place(mark("運用の確認の回答"), addresses.CONFIRMATIONS),
    RecordKind.AUDITS: Place(mark("実施した内部監査"), addresses.AUDITS),
    RecordKind.REVIEWS: Place(mark("マネジメントレビューの記録"), addresses.MANAGEMENT_REVIEWS),
    RecordKind.ACTIONS: Place(mark("是正処置の記録"), addresses.ACTIONS),
    RecordKind.FINDINGS: Place(mark("審査の指摘事項の文書"), addresses.ASSESSMENTS),
    RecordKind.NOTICES: Place(mark("通知・同意文の版"), addresses.NOTICES),
    RecordKind.PROVISIONS: Place(mark("提供・受領の記録"), addresses.PROVISIONS),
    RecordKind.DISPOSALS: Place(mark("廃棄の依頼と証明書"), addresses.DISPOSALS),
    RecordKind.PROCESSORS: Place(mark("委託先と契約"), addresses.PROCESSORS),
    RecordKind.EVALUATIONS: Place(mark("委託先の評価"), addresses.PROCESSORS),
    RecordKind.REQUESTS: Place(mark("開示等の請求の受付"), addresses.REQUESTS),
    RecordKind.COMPLAINTS: Place(mark("苦情・相談の受付簿"), addresses.COMPLAINTS),
}
EVIDENCE_PAGE: Mapping[EvidenceKind, tuple[str, str]] = {
    EvidenceKind.LEDGER: (addresses.LEDGER, "entry"),
    EvidenceKind.PLAN: (addresses.PMS_YEARS, "year"),
    EvidenceKind.COMPLAINT: (addresses.COMPLAINTS, "complaint"),
    EvidenceKind.ACTION: (addresses.ACTIONS, "action"),
}
"""Page, and name in its address, of records that have numbers."""
_REFUSED: Mapping[tuple[str, str], str] = {
    ("round", "ended"): mark("この申請は終わっていて、審査の記録は変更できません。"),
    ("round", "taken"): mark("この申請の審査の記録は、すでにあります。"),
    ("received_on", "future"): mark("受け取った日が先の日付です。"),
    ("received_on", "before_issue"): mark("受け取った日が、文書の日付より前です。"),
    ("due_on", "no_rule"): mark(
        "この文書の期限を決める規則がありません。文書にある期限と理由を入れてください。"
    ),
    ("due_on", "before_issue"): mark("期限が文書の日付より前です。"),
    ("due_on", "before_receipt"): mark("回答の期限が、文書を受け取った日より前です。"),
    ("due_on", "after_report"): mark("回答の期限が、報告書の期限より後です。"),
    ("reason", "required"): mark("期限を手で決める理由を入れてください。"),
    ("actual_on", "order"): mark(
        "申請の手順の実施日と順番が合いません。「付与と更新」で審査の日程を直してください。"
    ),
    ("state", "not_open"): mark("報告書を提出した後は変更できません。"),
    ("state", "not_sent"): mark("審査機関の確認を待つ報告書がありません。"),
    ("state", "worked_on"): mark("ファイルや是正処置のある指摘は取り消せません。"),
    ("state", "approved"): mark("回答は承認されています。変えるときは、先に回答を直してください。"),
    ("action", "taken"): mark("この指摘の是正処置は、すでに始まっています。"),
    ("finding", "required"): mark("指摘の内容を入れてください。"),
    ("finding", "too_long"): mark("指摘の内容が長すぎます。"),
    ("state", "answered"): mark("回答のある指摘は取り消せません。"),
    ("state", "not_answered"): mark("まだ回答がありません。"),
    ("state", "given"): mark("すでに渡した記録があります。"),
    ("state", "not_given"): mark("まだ渡していません。"),
    ("number", "required"): mark("指摘の番号を、文書のとおりに入れてください。"),
    ("number", "taken"): mark("この番号の指摘は、この文書にすでに登録されています。"),
    ("text", "required"): mark("指摘の内容を入れてください。"),
    ("requirement", "form"): mark("要求事項は「J.3.1.3」の形で入れてください。"),
    ("unit_id", "outside"): mark("担当する組織は、審査を受ける組織かその配下から選んでください。"),
    ("unit_id", "closed"): mark("この組織は閉じられています。"),
    ("owner", "unknown"): mark("この方は、その組織の指摘に回答する権限がありません。"),
    ("owner", "not_yours"): mark("この指摘は、担当者が回答します。"),
    ("answer", "required"): mark("改善した内容を入れてください。"),
    ("evidence", "required"): mark("証跡を 1 つ以上入れるか、ファイルを添付してください。"),
    ("reference", "required"): mark("証跡の番号を入れてください。"),
    ("reference", "unknown"): mark("この番号の記録は、この法人には見つかりません。"),
    ("what", "required"): mark("内容を入れてください。"),
    ("approver", "own_answer"): mark("ご自身の回答は承認できません。別の方が承認します。"),
    ("note", "required"): mark("差し戻しの理由を入れてください。"),
    ("findings", "required"): mark("指摘が 1 つも登録されていません。"),
    ("findings", "open"): mark("承認されていない回答があります。"),
    ("sent_on", "future"): mark("提出日が先の日付です。"),
    ("sent_on", "before_receipt"): mark("提出日が、文書を受け取った日より前です。"),
    ("decided_on", "future"): mark("審査機関の回答日が先の日付です。"),
    ("decided_on", "before_report"): mark("審査機関の回答日が、提出日より前です。"),
    ("again", "required"): mark("もう一度回答する指摘を選んでください。"),
    ("begins", "form"): mark("時刻は「09:30」の形で入れてください。"),
    ("ends", "form"): mark("時刻は「09:30」の形で入れてください。"),
    ("ends", "before_start"): mark("終わりの時刻が始まりより前です。"),
    ("slots", "too_many"): mark("日程は 60 行までです。"),
    ("due_at", "past"): mark("求められた時刻が過ぎています。"),
    ("given", "required"): mark("渡したもの、または見せたものを入れてください。"),
}


def requirement(name: str, language: str, on: date, context: PageContext) -> str:
    """Return the id of a requirement with its title on a day, where the catalogue knows it."""
    known = catalogue_or_product(context.workspace.path).on(on).requirements.get(name)
    return f"{name}　{known.title.of(language)}" if known else name


def left(on: date, today: date, context: PageContext) -> str:
    """Return how far away a day is, or for how long it has passed."""
    days = (on - today).days
    if days < 0:
        return context.text("{days} 日過ぎています", days=-days)
    return context.text("今日まで") if days == 0 else context.text("あと {days} 日", days=days)


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context, mark("この審査の記録は見つからないか、閲覧できません。"))


def do(act: Callable[[Tx], object], said: str, context: PageContext, *, key: str) -> None:
    """Take a step, refused in the words of assessments."""
    take(act, said, context, key=key, refused=refused)
