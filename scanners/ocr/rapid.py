"""RapidOCR as an engine where tesseract is missing: Python packages only (requirements/ocr.lock)."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import TYPE_CHECKING, Any

from scanners.ocr.lines import Word
from scanners.ocr.tesseract import EngineFailed

if TYPE_CHECKING:
    from scanners.ocr.prepare import Grey

_SAME_LINE = 0.6  # of a box's height: boxes whose middles lie closer stand in one line


@cache
def is_ready() -> bool:
    """Tell whether the package is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


def version() -> str:
    """Return the version of the package."""
    from importlib import metadata

    return metadata.version("rapidocr")


@cache
def _engine() -> Any:
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    threads = {
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Global.log_level": "error",
        "Global.use_cls": False,  # pages are upright already
        "Rec.rec_batch_num": 1,  # memory is bounded, and a batch is as wide as its longest line
    }
    return RapidOCR(params=threads)


def words(picture: Grey) -> list[Word]:
    """Return the lines of a prepared picture as words; raises `EngineFailed`."""
    try:
        result = _engine()(picture)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  any fault of an optional engine costs one picture
        raise EngineFailed(f"rapidocr: {type(error).__name__}") from None
    if result.txts is None or result.boxes is None:
        return []
    boxes = [
        (int(box[:, 0].min()), int(box[:, 1].min()), int(box[:, 0].max()), int(box[:, 1].max()))
        for box in result.boxes
    ]
    scores = result.scores or [0.0] * len(boxes)
    return in_lines(
        [
            Word(text, 100 * float(score), (0,), left, top, right - left, bottom - top)
            for text, score, (left, top, right, bottom) in zip(result.txts, scores, boxes, strict=False)
        ]
    )


def in_lines(words: list[Word]) -> list[Word]:
    """Return boxes in reading order, those of one line with the same number."""
    found: list[Word] = []
    line, middle = 0, 0.0
    for word in sorted(words, key=lambda each: each.top + each.height / 2):
        here = word.top + word.height / 2
        if found and here - middle > _SAME_LINE * word.height:
            line += 1
        middle = here
        found.append(word._replace(line=(line,)))
    return sorted(found, key=lambda each: (each.line, each.left))
