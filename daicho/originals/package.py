"""A Word or Excel file that somebody hands in, read in memory and refused where it could act by itself.

Refused: macros, ActiveX and embedded objects; relations to anything outside but web and mail links; fields
and functions that fetch or start something; document types (entities); what unpacks too far. Nothing is
written to disk, and no parser of ours follows a link. Not judged: what a program that opens the file makes
of its pictures and fonts, which are handed on as they came.
"""

from __future__ import annotations

import enum
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from daicho.errors import DaichoError
from privacy_mark.pack.original_model import LIMIT
from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Limits
from scanners.extractors.package import content, is_encrypted, open_package, translated
from scanners.kinds import sniff
from scanners.model import Reason

EXPANDED = 24 << 20  # bytes that all parts together may unpack to
XML_BYTES = 8 << 20  # of one part that is read as XML
_MEMBERS = 2_000
_XML = re.compile(r".+\.(?:xml|rels)$", re.IGNORECASE)
_NAME = re.compile(r"[^\\\x00-\x1f]{1,200}")
_MACROS = re.compile(r"vbaproject|vbadata|macrosheets/|activex|customui|dialogsheets/", re.IGNORECASE)
_EMBEDDED = re.compile(r"embeddings/|/afchunk|altchunk", re.IGNORECASE)
_OUTSIDE = re.compile(r"externallinks/|querytables/|connections\.xml|webextensions?/", re.IGNORECASE)
_ACTIVE_TYPE = re.compile(rb"macroenabled|vbaproject|activex", re.IGNORECASE)
_LINK = re.compile(r"(?:https?|mailto):|#", re.IGNORECASE)
_FETCHES = re.compile(
    r"\s*(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|INCLUDE|LINK|DATABASE|MACROBUTTON|RD)\b",
    re.IGNORECASE,
)
_CALLS = re.compile(
    r"\b(?:WEBSERVICE|RTD|CALL|REGISTER(?:\.ID)?|IMAGE|EXEC|DDE)\s*\(|\[\d+\]|\|\s*'", re.IGNORECASE
)
_PROPERTIES = "docProps/core.xml"
_TIME = (1980, 1, 1, 0, 0, 0)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_MAIN = {"docx": ("word/document.xml", f"{W}document"), "xlsx": ("xl/workbook.xml", f"{S}workbook")}


class Refusal(enum.StrEnum):
    """Why a file is not taken."""

    TOO_LARGE = "too_large"
    KIND = "kind"  # neither docx nor xlsx, whatever its name says
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    MACRO = "macro"
    EMBEDDED = "embedded"
    EXTERNAL = "external"


class OriginalRefusedError(DaichoError):
    """A file is not taken; `where` names the part of it."""

    def __init__(self, refusal: Refusal, where: str = "") -> None:
        super().__init__(f"the form is refused ({refusal}); {where or 'see docs/evidence-pack.md'}")
        self.refusal = refusal
        self.where = where


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of a file that may be taken, in their order."""

    kind: str
    parts: Mapping[str, bytes] = field(repr=False)

    def xml(self, name: str) -> etree._Element:
        """Return a part as a tree; OriginalRefusedError `damaged` when it is missing."""
        if name not in self.parts:
            raise OriginalRefusedError(Refusal.DAMAGED, name)
        return _parsed(name, self.parts[name])

    def packed(self, changed: Mapping[str, bytes]) -> bytes:
        """Return the file with some parts changed: the same bytes for the same parts, without times.

        Parts lie uncompressed, so that no version of a compressor makes another file of them.
        """
        if _PROPERTIES in self.parts:
            changed = {_PROPERTIES: _unsigned(self.xml(_PROPERTIES)), **changed}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name, data in self.parts.items():
                info = zipfile.ZipInfo(name, _TIME)
                info.create_system, info.external_attr = 3, 0o100644 << 16
                archive.writestr(info, changed.get(name, data))
        return out.getvalue()


def opened_package(data: bytes) -> Package:
    """Return the parts of a file; OriginalRefusedError for what is not taken."""
    if len(data) > LIMIT:
        raise OriginalRefusedError(Refusal.TOO_LARGE)
    stream = io.BytesIO(data)
    kind = sniff(stream)
    if kind not in _MAIN:
        raise OriginalRefusedError(Refusal.ENCRYPTED if kind == "ole-encrypted" else Refusal.KIND, kind)
    try:
        parts = _parts(stream, len(data))
    except ExtractionError as error:
        raise OriginalRefusedError(_refusal(error.gap.reason)) from None
    for name, part in parts.items():
        _check(name, part)
    package = Package(kind, parts)
    main, root = _MAIN[kind]
    if package.xml(main).tag != root:  # the strict variant, which hardly any program writes
        raise OriginalRefusedError(Refusal.KIND, main)
    return package


def written(tree: etree._Element) -> bytes:
    """Return a part as it is stored."""
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


def _unsigned(properties: etree._Element) -> bytes:
    """Return the properties of a file without the names of who made and saved it."""
    for each in properties.iter("{*}creator", "{*}lastModifiedBy"):
        each.text = ""
    return written(properties)


def _parts(stream: io.BytesIO, size: int) -> dict[str, bytes]:
    budget = Budget(Limits(expanded_bytes=EXPANDED, expanded_times=0, members=_MEMBERS), size)
    parts: dict[str, bytes] = {}
    with translated(), open_package(stream, budget) as archive:
        for info in archive.infolist():
            name = info.filename
            if info.is_dir():
                continue
            if is_encrypted(info):
                raise OriginalRefusedError(Refusal.ENCRYPTED)
            if name in parts or not _NAME.fullmatch(name) or name.startswith("/") or ".." in name.split("/"):
                raise OriginalRefusedError(Refusal.DAMAGED, "names")
            if info.file_size > EXPANDED:
                raise OriginalRefusedError(Refusal.TOO_LARGE)
            parts[name] = content(archive, info, budget).read()
    return parts


def _check(name: str, data: bytes) -> None:
    for pattern, refusal in (
        (_MACROS, Refusal.MACRO),
        (_EMBEDDED, Refusal.EMBEDDED),
        (_OUTSIDE, Refusal.EXTERNAL),
    ):
        if pattern.search(name):
            raise OriginalRefusedError(refusal, name)
    if not _XML.fullmatch(name):
        return
    if len(data) > XML_BYTES:
        raise OriginalRefusedError(Refusal.TOO_LARGE, name)
    tree = _parsed(name, data)
    if name == "[Content_Types].xml" and _ACTIVE_TYPE.search(data):
        raise OriginalRefusedError(Refusal.MACRO, name)
    if name.endswith(".rels"):
        _check_relations(name, tree)
    elif name.startswith("word/"):
        _check_fields(name, tree)
    elif name.startswith("xl/"):
        _check_formulas(name, tree)


def _check_relations(name: str, tree: etree._Element) -> None:
    for each in tree.iter("{*}Relationship"):
        if each.get("TargetMode", "").casefold() != "external":
            continue
        kind = each.get("Type", "").rpartition("/")[2]
        if kind != "hyperlink" or not _LINK.match(each.get("Target", "")):
            raise OriginalRefusedError(Refusal.EXTERNAL, name)


def _check_fields(name: str, tree: etree._Element) -> None:
    told = ["".join(map(str, each.attrib.values())) for each in tree.iter("{*}fldSimple")]
    fields: list[list[str]] = []  # what is open: pieces of its instruction, or none behind that
    for each in tree.iter("{*}fldChar", "{*}instrText"):
        if etree.QName(each).localname == "instrText":
            if fields:
                fields[-1].append(each.text or "")
            told.append(each.text or "")
            continue
        step = next((value for key, value in each.attrib.items() if str(key).endswith("fldCharType")), "")
        if step == "begin":
            if fields and fields[-1] and not "".join(fields[-1]).strip():
                # The instruction would be put together from what another field shows.
                raise OriginalRefusedError(Refusal.EXTERNAL, name)
            fields.append([""])
        elif fields:
            told.append("".join(fields[-1]))
            fields[-1].clear()
            if step == "end":
                fields.pop()
    if any(_FETCHES.match(each) for each in told):
        raise OriginalRefusedError(Refusal.EXTERNAL, name)


def _check_formulas(name: str, tree: etree._Element) -> None:
    for each in tree.iter("{*}f", "{*}definedName", "{*}formula1", "{*}formula2", "{*}formula"):
        if _CALLS.search(each.text or ""):
            raise OriginalRefusedError(Refusal.EXTERNAL, name)


def _parsed(name: str, data: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise OriginalRefusedError(Refusal.DAMAGED, name) from None
    if getattr(tree.getroottree().docinfo, "doctype", ""):
        raise OriginalRefusedError(Refusal.DAMAGED, name)
    return tree


def _refusal(reason: Reason) -> Refusal:
    far = {Reason.EXPANDS_TOO_FAR, Reason.TOO_MANY_MEMBERS, Reason.OVERSIZED}
    if reason in far:
        return Refusal.TOO_LARGE
    return Refusal.ENCRYPTED if reason is Reason.ENCRYPTED else Refusal.DAMAGED
