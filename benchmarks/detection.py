"""How fast detection is, as ratios measured in one run: python benchmarks/detection.py [--json].

All rates are megabytes of UTF-8 text per CPU second of one process, so that other load on the
machine matters little. Presidio with ja_ginza runs in a virtual environment of its own
(build/bench-venv, made from requirements/bench.lock, unless this one has them) on a small sample,
in turn with our own rounds.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
VENV = ROOT / "build" / "bench-venv"
SIZE = 2_000_000  # bytes of text for our own engines
SAMPLE = 6_000  # bytes of text for Presidio in every round
ROUNDS = 3
RG_PATTERNS = (
    "0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}",
    "[0-9]{12}",
    "[0-9]{3}-[0-9]{4}",
    r"[\w.]+@[\w.]+",
    "生年月日",
)


def documents() -> list[str]:
    """Return the texts of the development set, or those of the demo group where it is absent."""
    shared = Path(os.environ.get("DAICHO_SHARED", ROOT.parent / "shared"))
    places = [shared / "eval" / "docs" / "txt", ROOT / "data" / "demo"]
    for place in places:
        texts = [path.read_text(encoding="utf-8") for path in sorted(place.rglob("*.txt"))]
        if texts:
            return texts
    raise SystemExit("no text to measure with: set DAICHO_SHARED to the folder that holds eval/docs/txt")


def repeated(texts: Sequence[str], size: int) -> list[str]:
    """Return the texts again and again until they hold `size` bytes."""
    chosen: list[str] = []
    total = 0
    while total < size:
        for text in texts:
            chosen.append(text)
            total += len(text.encode("utf-8"))
            if total >= size:
                break
    return chosen


def sample(texts: Sequence[str], size: int) -> list[str]:
    """Return texts from all over the list, about `size` bytes of them, none longer than a fifth of it."""
    short = [text for text in texts if len(text.encode("utf-8")) <= size // 5] or list(texts)
    return repeated(short[:: max(1, len(short) // 16)], size)


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


def ripgrep_rate(texts: Sequence[str]) -> float | None:
    """Return the rate of ripgrep with a handful of patterns, or None where it is not installed."""
    program = shutil.which("rg")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        path.write_text("\n".join(texts) * 10, encoding="utf-8")
        arguments = [part for pattern in RG_PATTERNS for part in ("-e", pattern)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "-j1", "-c", *arguments, str(path)], check=False, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return path.stat().st_size / 1e6 / max(spent, 1e-3)


def measure(*, with_presidio: bool) -> dict[str, float | None]:
    """Run the rounds and return the median figures."""
    begun = time.process_time()
    from scanners.detection import analyzer

    full = analyzer(names=True)
    full.text("山田太郎 電話 090-1234-5678")
    start_s = time.process_time() - begun
    patterns = analyzer(names=False)
    texts = documents()
    own, theirs = repeated(texts, SIZE), sample(texts, SAMPLE)
    presidio = Presidio() if with_presidio else None
    rates: dict[str, list[float]] = {"patterns": [], "full": [], "presidio": []}
    for _ in range(ROUNDS):
        for name, engine in (("patterns", patterns), ("full", full)):
            begun = time.process_time()
            for text in own:
                engine.text(text)
            rates[name].append(megabytes(own) / (time.process_time() - begun))
        if presidio is not None:
            rates["presidio"].append(megabytes(theirs) / presidio.cpu_seconds(theirs))
    if presidio is not None:
        presidio.close()
    middle = {name: statistics.median(values) for name, values in rates.items() if values}
    rg = ripgrep_rate(own)
    slow = middle.get("presidio")
    return {
        "patterns_mb_s": middle["patterns"],
        "full_mb_s": middle["full"],
        "presidio_mb_s": slow,
        "patterns_vs_presidio": middle["patterns"] / slow if slow else None,
        "full_vs_presidio": middle["full"] / slow if slow else None,
        "patterns_vs_rg": middle["patterns"] / rg if rg else None,
        "start_s": start_s,
        "worker_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


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
