"""What the elements of FHIR resources hold (FHIR R4, JP Core 1.x, JP-CLINS): the tables of the reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from scanners.model import Category

PEOPLE = frozenset({"Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Person"})
STAFF = frozenset({"Practitioner", "PractitionerRole"})
SUBJECTS = frozenset({"Patient", "Person", "Coverage"})  # whose own data they hold
INSTITUTIONS = frozenset({"Organization", "Location", "HealthcareService", "Endpoint", "Device"})
INSTITUTIONS_OWN = frozenset({"name", "alias", "telecom", "address"})
"""Elements of an institution that are its own: nobody's."""
NOT_OF_SUBJECTS = PEOPLE | INSTITUTIONS
UNCLINICAL = frozenset(
    {
        *INSTITUTIONS,
        *("Practitioner", "PractitionerRole", "Bundle", "Parameters", "OperationOutcome", "Medication"),
        *("ValueSet", "CodeSystem", "StructureDefinition", "CapabilityStatement", "SearchParameter"),
    }
)
"""Resources that tell of nobody's health by themselves."""

OF_PATIENT = frozenset({"subject", "patient", "beneficiary", "for"})
OF_OTHERS = frozenset(
    {
        *("performer", "author", "recorder", "asserter", "requester", "individual", "practitioner", "actor"),
        *("attester", "party", "sender", "authenticator", "informationSource", "enterer", "responsible"),
        *("resultsInterpreter", "collector", "dispenser", "reference", "entity", "who", "onBehalfOf"),
    }
)
OF_INSTITUTIONS = frozenset(
    {
        *("serviceProvider", "managingOrganization", "custodian", "organization", "location", "payor"),
        *("insurer", "provider", "assigner", "manufacturer", "partOf", "generalPractitionerOrganization"),
    }
)

OF_ANYBODY = OF_PATIENT | OF_OTHERS | OF_INSTITUTIONS

_ILL, _DONE = Category.MEDICAL, Category.MEDICAL_CONTEXT
CONCEPTS: Mapping[tuple[str, str], tuple[str, Category]] = MappingProxyType(
    {
        ("Condition", "code"): ("病名 condition", _ILL),
        ("Condition", "evidence"): ("根拠 evidence", _ILL),
        ("AllergyIntolerance", "code"): ("アレルギー allergy", _ILL),
        ("AllergyIntolerance", "substance"): ("アレルゲン allergen", _ILL),
        ("AllergyIntolerance", "manifestation"): ("反応 reaction", _ILL),
        ("FamilyMemberHistory", "code"): ("家族歴 family history", _ILL),
        ("Observation", "code"): ("検査項目 observation", _DONE),
        ("Observation", "valueCodeableConcept"): ("結果値 result", _ILL),
        ("DiagnosticReport", "code"): ("報告書 report", _DONE),
        ("DiagnosticReport", "conclusionCode"): ("診断 conclusion", _ILL),
        ("Procedure", "code"): ("処置 procedure", _DONE),
        ("ServiceRequest", "code"): ("依頼 request", _DONE),
        ("Immunization", "vaccineCode"): ("ワクチン vaccine", _DONE),
        ("Medication", "code"): ("薬剤 drug", _DONE),
        ("Encounter", "reasonCode"): ("受診理由 reason", _ILL),
    }
)
DRUGS = frozenset({"medicationCodeableConcept", "itemCodeableConcept", "concept"})
REASONS = frozenset({"reasonCode", "reason", "indication"})
UNTOLD = frozenset(
    {
        *("category", "status", "clinicalStatus", "verificationStatus", "type", "class", "intent", "kind"),
        *("maritalStatus", "relationship", "language", "interpretation", "confidentiality", "securityLabel"),
        *("meta", "statusReason", "method", "criticality", "priority", "use", "system", "code", "unit"),
        *("url", "resourceType", "fullUrl", "contentType", "versionId", "lastUpdated", "profile", "gender"),
        *("reference", "id", "instantiatesCanonical", "implicitRules", "format", "hash", "mode", "search"),
        *("timing", "facilityType", "practiceSetting", "xmlns", "version", "userSelected", "comparator"),
    }
)
"""Elements that are codes, states and addresses of systems: nobody's data."""

EXTENSIONS: Mapping[str, tuple[str, Category]] = MappingProxyType(
    {
        "InsuredPersonSymbol": ("記号 insured symbol", Category.HEALTH_INSURANCE),
        "InsuredPersonNumber": ("番号 insured number", Category.HEALTH_INSURANCE),
        "InsuredPersonSubNumber": ("枝番 branch number", Category.HEALTH_INSURANCE),
        "patient-religion": ("宗教 religion", Category.CREED),
        "JP_Patient_Race": ("人種 race", Category.RACE_ORIGIN),
        "patient-race": ("人種 race", Category.RACE_ORIGIN),
        "us-core-race": ("人種 race", Category.RACE_ORIGIN),
        "us-core-ethnicity": ("民族 ethnic group", Category.RACE_ORIGIN),
        "patient-mothersMaidenName": ("母の旧姓 mother's maiden name", Category.PERSON),
    }
)
WRITINGS: Mapping[str, str] = MappingProxyType({"IDE": "漢字", "SYL": "カナ", "ABC": "ローマ字"})

_SYSTEMS: tuple[tuple[re.Pattern[str], str, Category | None], ...] = tuple(
    (re.compile(pattern), name, category)
    for pattern, name, category in (
        # 1 and ten digits: prefecture, table of fees, institution (JP Core)
        (
            r"1\.2\.392\.100495\.20\.3\.51\.\d{11}",
            "患者番号 patient number of the hospital",
            Category.PATIENT_ID,
        ),
        (r"1\.2\.392\.100495\.20\.3\.51\b", "患者番号 patient number", Category.PATIENT_ID),
        (
            r"JP_Insurance_member|JP_PublicPayer_member|JP_Coverage_id|Insured",
            "被保険者 insured person",
            Category.HEALTH_INSURANCE,
        ),
        (
            r"InsurerNumber|1\.2\.392\.100495\.20\.3\.61\b",
            "保険者番号 insurer number",
            Category.HEALTH_INSURANCE,
        ),
        (
            r"1\.2\.392\.100495\.20\.3\.6[23]\b",
            "記号・番号 insured symbol, number",
            Category.HEALTH_INSURANCE,
        ),
        (r"1\.2\.392\.100495\.20\.3\.3[12]", "登録番号 registration number", Category.STAFF_ID),
        (
            r"1\.2\.392\.100495\.20\.3\.2[123]\b|(?i:institution[-_]?(?:code|no))|200119\.6\.102\b",
            "",
            None,
        ),  # the institution
        (r"1\.2\.392\.200119\.6\.101\b", "保険者番号 insurer number", Category.HEALTH_INSURANCE),
        (r"1\.2\.392\.200119\.6\.20[45]\b", "記号・番号 insured symbol, number", Category.HEALTH_INSURANCE),
    )
)
_TYPES: Mapping[str, tuple[str, Category]] = MappingProxyType(
    {
        "MR": ("診療録番号 medical record number", Category.PATIENT_ID),
        "PI": ("患者番号 patient number", Category.PATIENT_ID),
        "PT": ("患者番号 patient number", Category.PATIENT_ID),
        "PPN": ("旅券番号 passport number", Category.PASSPORT),
        "DL": ("運転免許証番号 driver's licence", Category.DRIVER_LICENSE),
        "MB": ("被保険者 insured person", Category.HEALTH_INSURANCE),
        "EI": ("職員番号 staff number", Category.STAFF_ID),
    }
)
_OWN: Mapping[str, tuple[str, Category]] = MappingProxyType(
    {
        "Patient": ("患者番号 patient number", Category.PATIENT_ID),
        "Person": ("患者番号 patient number", Category.PATIENT_ID),
        "Practitioner": ("職員番号 staff number", Category.STAFF_ID),
        "PractitionerRole": ("職員番号 staff number", Category.STAFF_ID),
        "Coverage": ("被保険者 insured person", Category.HEALTH_INSURANCE),
    }
)


def identifier_of(resource: str, system: str, kind: str) -> tuple[str, Category] | None:
    """Return what an identifier is: by its system, its type, then by whose it is; None: nobody's."""
    for pattern, name, category in _SYSTEMS:
        if pattern.search(system):
            return None if category is None else (name, category)
    return _TYPES.get(kind) or _OWN.get(resource)
