"""By what processors are evaluated and when again: data/processor_evaluation.yaml, corrected by a workspace.

A correction is the section `processors` of a file in the workspace's folder `certificates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial

from data import read_text
from privacy_mark.certificates.correcting import Dated, in_force, sections, since
from privacy_mark.certificates.reading import confidence, named
from privacy_mark.processors.model import Result
from registry.corrections import Files
from registry.limits import months_after
from registry.reference_file import Value, read
from registry.risk_levels import Words

FILE = "processor_evaluation.yaml"
_FIELDS = ("ahead_days", "months", "criteria")
_LONGEST = 36  # months


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is looked at."""

    id: str
    name: Words


@dataclass(frozen=True, slots=True)
class Rules:
    """Criteria in their order, months by result, and how long before its day an evaluation is told of."""

    ahead_days: int
    months: Mapping[Result, int]
    criteria: tuple[Criterion, ...]

    def next_on(self, evaluated_on: date, result: Result) -> date:
        """Return by when somebody is evaluated again."""
        return months_after(evaluated_on, self.months[result])


def rules(on: date | None = None) -> Rules:
    """Return the rules of a day; without one as last known."""
    return in_force(made).on(on)


def load(text: str, file: str) -> Rules:
    """Return the rules that a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "confidence", *_FIELDS)
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    confidence(fields["confidence"])
    return _changed({name: fields[name] for name in _FIELDS}, Rules(0, {}, ()))


@lru_cache(maxsize=8)
def made(files: Files) -> Dated[Rules]:
    """Return the product's rules with the corrections of files."""
    found = Dated.always(load(read_text(FILE), FILE))
    for section in sections(files, "processors"):
        given = section.fields(("from", *_FIELDS))
        found = found.changed(since(given), partial(_changed, given))
    return found


def _changed(fields: dict[str, Value], was: Rules) -> Rules:
    """Return rules with the given fields in place of what they were."""
    now = was
    if "ahead_days" in fields:
        now = replace(now, ahead_days=fields["ahead_days"].integer())
    if "months" in fields:
        names = tuple(each.value for each in Result)
        months = fields["months"].fields(names, () if was.months else names)
        now = replace(now, months={**was.months, **{Result(name): _months(months[name]) for name in months}})
    if "criteria" in fields:
        now = replace(now, criteria=_criteria(fields["criteria"]))
    return now


def _months(value: Value) -> int:
    months = value.integer()
    if not 1 <= months <= _LONGEST:
        raise value.error(f"must be 1 to {_LONGEST}")
    return months


def _criteria(value: Value) -> tuple[Criterion, ...]:
    found: dict[str, Criterion] = {}
    for each in value.items():
        fields = each.fields(("id", "ja", "en"), ("id", "ja", "en"))
        name = fields["id"].text(64)
        if name in found:
            raise each.error(f"{name!r} is given twice")
        found[name] = Criterion(name, named(fields))
    if not found:
        raise value.error("at least one criterion is needed")
    return tuple(found.values())
