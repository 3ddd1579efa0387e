"""Names of diseases: a lexicon, and the endings that diseases in Japanese have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, Final

import yaml

from data import read_text

_LEXICON: Final[dict[str, Any]] = yaml.safe_load(read_text("lexicon_medical.yaml"))
SUFFIXES: Final = tuple(sorted(_LEXICON["suffixes"], key=len, reverse=True))
LABELS: Final[frozenset[str]] = frozenset(_LEXICON["labels"])
# Words with such an ending that name no disease.
NOT_DISEASES: Final[frozenset[str]] = frozenset(_LEXICON["not_diseases"])
_STEM: Final = "一-龥々ァ-ヴーⅠ-ⅤⅡA-Z0-9・"
# 「肺癌病変」 ends in no disease: another kanji may only follow as the beginning of a word of its own.
_ENDS: Final = r"(?!(?!疑|術|後|既往|治療|加療|合併|発症|入院|通院|再発|等|他|及)[一-龥々])"
_SUFFIXED: Final = re.compile(rf"[{_STEM}]{{1,16}}(?:{'|'.join(SUFFIXES)}){_ENDS}")
# Everything before the disease in one run of kanji that is no part of its name.
_PREFIX_NOISE: Final = re.compile(
    r"\A(?:既往|既往歴|病名|傷病名|主病名|診断名|診断|入院時|主訴|合併|同|及|他|現病歴)"
)


@cache
def lexicon() -> tuple[frozenset[str], frozenset[str]]:
    """Return the disease names of the lexicon: Japanese ones, and English ones in lower case."""
    japanese = frozenset(name for group in _LEXICON["ja"].values() for name in group)
    english = frozenset(name.lower() for group in _LEXICON["en"].values() for name in group)
    return japanese, english


@cache
def _japanese() -> re.Pattern[str]:
    """Return one expression for all Japanese names, longest first, parted by their first two characters."""
    names: dict[str, dict[str, list[str]]] = {}
    for name in sorted(lexicon()[0], key=len, reverse=True):
        names.setdefault(name[:1], {}).setdefault(name[1:2], []).append(name[2:])
    return re.compile(
        "|".join(
            f"{re.escape(first)}(?:{'|'.join(_behind(second, rests) for second, rests in group.items())})"
            for first, group in names.items()
        )
    )


def _behind(second: str, rests: list[str]) -> str:
    return f"{re.escape(second)}(?:{'|'.join(map(re.escape, rests))})"


@cache
def hints() -> tuple[str, ...]:
    """Return the words of which one stands in every text that names a disease."""
    japanese, english = lexicon()
    kinds = {*_LEXICON["kinds"], *SUFFIXES}
    longer = {word for word in japanese if not word.endswith(tuple(kinds))}
    stems = {*EN_KINDS, *EN_ENDINGS}
    english = frozenset(word for word in english if not any(stem in word for stem in stems))
    findings = {word for word in _LEXICON["findings"] if not word.endswith(tuple(kinds))}
    shortest = {kind for kind in kinds if not any(kind != each and kind.endswith(each) for each in kinds)}
    return tuple(sorted(shortest | longer | english | stems | findings))


_SITES: Final = frozenset(_LEXICON["sites"])
_PARTS: Final = frozenset(_LEXICON["site_parts"])
_PIECES: Final = _SITES | _PARTS | frozenset(_LEXICON["modifiers"])
_LONGEST: Final = max(map(len, _PIECES))
# Kinds before which a name in katakana makes a disease: クローン病, ブルガダ症候群.
_NAMED_AFTER: Final = frozenset(
    {"病", "症候群", "症", "リンパ腫", "肉腫", "腫瘍", "感染症", "麻痺", "骨折", "ヘルニア", "腎炎", "肺炎"}
)
_KATAKANA: Final = re.compile(r"[ァ-ヴー・]{2,12}\Z")
# Behind a disease these speak of an agent, a place, a trade: 肺炎球菌, 糖尿病内科, 骨折り.
_NO_DISEASE: Final = re.compile(
    r"球菌|菌|ウイルス(?!性)|薬|外来|内科|外科|病院|クリニック|センター|教室|学会|学|検診|健診|予防|対策|ワクチン|専門|"
    r"研究|食(?!道)|保険|保障|法|協会|財団|友の会|月間|デー|指導料|管理料|加算|り|院|棟|床|室|理|名|歴|状|気|原|児|弱|変|因|態|識|型"
)
# Parts two diseases of a list, where it parts no name in katakana: 高血圧・脂質異常症.
_LIST_DOT: Final = re.compile(r"(?<![ァ-ヴー])・|・(?![ァ-ヴー])")
_STATE: Final = re.compile(r"後遺症|合併妊娠")


def _alternation(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_KIND: Final = re.compile(_alternation(_LEXICON["kinds"]))
_FINDING: Final = re.compile(
    rf"(?:{_alternation(_LEXICON['finding_modifiers'])}){{0,3}}(?:{_alternation(_LEXICON['findings'])})"
)
_PLAIN_ABBREVIATIONS: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_alternation(_LEXICON['abbreviations']['plain'])})(?![A-Za-z0-9-])"
)
ABBREVIATIONS: Final = tuple(word for group in _LEXICON["abbreviations"].values() for word in group)
_ABBREVIATIONS: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{_alternation(ABBREVIATIONS)})(?![A-Za-z0-9-])")
EN_KINDS: Final = frozenset(_LEXICON["english_kinds"])
EN_ENDINGS: Final = tuple(_LEXICON["english_endings"])
_EN_KIND: Final = re.compile(rf"(?:{'|'.join(EN_KINDS)})s?|[a-z]{{3,18}}(?:{'|'.join(EN_ENDINGS)})s?")
_EN_NO_DISEASE: Final = frozenset(_LEXICON["english_no_disease"])
_EN_SITES: Final = frozenset(_LEXICON["english_sites"])
_EN_MODIFIERS: Final = frozenset(_LEXICON["english_modifiers"])
_EN_BEFORE: Final = re.compile(r"(?:(?<=[^A-Za-z0-9])|\A)([A-Za-z0-9'-]+) \Z")
_ENGLISH_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9'’-]*")


@cache
def _english() -> dict[str, tuple[str, ...]]:
    """Return the English names by their first word, longest first: an alternation of all is slow."""
    names: dict[str, list[str]] = {}
    for name in sorted(lexicon()[1], key=len, reverse=True):
        names.setdefault(name.split(" ")[0], []).append(name)
    return {word: tuple(group) for word, group in names.items()}


def _english_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    names = _english()
    for word in _ENGLISH_WORD.finditer(text, start, end):
        lowered = word.group().lower()
        group = names.get(lowered)
        if group is not None:
            following = text[word.start() : min(end, word.start() + 60)].lower()
            for name in group:
                if following.startswith(name) and not following[len(name) : len(name) + 1].isalpha():
                    yield _english_beginning(text, word.start(), start)[0], word.start() + len(name)
                    break
        if _EN_KIND.fullmatch(lowered) and lowered not in _EN_NO_DISEASE:
            low, is_founded = _english_beginning(text, word.start(), start)
            if is_founded or lowered.removesuffix("s") not in EN_KINDS:
                yield low, word.end()


def _english_beginning(text: str, at: int, floor: int) -> tuple[int, bool]:
    """Go back over the words that say where, how and how badly; say whether there were any that name it."""
    is_founded = False
    while (before := _EN_BEFORE.search(text, max(floor, at - 24), at)) is not None:
        word = before.group(1).lower()
        if word not in _EN_SITES and word not in _EN_MODIFIERS:
            break
        is_founded = is_founded or word in _EN_SITES
        at = before.start(1)
    return at, is_founded


def diseases(text: str, start: int, end: int, *, suffixes: bool) -> list[tuple[int, int]]:
    """Return the bounds of the disease names in text[start:end], ordered, not overlapping.

    With `suffixes` unknown words that end like a disease count too.
    """
    found = [
        (_beginning(text, match.start(), start), _ending(text, match.end(), end))
        for match in _japanese().finditer(text, start, end)
        if not _NO_DISEASE.match(text, match.end(), end)
    ]
    found += _composed(text, start, end)
    found += _english_spans(text, start, end)
    if suffixes:
        for match in _SUFFIXED.finditer(text, start, end):
            noise = _PREFIX_NOISE.match(match.group())
            low = match.start() + (noise.end() if noise else 0)
            for dot in _LIST_DOT.finditer(text, low, match.end()):
                low = dot.end()
            if text[low : match.end()] not in NOT_DISEASES and match.end() - low > 1:
                found.append((low, match.end()))
    return _merged(found)


def abbreviations(text: str, start: int, end: int, *, short: bool) -> list[tuple[int, int]]:
    """Return the bounds of abbreviated diseases (HT, DM, COPD): only a record means them so."""
    pattern = _ABBREVIATIONS if short else _PLAIN_ABBREVIATIONS
    return [match.span() for match in pattern.finditer(text, start, end)]


def findings(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the bounds of what an image shows (結節影, 胸水) with the words before that belong to it."""
    return _merged(
        [
            (_beginning(text, match.start(), start), match.end())
            for match in _FINDING.finditer(text, start, end)
        ]
    )


def _merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for span in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
        elif span[1] > kept[-1][1]:
            kept[-1] = (kept[-1][0], span[1])
    return kept


def _composed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield names made of a site and a kind: 左 + 橈骨 + 遠位端 + 骨折; クローン + 病."""
    for kind in _KIND.finditer(text, start, end):
        low, is_founded = _walked(text, kind.start(), start)
        if low == kind.start() and kind.group() in _NAMED_AFTER:
            name = _KATAKANA.search(text[max(start, low - 12) : low])
            if name is not None:
                low, is_founded = low - len(name.group()), True
        if not is_founded or text[low : kind.end()] in NOT_DISEASES:
            continue
        if not _NO_DISEASE.match(text, kind.end(), end):
            yield low, _ending(text, kind.end(), end)


def _walked(text: str, at: int, floor: int) -> tuple[int, bool]:
    """Go back from `at` over sites, their parts and modifiers; say whether a site was among them."""
    begin, has_site = at, False
    while at > floor:
        for length in range(min(_LONGEST, at - floor), 0, -1):
            piece = text[at - length : at]
            if piece in _PIECES:
                break
        else:
            break
        at -= length
        if piece not in _PARTS:
            begin = at
            has_site = has_site or piece in _SITES
    return begin, has_site


def _beginning(text: str, start: int, floor: int) -> int:
    """Take 右, 急性 and the like in front of a known disease into its name."""
    return _walked(text, start, max(floor, start - 16))[0]


def _ending(text: str, end: int, limit: int) -> int:
    """Take what names a state after the disease into its name: 脳梗塞後遺症."""
    after = _STATE.match(text, end, limit)
    return after.end() if after else end


@lru_cache(maxsize=20_000)
def is_disease(value: str) -> bool:
    """Return True when a whole normalised cell names diseases and little else."""
    text = value.strip()
    spans = diseases(text, 0, len(text), suffixes=True)
    spans = _merged([*spans, *abbreviations(text, 0, len(text), short=True)])
    return sum(end - start for start, end in spans) * 2 >= len(text) > 0
