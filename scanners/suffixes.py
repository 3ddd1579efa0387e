"""Which suffixes a name may have for what its bytes are; kinds themselves are never told by them.

A text may be called anything that no other kind is called. What is no text should say what it is, and
nothing should say that it is something else: a picture that is a document hides what is in it.
"""

from __future__ import annotations

import unicodedata
from types import MappingProxyType

from scanners.model import Suffix


def _words(*several: str) -> frozenset[str]:
    return frozenset(word for text in several for word in text.split())


_WORD = "doc dot docx docm dotx dotm rtf wbk"
_EXCEL = "xls xlt xla xlm xlw xlsx xlsm xltx xltm xlam xlsb"
_SLIDES = "ppt pot pps ppa pptx pptm potx potm ppsx ppsm ppam sldx thmx"
_DRAWING = "vsd vss vst vsdx vsdm vssx vssm vstx vstm"
_OPEN = "odt ott odm ods ots odp otp odg otg odf odb odc odi sxw sxc sxi stw stc sti"
_JAPANESE = "jtd jtt jtdc jttc jaw jbw jfw juw jsd xdw xbd xct"
_ZIPPED = "zip jar war ear aar apk ipa aab whl egg kmz xpi crx nupkg vsix cbz msix appx pkpass usdz npz"
_OFFICE = (_WORD, _EXCEL, _SLIDES, _DRAWING, _JAPANESE)
_OLE = (*_OFFICE, "msg oft ole mpp mpt pub db msi msp mst one wps hwp et dps")
_ARROW = "arrow feather ipc arrows"
_ACCESS = "mdb accdb mde accde mdt"

_SUFFIXES = MappingProxyType(
    {
        "docx": _words("docx docm dotx dotm"),
        "doc": _words("doc dot wbk rtf"),
        "rtf": _words("rtf doc dot"),
        "xlsx": _words("xlsx xlsm xltx xltm xlam"),
        "xlsb": _words("xlsb"),
        "xls": _words("xls xlt xla xlm xlw et"),
        "pptx": _words("pptx pptm potx potm ppsx ppsm ppam sldx thmx"),
        "ppt": _words("ppt pot pps ppa dps"),
        "odf": _words(_OPEN),
        "odt": _words("odt ott odm odf"),
        "ods": _words("ods ots odf"),
        "odp": _words("odp otp odg otg odf"),
        "odg": _words("odg otg odf"),
        "epub": _words("epub"),
        "pdf": _words("pdf ai pdfa"),
        "postscript": _words("ps eps ai epsf prn"),
        "msg": _words("msg oft"),
        "vsd": _words("vsd vss vst"),
        "visio": _words(_DRAWING),
        "vsdx": _words("vsdx vsdm vssx vssm vstx vstm"),
        "jtd": _words(_JAPANESE),
        "ichitaro": _words(_JAPANESE),
        # what is damaged or locked is told by its outer form only
        "ole": _words(*_OLE),
        "ole-encrypted": _words(*_OLE),
        "zip": _words(_ZIPPED, *_OFFICE, _OPEN, "epub oxt idml xps oxps"),
        "7z": _words("7z cb7 exe"),
        "rar": _words("rar cbr exe"),
        "lzh": _words("lzh lha exe"),
        "cab": _words("cab msu exe"),
        "tar": _words("tar cbt gem ova"),
        "gzip": _words("gz tgz gzip z svgz emz wmz adz dia graffle"),
        "bzip2": _words("bz2 tbz tbz2 bz tb2"),
        "xz": _words("xz txz lzma"),
        "zstd": _words("zst tzst"),
        "png": _words("png apng ico"),
        "jpeg": _words("jpg jpeg jpe jfif jif mpo thm"),
        "gif": _words("gif"),
        "tiff": _words("tif tiff dng nef cr2 arw svs"),
        "bmp": _words("bmp dib rle"),
        "webp": _words("webp"),
        "heic": _words("heic heif avif"),
        "emf": _words("emf"),
        "wmf": _words("wmf"),
        "mp4": _words("mp4 m4a m4v m4b mov qt 3gp 3g2 heic heif avif jp2 f4v"),
        "mp3": _words("mp3 mp2 mpga"),
        "wav": _words("wav wave"),
        "sqlite": _words("sqlite sqlite3 db db3 s3db sl3 sdb gpkg mbtiles"),
        "duckdb": _words("duckdb db ddb"),
        "mdb": _words(_ACCESS),
        "accdb": _words(_ACCESS),
        "access": _words(_ACCESS),
        "parquet": _words("parquet parq pq"),
        "arrow": _words(_ARROW),
        "feather": _words(_ARROW),
        "pst": _words("pst ost pab"),
        "dicom": _words("dcm dicom dic ima img"),
        "elf": _words("so o ko axf elf"),
        "exe": _words("exe dll sys scr ocx cpl drv com efi mui"),
    }
)
_UNTOLD = frozenset({"dicom", "elf", "exe", "parquet", "arrow", "feather"})
"""Kinds that usually come without a suffix, or with any."""
_TEXTS = _words(
    "txt text csv tsv tab md markdown log json ndjson jsonl xml html htm xhtml eml mbox vcf ics hl7 uke",
    "yaml yml ini cfg conf sql py js ts java c h cpp cs go rb php sh bat ps1 css tex",
)
_TEXT_KINDS = _words(
    "txt csv tsv json ndjson xml html md markdown eml mbox vcard vcf ics icalendar hl7 uke receipt ssmix2",
    "cda fhir fhir-json fhir-xml fhir-ndjson yaml log source code dpc dpc-form1 dpc-ef checkup",
)
_CLAIMED = frozenset[str]().union(*_SUFFIXES.values())
_TEXTS_TOO = _words("ai prn ps eps db dic img z one pub et com o out dia rle svs bin sys")
"""Suffixes of the kinds above that text files have as well."""


def suffix_of(name: str) -> str:
    """Return the suffix of a name in small letters, without its dot; empty when it has none."""
    last = unicodedata.normalize("NFKC", name).replace("\\", "/").rpartition("/")[2]
    stem, dot, suffix = last.rpartition(".")
    suffix = suffix.strip().lower()
    return suffix if dot and stem.strip(".") and suffix.isalnum() and len(suffix) <= 12 else ""


def judged(name: str, kind: str, *, inside: bool) -> Suffix:
    """Compare the suffix of a name with the kind of its bytes; `inside`: a part of something else.

    Parts need no suffix: what holds them says what they are. A kind that is not known here is not judged.
    """
    suffix = suffix_of(name)
    if kind in _TEXT_KINDS:
        claimed = suffix in _CLAIMED and suffix not in _TEXTS and suffix not in _TEXTS_TOO
        return Suffix.MISLEADING if claimed else Suffix.FINE
    own = _SUFFIXES.get(kind)
    if own is None or suffix in own:
        return Suffix.FINE
    if suffix in _TEXTS or suffix in _CLAIMED:
        return Suffix.MISLEADING
    return Suffix.FINE if inside or kind in _UNTOLD else Suffix.MISSING
