"""Confirmations of the demonstration group: last month's round is done, this month's is under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from daicho.workspace import Workspace
from privacy_mark.confirmations import answering, campaigns, operations
from privacy_mark.confirmations.answering import Confirmation
from privacy_mark.confirmations.answers import Answer, Result, prefilled
from privacy_mark.confirmations.campaigns import CampaignRow
from privacy_mark.confirmations.operations import OperationDraft
from privacy_mark.confirmations.periods import first_day, period_of
from privacy_mark.confirmations.questions import Frequency, QuestionKind
from privacy_mark.confirmations.states import UNANSWERED
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.model import Principal
from registry.store import Tx

_REASON = "daicho demo"
_OFFICER, _HOSPITAL = "sato@towa.example", "sakuradai@towa.example"
_OPERATIONS = (
    ("HOSP-SAKURA", "外来・病棟の診療", "patients"),
    ("HOSP-SAKURA", "医事・会計", "patients"),
    ("HOSP-SAKURA", "医療情報システムの運用", "systems"),
    ("TOWA-DENKI", "人事・給与", "employees"),
    ("TOWA-DENKI", "個人番号関係事務", "my_number"),
    ("TOWA-LIFE", "会員サービス", "customers"),
    ("TOWA-LOGI", "配送の受託", "entrusted"),
    ("TOWA-FIN", "審査・回収", "customers"),
)


def confirm_a_month_ago(workspace: Workspace) -> None:
    """Register operations and let a round pass in which the hospital confirmed everything."""
    registry, officer = workspace.registry, _principal(workspace, _OFFICER)
    with registry.write(officer, reason=_REASON) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        for code, name, kind in _OPERATIONS:
            operations.register(tx, OperationDraft(units[code], name, kind, Frequency.MONTHLY))
        round_ = campaigns.open_campaign(
            tx, units["TOWA-GROUP"], Frequency.MONTHLY, period_of(Frequency.MONTHLY, today_in_japan(tx.now))
        )
    _answer(workspace, lambda tx: campaigns.rows(tx, round_)[0], leave=())
    with registry.write(officer, reason=_REASON) as tx:
        mine = officer.user_id
        for row in campaigns.rows(tx, round_)[0]:
            of = answering.confirmation(tx, row.id)
            if of.answerer_id != mine and not row.exceptions:
                answering.confirm(tx, row.id, expected_version=of.version)


def confirm_today(workspace: Workspace) -> None:
    """Open this month's round; some have answered, one found something on the spot."""
    with workspace.registry.write(workspace.owner(), reason=_REASON) as tx:
        campaigns.open_due(tx)
        newest = campaigns.campaigns(tx)[0]
    leave = ("個人番号関係事務", "配送の受託", "医事・会計")
    _answer(workspace, lambda tx: campaigns.rows(tx, newest.id)[0], leave, odd=("外来・病棟の診療",))


def _answer(
    workspace: Workspace,
    rows: Callable[[Tx], Sequence[CampaignRow]],
    leave: Sequence[str],
    odd: Sequence[str] = (),
) -> None:
    for login in (_HOSPITAL, _OFFICER):
        with workspace.registry.write(_principal(workspace, login), reason=_REASON) as tx:
            today = today_in_japan(tx.now)
            for row in rows(tx):
                if row.name in leave or row.state not in UNANSWERED:
                    continue
                of = answering.confirmation(tx, row.id)
                answers = _answers(tx, of, today, found=row.name in odd)
                answering.answer(tx, row.id, answers, expected_version=of.version)


def _answers(tx: Tx, of: Confirmation, today: date, *, found: bool) -> list[Answer]:
    facts = answering.known_facts(tx, of.id)
    given = []
    for question in of.asked.questions:
        result = prefilled(question, facts) or Result.RIGHT
        looked = question.kind is QuestionKind.PHYSICAL
        if found and question.id == "printer_empty":
            given.append(
                Answer(
                    question.id,
                    Result.EXCEPTION,
                    "2 階の複合機に検査結果の FAX が残っていた。その場で回収した。",
                    "小林 看護師長",
                    max(first_day(of.period), today),
                )
            )
            continue
        note = "記録のとおり。担当部門で対応を進めている。" if result is Result.EXCEPTION else ""
        who, when = ("安全管理担当", max(first_day(of.period), today)) if looked else ("", None)
        given.append(Answer(question.id, result, note, who, when))
    return given


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
