"""Documents of audits: report to top management 監査報告書, who audits whom and why he may, work paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime

from daicho.letters.audit import AuditDocument, Grid, Section, audit_document
from daicho.pages import action_words, audit_words, scope
from daicho.pages.context import PageContext
from daicho.requirements import catalogue_or_product
from privacy_mark.audits import audits, profiles, programmes, results
from privacy_mark.audits.eligibility import Rule
from privacy_mark.audits.model import (
    Audit,
    AuditId,
    PaperResult,
    Profile,
    Programme,
    ProgrammeId,
)
from privacy_mark.audits.results import Finding, Results
from registry.access import allowed
from registry.model import Permission, UnitId
from registry.store import Tx

Names = dict[UnitId, str]
_RESULTS = (
    PaperResult.CONFORMING,
    PaperResult.OBSERVATION,
    PaperResult.NONCONFORMING,
    PaperResult.NOT_APPLICABLE,
)


def report_pdf(programme_id: ProgrammeId, context: PageContext) -> bytes:
    """Return the report of a year's audits to top management; raises NotFound."""
    with context.read() as tx:
        of = programmes.programme(tx, programme_id)
        rows = audits.audits(tx, programme_id=programme_id)
        found, before = results.results(tx, programme_id), results.before(tx, programme_id)
        names = _names(tx, context)
    text = context.text
    return audit_document(
        AuditDocument(
            context.language,
            text("監査報告書"),
            of.number,
            context.formats.day(of.reported_on),
            text("{unit}　トップマネジメント 殿", unit=names.get(of.unit_id, "")),
            text("個人情報保護監査責任者　{name}", name=of.reporter),
            [
                _overview(of, rows, context),
                Section(text("2　総評"), [of.overall]),
                _counts(found, context),
                _nonconformities(text("4　不適合"), found, names, context),
                _observations(found, names, context),
                *(
                    []
                    if before is None
                    else [_nonconformities(text("6　前年度の不適合のその後"), before, names, context)]
                ),
                _conclusions(rows, names, context, number=6 if before is None else 7),
            ],
            _at(of.reported_on or of.first),
        )
    )


def proof_pdf(programme_id: ProgrammeId, context: PageContext) -> bytes:
    """Return who audits what, with the facts of independence and how even it is; raises NotFound."""
    with context.read() as tx:
        of = programmes.programme(tx, programme_id)
        rows = audits.audits(tx, programme_id=programme_id)
        people = profiles.profiles(tx, of.unit_id) if allowed(tx, Permission.PLAN_AUDITS, of.unit_id) else []
        names = _names(tx, context)
    text = context.text
    return audit_document(
        AuditDocument(
            context.language,
            text("監査員割当表"),
            of.number,
            context.formats.day(of.fixed_on),
            "",
            text("個人情報保護監査責任者　{name}", name=of.planner),
            [
                _terms(of, rows, names, context),
                Section(
                    text("2　確かめた独立性と力量"),
                    [
                        text("次のどれかに当たる方は、その監査に割り当てていません。"),
                        *(f"・{text(audit_words.RULE[rule])}" for rule in Rule),
                    ],
                ),
                _auditors(rows, people, context),
                _assigned(rows, names, context),
            ],
            _at(of.fixed_on or of.first),
            across=True,
        )
    )


def paper_pdf(audit_id: AuditId, context: PageContext) -> bytes:
    """Return the work paper of one audit; raises NotFound."""
    with context.read() as tx:
        of = audits.audit(tx, audit_id)
        papers = {paper.item: paper for paper in audits.papers(tx, audit_id)}
        asked = audits.questions(tx, audit_id, catalogue_or_product(context.workspace.path))
        found, names = results.of_audit(tx, audit_id), _names(tx, context)
    text = context.text
    rows = []
    actions = {each.item: each.action.number for each in found.findings if each.action is not None}
    for item in asked:
        paper = papers.get(item.id)
        if paper is None:
            rows.append([item.requirement_id, item.question(context.language), "—", ""])
            continue
        told = text(audit_words.RESULT[paper.result])
        seen = [paper.fact, audit_words.sample(paper, context)]
        rows.append(
            [
                item.requirement_id,
                item.question(context.language),
                f"{told}\n{actions[item.id]}" if item.id in actions else told,
                "\n".join(line for line in seen if line),
            ]
        )
    return audit_document(
        AuditDocument(
            context.language,
            text("監査調書"),
            of.number,
            context.formats.day(of.done_on or of.started_on),
            "",
            text("監査員　{name}", name=of.auditor),
            [
                Section(
                    text("1　監査の概要"),
                    facts=[
                        (text("監査する部門"), names.get(of.unit_id, "—")),
                        (text("種類"), text(audit_words.KIND[of.kind])),
                        (text("状態"), text(audit_words.AUDIT_STATE[of.state])),
                        (text("期間"), context.formats.period(of.started_on, of.done_on)),
                        (text("独立性"), audit_words.independence(of, names, context)),
                        (text("結論"), of.conclusion or "—"),
                    ],
                ),
                Section(
                    text("2　確かめたこと"),
                    grid=Grid(
                        [text("要求事項"), text("確かめること"), text("結果"), text("確かめた事実")],
                        [1.5, 4, 1.7, 4],
                        rows,
                        "",
                    ),
                ),
            ],
            _at(of.done_on or of.started_on or of.due_on),
        )
    )


def _names(tx: Tx, context: PageContext) -> Names:
    return {
        **scope.full_names(scope.units(tx), context.language),
        **results.names(tx, context.language),
    }


def _at(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _overview(of: Programme, rows: Sequence[Audit], context: PageContext) -> Section:
    text, number = context.text, context.formats.number
    units, people = {each.unit_id for each in rows}, {each.auditor_id for each in rows}
    kinds = Counter(each.kind for each in rows)
    of_kinds = "　".join(
        text("{kind} {number} 件", kind=text(audit_words.KIND[kind]), number=number(count))
        for kind, count in sorted(kinds.items())
    )
    return Section(
        text("1　監査の概要"),
        facts=[
            (
                text("年度・範囲"),
                text("{year}年度　{scope}", year=of.year, scope=text(audit_words.SCOPE[of.scope])),
            ),
            (text("期間"), context.formats.period(of.first, of.last)),
            (text("目的と基準"), of.aim),
            (
                text("計画・承認"),
                text("{planner} が計画、{approver} が承認", planner=of.planner, approver=of.approver),
            ),
            (text("監査した部門"), text("{units} 部門　{kinds}", units=number(len(units)), kinds=of_kinds)),
            (
                text("監査員"),
                text(
                    "{people} 人（独立性の確認は監査員割当表 {number}）",
                    people=number(len(people)),
                    number=of.number,
                ),
            ),
            (
                text("受領"),
                text("{name}　{day}", name=of.receiver, day=context.formats.day(of.received_on))
                if of.receiver
                else text("受領前"),
            ),
        ],
    )


def _counts(found: Results, context: PageContext) -> Section:
    text, number = context.text, context.formats.number
    counts = {of: found.count(of) for of in _RESULTS}
    return Section(
        text("3　結果"),
        [
            text(
                "確かめた {total} 項目のうち、不適合 {bad} 件、観察事項 {seen} 件でした。",
                total=number(sum(counts.values())),
                bad=number(counts[PaperResult.NONCONFORMING]),
                seen=number(counts[PaperResult.OBSERVATION]),
            )
        ],
        grid=Grid(
            [text("要求事項"), *(text(audit_words.RESULT[of]) for of in _RESULTS)],
            [2, *(1 for _ in _RESULTS)],
            [
                [requirement, *(number(found.counts.get((requirement, of), 0)) for of in _RESULTS)]
                for requirement in found.requirements
            ],
            text("まだ答えがありません。"),
        ),
    )


def _nonconformities(heading: str, found: Results, names: Names, context: PageContext) -> Section:
    text = context.text
    rows = [
        [
            names.get(each.unit_id, "—"),
            f"{each.requirement}\n{each.audit_number}",
            each.fact,
            _followed(each, context),
        ]
        for each in found.findings
        if each.result is PaperResult.NONCONFORMING
    ]
    head = [text("部門"), text("要求事項・監査"), text("確かめた事実"), text("是正処置")]
    return Section(heading, grid=Grid(head, [2.2, 1.6, 4, 2], rows, text("不適合はありません。")))


def _followed(of: Finding, context: PageContext) -> str:
    text, action = context.text, of.action
    if action is None:
        return "—"
    told = [
        action.number,
        text(action_words.GRADE[action.grade]),
        text(action_words.STATE[action.state]),
    ]
    if action.effect_reviewed_on is not None:
        told.append(text("有効性を確認 {day}", day=context.formats.day(action.effect_reviewed_on)))
    return "\n".join(told)


def _observations(found: Results, names: Names, context: PageContext) -> Section:
    text = context.text
    rows = [
        [names.get(each.unit_id, "—"), f"{each.requirement}\n{each.audit_number}", each.fact]
        for each in found.findings
        if each.result is PaperResult.OBSERVATION
    ]
    head = [text("部門"), text("要求事項・監査"), text("確かめた事実")]
    return Section(text("5　観察事項"), grid=Grid(head, [2.2, 1.6, 6], rows, text("観察事項はありません。")))


def _conclusions(rows: Sequence[Audit], names: Names, context: PageContext, *, number: int) -> Section:
    text = context.text
    return Section(
        text("{number}　監査した部門と結論", number=number),
        grid=Grid(
            [text("部門"), text("種類"), text("監査員"), text("終了日"), text("結論")],
            [2.4, 1.6, 1.4, 1.4, 3.6],
            [
                [
                    f"{names.get(each.unit_id, '—')}\n{each.number}",
                    text(audit_words.KIND[each.kind]),
                    each.auditor,
                    context.formats.day(each.done_on),
                    each.conclusion,
                ]
                for each in rows
            ],
            text("監査がありません。"),
        ),
    )


def _terms(of: Programme, rows: Sequence[Audit], names: Names, context: PageContext) -> Section:
    text, number = context.text, context.formats.number
    facts = [
        (text("監査を行う組織"), names.get(of.unit_id, "—")),
        (
            text("年度・範囲"),
            text("{year}年度　{scope}", year=of.year, scope=text(audit_words.SCOPE[of.scope])),
        ),
        (text("期間"), context.formats.period(of.first, of.last)),
        (text("承認した方"), of.approver or "—"),
        (
            text("独立性の条件"),
            text(
                "異動・退任から {days} 日は監査しない。",
                days=of.recent_days,
            ),
        ),
        (
            text("続けての担当"),
            text("同じ監査員が {years} 年を超えて続けることは、できるだけ避ける。", years=of.same_years)
            + _repeated(rows, names, context),
        ),
        (text("割り当てた監査"), text("{number} 件すべて", number=number(len(rows)))),
    ]
    if of.load is not None and of.load_bound is not None:
        facts.append(
            (
                text("最も多い監査員の担当数"),
                text(
                    "{load} 件（これより少なくはできない数：{bound} 件）",
                    load=number(of.load),
                    bound=number(of.load_bound),
                ),
            )
        )
    if of.cost is not None and of.cost_bound is not None:
        facts.append(
            (
                text("偏り・移動・続けての担当の合計点"),
                text("{cost} 点（下限 {bound} 点）", cost=number(of.cost), bound=number(of.cost_bound)),
            )
        )
    return Section(text("1　計画"), facts=facts)


def _repeated(rows: Sequence[Audit], names: Names, context: PageContext) -> str:
    """Return which audits the same auditor does once more than wished."""
    text = context.text
    again = [
        text("{unit}（{auditor}）", unit=names.get(each.unit_id, "—"), auditor=each.auditor)
        for each in rows
        if each.repeats
    ]
    if not again:
        return text("超えて続ける監査はない。")
    joined = "、" if context.language == "ja" else "; "
    return text("超えて続ける監査：{audits}", audits=joined.join(dict.fromkeys(again)))


def _auditors(rows: Sequence[Audit], people: Sequence[Profile], context: PageContext) -> Section:
    text, number = context.text, context.formats.number
    joined = "、" if context.language == "ja" else ", "
    loads = Counter(each.auditor_id for each in rows)
    called = {each.auditor_id: each.auditor for each in rows}
    known = {each.user_id: each for each in people}
    told = []
    for who, load in sorted(loads.items(), key=lambda pair: (-pair[1], called[pair[0]])):
        of = known.get(who)
        if of is None:
            told.append([called[who], number(load), "—", "—", "—", "—"])
            continue
        told.append(
            [
                called[who],
                f"{number(load)} / {number(of.capacity)}",
                joined.join(text(audit_words.COMPETENCE[each]) for each in sorted(of.competences)) or "—",
                joined.join(text(audit_words.LANGUAGE.get(each, each)) for each in sorted(of.languages)),
                audit_words.region(of.region, context),
                of.evidence,
            ]
        )
    head = [
        text("監査員"),
        text("担当数・上限"),
        text("特別な力量"),
        text("言語"),
        text("地域"),
        text("力量を示すもの"),
    ]
    return Section(text("3　監査員"), grid=Grid(head, [2, 1.4, 2, 1.6, 1.2, 4], told, text("いません")))


def _assigned(rows: Sequence[Audit], names: Names, context: PageContext) -> Section:
    text = context.text
    told = [
        [
            f"{names.get(each.unit_id, '—')}\n{each.number}",
            text(audit_words.KIND[each.kind]),
            f"{each.auditor}\n{text('手で変更')}" if each.by_hand else each.auditor,
            audit_words.independence(each, names, context),
        ]
        for each in rows
    ]
    head = [
        text("監査する部門"),
        text("種類"),
        text("監査員"),
        text("監査員の所属・管理（確かめた期間のもの）"),
    ]
    return Section(text("4　割当て"), grid=Grid(head, [2.6, 1.4, 1.6, 4.4], told, text("監査がありません。")))
