"""The other side of benchmarks/extraction.py: one reader in a process of its own, with limits.

`python -m benchmarks.extraction_side READER` answers for each path on stdin with one JSON line:
{"text", "error", "cpu"}. The reader "ours" is this product's; the others are what it is measured by.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MEMORY = 4 << 30
Reader = Callable[[Path], str]


def ours() -> Reader:
    """Our readers, members of members included, without OCR."""
    sys.path.insert(0, str(ROOT))
    from scanners.extractors.interface import Budget, Limits
    from scanners.ocr.model import OcrMode

    limits = Limits(ocr=OcrMode.OFF)  # the others do not read pictures either

    def read(path: Path) -> str:
        texts: list[str] = []
        with path.open("rb") as stream:
            reasons = drain(stream, Budget(limits, path.stat().st_size), texts.append)
        if not texts and reasons:
            raise ValueError("; ".join(reasons))
        return "\n".join(texts)

    return read


def drain(stream: Any, budget: Any, take: Callable[[str], object]) -> list[str]:  # noqa: C901  one case a part
    """Read an object and its members, hand every text over, and return the reasons of its gaps."""
    from scanners.errors import ExtractionError
    from scanners.extractors.interface import Member
    from scanners.extractors.table import EXTRACTORS
    from scanners.kinds import sniff
    from scanners.model import Gap, RecordSegment, TableSegment, TextSegment

    reasons: list[str] = []

    def member(part: Member) -> None:
        take(part.name)  # the engine scans names too
        if part.stream is None:
            reasons.append(str(part.gap))
        elif budget.depth < budget.limits.depth:
            budget.depth += 1
            reasons.extend(drain(part.stream, budget, take))
            budget.depth -= 1

    def parts() -> Iterator[object]:
        if not hasattr(stream, "read"):
            yield from stream
            return
        kind = sniff(stream)
        if kind not in EXTRACTORS:
            reasons.append(f"no reader: {kind}")
            return
        yield from EXTRACTORS[kind].segments(stream, budget)

    try:
        for part in parts():
            match part:
                case TextSegment():
                    take(part.text)
                case TableSegment():
                    rows = (part.header, *part.rows) if part.header else part.rows
                    take("\n".join("\t".join(row) for row in rows))
                case RecordSegment():
                    take("\n".join(field.value for field in part.fields))
                case Member():
                    member(part)
                case Gap():
                    reasons.append(f"{part.reason}: {part.detail}")
    except ExtractionError as error:
        reasons.append(f"{error.gap.reason}: {error.gap.detail}")
    return reasons


def kreuzberg() -> Reader:
    """Kreuzberg without its cache, which would write what it reads to the home folder."""
    from kreuzberg import ExtractionConfig, extract_file_sync

    config = ExtractionConfig(use_cache=False)

    def read(path: Path) -> str:
        result = extract_file_sync(str(path), config=config)
        titles = (result.metadata or {}).get("title"), (result.metadata or {}).get("subject")
        return "\n".join([result.content, *(each for each in titles if isinstance(each, str))])

    return read


def markitdown() -> Reader:
    """Microsoft's markitdown."""
    from markitdown import MarkItDown

    converter = MarkItDown()
    return lambda path: str(converter.convert(str(path)).text_content)


def python_docx() -> Reader:
    """Paragraphs, tables, headers and footers as python-docx gives them."""
    import docx

    def read(path: Path) -> str:
        document = docx.Document(str(path))
        lines = [each.text for each in document.paragraphs]
        for table in document.tables:
            lines += [cell.text for row in table.rows for cell in row.cells]
        for section in document.sections:
            for part in (section.header, section.footer):
                lines += [each.text for each in part.paragraphs]
        return "\n".join([*lines, document.core_properties.title or ""])

    return read


def openpyxl() -> Reader:
    """Cells and comments."""
    import openpyxl

    def read(path: Path) -> str:
        book = openpyxl.load_workbook(str(path), data_only=True)
        found: list[str] = list(book.sheetnames)
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                found += [str(cell.value) for cell in row if cell.value is not None]
                found += [cell.comment.text for cell in row if cell.comment]
        return "\n".join(found)

    return read


def python_pptx() -> Reader:
    """Shapes, tables, groups and notes."""
    import pptx

    def shapes(group: Any) -> Iterator[str]:
        for shape in group:
            if shape.shape_type == 6:  # a group
                yield from shapes(shape.shapes)
            elif shape.has_text_frame:
                yield shape.text_frame.text
            elif getattr(shape, "has_table", False):
                for row in shape.table.rows:
                    yield from (cell.text for cell in row.cells)

    def read(path: Path) -> str:
        found: list[str] = []
        for slide in pptx.Presentation(str(path)).slides:
            found += shapes(slide.shapes)
            if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
                found.append(slide.notes_slide.notes_text_frame.text)
        return "\n".join(found)

    return read


def pypdf() -> Reader:
    """Text of every page by pypdf."""
    import pypdf

    return lambda path: "\n".join(page.extract_text() for page in pypdf.PdfReader(str(path)).pages)


def pdfminer() -> Reader:
    """Text of every page by pdfminer."""
    from pdfminer.high_level import extract_text

    return lambda path: str(extract_text(str(path)))


def _program(*command: str) -> Reader:
    def read(path: Path) -> str:
        done = subprocess.run([*command, str(path)], capture_output=True, timeout=60, check=True)
        return done.stdout.decode("utf-8", errors="replace")

    return read


def pdftotext() -> Reader:
    """Poppler."""

    def read(path: Path) -> str:
        command = ["pdftotext", "-enc", "UTF-8", str(path), "-"]
        done = subprocess.run(command, capture_output=True, timeout=60, check=True)
        return done.stdout.decode("utf-8", errors="replace")

    return read


def catdoc() -> Reader:
    """Catdoc for Word files."""
    return _program("catdoc", "-dutf-8")


def catppt() -> Reader:
    """Catppt for PowerPoint files."""
    return _program("catppt", "-dutf-8")


def xls2csv() -> Reader:
    """Xls2csv for Excel files."""
    return _program("xls2csv", "-dutf-8")


def standard() -> Reader:
    """What the standard library and lxml see in mail, markup and text."""
    import email
    import email.policy
    import mailbox

    import lxml.html
    from lxml import etree

    def mail(message: Any) -> Iterator[str]:
        yield from (str(message.get(name, "")) for name in ("Subject", "From", "To", "Cc"))
        for part in message.walk():
            if part.get_content_maintype() == "text":
                with contextlib.suppress(LookupError, UnicodeError, KeyError):
                    yield (
                        html(part.get_content())
                        if part.get_content_subtype() == "html"
                        else part.get_content()
                    )

    def html(text: str | bytes) -> str:
        tree = lxml.html.document_fromstring(text)
        for each in tree.xpath("//script|//style"):
            each.drop_tree()
        return " ".join(tree.itertext())

    def read(path: Path) -> str:
        data = path.read_bytes()
        match path.suffix.lower():
            case ".eml":
                return "\n".join(mail(email.message_from_bytes(data, policy=email.policy.default)))
            case ".mbox":
                box = mailbox.mbox(
                    path,
                    factory=lambda file: email.message_from_binary_file(file, policy=email.policy.default),
                )
                return "\n".join(text for message in box for text in mail(message))
            case ".html" | ".htm":
                return html(data)
            case ".xml":
                parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
                return " ".join(str(each) for each in etree.fromstring(data, parser).itertext())
        from charset_normalizer import from_bytes

        best = from_bytes(data).best()
        if best is None:
            raise ValueError("no encoding")
        return str(best)

    return read


_FLAT = {"odt": "txt:Text", "doc": "txt:Text", "docx": "txt:Text", "rtf": "txt:Text", "html": "txt:Text"}
_FLAT |= dict.fromkeys(("ods", "xls", "xlsx", "xlsb", "xlsm"), "fods")
_FLAT |= dict.fromkeys(("odp", "ppt", "pptx"), "fodp")


def libreoffice() -> Reader:
    """LibreOffice: texts as text, sheets and slides by their flat form."""
    import re
    import tempfile

    from lxml import etree

    profile = tempfile.mkdtemp(prefix="daicho-soffice-")

    def read(path: Path) -> str:
        form = _FLAT[path.suffix.lower().lstrip(".")]
        with tempfile.TemporaryDirectory() as folder:
            command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--norestore"]
            command += ["--convert-to", form, "--outdir", folder, str(path)]
            subprocess.run(command, capture_output=True, timeout=100, check=False)
            (made,) = Path(folder).iterdir()
            if form.startswith("txt"):
                return made.read_text(encoding="utf-8", errors="replace")
            tree = etree.parse(str(made), etree.XMLParser(huge_tree=True))
            body = tree.getroot().find("{urn:oasis:names:tc:opendocument:xmlns:office:1.0}body")
            texts = body.iter("{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p")
            return re.sub(r"[ ]+", " ", "\n".join("".join(each.itertext()) for each in texts))

    return read


READERS: dict[str, Callable[[], Reader]] = {
    "ours": ours,
    "kreuzberg": kreuzberg,
    "markitdown": markitdown,
    "python-docx": python_docx,
    "openpyxl": openpyxl,
    "python-pptx": python_pptx,
    "pypdf": pypdf,
    "pdfminer": pdfminer,
    "pdftotext": pdftotext,
    "catdoc": catdoc,
    "catppt": catppt,
    "xls2csv": xls2csv,
    "standard": standard,
    "libreoffice": libreoffice,
}


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def main() -> None:
    """Answer path after path until stdin ends; what libraries print goes nowhere."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    if sys.argv[1] != "libreoffice":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        read = READERS[sys.argv[1]]()
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), file=answers, flush=True)
        return
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8"):
        before = _cpu()
        try:
            answer = {"text": read(Path(json.loads(line))), "error": ""}
        except Exception as error:  # noqa: BLE001  whatever a library raises is its answer
            answer = {"text": "", "error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps({**answer, "cpu": _cpu() - before}), file=answers, flush=True)


if __name__ == "__main__":
    main()
