"""Complaints of the demonstration group: one closed, one late, some waiting; days count back from today."""

from __future__ import annotations

from datetime import date, timedelta

from daicho.workspace import Workspace
from privacy_mark.complaints import handling, register
from privacy_mark.complaints.model import ComplaintDraft, ComplaintId, Kind, Subject, Urgency, Way
from registry import accounts, ledger, organisation, people
from registry.access import today_in_japan
from registry.model import Principal, UnitId
from registry.store import Tx

_REASON = "daicho demo"
_OFFICER, _HOSPITAL = "sato@towa.example", "sakuradai@towa.example"


def register_complaints(workspace: Workspace) -> None:
    """Take in what arrived at the hospital and three companies; two persons work on it."""
    registry = workspace.registry
    officer, hospital = _principal(workspace, _OFFICER), _principal(workspace, _HOSPITAL)
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
        entries = ledger.entries(tx, unit_id=units["HOSP-SAKURA"])
    number = entries[0].number if entries else ""
    with registry.write(hospital, reason=_REASON) as tx:
        closed = _misdirected(tx, units["HOSP-SAKURA"], today - timedelta(days=20), number)
        _take(
            tx,
            units["HOSP-SAKURA"],
            today - timedelta(days=6),
            Kind.CONSULTATION,
            Subject.RIGHTS,
            Way.COUNTER,
            "桑原 節子",
            "亡くなった父の検査結果の写しを受け取る手続きを知りたい。",
        )
    with registry.write(officer, reason=_REASON) as tx:
        handling.close(tx, closed, note="誤送付の手順書の改訂と周知を確かめた。", expected_version=3)
        _take(
            tx,
            units["TOWA-LIFE"],
            today - timedelta(days=25),
            Kind.COMPLAINT,
            Subject.CONTACT,
            Way.PHONE,
            "野口 春樹",
            "退会したのに案内のはがきが届く。止めてほしい。",
        )
        opinion = _take(
            tx,
            units["TOWA-DENKI"],
            today - timedelta(days=9),
            Kind.OPINION,
            Subject.PURPOSE,
            Way.FORM,
            "",
            "採用サイトの利用目的の文が長く、何に使われるのか分かりにくい。",
        )
        handling.answer(
            tx,
            opinion,
            "意見への礼を伝え、次の改訂で要約を付けると回答した。",
            answered_on=today - timedelta(days=7),
            expected_version=1,
        )
        rude = _take(
            tx,
            units["TOWA-LOGI"],
            today - timedelta(days=8),
            Kind.COMPLAINT,
            Subject.STAFF,
            Way.MAIL,
            "三輪 典子",
            "配達員が、伝票の電話番号を玄関先で大きな声で読み上げた。",
        )
        handling.answer(
            tx,
            rude,
            "お詫びし、営業所の責任者から本人に説明した。",
            answered_on=today - timedelta(days=5),
            expected_version=1,
        )


def _misdirected(tx: Tx, unit_id: UnitId, day: date, number: str) -> ComplaintId:
    """Take in, answer and examine a letter that went to somebody else."""
    made = _take(
        tx,
        unit_id,
        day,
        Kind.COMPLAINT,
        Subject.LEAK,
        Way.PHONE,
        "浅井 光代",
        "別の人の検査予約票が同封されていた。",
        urgency=Urgency.URGENT,
        entry_number=number,
    )
    handling.answer(
        tx,
        made,
        "当日中に訪問して回収し、お詫びした。誤って送られた方にも説明した。",
        answered_on=day + timedelta(days=1),
        expected_version=1,
    )
    handling.examine(
        tx,
        made,
        "封入の際に前の予約票が封筒に残っていた。二人での照合をしていなかった。",
        "封入後に宛名と中身を別の職員が照合し、照合者の印を残す。手順書を改め、全員に周知した。",
        expected_version=2,
    )
    return made


def _take(
    tx: Tx,
    unit_id: UnitId,
    day: date,
    kind: Kind,
    subject: Subject,
    way: Way,
    sender: str,
    content: str,
    *,
    urgency: Urgency = Urgency.NORMAL,
    entry_number: str = "",
) -> ComplaintId:
    contact = "090-0000-0000" if sender else ""
    return register.receive(
        tx,
        ComplaintDraft(unit_id, kind, way, subject, urgency, day, sender, contact, content, entry_number),
    ).id


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
