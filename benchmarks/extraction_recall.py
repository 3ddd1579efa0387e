"""What our readers recover, against the words that two independent libraries agree on."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.extraction_readers import INDEPENDENT, Answer, ReaderProcess

ENOUGH_FILES = 5
_WORD = re.compile(r"[぀-ヿ㐀-鿿豈-﫿々]|[^\W_぀-ヿ㐀-鿿豈-﫿々]+")
# Readers of mail print these before the fields themselves; with us they are the place of a text.
_LABELS = {"msg": frozenset({"from", "to", "cc", "bcc", "subject", "date", "sent"})}
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|data:[a-z/]+;base64,[A-Za-z0-9+/=]+|<!--.*?-->", re.DOTALL)


def tokens(text: str) -> set[str]:
    """Words, and each Japanese pair of characters, in one form of width and case."""
    plain = unicodedata.normalize("NFKC", _MARKUP.sub(lambda found: found.group(1) or " ", text)).casefold()
    found: set[str] = set()
    before: re.Match[str] | None = None
    for each in _WORD.finditer(plain):
        word = each.group()
        wide = len(word) == 1 and word > "\u2fff"
        if not wide:
            if len(word) > 1:
                found.add(word)
        elif before is not None and before.end() == each.start() and before.group() > "\u2fff":
            found.add(before.group() + word)
        before = each
    return found


@dataclass(frozen=True, slots=True)
class FileRecall:
    """One file: how many words two libraries agree on, how many of them are ours too."""

    path: Path
    agreed: int
    found: int
    missing: tuple[str, ...]
    error: str

    @property
    def recall(self) -> float:
        """Share of the agreed words that we give."""
        return self.found / self.agreed if self.agreed else 1.0


@dataclass(slots=True)
class FormatRecall:
    """All files of one format."""

    files: list[FileRecall] = field(default_factory=list)
    unjudged: int = 0  # fewer than two libraries read them

    @property
    def recall(self) -> float:
        """Mean over the files."""
        return sum(each.recall for each in self.files) / len(self.files) if self.files else 1.0

    @property
    def recovered(self) -> int:
        """How many give any of the agreed words with us."""
        return sum(each.found > 0 for each in self.files)


def of_file(path: Path, ours: Answer, others: Mapping[str, Answer]) -> FileRecall | None:
    """Compare one file; None when no two libraries agree on a single word of it."""
    seen: Counter[str] = Counter()
    for answer in others.values():
        seen.update(tokens(answer.text))
    # some print the file's name above its text
    agreed = {word for word, readers in seen.items() if readers >= 2} - tokens(path.name)
    agreed -= _LABELS.get(path.suffix.lower()[1:], frozenset())
    if not agreed:
        return None
    mine = tokens(ours.text)
    # a word that we give joined to its neighbour is there all the same
    squeezed = "".join(unicodedata.normalize("NFKC", ours.text).casefold().split())
    missing = sorted(
        word for word in agreed - mine if len(word) < 4 - 2 * (word > "\u2fff") or word not in squeezed
    )
    return FileRecall(path, len(agreed), len(agreed) - len(missing), tuple(missing), ours.error)


def measure(files: Iterable[Path], readers: Mapping[str, ReaderProcess]) -> dict[str, FormatRecall]:
    """Return the recall by format, told by the names of the files, which are theirs who made them."""
    found: dict[str, FormatRecall] = defaultdict(FormatRecall)
    for path in files:
        kind = path.suffix.lower().lstrip(".").replace("htm", "html").replace("htmll", "html")
        peers = {name: readers[name].read(path) for name in INDEPENDENT.get(kind, ())}
        judged = of_file(path, readers["ours"].read(path), peers)
        if judged is None:
            found[kind].unjudged += 1
        else:
            found[kind].files.append(judged)
    return dict(sorted(found.items()))


def table(found: Mapping[str, FormatRecall]) -> Sequence[str]:
    """Return the lines of the table."""
    lines = [f"{'format':8}{'files':>7}{'judged':>8}{'with text':>11}{'recall':>9}{'lowest':>9}"]
    for kind, each in found.items():
        lowest = min((file.recall for file in each.files), default=1.0)
        lines.append(
            f"{kind:8}{len(each.files) + each.unjudged:>7}{len(each.files):>8}{each.recovered:>11}"
            f"{each.recall:>9.3f}{lowest:>9.3f}"
        )
    return lines
