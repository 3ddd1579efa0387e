"""Words for the registry's codes: categories, kinds, exposures, reasons. The codes never reach the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from daicho.text import Translator, mark
from registry.affiliations import AffiliationKind
from registry.case_states import CaseState, Step
from registry.disposal_states import DisposalMethod, DisposalState
from registry.model import DiscrepancyKind, Role, UnitKind
from scanners.model import Category, EvidenceKind, Exposure, Outcome, Reason, Suffix

CATEGORY: Mapping[Category, str] = {
    Category.PERSON: mark("氏名"),
    Category.ADDRESS: mark("住所"),
    Category.POSTAL_CODE: mark("郵便番号"),
    Category.PHONE: mark("電話番号"),
    Category.EMAIL: mark("メールアドレス"),
    Category.DOB: mark("生年月日"),
    Category.MY_NUMBER: mark("個人番号"),
    Category.DRIVER_LICENSE: mark("運転免許証番号"),
    Category.PASSPORT: mark("旅券番号"),
    Category.RESIDENCE_CARD: mark("在留カード番号"),
    Category.HEALTH_INSURANCE: mark("被保険者番号"),
    Category.PENSION_NUMBER: mark("基礎年金番号"),
    Category.EMPLOYMENT_INSURANCE: mark("雇用保険被保険者番号"),
    Category.RESIDENT_CODE: mark("住民票コード"),
    Category.BANK_ACCOUNT: mark("口座番号"),
    Category.CREDIT_CARD: mark("カード番号"),
    Category.PATIENT_ID: mark("患者番号"),
    Category.STAFF_ID: mark("社員番号"),
    Category.CUSTOMER_ID: mark("顧客番号"),
    Category.FOREIGN_ID: mark("外国の番号"),
    Category.MEDICAL: mark("健康情報"),
    Category.MEDICAL_CONTEXT: mark("診療の情報"),
    Category.DISABILITY: mark("障害"),
    Category.CREED: mark("信条"),
    Category.RACE_ORIGIN: mark("人種・社会的身分"),
    Category.CRIMINAL_RECORD: mark("犯罪の経歴"),
    Category.CRIME_VICTIM: mark("犯罪の被害"),
}
# The gravest first: sentences and narrow cells name only the first few.
GRAVITY = (
    Category.MY_NUMBER,
    Category.MEDICAL,
    Category.MEDICAL_CONTEXT,
    Category.CRIMINAL_RECORD,
    Category.CRIME_VICTIM,
    Category.CREED,
    Category.RACE_ORIGIN,
    Category.DISABILITY,
    Category.HEALTH_INSURANCE,
    Category.DRIVER_LICENSE,
    Category.PASSPORT,
    Category.RESIDENCE_CARD,
    Category.PENSION_NUMBER,
    Category.RESIDENT_CODE,
    Category.EMPLOYMENT_INSURANCE,
    Category.CREDIT_CARD,
    Category.BANK_ACCOUNT,
    Category.PATIENT_ID,
    Category.STAFF_ID,
    Category.CUSTOMER_ID,
    Category.FOREIGN_ID,
    Category.PERSON,
    Category.DOB,
    Category.ADDRESS,
    Category.PHONE,
    Category.EMAIL,
    Category.POSTAL_CODE,
)
EXPOSURE: Mapping[Exposure, str] = {
    Exposure.EVERYONE: mark("全員が読める"),
    Exposure.ALL_STAFF: mark("全職員が読める"),
    Exposure.GROUP: mark("部署が読める"),
    Exposure.OWNER: mark("特定の人だけが読める"),
    Exposure.UNKNOWN: mark("読める人が不明"),
}
_ROOT = "root"
READERS: Mapping[Exposure, str] = {
    Exposure.EVERYONE: mark("全員"),
    Exposure.ALL_STAFF: mark("全職員"),
    Exposure.GROUP: mark("部署"),
    Exposure.OWNER: mark("特定の人だけ"),
    Exposure.UNKNOWN: mark("不明"),
}
SENSITIVITY: Mapping[str, str] = {
    "plain": mark("個人情報"),
    "financial": mark("財産の情報"),
    "identification_code": mark("個人識別符号"),
    "special_care": mark("健康情報など（要配慮）"),
    "my_number": mark("個人番号（特定個人情報）"),
}
LEDGER_STATE: Mapping[str, str] = {
    "registered": mark("台帳のとおり"),
    "drift": mark("台帳と違う"),
    "over_retained": mark("保管期限を過ぎている"),
    "unregistered": mark("台帳にない"),
    "wrong_unit": mark("ほかの単位のデータ"),
}
DISCREPANCY: Mapping[DiscrepancyKind, str] = {
    DiscrepancyKind.UNREGISTERED: mark("未登録"),
    DiscrepancyKind.NOT_FOUND: mark("登録のみ"),
    DiscrepancyKind.CATEGORY_DRIFT: mark("種類の差"),
    DiscrepancyKind.COUNT_DRIFT: mark("件数の差"),
    DiscrepancyKind.OVER_RETAINED: mark("期限超過"),
    DiscrepancyKind.OVER_EXPOSED: mark("閲覧範囲の超過"),
    DiscrepancyKind.WRONG_UNIT: mark("単位違い"),
    DiscrepancyKind.COPIED: mark("同じ名簿の重複"),
    DiscrepancyKind.NO_CONTRACT: mark("委託契約の範囲外"),
}
CASE_STATE: Mapping[CaseState, str] = {
    CaseState.NEW: mark("新規"),
    CaseState.ASSIGNED: mark("割当済み"),
    CaseState.REOPENED: mark("再開"),
    CaseState.PROPOSED: mark("説明の承認待ち"),
    CaseState.EXPLAINED: mark("説明済み"),
    CaseState.LEDGER_CORRECTED: mark("台帳訂正済み"),
    CaseState.DATA_REMOVED: mark("データ除去済み"),
    CaseState.CONFIRMED: mark("確認済み"),
    CaseState.VANISHED: mark("消滅"),
    CaseState.SOURCE_REMOVED: mark("対象外（走査対象を取消）"),
}
STEP: Mapping[Step, str] = {
    Step.ASSIGN: mark("担当を決めた"),
    Step.EXPLAIN: mark("説明して承認を依頼した"),
    Step.APPROVE: mark("説明を承認した"),
    Step.REJECT: mark("説明を差し戻した"),
    Step.CORRECT_LEDGER: mark("台帳を訂正した"),
    Step.REMOVE_DATA: mark("データを除いた"),
    Step.WITHDRAW: mark("取り消して再開した"),
    Step.COMMENT: mark("コメント"),
    Step.OPEN: mark("走査で見つかった"),
    Step.CONFIRM: mark("走査で確認した"),
    Step.VANISH: mark("走査で見つからなくなった"),
    Step.SOURCE_GONE: mark("走査対象の登録が取り消された"),
    Step.FOUND_AGAIN: mark("走査で再び見つかり、再開した"),
    Step.STILL_FOUND: mark("走査でまだ見つかり、再開した"),
    Step.EXPIRE: mark("説明の期限が過ぎ、再開した"),
}
DISPOSAL_STATE: Mapping[DisposalState, str] = {
    DisposalState.PROPOSED: mark("承認待ち"),
    DisposalState.APPROVED: mark("承認済み"),
    DisposalState.REFUSED: mark("却下"),
    DisposalState.EXECUTED: mark("実施済み（走査待ち）"),
    DisposalState.CONFIRMED: mark("走査で確認済み"),
    DisposalState.NOT_CONFIRMED: mark("データが残っている"),
}
DISPOSAL_METHOD: Mapping[DisposalMethod, str] = {
    DisposalMethod.DELETE: mark("削除"),
    DisposalMethod.OVERWRITE: mark("復元できない消去"),
    DisposalMethod.DESTROY: mark("媒体の破壊"),
    DisposalMethod.DISSOLVE: mark("紙の裁断・溶解"),
    DisposalMethod.RETURN: mark("提供元への返却"),
    DisposalMethod.ENTRUST: mark("業者への委託"),
}
UNIT_KIND: Mapping[UnitKind, str] = {
    UnitKind.GROUP: mark("グループ"),
    UnitKind.HEADQUARTERS: mark("本社"),
    UnitKind.COMPANY: mark("国内会社"),
    UnitKind.OVERSEAS: mark("海外会社"),
    UnitKind.HOSPITAL: mark("病院"),
    UnitKind.SITE: mark("事業所"),
    UnitKind.DEPARTMENT: mark("部門"),
}
ROLE: Mapping[Role, str] = {
    Role.ADMINISTRATOR: mark("管理者"),
    Role.GROUP_OFFICER: mark("グループ個人情報保護責任者"),
    Role.TOP_MANAGEMENT: mark("トップマネジメント"),
    Role.OFFICER: mark("個人情報保護管理者"),
    Role.AUDIT_MANAGER: mark("個人情報保護監査責任者"),
    Role.AUDITOR: mark("監査員"),
    Role.STATUTORY_AUDITOR: mark("監査役"),
    Role.DEPARTMENT_MANAGER: mark("部門管理者"),
    Role.TRAINING_MANAGER: mark("教育責任者"),
    Role.COMPLAINTS_DESK: mark("苦情相談窓口"),
    Role.MY_NUMBER_CLERK: mark("特定個人情報事務取扱担当者"),
    Role.INFORMATION_ASSETS_MANAGER: mark("情報資産管理者"),
    Role.MEDICAL_SYSTEMS_MANAGER: mark("医療情報システム安全管理責任者"),
    Role.SCAN_OPERATOR: mark("病院の走査担当者"),
    Role.CERTIFICATION_TEAM: mark("認証取得チーム"),
    Role.EXECUTIVE: mark("役員"),
    Role.WORKER: mark("従業者"),
    Role.SUPPLIER_CONTACT: mark("委託先の担当者"),
}
AFFILIATION: Mapping[AffiliationKind, str] = {
    AffiliationKind.PRIMARY: mark("主務"),
    AffiliationKind.CONCURRENT: mark("兼務"),
    AffiliationKind.SECONDMENT: mark("出向"),
    AffiliationKind.DISPATCHED: mark("派遣"),
}
OUTCOME: Mapping[Outcome, str] = {
    Outcome.COMPLETE: mark("全体を調査"),
    Outcome.PARTIAL: mark("一部だけ調査"),
    Outcome.SKIPPED: mark("対象外"),
    Outcome.FAILED: mark("読めず"),
}
SUFFIX: Mapping[Suffix, str] = {
    Suffix.FINE: mark("内容（{kind}）と合っています"),
    Suffix.MISSING: mark("内容（{kind}）を表していません"),
    Suffix.MISLEADING: mark("内容（{kind}）と違います"),
}
REASON: Mapping[Reason, str] = {
    Reason.DENIED: mark("読む権限がない"),
    Reason.VANISHED: mark("走査中に消えた"),
    Reason.CHANGED: mark("走査中に変わった"),
    Reason.UNREADABLE: mark("装置が読めない"),
    Reason.ENCRYPTED: mark("パスワード付き"),
    Reason.DAMAGED: mark("壊れている"),
    Reason.OVERSIZED: mark("大きすぎる"),
    Reason.EXPANDS_TOO_FAR: mark("展開すると大きすぎる"),
    Reason.TOO_DEEP: mark("入れ子が深すぎる"),
    Reason.TOO_MANY_MEMBERS: mark("中身が多すぎる"),
    Reason.TIME_LIMIT: mark("時間切れ"),
    Reason.MEMORY_LIMIT: mark("メモリー不足"),
    Reason.CRASHED: mark("読み取りが異常終了"),
    Reason.UNDECODABLE: mark("文字コードが不明"),
    Reason.UNSUPPORTED: mark("未対応の形式"),
    Reason.SAMPLED: mark("抜き取りで調査"),
    Reason.NOT_REGULAR: mark("通常のファイルではない"),
    Reason.LINK: mark("リンク"),
    Reason.EXCLUDED: mark("除外の設定"),
    Reason.NOT_LISTED: mark("一覧を取れない"),
    Reason.UNREACHABLE: mark("サーバーが応答しない"),
    Reason.IN_USE: mark("ほかのプログラムが使用中"),
    Reason.INTERNAL: mark("内部の誤り"),
}
EVIDENCE: Mapping[EvidenceKind, str] = {
    EvidenceKind.PATTERN: mark("書式"),
    EvidenceKind.CHECK_DIGIT: mark("検査数字"),
    EvidenceKind.LABEL: mark("見出し語"),
    EvidenceKind.COLUMN: mark("列名"),
    EvidenceKind.FIELD: mark("形式が定める項目"),
    EvidenceKind.DENSITY: mark("同種が並ぶ"),
    EvidenceKind.DICTIONARY: mark("辞書"),
    EvidenceKind.NUMBERING_PLAN: mark("番号計画"),
    EvidenceKind.CONTEXT: mark("前後の情報"),
    EvidenceKind.ERA_ENDED: mark("元号の終了日より後"),
    EvidenceKind.ERA_TURN: mark("改元日と矛盾"),
}
COLUMN: Mapping[str, str] = {
    "name": mark("個人情報の名称"),
    "items": mark("項目"),
    "purpose": mark("利用目的"),
    "places": mark("保管場所"),
    "storage_method": mark("保管方法"),
    "access_holders": mark("アクセス権を有する者"),
    "end_of_use": mark("利用期限"),
    "retention_months": mark("保管期間（月）"),
    "retention_until": mark("保管期限（日付）"),
    "approximate_count": mark("件数（人）"),
    "exposure": mark("読める人の範囲"),
    "owner": mark("管理部門・責任者"),
    "unit_id": mark("単位"),
}


def listed(words: Iterable[str], text: Translator, limit: int = 0) -> str:
    """Return words joined as the language does; more than `limit` are counted."""
    each = list(words)
    rest = len(each) - limit if limit and len(each) > limit else 0
    shown = each[:limit] if rest else each
    joined = text("、").join(shown)
    return f"{joined} +{rest}" if rest else joined


def account(name: str, text: Translator) -> str:
    """Return an account or group that may read something as people call it, without the system's prefix."""
    kind, separator, rest = name.partition(":")
    match kind if separator else "":
        case "group":
            return text("グループ {name}", name=rest)
        case "user":
            return rest
    return text("root（コンピューターの管理者）") if name == _ROOT else name


def who_reads(exposure: Exposure, names: Iterable[str], text: Translator, limit: int = 0) -> str:
    """Return who can read something: everyone and all staff by that word, narrower circles by their names.

    Of all staff the groups are named besides, as they are where it can be narrowed. Empty where nobody knows.
    """
    if exposure is Exposure.EVERYONE:
        return text(READERS[exposure])
    if exposure is Exposure.ALL_STAFF:
        named = listed((account(each, text) for each in names if each != _ROOT), text, limit)
        wide = text(READERS[exposure])
        return text("{name}（{further}）", name=wide, further=named) if named else wide
    return listed((account(each, text) for each in names), text, limit)


def within(name: str, unit: str, text: Translator) -> str:
    """Return something with the unit that it is of: 主務（本社）, Primary (Headquarters)."""
    return text("{name}（{unit}）", name=name, unit=unit)


def categories(found: Iterable[Category], text: Translator, limit: int = 0) -> str:
    """Return the names of categories, the gravest first."""
    present = frozenset(found)
    return listed((text(CATEGORY[category]) for category in GRAVITY if category in present), text, limit)


def evidence(why: str, text: Translator) -> str:
    """Return why a finding was believed, from its codes "label=電話番号;pattern"."""
    words = []
    for code in filter(None, why.split(";")):
        kind, _, detail = code.partition("=")
        if kind in set(EvidenceKind):
            name = text(EVIDENCE[EvidenceKind(kind)])
            words.append(
                f"{name}「{detail}」" if detail and text.language == "ja" else f"{name} {detail}".strip()
            )
    return listed(words, text)
