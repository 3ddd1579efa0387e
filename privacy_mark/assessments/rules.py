"""Until when an improvement report is handed in: rules per body with their days, data/pm_findings.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from data import read_text
from privacy_mark.assessments.model import Stage, Turn
from privacy_mark.certificates.bodies import bodies
from privacy_mark.certificates.reading import Confidence, confidence, day
from privacy_mark.reading import member
from registry.limits import months_after
from registry.reference_file import Value, read

FILE = "pm_findings.yaml"
ANY = "any"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: it holds for documents that were issued within its days."""

    id: str
    body: str  # an id of a body, or ANY
    stage: Stage
    turn: Turn
    months: int
    since: date
    until: date | None
    confidence: Confidence

    def holds(self, body: str, stage: Stage, turn: Turn, dated_on: date) -> bool:
        """Tell whether the rule is about such a document."""
        within = self.since <= dated_on and (self.until is None or dated_on <= self.until)
        return within and (self.body in (ANY, body)) and (self.stage, self.turn) == (stage, turn)

    def due_on(self, dated_on: date) -> date:
        """Return the last day for a document that bears this day; it never moves."""
        return months_after(dated_on, self.months)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules, and how long before the report the answers are wanted."""

    answers_days: int
    rules: tuple[Rule, ...]

    def of(self, body: str, stage: Stage, turn: Turn, dated_on: date) -> Rule | None:
        """Return the rule for a document, one of its body before one of any; None where nobody knows one."""
        found = [rule for rule in self.rules if rule.holds(body, stage, turn, dated_on)]
        return max(found, key=lambda rule: (rule.body != ANY, rule.since), default=None)

    def named(self, name: str) -> Rule | None:
        """Return a rule by its id; None for one that the file no longer tells of."""
        return next((rule for rule in self.rules if rule.id == name), None)

    def answer_by(self, due_on: date, received_on: date) -> date:
        """Return by when owners answer, so that somebody can check it; never before the document came."""
        return max(received_on, due_on - timedelta(days=self.answers_days))


@cache
def rules() -> Rules:
    """Return the product's rules."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> Rules:
    """Return what a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "answers_days", "rules")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    found: list[Rule] = []
    for item in fields["rules"].items():
        rule = _rule(item)
        if any(rule.id == each.id for each in found):
            raise item.error(f"{rule.id!r} is given twice")
        found.append(rule)
    return Rules(fields["answers_days"].integer(), tuple(found))


def _rule(item: Value) -> Rule:
    known = ("id", "body", "stage", "turn", "months", "from", "until", "confidence")
    fields = item.fields(known, tuple(name for name in known if name != "until"))
    body = fields["body"].text(64)
    if body != ANY and body not in bodies():
        raise fields["body"].error(f"must be {ANY} or one of {', '.join(bodies())}")
    since = day(fields["from"])
    until = day(fields["until"]) if "until" in fields else None
    if until is not None and until < since:
        raise fields["until"].error("must not be before from")
    return Rule(
        id=fields["id"].text(64),
        body=body,
        stage=member(fields["stage"], Stage),
        turn=member(fields["turn"], Turn),
        months=fields["months"].integer(),
        since=since,
        until=until,
        confidence=confidence(fields["confidence"]),
    )
