"""Words of the risk analysis: phases, states, levels, why something was opened again or refused."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from daicho.pages import risk_scale, tables, words
from daicho.pages.context import PageContext
from daicho.text import Translator, mark
from registry.errors import Conflict, InvalidValue
from registry.model import RiskLevel
from registry.risk_facts import Reopening
from registry.risk_levels import Level
from registry.risk_model import Decision, RiskDraft, RiskState, RiskVersionKind
from registry.threats import MeasureKind, Phase, catalogue

PHASE: Mapping[Phase, str] = {
    Phase.ACQUIRE: mark("取得・入力"),
    Phase.TRANSFER: mark("移送・送信"),
    Phase.USE: mark("利用・加工"),
    Phase.STORE: mark("保管・バックアップ"),
    Phase.PROVIDE: mark("提供・委託"),
    Phase.ERASE: mark("消去・廃棄"),
}
STATE: Mapping[RiskState, str] = {
    RiskState.NONE: mark("未分析"),
    RiskState.DRAFT: mark("承認待ち"),
    RiskState.ACCEPTED: mark("残留リスク承認済み"),
    RiskState.REOPENED: mark("再分析が必要"),
}
DECISION: Mapping[Decision, str] = {
    Decision.TAKEN: mark("分析する"),
    Decision.LEFT: mark("該当しないと判断"),
}
MEASURE: Mapping[MeasureKind, str] = {
    MeasureKind.ORGANISATIONAL: mark("組織的"),
    MeasureKind.HUMAN: mark("人的"),
    MeasureKind.PHYSICAL: mark("物理的"),
    MeasureKind.TECHNICAL: mark("技術的"),
    MeasureKind.EXTERNAL: mark("外的環境"),
}
KIND: Mapping[RiskVersionKind, str] = {
    RiskVersionKind.EDIT: mark("分析を変更"),
    RiskVersionKind.ACCEPTANCE: mark("残留リスクを承認"),
    RiskVersionKind.MEASURE: mark("対策を実施"),
    RiskVersionKind.REOPENING: mark("再分析に戻した"),
    RiskVersionKind.REJUDGING: mark("レベルを判定し直した"),
}
FIELD: Mapping[str, str] = {
    "decision": mark("判断"),
    "title": mark("脅威の名称"),
    "left_reason": mark("該当しない理由"),
    "present": mark("今の対策"),
    "likelihood": mark("起こりやすさ"),
    "impact": mark("影響の大きさ"),
    "residual_likelihood": mark("対策後の起こりやすさ"),
    "residual_impact": mark("対策後の影響の大きさ"),
    "measures": mark("追加する対策"),
    "done_on": mark("実施日"),
    "level": mark("レベル"),
    "residual_level": mark("対策後のレベル"),
    "accepted_by": mark("承認した方"),
    "reopened": mark("再分析の理由"),
}
_SCALE: Mapping[Level, RiskLevel] = {
    Level.LOW: RiskLevel.LOW,
    Level.MODERATE: RiskLevel.MODERATE,
    Level.HIGH: RiskLevel.HIGH,
    Level.CRITICAL: RiskLevel.CRITICAL,
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("reason", "required"): mark("変更または再承認の理由を入れてください。"),
    ("left_reason", "required"): mark("該当しない理由を入れてください。"),
    ("title", "required"): mark("脅威の名称を入れてください。"),
    ("what", "required"): mark("追加する対策の内容を入れてください。"),
    ("owner", "required"): mark("対策の担当者を入れてください。"),
    ("residual_likelihood", "above_present"): mark(
        "対策後の起こりやすさは、今の起こりやすさより高くできません。"
    ),
    ("residual_impact", "above_present"): mark("対策後の影響は、今の影響より大きくできません。"),
    ("approver", "same_person"): mark("ご自身が書いた分析の残留リスクは承認できません。"),
    ("state", "decided"): mark("残留リスクはすでに承認されています。"),
    ("state", "done"): mark("この対策はすでに実施済みです。"),
    ("threats", "required"): mark("分析する脅威がありません。先に脅威を判断してください。"),
    ("threats", "undecided"): mark(
        "判断していない脅威があります。分析するか、該当しない理由を入れてください。"
    ),
    ("threats", "unjudged"): mark("起こりやすさと影響が入っていない脅威があります。"),
}


def tone(level: Level) -> int:
    """Return the step 0..4 of the risk scale that shows a level."""
    return _SCALE[level] // 20


def level(found: Level, text: Translator) -> str:
    """Return a level with its shape: ▲ 高."""
    step = risk_scale.step(_SCALE[found])
    return f"{step.shape} {text(step.word)}"


def chip(found: Level, text: Translator) -> str:
    """Return a level as a chip in HTML."""
    return f"<span class='dc-chip dc-chip-{tone(found)}'>{escape(level(found, text))}</span>"


def cell(found: Level | None, text: Translator) -> tables.Cell:
    """Return a level as a table's cell; what is not judged is hatched."""
    if found is None:
        return tables.Cell(text("未判断"), unknown=True, order=-1)
    return tables.Cell(level(found, text), level=tone(found), order=float(found))


def threat(found: RiskDraft, language: str) -> str:
    """Return what a threat is called: by the catalogue, or by who added it."""
    known = catalogue().threats.get(found.threat)
    return known.name.of(language) if known is not None else found.title


def reasons(why: Reopening, context: PageContext) -> list[str]:
    """Return why an analysis was opened again, one sentence a reason."""
    text, formats = context.text, context.formats
    found = []
    if why.categories:
        found.append(
            text(
                "承認のあとで、新しい種類（{categories}）が見つかりました。",
                categories=words.categories(why.categories, text),
            )
        )
    if why.persons:
        found.append(
            text(
                "人数が {before} 人から {after} 人に増えました。",
                before=formats.number(why.persons[0]),
                after=formats.number(why.persons[1]),
            )
        )
    if why.exposure:
        before, after = (text(words.READERS[each]) for each in why.exposure)
        found.append(
            text("読める人の範囲が「{before}」から「{after}」に広がりました。", before=before, after=after)
        )
    if why.levels:
        found.append(
            text(
                "レベルの判定表が変わり、{number} 件の脅威のレベルが上がりました。",
                number=formats.number(why.levels),
            )
        )
    if why.review:
        found.append(text("年に一度の見直しの日（{day}）が来ました。", day=formats.day(why.review)))
    return found


def refused(error: Exception, context: PageContext) -> str:
    """Return the sentence for a refusal."""
    text = context.text
    match error:
        case Conflict(who=who, when=when):
            return text(
                "{when} に {who} さんが先に変更しています。内容を確かめてください。",
                when=context.formats.moment(when),
                who=who,
            )
        case InvalidValue(column=column, rule=rule):
            if (column, rule) in _REFUSED:
                return text(_REFUSED[column, rule])
            return text(
                "{column}の値を直してください。", column=text(FIELD[column]) if column in FIELD else column
            )
        case _:
            return text("この操作の権限がありません。")
