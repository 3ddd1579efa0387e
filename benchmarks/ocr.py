"""How much of a scanned Japanese form each OCR engine reads, and how long a page takes.

python -m benchmarks.ocr [--json]: the engines that are installed here, on forms drawn with a known text.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

from benchmarks.ocr_forms import FIELDS, LOOKS, fields_found, mincho, pixels
from scanners.ocr import rapid, tesseract
from scanners.ocr.lines import Word, joined
from scanners.ocr.prepare import Grey, prepared, scaled


def _as_is(picture: Grey) -> list[Word]:
    """Read without preparation, for comparison."""
    return tesseract.words(scaled(picture))


def _prepared(words: Callable[[Grey], list[Word]]) -> Callable[[Grey], list[Word]]:
    def read(picture: Grey) -> list[Word]:
        ready = prepared(picture)
        return [] if ready is None else words(ready)

    return read


def engines() -> dict[str, Callable[[Grey], list[Word]]]:
    """Return the engines that are here."""
    found: dict[str, Callable[[Grey], list[Word]]] = {}
    if tesseract.is_ready():
        found["tesseract as it is"] = _as_is
        found["tesseract"] = _prepared(tesseract.words)
    if rapid.is_ready():
        found["rapidocr"] = _prepared(rapid.words)
    return found


def main() -> None:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    looks = [look for look in LOOKS if look.font == "gothic" or mincho()]
    results = {}
    for name, read in engines().items():
        rows = []
        for look in looks:
            picture = pixels(look)
            started = time.perf_counter()
            found = fields_found(joined(read(picture)))
            rows.append((str(look), len(found), time.perf_counter() - started))
        results[name] = {
            "fields": len(FIELDS),
            "found_min": min(found for _, found, _ in rows),
            "found_mean": round(statistics.mean(found for _, found, _ in rows), 1),
            "seconds_per_page": round(statistics.mean(seconds for _, _, seconds in rows), 2),
            "forms": {look: found for look, found, _ in rows},
        }
    if as_json:
        print(json.dumps({"ocr": results}, ensure_ascii=False))
        return
    for name, result in results.items():
        print(
            f"{name}: {result['found_min']} to {max(result['forms'].values())} of {result['fields']} fields, "  # type: ignore[attr-defined]  # a table of counts
            f"{result['seconds_per_page']} s a page"
        )
        for look, found in result["forms"].items():  # type: ignore[attr-defined]  # a table of counts
            print(f"  {found:2} {look}")


if __name__ == "__main__":
    main()
