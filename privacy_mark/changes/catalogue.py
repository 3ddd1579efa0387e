"""What is reported to which assessment body, and the tasks that it brings, from data/pm_changes.yaml."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from data import read_text
from privacy_mark.certificates.bodies import bodies
from privacy_mark.certificates.reading import Confidence, confidence, day, named
from privacy_mark.days import next_open
from privacy_mark.reading import member
from registry.reference_file import Value, read
from registry.risk_levels import Words

FILE = "pm_changes.yaml"
_LONGEST_ADDRESS = 300


class Kind(enum.StrEnum):
    """What changed; the ids are public API."""

    NAME = "name"  # 事業者名
    ADDRESS = "address"  # 登記上の本店所在地
    REPRESENTATIVE = "representative"  # 代表者
    PRIVACY_MANAGER = "privacy_manager"  # 個人情報保護管理者
    AUDIT_MANAGER = "audit_manager"  # 個人情報保護監査責任者
    CONTACT = "contact"  # 申請担当者
    SCOPE = "scope"  # 適用範囲
    MERGER = "merger"  # 合併
    SPLIT = "split"  # 分割
    MOVED = "moved"  # グループ内の位置


class Reports(enum.StrEnum):
    """When a body wants to be told."""

    ALWAYS = "always"
    ASSESSMENT = "assessment"  # only while an application is assessed
    NEXT = "next"  # in the next application
    ASK = "ask"


class Outcome(enum.StrEnum):
    """What a body said that a change means for the certificate."""

    CONTINUES = "continues"
    FILES = "files"
    REAPPLY = "reapply"
    ENDS = "ends"
    NONE = "none"  # 届け出る変更ではない: what the tree proposed was no split, or nothing of the certificate


ASK, NEXT = "ask", "next_application"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: so many days after the change, or after the report is opened."""

    id: str
    name: Words
    days: int
    from_entry: bool = False

    def due_on(self, changed_on: date, opened_on: date) -> date:
        """Return by when it is done, a working day."""
        return next_open((opened_on if self.from_entry else changed_on) + timedelta(days=self.days))


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a kind of change brings; `question`: what it means for the certificate is asked and answered."""

    name: Words
    reported: tuple[str, ...]  # ids of tasks when it is reported
    also: tuple[str, ...]  # in any case
    question: bool


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """What an answer of a body brings."""

    name: Words
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BodyRule:
    """What one body wants to be told of, from a day on."""

    body: str
    since: date
    confidence: Confidence
    address: str
    reports: Mapping[Kind, Reports]


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole file."""

    look_back_days: int
    tasks: Mapping[str, Task]
    kinds: Mapping[Kind, KindRule]
    outcomes: Mapping[Outcome, OutcomeRule]
    bodies: Sequence[BodyRule]

    def of(self, body: str, on: date) -> BodyRule:
        """Return the rule of a body on a day: the latest begun, else the first; unknown: any other."""
        mine = [each for each in self.bodies if each.body == body]
        mine = mine or [each for each in self.bodies if each.body == "other"]
        begun = [each for each in mine if each.since <= on]
        return max(begun, key=lambda each: each.since) if begun else min(mine, key=lambda each: each.since)

    def tasks_of(self, kind: Kind, body: str, on: date, *, assessed: bool) -> list[Task]:
        """Return the tasks of a change on a day, while an application is `assessed` or not."""
        of, reports = self.kinds[kind], self.of(body, on).reports[kind]
        match reports:
            case Reports.ASK:
                first: tuple[str, ...] = (ASK, *of.reported)
            case Reports.ALWAYS:
                first = of.reported
            case Reports.ASSESSMENT if assessed:
                first = of.reported
            case _:
                first = (NEXT,)
        return [self.tasks[each] for each in (*first, *of.also)]


@cache
def rules() -> Rules:
    """Return the rules of the product."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> Rules:
    """Return the rules that a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "look_back_days", "tasks", "kinds", "outcomes", "bodies")
    top = read(text, file)
    fields = top.fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    tasks: dict[str, Task] = {}
    for item in fields["tasks"].items():
        parts = item.fields(("id", "days", "from", "ja", "en"), ("id", "days", "ja", "en"))
        from_entry = "from" in parts
        if from_entry and parts["from"].text() != "entry":
            raise parts["from"].error("must be entry")
        task = Task(parts["id"].text(64), named(parts), parts["days"].integer(), from_entry)
        if task.id in tasks:
            raise item.error(f"{task.id!r} is given twice")
        tasks[task.id] = task
    for needed in (ASK, NEXT):
        if needed not in tasks:
            raise fields["tasks"].error(f"the task {needed!r} is missing")
    kinds = dict(_kind(item, tasks) for item in fields["kinds"].items())
    outcomes = dict(_outcome(item, tasks) for item in fields["outcomes"].items())
    for missing in {*Kind} - kinds.keys():
        raise fields["kinds"].error(f"{missing} is missing")
    for absent in {*Outcome} - outcomes.keys():
        raise fields["outcomes"].error(f"{absent} is missing")
    found = [_body(item) for item in fields["bodies"].items()]
    if not any(each.body == "other" for each in found):
        raise fields["bodies"].error("the rule of 'other' is missing")
    return Rules(fields["look_back_days"].integer(), tasks, kinds, outcomes, found)


def _kind(item: Value, tasks: Mapping[str, Task]) -> tuple[Kind, KindRule]:
    needed = ("id", "ja", "en", "reported", "also")
    fields = item.fields((*needed, "question"), needed)
    question = "question" in fields and fields["question"].text() == "yes"
    rule = KindRule(named(fields), _tasks(fields["reported"], tasks), _tasks(fields["also"], tasks), question)
    return member(fields["id"], Kind), rule


def _outcome(item: Value, tasks: Mapping[str, Task]) -> tuple[Outcome, OutcomeRule]:
    needed = ("id", "ja", "en", "tasks")
    fields = item.fields(needed, needed)
    return member(fields["id"], Outcome), OutcomeRule(named(fields), _tasks(fields["tasks"], tasks))


def _tasks(value: Value, tasks: Mapping[str, Task]) -> tuple[str, ...]:
    for each in value.items():
        if each.text() not in tasks:
            raise each.error("there is no such task")
    return tuple(each.text() for each in value.items())


def _body(item: Value) -> BodyRule:
    needed = ("body", "since", "confidence", "address", "reports")
    fields = item.fields(needed, needed)
    if fields["body"].text() not in bodies():
        raise fields["body"].error("there is no such body")
    told = fields["reports"].fields([*Kind], [*Kind])
    return BodyRule(
        body=fields["body"].text(),
        since=day(fields["since"]),
        confidence=confidence(fields["confidence"]),
        address=fields["address"].text(_LONGEST_ADDRESS),
        reports={Kind(kind): member(value, Reports) for kind, value in told.items()},
    )
