"""Words of internal audits: states, results, rules of independence, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.eligibility import Competence, Rule
from privacy_mark.audits.model import Audit, AuditState, Paper, PaperResult, ProgrammeScope, ProgrammeState
from registry.model import UnitId

SCOPE: Mapping[ProgrammeScope, str] = {
    ProgrammeScope.DEPARTMENTS: mark("自社の全部門"),
    ProgrammeScope.COMPANIES: mark("国内の会社・病院"),
}
STATE: Mapping[ProgrammeState, str] = {
    ProgrammeState.PLANNED: mark("承認待ち"),
    ProgrammeState.APPROVED: mark("監査員の割当て前"),
    ProgrammeState.ASSIGNED: mark("実施中"),
    ProgrammeState.REPORTED: mark("報告済み・受領待ち"),
    ProgrammeState.RECEIVED: mark("報告を受領"),
}
AUDIT_STATE: Mapping[AuditState, str] = {
    AuditState.PLANNED: mark("未着手"),
    AuditState.UNDER_WAY: mark("実施中"),
    AuditState.DONE: mark("終了"),
}
KIND: Mapping[AuditKind, str] = {
    AuditKind.CONFORMITY: mark("適合状況"),
    AuditKind.OPERATION: mark("運用状況"),
    AuditKind.BOTH: mark("適合状況・運用状況"),
}
RESULT: Mapping[PaperResult, str] = {
    PaperResult.CONFORMING: mark("適合"),
    PaperResult.OBSERVATION: mark("観察事項"),
    PaperResult.NONCONFORMING: mark("不適合"),
    PaperResult.NOT_APPLICABLE: mark("該当なし"),
}
COMPETENCE: Mapping[Competence, str] = {
    Competence.OVERSEAS: mark("海外の法令"),
    Competence.MEDICAL: mark("医療"),
    Competence.MY_NUMBER: mark("特定個人情報"),
}
LANGUAGE: Mapping[str, str] = {"ja": mark("日本語"), "en": mark("英語")}
REGION: Mapping[str, str] = {
    "hokkaido": mark("北海道"),
    "tohoku": mark("東北"),
    "kanto": mark("関東"),
    "chubu": mark("中部"),
    "kinki": mark("近畿"),
    "chugoku": mark("中国地方"),
    "shikoku": mark("四国"),
    "kyushu": mark("九州・沖縄"),
}
"""Where auditors and units are; abroad it is the code of the country."""
RULE: Mapping[Rule, str] = {
    Rule.OWN_UNIT: mark("この部門に所属している"),
    Rule.LEFT_UNIT: mark("最近までこの部門に所属していた"),
    Rule.MANAGES: mark("この部門を管理している"),
    Rule.MANAGED: mark("最近までこの部門を管理していた"),
    Rule.STATUTORY_AUDITOR: mark("この会社の監査役である"),
    Rule.COMPETENCE: mark("必要な力量がない"),
    Rule.LANGUAGE: mark("必要な言語を使えない"),
    Rule.ABSENT: mark("期間中ずっと不在である"),
}
_REMEDY: Mapping[Rule, str] = {
    Rule.COMPETENCE: mark("必要な力量を身につける"),
    Rule.LANGUAGE: mark("必要な言語を使える方を加える"),
    Rule.ABSENT: mark("不在の期間を見直す"),
}
FIELD: Mapping[str, str] = {
    "item": mark("項目"),
    "result": mark("結果"),
    "fact": mark("確かめた事実"),
    "sampled": mark("何をどう選んだか"),
    "population": mark("全体の数"),
    "sample": mark("確かめた数"),
    "conclusion": mark("結論"),
    "auditor_id": mark("監査員の番号"),
    "competences": mark("特別な力量"),
    "needs": mark("特別な力量"),
    "languages": mark("言語"),
    "region": mark("地域"),
    "capacity": mark("1 年に行える数"),
    "away": mark("不在の期間"),
    "evidence": mark("力量を示すもの"),
}
"""What the journal calls the fields of work papers, the register of auditors, and what units ask for."""
_MANAGER: Mapping[str, str] = {
    "audit_manager_is_privacy_manager": mark(
        "個人情報保護監査責任者は、同じ法人の個人情報保護管理者を兼ねられません。"
    ),
    "audit_manager_is_top_management": mark(
        "個人情報保護監査責任者は、同じ法人のトップマネジメントを兼ねられません。"
    ),
    "audit_manager_is_statutory_auditor": mark(
        "個人情報保護監査責任者は、同じ法人の監査役を兼ねられません。"
    ),
}
"""Why somebody cannot be audit manager, however it is asked: appointed, planning, leading."""
_REFUSED: Mapping[tuple[str, str], str] = {
    **{
        (column, rule): words
        for column in ("user_id", "planner", "manager")
        for rule, words in _MANAGER.items()
    },
    ("scope", "not_an_entity"): mark("自社の全部門の監査は、会社または病院ごとに計画してください。"),
    ("aim", "required"): mark("監査の目的と基準を入れてください。"),
    ("year", "taken"): mark("この年度の監査計画はすでにあります。"),
    ("last", "order"): mark("終わりの日が始まりの日より前です。"),
    ("last", "too_long"): mark("期間は 400 日までにしてください。"),
    ("approver", "same_person"): mark("計画した方は承認できません。トップマネジメントが承認します。"),
    ("receiver", "same_person"): mark("報告した方は受領できません。トップマネジメントが受領します。"),
    ("planner", "not_appointed"): mark(
        "計画した方が、個人情報保護監査責任者に任命されていません。先に任命してください。"
    ),
    ("manager", "not_appointed"): mark("この組織の個人情報保護監査責任者に任命されている方が行います。"),
    ("user_id", "same_person"): mark("ご自身を任命することはできません。"),
    ("user_id", "taken"): mark("この方は、この期間にすでに任命されています。"),
    ("valid_until", "order"): mark("終わりの日が始まりの日より前です。"),
    ("state", "uncovered"): mark("監査のない部門があります。足りない監査を割り当ててから報告してください。"),
    ("due_on", "out_of_range"): mark("監査計画の期間の中の日にしてください。"),
    ("state", "approved"): mark("この計画はすでに承認されています。"),
    ("state", "not_approved"): mark("計画が承認されてから割り当ててください。"),
    ("state", "not_assigned"): mark("監査員を割り当ててから報告してください。"),
    ("state", "open_audits"): mark("終わっていない監査があります。"),
    ("state", "reported"): mark("この監査はすでに報告されています。"),
    ("state", "not_reported"): mark("まだ報告されていません。"),
    ("state", "begun"): mark("監査が始まっているので、割当てを変えられません。"),
    ("state", "done"): mark("この監査は終わっています。"),
    ("state", "open_questions"): mark("答えていない項目があります。"),
    ("overall", "required"): mark("総評を入れてください。"),
    ("conclusion", "required"): mark("監査の結論を入れてください。"),
    ("fact", "required"): mark("確かめた事実を入れてください。"),
    ("sampled", "required"): mark("何をどう選んで確かめたかを入れてください。"),
    ("sample", "out_of_range"): mark("確かめた数は、全体の数を超えられません。"),
    ("result", "followed"): mark("是正処置が始まっているので、不適合のままにしてください。"),
    ("auditors", "impossible"): mark("この条件では割り当てられません。理由は「割当てを試す」にあります。"),
    ("units", "none"): mark("監査する部門がありません。"),
    ("item", "unknown"): mark("この監査にない項目です。"),
    ("unit_id", "closed"): mark("統合された組織では、新しい監査を計画できません。"),
    ("auditor_id", "unknown"): mark("監査員名簿にない方です。"),
    ("auditor_id", "capacity"): mark("この方は、1 年に行える数に達しています。"),
    ("user_id", "unknown"): mark("この組織の方ではありません。"),
    ("evidence", "required"): mark("力量を示すもの（研修・資格など）を入れてください。"),
    ("away", "order"): mark("不在の終わりの日が始まりの日より前です。"),
    **{("auditor_id", rule.value): words for rule, words in RULE.items()},
}


def region(code: str, context: PageContext) -> str:
    """Return where something is, in words; a dash for nowhere in particular."""
    return context.text(REGION[code]) if code in REGION else code or "—"


def regions(present: str, abroad: Sequence[str] = ()) -> list[str]:
    """Return what may be chosen as a region: none, those of Japan, countries, and what stands there now."""
    return list(dict.fromkeys(["", *REGION, *abroad, present]))


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words."""
    return why_not(error, _REFUSED, context)


def remedy(rule: Rule | None, people: int, audits: int, context: PageContext) -> str:
    """Return what would help against a bottleneck, as a sentence."""
    text = context.text
    if rule is None:
        return text("今の {people} 人で、あと {audits} 件多く行う", people=people, audits=audits)
    what = text(_REMEDY[rule])
    return text("{what}（{people} 人が対象、{audits} 件分）", what=what, people=people, audits=audits)


def independence(of: Audit, names: Mapping[UnitId, str], context: PageContext) -> str:
    """Return why the auditor may do this audit: where he belongs, what he manages, and what is excused."""
    text = context.text

    def listed(units: Sequence[UnitId]) -> str:
        known = [names[unit] for unit in units if unit in names]
        hidden = len(units) - len(known)
        if hidden:
            known.append(text("ほか {number} 単位", number=hidden))
        return ("、" if context.language == "ja" else "; ").join(known) or text("なし")

    told = text("所属：{belongs}　管理：{manages}", belongs=listed(of.belongs_to), manages=listed(of.manages))
    if of.alone:
        told += text("（部門が 1 つの会社のため、所属は問いません）")
    if of.travels:
        told += text("　移動あり")
    if of.repeats:
        told += text("　続けて担当")
    return told


def sample(paper: Paper, context: PageContext) -> str:
    """Return what was sampled, as a line."""
    if paper.sample is None:
        return ""
    return context.text(
        "{population} 件のうち {sample} 件：{sampled}",
        population=context.formats.number(paper.population),
        sample=context.formats.number(paper.sample),
        sampled=paper.sampled,
    )
