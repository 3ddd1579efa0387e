"""Fields of Word files, binary and RTF: what their codes hold that a person would read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scanners.extractors.word_binary import joined

_RUBY = re.compile(
    r"\\o\s*(?:\\a[a-z]\s*)?\(\s*\\s\s*\\up\s*\d*\s*\((?P<reading>.*?)\)\s*[,;、]\s*(?P<base>.*)\)\s*$",
    re.DOTALL | re.IGNORECASE,
)
_RUBY_BELOW = re.compile(
    r"\\o\s*(?:\\a[a-z]\s*)?\(\s*(?P<base>[^,;]*)\s*[,;]\s*\\s\s*\\(?:up|do)\s*\d*\s*\((?P<reading>.*?)\)\s*\)\s*$",
    re.DOTALL | re.IGNORECASE,
)
_LONGEST_RUBY = 400  # characters of a code: furigana are short, and these patterns take time
_LINK = re.compile(r"^\s*HYPERLINK\b(.*)$", re.DOTALL | re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"]*)\"")
# Fields that say how something is laid out or counted: their codes hold nothing that was written by a person.
_PLAIN = re.compile(
    r"^\s*(=|PAGE|NUMPAGES|SECTIONPAGES|SECTION|NUMWORDS|NUMCHARS|TOC|TC|PAGEREF|NOTEREF|REF|STYLEREF|SEQ|DATE|"
    r"TIME|CREATEDATE|SAVEDATE|PRINTDATE|EDITTIME|SYMBOL|EQ|INDEX|LISTNUM|FORMTEXT|FORMCHECKBOX|FORMDROPDOWN|"
    r"EMBED|SHAPE|CONTROL|HTMLCONTROL|AUTONUM\w*|ADVANCE|NEXT|MERGEREC|MERGESEQ|FILESIZE|REVNUM|PRIVATE|TITLE|"
    r"AUTHOR|SUBJECT|KEYWORDS|COMMENTS|LASTSAVEDBY|USERNAME)\b|^\s*$",
    re.IGNORECASE,
)
# These set what they name, to a text that was written by a person.
_SETS = re.compile(
    r"^\s*(?:TC|TITLE|AUTHOR|SUBJECT|KEYWORDS|COMMENTS|USERNAME)\s+(?:\"([^\"]*)\"|([^\\\s\"][^\\\"]*))",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Aside:
    """What stands beside a text and must not be read into its lines."""

    furigana: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    deleted: list[list[str]] = field(default_factory=list)  # passages in their pieces

    def taken(self) -> list[tuple[str, str]]:
        """Return each sort with its text, and start anew."""
        sorts = {
            "furigana": self.furigana,
            "links": self.links,
            "fields": self.fields,
            "deleted": ["".join(pieces) for pieces in self.deleted],
        }
        self.furigana, self.links, self.fields, self.deleted = [], [], [], []
        texts = {sort: "\n".join(filter(str.strip, pieces)) for sort, pieces in sorts.items()}
        return [(sort, joined(text)) for sort, text in texts.items() if text]


def from_code(code: str, aside: Aside) -> str:
    """Return what a field's code adds to the line: the base of furigana, else nothing."""
    ruby = (_RUBY.search(code) or _RUBY_BELOW.search(code)) if len(code) <= _LONGEST_RUBY else None
    if ruby:
        aside.furigana.append(ruby["reading"])
        return ruby["base"]
    link = _LINK.match(code)
    if link:
        for target in _QUOTED.findall(link[1]) or [link[1].strip()]:
            aside.links.append(re.sub(r"^(mailto|tel):", "", target, flags=re.IGNORECASE))
    elif given := _SETS.match(code):
        aside.fields.append(given[1] or given[2] or "")
    elif not _PLAIN.match(code):
        aside.fields.append(code.strip())
    elif re.match(r"\s*EQ\b", code, re.IGNORECASE):
        return re.sub(r"\\[a-z]+\d*\s*|[(){}]", " ", code.strip()[2:]).strip()  # a formula or ringed letters
    return ""
