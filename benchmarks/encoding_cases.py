"""Texts in every encoding, made anew from a seed, with what must come out of them.

The cases for development and the held-out ones share neither sentences nor names nor places:
training/encoding_texts.yaml and benchmarks/encoding_texts.yaml.
"""

from __future__ import annotations

import codecs
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {
    "develop": ROOT / "training" / "encoding_texts.yaml",
    "held-out": ROOT / "benchmarks" / "encoding_texts.yaml",
}
# One character in two tables of JIS: either is right.
_SAME = str.maketrans("―∥－～￠￡￢￣¥‾—", "—‖−〜¢£¬‾\\~—")
_DAMAGE = "\ufffd"


@dataclass(frozen=True, slots=True)
class Case:
    """Bytes, what they mean, and what kind of case they are; a text of None: no text at all."""

    group: str
    encoding: str
    data: bytes
    text: str | None

    def right(self, text: str | None, damaged: int) -> bool:
        """Tell whether an answer is exact; U+FFFD in our text stands for a damaged place of 1 to 3 signs."""
        if self.text is None or text is None:
            return self.text is text
        wanted, given = self.text.translate(_SAME), text.translate(_SAME)
        if _DAMAGE not in wanted:
            return wanted == given and not damaged
        parts = [re.escape(part) for part in wanted.split(_DAMAGE)]
        return damaged > 0 and re.fullmatch(f"{_DAMAGE}{{1,3}}".join(parts), given) is not None


@dataclass(frozen=True, slots=True)
class Texts:
    """Makes Japanese texts of the shapes that files have."""

    draw: random.Random
    source: dict[str, Any]

    def words(self, name: str) -> list[str]:
        """Return one list of words."""
        return str(self.source["words"][name]).split("|" if name == "kana" else None)

    def one(self, name: str) -> str:
        """Return one word of a list."""
        return self.draw.choice(self.words(name))

    def name(self) -> str:
        """Return a person's name."""
        return self.one("surnames") + self.draw.choice(("", " ", "　")) + self.one("given")

    def address(self) -> str:
        """Return an address."""
        numbers = [str(self.draw.randint(1, 30)) for _ in range(3)]
        return self.one("towns") + self.draw.choice(("-".join(numbers), f"{numbers[0]}丁目{numbers[1]}番地"))

    def phone(self) -> str:
        """Return a number that nobody has."""
        return f"0{self.draw.randint(3, 9)}-0000-{self.draw.randint(0, 9999):04}"

    def row(self) -> str:
        """Return a line of a table."""
        cells = [str(self.draw.randint(1000, 99999)), self.name(), self.address(), self.phone()]
        return ",".join([*cells[: self.draw.randint(2, 4)], self.one("companies")])

    def sentence(self) -> str:
        """Return a line of prose."""
        return str(self.draw.choice(self.source["ja"]))

    def log(self) -> str:
        """Return a line that is nearly all ASCII."""
        day = f"2026-{self.draw.randint(1, 12):02}-{self.draw.randint(1, 28):02}"
        return self.draw.choice(
            (
                f"{day} 10:{self.draw.randint(10, 59)} INFO user={self.one('surnames')} action=login ok",
                f"    total += price * count  # {self.one('headings')}を足す",
                f"INSERT INTO staff VALUES ({self.draw.randint(1, 999)}, '{self.name()}', NULL);",
                f'<td class="name">{self.name()}</td><td>{self.phone()}</td>',
            )
        )

    def ascii(self) -> str:
        """Return a line of ASCII."""
        return self.draw.choice(
            (
                "for each in range(10): print(each)",
                "2026-04-01 09:00:00 DEBUG connection opened, 3 retries",
                "SELECT id, name FROM staff WHERE id > 100 ORDER BY name;",
                "Content-Type: text/plain",
            )
        )

    def kana(self) -> str:
        """Return a line of a bank's file: half-width kana and figures."""
        bank, amount = self.draw.randint(1000, 9999), self.draw.randint(1, 9_999_999)
        return f"{bank} {self.one('kana')} {self.one('kana')} {amount:010}"

    def marked(self) -> str:
        """Return a line with characters of NEC and IBM."""
        return f"{self.one('marks')}{self.sentence()}{self.one('companies')} {self.name()}{self.one('marks')}"

    def lines(self) -> list[str]:
        """Return a file's lines: names, a table, prose, code, bank data, or one short word."""
        count = self.draw.choice((1, 1, 2, 3, 5, 12, 40, self.draw.randint(50, 300)))
        shape = self.draw.choice(
            ("name", "table", "prose", "prose", "log", "sparse", "kana", "marked", "short")
        )
        match shape:
            case "name":
                return [self.name() for _ in range(count)]
            case "table":
                return [",".join(self.words("headings")[:4]), *(self.row() for _ in range(count))]
            case "prose":
                return [self.sentence() for _ in range(count)]
            case "log":
                return [self.log() for _ in range(max(2, count))]
            case "sparse":
                return [*(self.ascii() for _ in range(count + 5)), self.log(), self.ascii()]
            case "kana":
                return [self.kana() for _ in range(count)]
            case "marked":
                return [self.marked() for _ in range(count)]
            case _:
                return [
                    self.draw.choice(
                        (self.one("headings"), self.one("surnames") + "様", self.one("companies"))
                    )
                ]

    def text(self) -> str:
        """Return a whole file's text, with one or mixed line ends, or none after its last line."""
        end = self.draw.choice(("\n", "\r\n", "\r\n", "\r", "mixed"))
        lines = self.lines()
        if end == "mixed":
            text = "".join(line + self.draw.choice(("\n", "\r\n")) for line in lines)
        else:
            text = end.join(lines) + self.draw.choice((end, ""))
        return text


@cache
def _pair(character: str) -> bytes | None:
    """Return the 7-bit pair of a character by the rows of CP932, NEC's row 13 and IBM's 89-92 included."""
    try:
        data = character.encode("cp932")
    except UnicodeEncodeError:
        return None
    if len(data) != 2:
        return None
    lead, trail = data
    if lead >= 0xFA:  # IBM's extension: its twin in NEC's selection
        for row in range(0x79, 0x7D):
            for cell in range(0x21, 0x7F):
                if _shifted(row, cell) == character:
                    return bytes((row, cell))
        return None
    row = ((lead - (0x70 if lead < 0xA0 else 0xB0)) << 1) - (trail < 0x9F)
    return bytes((row, trail - (0x7E if trail >= 0x9F else 0x1F + (trail > 0x7E))))


@cache
def _shifted(row: int, cell: int) -> str:
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    trail = cell + (0x7E if row % 2 == 0 else 0x1F + (cell > 0x5F))
    return bytes((lead, trail)).decode("cp932", errors="ignore")


def cp51932(text: str) -> bytes:
    """Encode as EUC-JP with vendor rows."""
    out = bytearray()
    for character in text:
        pair = _pair(character)
        if pair is not None:
            out += bytes(byte | 0x80 for byte in pair)
        else:
            out += character.encode("euc_jp")
    return bytes(out)


def cp50221(text: str, *, shift: bool = False) -> bytes:
    """Encode as ISO-2022-JP with vendor rows; half-width kana by ESC ( I or by SO and SI."""
    out = bytearray()
    mode = b"\x1b(B"
    for character in text:
        pair = _pair(character)
        kana = "\uff61" <= character <= "\uff9f"
        wanted = b"\x1b$B" if pair else (b"\x0e" if shift else b"\x1b(I") if kana else b"\x1b(B"
        if wanted != mode:
            out += b"\x0f" if mode == b"\x0e" else b""
            if not (mode == b"\x0e" and wanted == b"\x1b(B"):
                out += (b"\x1b(B" if wanted == b"\x0e" and mode == b"\x1b$B" else b"") + wanted
            mode = wanted
        out += pair or (bytes((ord(character) - 0xFF40,)) if kana else character.encode("ascii"))
    return bytes(out + (b"" if mode == b"\x1b(B" else b"\x0f" if mode == b"\x0e" else b"\x1b(B"))


def _full(text: str) -> str:
    return "".join(
        each for each in text if each not in "①②③④⑤⑥№㈱㈲ⅢⅣ㍻㍼㎡㎏㏍∑∟髙﨑濵邊纊鄧" and not "｡" <= each <= "ﾟ"
    )


Encoder = Callable[[str], bytes]
# Encoder, share of the Japanese cases, and whether it takes vendor characters and half-width kana.
JAPANESE: dict[str, tuple[Encoder, int, bool]] = {
    "utf-8": (lambda text: text.encode(), 8, True),
    "utf-8-sig": (lambda text: text.encode("utf-8-sig"), 5, True),
    "utf-16 bom": (lambda text: text.encode("utf-16"), 4, True),
    "utf-16-be bom": (lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), 3, True),
    "utf-16-le": (lambda text: text.encode("utf-16-le"), 4, True),
    "utf-16-be": (lambda text: text.encode("utf-16-be"), 4, True),
    "utf-32 bom": (lambda text: text.encode("utf-32"), 2, True),
    "utf-32-le": (lambda text: text.encode("utf-32-le"), 2, True),
    "utf-32-be": (lambda text: text.encode("utf-32-be"), 2, True),
    "cp932": (lambda text: text.encode("cp932"), 20, True),
    "euc-jp": (lambda text: text.encode("euc_jp"), 12, False),
    "cp51932": (cp51932, 6, True),
    "iso-2022-jp": (lambda text: text.encode("iso2022_jp"), 8, False),
    "cp50221": (cp50221, 6, True),
    "cp50221 shift": (lambda text: cp50221(text, shift=True), 4, True),
    "shift_jis-2004": (lambda text: text.encode("shift_jis_2004"), 2, False),
    "euc-jis-2004": (lambda text: text.encode("euc_jis_2004"), 2, False),
    "iso-2022-jp-2004": (lambda text: text.encode("iso2022_jp_2004"), 2, False),
    "euc-jp 0212": (lambda text: text.encode("euc_jp"), 2, False),
    "utf-7": (lambda text: text.encode("utf-7"), 1, True),
}
# Characters of JIS X 0213 that CP932 lacks.
_RARE = "俠鷗噓瘦繫𠮷"


def _rare(text: str) -> str:
    """Put a rare character before every third line."""
    lines = text.splitlines(keepends=True)
    return "".join(
        (_RARE[number // 3 % 5] if number % 3 == 0 else "") + line for number, line in enumerate(lines)
    )


FOREIGN: dict[str, tuple[str, ...]] = {
    "de": ("cp1252", "iso8859-15", "cp850"),
    "fr": ("cp1252", "latin-1", "mac_roman"),
    "es": ("cp1252", "latin-1"),
    "it": ("cp1252",),
    "pt": ("cp1252",),
    "sv": ("cp1252", "latin-1"),
    "pl": ("cp1250", "iso8859-2"),
    "cs": ("cp1250", "iso8859-2"),
    "hu": ("cp1250", "iso8859-2"),
    "ru": ("cp1251", "koi8-r", "iso8859-5", "cp866"),
    "uk": ("cp1251", "koi8-u"),
    "el": ("cp1253", "iso8859-7"),
    "tr": ("cp1254",),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    "th": ("cp874", "tis-620"),
    "zh-hans": ("gb18030", "gbk", "gb2312"),
    "zh-hant": ("big5", "cp950"),
    "ko": ("euc-kr", "cp949"),
}


def _japanese(texts: Texts, draw: random.Random) -> Case:
    names = list(JAPANESE)
    name = draw.choices(names, [JAPANESE[each][1] for each in names])[0]
    encode, _, vendor = JAPANESE[name]
    while True:
        text = texts.text()
        if not vendor:
            text = _full(text)
        if name.endswith(("2004", "0212")):  # prose: of a few ASCII words and one rare sign nobody can tell
            text = "\n".join(_full(texts.sentence()) for _ in range(draw.choice((1, 3, 9, 40))))
        if name.endswith("2004"):
            text = _rare(text)
        if name == "euc-jp 0212":
            text = "丂侔伌" + text
        try:
            data = encode(text)
        except UnicodeEncodeError:
            continue
        if any(character > "\x7f" for character in text):
            return Case("japanese", name, data, text)


def _foreign(source: dict[str, Any], draw: random.Random) -> Case:
    language = draw.choice(list(FOREIGN))
    encoding = draw.choice(FOREIGN[language])
    count = draw.choice((1, 1, 2, 3, 6, 20, 100))
    lines = [draw.choice(source[language]) for _ in range(count)]
    shape = draw.choice(("prose", "prose", "table", "mixed"))
    if shape == "table":
        lines = [f"{draw.randint(1, 999)};{line};{draw.randint(10, 99)}.50" for line in lines]
    elif shape == "mixed":
        lines = [each for line in lines for each in (line, "status: ok, 3 retries")]
    text = "\r\n".join(lines) + draw.choice(("\r\n", ""))
    kept = "".join(each for each in text if _encodable(each, encoding))
    return Case("foreign", f"{language} {encoding}", kept.encode(encoding), kept)


@cache
def _encodable(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _cut(texts: Texts, draw: random.Random) -> Case:
    """A file that ends inside a character."""
    name = draw.choice(("utf-8", "cp932", "euc-jp", "iso-2022-jp", "utf-16 bom"))
    while True:
        text = _full(texts.text())
        wide = [at for at, each in enumerate(text) if "\u3041" <= each <= "\u9fff"]
        if wide and len(text) > 20:
            break
    at = wide[-1]
    if name == "iso-2022-jp":
        whole = text[: at + 1].encode("iso2022_jp").removesuffix(b"\x1b(B")
        return Case("cut", name, whole[:-1], text[:at] + _DAMAGE)
    encode = JAPANESE[name][0]
    return Case("cut", name, encode(text[: at + 1])[:-1], text[:at] + _DAMAGE)


def _damaged(texts: Texts, draw: random.Random) -> Case:
    """A big good file with a few damaged bytes."""
    name, wrong = draw.choice(
        (("utf-8", b"\xff"), ("utf-8", b"\xc0"), ("cp932", b"\xff"), ("euc-jp", b"\xff"))
    )
    lines = [
        _full(texts.sentence() if draw.random() < 0.5 else texts.row()) for _ in range(draw.randint(60, 300))
    ]
    places = set(draw.sample(range(len(lines)), draw.randint(1, 4)))
    encode = JAPANESE[name][0]
    data = b"".join(
        encode(line) + (wrong if at in places else b"") + b"\r\n" for at, line in enumerate(lines)
    )
    text = "".join(line + (_DAMAGE if at in places else "") + "\r\n" for at, line in enumerate(lines))
    return Case("damaged", name, data, text)


def _padded(texts: Texts, draw: random.Random) -> Case:
    """A file of fixed length, filled with NUL."""
    name = draw.choice(("cp932", "utf-8", "euc-jp"))
    text = _full(texts.text()) + "\0" * draw.choice((1, 20, 128, 512))
    return Case("padded", name, JAPANESE[name][0](text), text)


def _gaiji(texts: Texts, draw: random.Random) -> Case:
    """CP932 with characters that a company defined for itself."""
    text = "".join(
        f"{texts.sentence()}{chr(draw.randint(0xE000, 0xE757))}様\r\n" for _ in range(draw.randint(1, 9))
    )
    return Case("gaiji", "cp932", text.encode("cp932"), text)


def _binary(_: Texts, draw: random.Random) -> Case:
    """Bytes that are no text."""
    size = draw.choice((40, 300, 4000))
    match draw.choice(("random", "struct", "floats")):
        case "random":
            data = bytes([0x01, *draw.randbytes(size)])
        case "struct":
            data = b"".join(
                draw.randint(0, 70000).to_bytes(4, "little") + b"ID\x01\x02" for _ in range(size // 8)
            )
        case _:
            import struct

            data = b"".join(struct.pack("<d", draw.random() * 1e6) for _ in range(size // 8))
    return Case("binary", "none", data, None)


_OTHERS = (_cut, _damaged, _padded, _gaiji, _binary)


def cases(which: str, count: int, seed: int = 7) -> Iterator[Case]:
    """Yield `count` cases: six in ten Japanese, three in ten other legacy text, the rest damaged or odd."""
    source = yaml.safe_load(SOURCES[which].read_text(encoding="utf-8"))
    draw = random.Random(f"{which}-{seed}")
    texts = Texts(draw, source)
    for number in range(count):
        turn = number % 10
        if turn < 6:
            yield _japanese(texts, draw)
        elif turn < 9:
            yield _foreign(source, draw)
        else:
            yield _OTHERS[number // 10 % len(_OTHERS)](texts, draw)
