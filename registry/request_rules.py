"""What a request must hold at each step: pure checks, apart from the register that keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from registry.errors import InvalidValue
from registry.limits import limit_of
from registry.refusals import refusals
from registry.request_model import Applicant, Decision, Opinion, Request, RequestDraft, RequestKind
from registry.sealing import checked

_FEE_AT_MOST = 1_000_000  # yen; more is a typing error (Art. 38(2): what is reasonable)

_TEXTS = frozenset(
    {"person", "contact", "agent", "subject", "extension", "opinion_text", "reasons", "physician"}
)
"""What the journal is not told: that it changed stands there as a mark."""


def texts_of(draft: RequestDraft) -> dict[str, str]:
    """Return the texts of a request without blanks around them; InvalidValue names what is missing."""
    required = ("person", "contact", *(("agent",) if draft.applicant is not Applicant.PERSON else ()))
    given = {name: getattr(draft, name) for name in ("person", "contact", "agent", "subject")}
    return checked(given, *required)


def check_fee(kind: RequestKind, fee: int | None) -> None:
    """Raise InvalidValue for a fee where none may be taken (Art. 38), or one that is a typing error."""
    if fee is None or fee == 0:
        return
    if not kind.may_cost:
        raise InvalidValue("fee_yen", "no_fee")
    if not 0 <= fee <= _FEE_AT_MOST:
        raise InvalidValue("fee_yen", "out_of_range")


def check_amended(made: Request) -> None:
    """Raise InvalidValue for what does not hold after a change."""
    check_fee(made.kind, made.fee_yen)
    check_extension(made)
    if made.opinion is not Opinion.NONE and not made.medical:
        raise InvalidValue("opinion", "not_medical")
    if made.opinion in (Opinion.NO_OBJECTION, Opinion.OBJECTION) and not made.physician:
        raise InvalidValue("physician", "required")


def check_extension(made: Request) -> None:
    """Raise InvalidValue for an extension without reason, or beyond what the law allows."""
    if made.extended_until is None:
        return
    if made.extended_until <= made.target_on:
        raise InvalidValue("extended_until", "before_target")
    limit = limit_of(made.limit_country)
    if limit is not None and made.extended_until > limit.longest(made.received_on):
        raise InvalidValue("extended_until", "beyond_limit")
    if not made.extension:
        raise InvalidValue("extension", "required")


def check_refusal(kind: RequestKind, decision: Decision, refusal: str) -> None:
    """Raise InvalidValue where a reason is missing, unknown, or not due."""
    if not decision.needs_reason:
        if refusal:
            raise InvalidValue("refusal", "not_needed")
        return
    if not refusal:
        raise InvalidValue("refusal", "required")
    if refusal not in refusals() or kind.value not in refusals()[refusal].kinds:
        raise InvalidValue("refusal", "unknown")


def described(made: Request) -> dict[str, Any]:
    """Return the columns of a request by name, as plain values."""
    left_out = {"id", "updated_at", "updated_by", "version"}
    values = {name: getattr(made, name) for name in Request.__dataclass_fields__ if name not in left_out}
    return {name: getattr(value, "value", value) for name, value in values.items()}


def journalled(values: Mapping[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """Return what the journal keeps: that a name or text changed, never the text itself."""
    return {column: ("●" if column in _TEXTS and values[column] else values[column]) for column in columns}
