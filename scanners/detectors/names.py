"""Names of persons by the morphological dictionary and what stands around them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from scanners.detectors.foreign import FOREIGN_LABELS
from scanners.detectors.interface import Label, Text
from scanners.detectors.opinions import DICTIONARY, WEAK, bare, is_other, is_plausible, parted
from scanners.model import Category, Evidence, EvidenceKind, Match
from scanners.names.alone import is_lone_name, latin_words, read_beside, speakers
from scanners.names.dictionary import PERSON, NameDictionary
from scanners.names.echoes import read_names, repeated_parts
from scanners.names.japanese import Seen, japanese_names
from scanners.names.kana import foreign_names, hiragana_at, katakana_names
from scanners.names.kin import kin_names
from scanners.names.latin import (
    LatinName,
    addressed_names,
    capital_names,
    is_world_name,
    latin_names,
    told_names,
)
from scanners.names.roles import vouched_surnames
from scanners.names.rows import vouched_cells
from scanners.names.support import is_namelike, is_supported
from scanners.names.vetoes import is_nobody, is_place
from scanners.names.words import DECOY_LABELS, HONORIFICS, PERSON_LABELS, READING_LABELS
from scanners.names_english.reader import EnglishReader
from scanners.names_model.combine import ENGLISH, combine
from scanners.names_model.gate import NameReader
from scanners.names_model.model import Span

_DICTIONARY: Final = DICTIONARY
_HONORIFIC: Final = Evidence(EvidenceKind.CONTEXT, "honorific")
_DATA: Final = Evidence(EvidenceKind.CONTEXT, "personal_data")
_TOLD: Final = Evidence(EvidenceKind.CONTEXT, "told_of")
_READING: Final = Evidence(EvidenceKind.CONTEXT, "reading")
_KIN: Final = Evidence(EvidenceKind.CONTEXT, "kin")
_ROW: Final = Evidence(EvidenceKind.CONTEXT, "same_column")
_AGAIN: Final = Evidence(EvidenceKind.CONTEXT, "full_name")

_JOINS: Final = re.compile(r"(?:様|さん|氏)?(?: ?[、,・/&と及び→] ?)")
_TO_READING: Final = re.compile(r"[ (\[:]{0,3}(?:フリガナ|ふりがな|カナ|かな|よみ|ヨミ|読み)?[ :)]{0,2}")
_UNIT: Final = (
    r"(?:[一-龥々ァ-ヴー0-9A-Z]{1,10}(?:部|課|係|室|科|病棟|グループ|チーム|支店|支社|センター|本部)[ :])?"
)
_MARKS: Final = re.compile(rf"[\s:;=|(\[「『<>\"'.、,/・*()\]\-]{{0,12}}{_UNIT}")
_LETTER: Final = re.compile("[一-龥々ぁ-えか-けこさ-んァ-ヴーA-Za-z]")
# One word in Latin or hiragana as the whole value of a field
_LONE: Final = re.compile(
    r"[\"']? ?[:=|] ?[\"'(\[]?(?P<name>[A-Z][A-Za-z]{2,12}|[ぁ-ん]{2,7})(?=[\"')\]]|\n|\Z| ?[|/、,(→]|  | [一-龥])"
)
_SUBJECT: Final = re.compile(r"(?:です|でございます|(?:が|は|も|から|より|にて|まで)(?=[^ぁ-ん]|[ぁ-ん]{2}))")
_NEAR: Final = 12  # characters between a label and the name that it announces
_BESIDE: Final = 3
_SUREST: Final = 0.93  # the score of a full name of the dictionary
# Data on the same line that make a possible name a person's.
_PERSONAL: Final = frozenset(Category) - {Category.PERSON, Category.MEDICAL, Category.MEDICAL_CONTEXT}


_DECOYS: Final = DECOY_LABELS | FOREIGN_LABELS


class NameDetector:
    """Name of a person: kanji, kana, romanised or English; full, or a surname that is vouched for.

    What: a surname of the dictionary with a given name behind it; a bare surname with an honorific, a
    title or a label; kana and Latin script beside a name or a label; in running text what a small
    statistical model of our own (data/models/names-ja-1) reads as a person; in English prose what a
    published one (data/models/names-en-1) does.
    Source: SudachiDict core (Apache-2.0) for surnames and given names; own lists of the words around.
    Found: 「山田太郎」, 「山田　太郎 様」, 「担当：佐藤」, 「マリア・サントス」,
    「ﾔﾏﾀﾞ ﾀﾛｳ」 beside other data, "Taro Yamada" beside its kanji, "Amanda Richardson".
    Rejected: 「本田技研」, 「福島市」, 「田中商事株式会社」, 「徳川家康の時代」, a surname alone.
    """

    name = "person"
    version = 6
    categories = frozenset({Category.PERSON})
    labels = PERSON_LABELS | READING_LABELS | DECOY_LABELS

    def __init__(self, reader: NameReader | None = None, english: EnglishReader | None = None) -> None:
        """Take the names models as a second opinion; without one the rules decide alone."""
        self._reader = reader
        self._english = english
        self._names = NameDictionary()
        words = self.labels | FOREIGN_LABELS
        self._known = frozenset(word for word in words if not self._names.may_begin(word) & PERSON)

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield the names of persons, ordered by start."""
        found = self._rules(text)
        if self._reader is not None:
            read = self._reader.persons(text.value)
            seen = [bare(text, part) for span in read for part in parted(text, span)]
            found = combine(found, [span for span in seen if self._is_plausible(text, span)], text.matches)
        if self._english is not None:
            reading = self._english.read(text.value)
            found = [match for match in found if not is_other(text.value, match, reading)]
            spans = [span for span in reading.persons if not _is_labelled_other(text, span)]
            found = combine(found, spans, text.matches, ENGLISH)
        yield from self._with_others(text, self._standing(text, found))

    def _is_plausible(self, text: Text, span: Span) -> bool:
        return is_plausible(text, span) and not _is_labelled_other(text, span)

    def _standing(self, text: Text, found: list[Match]) -> list[Match]:
        """Return the names that stand, and those that only the model sees where they go on a list of such."""
        kept: list[Match] = []
        for match in found:
            if self._stands(text, match) or (
                bool(kept)
                and _continues(text.value, kept[-1], match.start)
                and not is_nobody(text.value, match.start, match.end, self._names)
                and is_namelike(text.value[match.start : match.end], self._names)
            ):
                kept.append(match)
        return kept

    def _with_others(self, text: Text, found: list[Match]) -> list[Match]:
        """Add what the names found so far vouch for: other cells of their column, their parts alone."""
        value, names = text.value, self._names
        spans = [(match.start, match.end) for match in found]
        taken = sorted([*spans, *((match.start, match.end) for match in text.matches)])
        parts = list(repeated_parts(value, spans, names))
        more = [
            *(_match(*span, 0.72, "row", _ROW) for span in vouched_cells(value, spans, names)),
            *(_match(*span, 0.72, "part", _AGAIN) for span in parts),
            *(
                _match(*span, 0.8, "reading", _READING)
                for span in read_beside(value, sorted({*spans, *parts}))
            ),
            *(_match(*span, 0.75, "speaker", _TOLD) for span in speakers(value, names)),
            *(_match(*span, 0.7, "latin", _DICTIONARY) for span in latin_words(value)),
        ]
        return _resolved(found, [match for match in more if not _meets(taken, match.start, match.end)])

    def _stands(self, text: Text, match: Match) -> bool:
        """Say whether a name stands against what looks like one, and without rules beside the model."""
        start, end = match.start, match.end
        if _AGAIN not in match.evidence and is_nobody(text.value, start, end, self._names):
            return False
        if _in_address(text, start, end):
            return False
        line = text.line(start)
        if WEAK.issuperset(match.evidence) and is_place(text.value, start, end, line, self._names):
            return False
        if not match.rule.startswith("person.model"):
            return True
        if _is_labelled(text, start, end) and is_namelike(text.value[start:end], self._names):
            return True
        data = _has_data(text, start)
        return is_supported(text.value, start, end, line, self._names, data=data, score=match.score)

    def _rules(self, text: Text) -> list[Match]:
        found: dict[tuple[int, int], Match] = {}
        for match in self._kanji(text):
            found[match.start, match.end] = match
        anchors = sorted(found)
        for match in (*self._kana(text, anchors), *self._hiragana(text, anchors)):
            found.setdefault((match.start, match.end), match)
        taken = sorted(found)
        for start, end in vouched_surnames(text.value, self._names):
            if not _meets(taken, start, end):
                found[start, end] = _match(start, end, 0.8, "surname", _DICTIONARY, _HONORIFIC)
        for start, end in kin_names(text.value, self._names):
            if not _meets(taken, start, end):
                found.setdefault((start, end), _match(start, end, 0.8, "kin", _DICTIONARY, _KIN))
        for start, end in read_names(text.value, self._names):
            if not _meets(taken, start, end):
                found.setdefault((start, end), _match(start, end, 0.88, "read", _READING))
        for match in self._latin(text, sorted(found)):
            found.setdefault((match.start, match.end), match)
        return sorted(found.values(), key=lambda match: (match.start, -match.end))

    def _kanji(self, text: Text) -> Iterator[Match]:
        surnames: set[str] = set()
        bare: list[Seen] = []
        before: Match | None = None
        for seen in japanese_names(text.value, self._names, _settled(text), self._known):
            match = _judged(seen, text, before)
            if match is None:
                if not seen.full and seen.known:
                    bare.append(seen)
                continue
            before = match
            surnames.add(text.value[seen.start : seen.family_end])
            yield match
        for seen in bare:
            word = text.value[seen.start : seen.end]
            if word in surnames and len(word) > 1:
                yield _match(seen.start, seen.end, 0.7, "surname", _DICTIONARY, _AGAIN)
            elif len(word) > 1 and not self._names.is_common(word) and _SUBJECT.match(text.value, seen.end):
                yield _match(seen.start, seen.end, 0.55, "surname", _DICTIONARY)

    def _kana(self, text: Text, anchors: Sequence[tuple[int, int]]) -> Iterator[Match]:
        value = text.value
        for start, end, sure in foreign_names(value, self._names):
            reasons = _vouching(text, start, end)
            if sure or reasons:
                yield _match(start, end, 0.8 if sure else 0.7, "katakana", *reasons or [_DICTIONARY])
        for start, end, pair, ordinary in katakana_names(value, self._names):
            if (pair or value[start - 1] in "( :") and _reads(value, anchors, start):
                yield _match(start, end, 0.85, "reading", _READING)
                continue
            label = text.label(start, end, READING_LABELS | PERSON_LABELS)
            length = end - start
            if label is not None and _direct(text, label, start) and length > 2:
                reading = label.word in READING_LABELS and (not label.column or text.column is not None)
                if reading or (not ordinary and (pair or length > 3)):
                    yield _match(start, end, 0.85, "katakana", label.evidence)
            elif ordinary and not (_honoured(value, end) and self._is_person(value[start:end])):
                continue
            elif _honoured(value, end) and (pair or length > 2 or self._names.classes(value[start:end])):
                yield _match(start, end, 0.9 if pair else 0.75, "katakana", _HONORIFIC)
            elif pair and _has_data(text, start):
                yield _match(start, end, 0.7, "katakana", _DATA)

    def _is_person(self, word: str) -> bool:
        return self._names.is_family(word) or self._names.is_given(word)

    def _hiragana(self, text: Text, anchors: Sequence[tuple[int, int]]) -> Iterator[Match]:
        value = text.value
        starts = {anchor: _READING for _, end in anchors for anchor in (_past(_TO_READING, value, end),)}
        for label in text.labels_in(0, len(value), READING_LABELS):
            starts[_past(_TO_READING, value, label.start + len(label.word))] = label.evidence
        for start, reason in sorted(starts.items()):
            if start and value[start - 1] not in " (:[\n":
                continue
            span = hiragana_at(value, start, text.line(start)[1])
            if span is not None:
                yield _match(*span, 0.85, "reading", reason)

    def _capitals(self, text: Text) -> Iterator[Match]:
        for start, end in capital_names(text.value):
            label = text.label(start, end, PERSON_LABELS)
            if label is not None and _direct(text, label, start):
                yield _match(start, end, 0.87, "latin", label.evidence)
            elif is_world_name(text.value[start:end]):
                yield _match(start, end, 0.8, "latin", _DICTIONARY)
            elif _has_data(text, start):
                yield _match(start, end, 0.77, "latin", _DATA)

    def _latin(self, text: Text, anchors: Sequence[tuple[int, int]]) -> Iterator[Match]:
        value = text.value
        whole = list(self._capitals(text))
        yield from whole
        taken = [(match.start, match.end) for match in whole]
        reached = 0
        for seen in latin_names(value):
            if seen.start < reached or _meets(taken, seen.start, seen.end):
                continue
            label = text.label(seen.start, seen.end, PERSON_LABELS | READING_LABELS)
            near = label is not None and _direct(text, label, seen.start) and _set_off(value, label, seen)
            credible = seen.romaji or seen.shaped
            beside = credible and (_beside(anchors, seen.start, seen.end) or _has_data(text, seen.start))
            if not (seen.sure or near or beside):
                continue
            reached = seen.end
            reasons = [label.evidence] if label is not None and near else []
            reasons += [_DICTIONARY] if seen.sure else []
            yield _match(seen.start, seen.end, 0.85 if reasons else 0.75, "latin", *reasons or [_DATA])
        for label in text.labels_in(0, len(value), PERSON_LABELS):
            lone = _LONE.match(value, label.start + len(label.word))
            if lone is not None and (not lone["name"].isascii() or is_lone_name(lone["name"])):
                yield _match(*lone.span("name"), 0.75, "latin", label.evidence)
        for start, end in told_names(value):
            yield _match(start, end, 0.9, "latin", _TOLD)
        for start, end in addressed_names(value):
            yield _match(start, end, 0.85, "latin", _HONORIFIC)


def _settled(text: Text) -> list[tuple[int, int]]:
    """Return the spans that no name can win: what other detectors are surer of than of any name."""
    return [(match.start, match.end) for match in text.matches if match.score > _SUREST]


def _judged(seen: Seen, text: Text, before: Match | None) -> Match | None:
    """Return the match of a possible name in kanji when something vouches for it."""
    label = text.label(seen.start, seen.end, PERSON_LABELS)
    reasons = [_DICTIONARY]
    if seen.honorific or seen.title:
        reasons.append(_HONORIFIC)
    if label is not None and label.distance <= _NEAR:
        reasons.append(label.evidence)
    if seen.full:
        if not seen.sure and len(reasons) == 1 and _has_data(text, seen.start):
            reasons.append(_DATA)
        if not seen.sure and len(reasons) == 1:
            return None
        return _match(seen.start, seen.end, _SUREST if seen.sure else 0.8, "full", *reasons)
    if seen.sure:
        return _match(seen.start, seen.end, 0.87, "surname", *reasons)
    if _announced(seen, text, label) or _continues(text.value, before, seen.start):
        return _match(seen.start, seen.end, 0.75, "surname", *reasons)
    return None


def _announced(seen: Seen, text: Text, label: Label | None) -> bool:
    if label is None or not _direct(text, label, seen.start):
        return False
    following = text.value[seen.end : seen.end + 1]
    return following in ("", " ", "\n", "、", "。", ",", ")", "/", "(", "・") or bool(
        seen.honorific or seen.title
    )


def _set_off(value: str, label: Label, seen: LatinName) -> bool:
    """Say whether a Latin pair is a value and no running text: not "THE AUTHOR DISCLAIMS ALL"."""
    if label.column or not label.word.isascii():
        return True
    between = value[label.start + len(label.word) : seen.start]
    return bool(between.strip()) or "\n" in between or not value[seen.start : seen.end].isupper()


def _honoured(value: str, end: int) -> bool:
    return value.startswith(HONORIFICS, end) or value.startswith((" 様", " 殿"), end)


def _direct(text: Text, label: Label, start: int) -> bool:
    """Say whether nothing but marks stands between a label and the value: not 「担当者などに」."""
    if label.column:
        return True
    # 「細やかなサービス」: a short label counts only where a word begins.
    if len(label.word) < 3 and _LETTER.match(text.value[label.start - 1 : label.start]):
        return False
    return _MARKS.fullmatch(text.value, label.start + len(label.word), start) is not None


def _continues(value: str, before: Match | None, start: int) -> bool:
    """Say whether a name follows an accepted one in a list: 「面接官：金井、湯沢」."""
    return (
        before is not None
        and 0 < start - before.end <= 4
        and bool(_JOINS.fullmatch(value, before.end, start))
    )


def _match(start: int, end: int, score: float, kind: str, *reasons: Evidence) -> Match:
    return Match(start, end, Category.PERSON, score, f"person.{kind}/1", tuple(reasons))


def _vouching(text: Text, start: int, end: int) -> list[Evidence]:
    label = text.label(start, end, PERSON_LABELS | READING_LABELS)
    reasons = [label.evidence] if label is not None and label.distance <= _NEAR else []
    if text.value.startswith(HONORIFICS, end):
        reasons.append(_HONORIFIC)
    if not reasons and _has_data(text, start):
        reasons.append(_DATA)
    return reasons


def _has_data(text: Text, at: int) -> bool:
    """Say whether other personal data stand on the line."""
    start, end = text.line(at)
    matches = text.matches
    index = bisect_left(matches, start, key=lambda match: match.start)
    while index < len(matches) and matches[index].start < end:
        if matches[index].category in _PERSONAL:
            return True
        index += 1
    return False


def _in_address(text: Text, start: int, end: int) -> bool:
    """Say whether a name is the house or town of an address in Latin letters, which no name is surer than."""
    index = bisect_right(text.matches, start, key=lambda match: match.start) - 1
    if index < 0 or text.matches[index].end < end:
        return False
    return text.matches[index].rule.startswith(("address.romaji", "address.street"))


def _resolved(found: Sequence[Match], more: Sequence[Match]) -> list[Match]:
    """Return both, ordered by start, of `more` the first of those that overlap."""
    kept = list(found)
    reached = -1
    for match in sorted(more, key=lambda match: (match.start, -match.end)):
        if match.start >= reached:
            kept.append(match)
            reached = match.end
    return sorted(kept, key=lambda match: (match.start, match.end))


def _past(pattern: re.Pattern[str], value: str, at: int) -> int:
    match = pattern.match(value, at)
    return match.end() if match else at


def _reads(value: str, anchors: Sequence[tuple[int, int]], start: int) -> bool:
    """Say whether the katakana at `start` is the reading of the name before it."""
    index = bisect_right(anchors, (start, 0)) - 1
    if index < 0 or not 0 <= start - anchors[index][1] <= _NEAR:
        return False
    return _past(_TO_READING, value, anchors[index][1]) == start


def _beside(anchors: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    index = bisect_left(anchors, (start, 0))
    after = index < len(anchors) and 0 <= anchors[index][0] - end <= _BESIDE
    return after or (index > 0 and 0 <= start - anchors[index - 1][1] <= _BESIDE)


def _meets(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    index = bisect_left(spans, (end, 0)) - 1
    return index >= 0 and spans[index][1] > start


def _is_labelled(text: Text, start: int, end: int) -> bool:
    """Say whether a word for persons announces what only a model sees."""
    label = text.label(start, end, PERSON_LABELS | READING_LABELS)
    return label is not None and _direct(text, label, start)


def _is_labelled_other(text: Text, span: Span) -> bool:
    label = text.label(span.start, span.end, _DECOYS)
    return label is not None and _direct(text, label, span.start)
