"""What a page holds beside its visible text: attributes, remarks, data for programs, files."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote_to_bytes

from lxml import etree

from scanners.encodings import Decoded, decode
from scanners.extractors.content_lines import from_base64
from scanners.extractors.headings import is_heading
from scanners.extractors.markup import page_roots, stripped, text_of, visible_text

_ATTRIBUTES = (
    "alt",
    "title",
    "value",
    "placeholder",
    "aria-label",
    "label",
    "content",
    "summary",
    "datetime",
)
_SILENT_INPUTS = frozenset({"submit", "button", "reset", "checkbox", "radio", "image"})
_SETTINGS = re.compile(
    r"(?:width|initial-scale|text/|IE=|index|follow|no-?cache|[\d.,;:#/ %-]*$)", re.IGNORECASE
)
_LINKS = ("href", "src", "data", "action", "srcset", "background", "poster")
_WORDS = re.compile(r"[^\x00-\x7f]{2}|@|\\u[0-9a-fA-F]{4}")
_NUMBER = re.compile(r"\d{4}")
_LABELLED = ("value", "content")
_DATA = re.compile(r"data:([\w/+.-]*)((?:;[\w=.-]+)*?)(;base64)?,(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
# A field that a program sets: name: "Taro", tel = '090'. In plain ASCII nothing else of a script is told.
_FIELD = re.compile(r"""(?<![\w-])([A-Za-z_][\w-]{0,39})["']?\s{0,9}[:=]\s{0,9}(["'])([^"'\n\\]{2,200})\2""")
_DIGITS = re.compile(
    r"(?<![\d.-])(?:\d{2,4}-\d{2,4}-\d{3,4}|\(\d{2,4}\) ?\d{2,4}-\d{4}|\d{4}(?: \d{4}){2,3}|0\d{9,10}|"
    r"\d{12}|\d{16})(?![\d.-])"
)
_TAG = re.compile(r"</?[A-Za-z][\w-]{0,20}[ >]")
_BEFORE = 40  # characters that say what a number is
_DRAWN = re.compile(r"""content\s{0,9}:\s{0,9}(?:"([^"\n]{2,})"|'([^'\n]{2,})')""")
_STYLE_FILE = re.compile(r"""url\(\s{0,9}["']?(data:[^"')]*)""")
_CONDITION = re.compile(r"\s*(?:<!)?\[(?:if[^\]<>]*|endif)\](?:>|$)|<!\[endif\]\s*$", re.IGNORECASE)
_APART = 500  # remarks read one by one, so that what one leaves open swallows no other


@dataclass(slots=True)
class Unseen:
    """What a page holds beside its visible text."""

    attributes: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)


def unseen_of(roots: Iterable[etree._Element]) -> Unseen:
    """Return what the trees of a page hold unseen; markup in remarks is read as markup."""
    found = Unseen()
    remarks = [text for text in _remarks(roots, found) if text]
    rest = "\n<p>".join(remarks[_APART:])
    for text in (*remarks[:_APART], *filter(None, (rest,))):
        trees = page_roots(text)
        found.comments.append(text_of(trees) if trees else "")
        for inner in _remarks(trees, found):
            found.comments.append(unescape(re.sub(r"<[^<>]*>", " ", inner)).strip())
    found.comments = [text for text in found.comments if text]
    return found


def _remarks(roots: Iterable[etree._Element], found: Unseen) -> Iterator[str]:
    """Take all that is no remark; yield the remarks that hold markup."""
    for root in roots:
        for element in root.iter():
            if isinstance(element, etree._Comment):  # noqa: SLF001  lxml has no public name for the type
                text = _CONDITION.sub("", element.text or "").strip()
                if "<" in text:
                    yield text
                else:
                    found.comments.append(unescape(text))
            elif isinstance(element.tag, str):
                _element(element, found)


def _element(element: etree._Element, found: Unseen) -> None:
    name = element.tag.lower()
    if name in ("noscript", "template"):
        found.scripts.append(text_of((element,)))
    elif name == "script":
        _script("".join(map(str, element.itertext())).strip(), found, whole="json" in element.get("type", ""))
    elif name == "style":
        _style("".join(map(str, element.itertext())), found)
    for key, value in element.attrib.items():
        text, key = str(value).strip(), str(key)  # noqa: PLW2901  typed as bytes too
        if key == "srcdoc":
            found.attributes.append(visible_text(text))
        elif key in _LINKS:
            _link(text, found)
        elif key == "style":
            _style(text, found)
        elif key.startswith("on"):
            _script(text, found)
        elif len(text) > 1 and _is_told(element, name, key, text):
            label = element.get("name") or element.get("property") or element.get("id") or ""
            found.attributes.append(f"{label}: {text}" if label and key in _LABELLED else text)
        elif key.startswith("data-") and len(text) > 1 and is_heading(key[5:]):
            found.attributes.append(f"{key[5:]}: {text}")


def _script(text: str, found: Unseen, *, whole: bool = False) -> None:
    """Take a script with words of people whole; of others the fields and numbers they set."""
    if whole or _WORDS.search(text):
        found.scripts.append(_ESCAPE.sub(_character, text))
        return
    for match in _FIELD.finditer(text):
        if is_heading(match[1]):
            found.scripts.append(f"{match[1]}: {match[3]}")
    for match in _DIGITS.finditer(text):
        line = text.rfind("\n", max(0, match.start() - _BEFORE), match.start()) + 1
        found.scripts.append(text[line or max(0, match.start() - _BEFORE) : match.end()])


def _style(text: str, found: Unseen) -> None:
    """Take the words that a style writes, and the files it draws; what an unclosed one has swallowed."""
    if _TAG.search(text):
        found.scripts.append(stripped(text))
    if "content" in text:
        found.scripts.extend(match[1] or match[2] for match in _DRAWN.finditer(text))
    if "data:" in text:
        for match in _STYLE_FILE.finditer(text):
            _file(match[1], found)


def _link(text: str, found: Unseen) -> None:
    """Take what a link tells by itself: a file in it, an address, a number, the values it hands on."""
    scheme, _, target = text.partition(":")
    if scheme.lower() == "data":
        _file(text, found)
    elif scheme.lower() in ("mailto", "tel", "sms"):
        found.attributes.append(_unquoted(target))
    elif scheme.lower() == "javascript":
        _script(_unquoted(target), found)
    elif "@" in text or not text.isascii():
        found.attributes.append(_unquoted(text))
    elif "?" in text or "%" in text:
        path, _, query = text.partition("?")
        for each in re.split("[&;#]", query):
            key, _, value = each.partition("=")
            value = _unquoted(value.replace("+", " "))
            if len(value) > 1 and (is_heading(key) or _WORDS.search(value)):
                found.attributes.append(f"{_unquoted(key)}: {value}")
        if "%" in path and _WORDS.search(words := _unquoted(path)):
            found.attributes.append(words)


def _unquoted(text: str) -> str:
    if "%" not in text:
        return text
    raw = unquote_to_bytes(text)
    decoded = decode(raw)
    return decoded.text if isinstance(decoded, Decoded) else raw.decode("utf-8", "replace")


def _is_told(element: etree._Element, name: str, key: str, text: str) -> bool:
    """Tell whether an attribute says something to people: no setting, no word on a button."""
    if key.startswith("data-"):
        return _WORDS.search(text) is not None or _NUMBER.search(text) is not None
    if key not in _ATTRIBUTES or (name == "meta" and _SETTINGS.match(text)):
        return False
    return not (name == "input" and element.get("type", "").lower() in _SILENT_INPUTS)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code < 0x80 or 0xD800 <= code < 0xE000 else chr(code)


def _file(uri: str, found: Unseen) -> None:
    parts = _DATA.match(uri)
    if parts is None:
        return
    try:
        raw = parts[4].encode("ascii", "ignore")
        data = from_base64(unquote_to_bytes(raw)) if parts[3] else unquote_to_bytes(raw)
    except binascii.Error:
        return
    if data:
        found.files.append((parts[1].replace("/", "."), data))
