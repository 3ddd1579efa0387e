"""Management reviews of the demonstration group: one approved and followed up, one written, some planned."""

from __future__ import annotations

from datetime import date, timedelta

from daicho.workspace import Workspace
from privacy_mark.reviews import follow_up, holding, minutes, register
from privacy_mark.reviews.model import DecisionDraft, DecisionKind, Review, Topic
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.model import Principal, UnitId
from registry.store import Tx

_REASON = "daicho demo"
_OFFICER, _HOSPITAL = "sato@towa.example", "sakuradai@towa.example"
_SAID = (
    "１　前回の見直しの決定と、この１年の記録の報告\n"
    "個人情報保護管理者が入力の各項目を報告した。今回が最初の見直しで、前回の決定はない。\n\n"
    "２　質疑\n"
    "理事長から、差異の期限超過の理由を問われ、健診システムの更新と重なったためと説明した。\n\n"
    "３　評価\n"
    "仕組みは働いているが、封入の照合と、共有フォルダーの閲覧範囲に改善の余地がある。"
)
_ATTENDEES = "理事長 岸 明子\n個人情報保護管理者 中村 裕子\n個人情報保護監査責任者 小林 修\n事務部長 原 和夫"


def hold_a_month_ago(workspace: Workspace) -> None:
    """Hold a review at the hospital, which its representative approves; the clock is a month back."""
    registry = workspace.registry
    hospital = _principal(workspace, _HOSPITAL)
    with registry.read(workspace.owner()) as tx:
        unit = next(unit.id for unit in organisation.units(tx) if unit.code == "HOSP-SAKURA")
        today = today_in_japan(tx.now)
    with registry.write(hospital, reason=_REASON) as tx:
        made = _written(tx, unit, today, hospital)
        made = minutes.submit(tx, made.id, expected_version=made.version)
    with registry.write(_representative(workspace, "HOSP-SAKURA"), reason=_REASON) as tx:
        minutes.close(
            tx,
            made.id,
            conclusion="仕組みを続ける。封入の照合は四半期ごとに報告すること。",
            expected_version=made.version,
        )


def register_reviews(workspace: Workspace) -> None:
    """Report on a decision of the hospital, hold a review at a company without approval, plan two more."""
    registry = workspace.registry
    officer, hospital = _principal(workspace, _OFFICER), _principal(workspace, _HOSPITAL)
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
    with registry.write(hospital, reason=_REASON) as tx:
        first = follow_up.decisions(tx, units["HOSP-SAKURA"])[0]
        follow_up.report(
            tx,
            first.id,
            result="封入の手順書を改め、二人での照合と照合印を全病棟で始めた。",
            ended_on=today - timedelta(days=3),
            expected_version=first.version,
        )
        register.plan(tx, units["HOSP-SAKURA"], planned_on=today + timedelta(days=50), chair="理事長 岸 明子")
    with registry.write(officer, reason=_REASON) as tx:
        company = register.plan(tx, units["TOWA-LIFE"], planned_on=today, chair="代表取締役 永井 透")
        company = holding.set_words(
            tx,
            company.id,
            Topic.PROPOSALS,
            "退会した方への案内の停止を、会員システムで自動にする。",
            expected_version=company.version,
        )
        company = holding.hold(tx, company.id, held_on=today, expected_version=company.version)
        minutes.write(
            tx,
            company.id,
            attendees="代表取締役 永井 透\nグループ個人情報保護責任者 佐藤 恵",
            minutes="苦情の原因を確かめ、案内の停止の仕組みを検討した。",
            expected_version=company.version,
        )
        register.plan(
            tx, units["TOWA-LOGI"], planned_on=today + timedelta(days=30), chair="代表取締役 森田 健"
        )


def _written(tx: Tx, unit_id: UnitId, today: date, owner: Principal) -> Review:
    """Hold a review with additions, minutes and three decisions."""
    made = register.plan(tx, unit_id, planned_on=today, chair="理事長 岸 明子")
    for topic, words in (
        (Topic.LAWS, "医療情報システムの安全管理に関するガイドラインの改定を確かめ、規程への影響はない。"),
        (Topic.CIRCUMSTANCES, "健診システムを来期に更新する。委託先が替わる見込み。"),
        (Topic.PROPOSALS, "予約票の封入を、氏名のバーコードで照合する。"),
    ):
        made = holding.set_words(tx, made.id, topic, words, expected_version=made.version)
    made = holding.hold(tx, made.id, held_on=today, expected_version=made.version)
    made = minutes.write(tx, made.id, attendees=_ATTENDEES, minutes=_SAID, expected_version=made.version)
    for kind, what, name, days in (
        (DecisionKind.CHANGE, "封入の際に二人で照合し、照合者の印を残す。", "看護部長 西 聡子", 20),
        (DecisionKind.IMPROVEMENT, "健診の共有フォルダーの閲覧を健診センターに限る。", owner.name, 25),
        (DecisionKind.RESOURCES, "バーコード照合の機器の予算を来期に取る。", "事務部長 原 和夫", 120),
    ):
        draft = DecisionDraft(
            kind,
            what,
            name,
            today + timedelta(days=days),
            owner.user_id if name == owner.name else None,
        )
        made = minutes.add_decision(tx, made.id, draft, expected_version=made.version)
    return made


def _representative(workspace: Workspace, code: str) -> Principal:
    return _principal(workspace, f"{code.lower()}-representative@towa.example")


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
