"""Corrective actions of the demonstration group: one at each step, one late, one redone, one recurrence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from daicho.workspace import Workspace
from privacy_mark.actions import register, steps
from privacy_mark.actions.model import Action, ActionState, CauseClass, Effect, Grade, Nonconformity, Source
from privacy_mark.complaints import handling
from privacy_mark.complaints import register as complaints
from privacy_mark.complaints.model import State
from privacy_mark.confirmations import answering, campaigns
from privacy_mark.confirmations.campaigns import RowFilter
from privacy_mark.confirmations.states import ConfirmationState
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.model import Principal
from registry.store import Tx

_REASON = "daicho demo"
_OFFICER, _HOSPITAL, _ADMIN = "sato@towa.example", "sakuradai@towa.example", "admin@towa.example"


@dataclass(frozen=True, slots=True)
class _Found:
    """One nonconformity, and how far its action has come."""

    unit: str
    source: Source
    requirement: str
    days_ago: int
    finding: str
    reached: ActionState
    fact: str = ""
    cause_class: CauseClass = CauseClass.RULE
    cause: str = ""
    measure: str = ""
    owner: str = ""
    result: str = ""
    effect: str = ""
    failed: str = ""  # what the review said of a first measure that had no effect
    grade: Grade = Grade.MINOR


_ALL = (
    _Found(
        "TOWA-LIFE",
        Source.OTHER,
        "J.9.4",
        75,
        "発送の委託先 1 社で、再委託の承認の記録がなかった。",
        ActionState.CLOSED,
        "委託先が繁忙期だけ封入を別の会社に任せていた。契約書には事前承認の条項がある。",
        CauseClass.SUPERVISION,
        "年 1 回の委託先評価の質問に、再委託の有無がなかった。",
        "評価票に再委託の有無と承認日の欄を加え、全委託先に確かめ直す。",
        "総務部 大森",
        "全 14 社から回答を得た。無断の再委託はほかになかった。",
        "次の月の評価 3 社の票を見て、欄が埋まっていることを確かめた。",
    ),
    _Found(
        "TOWA-DENKI",
        Source.ASSESSMENT,
        "J.4.3",
        30,
        "派遣社員 6 人の教育の記録が確かめられなかった。",
        ActionState.FOUND,
    ),
    _Found(
        "TOWA-FIN",
        Source.OTHER,
        "J.9.2",
        48,
        "審査の申込書が、退社時に机の上に残っていた。",
        ActionState.DONE,
        "終業間際の受付分が当番の机に置かれていた。前回の掲示のあとも 2 回あった。",
        CauseClass.RESOURCE,
        "書庫の鍵を持つ当番が先に帰り、しまう場所がなかった。",
        "当番の机の横に施錠できる一時保管庫を置き、最後の退社者が鍵を金庫に戻す。",
        "審査部 課長 江口",
        "一時保管庫を 2 台置き、退社時の確認表に欄を加えた。",
        failed="掲示で注意したが、翌週にまた残っていた。",
    ),
    _Found(
        "HOSP-SAKURA",
        Source.INCIDENT,
        "J.9.2",
        40,
        "検査結果の FAX を別の診療所に送った。",
        ActionState.REVIEWED,
        "短縮番号の登録が 1 つずれていた。送る前の宛先の読み合わせをしていなかった。",
        CauseClass.CARELESSNESS,
        "短縮番号の変更を 1 人で行い、変更後の試し送りをしていなかった。",
        "短縮番号の変更は 2 人で行い、試し送りの控えを残す。送る前に宛先を声に出して読む。",
        "医事課 課長 西田",
        "全 38 番号を登録し直し、試し送りの控えを綴じた。",
        "翌月の送信記録 120 件を見て、宛先の誤りがないことを確かめた。",
        grade=Grade.MAJOR,
    ),
    _Found(
        "TOWA-LIFE",
        Source.OTHER,
        "J.9.4",
        4,
        "新しい印刷の委託先との契約書に、事故の報告の期限がなかった。",
        ActionState.ANALYSED,
        "契約書のひな形が古い版で、法務の確認を受けていなかった。",
        CauseClass.SUPERVISION,
        "急ぎの契約で、委託先を選ぶときの確認の一覧を使っていなかった。",
    ),
)


def register_actions(workspace: Workspace) -> None:
    """Let exceptions, a complaint and other findings become actions; those in charge work on them."""
    registry = workspace.registry
    officer, hospital = _principal(workspace, _OFFICER), _principal(workspace, _HOSPITAL)
    reviewers = {officer.user_id: _principal(workspace, _ADMIN), hospital.user_id: officer}
    for each in _ALL:
        worker = hospital if each.unit.startswith("HOSP") else officer
        with registry.write(worker, reason=_REASON) as tx:
            of = _raised(tx, each)
            reviewing = replace(tx, principal=reviewers[worker.user_id])
            if each.failed:
                of = _redone(tx, of, each.failed, reviewing)
            of = _led(tx, of, each, reviewing)
        if each.reached is ActionState.CLOSED:
            top = _principal(workspace, f"{each.unit.lower()}-representative@towa.example")
            with registry.write(top, reason=_REASON) as tx:
                steps.approve(tx, of.id, expected_version=of.version)
    with registry.write(officer, reason=_REASON) as tx:
        twice = _raised(tx, _ALL[-1])
        register.withdraw(tx, twice.id, reason="同じ指摘を二度登録した。", expected_version=twice.version)
        _confirm(tx)
        _complained(tx)


def _raised(tx: Tx, of: _Found) -> Action:
    unit = organisation.unit_by_code(tx, of.unit)
    if unit is None:
        raise ValueError(of.unit)
    day = today_in_japan(tx.now) - timedelta(days=of.days_ago)
    return register.raise_action(
        tx, Nonconformity(unit.id, of.source, "", of.requirement, of.finding, of.grade, day)
    )


def _redone(tx: Tx, of: Action, failed: str, reviewing: Tx) -> Action:
    """Take a first measure that has no effect."""
    today = today_in_japan(tx.now)
    of = steps.analyse(
        tx,
        of.id,
        fact="終業間際の受付分が当番の机に置かれていた。",
        cause_class=CauseClass.CARELESSNESS,
        cause="当番が片付けを忘れていた。",
        expected_version=of.version,
    )
    of = steps.plan(
        tx,
        of.id,
        measure="退社前の片付けを掲示する。",
        owner="審査部 課長 江口",
        due_on=today,
        expected_version=of.version,
    )
    of = _finished(tx, of, "掲示した。", today - timedelta(days=30))
    return steps.review(reviewing, of.id, Effect.INEFFECTIVE, note=failed, expected_version=of.version)


def _led(tx: Tx, of: Action, told: _Found, reviewing: Tx) -> Action:
    """Take the steps up to the one before approval."""
    today, reached = today_in_japan(tx.now), tuple(ActionState).index(told.reached)
    if reached >= 1:
        of = steps.analyse(
            tx,
            of.id,
            fact=told.fact,
            cause_class=told.cause_class,
            cause=told.cause,
            expected_version=of.version,
        )
    if reached >= 2:
        of = steps.plan(
            tx,
            of.id,
            measure=told.measure,
            owner=told.owner,
            due_on=today + timedelta(days=14),
            expected_version=of.version,
        )
    if reached >= 3:
        of = _finished(tx, of, told.result, today - timedelta(days=min(20, told.days_ago)))
    if reached >= 4:
        of = steps.review(reviewing, of.id, Effect.EFFECTIVE, note=told.effect, expected_version=of.version)
    return of


def _finished(tx: Tx, of: Action, result: str, on: date) -> Action:
    return steps.finish(
        tx, of.id, result=result, on=on, review_by=on + timedelta(days=17), expected_version=of.version
    )


def _confirm(tx: Tx) -> None:
    """Confirm what the hospital answered with an exception this month: a corrective action begins."""
    newest = campaigns.campaigns(tx)[0]
    wanted = RowFilter(states=(ConfirmationState.ANSWERED,), with_exceptions=True)
    for row in campaigns.rows(tx, newest.id, wanted)[0]:
        of = answering.confirmation(tx, row.id)
        if of.answerer_id != tx.principal.user_id and row.name == "外来・病棟の診療":
            answering.confirm(tx, row.id, expected_version=of.version)


def _complained(tx: Tx) -> None:
    """Begin an action of the complaint about a driver, and plan it."""
    unit = organisation.unit_by_code(tx, "TOWA-LOGI")
    if unit is None:
        raise ValueError("TOWA-LOGI")
    wanted = complaints.Wanted(unit.id, (State.ANSWERED,))
    line = complaints.complaints(tx, wanted)[0][0]
    held = complaints.complaint(tx, line.id)
    handling.follow(
        tx,
        line.id,
        requirement="J.9.3",
        finding="配達の手順書に、届け先で伝票の電話番号を確かめるときの決まりがない。",
        grade=Grade.MINOR,
        expected_version=held.version,
    )
    of = next(each for each in register.actions(tx, unit_id=unit.id) if each.reference == line.number)
    of = steps.analyse(
        tx,
        of.id,
        fact="電話番号を読み上げて本人を確かめる配達員が、この営業所に 4 人いた。",
        cause_class=CauseClass.RULE,
        cause="本人を確かめる方法が手順書になく、各自のやり方に任されていた。",
        expected_version=of.version,
    )
    steps.plan(
        tx,
        of.id,
        measure="伝票を見せて確かめる手順を定め、朝礼で配達員全員に伝える。",
        owner="神戸営業所 所長 三宅",
        due_on=today_in_japan(tx.now) + timedelta(days=10),
        expected_version=of.version,
    )


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
