"""The renewal window 更新申請受付期間: from when to when the next term may be applied for.

privacymark.jp: from 8 months before the last day of the term, plus a day, until 4 months before it; where
the body is closed on that day, until its next open one. A month without the day of the number ends the
count at its last day (that much is not stated there: both days can be set by hand, with a reason).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from privacy_mark.certificates.bodies import Body
from privacy_mark.days import next_open
from registry.limits import months_after

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """First and last day on which a renewal is taken in, and both days by the rule alone."""

    opens: date
    closes: date
    opens_by_rule: date
    closes_by_rule: date
    reason: str = field(default="", repr=False)  # why they differ from the rule

    @property
    def by_hand(self) -> bool:
        """Tell whether somebody set one of the days."""
        return bool(self.reason)

    def is_open(self, day: date) -> bool:
        """Tell whether an application is taken in on a day."""
        return self.opens <= day <= self.closes


def window(
    valid_until: date,
    body: Body,
    *,
    opens: date | None = None,
    closes: date | None = None,
    reason: str = "",
) -> Window:
    """Return the window before the last day of a term; `opens` and `closes` overrule the rule."""
    first = months_after(valid_until, -body.opens_months) + _DAY
    last = months_after(valid_until, -body.closes_months)
    last = next_open(last, body.closed_days(last.year))
    return Window(opens or first, closes or last, first, last, reason)
