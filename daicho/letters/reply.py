"""The reply letter 回答書 of a request: what was decided, why, on what ground (APPI Art. 33(3), 34(3), 36).

The same request gives the same bytes: the day printed is that of the decision, and the document has no time
of making. Nothing is written to the disk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from daicho.letters.compiler import compiler
from data import read_text
from registry.refusals import refusals
from registry.request_model import Applicant, Decision, Request

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class ProvisionLine:
    """One record of provision as the person is told of it."""

    day: date
    received: bool  # received from the other party, not given to it
    counterpart: str
    items: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who answers."""

    name: str
    desk: str  # lines of the desk for enquiries


def reply_letter(
    request: Request, sender: Sender, language: str, provisions: Sequence[ProvisionLine] = ()
) -> bytes:
    """Return the letter as PDF, in "ja" or "en"; ValueError for a request that is not decided."""
    if request.decided_on is None:
        raise ValueError("a request that is not decided has no reply letter")
    words = texts()[language]
    day = _day(request.decided_on, language)
    letter = {
        "language": language,
        "title": words["title"],
        "sender": sender.name,
        "number": request.number,
        "day": day,
        "address": _address(request, words),
        "from": [sender.name],
        "opening": words["opening"].format(received=_day(request.received_on, language)),
        "rows": _rows(request, words, language),
        "note": words["enclosed"] if _encloses(request) else "",
        "provisions": _provisions(provisions, words, language) if request.with_provisions else None,
        "closing": words["closing"],
        "desk": [words["desk"], *(sender.desk or sender.name).splitlines()],
    }
    inputs = {"letter": json.dumps(letter, ensure_ascii=False, sort_keys=True)}
    made: bytes = compiler().compile(
        input=_template(),
        format="pdf",
        sys_inputs=inputs,
        timestamp=datetime.combine(request.decided_on, datetime.min.time(), UTC),
    )
    return made


@cache
def texts() -> Mapping[str, Mapping[str, Any]]:
    """Return the words of letters in both languages."""
    read: Mapping[str, Mapping[str, Any]] = yaml.safe_load(read_text("letters.yaml"))
    return read


@cache
def _template() -> bytes:
    return files(__package__ or "daicho.letters").joinpath("reply.typ").read_bytes()


def _day(day: date, language: str) -> str:
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def _address(request: Request, words: Mapping[str, Any]) -> list[str]:
    """Return contact and name: an agent answers for the person, and nobody writes to the dead."""
    lines = request.contact.splitlines()
    if request.applicant is Applicant.PERSON:
        return [*lines, words["dear"].format(name=request.person)]
    late = "for_late" if request.applicant is Applicant.BEREAVED else "for_person"
    return [*lines, words["dear"].format(name=request.agent), words[late].format(name=request.person)]


def _encloses(request: Request) -> bool:
    return request.decision in (Decision.GRANTED, Decision.PARTLY) and request.kind.value in (
        "disclosure",
        "purpose_notice",
    )


def _rows(request: Request, words: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    rows = [
        (words["number"], request.number),
        (words["received"], _day(request.received_on, language)),
        (words["kind"], words["kinds"][request.kind.value]),
    ]
    if request.medical:
        rows.append((words["medical"], words["included"]))
    rows.append((words["decision"], words[request.decision.value]))
    if request.refusal:
        refusal = refusals()[request.refusal]
        rows += [(words["reason"], refusal.words(language)), (words["law"], refusal.law(language))]
    if request.reasons:
        rows.append((words["more"], request.reasons))
    rows.append((words["delivery"], words["deliveries"][request.delivery.value]))
    if request.kind.may_cost:
        fee = request.fee_yen
        rows.append((words["fee"], words["yen"].format(number=f"{fee:,}") if fee else words["no_fee"]))
    return rows


def _provisions(lines: Sequence[ProvisionLine], words: Mapping[str, Any], language: str) -> dict[str, object]:
    return {
        "title": words["provisions_of"],
        "none": words["no_provisions"],
        "head": [words["on_day"], words["whom"], words["items"]],
        "rows": [
            [
                _day(each.day, language),
                words["party"].format(
                    name=each.counterpart, how=words["taken" if each.received else "given"]
                ),
                each.items,
            ]
            for each in lines
        ],
    }
