"""Reads rule files: everything is checked before any of it is believed, and every refusal names its line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from scanners.detection import DetectorAnalyzer
from scanners.detectors.foreign import FOREIGN_LABELS
from scanners.detectors.table import pattern_detectors, text_detectors
from scanners.errors import RuleError
from scanners.fingerprint import FINGERPRINT_BYTES
from scanners.model import Category
from scanners.normalise import normalise
from scanners.rules import expressions
from scanners.rules.model import Allow, Cases, CustomPattern, Example, Place, RuleSet
from scanners.rules.patterns import CHECK_DIGITS, CustomDetector
from scanners.rules.reading import Value, category, read

SECTIONS = ("patterns", "labels", "cases", "thresholds", "allow")
MAX_PATTERNS = 200
MAX_LABELS = 1_000
LONGEST_ALLOWANCE = timedelta(days=3 * 366)  # after that somebody must look again
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PATTERN_FIELDS = (
    *("id", "category", "expression", "version", "labels", "label_required", "check_digit", "score"),
    *("found", "rejected"),
)
_ALLOW_FIELDS = ("id", "category", "fingerprint", "pattern", "path", "owner", "expires", "reason")
_DEFAULT_SCORE = 0.6


def load(text: str, name: str, today: date) -> RuleSet:
    """Return the rules of one file; pure.

    `name` is what messages call the file, `today` decides which allowances have expired. Examples of
    patterns are tried out. Raises `RuleError` naming file and line.
    """
    root = read(text, name)
    if root is None:
        return RuleSet()
    sections = root.fields(SECTIONS)
    patterns, labels = _patterns(sections.get("patterns")), _labels(sections.get("labels"))
    thresholds, allows = _thresholds(sections.get("thresholds")), _allows(sections.get("allow"), today)
    given = (
        *((f"pattern {each.id!r}", each.place) for each in patterns),
        *((f"label {word!r}", place) for word, (_, place) in labels.items()),
        *((f"threshold {each.value!r}", place) for each, (_, place) in thresholds.items()),
        *((f"allowance {each.id!r}", each.place) for each in allows),
    )
    _once(given)
    for each in patterns:
        _try_out(each)
    return RuleSet(
        patterns=patterns,
        labels=tuple((meant, word) for word, (meant, _) in labels.items()),
        thresholds={each: least for each, (least, _) in thresholds.items()},
        cases=_cases(sections.get("cases")),
        allows=tuple(each for each in allows if each.expires >= today),
        expired=tuple(each for each in allows if each.expires < today),
        given=given,
    )


def joined(sets: Iterable[RuleSet]) -> RuleSet:
    """Return the rules of several files as one; raises `RuleError` when something is given in two of them."""
    parts = list(sets)
    whole = RuleSet(
        patterns=tuple(each for part in parts for each in part.patterns),
        labels=tuple(each for part in parts for each in part.labels),
        thresholds={key: value for part in parts for key, value in part.thresholds.items()},
        cases=tuple(each for part in parts for each in part.cases),
        allows=tuple(each for part in parts for each in part.allows),
        expired=tuple(each for part in parts for each in part.expired),
        given=tuple(each for part in parts for each in part.given),
    )
    _once(whole.given)
    if len(whole.patterns) > MAX_PATTERNS:
        place = whole.patterns[MAX_PATTERNS].place
        raise RuleError(f"{place}: {MAX_PATTERNS} patterns are the most; {len(whole.patterns)} are given")
    return whole


def _once(given: Iterable[tuple[str, Place]]) -> None:
    seen: dict[str, Place] = {}
    for name, place in given:
        if name in seen:
            raise RuleError(f"{place}: the {name} is already given at {seen[name]}")
        seen[name] = place


def _identifier(value: Value) -> str:
    written = value.text()
    if not _ID.fullmatch(written):
        raise value.error("must be lower-case letters, digits and '_' (at most 40), a letter first")
    return written


def _patterns(section: Value | None) -> tuple[CustomPattern, ...]:
    if section is None:
        return ()
    return tuple(_pattern(each) for each in section.items())


def _pattern(value: Value) -> CustomPattern:
    fields = value.fields(_PATTERN_FIELDS, ("id", "category", "expression", "found", "rejected"))
    expression = fields["expression"].text(expressions.MAX_CHARACTERS)
    try:
        expressions.check(expression)
    except expressions.Refused as refusal:
        raise fields["expression"].error(f"{expression[:60]!r} {refusal}") from None
    labels = tuple(_word(each) for each in fields["labels"].items()) if "labels" in fields else ()
    required = fields["label_required"].flag() if "label_required" in fields else False
    if required and not labels:
        raise fields["label_required"].error("a label is required, but no labels are given")
    digit = fields["check_digit"].text() if "check_digit" in fields else ""
    if digit and digit not in CHECK_DIGITS:
        raise fields["check_digit"].error(
            f"there is no check digit {digit!r}; known are {', '.join(CHECK_DIGITS)}"
        )
    examples = (*_found(fields["found"]), *_rejected(fields["rejected"]))
    return CustomPattern(
        id=_identifier(fields["id"]),
        category=fields["category"].category(),
        expression=expression,
        version=fields["version"].integer() if "version" in fields else 1,
        labels=labels,
        label_required=required,
        check_digit=digit,
        score=fields["score"].share() if "score" in fields else _DEFAULT_SCORE,
        examples=examples,
        place=value.place,
    )


def _try_out(rule: CustomPattern) -> None:
    """Raise `RuleError` when a pattern alone does not do to its examples what they say."""
    analyzer = DetectorAnalyzer([CustomDetector(rule)], ())
    for example in rule.examples:
        found = tuple(example.text[match.start : match.end] for match in analyzer.text(example.text))
        if found != example.values:
            expected = f"{list(example.values)} should be found" if example.values else "nothing should be"
            raise RuleError(f"{example.place}: pattern {rule.id!r}: {expected}, but {list(found)} was")


def _found(section: Value) -> list[Example]:
    examples = []
    for each in section.items():
        fields = each.fields(("text", "values"), ("text", "values"))
        text = fields["text"].text(2_000)
        values = tuple(value.text() for value in fields["values"].items())
        if not values:
            raise fields["values"].error("is empty; texts without values belong to 'rejected'")
        for value, written in zip(fields["values"].items(), values, strict=True):
            if written not in text:
                raise value.error("does not stand in the text of its example")
        examples.append(Example(text, values, each.place))
    if not examples:
        raise section.error("at least one example is needed")
    return examples


def _rejected(section: Value) -> list[Example]:
    examples = [Example(each.text(2_000), (), each.place) for each in section.items()]
    if not examples:
        raise section.error("at least one example is needed")
    return examples


def _word(value: Value) -> str:
    """Return a label word as normalised text has it."""
    written = normalise(value.text(40)).value.strip()
    if len(written) < 2 or not written.isprintable():
        raise value.error("a label is a word of 2 to 40 characters")
    return written


def _labels(section: Value | None) -> dict[str, tuple[Category, Place]]:
    if section is None:
        return {}
    owners: dict[str, set[Category]] = {}
    for detector in (*pattern_detectors(), *text_detectors()):
        for word in detector.labels:
            owners.setdefault(word, set()).update(detector.categories)
    made: dict[str, tuple[Category, Place]] = {}
    for name, words in section.pairs().items():
        meant = category(words, name)
        for each in words.items():
            word = _word(each)
            if word in FOREIGN_LABELS:
                raise each.error(f"{word!r} is a label of other things (orders, parts, members)")
            known = owners.get(word)
            if known is not None and meant not in known:
                raise each.error(f"{word!r} is already a label of {', '.join(sorted(known))}")
            if known is not None:
                raise each.error(f"{word!r} is a label of {meant.value} without this line")
            if word in made:
                raise each.error(f"{word!r} is already given for {made[word][0].value} at {made[word][1]}")
            made[word] = (meant, each.place)
    if len(made) > MAX_LABELS:
        raise section.error(f"{MAX_LABELS:,} words are the most; {len(made):,} are given")
    return made


def _thresholds(section: Value | None) -> dict[Category, tuple[float, Place]]:
    if section is None:
        return {}
    return {category(value, name): (value.share(), value.place) for name, value in section.pairs().items()}


def _cases(section: Value | None) -> tuple[Cases, ...]:
    if section is None:
        return ()
    known = sorted(each.name for each in (*pattern_detectors(), *text_detectors()))
    made = []
    for name, value in section.pairs().items():
        if name not in known:
            raise value.error(f"there is no detector {name!r}; known are {', '.join(known)}")
        fields = value.fields(("found", "rejected"))
        examples = [
            *(_found(fields["found"]) if "found" in fields else ()),
            *(_rejected(fields["rejected"]) if "rejected" in fields else ()),
        ]
        made.append(Cases(name, tuple(examples), value.place))
    return tuple(made)


def _allows(section: Value | None, today: date) -> tuple[Allow, ...]:
    if section is None:
        return ()
    return tuple(_allow(each, today) for each in section.items())


def _allow(value: Value, today: date) -> Allow:
    fields = value.fields(_ALLOW_FIELDS, ("id", "owner", "expires"))
    if not {"fingerprint", "pattern", "path"} & fields.keys():
        raise value.error("would allow everything; add a fingerprint, a pattern of the value or a path")
    expires = fields["expires"].day()
    if expires > today + LONGEST_ALLOWANCE:
        raise fields["expires"].error("lies more than three years ahead; somebody must look again before")
    return Allow(
        id=_identifier(fields["id"]),
        category=fields["category"].category() if "category" in fields else None,
        fingerprint=_fingerprint(fields["fingerprint"]) if "fingerprint" in fields else None,
        pattern=_value_pattern(fields["pattern"]) if "pattern" in fields else "",
        path=_glob(fields["path"], alone=not {"fingerprint", "pattern"} & fields.keys())
        if "path" in fields
        else "",
        owner=fields["owner"].text(),
        expires=expires,
        reason=fields["reason"].text(500) if "reason" in fields else "",
        place=value.place,
    )


def _fingerprint(value: Value) -> bytes:
    written = value.text()
    if not re.fullmatch(f"[0-9a-f]{{{2 * FINGERPRINT_BYTES}}}", written):
        raise value.error(f"must be the {2 * FINGERPRINT_BYTES} hexadecimal digits that a report shows")
    return bytes.fromhex(written)


def _value_pattern(value: Value) -> str:
    written = value.text(expressions.MAX_CHARACTERS)
    try:
        expressions.check_whole(written)
    except expressions.Refused as refusal:
        raise value.error(f"{written[:60]!r} {refusal}") from None
    return written


def _glob(value: Value, *, alone: bool) -> str:
    written = value.text(500)
    if written.count("*") > 10:
        raise value.error("has more than ten '*'")
    if alone and not re.search(r"[^*?/.\[\]!]{2}", written):
        raise value.error(f"{written!r} covers every place; name a folder or file")
    return written
