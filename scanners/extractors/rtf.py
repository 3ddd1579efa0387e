"""RTF: an own tokenizer that follows fonts, code pages and Unicode; every destination with text is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.passages import Passages
from scanners.extractors.rtf_objects import (
    digits,
    embedded_object,
    from_digits,
    group_end,
    picture,
    picture_kind,
)
from scanners.extractors.rtf_pages import Pages
from scanners.extractors.rtf_shortcuts import behind_group, behind_ordinary
from scanners.extractors.rtf_state import State, Story
from scanners.extractors.rtf_tokens import (
    BACKSLASH,
    BETWEEN,
    BLANK,
    BYTES,
    CLOSE,
    FIRST_LAYOUT,
    HREF,
    LAYOUT,
    OPEN,
    WORD,
)
from scanners.extractors.rtf_words import (
    CAPTURED,
    ENTERED,
    PARAGRAPHS,
    PROPERTIES,
    SETTINGS,
    SKIPPED,
    SPOKEN,
    STORIES,
    SYMBOLS,
    WRITTEN,
)
from scanners.extractors.word_binary import joined
from scanners.extractors.word_fields import from_code
from scanners.model import Gap, Reason, TextSegment

_LARGEST = 256 << 20
_DEEPEST = 20_000
_FIRST_DIGITS = 64  # of a picture: what tells its kind
_SEEN = frozenset({"", "upr"})  # left out, but what is in their groups counts
_HEXADECIMAL = frozenset({"pict", "objdata"})
_DESCRIBED = frozenset({"wzDescription", "gtextUNICODE", "wzTooltip", "pihlShape"})


class _Reader:
    """Reads one document; its parts come out as they end."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        self._pages = Pages()
        self._raw = bytearray()
        self._skip = 0
        self._state = State(Story(Passages("body")))
        self._stack: list[State] = []
        self._numbers: dict[str, int] = {}
        self._properties: list[str] = []
        self._people: dict[str, None] = {}
        self._shape_name = ""
        self._property_name = ""
        self._out: list[Extracted] = []  # what ended since the last was handed over
        self._left = 0  # bytes behind the outermost group
        self._deleted_at = -1  # how long the line was when the last deletion came

    def read(self) -> Iterator[Extracted]:
        """Yield all parts."""
        data, position, end, out = self._data, 0, len(self._data), self._out
        body = self._state.story
        while position < end:
            mark = data[position]
            if mark == BACKSLASH:
                position = self._backslash(position)
            elif mark == OPEN:
                position = self._opened(position + 1)
            elif mark == CLOSE:
                position += 1
                if self._stack:
                    self._close()
                    if not self._stack:
                        position = self._behind(position)
            else:
                begins, position = position, self._pages.text_end(data, position, self._state.page)
                if written := data[begins:position].translate(None, BETWEEN):
                    self._bytes(written)
            if out:
                yield from out
                out.clear()
        yield from self._end(body)

    def _opened(self, position: int) -> int:
        """Take a group's begin, layout and text; the whole group where that is all."""
        data = self._data
        layout = FIRST_LAYOUT.match(data, position)
        if layout:
            position = layout.end()
        elif self._stack and not self._state.skip and (behind := behind_group(data, position)):
            self._flush()
            self._skip = 0
            return behind
        page = self._pages.of_font(int(layout[1])) if layout and layout[1] else self._state.page
        begins, position = position, self._pages.text_end(data, position, page)
        written = data[begins:position].translate(None, BETWEEN)
        if position > begins and self._stack and data[position : position + 1] == b"}":
            self._only_text(written, page)
            return position + 1
        self._open()
        if layout:
            self._state.fresh = False
            self._state.page = page
        if written:
            self._bytes(written)
        return position

    def _behind(self, position: int) -> int:
        """Return where reading goes on behind the outermost group: there may be another document, or more."""
        self._out.extend(self._state.story.paragraph() if self._state.story.line else ())
        behind = BLANK.match(self._data, position)
        position = behind.end() if behind else position
        if position < len(self._data) and not self._data.startswith(b"{\\rtf", position):
            self._left = self._left or len(self._data) - position
        return position

    def _only_text(self, written: bytes, page: int) -> None:
        """Take a group of nothing but text: what held before it holds after it."""
        self._flush()
        state, self._skip = self._state, 0
        state.page, before = page, state.page
        if written and not (state.skip or state.ordinary):
            self._raw += written
            self._flush()
        state.page = before

    def _set_font(self, layout: re.Match[bytes]) -> None:
        if layout[1]:
            self._flush()
            self._setting("f", int(layout[1]))

    def _backslash(self, position: int) -> int:
        """Take a control word, bytes in hexadecimal or a symbol; return where reading goes on."""
        data = self._data
        match = WORD.match(data, position)
        if match is None:
            if written := BYTES.match(data, position):
                self._bytes(bytes.fromhex(written[0].replace(b"\\'", b"").decode("ascii")))
                return written.end()
            if position + 1 < len(data):
                self._symbol(data[position + 1 : position + 2])
            return position + 2
        position = match.end()
        word, number = match[1].decode("ascii"), int(match[2]) if match[2] else None
        if word == "bin":
            position += max(0, number or 0)
        elif self._state.fresh:
            self._state.fresh = False
            if self._destination(word, starred=self._state.starred):
                position = self._past(position)
            else:
                self._word(word, number)
        elif self._skip or word in SPOKEN:
            self._word(word, number)
        elif word in SETTINGS:
            self._flush()
            self._setting(word, number)
            if word == "htmlrtf" and self._state.ordinary and (behind := behind_ordinary(data, position)):
                self._state.ordinary = False
                position = behind
        if not (self._state.fresh or self._skip) and (layout := LAYOUT.match(data, position)):
            position = layout.end()
            self._set_font(layout)
        return position

    def _past(self, position: int) -> int:
        """Return where reading goes on: behind a group that is left out, or that holds only digits."""
        state = self._state
        if state.name == "fonttbl":
            end = group_end(self._data, position)
            self._pages.fonts(self._data, position, end)
            return end
        if state.skip and state.name not in _SEEN:
            return group_end(self._data, position)
        if state.name in _HEXADECIMAL and state.capture is not None:
            end = group_end(self._data, position)
            state.capture.append(digits(self._data[position:end]))
            return end
        return position

    def _end(self, body: Story) -> Iterator[Extracted]:
        left = len(self._stack)
        while self._stack:
            self._close()
        yield from self._out
        self._flush()
        yield from body.end()
        if self._properties:
            yield TextSegment("\n".join(self._properties), "properties")
        if self._people:
            people = "\n".join(f"Author: {name}" for name in self._people)
            yield TextSegment(people, "authors of comments and changes")
        if self._left:
            yield Gap(Reason.DAMAGED, f"{self._left} bytes behind the document's end, read as text")
        if left:
            yield Gap(Reason.DAMAGED, f"{left} groups without their end")
        if self._pages.damaged:
            yield Gap(Reason.UNDECODABLE, f"{self._pages.damaged} characters")

    # text

    def _bytes(self, data: bytes) -> None:
        state = self._state
        state.fresh = False
        if state.skip or state.ordinary:
            return
        if self._skip:
            dropped = min(self._skip, len(data))
            self._skip -= dropped
            data = data[dropped:]
        self._raw += data

    def _flush(self) -> None:
        if not self._raw:
            return
        raw, self._raw = bytes(self._raw), bytearray()
        page = self._state.page
        self._add(raw.decode("ascii") if raw.isascii() else self._pages.decoded(raw, page))

    def _add(self, text: str) -> None:
        state = self._state
        if state.skip or state.ordinary or not text:
            return
        if state.capture is not None:
            state.capture.append(text)
        elif state.deleted:
            aside = state.story.aside.deleted
            if aside and len(state.story.line) == self._deleted_at:
                aside[-1].append(text)
            else:
                aside.append([text])
            self._deleted_at = len(state.story.line)
        else:
            state.story.line.append(text)

    # groups

    def _open(self) -> None:
        self._flush()
        self._skip = 0
        if len(self._stack) >= _DEEPEST:
            raise ExtractionError(Gap(Reason.TOO_DEEP, f"more than {_DEEPEST} groups in each other"))
        self._stack.append(self._state)
        self._state = self._state.inner()

    def _close(self) -> None:
        self._flush()
        self._skip = 0
        ended, self._state = self._state, self._stack.pop()
        if not ended.name or ended.skip:
            return
        if ended.name in STORIES:
            self._out.extend(ended.story.end())
        elif ended.capture is not None and ended.name in CAPTURED:
            self._captured(ended.name, "".join(ended.capture))

    def _captured(self, name: str, text: str) -> None:
        story = self._state.story
        if name == "fldinst":
            self._add(from_code(joined(text), story.aside))
        elif name == "pict":
            if kind := picture_kind(from_digits(text[:_FIRST_DIGITS])):
                self._counted(picture(from_digits(text), f"{self._numbered('picture')}.{kind}"))
        elif name == "objdata":
            self._counted(embedded_object(from_digits(text), self._numbered("object")))
        elif name == "htmltag":
            story.aside.links.extend(link.removeprefix("mailto:") for link in HREF.findall(joined(text)))
        elif name == "sn":
            self._shape_name = text.strip()
        elif name == "propname":
            self._property_name = joined(text).strip()
        elif name == "revtbl":
            self._people |= dict.fromkeys(
                each for each in joined(text).split(";") if each not in ("", "Unknown")
            )
        else:
            self._value(name, joined(text).strip())

    def _value(self, name: str, text: str) -> None:
        if not text.strip("?"):
            return
        if name == "atnauthor":
            self._people[text] = None
        elif name == "sv" and self._shape_name in _DESCRIBED:
            self._state.story.aside.fields.append(text)
        elif name in PROPERTIES:
            self._properties.append(f"{PROPERTIES[name]}: {text}")
        elif name in ("staticval", "linkval"):
            self._properties.append(f"{self._property_name}: {text}")
        elif name in WRITTEN:
            self._state.story.aside.fields.append(text)

    def _counted(self, members: Iterator[Member]) -> None:
        for member in members:
            self._budget.member()
            self._budget.spend(member.size)
            self._out.append(member)

    def _numbered(self, sort: str) -> str:
        self._numbers[sort] = number = self._numbers.get(sort, 0) + 1
        return f"{sort} {number}"

    # control words

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._state.starred = True
            return
        if symbol in b"\\{}":
            self._bytes(symbol)
            return
        self._flush()
        if self._skip:
            self._skip -= 1
        elif symbol == b"~":
            self._add(" ")
        elif symbol == b"_":
            self._add("-")
        elif symbol in b"\r\n":
            self._word("par", None)

    def _word(self, word: str, number: int | None) -> None:
        if word == "u" and number is not None:
            self._unicode(number)
            return
        if self._raw:
            self._flush()
        if self._skip:
            self._skip -= 1
        if word in SYMBOLS:
            self._add(SYMBOLS[word])
        elif word in ("par", "cell", "row") or word in PARAGRAPHS:
            self._structure(word)
        else:
            self._setting(word, number)

    def _structure(self, word: str) -> None:
        state = self._state
        if state.skip or state.ordinary:
            return
        if state.capture is not None:
            state.capture.append(" ")
        elif word == "cell":
            state.story.cell()
        elif word == "row":
            self._out.extend(state.story.row())
        else:
            self._out.extend(state.story.paragraph())

    def _destination(self, word: str, *, starred: bool) -> bool:
        """Take the first word of a group; tell whether it was a destination."""
        state = self._state
        if word == "ud" and self._stack and self._stack[-1].name == "upr":
            state.skip, state.name = False, word
            return True
        if state.skip:
            return False
        self._flush()
        if word in SKIPPED:
            state.skip, state.name = True, word
            state.capture = None
        elif word in STORIES:
            number = self._numbers[word] = self._numbers.get(word, 0) + 1
            counted = word in ("footnote", "annotation", "shptxt", "dptxbxtext")
            place = f"{STORIES[word]} {number}" if counted else STORIES[word]
            state.story, state.name, state.capture = Story(Passages(place)), word, None
            state.deleted = False
        elif word in CAPTURED:
            state.capture, state.name = [], word
        elif word == "upr":  # the same twice: only the Unicode form is taken
            state.name, state.skip = word, True
        elif word in ENTERED:
            state.name = word
            if word in ("hlsrc", "hlfr", "hlloc") and state.capture is not None:
                state.capture.append("\n")  # target and shown name of a link
            if word in ("info", "userprops", "formfield"):
                state.capture = []
        elif starred:
            state.skip, state.name = True, word
        else:
            return False
        return True

    def _unicode(self, number: int) -> None:
        self._flush()
        self._add(chr(number & 0xFFFF))
        self._skip = self._state.unicode_skip

    def _setting(self, word: str, number: int | None) -> None:
        state = self._state
        if word == "f" and number is not None:
            state.page = self._pages.of_font(number)
        elif word == "plain":
            state.page = self._pages.of_default_font()
            state.deleted = False
        elif word == "uc" and number is not None:
            state.unicode_skip = max(0, min(number, 8))
        elif word == "deleted":
            state.deleted = number != 0
        elif word == "htmlrtf":
            state.ordinary = number != 0
        elif word == "intbl":
            state.story.in_table = True
        elif word in ("pard", "trowd"):
            state.story.in_table = word == "trowd" and state.story.in_table
        elif word == "ftnalt":
            self._numbers["footnote"] = self._numbers.get("footnote", 1) - 1
            self._numbers["endnote"] = number = self._numbers.get("endnote", 0) + 1
            state.story.passages.place = f"endnote {number}"
        else:
            self._pages.take(word, number)


class Rtf:
    """Everything an RTF document says."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield notes, boxes and headers as they end, then the body and the properties."""
        if size_of(stream) > _LARGEST:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST} bytes"))
        data = stream.read()
        budget.spend(len(data))
        yield from _Reader(data, budget).read()
