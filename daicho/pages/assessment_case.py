"""What the parts of the page of one assessment share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from daicho.pages import scope
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.assessments.model import Assessment
from registry.model import Unit

SAID = "assessment-said"
TAKEN = "assessment-taken"  # counts what was done, so that forms begin empty again


@dataclass(frozen=True, slots=True)
class Case:
    """What the parts of the page share."""

    of: Assessment
    units: list[Unit]
    today: date
    may: bool  # change it, while the application runs

    def name(self, context: PageContext) -> str:
        """Return the name of the assessed unit."""
        return scope.full_names(self.units, context.language).get(self.of.unit_id, NONE)
