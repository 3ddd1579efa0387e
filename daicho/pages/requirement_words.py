"""Words of requirements, evidence and readiness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from daicho.pages import addresses
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import why_not
from daicho.text import Translator, mark
from privacy_mark.requirements.evidence import Origin
from privacy_mark.requirements.facts import Fact, Standing
from privacy_mark.requirements.model import (
    Confidence,
    Correction,
    EvidenceKind,
    Frequency,
    Requirement,
    SupplierId,
)
from privacy_mark.requirements.planned import Planned
from privacy_mark.requirements.readiness import Lack, Met, NeedState, NotAssessed, NotMet, State, Unassessed
from registry.errors import Conflict

KIND: Mapping[EvidenceKind, str] = {
    EvidenceKind.DOCUMENT: mark("規程・手順"),
    EvidenceKind.RECORD: mark("記録"),
    EvidenceKind.PUBLICATION: mark("公表物"),
    EvidenceKind.CONTRACT: mark("契約・誓約"),
    EvidenceKind.SETTING: mark("システムの状態"),
}
FREQUENCY: Mapping[Frequency, str] = {
    Frequency.ONCE: mark("改めるまで"),
    Frequency.MONTHLY: mark("毎月"),
    Frequency.QUARTERLY: mark("3 か月ごと"),
    Frequency.HALF_YEARLY: mark("半年ごと"),
    Frequency.YEARLY: mark("毎年"),
    Frequency.BIENNIAL: mark("2 年ごと"),
}
CONFIDENCE: Mapping[Confidence, str] = {
    Confidence.READ: mark("資料で確認"),
    Confidence.READ_ONCE: mark("二次資料 1 点で確認"),
    Confidence.HIGH: mark("ほぼ確か（要確認）"),
    Confidence.MEDIUM: mark("推定（要確認）"),
    Confidence.LOW: mark("不確か（要確認）"),
}
ORIGIN: Mapping[Origin, str] = {
    Origin.FILE: mark("ファイル"),
    Origin.ROWS: mark("本製品の記録の引用"),
    Origin.STATEMENT: mark("該当なしの記録"),
}
STATE: Mapping[type[State], str] = {
    Met: mark("証跡あり"),
    NotMet: mark("証跡不足"),
    NotAssessed: mark("未確認"),
}
_SHAPE: Mapping[type[State], str] = {Met: "●", NotMet: "△", NotAssessed: "―"}
LACK: Mapping[Lack, str] = {
    Lack.NONE: mark("まだありません"),
    Lack.EXPIRED: mark("期限が切れています"),
    Lack.UNDER_WAY: mark("本製品の記録では実施中です"),
    Lack.CONTRADICTED: mark("本製品の記録では満たしていません"),
}
_FACT: Mapping[SupplierId, str] = {
    SupplierId.LEDGER_REVIEW: mark("台帳の記載 {of} 件のうち {done} 件を 1 年以内に見直し"),
    SupplierId.RISK_REVIEW: mark("台帳の記載 {of} 件のうち {done} 件のリスク分析を承認済み"),
    SupplierId.SCANS: mark("走査の対象 {of} か所のうち {done} か所を 3 か月以内に漏れなく走査"),
    SupplierId.RECONCILIATION: mark("未解決の差異 {of} 件のうち期限内が {done} 件"),
    SupplierId.TRAINING: mark("対象の従業者 {of} 名のうち {done} 名が合格（休職などで除く {explained} 名）"),
    SupplierId.CONFIRMATIONS: mark("職場・業務 {of} 件のうち {done} 件の運用の確認が済み"),
    SupplierId.YEAR_PLAN: mark("年間計画の期限が来た {of} 件のうち {done} 件を実施"),
    SupplierId.AUDIT_CONFORMITY: mark("全部門の適合状況の監査 {of} 件のうち {done} 件が終了"),
    SupplierId.AUDIT_OPERATION: mark("全部門の運用状況の監査 {of} 件のうち {done} 件が終了"),
    SupplierId.MANAGEMENT_REVIEW: mark("マネジメントレビュー {of} 回のうち {done} 回が終了"),
    SupplierId.REQUESTS: mark("開示等の請求 {of} 件のうち {done} 件が期限内"),
    SupplierId.COMPLAINTS: mark("苦情・相談 {of} 件のうち {done} 件が期限内"),
    SupplierId.ACCIDENTS: mark("事故の報告 {of} 件のうち {done} 件が期限内"),
    SupplierId.PROCESSORS: mark("委託先 {of} 件のうち {done} 件の契約が有効"),
    SupplierId.PROCESSOR_EVALUATION: mark(
        "委託先 {of} 件のうち {done} 件は期限内に評価済みで、C の評価ではない"
    ),
    SupplierId.CORRECTIVE_ACTIONS: mark("是正処置と審査の指摘 {of} 件のうち {done} 件を承認"),
    SupplierId.CHANGES: mark("変更報告 {of} 件のうち {done} 件が期限内"),
    SupplierId.DOCUMENTS: mark("施行中の内部規程 {of} 件のうち {done} 件に改定の遅れなし"),
    SupplierId.POLICY: mark("施行中の個人情報保護方針 {of} 件のうち {done} 件に改定の遅れなし"),
    SupplierId.RULE_REVIEW: mark("施行中の内部規程 {of} 件のうち {done} 件を 1 年以内に見直し"),
    SupplierId.RULE_DISTRIBUTION: mark("規程の配付 延べ {of} 名のうち {done} 名が閲覧"),
    SupplierId.GOVERNANCE: mark("役職・委員長 {of} 件のうち {done} 件を任命"),
    SupplierId.MANAGERS: mark("個人情報保護管理者・監査責任者 {of} 件のうち {done} 件を任命"),
    SupplierId.DECISIONS: mark("決定事項 {of} 件のうち {done} 件が全部門に到達"),
    SupplierId.LAWS: mark("法令等 {of} 件のうち {done} 件の該当を決定"),
    SupplierId.SELF_CHECK: mark("自己点検 {of} 回のうち {done} 回が承認済み"),
    SupplierId.JOURNAL: mark("操作記録の先頭を外部に保存"),
}
PLACE: Mapping[SupplierId, str] = {
    SupplierId.LEDGER_REVIEW: addresses.LEDGER,
    SupplierId.RISK_REVIEW: addresses.RISKS,
    SupplierId.SCANS: addresses.INVENTORY,
    SupplierId.RECONCILIATION: addresses.CASES,
    SupplierId.JOURNAL: addresses.JOURNAL,
    SupplierId.TRAINING: addresses.TRAINING,
    SupplierId.AUDIT_CONFORMITY: addresses.AUDITS,
    SupplierId.AUDIT_OPERATION: addresses.AUDITS,
    SupplierId.CORRECTIVE_ACTIONS: addresses.ACTIONS,
    SupplierId.MANAGEMENT_REVIEW: addresses.MANAGEMENT_REVIEWS,
    SupplierId.CONFIRMATIONS: addresses.CONFIRMATIONS,
    SupplierId.YEAR_PLAN: addresses.PMS_YEARS,
    SupplierId.PROCESSORS: addresses.PROCESSORS,
    SupplierId.PROCESSOR_EVALUATION: addresses.PROCESSORS,
    SupplierId.REQUESTS: addresses.REQUESTS,
    SupplierId.COMPLAINTS: addresses.COMPLAINTS,
    SupplierId.ACCIDENTS: addresses.CERTIFICATES,
    SupplierId.CHANGES: addresses.CHANGES,
    SupplierId.DOCUMENTS: addresses.DOCUMENTS,
    SupplierId.POLICY: addresses.DOCUMENTS,
    SupplierId.RULE_REVIEW: addresses.DOCUMENTS,
    SupplierId.RULE_DISTRIBUTION: addresses.DOCUMENTS,
    SupplierId.GOVERNANCE: addresses.GOVERNANCE,
    SupplierId.MANAGERS: addresses.GOVERNANCE,
    SupplierId.DECISIONS: addresses.GOVERNANCE,
    SupplierId.LAWS: addresses.LAWS,
    SupplierId.SELF_CHECK: addresses.SELF_CHECKS,
}
"""The page with the rows that a supplier counts."""
_RULES: Mapping[tuple[str, str], str] = {
    ("title", "required"): mark("証跡の題名を入れてください。"),
    ("title", "too_long"): mark("証跡の題名は 200 字までです。"),
    ("note", "required"): mark("該当なしとする理由を入れてください。"),
    ("shows", "required"): mark("何を示す証跡かを選んでください。"),
    ("shows", "not_shown"): mark("本製品の記録はまだこれを示していません。先に不足を解消してください。"),
    ("effective_on", "future"): mark("証跡の日付は今日までの日にしてください。"),
    ("valid_until", "before_effective"): mark("有効期限は証跡の日付より後にしてください。"),
    ("data", "required"): mark("ファイルを選んでください。"),
    ("data", "too_large"): mark("ファイルは 10 MB までです。"),
    ("data", "kind"): mark(
        "この種類のファイルは添付できません。PDF、画像、Word・Excel・PowerPoint（マクロなし）、"
        "メール、テキストを選んでください。"
    ),
    ("data", "taken"): mark("同じファイルがこの単位の証跡にすでにあります。"),
    ("confirmer", "same_person"): mark(
        "証跡を追加した方は確認できません。ほかの方に確認を依頼してください。"
    ),
    ("state", "missing"): mark("不足している証跡があります。"),
    ("state", "decided"): mark("すでに確認または取り消しが済んでいます。"),
    ("reason", "required"): mark("削除する理由を入れてください。"),
}


def state(of: State, text: Translator) -> str:
    """Return a state with its shape."""
    return f"{_SHAPE[type(of)]} {text(STATE[type(of)])}"


def next_action(of: State, text: Translator) -> str:
    """Return what is to be done next."""
    match of:
        case NotAssessed(Unassessed.NOT_CONFIRMED):
            return text("証跡を確認する")
        case Met():
            return text("内容を見る")
        case _:
            return text("証跡を追加する")


def fact(of: Fact, supplier: SupplierId, context: PageContext) -> str:
    """Return what the product's own records say, with the day."""
    text, number = context.text, context.formats.number
    if of.standing is Standing.UNKNOWN:
        return text("本製品にはまだ記録がありません")
    counts = {"done": number(of.done), "of": number(of.of), "explained": number(of.explained)}
    said = text(_FACT[supplier], **counts) if supplier in _FACT else ""
    if of.few:
        said = text("対象の従業者が少ないため、人数は示しません")
    day = context.formats.day
    when = text("（日付 {day}）", day=day(of.on)) if of.on is not None else ""
    if of.until is None or of.standing is Standing.LACKING:
        return said + when
    if of.standing is Standing.UNDER_WAY:
        return said + when + text("。実施中、期限 {day}", day=day(of.until))
    return said + when + text("。{day} まで有効", day=day(of.until))


def lacking(need: NeedState, context: PageContext) -> str:
    """Return the missing record by name, and why it is missing."""
    why = context.text(LACK[need.lack]) if need.lack is not None else ""
    name = need.need.name.of(context.language)
    return context.text("{name}：{why}", name=name, why=why)


def planned(of: Planned, context: PageContext) -> str:
    """Return who brings what is missing, and by when."""
    text = context.text
    owner = of.owner or text("個人情報保護管理者")
    if of.due_on is None:
        return text("担当 {owner}、期限は未定", owner=owner)
    return text("担当 {owner}、期限 {day}", owner=owner, day=context.formats.day(of.due_on))


def period(of: Requirement, context: PageContext) -> str:
    """Return from when until when a version of a requirement is in force."""
    text, day = context.text, context.formats.day
    if of.valid_from is None:
        return NONE if of.valid_until is None else text("{last} まで", last=day(of.valid_until))
    if of.valid_until is None:
        return text("{first} から", first=day(of.valid_from))
    return text("{first} から {last}", first=day(of.valid_from), last=day(of.valid_until))


def corrected(by: Sequence[Correction], context: PageContext) -> str:
    """Return which lines of which files of the workspace corrected something, and where that is from."""
    told = (
        context.text(
            "{file} の {line} 行目：{source}", file=Path(each.file).name, line=each.line, source=each.source
        )
        for each in by
    )
    return context.text("、").join(told)


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done."""
    if isinstance(error, Conflict):
        return context.text("証跡がその間に変わりました。もう一度見てから確認してください。")
    return why_not(error, _RULES, context)
