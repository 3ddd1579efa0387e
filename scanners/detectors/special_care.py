"""Special-care-required information 要配慮個人情報 beside illness: disability, creed, origin, crime."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from scanners.detectors.evidence import score
from scanners.detectors.interface import Label, Text
from scanners.model import Category, Evidence, EvidenceKind, Match
from scanners.special_care import CATEGORIES, NOTHING, YES, is_answer, vocabularies

_ABOVE: Final = 300  # characters above a value in which its record may name the person
_BELOW: Final = 160  # and below it
_FAR: Final = 200  # characters to each side that a sentence is read
_AROUND: Final = 14  # characters to each side in which a word makes the value a general matter
_GRADE: Final = (
    r"(?:判定)?(?:第?[1-7一二三四五六七][ ]?[級種度]|[AB][12]?(?![A-Za-z0-9])(?:判定)?|最?重度|中等?度|軽度|"
    r"区分[1-6])(?:[ ]?[1-7一二三四五六七][級種])?"
)
_DEGREE: Final = re.compile(rf"[ :]{{0,2}}(?:有|あり|所持)?[ :]?(?:\([ ]?{_GRADE}[ ]?\)|{_GRADE})")
_MARK: Final = re.compile(r"[ \t]{0,4}(?:[:=|\t→]|\n?[ \t]*\])[ \t]{0,4}\n?|[ \t]{0,4}\n[ \t]{0,4}")
_BLANK: Final = re.compile(r"[ \t]{1,8}")
_VALUE: Final = re.compile(r"(?:\([^()\n]{1,30}\)|[^\n\t|,;、。: ]| (?! )){2,40}|有|無")
_REMARK: Final = re.compile(r"[ \t・*-]{0,4}[^\s:][^\n:。]{1,14}:")
_NAMED: Final = re.compile(
    "氏名|名前|姓名|患者|本人|申請者|応募者|利用者|入[居所]者|対象者|生徒|児童|(?i:name|patient)"
)
_CELL: Final = re.compile(r"[^\s](?:[^\n]{0,38}[^\s])?(?=\s*(?:\n|\Z))")
# Who is spoken of, where no name stands: the person of a record, a member of the family, an age
_SOMEBODY: Final = re.compile(
    r"(?:本人|同人|当人|同氏|相談者|入所者|利用者|長男|長女|次男|次女|二男|二女|夫|妻|父|母|兄|弟|姉|妹|息子|娘|"
    r"祖父|祖母)(?:は|が|の|も|に|へ|を|より|から|[ :(,、])|[0-9]{1,3}歳|\([0-9]{1,2}\)|"
    r"(?<![A-Za-z])(?:[Hh]e|[Ss]he|[Hh]is|[Hh]er)(?![A-Za-z])"
)
# What makes a sentence a rule, a request or a lesson, which tells of nobody
_RULE: Final = re.compile(
    r"場合|ときは|ときに|ときの|こと(?:。|\Z)|必要が|必要な|ください|下さい|なければ|ならない|できる|できます|いけません|"
    r"ものとする|すべき|提出|添付|を確認する|かどうか|か否か|の有無を|についての|マニュアル|規程|規則|要領|"
    r"ガイドライン|募集|求人|要配慮|同意なく|禁止|"
    r"(?i:\b(?:may not|must|applicants|shall|should|users|policy)\b)"
)
# Who deals with a matter is not whom it befell
_HANDLES: Final = re.compile(
    r"(?:さん|氏|様|先生)?(?:弁護士|検事|検察官|裁判官|裁判長|警部|巡査|刑事|署長|記者|教授|講師|医師|議長|牧師|住職|"
    r"[ ]?(?:が|は|を)?(?:担当|作成|確認|対応|報告|講演|説明|調査|受講|出席|監修))"
)
_HANDLED_BY: Final = re.compile(
    r"(?:担当者?|講師|作成者?|文責|著者?|弁護士|監督|窓口|受付の?|連絡先|"
    r"[Cc]ontact|[Ff]ixed by|[Hh]ired)[ :]{0,2}\Z"
)
# In talk of machines a fault 障害 has grades too
_MACHINES: Final = re.compile(
    "システム|サーバ|ネットワーク|復旧|通信|回線|ハードウェア|ソフトウェア|インシデント|アプリ|データベース|稼働"
)
# 「…は信者です」, "is a Hindu": what is said of one, not of a group
_SAID_BEHIND: Final = re.compile(
    r" ?(?:です|である|であ[りっ]|でして|で、|だ(?:と|が|。|\Z|った)|とのこと|との[話由]|のため|なので|"
    r"ゆえ|として|と(?:聞|話|言|述)|に(?:なっ|なり)|上の理由|し(?:て(?:い|お)|、)|に基づき|のお?子|の家庭|。|\)|\Z)"
)
_SAID_BEFORE: Final = re.compile(r"\b(?:is|was|as|being|became|identifies as)(?: an?)?(?: \w+)? \Z")
_IDENTIFYING: Final = frozenset(
    {
        Category.PERSON,
        Category.STAFF_ID,
        Category.CUSTOMER_ID,
        Category.PATIENT_ID,
        Category.MY_NUMBER,
        Category.DOB,
        Category.HEALTH_INSURANCE,
        Category.PENSION_NUMBER,
        Category.EMPLOYMENT_INSURANCE,
    }
)
_PERSON: Final = frozenset({Category.PERSON})


class SpecialCare:
    """Special-care-required information beside illness: disability, creed, race and origin, crime.

    What: disability 障害 (certificates 手帳 with their grade, pensions, kinds), creed 信条, race, origin and
    social status 人種・社会的身分, criminal record and procedure 犯罪の経歴・刑事手続, the fact of having
    been the victim of a crime 犯罪により害を被った事実.
    Source: APPI Art. 2(3), Cabinet Order Art. 2; what counts follows the PPC's general guidelines 2-3:
    nationality alone is no race, and what merely lets one guess is no such information.
    Found: the value of a field of that name 「障害：身体障害者手帳2級」; a word of the lexicon where somebody
    in particular is spoken of: a name or a role in its sentence, a name in the record above it.
    Rejected: laws, rules, statistics, services and goods 「障害者雇用率」「信教の自由」「被害届の件数」;
    faults of machines 「障害区分：ハードウェア」, mottos of firms 「信条：お客様第一」; who merely deals with
    it 「担当：田中」; fields left empty or answered by 「なし」.
    """

    name = "special_care"
    version = 2
    categories = frozenset(CATEGORIES)
    labels = frozenset[str]().union(*(words.words for words in vocabularies().values()))

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield what stands in fields of such a name, and words of somebody in particular."""
        found = [] if text.column is None else list(self._cells(text, text.column))
        for label in text.labels_in(0, len(text.value), self.labels):
            for category in CATEGORIES:
                match = self._field(text, category, label) or self._word(text, category, label)
                if match is not None:
                    found.append(match)
        yield from sorted(found, key=lambda match: (match.start, match.end))

    def _cells(self, text: Text, header: str) -> Iterator[Match]:
        """Yield the cells of a column of such a name that say something."""
        title = re.sub(r"[ _()]", "", header).lower()
        for category, words in vocabularies().items():
            named = [word for word in words.labels if word.replace(" ", "") in title]
            named += [word for word in words.doubtful if word.replace(" ", "") == title]
            if not named or words.general.search(header):
                continue
            word = max(named, key=len)
            evidence = Evidence(EvidenceKind.COLUMN, word)
            for cell in _CELL.finditer(text.value):
                if is_answer(category, word, cell.group(), record=word in words.labels):
                    yield _match(category, cell.start(), cell.end(), evidence)

    def _field(self, text: Text, category: Category, label: Label) -> Match | None:
        """Return the value behind the name of a field, unless it says nothing of anybody."""
        words, start = vocabularies()[category], label.start
        if label.word not in words.fields or (start and text.value[start - 1].isalpha()):
            return None
        span = _value(text.value, start + len(label.word))
        if span is None:
            return None
        record = _is_record(text, start)
        if record and category is Category.DISABILITY:
            record = not _MACHINES.search(text.value, max(0, start - _BELOW), span[1] + _BELOW)
        if not is_answer(category, label.word, text.value[slice(*span)], record=record):
            return None
        return _match(category, *span, Evidence(EvidenceKind.LABEL, label.word))

    def _word(self, text: Text, category: Category, label: Label) -> Match | None:
        """Return a word of the lexicon with its degree, where the text speaks of somebody."""
        words, word, start = vocabularies()[category], label.word, label.start
        end = start + len(word)
        if word in words.beside:
            if not _stands_beside(text, start, end):
                return None
            return _match(category, start, end, Evidence(EvidenceKind.DICTIONARY, word), _SAID)
        degree = _DEGREE.match(text.value, end, end + 16) if category is Category.DISABILITY else None
        low, high = _sentence(text, start)
        said = word in words.said and _is_said(text.value, low, start, end, high)
        if not (said or word in words.values or (degree and word in words.graded)):
            return None
        stop = degree.end() if degree else end
        after = text.value[stop : min(high, stop + _AROUND)]
        before = text.value[max(low, start - _AROUND) : start]
        if (
            words.general.search(after)
            or words.general.search(before)
            or NOTHING.match(after.lstrip(" :は。("))
        ):
            return None
        dictionary = Evidence(EvidenceKind.DICTIONARY, word)
        if _speaks_of_somebody(text, low, start, high):
            return _match(category, start, stop, dictionary, _SAID)
        # A grade in a table's cell is somebody's: the row names him.
        if degree and (
            text.column is not None or _is_within(text, _IDENTIFYING, max(0, start - _ABOVE), high)
        ):
            return _match(category, start, stop, dictionary, _RECORD)
        if _is_remark(text, low, start, high):
            return _match(category, start, stop, dictionary, _RECORD)
        return None


_SAID: Final = Evidence(EvidenceKind.CONTEXT, "somebody")
_RECORD: Final = Evidence(EvidenceKind.CONTEXT, "record")


def _match(category: Category, start: int, end: int, *evidence: Evidence) -> Match:
    form = Evidence(EvidenceKind.PATTERN)
    return Match(
        start, end, category, score(form, *evidence), f"special_care.{category.lower()}/2", (form, *evidence)
    )


def _value(value: str, end: int) -> tuple[int, int] | None:
    """Return the bounds of a field's value: behind a mark, or behind blanks when it is a plain answer."""
    mark = _MARK.match(value, end, end + 10)
    joint = mark or _BLANK.match(value, end, end + 10)
    if joint is None:
        return None
    found = _VALUE.match(value, joint.end(), joint.end() + 40)
    if found is None:
        return None
    start, stop = found.span()
    if value.startswith(":", stop):
        stop = start + max(0, value[start:stop].rfind(" "))  # the last word names the next field
    if mark is None:
        blank = value.find(" ", start, stop)
        stop = stop if blank < 0 else blank
        if not YES.match(value, start, stop) and not re.fullmatch(r"[^ぁ-ん]{2,12}", value[start:stop]):
            return None
    stop = start + len(value[start:stop].rstrip(" ."))
    return (start, stop) if start < stop else None


def _sentence(text: Text, at: int) -> tuple[int, int]:
    """Return the bounds of the sentence around `at`, in its line and near by."""
    low, high = text.line(at)
    low, high = max(low, at - _FAR), min(high, at + _FAR)
    low = max(low, text.value.rfind("。", low, at) + 1)
    stop = text.value.find("。", at, high)
    return low, high if stop < 0 else stop


def _is_said(value: str, low: int, start: int, end: int, high: int) -> bool:
    """Say whether a word for a group [start, end) is said of one of them."""
    if value[end - 1].isascii():
        return _SAID_BEFORE.search(value, low, start) is not None
    return _SAID_BEHIND.match(value, end, high) is not None


def _speaks_of_somebody(text: Text, low: int, start: int, high: int) -> bool:
    """Say whether the sentence [low, high) around a word at `start` tells of somebody whom it befell."""
    rule = _RULE.search(text.value, low, high) is not None
    for match in _within(text, _PERSON, low, high):
        told = match.start < start or not rule
        if told and not _HANDLES.match(text.value, match.end, match.end + 12):
            head = text.value[max(low, match.start - 10) : match.start]
            if not _HANDLED_BY.search(head):
                return True
    if rule:
        return False
    others = _IDENTIFYING - _PERSON
    return _is_within(text, others, low, high) or _SOMEBODY.search(text.value, low, high) is not None


def _is_remark(text: Text, low: int, start: int, high: int) -> bool:
    """Say whether a word at `start` stands in a remark 「特記事項：…」 of a record that names somebody."""
    line = text.line(start)[0]
    if not _REMARK.match(text.value, line, start) or _RULE.search(text.value, low, high):
        return False
    return any(
        reason.kind in (EvidenceKind.LABEL, EvidenceKind.COLUMN) and _NAMED.search(reason.detail)
        for match in _within(text, _PERSON, max(0, start - _ABOVE), line)
        for reason in match.evidence
    )


def _stands_beside(text: Text, start: int, end: int) -> bool:
    """Say whether a name stands directly before or behind [start, end)."""
    for match in _within(text, _PERSON, max(0, start - 24), end + 3):
        between = text.value[match.end : start] if match.end <= start else text.value[end : match.start]
        if re.fullmatch(r"(?:\([0-9]{1,2}\))?[ :]{0,2}", between):
            return True
    return False


def _is_record(text: Text, at: int) -> bool:
    return _is_within(text, _IDENTIFYING, max(0, at - _ABOVE), at + _BELOW)


def _is_within(text: Text, categories: frozenset[Category], start: int, end: int) -> bool:
    return next(_within(text, categories, start, end), None) is not None


def _within(text: Text, categories: frozenset[Category], start: int, end: int) -> Iterator[Match]:
    """Yield the matches of `categories` that begin in [start, end)."""
    matches = text.matches
    index = bisect_left(matches, start, key=lambda match: match.start)
    while index < len(matches) and matches[index].start < end:
        if matches[index].category in categories:
            yield matches[index]
        index += 1
