"""Names in kanji: a surname the dictionary knows, what follows it, and what stands around both."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scanners.names.dictionary import PERSON, SURNAME, NameDictionary
from scanners.names.morphemes import Morphemes, stretches
from scanners.names.words import (
    HISTORY,
    HONORIFICS,
    ORGANISATION_BEFORE,
    ORGANISATIONS,
    PERSON_LABELS,
    PLACES,
    TITLES,
    one_of,
)

_KANJI: Final = "一-龥々〆㐀-䶵豈-龎"
_SURNAME: Final = re.compile(rf"[{_KANJI}ヶケノツ]{{1,4}}")
# A given name: kanji with kana among or behind them, hiragana alone, or katakana alone.
_GIVEN: Final = re.compile(
    rf"[{_KANJI}][{_KANJI}ヶケノ]{{0,3}}[ぁ-ん]{{0,2}}|[ぁ-ん]{{2,5}}|[ァ-ヴー]{{2,8}}"
)
_WORD_CHAR: Final = re.compile(rf"[{_KANJI}ァ-ヴー・A-Za-z0-9]")
_PARTICLES: Final = frozenset("はがをにのともでへやかさくちよだ")
_HAS_KANJI: Final = re.compile(f"[{_KANJI}]")
_TAILS: Final = (*HONORIFICS, *TITLES)
_ORGANISATION_PART: Final = one_of(word for word in (*ORGANISATIONS, "駅前", "年月日") if len(word) > 1)
_TAIL: Final = one_of(_TAILS)
_HONORIFIC: Final = one_of((*HONORIFICS, "と申し"))
_TITLE: Final = one_of(TITLES)
_INTRODUCED: Final = (*HONORIFICS, "と申し")
_ALL_HIRAGANA: Final = re.compile("[ぁ-ん]+")
# 「全久院」, 「下総権守」: temples, offices, troops, books.
_NO_PERSON_ENDS: Final = (*"院団寺宮殿社隊軍部課室局省庁県市町村駅号線", "公記", "権守")
_GIVEN_ENDS: Final = tuple("男子郎美夫雄彦代江恵香奈也介助樹人一二三太平吉司志乃生治")
_NO_PREFIX: Final = frozenset("故元前現新旧副同各両")
_BYLINES: Final = frozenset("著訳編談撮画宅邸像展杯賞派筆宛作家")
_NO_GIVEN: Final = frozenset(
    {"御中", "様方", "本人", "宛", "宛て", "御一行", "家", "一同", "各位", "夫妻", "夫人", "両名"}
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A possible name: its bounds, where its surname ends, and what speaks for it.

    `sure`: the words themselves prove it; otherwise somebody must vouch for it (a label, an
    honorific, other data of the person on the line).
    """

    start: int
    end: int
    family_end: int
    sure: bool
    known: bool  # the dictionary reads it as a surname here, not only elsewhere
    honorific: str = ""
    title: str = ""

    @property
    def full(self) -> bool:
        """True when a given name follows the surname."""
        return self.end > self.family_end


def japanese_names(
    text: str, names: NameDictionary, settled: Sequence[tuple[int, int]] = (), known: Container[str] = ()
) -> Iterator[Seen]:
    """Yield everything in kanji that may be a person's name, ordered by start, not overlapping.

    Nothing is looked for in the `settled` spans, which are ordered and overlap nowhere, nor in words that
    stand alone and are `known` to be none.
    """
    may_begin = names.may_begin
    for pieces in stretches(text, settled, known, names.is_ordinary):
        tokens = names.morphemes(text, pieces)
        starts = tokens.starts
        reached = 0
        hinted = [*map(may_begin, tokens.words), 0]
        for index, hints in enumerate(hinted):
            # A token that is no name itself begins one only where the next may go on with it.
            if not hints or (
                hints == SURNAME and not hinted[index + 1] & SURNAME and not _is_shi(tokens, index)
            ):
                continue
            if starts[index] < reached or not _may_begin(text, tokens, index, hints, names):
                continue
            seen = _at(text, tokens, index, names)
            if seen is not None:
                yield seen
                reached = seen.end


def _may_begin(text: str, tokens: Morphemes, index: int, hints: int, names: NameDictionary) -> bool:
    if hints & PERSON and tokens.kind(index) in names.person:
        return True
    if not hints & SURNAME:
        return False
    start = tokens.starts[index]
    if _boundary_before(text, start):
        return True
    # 「課長山田太郎」: the role before a name, whole or its last morpheme.
    return tokens.follows(index) and text.endswith(TITLES, max(0, start - 6), start)


def _is_shi(tokens: Morphemes, index: int) -> bool:
    return tokens.words[index][1:] == "氏"


def _boundary_before(text: str, at: int) -> bool:
    if at == 0:
        return True
    before = text[at - 1]
    return "ぁ" <= before <= "ん" or not _WORD_CHAR.match(before)


def _at(text: str, tokens: Morphemes, index: int, names: NameDictionary) -> Seen | None:
    """Judge the surname that begins at this token: of one token, or of several written together."""
    words = tokens.joined(index, 3, 4)
    first = words[0]
    kind = tokens.kind(index) if names.may_begin(first) & PERSON else -1
    family = kind in names.family
    candidates = words[:2] if family else words[::-1]
    if len(first) == 2 and first[1] == "氏":
        candidates.insert(0, first[0])
    start = tokens.starts[index]
    best: Seen | None = None
    for word in candidates:
        known = family and word == first and _HAS_KANJI.match(word) is not None
        if not known and not (names.is_family(word) and _SURNAME.fullmatch(word)):
            continue
        seen = _with_given(text, tokens, start, start + len(word), names, known=known)
        if seen is not None and seen.full:
            return _with_prefix(text, tokens, index, seen)
        if not word.endswith(_TAILS):  # 「金氏」 is 金 with an honorific before it is a rare surname
            best = best or seen
    if best is None and kind in names.given:
        best = _given_alone(text, start, start + len(first))
    return best


def _with_prefix(text: str, tokens: Morphemes, index: int, seen: Seen) -> Seen:
    """Take the first kanji of a surname that the dictionary cuts in two: 「大越守紘」 read as 大|越|守紘."""
    start = seen.start - 1
    if not tokens.follows(index) or tokens.starts[index - 1] != start:
        return seen
    char = text[start]
    if not _HAS_KANJI.match(char) or char in _NO_PREFIX or not _boundary_before(text, start):
        return seen
    return replace(seen, start=start)


def _with_given(
    text: str, tokens: Morphemes, start: int, family_end: int, names: NameDictionary, *, known: bool
) -> Seen | None:
    blank = text[family_end : family_end + 1] in (" ", "\n")
    place = family_end + blank
    end, sure = _given_end(text, tokens, place, names, blank=blank)
    if end > place and not _rules_out(text, start, end, full=True):
        honorific, title = _after(text, end)
        broken = text[family_end : family_end + 1] == "\n"
        edges = known or _boundary_before(text, start)
        if edges and not (broken and not (sure and known and _alone_on_line(text, start, end))):
            return Seen(
                start, end, family_end, sure and (known or blank or bool(honorific)), known, honorific, title
            )
    return _surname_alone(text, start, family_end, names, known=known)


def _alone_on_line(text: str, start: int, end: int) -> bool:
    """Say whether a name broken over two lines fills their edges, as in a narrow form or a table cell."""
    line_start = text.rfind("\n", 0, start) + 1
    return text[end : end + 1] in ("", "\n", " ") and (start - line_start < 8 or text[start - 1] in " :|\t")


def _given_end(
    text: str, tokens: Morphemes, place: int, names: NameDictionary, *, blank: bool
) -> tuple[int, bool]:
    """Return where a given name that begins at `place` ends (`place` when none does), and if it is sure."""
    run = _GIVEN.match(text, place)
    if run is None or (text.startswith(_TAILS, place) and not _named_given(tokens, place, names)):
        return place, False
    stop = _without_tail(text, place, run.end())
    inside = tokens.within(place, stop)
    if not inside or tokens.starts[inside[0]] != place:
        return place, False
    first = tokens.words[inside[0]]
    first_end = place + len(first)
    is_given = len(first) > 1 and tokens.kind(inside[0]) in names.given
    if is_given and text[first_end:stop] in _BYLINES:
        return first_end, True
    word = text[place:stop]
    if word in _NO_GIVEN or stop == place:
        return place, False
    if _closes(text, stop) and tokens.end(inside[-1]) == stop:
        named = any(tokens.kind(each) in names.person for each in inside)
        if (not named and not _HAS_KANJI.search(word)) or _is_ordinary(text, place, stop, tokens, names):
            return place, False
        begins = tokens.kind(inside[0]) in names.person or names.is_given(first)
        return stop, begins or (blank and named)
    # More follows in the same run: 「山田太郎著」. Only a dictionary name may end inside it.
    return (first_end, True) if is_given else (place, False)


def _named_given(tokens: Morphemes, place: int, names: NameDictionary) -> bool:
    return any(
        len(tokens.words[each]) > 1 and tokens.kind(each) in names.given
        for each in tokens.within(place, place + 1)
    )


def _is_ordinary(text: str, start: int, end: int, tokens: Morphemes, names: NameDictionary) -> bool:
    """Say whether what follows a surname are ordinary words: 「小坂 食事は」, 「渋谷支店」."""
    word = text[start:end]
    if _ORGANISATION_PART.search(word):
        return True
    if text[end : end + 1] in (":", "=") or word in PERSON_LABELS:
        return True  # the label of what follows: 「承認：高木　作成：村上」
    if text[start - 1] not in " \n" and word.endswith(_NO_PERSON_ENDS):
        return True
    inside = tokens.within(start, end)
    if names.is_given(word) or tokens.kind(inside[0]) in names.given:
        return False
    subject = end < len(text) and "ぁ" <= text[end] <= "ん" and not text.startswith(_INTRODUCED, end)
    for each in inside:
        part = tokens.words[each]
        if len(part) > 1 and names.is_common(part) and tokens.kind(each) not in names.person:
            attached = text[start - 1] not in " \n"
            return subject or attached or (len(word) > 2 and not word.endswith(_GIVEN_ENDS))
    return subject and len(word) > 1 and not any(tokens.kind(each) in names.person for each in inside)


def _without_tail(text: str, start: int, end: int) -> int:
    """Leave honorifics, titles and particles at the end of a run outside the name."""
    tail = _TAIL.search(text, start + 1, end)
    if tail is not None:
        return tail.start()
    while end - start > 1 and text[end - 1] in _PARTICLES and not _ALL_HIRAGANA.fullmatch(text, start, end):
        end -= 1
    return end


def _closes(text: str, end: int) -> bool:
    if end >= len(text):
        return True
    char = text[end]
    if not _WORD_CHAR.match(char) and (not "ぁ" <= char <= "ん" or char in _PARTICLES):
        return True
    return text.startswith(_TAILS, end)


def _after(text: str, end: int) -> tuple[str, str]:
    """Return the honorific and the title that follow a name, a blank between allowed."""
    place = end + (text[end : end + 1] in (" ", "\n") and text[end + 1 : end + 2] in ("様", "殿"))
    honorific = _HONORIFIC.match(text, place)
    if honorific is not None:
        return honorific.group(), ""
    title = _TITLE.match(text, end)
    return "", title.group() if title is not None else ""


def _rules_out(text: str, start: int, end: int, *, full: bool) -> bool:
    """Say whether the surroundings make it a company, a place or somebody of history."""
    if ORGANISATION_BEFORE.search(text, max(0, start - 8), start) and not text.startswith(HONORIFICS, end):
        return True
    if text.startswith(ORGANISATIONS, end) or (not full and text.startswith(PLACES, end)):
        return not text.startswith(TITLES, end)
    if not full and text.startswith(ORGANISATIONS, end + 1) and text[end : end + 1] == " ":
        return True
    line_start = max(text.rfind("\n", 0, start) + 1, start - 60)
    line_end = min(len(text), end + 40)
    return full and HISTORY.search(text, line_start, line_end) is not None


def _surname_alone(text: str, start: int, end: int, names: NameDictionary, *, known: bool) -> Seen | None:
    # 「花屋さん」: a word that is no surname here needs to be none elsewhere; 「林さん」 stays.
    honorific, title = _after(text, end)
    if not known and not title and end - start > 1 and names.is_common(text[start:end]):
        return None
    if _rules_out(text, start, end, full=False):
        return None
    if not honorific and not title and not _closes(text, end):
        return None
    if not known and not (honorific or title or _boundary_before(text, start)):
        return None
    # 「市様」「会長」: one kanji that is also a word of its own needs more than an honorific.
    if not _boundary_before(text, start) and not known:
        return None
    sure = bool(honorific or title) and (known or end - start > 1 or honorific == "氏")
    return Seen(start, end, end, sure, known, honorific, title)


def _given_alone(text: str, start: int, end: int) -> Seen | None:
    """「太郎さん」: a given name alone only with a familiar honorific."""
    honorific, _ = _after(text, end)
    if honorific not in ("さん", "くん", "ちゃん", "君", "様") or not _boundary_before(text, start):
        return None
    return Seen(start, end, end, sure=True, known=True, honorific=honorific)
