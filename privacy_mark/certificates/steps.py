"""Steps of an application and reminders before a day, from data/pm_steps.yaml."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial

from data import read_text
from privacy_mark.certificates.correcting import Dated, in_force, sections, since
from privacy_mark.certificates.reading import named
from privacy_mark.due import Level
from registry.corrections import Files
from registry.limits import months_after
from registry.reference_file import Value, read
from registry.risk_levels import Words

FILE = "pm_steps.yaml"


class Step(enum.StrEnum):
    """The steps in their order; the ids are public API."""

    APPLICATION = "application"  # 申請
    FORMAL_CHECK = "formal_check"  # 形式審査
    DOCUMENT_REVIEW = "document_review"  # 文書審査
    ON_SITE = "on_site"  # 現地審査
    FINDINGS = "findings"  # 指摘事項
    CORRECTIVE_REPORT = "corrective_report"  # 改善報告
    DECISION = "decision"  # 付与適格決定
    CONTRACT = "contract"  # 付与契約


class Reminder(enum.StrEnum):
    """What people are reminded of before its day."""

    OPENS = "opens"
    CLOSES = "closes"
    STEP = "step"
    EXPIRES = "expires"


@dataclass(frozen=True, slots=True)
class Lead:
    """From when before a day something is told, and from when to whom else."""

    months: int
    raises: Mapping[Level, int]  # from so many days before the day on

    def begins(self, on: date) -> date:
        """Return from which day on it is told."""
        return months_after(on, -self.months)

    def level(self, on: date, today: date) -> Level:
        """Return up to whom it has risen before its day."""
        left = (on - today).days
        return max((level for level, days in self.raises.items() if left <= days), default=Level.RESPONSIBLE)


@dataclass(frozen=True, slots=True)
class Procedure:
    """All that the file tells."""

    first_weeks: int
    names: Mapping[Step, Words]
    weeks: Mapping[Step, int]
    leads: Mapping[Reminder, Lead]

    def planned(self, application: date) -> dict[Step, date]:
        """Return a day for each step after the application's: for planning, until the body sets them."""
        return {step: application + timedelta(weeks=self.weeks[step]) for step in Step}


def procedure(on: date | None = None) -> Procedure:
    """Return the procedure for applications and reminders of a day, without one as it is last known."""
    return in_force(made).on(on)


def load(text: str, file: str) -> Procedure:
    """Return what a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "first_weeks", "steps", "reminders")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    names: dict[Step, Words] = {}
    weeks: dict[Step, int] = {}
    for item in fields["steps"].items():
        of = item.fields(("id", "weeks", "ja", "en"), ("id", "weeks", "ja", "en"))
        try:
            step = Step(of["id"].text())
        except ValueError:
            raise of["id"].error(f"must be one of {', '.join(Step)}") from None
        names[step] = named(of)
        weeks[step] = _weeks(of["weeks"])
    if tuple(names) != tuple(Step):
        raise fields["steps"].error("every step must stand there once, in order")
    leads = fields["reminders"].fields(tuple(Reminder), tuple(Reminder))
    return Procedure(
        fields["first_weeks"].integer(), names, weeks, {each: _lead(leads[each]) for each in Reminder}
    )


@lru_cache(maxsize=8)
def made(files: Files) -> Dated[Procedure]:
    """Return the product's procedure with the corrections of files."""
    known = Dated.always(load(read_text(FILE), FILE))
    for section in sections(files, "steps"):
        fields = section.fields(("from", "first_weeks", "steps", "reminders"))
        known = known.changed(since(fields), partial(_changed, fields))
    return known


def _changed(fields: dict[str, Value], was: Procedure) -> Procedure:
    names, weeks, leads = dict(was.names), dict(was.weeks), dict(was.leads)
    steps = fields["steps"].fields(tuple(Step)) if "steps" in fields else {}
    for name, value in steps.items():
        of = value.fields(("weeks", "ja", "en"))
        before = names[Step(name)]
        names[Step(name)] = Words(
            of["ja"].text() if "ja" in of else before.ja, of["en"].text() if "en" in of else before.en
        )
        weeks[Step(name)] = _weeks(of["weeks"]) if "weeks" in of else weeks[Step(name)]
    if list(weeks.values()) != sorted(weeks.values()):
        raise fields["steps"].error("no step may come before the one it follows")
    for name, value in fields["reminders"].fields(tuple(Reminder)).items() if "reminders" in fields else ():
        leads[Reminder(name)] = _lead(value)
    first = fields["first_weeks"].integer() if "first_weeks" in fields else was.first_weeks
    return Procedure(first, names, weeks, leads)


def _weeks(value: Value) -> int:
    return 0 if value.text() == "0" else value.integer()


def _lead(value: Value) -> Lead:
    fields = value.fields(("months", "raise"), ("months", "raise"))
    levels: dict[str, Level] = {
        level.name.lower(): level for level in Level if level is not Level.RESPONSIBLE
    }
    raises: dict[Level, int] = {}
    for name, days in fields["raise"].pairs().items():
        if name not in levels:
            raise days.error(f"must be one of {', '.join(levels)}")
        raises[levels[name]] = days.integer()
    return Lead(fields["months"].integer(), raises)
