"""Code pages of an RTF document: its own, its fonts', and how bytes in them become text."""

from __future__ import annotations

from scanners.encodings import Decoded, decode
from scanners.extractors.office_properties import code_page_text
from scanners.extractors.rtf_tokens import FONTS, TEXT
from scanners.extractors.rtf_words import CODE_PAGES

_OWN = {"mac": 10000, "pc": 437, "pca": 850}
_DOUBLE = frozenset({932, 936, 949, 950, 1361})
_LEADS = bytes((*range(0x81, 0xA0), *range(0xE0, 0xFD)))  # of CP932; the others' go from 81 to FE
_WIDER_LEADS = bytes(range(0x81, 0xFF))


class Pages:
    """Which code page is in force where; counts what could not be decoded."""

    def __init__(self) -> None:
        self.damaged = 0
        self._document = 1252
        self._named = False
        self._fonts: dict[int, int] = {}
        self._default_font = -1
        self._font = -1  # in the font table: the one described

    def of_font(self, number: int) -> int:
        """Return a font's code page, 0 for the document's own, and take what follows as said of this font."""
        self._font = number
        return self._fonts.get(number, 0)

    def of_default_font(self) -> int:
        """Return the code page of text that no font was chosen for."""
        return self._fonts.get(self._default_font, 0)

    def fonts(self, data: bytes, position: int, end: int) -> None:
        """Take a table of fonts."""
        for word, number in FONTS.findall(data, position, end):
            if word == b"f":
                self._font = int(number)
            else:
                self.take("cpg" if word == b"cpg" else "fcharset", int(number))

    def take(self, word: str, number: int | None) -> None:
        """Take a word that sets the document's page, its default font or a font's page."""
        if word in _OWN:
            self._document = _OWN[word]
        elif number is None:
            return
        elif word == "fcharset":
            self._fonts[self._font] = CODE_PAGES.get(number, 0)
        elif word == "cpg":
            self._fonts[self._font] = number
        elif word == "deff":
            self._default_font = number
        elif word == "ansicpg" and number:
            self._document, self._named = number, True

    def text_end(self, data: bytes, position: int, page: int) -> int:
        """Return where a text ends that stands in the file as it is; `position` itself where none begins.

        In a page of two bytes a character the second byte of one may look like a brace or a backslash.
        """
        text = TEXT.match(data, position)
        end = text.end() if text else position
        if end == position or data[end - 1] < 0x81 or end == len(data):
            return end
        double = page or self._document
        if double not in _DOUBLE and self._document not in _DOUBLE:
            return end
        leads = _LEADS if 932 in (double, self._document) else _WIDER_LEADS
        while end < len(data) and 0x40 <= data[end] <= 0x7E and _cut(data[position:end], leads):
            position = end + 1
            text = TEXT.match(data, position)
            end = text.end() if text else position
        return end

    def decoded(self, raw: bytes, page: int) -> str:
        """Return text in a page; 0 is the document's own."""
        page = page or self._document
        if page == 1252 and self._document in _DOUBLE:
            try:
                text = raw.decode(f"cp{self._document}")
            except UnicodeDecodeError:
                text = ""
            if text and not any("\uff61" <= character <= "\uff9f" for character in text):
                return text
        if page in (1252, 0) and not self._named:
            decoded = decode(raw)
            if isinstance(decoded, Decoded) and decoded.encoding in ("cp932", "utf-8", "euc_jp"):
                return decoded.text
        text = raw.decode("cp1252", "replace") if page == 1252 else code_page_text(raw, page)
        self.damaged += text.count("\ufffd")
        return text


def _cut(raw: bytes, leads: bytes) -> bool:
    """Tell whether the last byte is the first of a character of two."""
    if (len(raw) - len(raw.rstrip(leads))) % 2 == 0:
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
