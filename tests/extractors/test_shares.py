"""What readers count of what they left out, and the share of an object that comes of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from scanners.examiner import Examiner
from scanners.extractors import holding
from scanners.extractors.interface import Budget, Limits, Member
from scanners.extractors.table import EXTRACTORS
from scanners.fingerprint import Fingerprinter
from scanners.model import Entry, Gap, Outcome
from scanners.ocr.model import OcrMode
from scanners.preload import Places, Tools, analyzer
from scanners.shortfall import Shortfall
from scanners.sources.local import LocalSource
from tests.extractors import samples, samples_archives, samples_dicom, samples_pdf
from tests.extractors.samples_databases import dbf_file

OFF = Limits(ocr=OcrMode.OFF)


def gaps(kind: str, data: bytes, limits: Limits = OFF) -> list[Gap]:
    """Return the gaps of an object and those of its members."""
    parts = list(EXTRACTORS[kind].segments(io.BytesIO(data), Budget(limits, len(data))))
    of_members = [part.gap for part in parts if isinstance(part, Member) and part.gap and part.stream]
    return [*(part for part in parts if isinstance(part, Gap)), *of_members]


def animation() -> bytes:
    """Return a GIF of twenty frames."""
    out = io.BytesIO()
    frames = [Image.new("L", (400, 300), 10 * number) for number in range(20)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def cut_table() -> bytes:
    """Return a table of five rows of which two are there."""
    return dbf_file([("NAME", "C", 10)], [("x",)] * 5)[: 65 + 11 * 2 + 3]


@pytest.mark.parametrize(
    ("kind", "made", "limits", "counted"),
    [
        ("gif", animation, OFF, (3, 20, "frames")),
        ("dbf", cut_table, OFF, (2, 5, "rows")),
        ("zip", lambda: samples_archives.many_zip(1_000), Limits(members=100), (100, 1000, "members")),
        ("pdf", lambda: samples_pdf.scan(300, 400, bytes(120_000)), OFF, (0, 1, "pages")),
        ("dicom", lambda: samples_dicom.dicom_image()[:-2], OFF, (2, 4, "bytes of pixels")),
    ],
)
def test_what_was_read_is_what_is_counted(
    kind: str, made: Callable[[], bytes], limits: Limits, counted: tuple[int, int, str]
) -> None:
    """Whatever the words of the detail: "3 of 20 frames" are 15 per cent read, not 85."""
    found = [gap for gap in gaps(kind, made(), limits) if gap.total]
    assert [(gap.seen, gap.total, gap.unit) for gap in found] == [counted]
    shortfall = Shortfall()
    shortfall.add(found[0])
    assert shortfall.share(read=True) == pytest.approx(counted[0] / counted[1])


def test_a_member_read_in_part_has_the_share_that_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its declared size."""
    monkeypatch.setattr(holding, "MEMBER_BYTES", 1000)
    (gap,) = gaps("zip", samples.zip_file({"big.txt": bytes(5000)}))
    assert (gap.seen, gap.total, gap.unit) == (1000, 5000, "bytes")


def test_where_members_are_counted_the_place_in_the_bytes_is_not_counted_again(tmp_path: Path) -> None:
    """One hundred of a thousand members are a tenth, wherever the directory lies."""
    path = tmp_path / "many.zip"
    path.write_bytes(samples_archives.many_zip(1_000))
    built = analyzer(names=False)
    tools = Tools(built, Fingerprinter(b"k" * 32), Places(built))
    source = LocalSource(path)
    (entry,) = source.entries()
    assert isinstance(entry, Entry)
    (result, *_) = Examiner(source, tools, Limits(members=100)).examine(entry)
    assert (result.outcome, result.share) == (Outcome.PARTIAL, pytest.approx(0.1))
