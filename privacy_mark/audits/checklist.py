"""Questions of audit checklists 監査チェックリスト, from data/audit_questions.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from data import read_text
from privacy_mark.audits.assignment import AuditKind
from registry.reference_file import read

FILE = "audit_questions.yaml"
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

    def question(self, language: str) -> str:
        """Return the question in "ja" or "en"."""
        return self.question_en if language == "en" else self.question_ja


@cache
def questions() -> tuple[ChecklistItem, ...]:
    """Return the product's questions."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> tuple[ChecklistItem, ...]:
    """Return the questions that a file tells; raises `ReferenceFileError` naming file and line."""
    root = read(text, file).fields(("version", "items"), ("version", "items"))
    root["version"].integer()
    names = ("id", "requirement", "kind", "ja", "en", "confidence")
    found: dict[str, ChecklistItem] = {}
    for item in root["items"].items():
        fields = item.fields(names, names)
        written = {name: value.text(400) for name, value in fields.items()}
        if written["kind"] not in (AuditKind.CONFORMITY, AuditKind.OPERATION):
            raise fields["kind"].error("is conformity or operation")
        if written["confidence"] not in _CONFIDENCE:
            raise fields["confidence"].error(f"is one of {', '.join(_CONFIDENCE)}")
        if written["id"] in found:
            raise fields["id"].error("is given twice")
        found[written["id"]] = ChecklistItem(
            written["requirement"],
            written["ja"],
            written["en"],
            written["id"],
            AuditKind(written["kind"]),
            written["confidence"],
        )
    return tuple(found.values())


def checklist(kind: AuditKind) -> tuple[ChecklistItem, ...]:
    """Return the questions of a kind of audit; of both kinds for `BOTH`."""
    return tuple(item for item in questions() if kind in (AuditKind.BOTH, item.kind))
