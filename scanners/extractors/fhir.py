"""FHIR resources as JSON, NDJSON and XML: every resource a record, its elements with their meaning.

A bundle is read entry by entry and NDJSON line by line: memory is bounded by one resource, not by the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from scanners.encodings import decode_blocks
from scanners.errors import ExtractionError
from scanners.extractors.clinical import Damage, numbered_lines
from scanners.extractors.fhir_resource import Resource
from scanners.extractors.interface import Budget, Extracted, size_of
from scanners.extractors.markup import local_name, release, xml_events
from scanners.extractors.plain import pieces
from scanners.model import Gap, Reason

# Names that only FHIR has: logs of clouds have devices, groups and accounts as resources too
_OWN_NAMES = (
    "AdverseEvent|AllergyIntolerance|AuditEvent|Bundle|CapabilityStatement|CarePlan|CareTeam|"
    "ClaimResponse|ClinicalImpression|CodeSystem|Composition|Condition|Coverage|"
    "DetectedIssue|DiagnosticReport|DocumentManifest|DocumentReference|Encounter|EpisodeOfCare|"
    "ExplanationOfBenefit|FamilyMemberHistory|ImagingStudy|Immunization|Medication|"
    "MedicationAdministration|MedicationDispense|MedicationRequest|MedicationStatement|MessageHeader|"
    "NutritionOrder|Observation|OperationOutcome|Patient|Practitioner|PractitionerRole|Provenance|"
    "QuestionnaireResponse|Questionnaire|RelatedPerson|ResearchSubject|RiskAssessment|ServiceRequest|Specimen|"
    "StructureDefinition|ValueSet|VisionPrescription"
)
_RESOURCE = re.compile(rf'"resourceType"\s*:\s*"(?:{_OWN_NAMES})"')
# Words that other programs use for their resources as well: FHIR where something else says so
_COMMON_NAMES = "Appointment|Claim|Communication|Consent|Flag|Goal|Media|Organization|Procedure"
_COMMON_RESOURCE = re.compile(rf'"resourceType"\s*:\s*"(?:{_COMMON_NAMES})"')
_FHIR_SIGN = re.compile(
    r'hl7\.org/fhir|jpfhir\.jp|"(?:subject|patient|beneficiary)"\s*:\s*\{\s*"(?:reference|display|identifier)"'
)
XML_RESOURCE = re.compile(r'<[A-Z][A-Za-z]{2,40}\s[^>]{0,400}xmlns\s*=\s*["\']http://hl7\.org/fhir["\']')
WHOLE_BYTES = 16 << 20  # a larger file of one value is read entry by entry
RESOURCE_CHARACTERS = 64 << 20  # a larger resource is read as text
_ENTRIES = re.compile(r'"entry"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


def is_fhir(text: str) -> bool:
    """Tell whether a text in JSON holds resources of FHIR."""
    if _RESOURCE.search(text):
        return True
    return _COMMON_RESOURCE.search(text) is not None and _FHIR_SIGN.search(text) is not None


class Fhir:
    """FHIR in any of its forms; attachments in base64 are members."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the resources; what is malformed is read as text, with a gap."""
        stream.seek(0)
        head = stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
        if head.startswith(b"<"):
            yield from _xml(stream, budget)
        elif size_of(stream) <= WHOLE_BYTES:
            yield from _whole(stream, budget)
        elif _is_lines(stream):
            yield from _lines(stream, budget)
        else:
            yield from _entries(stream, budget)


def _decoded(stream: BinaryIO, damage: Damage) -> Iterator[str]:
    stream.seek(0)
    for block in decode_blocks(stream, 4 << 20):
        if isinstance(block, Gap):
            raise ExtractionError(block)
        damage.characters += block.damaged
        yield block.text


def _loaded(text: str) -> Any:
    """Return a JSON value, or None where it is malformed or too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _whole(stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
    damage = Damage()
    text = "".join(_decoded(stream, damage))
    value = _loaded(text)
    if isinstance(value, dict):
        yield from _bundle_or_resource(value, budget)
    elif isinstance(value, list):
        for number, each in enumerate(value, start=1):
            yield from _resource(each, f"item {number} ", budget)
    elif "\n" in text.strip():
        yield from _numbered(enumerate(text.split("\n"), start=1), budget)
    else:
        yield from pieces(text)
        yield Gap(Reason.DAMAGED, "malformed JSON: read as text")
    yield from damage.gaps()


def _bundle_or_resource(value: dict[str, Any], budget: Budget) -> Iterator[Extracted]:
    entries = value.get("entry")
    if value.get("resourceType") != "Bundle" or not isinstance(entries, list):
        yield from _resource(value, "", budget)
        return
    yield from _resource({key: each for key, each in value.items() if key != "entry"}, "", budget)
    for number, entry in enumerate(entries, start=1):
        yield from _entry(entry, number, budget)


def _entry(entry: Any, number: int, budget: Budget) -> Iterator[Extracted]:
    if not isinstance(entry, dict):
        yield from _resource(entry, f"entry {number} ", budget)
        return
    resource, url = entry.get("resource"), entry.get("fullUrl")
    is_read = ("resource", "fullUrl") if isinstance(resource, dict) else ("fullUrl",)
    # requests, answers and how a search found it
    yield from _resource(
        {k: each for k, each in entry.items() if k not in is_read}, f"entry {number} ", budget
    )
    if isinstance(resource, dict):
        yield from Resource(resource, f"entry {number} ", budget, url if isinstance(url, str) else "").parts()


def _resource(value: Any, place: str, budget: Budget) -> Iterator[Extracted]:
    # what is no object may stand among resources where no program would look for it
    value = value if isinstance(value, dict) else {"item": value}
    yield from Resource(value, place, budget).parts()


def _is_lines(stream: BinaryIO) -> bool:
    """Tell whether the first line is a value of its own."""
    stream.seek(0)
    line = stream.readline(RESOURCE_CHARACTERS)
    return line.endswith(b"\n") and _loaded(line.decode("utf-8", "replace")) is not None


def _lines(stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
    damage = Damage()
    yield from _numbered(_long_lines(stream, damage), budget)
    yield from damage.gaps()


def _long_lines(stream: BinaryIO, damage: Damage) -> Iterator[tuple[int, str]]:
    """Yield whole lines of up to the size of a resource: `numbered_lines` gives long ones in pieces."""
    current, held = 0, ""
    for number, piece in numbered_lines(stream, damage):
        if number != current:
            if current:
                yield current, held
            current, held = number, piece
        elif len(held) < RESOURCE_CHARACTERS:
            held += piece
    if current:
        yield current, held


def _numbered(lines: Iterator[tuple[int, str]], budget: Budget) -> Iterator[Extracted]:
    bad: list[int] = []
    total = 0
    for number, line in lines:
        if not line.strip("\r\n\t ,"):
            continue
        total += 1
        value = _loaded(line)
        if isinstance(value, dict):
            if value.get("resourceType") == "Bundle":
                yield from _bundle_or_resource(value, budget)
            else:
                yield from _resource(value, f"line {number} ", budget)
        else:
            bad.append(number)
            yield from pieces(line, location=f"line {number}")
    if bad:
        yield Gap(
            Reason.DAMAGED,
            f"{len(bad)} of {total} lines are malformed, the first is line {bad[0]}: read as text",
            seen=total - len(bad),
            total=total,
            unit="lines",
        )


def _entries(stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
    """Read a bundle that is too large to hold: its entries one by one as they are decoded."""
    damage = Damage()
    blocks = _decoded(stream, damage)
    buffer = next(blocks, "")
    found = _ENTRIES.search(buffer)
    if found is None:
        yield from pieces(buffer)
        for block in blocks:
            yield from pieces(block)
        yield Gap(Reason.OVERSIZED, f"1 resource of more than {WHOLE_BYTES} bytes: read as text")
        return
    yield from pieces(buffer[: found.start()], location="bundle")
    position, number, closed = found.end(), 0, False
    decoder = json.JSONDecoder()
    while not closed:
        match = _BETWEEN.match(buffer, position)
        position = match.end() if match else position
        if buffer.startswith("]", position):
            closed = True
            break
        try:
            entry, position = decoder.raw_decode(buffer, position)
        except (ValueError, RecursionError):
            more = next(blocks, None)
            if more is None or len(buffer) - position > RESOURCE_CHARACTERS:
                buffer += more or ""
                break
            buffer, position = buffer[position:] + more, 0
            continue
        number += 1
        yield from _entry(entry, number, budget)
        if position > len(buffer) // 2:
            buffer, position = buffer[position:], 0
    yield from pieces(buffer[position:], location=f"after entry {number}")
    for block in blocks:
        yield from pieces(block, location=f"after entry {number}")
    if not closed:
        yield Gap(Reason.DAMAGED, f"malformed after entry {number}: the rest is read as text")
    yield from damage.gaps()


def _xml(stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
    stream.seek(0)
    depth = number = 0
    bundle = False
    try:
        for event, element in xml_events(stream, budget):
            if event == "start":
                depth += 1
                bundle = bundle or (depth == 1 and local_name(element) == "Bundle")
                continue
            depth -= 1
            if bundle and depth == 1 and local_name(element) == "entry":
                number += 1
                yield from _entry(_children(element), number, budget)
                release(element)
            elif depth == 0 and not bundle:
                yield from _resource(_as_json(element), "", budget)
    except etree.XMLSyntaxError:
        yield Gap(Reason.DAMAGED, f"malformed XML after entry {number}")
    except RecursionError:
        yield Gap(Reason.TOO_DEEP, f"elements nest too deep after entry {number}")


def _as_json(root: etree._Element) -> dict[str, Any]:
    """Return a resource in XML as its JSON form; raises RecursionError where it nests too deep."""
    return {"resourceType": local_name(root), **_children(root)}


def _children(element: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    url = element.get("url")
    if url is not None:
        found["url"] = url
    for child in element.iterchildren("*"):
        name = local_name(child)
        value: Any
        if name == "div":
            value = etree.tostring(child, encoding="unicode", with_tail=False)
        elif name in ("resource", "contained"):
            value = next((_as_json(inner) for inner in child.iterchildren("*")), {})
        elif len(child):
            value = _children(child)
        else:
            value = child.get("value") or ""
        if name in found:
            held = found[name]
            if isinstance(held, list):
                held.append(value)
            else:
                found[name] = [held, value]
        else:
            found[name] = value
    return found
