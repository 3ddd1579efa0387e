"""The report of one corrective action 是正処置報告書 as PDF: from finding to approval, with its history."""

from __future__ import annotations

from collections.abc import Sequence

from daicho.letters.audit import AuditDocument, Grid, Section, audit_document
from daicho.pages import action_words, scope
from daicho.pages.context import PageContext
from privacy_mark.actions import history, recurrence, register
from privacy_mark.actions.model import WAY, Action, ActionId, ActionState, Effect, Step, Taken, reached
from privacy_mark.actions.recurrence import RECURRENCE_YEARS, Earlier
from registry.views import note_export

_ORDER = WAY


def report_pdf(action_id: ActionId, context: PageContext) -> bytes:
    """Return the report, after the journal has that it leaves the product; raises NotFound."""
    with context.read() as tx:
        of = register.action(tx, action_id)
        taken, before = history.history(tx, action_id), recurrence.earlier(tx, action_id)
        unit = scope.full_names(scope.units(tx), context.language).get(of.unit_id, "—")
    details = {"action": of.number, "language": context.language}
    note_export(context.workspace.registry, context.principal, "corrective_action", of.unit_id, details)
    text = context.text
    return audit_document(
        AuditDocument(
            context.language,
            text("是正処置報告書"),
            of.number,
            context.formats.day(of.found_on),
            "",
            unit,
            [
                _finding(of, unit, taken[-1], context),
                *_steps(of, taken, context),
                _again(of, before, context),
                _history(taken, context),
            ],
            taken[-1].at,
        )
    )


def _finding(of: Action, unit: str, last: Taken, context: PageContext) -> Section:
    text, day = context.text, context.formats.day
    asked = action_words.question(of.source, of.reference, context)
    found = text(action_words.SOURCE[of.source])
    gone = [(text("取下げの理由"), last.told.get("reason", ""))] if last.step is Step.WITHDRAWN else []
    return Section(
        text("1　指摘"),
        facts=[
            (text("番号"), of.number),
            (text("単位"), unit),
            (text("見つかった場面"), f"{found}　{of.reference.partition('/')[0]}\n{asked}".strip()),
            (text("要求事項"), action_words.requirement(of.requirement, context, of.found_on)),
            (text("重さ"), text(action_words.GRADE[of.grade])),
            (text("指摘の内容"), of.finding),
            (text("指摘した方"), f"{of.finder}　{day(of.found_on)}"),
            (text("次の手順"), text(action_words.STATE[of.state])),
            *gone,
            (text("やり直した回数"), context.formats.number(of.rounds)),
        ],
    )


def _steps(of: Action, taken: Sequence[Taken], context: PageContext) -> Sequence[Section]:
    """Return a section for each step; empty where the present round has not come to it."""
    text, day = context.text, context.formats.day
    cause = "" if of.cause_class is None else text(action_words.CAUSE[of.cause_class])
    effect = "" if of.effect is Effect.UNKNOWN else text(action_words.EFFECT[of.effect])
    told: Sequence[tuple[ActionState, str, Sequence[tuple[str, str]]]] = [
        (
            ActionState.ANALYSED,
            text("2　事実と原因"),
            [(text("事実"), of.fact), (text("原因の種類"), cause), (text("原因"), of.cause)],
        ),
        (
            ActionState.PLANNED,
            text("3　処置の計画"),
            [(text("処置"), of.measure), (text("担当"), of.owner), (text("実施の期限"), day(of.due_on))],
        ),
        (
            ActionState.DONE,
            text("4　処置の結果"),
            [(text("結果"), of.result), (text("実施日"), f"{day(of.done_on)}　{of.doer}")],
        ),
        (
            ActionState.REVIEWED,
            text("5　有効性の評価"),
            [
                (text("評価"), effect),
                (text("確かめたこと"), of.effect_note),
                (text("評価した方"), f"{day(of.reviewed_on)}　{of.reviewer}"),
            ],
        ),
        (
            ActionState.CLOSED,
            text("6　承認"),
            [(text("承認した方"), f"{context.formats.moment(of.approved_at)}　{of.approver}")],
        ),
    ]
    last = _ORDER.index(reached(of, taken))
    return [
        Section(heading, facts=[(name, said if _ORDER.index(state) <= last else "—") for name, said in facts])
        for state, heading, facts in told
    ]


def _again(of: Action, before: Sequence[Earlier], context: PageContext) -> Section:
    text = context.text
    if of.state is ActionState.WITHDRAWN:
        return Section(text("7　再発"), facts=[(text("再発"), text("取り下げられたため、見ません。"))])
    rows = [
        [each.number, context.formats.day(each.found_on), text(action_words.RECURRENCE[each.kind])]
        for each in before
    ]
    head = [text("番号"), text("見つけた日"), text("再発")]
    none = text(
        "この単位では、過去 {years} 年に同じ要求事項・同じ種類の原因の指摘はありません。",
        years=RECURRENCE_YEARS,
    )
    return Section(text("7　再発"), grid=Grid(head, [1, 1, 2], rows, none))


def _history(taken: Sequence[Taken], context: PageContext) -> Section:
    text = context.text
    rows = [
        [
            context.formats.moment(each.at),
            each.actor,
            f"{text(action_words.TAKEN[each.step])}\n{text('{number} 回目', number=each.round + 1)}",
            action_words.told(each, context) or "—",
        ]
        for each in taken
    ]
    head = [text("日時"), text("行った方"), text("行ったこと"), text("内容")]
    return Section(text("8　履歴"), grid=Grid(head, [2, 2, 3, 7], rows, "—"))
