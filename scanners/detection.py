"""The detection pipeline: normalise, one hyperscan pass, judge, resolve overlaps, map back."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from operator import itemgetter
from types import MappingProxyType

from scanners.analysis import TableAnalyzer
from scanners.detectors.calibration import VERSION as CALIBRATION_VERSION
from scanners.detectors.dates import OTHER_DAYS
from scanners.detectors.evidence import weight
from scanners.detectors.foreign import FOREIGN_LABELS
from scanners.detectors.interface import Detector, Nobodys, PatternDetector, TextDetector
from scanners.detectors.table import pattern_detectors, text_detectors
from scanners.layout import Layout
from scanners.matcher import Matcher
from scanners.model import Match
from scanners.names_english.model import VERSION as ENGLISH_VERSION
from scanners.names_english.reader import EnglishReader
from scanners.names_model.gate import NameReader
from scanners.names_model.lexicon import Lexicon
from scanners.names_model.model import VERSION as MODEL_VERSION
from scanners.names_model.model import NameModel
from scanners.normalise import normalise
from scanners.passage import Passage
from scanners.rules.model import RuleSet
from scanners.rules.patterns import SPOKESMAN, CustomDetector
from scanners.windows import WINDOW, windows

_OTHER_THINGS = FOREIGN_LABELS | OTHER_DAYS  # words that announce what is nobody's

_SPAN = itemgetter(0, 1)


def _rules_version() -> str:
    detectors: list[Detector] = [*pattern_detectors(), *text_detectors()]
    names = sorted(f"{detector.name}/{detector.version}" for detector in detectors)
    parts = (*names, MODEL_VERSION, ENGLISH_VERSION, CALIBRATION_VERSION)
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()[:16]


RULES_VERSION: str = _rules_version()


def rules_version(rules: RuleSet) -> str:
    """Return the version of all detectors together with a workspace's own rules."""
    return f"{RULES_VERSION}+{rules.digest}" if rules.digest else RULES_VERSION


class DetectorAnalyzer:
    """All detectors behind one database; an `Analyzer` and a `CellAnalyzer`. One per thread."""

    def __init__(
        self,
        fast: Sequence[PatternDetector],
        slow: Sequence[TextDetector],
        aliases: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Take the detectors, and label words that stand in for a word of theirs."""
        self._fast = tuple(fast)
        self._slow = tuple(slow)
        labels: dict[str, frozenset[int]] = dict.fromkeys(_OTHER_THINGS, frozenset())
        detectors: list[Detector] = [*self._fast, *self._slow]
        for index, detector in enumerate(detectors):
            for word in detector.labels:
                labels[word] = labels.get(word, frozenset()) | {index}
        for word, meant in aliases.items():
            labels.setdefault(word, labels.get(meant, frozenset()))
        patterns = [
            (index, pattern) for index, detector in enumerate(self._fast) for pattern in detector.patterns
        ]
        strong = _OTHER_THINGS.union(*(detector.labels for detector in self._fast))
        self._weak = frozenset(labels) - strong - frozenset(aliases)
        self._matcher = Matcher(patterns, labels, meanings=aliases, weak=self._weak)

    def text(self, text: str) -> list[Match]:
        """Return the non-overlapping matches of a text of any length, ordered by start (code points)."""
        if len(text) <= WINDOW:
            return self._placed(text, 0)
        kept: list[Match] = []
        for window in windows(text):
            matches = self._placed(window.text, window.offset)
            kept += [match for match in matches if window.start <= match.start < window.end]
        return resolve(kept)

    def _placed(self, text: str, offset: int) -> list[Match]:
        """Return the matches of a text that stands at `offset` in a longer one, placed there."""
        normal = normalise(text)
        matches = self._matches(normal.value, None)
        if not normal.changes and not offset:
            return matches
        spans = normal.originals([match.start for match in matches], [match.end for match in matches])
        placed = [
            Match(start + offset, end + offset, *match[2:])
            for match, (start, end) in zip(matches, spans, strict=True)
        ]
        # Only matches that end and begin within one character of the original come to overlap
        if any(end > start for (_, end), (start, _) in pairwise(spans)):
            return resolve(placed)
        return placed

    def table(
        self,
        table: str,
        header: Sequence[str] | None,
        first_column: int,
        comments: Sequence[str] = (),
    ) -> TableAnalyzer:
        """Return an analyzer for one table; `header` is None when the first row is data.

        `comments` say what the columns hold, where their names do not.
        """
        from scanners.columns import ColumnTyper  # reads dictionaries that text alone never needs

        return ColumnTyper(self, table, header, first_column, comments)

    def cells(self, header: str, values: Sequence[str]) -> list[list[Match]]:
        """Return the matches of every cell; the words of `header` count as label of all of them."""
        # A line break inside a cell would make two cells of one; two breaks part the cells, because a
        # value may hold one.
        lines = [value.replace("\r", " ").replace("\n", " ") for value in values]
        starts = list(accumulate((len(line) + 2 for line in lines), initial=0))
        normal = normalise("\n\n".join(lines))
        cells: list[list[Match]] = [[] for _ in values]
        matches = self._matches(normal.value, header)
        spans = normal.originals([match.start for match in matches], [match.end for match in matches])
        for match, (start, end) in zip(matches, spans, strict=True):
            index = bisect_right(starts, start) - 1
            offset = starts[index]
            if end - offset <= len(lines[index]):
                cells[index].append(Match(start - offset, end - offset, *match[2:]))
        return cells

    def _matches(self, value: str, header: str | None) -> list[Match]:
        words: list[str] = []
        if header is not None:
            title = normalise(header).value
            words = self._matcher.find(title, Layout(title)).labels.words
        layout = Layout(value)
        found = self._matcher.find(value, layout, words)
        passage = Passage(value, found.labels, layout, column=header, header_words=words, weak=self._weak)
        judged = [self._fast[index].judge(hit, passage) for index, hits in found.hits for hit in hits]
        matches = resolve([match for match in judged if isinstance(match, Match)])
        nobodys = [value for value in judged if isinstance(value, Nobodys)]
        if nobodys:
            matches = _apart(matches, sorted(nobodys))
        if not self._slow:
            return matches
        for detector in self._slow:
            # Each sees what those before it found: a disease is somebody's where a name stands nearby.
            passage.matches = matches
            matches = resolve([*matches, *detector.detect(passage)])
        return matches


def resolve(matches: Iterable[Match]) -> list[Match]:
    """Return matches that overlap nowhere, ordered by start: the best score wins, then the longest.

    Takes n log n steps: accepted spans are kept apart in clusters of matches that touch each other.
    """
    kept: list[Match] = []
    cluster: list[Match] = []
    reach = -1
    for match in sorted(matches, key=_SPAN):
        start, end = _SPAN(match)
        if start < reach:
            cluster.append(match)
            reach = max(reach, end)
            continue
        kept.extend(cluster if len(cluster) < 2 else _best(cluster))
        cluster = [match]
        reach = end
    kept.extend(_best(cluster))
    return kept


def _best(cluster: list[Match]) -> list[Match]:
    starts: list[int] = []
    taken: list[Match] = []
    for match in sorted(cluster, key=lambda match: (-weight(match), match.start - match.end, match.start)):
        at = bisect_left(starts, match.start)
        free_before = at == 0 or taken[at - 1].end <= match.start
        free_after = at == len(starts) or starts[at] >= match.end
        if free_before and free_after:
            starts.insert(at, match.start)
            taken.insert(at, match)
    return taken


def _apart(matches: Iterable[Match], nobodys: Sequence[Nobodys]) -> list[Match]:
    """Return the matches that overlap none of `nobodys`, which are ordered and overlap nowhere."""
    ends = [value.end for value in nobodys]
    starts = [*(value.start for value in nobodys), float("inf")]
    return [match for match in matches if starts[bisect_right(ends, match.start)] >= match.end]


def analyzer(
    *,
    names: bool = True,
    model: bool = True,
    rules: RuleSet = RuleSet(),  # noqa: B008  frozen
) -> DetectorAnalyzer:
    """Return the analyzer with every detector of the table and a workspace's own rules.

    `names` False leaves the slow detectors out, `model` False only the names models.
    """
    reader = english = None
    if names and model:
        lexicon = Lexicon()
        reader = NameReader(lexicon, NameModel.load(lexicon))
        english = EnglishReader()
    return DetectorAnalyzer(
        (*pattern_detectors(), *(CustomDetector(rule) for rule in rules.patterns)),
        text_detectors(reader, english) if names else (),
        {word: SPOKESMAN[category] for category, word in rules.labels},
    )
