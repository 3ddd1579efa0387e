"""Questions of audit checklists 監査チェックリスト: of everybody, and those that hospitals are asked besides.

data/audit_questions.yaml, data/audit_questions_hospital.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from data import read_text
from privacy_mark.audits.assignment import AuditKind
from registry.reference_file import Value, read
from registry.risk_levels import Words

FILE = "audit_questions.yaml"
HOSPITAL_FILE = "audit_questions_hospital.yaml"
_CONFIDENCE = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One question of an audit, about one requirement of the guideline."""

    requirement_id: str
    question_ja: str
    question_en: str
    id: str = ""
    kind: AuditKind = AuditKind.BOTH
    confidence: str = "medium"
    source: Words | None = None  # None: the guideline of the Privacy Mark, as `requirement_id` says

    def question(self, language: str) -> str:
        """Return the question in "ja" or "en"."""
        return self.question_en if language == "en" else self.question_ja


@cache
def questions() -> tuple[ChecklistItem, ...]:
    """Return the product's questions for every unit."""
    return load(read_text(FILE), FILE)


@cache
def hospital_questions() -> tuple[ChecklistItem, ...]:
    """Return what hospitals and their departments are asked besides."""
    return load(read_text(HOSPITAL_FILE), HOSPITAL_FILE)


def load(text: str, file: str) -> tuple[ChecklistItem, ...]:
    """Return the questions that a file tells; raises `ReferenceFileError` naming file and line.

    Where the file lists `sources`, every question names one of them.
    """
    root = read(text, file).fields(("version", "sources", "items"), ("version", "items"))
    root["version"].integer()
    sources = (
        {key: _words(each) for key, each in root["sources"].pairs().items()} if "sources" in root else {}
    )
    names = ("id", "requirement", "kind", "ja", "en", "confidence", *(("source",) if sources else ()))
    found: dict[str, ChecklistItem] = {}
    for item in root["items"].items():
        fields = item.fields(names, names)
        written = {name: value.text(400) for name, value in fields.items()}
        if written["kind"] not in (AuditKind.CONFORMITY, AuditKind.OPERATION):
            raise fields["kind"].error("is conformity or operation")
        if written["confidence"] not in _CONFIDENCE:
            raise fields["confidence"].error(f"is one of {', '.join(_CONFIDENCE)}")
        if sources and written["source"] not in sources:
            raise fields["source"].error(f"is none of {', '.join(sources)}")
        if written["id"] in found:
            raise fields["id"].error("is given twice")
        found[written["id"]] = ChecklistItem(
            written["requirement"],
            written["ja"],
            written["en"],
            written["id"],
            AuditKind(written["kind"]),
            written["confidence"],
            sources.get(written.get("source", "")),
        )
    return tuple(found.values())


def checklist(kind: AuditKind, *, hospital: bool = False) -> tuple[ChecklistItem, ...]:
    """Return the questions of a kind of audit, of both for `BOTH`; `hospital`: with those of hospitals."""
    asked = (*questions(), *hospital_questions()) if hospital else questions()
    return tuple(item for item in asked if kind in (AuditKind.BOTH, item.kind))


def _words(value: Value) -> Words:
    fields = value.fields(("ja", "en"), ("ja", "en"))
    return Words(fields["ja"].text(200), fields["en"].text(200))
