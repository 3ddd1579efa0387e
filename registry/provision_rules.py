"""When a provision must be recorded, and how long the record is kept (APPI Art. 28 to 30).

Grounds and exceptions: Art. 27(1), (2), (5); what the person has asked for, such as a referral to another
hospital, is provided on the person's behalf (guideline on confirming and recording 2-2-1-1).
Retention: Art. 29(2), 30(4); enforcement rules Art. 21, 25.
"""

from __future__ import annotations

import enum
from datetime import date

from registry.limits import GDPR_COUNTRIES, months_after

CHECK_MONTHS = 12  # a recipient with an equivalent system is checked periodically (rules Art. 18(1)(i))


class Direction(enum.StrEnum):
    """Which way the data went."""

    GIVEN = "given"  # 提供, Art. 29
    RECEIVED = "received"  # 受領, Art. 30


class Ground(enum.StrEnum):
    """On what a provision rests."""

    CONSENT = "consent"  # 本人の同意, Art. 27(1)
    OPT_OUT = "opt_out"  # オプトアウト, Art. 27(2)
    LAW = "law"  # 法令に基づく, Art. 27(1)(i)
    LIFE = "life"  # 人の生命、身体又は財産の保護, (ii)
    PUBLIC_HEALTH = "public_health"  # 公衆衛生の向上、児童の健全な育成, (iii)
    STATE = "state"  # 国の機関等への協力, (iv)
    ACADEMIC = "academic"  # 学術研究, (v) to (vii)
    ENTRUSTMENT = "entrustment"  # 委託, Art. 27(5)(i)
    SUCCESSION = "succession"  # 事業の承継, (ii)
    JOINT_USE = "joint_use"  # 共同利用, (iii)
    ON_BEHALF = "on_behalf"  # 本人に代わる提供: 紹介状など


EXEMPT = frozenset(Ground) - {Ground.CONSENT, Ground.OPT_OUT}
NO_THIRD_PARTY = frozenset({Ground.ENTRUSTMENT, Ground.SUCCESSION, Ground.JOINT_USE})


class Abroad(enum.StrEnum):
    """On what a provision to somebody abroad rests (Art. 28)."""

    NONE = ""
    CONSENT = "consent"  # consent with information on the country
    EQUIVALENT_SYSTEM = "equivalent_system"  # 相当措置を継続的に講ずる体制
    EQUAL_COUNTRY = "equal_country"  # 同等の水準にあると認められる国: EU, EEA, UK


class Form(enum.StrEnum):
    """How the record was made; it decides how long it is kept."""

    EACH = "each"  # その都度
    BATCH = "batch"  # 一括
    CONTRACT = "contract"  # 契約書等による代替


def is_demanded(ground: Ground, abroad: Abroad) -> bool:
    """Tell whether a record of this provision is demanded.

    Entrusting, succession and joint use are no provision within Japan; towards somebody abroad they are one,
    unless the recipient has an equivalent system or is in an equal country (Art. 28(1)).
    """
    if ground not in EXEMPT:
        return True
    return ground in NO_THIRD_PARTY and abroad is Abroad.CONSENT


def is_equal(country: str) -> bool:
    """Tell whether a country's protection is taken as equal (EU with EEA, and the United Kingdom)."""
    return country == "GB" or country in GDPR_COUNTRIES


def retain_until(form: Form, made_on: date, last_day: date | None) -> date | None:
    """Return the last day on which a record must be kept; None while provision goes on.

    A contract used as record: one year after the last provision; a batch record: three years after it; any
    other: three years after it was made.
    """
    if form is Form.EACH:
        return months_after(made_on, 36)
    if last_day is None:
        return None
    return months_after(last_day, 12 if form is Form.CONTRACT else 36)


def check_due(abroad: Abroad, checked_on: date | None, since: date) -> date | None:
    """Return until when a recipient with an equivalent system must be checked again; None for all others."""
    if abroad is not Abroad.EQUIVALENT_SYSTEM:
        return None
    return months_after(checked_on or since, CHECK_MONTHS)
