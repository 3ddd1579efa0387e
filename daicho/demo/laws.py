"""Lists of laws of the demonstration group: one approved, one waiting, one begun; a change of a law each."""

from __future__ import annotations

from datetime import timedelta

from daicho.workspace import Workspace
from privacy_mark.laws import amendments, entries, reviews
from privacy_mark.laws.catalogue import Kind, laws
from privacy_mark.laws.model import AmendmentDraft, Applies, LawDraft
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.model import Principal, UnitId
from registry.store import Tx

_REASON = "daicho demo"
_OFFICER, _HOSPITAL = "sato@towa.example", "sakuradai@towa.example"
_APPROVED, _WAITING, _BEGUN = "TOWA-DENKI", "HOSP-SAKURA", "TOWA-SYS"
_NOT = {
    "ppc_anonymous": "仮名加工情報・匿名加工情報を作らず、受けてもいない。",
    "telecom": "電気通信事業を営まず、利用者の情報を外部に送るサービスもない。",
    "medical_providers": "医療機関にシステムやサービスを提供していない。",
    "eu_supplement": "EU・英国から個人データを受けていない。",
    "next_generation": "認定事業者に医療情報を提供していない。",
}


def register_laws(workspace: Workspace) -> None:
    """Decide on the norms of three entities, as those who look after them; one list is approved."""
    registry = workspace.registry
    officer, hospital = _principal(workspace, _OFFICER), _principal(workspace, _HOSPITAL)
    representative = _principal(workspace, f"{_APPROVED.lower()}-representative@towa.example")
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
    with registry.write(officer, reason=_REASON) as tx:
        _decide(tx, units[_APPROVED], "法務部")
        _add(tx, units[_APPROVED])
        made = reviews.submit(tx, units[_APPROVED], "各公表元で全件の改正の有無を確かめた。")
    with registry.write(representative, reason=_REASON) as tx:
        reviews.approve(tx, made.id, "条例の追加を確かめた。", expected_version=made.version)
    with registry.write(officer, reason=_REASON) as tx:
        _changes(tx, units[_APPROVED])
        _decide(tx, units[_BEGUN], "総務部", only=("appi", "appi_order", "appi_rules", "ppc_general"))
    with registry.write(hospital, reason=_REASON) as tx:
        _decide(tx, units[_WAITING], "総務課")
        reviews.submit(tx, units[_WAITING], "医療分野の指針の版を公表元で確かめた。")


def _decide(tx: Tx, unit_id: UnitId, owner: str, *, only: tuple[str, ...] = ()) -> None:
    for line in entries.law_list(tx, unit_id):
        if only and line.law not in only:
            continue
        why = _NOT.get(line.law)
        reason = why or f"{laws()[line.law].why.ja}に当たる。"
        applies = Applies.NOT if why else Applies.APPLIES
        entries.decide(tx, unit_id, line.law, LawDraft(applies, reason, owner), expected_version=0)


def _add(tx: Tx, unit_id: UnitId) -> None:
    for kind, name, authority, reason in (
        (Kind.ORDINANCE, "本店所在地の個人情報の保護に関する条例", "東京都", "本店と工場が都内にある。"),
        (Kind.CONTRACT, "取引先の個人情報取扱基準", "受託先の各社", "受託業務の契約で守ることを約束した。"),
    ):
        draft = LawDraft(Applies.APPLIES, reason, "法務部", kind, name, authority=authority)
        entries.add(tx, unit_id, draft)


def _changes(tx: Tx, unit_id: UnitId) -> None:
    today = today_in_japan(tx.now)
    done = amendments.note(
        tx,
        unit_id,
        AmendmentDraft(
            "ppc_general",
            today - timedelta(days=60),
            today - timedelta(days=30),
            "漏えい等の報告の例が加わった。",
            "緊急時の手順の例を合わせる。",
            "法務部",
        ),
    )
    amendments.finish(tx, done.id, "緊急時対応手順の第4章を改め、周知した。", expected_version=1)
    amendments.note(
        tx,
        unit_id,
        AmendmentDraft(
            "appi",
            today + timedelta(days=120),
            today + timedelta(days=20),
            "改正の案が公表された（見本の記録です）。",
            "課徴金と委託先の規律を調べ、規程の改訂の要否を決める。",
            "法務部",
        ),
    )


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
