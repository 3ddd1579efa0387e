"""Japanese addresses in English order: room, building, block, town, city, prefecture.

A postal code behind them is a finding of its own, as in Japanese order.
"""

from __future__ import annotations

import re
from typing import Final

_PREFECTURES: Final = (
    "Hokkaido|Aomori|Iwate|Miyagi|Akita|Yamagata|Fukushima|Ibaraki|Tochigi|Gunma|Saitama|Chiba|Tokyo|"
    "Kanagawa|Niigata|Toyama|Ishikawa|Fukui|Yamanashi|Nagano|Gifu|Shizuoka|Aichi|Mie|Shiga|Kyoto|Osaka|"
    "Hyogo|Nara|Wakayama|Tottori|Shimane|Okayama|Hiroshima|Yamaguchi|Tokushima|Kagawa|Ehime|Kochi|"
    "Fukuoka|Saga|Nagasaki|Kumamoto|Oita|Miyazaki|Kagoshima|Okinawa"
)
_PREFECTURE: Final = rf"(?:{_PREFECTURES}|TOKYO|OSAKA|KYOTO|[A-Z]{{4,9}}(?=-KEN))"
PREFECTURE_PATTERN: Final = f"[a-z],[ \n]?({_PREFECTURES})"
MUNICIPALITY_PATTERN: Final = (
    "[a-z]-(ku|shi|cho|machi|gun|son|mura)|[A-Z]-(KU|SHI|CHO|MACHI|GUN)|[a-z] (City|Ward|Town|Village),"
)
_CITY_KIND: Final = (
    "(?:-(?:ku|shi|cho|machi|gun|son|mura|KU|SHI|CHO|MACHI|GUN)|[ ](?:City|Ward|Town|Village))"
)
_NEXT: Final = r"(?:,[ \n]?|[ ])"
_COMMA: Final = r",[ \n]?"
# A name of a town, city or house; words that announce another item begin none.
_WORD: Final = (
    r"(?!(?:Address|Addr|Attn|Name|Mr|Mrs|Ms|Dr|Tel|TEL|Phone|Fax|FAX|Email|Mobile|Date|DOB|Contact|Office|"
    r"Home|Ship|Bill|Send|Deliver|Lives?|Resides?|From|Our|My)\b)"
    r"[A-ZĀ-Ż][A-Za-zÀ-ſ'’]*(?:-[A-Za-zÀ-ſ]+)*"
)
_NUMBER: Final = r"[0-9]{1,5}(?:-[0-9]{1,5}){0,3}"
_HOUSE: Final = (
    "(?:Maison|Heights|Haitsu|Mansion|Manshon|Court|House|Towers?|Building|Bldg|Biru|Residen(?:ces?|tial)|"
    "Gardens?|Hills|Plaza|Heim|Corpo?|Copo|Palace|Palais|Villa|Terrace|Place|Park|Apartments?|Apato|Casa|"
    "Chateau|Dorm(?:itory)?|Danchi|Hotel|Hospital|Center|Centre|Lions|Homes|Royal|Grand|Sky|Square|Flats|"
    "Condo|Condominium|Lodge|Domus|Estate|Coop|Village|Annex|Wing)"
)
_ROOM: Final = (
    r"(?:(?:Room|Rm|Apt|Apartment|Unit|Suite|Ste|Flat|No|Floor|RM|APT|ROOM)\b\.?[ ]?\#?"
    r"[A-Z]?-?[0-9]{1,5}[A-Z]?(?:-[0-9A-Z]{1,4})?|"
    r"\#[ ]?[A-Z0-9][A-Z0-9-]{0,5}|[0-9]{1,2}(?:st|nd|rd|th)[ ](?:Floor|Fl\.?)|B?[0-9]{1,2}F|[0-9]{1,2}/F|"
    r"(?:[A-Z]-?)?[0-9]{2,4}[A-Z]?|[A-Z]-[0-9]{1,4}|[0-9]{1,2}-[A-Z])"
)
_BUILDING: Final = (
    rf"(?:(?:{_WORD} ){{0,3}}{_HOUSE}\b\.?(?: {_WORD}){{0,3}}(?:[ ]{_ROOM})?|(?:{_WORD} ){{1,3}}{_ROOM})"
)
_BLOCK: Final = (
    rf"(?:(?!(?:19|20)[0-9]{{2}}-[0-9]{{2}}){_NUMBER}(?:[ -]?[Cc]home(?:[ ,-]{{1,2}}{_NUMBER}|(?= [A-Z]))?)?)"
)
# From the block to the city: a block before its town (2-3 Honcho, 1-7 Kita 8-jo Nishi), or behind it
# (Ginza 4-chome 5-6), and further towns
_TOWNS: Final = rf"(?:{_COMMA}{_WORD}(?: {_WORD})?){{0,3}}{_NEXT}\Z"
_BLOCK_FIRST: Final = re.compile(
    rf"(?P<block>{_BLOCK})(?:,? {_WORD}| [0-9]{{1,2}}-?(?:chome|jo)){{0,4}}{_TOWNS}"
)
_TOWN_FIRST: Final = re.compile(rf"(?P<block>{_BLOCK}){_TOWNS}")
_TOWN_BEFORE: Final = re.compile(rf"(?<![A-Za-z0-9À-ſ#-])(?:{_WORD} ){{1,2}}\Z")
_NUMBER_STARTS: Final = re.compile(r"(?<![A-Za-z0-9À-ſ#-])[0-9]")
# Rooms and houses before the block
_HOUSES: Final = re.compile(
    rf"(?<![A-Za-z0-9À-ſ#-])(?:{_ROOM}{_NEXT}(?:{_WORD} ){{0,3}}{_WORD}{_NEXT}|"
    rf"(?:{_BUILDING}|{_ROOM}){_NEXT}){{1,2}}\Z"
)
_CITY: Final = re.compile(rf"{_WORD}{_CITY_KIND}\Z")
_PREFECTURE_KIND: Final = (
    r"(?:-(?:ken|to|fu|do|KEN|TO|FU)|[ ](?:Prefecture|Pref\.?|Metropolis))?(?![A-Za-z-])"
)
_COUNTRY: Final = r"(?P<country>(?:,?[ \n]|,)(?:Japan|JAPAN)\b)?"
_TAIL: Final = re.compile(
    rf"(?:{_NEXT}{_WORD}{_CITY_KIND}){{0,2}}(?:{_NEXT}{_WORD}(?: {_WORD})?(?={_COMMA}{_PREFECTURE}))?"
    rf"(?:{_NEXT}{_PREFECTURE}{_PREFECTURE_KIND})?{_COUNTRY}"
)
_BEHIND_PREFECTURE: Final = re.compile(_PREFECTURE_KIND + _COUNTRY)
_POSTAL: Final = re.compile(r"(?:,?[ \n]|,)〒?[ ]?[0-9]{3}-[0-9]{4}(?![0-9-])")
_ROOM_BEFORE: Final = re.compile(
    r"(?<![A-Za-z0-9])"
    r"(?:(?:Room|Apt|Apartment|Unit|Suite|Ste|Flat)\b\.? ?#?[0-9A-Z-]{1,6}|#[0-9A-Z-]{1,6}), ?\Z"
)
_ANY_CITY: Final = re.compile(f"[A-Za-z]{_CITY_KIND}(?![A-Za-z])")
_LEFT, _RIGHT = 90, 110  # characters that are looked at before the city for the block, and behind it
_HOUSE_REACH = 70  # characters that rooms and houses have before the block


def around_city(value: str, end: int) -> tuple[int, int] | None:
    """Return the bounds of the address whose city (…-ku, … City) ends at `end`, None without a block."""
    low = max(0, end - _LEFT)
    left = value[low:end].removesuffix(",")
    city = _CITY.search(left)
    head = _head(value, low, low + city.start()) if city else None
    if city is None or head is None:
        return None
    stop = low + city.end()
    tail = _TAIL.match(value, stop, stop + _RIGHT)
    return head[0], tail.end() if tail else stop


def around_prefecture(value: str, start: int, end: int) -> tuple[int, int, bool] | None:
    """Return the bounds of the address that ends with a prefecture and has no word for its city.

    The third is whether more than two numbers and two names prove it: a postal code or the country.
    """
    if _ANY_CITY.search(value, max(0, start - _LEFT // 2), start):
        return None  # `around_city` sees it
    head = _head(value, max(0, start - _LEFT), start)
    behind = _BEHIND_PREFECTURE.match(value, end, end + _RIGHT) if head else None
    if head is None or behind is None:
        return None
    proven = bool(behind["country"] or _POSTAL.match(value, behind.end())) or head[1].count("-") > 1
    return head[0], behind.end(), proven


def _head(value: str, low: int, end: int) -> tuple[int, str] | None:
    """Return where the address begins whose city or prefecture begins at `end`, and its block."""
    left = value[low:end]
    for number in _NUMBER_STARTS.finditer(left):
        at = number.start()
        town = _TOWN_BEFORE.search(left, 0, at)
        core = _TOWN_FIRST.match(left, at) if town else None
        if core is not None and town is not None:
            at = town.start()
        else:
            core = _BLOCK_FIRST.match(left, at)
        if core is not None:
            start = low + at
            first = max(0, start - _HOUSE_REACH)
            houses = _HOUSES.search(value, first, start)
            return start if houses is None else houses.start(), core["block"]
    return None


def before_street(value: str, start: int) -> int:
    """Return where an American address begins whose house number stands at `start`: its room is first."""
    room = _ROOM_BEFORE.search(value[max(0, start - 24) : start])
    return start if room is None else max(0, start - 24) + room.start()
