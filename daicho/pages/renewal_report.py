"""The report on the readiness for renewal 更新準備状況 in words, and as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from daicho.letters.renewal import Listed, RenewalDocument, Section, renewal_document
from daicho.pages import change_words, pm_words, requirement_words, training_words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.journal_words import ACTION
from privacy_mark.certificates.accident_rules import rules
from privacy_mark.certificates.bodies import body_of
from privacy_mark.requirements.facts import Standing
from privacy_mark.requirements.model import Catalogue, SupplierId
from privacy_mark.requirements.readiness import NeedState
from privacy_mark.requirements.renewal import Chapter, Missing, Renewal, renewal
from privacy_mark.training.model import Rate
from registry.model import Unit

_COURSES = 5
_FEW = 3
"""So many courses, accidents, change reports and changes of units: the second page has room for no more."""


def made(unit: Unit, catalogue: Catalogue, context: PageContext) -> tuple[Renewal, bytes]:
    """Return the report, and as PDF in the language of the person asking."""
    with context.read() as tx:
        found = renewal(tx, catalogue, unit.id)
    return found, renewal_document(document(found, unit, context))


def document(found: Renewal, unit: Unit, context: PageContext) -> RenewalDocument:
    """Return the report in the language of the person asking."""
    text, formats = context.text, context.formats
    share = found.readiness.share
    return RenewalDocument(
        language=context.language,
        title=text("更新準備状況"),
        entity=unit.name(context.language),
        facts=_head(found, context),
        verdict=text(
            "要求事項 {of} 件のうち {met} 件（{percent} %）に証跡があり、確認されています。"
            "不足 {missing} 件、確認待ち {waiting} 件、証跡なし {nothing} 件です。",
            of=share.of,
            met=share.met,
            percent=share.percent or 0,
            missing=share.not_met,
            waiting=share.waiting,
            nothing=share.nothing,
        ),
        chapters=Listed(
            text("章ごとの準備状況と足りない記録"),
            (text("章"), text("証跡あり"), text("足りない記録"), text("担当"), text("期日")),
            [_chapter(each, found, context) for each in found.chapters],
        ),
        note=text("証跡の有無を示すもので、適合しているという判定ではありません。"),
        sections=[
            _training(found, context),
            _told(
                text("内部監査（全部門）"),
                (
                    (text("適合状況の内部監査"), SupplierId.AUDIT_CONFORMITY),
                    (text("運用状況の内部監査"), SupplierId.AUDIT_OPERATION),
                ),
                found,
                context,
            ),
            _told(
                text("台帳・リスク分析・マネジメントレビュー・是正処置"),
                (
                    (text("台帳の見直し"), SupplierId.LEDGER_REVIEW),
                    (text("リスク分析の見直し"), SupplierId.RISK_REVIEW),
                    (text("マネジメントレビュー"), SupplierId.MANAGEMENT_REVIEW),
                    (text("是正処置"), SupplierId.CORRECTIVE_ACTIONS),
                ),
                found,
                context,
            ),
            _accidents(found, context),
            _reports(found, context),
            _changes(found, context),
            _findings(found, context),
            _approval(found, context),
        ],
        annex=Listed(
            text("別紙　足りない記録"),
            (
                text("項番"),
                text("要求事項"),
                text("足りない記録"),
                text("理由"),
                text("担当"),
                text("期日"),
            ),
            [_missing(each, context) for each in found.missing()],
            text("足りない記録はありません。"),
        ),
        footer=text("{entity}　{day} 時点", entity=unit.name(context.language), day=formats.moment(found.at)),
        made_at=found.at,
    )


def _head(found: Renewal, context: PageContext) -> list[tuple[str, str]]:
    text, formats, of = context.text, context.formats, found.certificate
    window = of.window if of is not None else None
    term = of.term if of is not None else None
    return [
        (text("登録番号"), str(term.mark) if term is not None else text("記録なし")),
        (
            text("審査機関"),
            body_of(of.body).name.of(context.language) if of is not None else text("記録なし"),
        ),
        (
            text("有効期間"),
            formats.period(term.valid_from, term.valid_until) if term is not None else NONE,
        ),
        (
            text("更新申請の受付期間"),
            formats.period(window.opens, window.closes) if window is not None else NONE,
        ),
        (text("前回の付与の日"), formats.day(found.decided_on)),
        (
            text("次の予定"),
            f"{formats.day(found.next.on)}　{pm_words.event(found.next, context)}" if found.next else NONE,
        ),
        (text("基準日時"), formats.moment(found.at)),
        (text("状態"), text(pm_words.STATE[of.state]) if of is not None else NONE),
    ]


def _owner(each: Missing, context: PageContext) -> str:
    return each.planned.owner or context.text("個人情報保護管理者")


def _due(each: Missing, context: PageContext) -> str:
    day = each.planned.due_on
    return context.text("未定") if day is None else context.formats.day(day)


def _chapter(of: Chapter, found: Renewal, context: PageContext) -> list[str]:
    text = context.text
    missing = list(found.missing(of.lines))
    title = f"{of.id}　{of.title.of(context.language)}" if of.id else of.title.of(context.language)
    shown = f"{of.met} / {len(of.lines)}"
    if not missing:
        said = text("確認待ち {number} 件", number=of.waiting) if of.waiting else NONE
        return [title, shown, said, NONE, NONE]
    # The one that is wanted first stands for all.
    first = min(missing, key=lambda each: (each.planned.due_on is None, each.planned.due_on or date.max))
    said = f"{first.line.requirement.id}　{first.need.need.name.of(context.language)}"
    if len(missing) > 1:
        said += text("（ほか {number} 件、別紙）", number=len(missing) - 1)
    return [title, shown, said, _owner(first, context), _due(first, context)]


def _missing(each: Missing, context: PageContext) -> list[str]:
    lack = each.need.lack
    return [
        each.line.requirement.id,
        each.line.requirement.title.of(context.language),
        each.need.need.name.of(context.language),
        context.text(requirement_words.LACK[lack]) if lack is not None else "",
        _owner(each, context),
        _due(each, context),
    ]


def _training(found: Renewal, context: PageContext) -> Section:
    text, formats = context.text, context.formats
    left = len(found.training) - _COURSES
    rows = [
        [
            f"{each.course.number}　{each.course.title(context.language)}",
            text(training_words.AUDIENCE[each.course.audience]),
            formats.period(each.course.opens_on, each.course.due_on),
            *(formats.number(number) for number in _counts(each.rate)),
        ]
        for each in found.training[:_COURSES]
    ]
    more = (
        text("対象者には休職・休業中の方を含みます。復帰したときに受講します。"),
        text(training_words.TOO_FEW) if any(each.rate is None for each in found.training) else "",
        _more(left, context),
    )
    return Section(
        text("教育"),
        head=(
            text("コース"),
            text("受講する方"),
            text("実施期間"),
            text("対象の人数"),
            text("受講"),
            text("合格"),
            text("休職・休業"),
            text("未合格"),
        ),
        rows=rows,
        none=text("記録なし"),
        more=(" " if context.language == "en" else "").join(said for said in more if said) if rows else "",
    )


def _counts(rate: Rate | None) -> tuple[int | None, ...]:
    if rate is None:
        return (None,) * 5
    return (rate.in_scope, rate.done, rate.passed, rate.on_leave, rate.missing)


def _told(
    title: str, asked: Sequence[tuple[str, SupplierId]], found: Renewal, context: PageContext
) -> Section:
    rows = [
        [name, _said(found.shown_by(supplier), context), _pieces(found.shown_by(supplier), context)]
        for name, supplier in asked
    ]
    text = context.text
    return Section(title, head=(text("事項"), text("本製品の記録"), text("証跡")), rows=rows, wide=1)


def _said(need: NeedState | None, context: PageContext) -> str:
    if need is None or need.need.supplier is None or need.fact is None:
        return context.text("記録なし")
    if need.fact.standing is Standing.UNKNOWN:
        return context.text("記録なし")
    return requirement_words.fact(need.fact, need.need.supplier, context)


def _pieces(need: NeedState | None, context: PageContext) -> str:
    """Return the newest piece of evidence by number and day: titles may tell too much for a report."""
    if need is None or not need.evidence:
        return NONE
    newest = need.evidence[0]
    said = f"{newest.number}　{context.formats.day(newest.effective_on)}"
    if newest in need.counting:
        return said
    return context.text("{said}（期限切れ）", said=said)


def _accidents(found: Renewal, context: PageContext) -> Section:
    text, formats, known = context.text, context.formats, rules()

    def kind(name: str) -> str:
        return known.kinds[name].of(context.language) if name in known.kinds else name

    rows = [
        [
            each.number,
            kind(each.kind),
            formats.day(each.discovered_on),
            formats.day(each.full_sent)
            if each.full_sent
            else text("期限 {day}", day=formats.day(each.full_due)),
        ]
        for each in found.accidents[:_FEW]
    ]
    return Section(
        text("前回の付与から後の事故"),
        head=(text("番号"), text("種類"), text("発見日"), text("確報")),
        rows=rows,
        none=text("記録なし"),
        more=_more(len(found.accidents) - _FEW, context),
        wide=1,
    )


def _reports(found: Renewal, context: PageContext) -> Section:
    text, formats = context.text, context.formats
    return Section(
        text("前回の付与から後の変更報告"),
        head=(text("番号"), text("変更の内容"), text("変更日"), text("作業"), text("状態")),
        rows=[
            [
                each.number,
                change_words.kind(each.kind, context),
                formats.day(each.changed_on),
                f"{each.done} / {each.tasks}"
                + (text("（期限 {day}）", day=formats.day(each.due_on)) if each.due_on else ""),
                text(change_words.STATE[each.state]),
            ]
            for each in found.reports[:_FEW]
        ],
        none=text("記録なし"),
        more=_more(len(found.reports) - _FEW, context),
        wide=1,
    )


def _findings(found: Renewal, context: PageContext) -> Section:
    """Tell of the findings of the last assessment and of the one that runs, as counts."""
    text, formats = context.text, context.formats
    return Section(
        text("これまでの審査の指摘"),
        head=(
            text("番号"),
            text("状態"),
            text("指摘の件数"),
            text("回答待ち"),
            text("回答の承認待ち"),
            text("回答を承認済み"),
            text("次の期限"),
        ),
        rows=[
            [
                each.assessment.number,
                text(pm_words.ROUND[each.assessment.round_state]),
                *(
                    formats.number(number)
                    for number in (each.findings, each.open, each.answered, each.approved)
                ),
                formats.day(each.next_due),
            ]
            for each in found.assessments
        ],
        none=text("記録なし"),
        wide=1,
    )


def _changes(found: Renewal, context: PageContext) -> Section:
    text = context.text
    return Section(
        text("前回の付与から後の組織の変更"),
        head=(text("変更の内容"), text("日付"), text("件数")),
        rows=[
            [text(ACTION[each.action]), context.formats.day(each.on), context.formats.number(each.count)]
            for each in found.changes[:_FEW]
        ],
        none=text("記録なし") if found.decided_on is not None else text("付与の前です。"),
        more=_more(len(found.changes) - _FEW, context),
    )


def _more(left: int, context: PageContext) -> str:
    return context.text("ほか {number} 件", number=left) if left > 0 else ""


def _approval(found: Renewal, context: PageContext) -> Section:
    text, formats = context.text, context.formats
    by = found.issuer if found.approved else text("未承認（個人情報保護管理者が発行すると承認になります）")
    plan = f"{found.plan.by}　{formats.moment(found.plan.at)}" if found.plan is not None else text("記録なし")
    return Section(
        text("承認の記録"),
        facts=[
            (text("承認者"), by),
            (text("発行者"), found.issuer),
            (text("年間計画の承認"), plan),
            (text("基準日時"), formats.moment(found.at)),
        ],
    )
