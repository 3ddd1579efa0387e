"""Builds PDFs object by object: what office programs write rarely, and what attackers write."""

from __future__ import annotations

import zlib

_FONTS = (
    b"<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/%s/DescendantFonts[%d 0 R]>>",
    (
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 4>>/DW 1000>>"
    ),
)


def built(objects: list[bytes], root: int = 1, trailer: bytes = b"") -> bytes:
    """Return a file of these objects, numbered from 1."""
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        root,
        trailer,
        start,
    )
    return bytes(out)


def stream(content: bytes, extra: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<</Length %d%s>>stream\n" % (len(content), extra) + content + b"\nendstream"


def packed(content: bytes, extra: bytes = b"") -> bytes:
    """Return a stream object under Flate."""
    return stream(zlib.compress(content), b"/Filter/FlateDecode" + extra)


def wide(text: str) -> bytes:
    """Return a string of a document: UTF-16 with its mark."""
    return b"<feff" + text.encode("utf-16-be").hex().encode() + b">"


def shown(text: str) -> bytes:
    """Return a string of a page in the fonts of `document`."""
    return b"<" + text.encode("utf-16-be").hex().encode() + b"> Tj"


def line(text: str, y: int = 700, before: bytes = b"") -> bytes:
    """Return the operators that show one line."""
    return b"BT /F1 12 Tf " + before + b" 100 %d Td " % y + shown(text) + b" ET\n"


def document(
    content: bytes,
    *,
    page: bytes = b"",
    catalogue: bytes = b"",
    more: tuple[bytes, ...] = (),
    trailer: bytes = b"",
    vertical: bool = False,
) -> bytes:
    """Return a document of one page; `more` are objects from number 8 on."""
    cmap = b"UniJIS-UTF16-V" if vertical else b"UniJIS-UTF16-H"
    return built(
        [
            b"<</Type/Catalog/Pages 2 0 R" + catalogue + b">>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 6 0 R"
            b"/Resources<</Font<</F1 4 0 R>>/Properties<</Hidden 7 0 R>>>>" + page + b">>",
            _FONTS[0] % (cmap, 5),
            _FONTS[1],
            stream(content),
            b"<</Type/OCG/Name(hidden)>>",
            *more,
        ],
        trailer=trailer,
    )


def form() -> bytes:
    """Return a form: a value that its widget inherits, a choice, a comment, a link, a stamp."""
    fields = (
        b"<</FT/Tx/T" + wide("患者名") + b"/V" + wide("架空三郎") + b"/Kids[9 0 R]>>",  # 8
        b"<</Type/Annot/Subtype/Widget/Parent 8 0 R/Rect[100 600 200 620]/F 4>>",  # 9
        b"<</Type/Annot/Subtype/Widget/FT/Ch/Ff 131072/T(ward)/TU" + wide("病棟") + b"/Opt["  # 10
        b"[(1)" + wide("東病棟") + b"][(2)" + wide("西病棟") + b"]]/V(2)/Rect[100 560 200 580]/F 4>>",
        b"<</Type/Annot/Subtype/Text/Rect[10 10 30 30]/T"
        + wide("架空六郎")  # 11
        + b"/Contents"
        + wide("注釈 架空七郎")
        + b"/RC"
        + wide("<body><p>書式つき 架空九郎</p></body>")
        + b">>",
        b"<</Type/Annot/Subtype/Link/Rect[10 50 30 60]/A<</S/URI/URI(mailto:taro@kakuu.example)>>>>",  # 12
        b"<</Type/Annot/Subtype/Stamp/Rect[300 300 400 330]/F 4/AP<</N 14 0 R>>>>",  # 13
        stream(
            line("押印 架空花子", 5),
            b"/Type/XObject/Subtype/Form/BBox[0 0 300 30]/Resources<</Font<</F1 4 0 R>>>>",
        ),  # 14
    )
    return document(
        line("申込書"),
        page=b"/Annots[9 0 R 10 0 R 11 0 R 12 0 R 13 0 R]",
        catalogue=b"/AcroForm<</Fields[8 0 R 10 0 R]>>",
        more=fields,
    )


def with_files(files: dict[str, bytes], pinned: tuple[str, bytes]) -> bytes:
    """Return a document with attached files and one pinned to its page."""
    more: list[bytes] = []
    names = b""
    for name, content in [*files.items(), pinned]:
        more.append(packed(content, b"/Type/EmbeddedFile/Params<</Size %d>>" % len(content)))
        more.append(
            b"<</Type/Filespec/F(file)/UF"
            + wide(name)
            + b"/Desc"
            + wide(f"{name}の説明")
            + b"/EF<</F %d 0 R>>>>" % (7 + len(more))
        )
        if name in files:
            names += wide(name) + b" %d 0 R " % (7 + len(more))
    more.append(b"<</Type/Annot/Subtype/FileAttachment/Rect[10 10 30 30]/FS %d 0 R>>" % (7 + len(more)))
    return document(
        line("添付あり"),
        page=b"/Annots[%d 0 R]" % (7 + len(more)),
        catalogue=b"/Names<</EmbeddedFiles<</Names[" + names + b"]>>>>",
        more=tuple(more),
    )


def hidden() -> bytes:
    """Return a document whose text is not seen: invisible, white, on a layer that is off, replaced."""
    content = (
        line("透明 架空一郎", 700, b"3 Tr")
        + b"1 1 1 rg "
        + line("白字 架空二郎", 680)
        + b"/OC /Hidden BDC "
        + line("層 架空三郎", 660)
        + b"EMC "
        + b"/Span<</ActualText"
        + wide("実際 架空四郎")
        + b">>BDC "
        + line("見掛", 640)
        + b"EMC "
    )
    return document(content, catalogue=b"/OCProperties<</OCGs[7 0 R]/D<</OFF[7 0 R]/BaseState/ON>>>>")


def beside() -> bytes:
    """Return a document with properties of its own making, packed XMP, a looping outline and page labels."""
    xmp = (
        "<?xpacket begin='\ufeff'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        "<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' rdf:about=''>"
        "<dc:creator><rdf:Seq><rdf:li>架空書記</rdf:li></rdf:Seq></dc:creator>"
        "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()
    return document(
        line("本文"),
        catalogue=b"/Metadata 9 0 R/Outlines 10 0 R/PageLabels<</Nums[0<</S/r/St 4>>]>>",
        more=(
            b"<</Title" + wide("架空題名") + b"/#E6#8B#85" + wide("架空担当") + b">>",  # 8
            packed(xmp, b"/Type/Metadata/Subtype/XML"),  # 9
            b"<</Type/Outlines/First 11 0 R/Last 12 0 R/Count 2>>",  # 10
            b"<</Title" + wide("栞 架空栞") + b"/Parent 10 0 R/Next 12 0 R>>",  # 11
            b"<</Title" + wide("次") + b"/Parent 10 0 R/Next 11 0 R>>",  # 12: back to the one before
        ),
        trailer=b"/Info 8 0 R",
    )


def bomb(megabytes: int = 150, *, written: bool = False) -> bytes:
    """Return a page whose content, packed twice, comes to far more than its file."""
    engine = zlib.compressobj(9)
    once = b"".join([*(engine.compress(b" " * (1 << 20)) for _ in range(megabytes)), engine.flush()])
    page = stream(zlib.compress(once, 9), b"/Filter[/FlateDecode/FlateDecode]")
    if written:  # as letters: one more filter to look behind
        letters = zlib.compress(once, 9).hex().encode() + b">"
        page = stream(letters, b"/Filter[/ASCIIHexDecode/FlateDecode/FlateDecode]")
    return built(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
            page,
        ]
    )


def looping() -> bytes:
    """Return a page tree that holds itself and promises a million pages."""
    return built(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 1000000>>",
            b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 1000000>>",
        ]
    )


def scan(width: int, height: int, grey: bytes, text: str = "", before: bytes = b"") -> bytes:
    """Return a page of A4 that is one picture, with a little text on it if wanted."""
    return built(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            (
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
                b"/Resources<</XObject<</I 5 0 R>>/Font<</F1 6 0 R>>>>>>"
            ),
            stream(b"q 595 0 0 842 0 0 cm /I Do Q\n" + (line(text, before=before) if text else b"")),
            packed(
                grey,
                b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8"
                % (width, height),
            ),
            _FONTS[0] % (b"UniJIS-UTF16-H", 7),
            _FONTS[1],
        ]
    )


def locked() -> bytes:
    """Return a document that needs a password nobody knows."""
    return document(
        line("秘密"),
        more=(b"<</Filter/Standard/V 1/R 2/P -4/O(" + b"o" * 32 + b")/U(" + b"u" * 32 + b")>>",),
        trailer=b"/Encrypt 8 0 R/ID[<00><00>]",
    )
