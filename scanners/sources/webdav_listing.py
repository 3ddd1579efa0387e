"""One folder of a WebDAV server: PROPFIND of depth 1 (RFC 4918), and what Nextcloud adds to it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

import httpx2
from lxml import etree

from scanners.model import Exposure
from scanners.sources.webdav_client import Login, StatusError, answered, asked

_D, _OC, _NC = "{DAV:}", "{http://owncloud.org/ns}", "{http://nextcloud.org/ns}"
_ASKS = (
    b'<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"'
    b' xmlns:nc="http://nextcloud.org/ns"><d:prop><d:resourcetype/><d:getcontentlength/><d:getlastmodified/>'
    b"<d:getetag/><oc:fileid/><oc:permissions/><oc:owner-id/><oc:share-types/><nc:sharees/></d:prop>"
    b"</d:propfind>"
)
_SAFE = "/!$&'()*+,;=:@~"
_OK = re.compile(r"HTTP/\S+\s+200\b")
_OUTSIDE = frozenset({"3", "4", "6", "9"})  # a public link, one by mail, people of other servers
_GROUPS = frozenset({"1", "2", "7", "10", "12"})
_PERSONS = frozenset({"0"})


class StrangeAnswerError(StatusError):
    """What came is no listing of the folder that was asked for."""

    def __init__(self, what: str) -> None:
        super().__init__(207, what)


@dataclass(frozen=True, slots=True)
class Shared:
    """With whom folders and a file in them are shared (共有), as far as the server tells."""

    known: bool  # the server was asked and told, for every folder so far
    kinds: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def plus(self, other: Shared) -> Shared:
        """Return what holds for something in a folder: shares of the folder are shares of it."""
        return Shared(self.known and other.known, self.kinds | other.kinds, self.names | other.names)

    @property
    def exposure(self) -> Exposure:
        """The widest share; nobody's but the owner's only where all is known."""
        if self.kinds & _OUTSIDE:
            return Exposure.EVERYONE
        if not self.known or self.kinds - _GROUPS - _PERSONS:
            return Exposure.UNKNOWN
        return Exposure.GROUP if self.kinds & _GROUPS else Exposure.OWNER

    @property
    def digest(self) -> str:
        """A digest that changes with any share."""
        told = "\0".join((str(self.known), *sorted(self.kinds), "", *sorted(self.names)))
        return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a folder's listing; `part` is its last name, percent-encoded."""

    part: str
    is_folder: bool
    size: int
    mtime_ns: int
    tag: str
    file_id: str
    owner: str
    shared: Shared
    refused: bool = False  # the server names it and tells nothing of it: it may be a folder

    @property
    def name(self) -> str:
        """The name as text."""
        return unquote_to_bytes(self.part).decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder, and what lies in it in order of names."""

    itself: Item | None
    items: tuple[Item, ...]
    strange: int  # lines that name nothing in this folder

    @property
    def digest(self) -> str:
        """A digest of what lies in the folder: a folder that contains itself has it again and again."""
        told = "\n".join(f"{each.part}\0{each.size}\0{each.mtime_ns}\0{each.tag}" for each in self.items)
        return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()


def written(name: bytes) -> str:
    """Return a name or path percent-encoded in the one way we write it."""
    return quote_from_bytes(name, safe=_SAFE)


def listed(login: Login, path: str, depth: int = 1) -> Listing:
    """Return the listing of a percent-encoded path, without a slash at its end; depth 0: itself alone.

    Raises `StatusError`, `StrangeAnswerError` or `LostError`.
    """
    return asked(lambda: _listed(login, path, depth))


def _listed(login: Login, path: str, depth: int) -> Listing:
    headers = {"Depth": str(depth), "Content-Type": "application/xml; charset=utf-8"}
    itself: Item | None = None
    found: dict[str, Item] = {}
    strange = 0
    parts = _parts(path)
    folder = f"{path}/" if depth else path or "/"
    with answered(login, "PROPFIND", folder, headers, _ASKS) as answer:
        if answer.status_code != 207:
            raise StrangeAnswerError("no WebDAV")
        for element in _responses(answer):
            here = _parts(urlsplit(element.findtext(f"{_D}href") or "").path)
            if here == parts:
                itself = _item(element, here[-1] if here else b"")
            elif here[:-1] == parts and _is_name(here[-1]):
                item = _item(element, here[-1])
                found[item.part] = item
            else:
                strange += 1
    return Listing(itself, tuple(found[part] for part in sorted(found, key=unquote_to_bytes)), strange)


def _parts(path: str) -> list[bytes]:
    return [unquote_to_bytes(part) for part in path.split("/") if part]


def _is_name(part: bytes) -> bool:
    return part not in (b".", b"..") and not set(part) & {0, 0x2F}


def _responses(answer: httpx2.Response) -> Iterator[etree._Element]:
    """Yield each response of a multistatus as it comes; the tree does not grow."""
    parser = etree.XMLPullParser(
        events=("end",),
        tag=f"{_D}response",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for piece in answer.iter_raw():
            parser.feed(piece)
            for _, element in parser.read_events():
                assert isinstance(element, etree._Element)  # noqa: SLF001  lxml has no other name for it
                if element.getroottree().docinfo.internalDTD is not None:
                    raise StrangeAnswerError("a document type where none belongs")
                yield element
                element.clear()
                while (before := element.getprevious()) is not None:
                    element.getparent().remove(before)  # type: ignore[union-attr]  # it has a neighbour
        root = parser.close()
    except etree.XMLSyntaxError:
        raise StrangeAnswerError("malformed XML") from None
    if root.tag != f"{_D}multistatus":
        raise StrangeAnswerError("no WebDAV")


def _item(element: etree._Element, part: bytes) -> Item:
    told: dict[str, etree._Element] = {}
    for block in element.iterfind(f"{_D}propstat"):
        if _OK.match(block.findtext(f"{_D}status") or ""):
            for given in block.iterfind(f"{_D}prop"):
                told |= {str(each.tag): each for each in given}

    def text(tag: str) -> str:
        return (told[tag].text or "").strip() if tag in told else ""

    kind = told.get(f"{_D}resourcetype")
    size = text(f"{_D}getcontentlength")
    file_id = text(f"{_OC}fileid")
    return Item(
        part=written(part),
        is_folder=kind is not None and kind.find(f"{_D}collection") is not None,
        size=int(size) if size.isdecimal() else 0,
        mtime_ns=_nanoseconds(text(f"{_D}getlastmodified")),
        tag=text(f"{_D}getetag"),
        file_id=file_id if file_id.isalnum() else "",
        owner=text(f"{_OC}owner-id"),
        shared=_shared(told, text(f"{_OC}permissions")),
        refused=not told,
    )


def _shared(told: dict[str, etree._Element], permissions: str) -> Shared:
    kinds = told.get(f"{_OC}share-types")
    if kinds is None:
        return Shared(known=False)
    sharees = told.get(f"{_NC}sharees")
    names = [] if sharees is None else [each.findtext(f"{_NC}id") or "" for each in sharees]
    return Shared(
        # of what others share with this account, or mounted, only they know all who can read it
        known=not set(permissions) & {"S", "M"},
        kinds=frozenset((each.text or "").strip() for each in kinds.iterfind(f"{_OC}share-type")),
        names=frozenset(names) - {""},
    )


def _nanoseconds(date: str) -> int:
    try:
        return int(parsedate_to_datetime(date).timestamp()) * 1_000_000_000 if date else 0
    except (ValueError, OverflowError):
        return 0
