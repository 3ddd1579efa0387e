"""Sentences that say how things stand: who, what, how many, why; facts only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daicho.pages import risk_scale, words
from daicho.pages.context import PageContext
from daicho.pages.frame import bold
from daicho.text import mark
from registry.model import Risk, RiskLevel, RiskTermKind, Situation, Subject
from registry.risk import Action, LedgerState, what_would_help
from scanners.model import LEGAL_CLASS, Category, Exposure, LegalClass

_STATE: Mapping[str, str] = {
    "registered": mark("台帳どおりの"),
    "drift": mark("台帳と違う"),
    "over_retained": mark("保管期限を過ぎた"),
    "unregistered": mark("台帳に記載のない"),
    "wrong_unit": mark("ほかの単位の"),
}
_READ: Mapping[str, str] = {
    "everyone": mark("全員が読めます"),
    "all_staff": mark("全職員が読めます"),
    "group": mark("部署の全員が読めます"),
    "owner": mark("特定の人だけが読めます"),
    "unknown": mark("読める人が分かっていません"),
}
_DATA: Mapping[str, str] = {
    "plain": mark("個人情報"),
    "financial": mark("財産の情報"),
    "identification_code": mark("個人識別符号"),
    "special_care": mark("健康情報など"),
    "my_number": mark("個人番号"),
}
_ACTION: Mapping[Action, str] = {
    Action.RESTRICT: mark(
        "「{name}」を読める人を特定の人だけに限ると、{before} → {after} 点（{word}）になります。"
    ),
    Action.REGISTER: mark(
        "「{name}」を台帳に登録するか記載を直すと、{before} → {after} 点（{word}）になります。"
    ),
    Action.DISPOSE: mark(
        "「{name}」を廃棄するか本来の単位へ移すと、この対象は {after} 点（{word}）になります。"
    ),
}

_WIDELY: Mapping[Subject, str] = {
    Subject.PATIENT: mark("患者 {persons} 人分以上を{read}。"),
    Subject.SPECIAL_CARE: mark("要配慮個人情報のある {persons} 人分以上を{read}。"),
    Subject.MY_NUMBER: mark("個人番号のある {persons} 人分以上を{read}。"),
    Subject.PERSON: mark("個人情報のある {persons} 人分以上を{read}。"),
}
_LINES = 3
_NAMES = 3


def basis(risk: Risk, kind: RiskTermKind) -> str:
    """Return what a term of the score rests on; empty when the score has no such term."""
    return next((term.basis for term in risk.terms if term.kind is kind), "")


def verdict(situations: Sequence[Situation], context: PageContext) -> str:
    """Return how the visible units stand, and which is the worst and why."""
    text = context.text
    levels = [situation.risk.level for situation in situations if situation.risk]
    critical, high = levels.count(RiskLevel.CRITICAL), levels.count(RiskLevel.HIGH)
    total = len(situations)
    if critical and high:
        start = text(
            "**{total} 単位のうち {critical} 単位が危機的、{high} 単位が高**です。",
            **_counts(total, critical, high),
        )
    elif critical:
        start = text("**{total} 単位のうち {critical} 単位が危機的**です。", **_counts(total, critical, high))
    elif high:
        start = text("**{total} 単位のうち {high} 単位がリスク高**です。", **_counts(total, critical, high))
    else:
        start = text(
            "**{total} 単位のうち、リスク高以上の単位はありません。**", **_counts(total, critical, high)
        )
    worst = situations[0]
    if worst.risk is None:
        return start
    return start + text(
        "最も重いのは{unit}で、{reason}",
        unit=bold(worst.unit.name(context.language)),
        reason=reason(worst.risk, context),
    )


def _counts(total: int, critical: int, high: int) -> dict[str, object]:
    return {"total": total, "critical": critical, "high": high}


def reason(risk: Risk, context: PageContext) -> str:
    """Return why a score is what it is, as the end of a sentence."""
    text = context.text
    persons = basis(risk, RiskTermKind.PERSONS)
    return text(
        "{state}{data} {persons} 人分を{read}。",
        state=text(_STATE[basis(risk, RiskTermKind.LEDGER) or "unregistered"]),
        data=text(_DATA[basis(risk, RiskTermKind.SENSITIVITY) or "plain"]),
        persons=context.formats.number(int(persons)) if persons.isdigit() else persons,
        read=text(_READ[basis(risk, RiskTermKind.EXPOSURE) or "unknown"]),
    )


def most_effective(situation: Situation, name: str, context: PageContext) -> str | None:
    """Return the action that lowers the unit's heaviest score most; None when there is none."""
    risk = situation.risk
    if risk is None:
        return None
    persons = basis(risk, RiskTermKind.PERSONS)
    heaviest = situation.heaviest
    categories = (
        frozenset(heaviest.categories) if heaviest else _standing_for(basis(risk, RiskTermKind.SENSITIVITY))
    )
    choices = what_would_help(
        int(persons) if persons.isdigit() else situation.persons.low,
        categories,
        Exposure(basis(risk, RiskTermKind.EXPOSURE) or "unknown"),
        LedgerState(basis(risk, RiskTermKind.LEDGER) or "registered"),
    )
    if not choices:
        return None
    best = choices[0]
    advice = context.text(
        _ACTION[best.action],
        name=name,
        before=risk.score,
        after=best.score,
        word=risk_scale.word(best.score, context.text),
    )
    if best.action is Action.RESTRICT and heaviest is not None:
        who = words.who_reads(heaviest.exposure, heaviest.readers, context.text, _NAMES)
        advice += context.text("いま読める人：{names}。", names=who) if who else ""
    return advice


def widely_readable(situations: Sequence[Situation], context: PageContext) -> list[str]:
    """Return whose data everyone or all staff can read: three lines, the gravest first, with their units."""
    text = context.text
    subjects, circles = list(Subject), list(Exposure)
    lines = sorted(
        ((line, each.unit) for each in situations for line in each.readable),
        key=lambda pair: (
            subjects.index(pair[0].subject),
            circles.index(pair[0].exposure),
            -pair[0].persons,
            pair[1].code,
        ),
    )
    told = []
    for line, unit in lines[:_LINES]:
        sentence = text(
            _WIDELY[line.subject],
            persons=context.formats.number(line.persons),
            read=text(_READ[line.exposure]),
        )
        if len(situations) > 1:
            sentence = text("{unit}：{sentence}", unit=unit.name(context.language), sentence=sentence)
        told.append(sentence)
    return told


def _standing_for(sensitivity: str) -> frozenset[Category]:
    """Return one category of a sensitivity class, for scores whose object the person may not see."""
    if sensitivity == "financial":
        return frozenset({Category.BANK_ACCOUNT})
    wanted = LegalClass(sensitivity or "plain")
    return frozenset({next(category for category, legal in LEGAL_CLASS.items() if legal is wanted)})


def term_words(kind: RiskTermKind, value: str, context: PageContext) -> str:
    """Return what a term of the score rests on, in words."""
    text = context.text
    match kind:
        case RiskTermKind.PERSONS:
            return text(
                "{number} 人", number=context.formats.number(int(value)) if value.isdigit() else value
            )
        case RiskTermKind.SENSITIVITY:
            return text(words.SENSITIVITY[value])
        case RiskTermKind.EXPOSURE:
            return text(words.EXPOSURE[Exposure(value)])
        case RiskTermKind.LEDGER:
            return text(words.LEDGER_STATE[value])
