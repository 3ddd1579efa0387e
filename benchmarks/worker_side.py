"""One worker with everything loaded, for benchmarks/detection.py: prints what it took as JSON."""

import json
import resource
import sys
import time
from pathlib import Path

begun = time.perf_counter()
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scanners.preload import analyzer  # noqa: E402  loading is what is measured


def main() -> None:
    """Load, answer once, then read the text of the file that is given."""
    full = analyzer()
    full.text("山田太郎 電話 090-1234-5678")
    start = time.perf_counter() - begun
    full.text(Path(sys.argv[1]).read_text(encoding="utf-8"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts kilobytes
    print(json.dumps({"start_s": start, "worker_mb": peak}))


if __name__ == "__main__":
    main()
