"""What is known of a table that is half read, as bytes, without what every worker holds anyway.

A worker opens what another one of the same version told; the parent hands it on as it is.
"""

from __future__ import annotations

import io
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanners.column_rules import RULES
from scanners.examined import Examined, Tools
from scanners.halfway import Teller
from scanners.memory import Half
from scanners.model import Mark, ObjectResult

_FORMAT = 1  # of what is told: other classes, another number


@dataclass(frozen=True, slots=True)
class SoFar:
    """Where reading is, and what is known beside the table itself."""

    mark: Mark
    members: list[ObjectResult]  # of documents in its cells
    taken: Mapping[str, int]  # how often each name of a member was met
    spent: tuple[int, int, int]  # bytes of the source and of what came out of it, members
    met: int  # members, those inside of others too


@dataclass(slots=True)
class _Opened:
    """What a worker told, opened again."""

    so_far: SoFar
    known: Mapping[str, object]
    pieces: list[tuple[Sequence[Any], list[ObjectResult]]] = field(repr=False)


class Begun:
    """The reading of one table: where it began, and how much of what is known was told already."""

    def __init__(self, half: Half, tools: Tools) -> None:
        """Open how far it was read; of another version, or damaged, it was not read at all."""
        self.broke_off = False
        self._anew = True
        self._tools = tools
        self._told = 0  # members
        self._opened = _opened(half, tools)

    @property
    def mark(self) -> Mark | None:
        """The place behind which to go on; None: from the start."""
        return self._opened.so_far.mark if self._opened else None

    def goes_on(self, mark: Mark) -> bool:
        """Tell whether this is where reading goes on: only the first place that comes can be."""
        is_there = self._opened is not None and self._opened.so_far.mark == mark
        self._opened = self._opened if is_there else None
        return is_there

    def restored(self, examined: Examined) -> SoFar:
        """Give an object all that is known; may be called once, where there is a `mark`."""
        if self._opened is None:
            raise ValueError("nothing was read before")
        opened, self._opened = self._opened, None
        examined.go_on(opened.known, [batch for rows, _ in opened.pieces for batch in rows])
        opened.so_far.members.extend(each for _, members in opened.pieces for each in members)
        self._told, self._anew = len(opened.so_far.members), False
        return opened.so_far

    def tell(self, teller: Teller, examined: Examined, so_far: SoFar) -> None:
        """Tell a state, which replaces the one before, and the piece that follows those before."""
        began = time.monotonic()
        known, rows = examined.half()
        fresh = so_far.members[self._told :]
        bare = SoFar(so_far.mark, [], so_far.taken, so_far.spent, so_far.met)
        state, piece = _written((_FORMAT, bare, known), self._tools), pickle.dumps((rows, fresh))
        if teller.tell(state, piece, anew=self._anew, began=began):
            self._told, self._anew = len(so_far.members), False
            examined.told()


def _opened(half: Half, tools: Tools) -> _Opened | None:
    if not half.state:
        return None
    try:
        number, so_far, known = _Reader(io.BytesIO(half.state), tools).load()
        pieces = [pickle.loads(piece) for piece in half.pieces]  # noqa: S301  a worker's own words
    except Exception:  # noqa: BLE001  whatever is wrong with it, the table can be read from its start
        return None
    return _Opened(so_far, known, pieces) if number == _FORMAT else None


def _written(what: object, tools: Tools) -> bytes:
    stream = io.BytesIO()
    _Writer(stream, tools).dump(what)
    return stream.getvalue()


def _shared(tools: Tools) -> Sequence[object]:
    return (tools, tools.analyzer, tools.fingerprinter, tools.places, tools.rules, *RULES)


class _Writer(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, tools: Tools) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        shared = _shared(tools)
        self._numbers = {id(each): number for number, each in enumerate(shared)}
        self._kinds: tuple[type, ...] = tuple({type(each) for each in shared})

    def persistent_id(self, given: object) -> int | None:
        return self._numbers.get(id(given)) if isinstance(given, self._kinds) else None


class _Reader(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, tools: Tools) -> None:
        super().__init__(stream)
        self._shared = _shared(tools)

    def persistent_load(self, number: int) -> object:
        return self._shared[number]
