"""Letters of appointment 任命書 of the audit manager and of a year's auditors."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time

from daicho.letters.appointment import Letter, appointment_letters
from daicho.pages import audit_words, scope
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.audits import appointments, audits, programmes
from privacy_mark.audits.model import Appointment, AppointmentId, Audit, ProgrammeId
from registry.errors import NotFound
from registry.model import UnitId


def manager_letter(unit_id: UnitId, appointment_id: AppointmentId, context: PageContext) -> bytes:
    """Return the letter of one appointment of a unit; raises NotFound."""
    with context.read() as tx:
        found = next(
            (each for each in appointments.appointments(tx, unit_id) if each.id == appointment_id), None
        )
        names = scope.full_names(scope.units(tx), context.language)
    if found is None:
        raise NotFound("audit_appointment")
    text = context.text
    unit = names.get(unit_id, NONE)
    letter = Letter(
        number=f"{found.appointed_on:%Y}-{found.id:04d}",
        to=text("{name} 殿", name=found.name),
        body=text("あなたを、{unit}の個人情報保護監査責任者に任命します。", unit=unit),
        facts=[
            (text("役割"), text("個人情報保護監査責任者")),
            (text("対象の組織"), unit),
            (text("任期"), _term(found, context)),
        ],
        duties=[
            text("監査の計画を立て、監査員を選び、監査の実施を指揮します。"),
            text("監査の結果を報告書にまとめ、トップマネジメントに報告します。"),
            text("自分の所属や職務から独立した立場で、公平に監査を行います。"),
            text("監査で知った個人情報と秘密を、任期の後も漏らしません。"),
        ],
        day=context.formats.day(found.appointed_on),
        sender=[unit, text("トップマネジメント"), text("{name}　印", name=found.appointer)],
    )
    decided = _at(found.appointed_on)
    return appointment_letters(context.language, text("任命書"), [letter], decided=decided)


def auditor_letters(programme_id: ProgrammeId, context: PageContext) -> bytes:
    """Return the letters of a programme's auditors, one a page; raises NotFound before any is assigned."""
    with context.read() as tx:
        of = programmes.programme(tx, programme_id)
        rows = audits.audits(tx, programme_id=programme_id)
        names = scope.full_names(scope.units(tx), context.language)
    by_auditor: dict[tuple[str, int], list[Audit]] = defaultdict(list)
    for each in rows:
        by_auditor[each.auditor, each.auditor_id].append(each)
    if of.fixed_on is None or not by_auditor:
        raise NotFound("audit")
    text, unit = context.text, names.get(of.unit_id, NONE)
    letters = [
        Letter(
            number=f"{of.number}-{place:02d}",
            to=text("{name} 殿", name=name),
            body=text("あなたを、{year} 年度の内部監査の監査員に任命します。", year=of.year),
            facts=[
                (text("役割"), text("監査員")),
                (text("年度の監査計画"), f"{of.number}　{unit}"),
                (text("期間"), context.formats.period(of.first, of.last)),
                (text("担当する監査"), "\n".join(_audit(each, names, context) for each in mine)),
            ],
            duties=[
                text("監査チェックリストに沿って事実を確かめ、監査調書に記録します。"),
                text("結果を個人情報保護監査責任者に報告します。"),
                text(
                    "自分の所属する組織と管理する組織は監査しません。独立性を失ったときはすぐに申し出ます。"
                ),
                text("監査で知った個人情報と秘密を、期間の後も漏らしません。"),
            ],
            day=context.formats.day(of.fixed_on),
            sender=[unit, text("個人情報保護監査責任者"), text("{name}　印", name=of.planner)],
        )
        for place, ((name, _), mine) in enumerate(sorted(by_auditor.items()), 1)
    ]
    return appointment_letters(context.language, text("任命書"), letters, decided=_at(of.fixed_on))


def _audit(of: Audit, names: dict[UnitId, str], context: PageContext) -> str:
    text = context.text
    return text(
        "{unit}（{kind}、{day} まで）",
        unit=names.get(of.unit_id, NONE),
        kind=text(audit_words.KIND[of.kind]),
        day=context.formats.day(of.due_on),
    )


def _term(found: Appointment, context: PageContext) -> str:
    return context.formats.period(found.valid_from, found.valid_until)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
