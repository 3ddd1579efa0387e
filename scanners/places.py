"""Names of files, members, sheets and columns are data too: what they tell, and how they may be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote, unquote

from scanners.analysis import Analyzer
from scanners.masking import mask_matches
from scanners.model import Category, Match

SURE = 0.8  # of words: below it an ordinary folder name would be masked beyond recognition
SURE_NUMBER = (
    0.6  # of numbers and addresses of mail: a name has no label beside it that could raise the score
)
_WORDS = frozenset({Category.PERSON, Category.ADDRESS, Category.MEDICAL, Category.MEDICAL_CONTEXT})
_SUFFIX = re.compile(r"\.(?=[A-Za-z0-9]{1,5}$)")
_ANY_SUFFIX = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,6}$")
_UNSAFE = re.compile("[\x00-\x1f\x7f%\ud800-\udfff]")
_REMEMBERED_NAMES = 20_000


class Places:
    """Analyses names, one path component at a time; the same folder is analysed once."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._component = lru_cache(maxsize=_REMEMBERED_NAMES)(self._analysed)

    def matches(self, name: str) -> list[Match]:
        """Return the personal data in a name, ordered and not overlapping; offsets into `name`."""
        found: list[Match] = []
        position = 0
        for component in name.split("/"):
            found += (
                match._replace(start=match.start + position, end=match.end + position)
                for match in self._component(component)
            )
            position += len(component) + 1
        return found

    def masked(self, name: str) -> str:
        """Return a name with the personal data in it masked."""
        return mask_matches(name, self.matches(name))

    def _analysed(self, component: str) -> tuple[Match, ...]:
        # "山田太郎_履歴書.xlsx", "yamada-taro.txt": joiners end words, but hyphens hold numbers together
        stem = _SUFFIX.sub(" ", component).replace("_", " ")
        readings = {component, stem, stem.replace("-", " ")}
        found = [match for text in readings if text.strip() for match in self._analyzer.text(text)]
        chosen: list[Match] = []
        for match in sorted(found, key=lambda match: (-match.score, match.start, -match.end)):
            apart = all(match.end <= other.start or match.start >= other.end for other in chosen)
            if apart and match.score >= (SURE if match.category in _WORDS else SURE_NUMBER):
                chosen.append(match)
        return tuple(sorted(chosen, key=lambda match: match.start))


def shown_uri(uri: str, name: str, matches: Sequence[Match]) -> str:
    """Return the location with its name masked; the same uri when the name holds nothing."""
    if not matches:
        return uri
    masked = mask_matches(name, matches)
    table = _written(name)
    if not uri.startswith("file:") and uri.endswith(table):  # tables are named as they are
        return uri[: len(uri) - len(table)] + _written(masked)
    for written in (quote(name, safe="/!$&'()*+,;=:@~"), name):
        if uri.endswith(written):
            return uri[: len(uri) - len(written)] + quote(masked, safe="/!$&'()*+,;=:@~●")
    # a name whose bytes are no text: its place is found by counting folders from the end
    kept = uri.split("/")[: -1 - name.count("/")]
    return "/".join([*kept, quote(masked, safe="/!$&'()*+,;=:@~●")])


def member_uri(outer: str, name: str) -> str:
    """Return the location of an object inside another: `outer!inner`, control characters and `%` escaped.

    Who decodes the whole location once gets the name as it is, also of a member that is called `a%20b`.
    """
    return f"{outer}!{_written(name)}"


def stem_of(uri: str) -> str:
    """Return the last name of a location without its last suffix: what `list.csv.gz` holds is `list.csv`."""
    last = unquote(re.split("[/!]", uri)[-1], errors="replace")
    return _ANY_SUFFIX.sub("", last) or last


def _written(name: str) -> str:
    return _UNSAFE.sub(lambda found: quote(found.group(), errors="replace"), name)


def name_of(uri: str) -> str:
    """Return the path of a uri as text: the name of a place that could only be listed."""
    return unquote(uri.partition("://")[2], errors="replace")
