"""A few requests, records of provision, notices and studies of the demonstration group, made by its officers.

They come after the scan, so that the request of an invented patient has found where their data lie. Days
are counted back from today: something is due soon, something late, something answered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from daicho.asked_person import PersonAsked, asked
from daicho.demo.model import DemoGroup
from daicho.demo.people import Person, population
from daicho.workspace import Workspace
from registry import (
    accounts,
    ledger,
    notices,
    organisation,
    people,
    provisions,
    request_places,
    requests,
    research,
)
from registry.access import today_in_japan
from registry.model import EntryId, Principal, Role, UnitId
from registry.notices import NoticeId, NoticeKind
from registry.person_search import search
from registry.provision_rules import Abroad, Direction, Form, Ground
from registry.provisions import ProvisionDraft
from registry.request_model import (
    Applicant,
    Decision,
    Delivery,
    IdentityMethod,
    Opinion,
    Request,
    RequestDraft,
    RequestKind,
)
from registry.research import ResearchBasis, ResearchDraft
from registry.store import Tx

HOSPITAL, HEADQUARTERS = "HOSP-SAKURA", "TOWA-HD"
_CROWD = "HOSP-SAKURA:patients"
_PATIENT, _RELATIVE = 8, 9  # of the crowd: none of those whose values are looked for as canaries
_REASON = "daicho demo"


def register_rights(workspace: Workspace, group: DemoGroup, *, seed: int) -> None:
    """Register the rows in the name of the officers who would have."""
    registry = workspace.registry
    logins = {(each.role, each.unit_code): each.login for each in group.accounts}

    def officer(role: Role, unit: str) -> Principal:
        with registry.read(workspace.owner()) as tx:
            found = people.person(tx, logins[role, unit])
        return accounts.principal_of(registry, found.user_id)

    of_group = officer(Role.GROUP_OFFICER, group.units[0].code)
    of_hospital = officer(Role.OFFICER, HOSPITAL)
    abroad = officer(Role.OFFICER, "TOWA-DE")
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
    patients = population(seed, _CROWD, _RELATIVE + 1)
    days = workspace.settings.rights_days
    with registry.write(of_hospital, reason=_REASON) as tx:
        _hospital_requests(tx, workspace, units[HOSPITAL], patients, today, days)
        _hospital_provisions(tx, units[HOSPITAL], patients[_PATIENT], today)
        _hospital_notices(tx, units[HOSPITAL], today)
    with registry.write(of_group, reason=_REASON) as tx:
        _company_requests(tx, units, today, days)
        _company_provisions(tx, units, today)
        _company_notices(tx, units, today)
    with registry.write(abroad, reason=_REASON) as tx:
        asks = _request(units["TOWA-DE"], "Julia Brandt", RequestKind.DISCLOSURE, today - timedelta(days=6))
        requests.receive(tx, asks, target_days=days)


def _request(unit_id: UnitId, person: str, kind: RequestKind, day: date) -> RequestDraft:
    return RequestDraft(
        unit_id=unit_id,
        kind=kind,
        applicant=Applicant.PERSON,
        person=person,
        contact="本人の申し出た住所",
        received_on=day,
        subject="保有しているもの全部",
        delivery=Delivery.ELECTRONIC,
    )


def _hospital_requests(
    tx: Tx, workspace: Workspace, unit_id: UnitId, patients: tuple[Person, ...], today: date, days: int
) -> None:
    patient, relative = patients[_PATIENT], patients[_RELATIVE]
    name = patient.facts["name"]
    draft = _request(unit_id, name, RequestKind.DISCLOSURE, today - timedelta(days=3))
    made = requests.receive(tx, draft, target_days=days)
    made = _checked(tx, made, IdentityMethod.PHOTO_CARD, today - timedelta(days=2))
    family = patient.facts["family"]
    told = PersonAsked(
        surname=family,
        given_name="".join(name.split()).removeprefix(family),
        birth_date=date.fromisoformat(patient.facts["dob_iso"]),
        identifier=patient.facts["patient_id"],
    )
    found = search(tx, workspace.findings, unit_id, asked(told, workspace.vault), request=made.number)
    request_places.keep(tx, made.id, found.candidates)
    late = RequestDraft(
        unit_id=unit_id,
        kind=RequestKind.DISCLOSURE,
        applicant=Applicant.BEREAVED,
        person=relative.facts["name"],
        agent=f"{relative.facts['family']} 和代（配偶者）",
        contact="配偶者の申し出た住所",
        received_on=today - timedelta(days=12),
        subject="入院中の診療記録",
        medical=True,
        fee_yen=3_000,
    )
    made = requests.receive(tx, late, target_days=days)
    made = _checked(tx, made, IdentityMethod.FAMILY_REGISTER, today - timedelta(days=10))
    requests.amend(tx, made.id, {"opinion": Opinion.ASKED}, expected_version=made.version)


def _checked(tx: Tx, made: Request, method: IdentityMethod, on: date) -> Request:
    return requests.confirm_identity(tx, made.id, method, on=on, expected_version=made.version)


def _company_requests(tx: Tx, units: dict[str, UnitId], today: date, days: int) -> None:
    late = _request(units["TOWA-DENKI"], "三浦 さくら", RequestKind.STOP_USE, today - timedelta(days=16))
    requests.receive(tx, late, target_days=days)
    refused = _request(units["TOWA-LOGI"], "内田 悠斗", RequestKind.CORRECTION, today - timedelta(days=25))
    made = requests.receive(tx, refused, target_days=days)
    made = _checked(tx, made, IdentityMethod.CALL_BACK, today - timedelta(days=24))
    made = requests.decide(
        tx,
        made.id,
        Decision.REFUSED,
        refusal="content_is_true",
        reasons="配送先の記録は伝票と一致しました。",
        expected_version=made.version,
    )
    requests.close(tx, made.id, answered_on=today, expected_version=made.version)
    records = _request(
        units[HEADQUARTERS], "木下 遥", RequestKind.PROVISION_RECORDS, today - timedelta(days=5)
    )
    made = requests.receive(tx, records, target_days=days)
    made = _checked(tx, made, IdentityMethod.TWO_DOCUMENTS, today - timedelta(days=4))
    requests.decide(tx, made.id, Decision.GRANTED, expected_version=made.version)


def _hospital_provisions(tx: Tx, unit_id: UnitId, patient: Person, today: date) -> None:
    provisions.record(
        tx,
        ProvisionDraft(
            unit_id=unit_id,
            direction=Direction.GIVEN,
            ground=Ground.CONSENT,
            form=Form.EACH,
            on_day=today - timedelta(days=40),
            counterpart="みなと生命保険株式会社",
            address="東京都港区海岸1-1-1",
            representative="代表取締役 永井 透",
            persons=patient.facts["name"],
            items="氏名、生年月日、診断名、入院期間",
        ),
    )
    provisions.record(
        tx,
        ProvisionDraft(
            unit_id=unit_id,
            direction=Direction.GIVEN,
            ground=Ground.ON_BEHALF,
            form=Form.EACH,
            on_day=today - timedelta(days=8),
            counterpart="みどり台クリニック",
            items="紹介状、検査結果",
            note="紹介状は本人に代わって提供したもの",
        ),
    )


def _company_provisions(tx: Tx, units: dict[str, UnitId], today: date) -> None:
    drafts = (
        ProvisionDraft(
            unit_id=units[HEADQUARTERS],
            direction=Direction.GIVEN,
            ground=Ground.CONSENT,
            form=Form.EACH,
            on_day=today - timedelta(days=200),
            counterpart="東都健康保険組合",
            address="東京都新宿区西新宿2-2-2",
            representative="理事長 岸 明子",
            persons="木下 遥",
            items="氏名、生年月日、健診の受診日",
        ),
        ProvisionDraft(
            unit_id=units["TOWA-SYS"],
            direction=Direction.GIVEN,
            ground=Ground.CONSENT,
            form=Form.CONTRACT,
            on_day=today - timedelta(days=430),
            counterpart="Bluefield Cloud Inc.",
            address="Austin, Texas",
            representative="Dana Reed",
            persons="サービスの利用者（名簿は契約書の別表）",
            items="氏名、メールアドレス、利用の記録",
            country="US",
            abroad=Abroad.EQUIVALENT_SYSTEM,
            checked_on=today - timedelta(days=400),
        ),
        ProvisionDraft(
            unit_id=units["TOWA-LOGI"],
            direction=Direction.GIVEN,
            ground=Ground.ENTRUSTMENT,
            form=Form.CONTRACT,
            on_day=today - timedelta(days=300),
            counterpart="南港配送サービス株式会社",
            items="届け先の氏名、住所、電話番号",
            note="配送業務の委託（業務委託契約書 ロ-2025-041）",
        ),
        ProvisionDraft(
            unit_id=units["TOWA-FIN"],
            direction=Direction.GIVEN,
            ground=Ground.CONSENT,
            form=Form.BATCH,
            on_day=today - timedelta(days=1_900),
            last_day=today - timedelta(days=1_200),
            counterpart="旧 提携クレジット株式会社",
            persons="提携カードの申込者",
            items="氏名、住所、申込日",
        ),
        ProvisionDraft(
            unit_id=units["TOWA-RE"],
            direction=Direction.RECEIVED,
            ground=Ground.CONSENT,
            form=Form.EACH,
            on_day=today - timedelta(days=20),
            counterpart="さくら賃貸仲介株式会社",
            address="神奈川県横浜市西区3-3-3",
            representative="代表取締役 森田 健",
            persons="入居を申し込んだ方 3 人（申込書の番号 2201 から 2203）",
            items="氏名、連絡先、勤務先",
            acquired="仲介会社が入居の申込書により本人から取得",
        ),
    )
    for draft in drafts:
        provisions.record(tx, draft)


def _hospital_notices(tx: Tx, unit_id: UnitId, today: date) -> None:
    posted = _notice(
        tx,
        unit_id,
        NoticeKind.POSTED,
        "当院における個人情報の利用目的",
        "患者さまへの医療の提供と、そのために必要な事務に利用します。お申し出のない限り同意されたものと扱います。",
        ["診療の提供", "診療報酬の請求", "健康診断の実施"],
        today - timedelta(days=500),
        "正面玄関、各病棟、病院のウェブサイト",
    )
    _link(tx, posted, _entries(tx, unit_id, lambda purpose: "診療" in purpose))
    published = _notice(
        tx,
        unit_id,
        NoticeKind.OPT_OUT,
        "胃がん検診の精度に関する研究へのご協力のお願い",
        "過去の検診の記録を使います。ご協力いただけない場合は、相談窓口へお申し出ください。",
        ["胃がん検診の精度の研究"],
        today - timedelta(days=300),
        "病院のウェブサイト",
    )
    study = research.register(
        tx,
        ResearchDraft(
            unit_id=unit_id,
            title="胃がん検診の精度に関する後ろ向き研究",
            committee="桜台総合病院 倫理審査委員会",
            approval="2026-014",
            approved_on=today - timedelta(days=310),
            basis=ResearchBasis.OPT_OUT,
            key_holder="研究支援室長",
            ends_on=today + timedelta(days=120),
            dispose_by=today + timedelta(days=485),
            notice_id=published,
        ),
    )
    first = research.refuse(
        tx, study.id, person="診察券番号 70112233", received_on=today - timedelta(days=90)
    )
    research.exclude(tx, first.id, on=today - timedelta(days=88))
    research.refuse(tx, study.id, person="診察券番号 70445566", received_on=today - timedelta(days=2))
    research.register(
        tx,
        ResearchDraft(
            unit_id=unit_id,
            title="術後の疼痛に関する観察研究",
            committee="桜台総合病院 倫理審査委員会",
            approval="2022-031",
            approved_on=today - timedelta(days=1_500),
            basis=ResearchBasis.CONSENT,
            key_holder="麻酔科 研究責任者",
            ends_on=today - timedelta(days=420),
            dispose_by=today - timedelta(days=55),
        ),
    )


def _company_notices(tx: Tx, units: dict[str, UnitId], today: date) -> None:
    staff = _notice(
        tx,
        units["TOWA-DENKI"],
        NoticeKind.DIRECT,
        "従業者の個人情報の取扱いについて",
        "入社時に書面で取得する個人情報は、次の目的に利用します。",
        ["人事管理", "給与の支払", "扶養手当及び年末調整の事務"],
        today - timedelta(days=700),
        "入社時の配布書面",
    )
    _link(tx, staff, _entries(tx, units["TOWA-DENKI"], lambda _: True)[:4])
    _notice(
        tx,
        units["TOWA-LOGI"],
        NoticeKind.RETAINED,
        "保有個人データに関する事項",
        "当社の名称、利用目的、請求の手続、安全管理のために講じた措置、苦情の申出先をお知らせします。",
        ["商品の配送", "お問い合わせへの対応"],
        today - timedelta(days=250),
        "会社のウェブサイト",
    )


def _notice(
    tx: Tx,
    unit_id: UnitId,
    kind: NoticeKind,
    title: str,
    text: str,
    purposes: list[str],
    day: date,
    posted: str,
) -> NoticeId:
    return notices.write_notice(
        tx,
        unit_id=unit_id,
        kind=kind,
        title=title,
        text=text,
        purposes=purposes,
        valid_from=day,
        posted=posted,
    ).id


def _link(tx: Tx, notice_id: NoticeId, entry_ids: list[EntryId]) -> None:
    (notice,) = [each for each in notices.notices(tx) if each.id == notice_id]
    notices.link(tx, notice_id, entry_ids, expected_version=notice.version)


def _entries(tx: Tx, unit_id: UnitId, chosen: Callable[[str], bool]) -> list[EntryId]:
    return [each.id for each in ledger.entries(tx, unit_id=unit_id) if chosen(each.purpose)]
