"""The ledger as a record of processing activities 処理活動の記録: what GDPR Art. 30(1) and (2) ask for.

The record is written for authorities and people; it is not read back. Data that a client entrusted to the
unit are processed on that client's behalf: their role says so, as Art. 30(2) has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from daicho.ledger_file.layout import Heading, Sheet
from daicho.ledger_file.places import Known
from daicho.ledger_file.shown import LIMIT, Shown, cell_of
from registry.model import LedgerEntry, Unit, UnitId

_TITLE = {"ja": "処理活動の記録（GDPR 第30条）", "en": "Record of processing activities (GDPR Art. 30)"}
_GROUPS: Mapping[str, tuple[str, str]] = {
    "who": ("管理者", "Controller"),
    "what": ("処理", "Processing"),
    "whom": ("提供・移転", "Disclosure and transfer"),
    "how": ("期限・安全管理", "Time limits and security"),
}


@dataclass(frozen=True, slots=True)
class _Of:
    """What a cell is written from."""

    entry: LedgerEntry
    known: Known
    language: str
    desks: Mapping[str, str]  # unit code -> contact

    def cell(self, column: str) -> Shown:
        return cell_of(column, self.entry, self.known, self.language)

    def joined(self, *columns: str) -> str:
        """Return what several columns say, a line each."""
        texts = (str(self.cell(column)) for column in columns)
        return "\n".join(text for text in texts if text)[:LIMIT]

    def word(self, ja: str, en: str) -> str:
        return ja if self.language == "ja" else en


def _entity(known: Known, unit_id: UnitId) -> Unit:
    line = [known.units[each] for each in known.line(unit_id)]
    return next((unit for unit in line if unit.kind.is_entity), line[-1])


def _controller(of: _Of) -> Shown:
    return _entity(of.known, of.entry.unit_id).name(of.language)


def _contact(of: _Of) -> Shown:
    line = (of.known.units[each].code for each in of.known.line(of.entry.unit_id))
    return next((of.desks[code] for code in line if code in of.desks), "")


def _role(of: _Of) -> Shown:
    if not of.entry.handling.entrusted:
        return of.word("管理者", "Controller")
    client = of.entry.handling.entrusted_by
    role = of.word("処理者（第30条2項）", "Processor (Art. 30(2))")
    return f"{role}: {client}" if client else role


def _limits(of: _Of) -> Shown:
    until, months = of.cell("retention_until"), of.cell("retention_months")
    if isinstance(until, date):
        return until.isoformat()
    if months == "":
        return of.joined("end_of_use")
    event = of.cell("retention_event")
    return of.word(f"{event}から {months} か月", f"{months} months from: {event}")


def _column(*columns: str) -> Callable[[_Of], Shown]:
    return lambda of: of.joined(*columns)


_COLUMNS: Sequence[tuple[str, str, str, Callable[[_Of], Shown]]] = (
    ("who", "台帳番号", "Entry number", _column("number")),
    ("who", "管理者の名称", "Controller", _controller),
    ("who", "連絡先", "Contact details", _contact),
    ("who", "立場", "Role", _role),
    ("who", "共同管理者・共同利用", "Joint controllers", _column("joint_use")),
    ("what", "処理の名称", "Processing activity", _column("name")),
    ("what", "処理の目的", "Purposes of the processing", _column("purpose")),
    ("what", "適法性の根拠", "Legal basis", _column("legal_basis")),
    ("what", "データ主体の種類", "Categories of data subjects", _column("subjects")),
    ("what", "個人データの種類", "Categories of personal data", _column("items")),
    ("whom", "取得者の種類", "Categories of recipients", _column("recipients", "processors")),
    ("whom", "第三国への移転と保護措置", "Third-country transfers and safeguards", _column("transfers")),
    ("how", "消去の期限", "Time limits for erasure", _limits),
    (
        "how",
        "技術的・組織的安全管理措置",
        "Technical and organisational security measures",
        _column("security_measures", "storage_method"),
    ),
    ("how", "担当", "Owner", _column("owner")),
)


def record(
    entries: Sequence[LedgerEntry],
    known: Known,
    desks: Mapping[str, str],
    *,
    company: str,
    as_of: date,
    language: str,
) -> Sheet:
    """Return the record of processing in a language, as whoever read the entries may see it."""
    which = ("ja", "en").index(language)
    headings = tuple(
        Heading("", _GROUPS[group][which], (title_ja, title_en)[which])
        for group, title_ja, title_en, _ in _COLUMNS
    )
    rows = tuple(
        tuple(cell(_Of(entry, known, language, desks)) for *_, cell in _COLUMNS) for entry in entries
    )
    return Sheet(_TITLE[language], company, as_of, language, headings, rows, 0)
