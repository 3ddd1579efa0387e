"""Parts of an RTF document that are passed over at once: nothing in them is taken."""

from __future__ import annotations

from scanners.extractors.rtf_objects import group_end
from scanners.extractors.rtf_tokens import COUNTS, FIRST_WORD, HAS_HREF, ORDINARY_ENDS
from scanners.extractors.rtf_words import CAPTURED, ENTERED, SKIPPED, STORIES

_TAG = 64 << 10  # bytes: longer tags are read
_ORDINARY = 200  # bytes: as far as the end of what only lays out is looked for
_KNOWN = frozenset({*STORIES, *CAPTURED, *ENTERED, "upr", "ud", "fonttbl"})


def behind_group(data: bytes, position: int) -> int:
    """Return what is behind the group that began before `position`; 0 where it has to be read."""
    first = FIRST_WORD.match(data, position)
    if first is None:
        return 0
    word = first[2].decode("ascii")
    begins = first.end()
    if word == "htmltag":  # one without groups: those in each other would be searched again and again
        end = data.find(b"}", begins, begins + _TAG)
        if end < 0 or data.find(b"{", begins, end) >= 0 or data[end - 1] == 0x5C:
            return 0
        if HAS_HREF.search(data, begins, end) or data.find(b"\\bin", begins, end) >= 0:
            return 0
    elif (word in SKIPPED and word != "fonttbl") or (first[1] and word not in _KNOWN):
        end = group_end(data, begins)
    else:
        return 0
    return end + 1 if end < len(data) else 0


def behind_ordinary(data: bytes, position: int) -> int:
    r"""Return what is behind the end of \htmlrtf when it only lays out; 0 where it has to be read."""
    ends = ORDINARY_ENDS.search(data, position, position + _ORDINARY)
    return ends.end() if ends and not COUNTS.search(data, position, ends.start()) else 0
