"""Clinical documents of HL7 CDA R2: referral letters, discharge summaries, the check-ups of MHLW.

The header's fields have a meaning, the narrative of a section is text under its title, results of
observations are medical data, and what is embedded in base64 is a member.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO

from lxml import etree

from scanners.errors import ExtractionError
from scanners.extractors.clinical import TELLING, Gathered, attachment
from scanners.extractors.interface import Budget, Extracted, size_of
from scanners.extractors.markup import local_name, visible_text, xml_events
from scanners.model import Category, Gap, Reason, RecordField, TextSegment

DOCUMENT = re.compile(r"<(?:\w{1,20}:)?ClinicalDocument[\s>]")
CHECKUP = re.compile(r"1\.2\.392\.200119\.6\.|h[cg]08_V08")
CHECKUP_OTHER = re.compile(
    r"<(?:\w{1,20}:)?(?:checkupClaim|guidanceClaim|index|summary)\s[^>]{0,400}"
    r"(?:tokuteikenshin\.jp|stf/seisakunitsuite/bunya/0000161103)"
)
WHOLE_BYTES = 128 << 20
_Element = etree._Element  # noqa: SLF001  lxml has no public name for the type

_INSTITUTIONS = frozenset(
    {
        *("representedOrganization", "providerOrganization", "representedCustodianOrganization"),
        *("scopingOrganization", "serviceProviderOrganization", "receivedOrganization", "wholeOrganization"),
        *("manufacturerOrganization", "asOrganizationPartOf", "healthCareFacility", "custodian"),
        *("authoringDevice", "assignedAuthoringDevice"),
        *("checkupOrganization", "claimReceiver", "sender", "receiver"),
    }
)
_SKIPPED = frozenset({"typeId", "templateId", "setId", "realmCode", "languageCode", "confidentialityCode"})
_PERSONS = frozenset(
    {
        "assignedPerson",
        "associatedPerson",
        "relatedPerson",
        "informationRecipient",
        "guardianPerson",
        "guardian",
    }
)
_CLOSE = frozenset({"guardian", "relatedSubject", "relatedPerson", "associatedEntity"})
_STAFF = frozenset({"assignedAuthor", "assignedEntity", "intendedRecipient"})
_CARD = Category.HEALTH_INSURANCE
_ROOTS: tuple[tuple[str, str, Category | None], ...] = (
    ("1.2.392.200119.6.101", "保険者番号 insurer number", _CARD),
    ("1.2.392.200119.6.204", "被保険者証等記号 insured symbol", _CARD),
    ("1.2.392.200119.6.205", "被保険者証等番号 insured number", _CARD),
    ("1.2.392.200119.6.211", "被保険者証等枝番 branch number", _CARD),
    ("1.2.392.200119.6.209", "受診券整理番号 check-up ticket number", _CARD),
    ("1.2.392.200119.6.102", "", None),  # the institution
    ("1.2.392.100495.20.3.61", "保険者番号 insurer number", _CARD),
    ("1.2.392.100495.20.3.62", "記号 insured symbol", _CARD),
    ("1.2.392.100495.20.3.63", "番号 insured number", _CARD),
    ("1.2.392.100495.20.3.51", "患者番号 patient number", Category.PATIENT_ID),
    ("1.2.392.100495.20.3.31", "登録番号 registration number", Category.STAFF_ID),
)
_OTHERS = frozenset(  # numbers of insurers, of their groups and of staff
    {
        *("1.2.392.200119.6.101", "1.2.392.200119.6.204"),
        *("1.2.392.100495.20.3.61", "1.2.392.100495.20.3.62", "1.2.392.100495.20.3.31"),
    }
)
_CLAIM_CARD: Mapping[str, str] = MappingProxyType(
    {
        "insurerNumber": "保険者番号 insurer number",
        "symbol": "記号 insured symbol",
        "number": "番号 insured number",
    }
)
_WRITINGS: Mapping[str, str] = MappingProxyType({"IDE": "漢字", "SYL": "カナ", "ABC": "ローマ字"})
_CODED: Mapping[str, tuple[str, Category]] = MappingProxyType(
    {
        "raceCode": ("人種 race", Category.RACE_ORIGIN),
        "ethnicGroupCode": ("民族 ethnic group", Category.RACE_ORIGIN),
        "religiousAffiliationCode": ("宗教 religion", Category.CREED),
    }
)
_NARRATIVE = 60  # characters of a result that is a text to be read, not a value


class ClinicalDocument:
    """One document of one patient."""

    def __init__(self, title: str = "CDA 診療文書 clinical document") -> None:
        self._title = title

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the header and the results as a record, sections as text, attachments as members."""
        if size_of(stream) > WHOLE_BYTES:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {WHOLE_BYTES} bytes"))
        root, malformed = _parsed(stream, budget)
        if root is None:
            raise ExtractionError(Gap(Reason.DAMAGED, "malformed XML"))
        yield from _Document(budget, self._title).read(root)
        if malformed:
            yield Gap(Reason.DAMAGED, "malformed XML: what stands before the fault was read")


def _parsed(stream: BinaryIO, budget: Budget) -> tuple[_Element | None, bool]:
    root: _Element | None = None
    stream.seek(0)
    try:
        for _, element in xml_events(stream, budget):
            root = element if root is None else root
    except etree.XMLSyntaxError:
        return root, True
    return root, False


class _Document:
    """The state of a walk: whose data an element holds follows from what stands above it."""

    def __init__(self, budget: Budget, title: str) -> None:
        self._budget = budget
        self._gathered = Gathered(title)
        self._above: list[str] = []
        self._sections = self._observations = self._attached = 0
        self._known: dict[_Element, tuple[bool, str]] = {}

    def read(self, root: _Element) -> Iterator[Extracted]:
        """Walk the document without recursion."""
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            name = local_name(element)
            if event == "end":
                self._above.pop()
                continue
            self._above.append(name)
            if self._institution(name) or name in _SKIPPED:
                walk.skip_subtree()
                continue
            yield from self._element(walk, name, element)
            if self._gathered.is_full:
                yield from self._gathered.take()
        yield from self._gathered.take()

    def _institution(self, name: str) -> bool:
        return name in _INSTITUTIONS and "relatedSubject" not in self._above

    def _element(self, walk: etree.iterwalk, name: str, element: _Element) -> Iterator[Extracted]:
        above = self._above[-2] if len(self._above) > 1 else ""
        match name:
            case "section":
                self._sections += 1
                return
            case "title":
                yield from self._title(element, above)
                return
            case "text" if above in ("section", "nonXMLBody") or element.get("representation") == "B64":
                yield from self._narrative(element, above)
                walk.skip_subtree()
                return
            case "name" if self._of_person(above):
                self._name(element, above)
                walk.skip_subtree()
                return
            case "addr" | "postalCode" if self._is_subject() or self._is_close():
                self._address(element)
                walk.skip_subtree()
                return
            case "addr":
                walk.skip_subtree()  # of an office
                return
            case "telecom":
                self._telecom(element)
                return
            case "value" if (
                "component" in self._above or "entry" in self._above or "observation" in self._above
            ):
                yield from self._result(element)
                walk.skip_subtree()
                return
        self._field(name, above, element)

    def _field(self, name: str, above: str, element: _Element) -> None:
        value = _value(element)
        if name == "id":
            self._identifier(above, element)
        elif name == "birthTime":
            self._add("生年月日 date of birth", value, Category.DOB, subject=self._is_subject())
        elif above == "insuranceCard" and name in _CLAIM_CARD:
            self._add(_CLAIM_CARD[name], value, _CARD, subject=name == "number")
        elif name in _CODED:
            meaning = _CODED[name]
            self._add(meaning[0], element.get("displayName") or value, meaning[1])
        elif name == "code" and (said := element.get("displayName")) and "entry" in self._above:
            drug = "manufacturedMaterial" in self._above or "manufacturedLabeledDrug" in self._above
            label = "薬剤 drug" if drug else "項目 item"
            if drug or above in ("procedure", "act", "substanceAdministration"):
                self._add(label, said, Category.MEDICAL_CONTEXT)
        elif name == "name" and above.startswith("manufactured"):
            self._add("薬剤 drug", value, Category.MEDICAL_CONTEXT)
        elif element.text and element.text.strip() and TELLING.search(element.text):
            text = element.text.strip()
            self._gathered.fields.append(RecordField(f"{self._where()}: {name}", text, subject=False))

    def _is_subject(self) -> bool:
        patient = "patientRole" in self._above or "subjectPerson" in self._above
        return patient and not any(each in self._above for each in ("guardian", "providerOrganization"))

    def _is_close(self) -> bool:
        """Tell of relatives, guardians and contacts in an emergency, whose addresses are their own."""
        return not _CLOSE.isdisjoint(self._above)

    def _of_person(self, above: str) -> bool:
        return above in ("patient", "subjectPerson", "subject") or above in _PERSONS

    def _where(self) -> str:
        header = next((each for each in self._above[1:3] if each != "component"), "document")
        return f"section {self._sections}" if self._sections else header

    def _section(self) -> str:
        return f"section {self._sections}" if self._sections else "document"

    def _name(self, element: _Element, above: str) -> None:
        parts = [
            (part.text or "").strip()
            for part in element.iterchildren("*")
            if local_name(part) in ("family", "given")
        ]
        whole = (
            " ".join(part for part in parts if part)
            or "".join(str(each) for each in element.itertext()).strip()
        )
        writing = _WRITINGS.get((element.get("use") or "").split(" ")[-1], "")
        subject = self._is_subject() and above not in _PERSONS
        meaning = "氏名 patient name" if subject else "氏名 name"
        self._add(
            f"{meaning}{f' (writing {writing})' if writing else ''}", whole, Category.PERSON, subject=subject
        )

    def _address(self, element: _Element) -> None:
        subject = self._is_subject()
        if local_name(element) == "postalCode":
            self._add("郵便番号 postcode", _value(element), Category.POSTAL_CODE, subject=subject)
            return
        parts: list[str] = [element.text or ""]
        for part in element.iterchildren("*"):
            name = local_name(part)
            if name == "postalCode":
                self._add("郵便番号 postcode", _value(part), Category.POSTAL_CODE, subject=subject)
            elif name != "country":
                parts.append(part.text or "")
            parts.append(part.tail or "")
        whole = "".join(" ".join(part.split()) for part in parts)
        self._add("住所 address", whole, Category.ADDRESS, subject=subject)

    def _telecom(self, element: _Element) -> None:
        """Take a person's own number; those of doctors are of their offices."""
        if not self._is_subject() and not self._is_close():
            return
        scheme, colon, number = (element.get("value") or "").partition(":")
        number = number if colon else scheme
        mail = scheme == "mailto" or "@" in number
        name, category = ("メール e-mail", Category.EMAIL) if mail else ("電話 telephone", Category.PHONE)
        self._add(name, number, category, subject=self._is_subject())

    def _identifier(self, above: str, element: _Element) -> None:
        root, value = element.get("root") or "", element.get("extension") or ""
        for start, name, category in _ROOTS:
            if root == start or root.startswith(f"{start}."):
                if category is not None and (category is not _CARD or len(value) > 2):
                    self._add(name, value, category, subject=start not in _OTHERS)
                return
        if above == "patientRole":
            self._add("患者番号 patient number", value, Category.PATIENT_ID)
        elif above in ("insuranceCard", "checkupCard"):
            self._add("受診券整理番号 check-up ticket number", value, _CARD)
        elif above in _STAFF:
            self._add("職員番号 staff number", value, Category.STAFF_ID, subject=False)

    def _title(self, element: _Element, above: str) -> Iterator[Extracted]:
        """Yield a title; that of a section with text is told with the text."""
        with_text, _ = self._around(element, above)
        if not with_text:
            yield from self._text(element.text or "", self._section())

    def _around(self, element: _Element, above: str) -> tuple[bool, str]:
        """Tell whether an element's section has a text, and its title; each section is gone through once."""
        section = element.getparent()
        if section is None or above != "section":
            return False, ""
        if section not in self._known:
            with_text, title = False, ""
            for each in section.iterchildren("text", "title", "{*}text", "{*}title"):
                if local_name(each) == "title":
                    title = (each.text or "").strip()
                else:
                    with_text = True
            self._known[section] = with_text, title
        return self._known[section]

    def _narrative(self, element: _Element, above: str) -> Iterator[Extracted]:
        if element.get("representation") == "B64":
            yield from self._attachment(element)
            return
        text = visible_text(etree.tostring(element, encoding="unicode", with_tail=False))
        _, title = self._around(element, above)
        # where a text stands is its section's title, which is masked as any name: it may hold one
        place = f"{self._section()} {title}".strip()
        yield from self._text(f"{title}\n{text}" if title else text, place)

    def _text(self, text: str, place: str) -> Iterator[TextSegment]:
        if text.strip():
            yield TextSegment(text, place)

    def _attachment(self, element: _Element) -> Iterator[Extracted]:
        self._attached += 1
        kind = re.sub(r"[^a-z]", "", (element.get("mediaType") or "").rpartition("/")[2].lower())
        kind = {"plain": "txt", "jpeg": "jpg"}.get(kind, kind)
        name = f"{self._section()} attachment {self._attached}{f'.{kind}' if 0 < len(kind) <= 5 else ''}"
        encoded = "".join(str(each) for each in element.itertext())
        yield attachment(name, encoded, self._budget)

    def _result(self, element: _Element) -> Iterator[Extracted]:
        """Read the value of an observation: a quantity, a code, a text or a picture."""
        if element.get("representation") == "B64":
            yield from self._attachment(element)
            return
        self._observations += 1
        quantity = " ".join(part for part in (element.get("value"), element.get("unit")) if part)
        written = " ".join("".join(str(each) for each in element.itertext()).split())
        value = element.get("displayName") or quantity or element.get("code") or written
        place = f"{self._section()} observation {self._observations}: "
        if len(value) > _NARRATIVE:
            self._gathered.fields.append(RecordField(f"{place}結果値 result", value, subject=False))
        elif value:
            self._gathered.fields.append(RecordField(f"{place}結果値 result", value, Category.MEDICAL))

    def _add(self, name: str, value: str, category: Category, *, subject: bool = True) -> None:
        if value := value.strip():
            staff = not subject and not _STAFF.isdisjoint(self._above)
            where = f"{self._where()}: {name}"
            self._gathered.fields.append(RecordField(where, value, category, subject=subject, staff=staff))


def _value(element: _Element) -> str:
    return element.get("extension") or element.get("value") or (element.text or "").strip()
