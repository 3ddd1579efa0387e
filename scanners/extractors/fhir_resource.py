"""One FHIR resource as the fields of a record, without recursion: hostile ones nest as deep as they like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scanners.extractors import fhir_fields as table
from scanners.extractors.clinical import BLOCK_FIELDS, TELLING, attachment
from scanners.extractors.interface import Budget, Member
from scanners.extractors.markup import visible_text
from scanners.model import Category, RecordField, RecordSegment

_TYPE = re.compile(r"[A-Z][A-Za-z]{2,40}")
_KEY = re.compile(r"(?!.*\d{5})[A-Za-z_]\w{0,60}", re.ASCII)
_REFERENCE = re.compile(r"(?:.*/)?(?:Patient/|urn:uuid:|urn:oid:)([^/#]{1,128})(?:/_history/.*)?")
# In an element of codes: what no code of FHIR looks like
_PERSONAL = re.compile(r"[^\x00-\x7f]{2}|@|(?<![\w-])0\d{1,3}-\d{1,4}-\d{4}(?![\w-])")
_UNITS = frozenset({"unit", "comparator"})
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T.*)?)?)?")
_NOBODY = re.compile(r"(?:Group|Location|Device|Organization|Medication|Substance|HealthcareService)/")
_DEPTH = 8  # resources inside resources; deeper ones are read as elements of the last
_NARRATIVE = 60  # characters of a result that is a text to be read, not a value
_VALUES = frozenset(
    {"valueString", "valueInteger", "valueBoolean", "valueDecimal", "valueDateTime", "valueTime"}
)
_QUANTITIES = frozenset({"valueQuantity", "valueRatio", "valueRange"})
_ATTACHMENTS = frozenset({"attachment", "content"})
_Node = tuple[str, str, Any, bool]  # place, key, value, whether it tells of the record's person


class Resource:
    """Reads one resource; those it contains are records of their own."""

    def __init__(
        self, content: Mapping[str, Any], place: str, budget: Budget, url: str = "", depth: int = 0
    ) -> None:
        named = content.get("resourceType")
        self._is_foreign = not isinstance(named, str) or _TYPE.fullmatch(named) is None  # an envelope
        self._type = "Resource" if self._is_foreign else str(named)
        self._content = content
        self._place = f"{place}{self._type}"
        self._outer = place
        self._budget = budget
        self._url = url
        self._depth = depth
        self._fields: list[RecordField] = []
        self._members: list[Member] = []
        self._contained: list[Mapping[str, Any]] = []

    def parts(self) -> Iterator[RecordSegment | Member]:
        """Yield the record, in blocks where it is long, then what it contains and its attachments."""
        skipped = table.INSTITUTIONS_OWN if self._type in table.INSTITUTIONS else frozenset()
        subject = self._type in table.SUBJECTS or self._type not in table.NOT_OF_SUBJECTS
        subject = subject and not self._is_foreign
        if self._type == "Patient":
            self._logical_id()
        # a stack of what is still to be read, the first on top
        stack: list[_Node] = [
            (self._key(key), key, value, subject)
            for key, value in reversed(list(self._content.items()))
            if key not in skipped
        ]
        while stack:
            stack.extend(reversed(self._read(*stack.pop())))
            if len(self._fields) >= BLOCK_FIELDS:
                yield self._record()
            if self._members:
                yield from self._members
                self._members = []
        if self._fields:
            yield self._record()
        for number, inner in enumerate(self._contained, start=1):
            place = f"{self._outer}{self._type} contained {number} "
            yield from Resource(inner, place, self._budget, depth=self._depth + 1).parts()

    def _record(self) -> RecordSegment:
        fields, self._fields = tuple(self._fields), []
        return RecordSegment(f"FHIR {self._type}", fields, clinical=self._is_clinical())

    def _is_clinical(self) -> bool:
        return self._type not in table.UNCLINICAL and not self._is_foreign

    def _key(self, key: str) -> str:
        """Return how a key is named in places; one that no element of FHIR has may be somebody's data."""
        if _KEY.fullmatch(key):
            return key
        self._free("?", "キー key", key)
        return "?"

    def _logical_id(self) -> None:
        """Take what other resources call the patient by: it binds them to the patient."""
        told = {self._content.get("id"), _referred(self._url)}
        for each in sorted(each for each in told if isinstance(each, str) and each):
            self._add("id", "論理ID logical id (pseudonym)", each, Category.PATIENT_ID, subject=True)

    def _read(self, place: str, key: str, value: Any, subject: bool) -> list[_Node]:
        """Read one element and return those inside it that are still to be read."""
        if isinstance(value, list):
            several = len(value) > 1 or key in ("name", "identifier", "telecom", "address")
            return [
                (f"{place}[{index}]" if several else place, key, each, subject)
                for index, each in enumerate(value)
            ]
        if isinstance(value, dict):
            return self._object(place, key, value, subject=subject)
        if isinstance(value, bool) or value is None:
            return []
        self._leaf(place, key, str(value), subject=subject, is_text=isinstance(value, str))
        return []

    def _object(self, place: str, key: str, value: dict[str, Any], *, subject: bool) -> list[_Node]:
        if self._datatype(place, key, value, subject=subject):
            return []
        if isinstance(value.get("data"), str) and (key in _ATTACHMENTS or "contentType" in value):
            self._attach(place, value["data"])
            value = {inner: each for inner, each in value.items() if inner != "data"}
        if self._type == "Patient" and key == "contact":
            subject = False
        return [(f"{place}.{self._key(inner)}", inner, each, subject) for inner, each in value.items()]

    def _datatype(self, place: str, key: str, value: dict[str, Any], *, subject: bool) -> bool:
        """Read an element whose type says what it holds; False where those inside it are still to be read."""
        reader = _DATATYPES.get(key)
        is_resource = key in ("contained", "resource") or isinstance(value.get("resourceType"), str)
        if is_resource and self._depth < _DEPTH:
            self._contained.append(value)
        elif key == "name" and any(part in value for part in ("family", "given", "text")):
            self._name(place, value, subject=subject)
        elif reader is not None:
            reader(self, place, value, subject=subject)
        elif key.endswith("Identifier") and "value" in value:
            self._identifier(place, value, subject=subject, of="Identifier")
        elif key == "text" and isinstance(value.get("div"), str):
            self._free(f"{place}.div", "記述 narrative", visible_text(value["div"]))
        elif "reference" in value or (key in table.OF_ANYBODY and {"display", "identifier"} & set(value)):
            self._reference(place, key, value)
        elif key in ("extension", "modifierExtension"):
            return self._extension(place, value, subject=subject)
        elif (concept := self._concept_of(key)) is not None:
            self._add(place, concept[0], _concept(value), concept[1], subject=subject)
        elif self._type == "Observation" and key in _QUANTITIES:
            amount = " ".join(str(value[part]) for part in ("value", "unit") if part in value)
            self._add(place, "結果値 result", amount, Category.MEDICAL, subject=subject)
        else:
            return not self._is_foreign and (key == "meta" or (key in table.UNTOLD and key != "code"))
        return True

    def _concept_of(self, key: str) -> tuple[str, Category] | None:
        if found := table.CONCEPTS.get((self._type, key)):
            return found
        if key in table.DRUGS:
            return "薬剤 drug", Category.MEDICAL_CONTEXT
        return ("理由 reason", Category.MEDICAL) if key in table.REASONS else None

    def _leaf(self, place: str, key: str, value: str, *, subject: bool, is_text: bool) -> None:
        if key == "birthDate":
            self._add(place, "生年月日 date of birth", value, Category.DOB, subject=subject)
        elif self._type == "Coverage" and key in ("subscriberId", "dependent"):
            self._add(place, "被保険者 insured person", value, Category.HEALTH_INSURANCE, subject=subject)
        elif self._type == "Observation" and key in _VALUES and len(value) <= _NARRATIVE:
            self._add(place, "結果値 result", value, Category.MEDICAL, subject=subject)
        elif key == "data" and self._type == "Binary":
            self._attach(place, value)
        elif key == "div":
            self._free(place, "記述 narrative", visible_text(value))
        elif is_text and self._tells(key, value) and not _DATE.fullmatch(value):
            self._free(place, "", value, label=key if _KEY.fullmatch(key) else "")

    def _tells(self, key: str, value: str) -> bool:
        if self._is_foreign or key not in table.UNTOLD:
            return TELLING.search(value) is not None
        return key not in _UNITS and _PERSONAL.search(value) is not None

    def _name(self, place: str, value: dict[str, Any], *, subject: bool) -> None:
        parts = [str(value.get("family") or ""), *_strings(value.get("given"))]
        composed = " ".join(part for part in parts if part)
        text = value.get("text")
        whole = composed or (text if isinstance(text, str) else "")
        writing = next((table.WRITINGS[code] for code in _codes(value) if code in table.WRITINGS), "")
        note = f" (writing {writing})" if writing else ""
        element = place if composed else f"{place}.text"
        self._add(element, f"氏名 {self._whose()}name{note}", whole, Category.PERSON, subject=subject)

    def _whose(self) -> str:
        return "patient " if self._type == "Patient" else ""

    def _telecom(self, place: str, value: dict[str, Any], *, subject: bool) -> None:
        is_mail = value.get("system") == "email" or "@" in str(value.get("value"))
        name, category = ("メール e-mail", Category.EMAIL) if is_mail else ("電話 telephone", Category.PHONE)
        self._add(f"{place}.value", name, str(value.get("value") or ""), category, subject=subject)

    def _address(self, place: str, value: dict[str, Any], *, subject: bool) -> None:
        if isinstance(value.get("postalCode"), str):
            code = value["postalCode"]
            self._add(f"{place}.postalCode", "郵便番号 postcode", code, Category.POSTAL_CODE, subject=subject)
        parts = [str(value.get(part) or "") for part in ("state", "city")]
        whole = str(value.get("text") or "") or "".join([*parts, *_strings(value.get("line"))])
        self._add(place, "住所 address", whole, Category.ADDRESS, subject=subject)

    def _identifier(self, place: str, value: dict[str, Any], *, subject: bool, of: str = "") -> None:
        kind = value.get("type")
        code = next(iter(_codes({"type": kind})), "") if isinstance(kind, dict) else ""
        found = table.identifier_of(of or self._type, str(value.get("system") or ""), code)
        if found is not None:
            self._add(f"{place}.value", found[0], str(value.get("value") or ""), found[1], subject=subject)

    def _reference(self, place: str, key: str, value: dict[str, Any]) -> None:
        """Take whom a reference means; what it calls an institution is nobody's."""
        target = str(value.get("reference") or "")
        display = str(value.get("display") or "")
        if key in table.OF_PATIENT and not _NOBODY.search(target):
            told = _referred(target)
            self._add(place, "患者への参照 reference to the patient", told, Category.PATIENT_ID, subject=True)
            if isinstance(value.get("identifier"), dict):
                self._identifier(f"{place}.identifier", value["identifier"], subject=True, of="Patient")
            self._add(f"{place}.display", "患者名 patient name", display, Category.PERSON, subject=True)
        elif re.search(r"(?:Practitioner|RelatedPerson|Patient)/", target):
            staff = "Practitioner/" in target
            self._add(f"{place}.display", "氏名 name", display, Category.PERSON, subject=False, staff=staff)
        elif key not in table.OF_INSTITUTIONS and "Organization/" not in target:
            others = key in table.OF_OTHERS
            self._free(f"{place}.display", "", display, label="氏名" if others else "", staff=others)

    def _extension(self, place: str, value: dict[str, Any], *, subject: bool) -> bool:
        found = table.EXTENSIONS.get(str(value.get("url") or "").rpartition("/")[2])
        if found is None:
            return False
        told = next((each for key, each in value.items() if key.startswith("value")), "")
        text = _concept(told) if isinstance(told, dict) else str(told)
        if found[1] is not Category.HEALTH_INSURANCE or len(text) > 2:  # a branch alone names nobody
            self._add(place, found[0], text, found[1], subject=subject and found[1] is not Category.PERSON)
        return True

    def _attach(self, place: str, encoded: str) -> None:
        self._members.append(attachment(f"{self._place} {place}", encoded, self._budget))

    def _add(
        self, place: str, name: str, value: str, category: Category, *, subject: bool, staff: bool = False
    ) -> None:
        if value.strip():
            staff = staff or (self._type in table.STAFF and not subject)
            where = f"{self._place}: {place} {name}"
            self._fields.append(RecordField(where, value, category, subject=subject, staff=staff))

    def _free(self, place: str, name: str, value: str, label: str = "", *, staff: bool = False) -> None:
        if value.strip():
            where = f"{self._place}: {place} {name}".rstrip()
            self._fields.append(RecordField(where, value, None, label, subject=False, staff=staff))


_DATATYPES: Final = {
    "telecom": Resource._telecom,  # noqa: SLF001  of this module
    "address": Resource._address,  # noqa: SLF001
    "identifier": Resource._identifier,  # noqa: SLF001
}


def _strings(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _codes(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the codes one or two levels below: of extensions and of codings."""
    for each in value.values():
        for inner in each if isinstance(each, list) else [each]:
            if isinstance(inner, dict):
                for key, code in inner.items():
                    if isinstance(code, str) and key in ("valueCode", "valueString", "code"):
                        yield code
                    elif key == "coding":
                        yield from (
                            str(coding.get("code"))
                            for coding in (code if isinstance(code, list) else [code])
                            if isinstance(coding, dict)
                        )


def _concept(value: dict[str, Any]) -> str:
    """Return a concept in words, or its code where it has none."""
    text = value.get("text")
    if isinstance(text, str) and text.strip():
        return text
    codings = value.get("coding")
    for name in ("display", "code"):
        for coding in codings if isinstance(codings, list) else [codings]:
            if isinstance(coding, dict) and isinstance(coding.get(name), str):
                return str(coding[name])
    concept = value.get("concept")
    return _concept(concept) if isinstance(concept, dict) else ""


def _referred(target: str) -> str:
    match = _REFERENCE.fullmatch(target)
    return match.group(1) if match else ""
