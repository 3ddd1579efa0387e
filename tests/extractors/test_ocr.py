"""Scanned pages and pictures are read, within their time, or told as unread."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.ocr_forms import LOOKS, Look, drawn, fields_found, mincho, pixels
from daicho.errors import UsageError
from daicho.settings import Settings
from scanners.engine import ScanKeys, ScanOptions, scan
from scanners.extractors.interface import Budget, Limits
from scanners.extractors.table import EXTRACTORS
from scanners.model import Gap, Reason, TextSegment
from scanners.ocr import engines, rapid, reader, tesseract
from scanners.ocr.lines import Word, confidence, joined, tidy
from scanners.ocr.model import OcrMode, extra_seconds
from scanners.ocr.prepare import prepared, turned
from scanners.sources.local import LocalSource
from tests.extractors import samples_pdf
from tests.extractors.test_contract import read

needs_tesseract = pytest.mark.skipif(not tesseract.is_ready(), reason="tesseract with jpn is not installed")


def found(kind: str, data: bytes, limits: Limits = Limits()) -> dict[str, str]:  # noqa: B008  frozen
    """Return the text that OCR read, by location."""
    parts = read(kind, data, limits)
    return {part.location: part.text for part in parts if isinstance(part, TextSegment)}


def scanned(look: Look, text: str = "") -> bytes:
    """Return the form as a PDF of a scanner, with what it read lying unseen over it."""
    picture = drawn(look)
    return samples_pdf.scan(*picture.size, picture.tobytes(), text, b"3 Tr")


@needs_tesseract
def test_a_scanned_form_is_read() -> None:
    """Ruled lines, blur, noise and a tilt: fourteen of seventeen fields at least, and the place says how."""
    data = scanned(Look())
    (location, text), *_ = found("pdf", data).items()
    assert location == "p. 1 (OCR)"
    assert len(fields_found(text)) >= 14
    assert "氏名\t山田花子" in text
    parts = read("pdf", data, Limits(ocr=OcrMode.OFF))
    assert [part.detail for part in parts if isinstance(part, Gap)] == [
        "no text layer, OCR off: 1 of 1 pages: p. 1"
    ]


@needs_tesseract
def test_a_page_with_text_of_its_own_is_read_twice_only_when_asked() -> None:
    """A scan with the text read from it is left alone; `always` reads the picture as well."""
    data = scanned(Look(dpi=100), "氏名 架空太郎 " * 8)
    assert list(found("pdf", data)) == ["p. 1"]
    assert list(found("pdf", data, Limits(ocr=OcrMode.ALWAYS))) == ["p. 1", "p. 1 (OCR)"]


@needs_tesseract
def test_a_photograph_of_a_card_is_read() -> None:
    """Small, light on dark, turned by the camera's own mark: upright in the end."""
    card = Image.new("L", (640, 240), 20)
    font = ImageFont.truetype(drawn_font(), 36)
    ImageDraw.Draw(card).text((30, 40), "氏名 山田花子\n090-0000-5678", font=font, fill=240, spacing=24)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it upright
    out = io.BytesIO()
    card.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", exif=exif)
    (text,) = found("jpeg", out.getvalue()).values()
    assert "山田花子" in text
    assert "090-0000-5678" in text


def drawn_font() -> str:
    """Return a Japanese font that the product brings."""
    import noto_cjk_sans_jp_regular

    return str(noto_cjk_sans_jp_regular.FONT_PATH)


@pytest.mark.slow
@needs_tesseract
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_forms_of_every_look_are_read(look: Look) -> None:
    """Gothic and Mincho, 150 to 300 dpi: the engine's bar holds for each."""
    if look.font == "mincho" and not mincho():
        pytest.skip("no Mincho font installed")
    assert len(fields_found(reader.read(pixels(look)).text)) >= 14


@pytest.mark.slow
@needs_tesseract
def test_a_page_on_its_side_is_turned() -> None:
    """Whichever way it lay on the scanner."""
    for quarters in (1, 2, 3):
        text = reader.read(turned(pixels(Look()), quarters)).text
        assert len(fields_found(text)) >= 12, quarters


@pytest.mark.slow
@pytest.mark.skipif(
    "jpn_vert" not in tesseract.languages(), reason="tesseract with jpn_vert is not installed"
)
def test_columns_that_run_downwards_are_read_downwards() -> None:
    """Not across them, letter by letter."""
    columns = ("申込書の控えについてお知らせします", "氏名　山田花子　様", "診断名は高血圧症で通院中のため")
    page = Image.new("L", (1000, 1000), 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(drawn_font(), 34)
    for column, text in enumerate(columns):
        for row, letter in enumerate(text):
            draw.text((850 - 90 * column, 80 + 42 * row), letter, font=font, fill=0)
    text = reader.read(np.array(page, dtype=np.uint8)).text
    assert "山田花子" in text
    assert "高血圧症" in text


def test_nothing_written_is_nothing_to_read() -> None:
    """An empty page, a black page and noise are complete without text."""
    assert prepared(np.full((900, 700), 255, np.uint8)) is None
    assert prepared(np.zeros((900, 700), np.uint8)) is None
    noise = np.random.default_rng(3).normal(230, 8, (900, 700)).clip(0, 255).astype(np.uint8)
    assert reader.read(noise).text == ""


def test_words_become_lines_as_japanese_is_written() -> None:
    """Spaces of the engine go, columns stay apart, and uncertain words are left out."""
    words = [
        Word("氏", 90, (1,), 0, 0, 30, 30),
        Word("名", 90, (1,), 34, 0, 30, 30),
        Word("山田", 90, (1,), 200, 0, 60, 30),
        Word("花子", 80, (1,), 264, 0, 60, 30),
        Word("|", 5, (1,), 330, 0, 5, 30),
        Word("Taro", 90, (2,), 0, 50, 60, 30),
        Word("Yamada", 90, (2,), 70, 50, 90, 30),
    ]
    assert joined(words) == "氏名\t山田花子\nTaro Yamada"
    assert tidy("昭和 55 年 3 月 12 日 Tel 090 - 0000 - 5678") == "昭和55年3月12日 Tel 090-0000-5678"
    assert confidence([]) == 0
    boxes = [
        Word("二", 99, (0,), 100, 12, 20, 20),
        Word("三", 99, (0,), 0, 60, 20, 20),
        Word("一", 99, (0,), 0, 10, 20, 20),
    ]
    assert [word.text for word in rapid.in_lines(boxes)] == ["一", "二", "三"]


def test_without_an_engine_a_picture_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never clean: the reason says what is missing."""
    monkeypatch.setattr(tesseract, "program", lambda: None)
    monkeypatch.setattr(rapid, "is_ready", lambda: False)
    assert engines.engine() == ""
    (gap,) = [part for part in read("pdf", scanned(Look(dpi=100))) if isinstance(part, Gap)]
    assert gap == Gap(Reason.UNSUPPORTED, "OCR engine missing: 1 of 1 pages: p. 1")


@needs_tesseract
def test_pages_beyond_the_time_are_named() -> None:
    """OCR leaves time for the rest of the object; what it did not reach is a gap that names its pages."""
    data = scanned(Look(dpi=100))
    budget = Budget(Limits(), len(data), until=time.monotonic() - 1, seconds=10.0)
    parts = list(EXTRACTORS["pdf"].segments(io.BytesIO(data), budget))
    assert parts == [Gap(Reason.TIME_LIMIT, "OCR: 1 of 1 pages: p. 1")]
    assert extra_seconds(OcrMode.OFF, 1 << 30) == 0
    assert 0 < extra_seconds(OcrMode.AUTO, 1 << 20) < extra_seconds(OcrMode.AUTO, 1 << 30)
    with pytest.raises(tesseract.EngineFailed, match="no answer"):
        tesseract.words(pixels(Look(dpi=100)), seconds=0.01)


@pytest.mark.slow
@needs_tesseract
def test_a_worker_reads_a_scan_although_it_may_write_no_file(tmp_path: Path) -> None:
    """The worker's limits hold for the engine too, and the names on the form are found."""
    drawn(Look(dpi=150)).save(tmp_path / "scan.png")
    (result,) = scan(LocalSource(tmp_path), ScanKeys(b"k" * 32), ScanOptions(jobs=1))
    assert (result.kind, result.reason) == ("png", None)
    assert {"PERSON", "PHONE", "EMAIL"} <= {category.value for category in result.categories}
    assert list(tmp_path.iterdir()) == [tmp_path / "scan.png"]


def test_the_mode_is_a_setting(tmp_path: Path) -> None:
    """Whoever sets nothing gets pictures read where there is no text; another word is refused by name."""
    assert Settings.load(tmp_path, env={}).limits.ocr is OcrMode.AUTO
    config = tmp_path / "daicho.toml"
    config.write_text('[scan]\nocr = "always"\n')
    assert Settings.load(tmp_path, env={}).limits.ocr is OcrMode.ALWAYS
    config.write_text('[scan]\nocr = "yes"\n')
    with pytest.raises(UsageError, match=r'scan\.ocr is "off", "auto" or "always"'):
        Settings.load(tmp_path, env={})


def test_an_engine_inside_the_worker_gets_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tesseract is a process of its own; RapidOCR needs memory of the worker's."""
    monkeypatch.setattr(engines, "engine", lambda: "rapidocr")
    limits = engines.with_room(Limits())
    assert limits.memory_bytes > Limits().memory_bytes
    off = Limits(ocr=OcrMode.OFF)
    assert engines.with_room(off) == off
    monkeypatch.setattr(engines, "engine", lambda: "tesseract")
    assert engines.with_room(Limits()) == Limits()


@pytest.mark.parametrize("shape", [(30, 100_000), (178_000, 30), (2, 900), (0, 0)])
def test_a_picture_too_thin_for_letters_has_nothing_to_read(shape: tuple[int, int]) -> None:
    """The pages after it are read."""
    picture = np.full(shape, 255, np.uint8)
    picture[::7, ::3] = 0
    assert prepared(picture) is None


def test_a_picture_that_cannot_be_prepared_is_a_gap() -> None:
    """What the library refuses costs its own page only."""
    refused = np.full((40, 500), 255, np.float16)
    budget = Budget(Limits(ocr=OcrMode.ALWAYS), 1)
    with pytest.raises(tesseract.EngineFailed):
        reader.read(refused)
    assert all(isinstance(part, Gap) for part in reader.passages(refused, "p. 1", budget))


def test_a_failed_question_for_languages_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that was busy once has its languages the next time."""
    program = tmp_path / "tesseract"
    program.write_text(f"#!/bin/sh\n[ -e {tmp_path}/ready ] && echo jpn\n")
    program.chmod(0o755)
    monkeypatch.setattr(tesseract, "_PLACES", ())
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    tesseract._found.cache_clear()
    tesseract._listed.cache_clear()
    try:
        assert not tesseract.is_ready()
        (tmp_path / "ready").touch()
        assert tesseract.is_ready()
    finally:
        tesseract._found.cache_clear()
        tesseract._listed.cache_clear()


def test_an_engine_that_is_installed_later_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none was found the next question looks again."""
    monkeypatch.setattr(tesseract, "_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tesseract.program() is None
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho tesseract 5.9.1\n")
    program.chmod(0o755)
    assert tesseract.program() == str(program)
    assert tesseract.version() == "5.9.1"
