"""How fast detection is, as ratios measured in one run: python benchmarks/detection.py [--json].

All rates are megabytes of UTF-8 text per CPU second of one process, so that other load on the
machine matters little. Presidio with ja_ginza runs in a virtual environment of its own
(build/bench-venv, made from requirements/bench.lock, unless this one has them) on a small sample,
in turn with our own rounds. Our side runs with a worker's settings (scanners/preload.py: the garbage
collector rests more), Presidio with Python's defaults.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from scanners.analysis import Analyzer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
VENV = ROOT / "build" / "bench-venv"
SIZE = 2_000_000  # bytes of text for our own engines
SAMPLE = 8_000  # bytes of text for Presidio in every round
ROUNDS = 3
TABLE_ROWS = 100_000
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龥]")
Rates = dict[str, float]


def documents() -> list[str]:
    """Return the texts of the development set, or those of the demo group where it is absent."""
    shared = Path(os.environ.get("DAICHO_SHARED", ROOT.parent / "shared"))
    places = [shared / "eval" / "docs" / "txt", ROOT / "data" / "demo"]
    for place in places:
        texts = [path.read_text(encoding="utf-8") for path in sorted(place.rglob("*.txt"))]
        if texts:
            return texts
    raise SystemExit("no text to measure with: set DAICHO_SHARED to the folder that holds eval/docs/txt")


def japanese(texts: Sequence[str]) -> list[str]:
    """Return the texts of which at least a third of the characters are kana and kanji."""
    return [text for text in texts if 3 * len(_JAPANESE.findall(text)) > len(text)]


def repeated(texts: Sequence[str], size: int) -> str:
    """Return the texts one after the other, again and again until they hold `size` bytes."""
    whole = "\n\n".join(texts)
    return "\n\n".join([whole] * (1 + size // len(whole.encode("utf-8"))))


def windows(texts: Sequence[str], size: int, count: int = 12) -> list[str]:
    """Return pieces from evenly spaced places of the texts, together about `size` bytes.

    Every part of the text is as likely to be measured by the slow engine as by the fast one.
    """
    whole = "\n\n".join(texts)
    share = len(whole.encode("utf-8")) / len(whole)
    length = int(size / count / share)
    starts = [whole.find("\n", place * len(whole) // count) + 1 for place in range(count)]
    return [whole[start : start + length] for start in starts]


def megabytes(texts: Sequence[str]) -> float:
    """Return the size of the texts in UTF-8."""
    return sum(len(text.encode("utf-8")) for text in texts) / 1e6


def _has_presidio(python: Path) -> bool:
    probe = [str(python), "-c", "import presidio_analyzer, ja_ginza"]
    return python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _with_presidio() -> Path:
    """Return a Python that has Presidio and ja_ginza: this one, or that of a separate environment."""
    for python in (Path(sys.executable), VENV / "bin" / "python"):
        if _has_presidio(python):
            return python
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    wanted = ROOT / "requirements" / "bench.lock"
    python = VENV / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(wanted)], check=True)
    return python


class Presidio:
    """Presidio and ja_ginza as a process that answers requests."""

    def __init__(self) -> None:
        python = _with_presidio()
        self._process = subprocess.Popen(
            [python, str(ROOT / "benchmarks" / "presidio_side.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._read()

    def cpu_seconds(self, texts: Sequence[str]) -> float:
        """Return the CPU seconds that the texts took."""
        stream = self._process.stdin
        assert stream is not None
        stream.write(json.dumps(list(texts)) + "\n")
        stream.flush()
        return float(self._read()["cpu_s"])

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=30)

    def _read(self) -> dict[str, float]:
        stream: IO[str] | None = self._process.stdout
        assert stream is not None
        answer: dict[str, float] = json.loads(stream.readline())
        return answer


CUSTOMER_COLUMNS = ("番号", "氏名", "フリガナ", "郵便番号", "住所", "電話番号", "生年月日", "備考")


def customers(count: int) -> list[tuple[str, ...]]:
    """Return rows of invented customers, of 8 columns."""
    families, given = (
        ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本"),
        ("健一", "裕子", "翔太", "美咲", "直樹"),
    )
    return [
        (
            f"C{number:06}",
            f"{families[number % 7]} {given[number % 5]}",
            "サトウ ケンイチ",
            f"{100 + number % 800}-{number % 10_000:04}",
            f"東京都千代田区丸の内{1 + number % 9}-{1 + number % 30}-{1 + number % 20}",
            f"090-{1000 + number % 9000}-{number * 7 % 10_000:04}",
            f"{1940 + number % 60}/{1 + number % 12:02}/{1 + number % 28:02}",
            "来店時に案内済み" if number % 3 else "",
        )
        for number in range(count)
    ]


def table_rate(analyzer: "Analyzer") -> float:
    """Return the rate over a list of invented customers: TABLE_ROWS rows of 8 columns, in blocks of 5,000."""
    rows = customers(TABLE_ROWS)
    size = sum(len("".join(row).encode("utf-8")) + len(row) for row in rows) / 1e6
    begun = time.process_time()
    table = analyzer.table("customers", CUSTOMER_COLUMNS, 0)
    for start in range(0, TABLE_ROWS, 5_000):
        for _ in table.block(rows[start : start + 5_000]):
            pass
    return size / (time.process_time() - begun)


def ripgrep_rate(texts: Sequence[str]) -> float | None:
    """Return the rate of ripgrep finding what our engine looks for, or None where it is not installed.

    It is given all our patterns, which run over line breaks (-U), and tells every match and its place
    (-o, -b) as ours does. It has no label words to find and judges nothing.
    """
    program = shutil.which("rg")
    if program is None:
        return None
    from scanners.detectors.table import pattern_detectors

    patterns = [
        f"[^0-9]{pattern.expression}[^0-9]" if pattern.bounded else pattern.expression
        for detector in pattern_detectors()
        for pattern in detector.patterns
    ]
    with tempfile.TemporaryDirectory() as folder:
        text, list_ = Path(folder) / "text", Path(folder) / "patterns"
        text.write_text(repeated(texts, 10 * SIZE), encoding="utf-8")
        # ripgrep reads a pattern a line, and takes a slash only as it is
        lines = [pattern.replace("\n", "\\n").replace("\\/", "/") for pattern in patterns]
        list_.write_text("\n".join(lines) + "\n", encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [program, "-j1", "-U", "-o", "-b", "-f", str(list_), str(text)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return text.stat().st_size / 1e6 / max(spent, 1e-3)


def worker(texts: Sequence[str]) -> Rates:
    """Return what a worker of its own takes with everything loaded: seconds to its first answer, megabytes.

    The memory is its highest while it reads a text of the usual SIZE.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        path.write_text(repeated(texts, SIZE), encoding="utf-8")
        command = [sys.executable, str(ROOT / "benchmarks" / "worker_side.py"), str(path)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: Rates = json.loads(answer)
    return figures


def _rounds(
    engines: Mapping[str, Callable[[str], object]], texts: list[str], presidio: Presidio | None
) -> Rates:
    """Return the median rate of every engine over interleaved rounds on the same texts."""
    own, theirs = repeated(texts, SIZE), windows(texts, SAMPLE)
    rates: dict[str, list[float]] = {name: [] for name in (*engines, "presidio")}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            begun = time.process_time()
            engine(own)
            rates[name].append(megabytes([own]) / (time.process_time() - begun))
        if presidio is not None:
            rates["presidio"].append(megabytes(theirs) / presidio.cpu_seconds(theirs))
    return {name: statistics.median(values) for name, values in rates.items() if values}


def measure(*, with_presidio: bool) -> dict[str, float | None]:
    """Run the rounds and return the median figures.

    `patterns` are the pattern detectors alone, `rules` those and names by rules, `full` those and the
    models of names: what a scan does. The figures ending in `_ja` are those of the Japanese documents
    alone, nearly every line of which names a person or a number: the worst case of the models.
    """
    from scanners.preload import analyzer  # with everything set as in a worker

    full = analyzer()
    engines = {
        "patterns": analyzer(names=False).text,
        "rules": analyzer(model=False).text,
        "full": full.text,
    }
    texts = documents()
    presidio = Presidio() if with_presidio else None
    mixed = _rounds(engines, texts, presidio)
    dense = _rounds(engines, japanese(texts), presidio)
    if presidio is not None:
        presidio.close()
    rg = ripgrep_rate(texts)
    figures: dict[str, float | None] = {f"{name}_mb_s": rate for name, rate in mixed.items()}
    figures |= {f"{name}_mb_s_ja": rate for name, rate in dense.items()}
    for name in engines:
        figures[f"{name}_vs_presidio"] = _ratio(mixed, name)
        figures[f"{name}_vs_presidio_ja"] = _ratio(dense, name)
    figures["rg_mb_s"] = rg
    figures["patterns_vs_rg"] = mixed["patterns"] / rg if rg else None
    return {**figures, "table_mb_s": table_rate(full), **worker(texts)}


def _ratio(rates: Rates, name: str) -> float | None:
    return rates[name] / rates["presidio"] if "presidio" in rates else None


def main() -> None:
    """Print the figures, one a line or as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--no-presidio", action="store_true", help="leave the comparison out")
    options = parser.parse_args()
    figures = measure(with_presidio=not options.no_presidio)
    rounded = {name: None if value is None else round(value, 4) for name, value in figures.items()}
    if options.json:
        print(json.dumps(rounded))
        return
    for name, value in rounded.items():
        print(f"{name:22} {'-' if value is None else value}")


if __name__ == "__main__":
    main()
