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
    print(json.dumps({"start_s": start, "worker_mb": _peak()}))


def _peak() -> float:
    """Return the most memory that this process held, in MB; the count of getrusage keeps the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # macOS counts bytes


if __name__ == "__main__":
    main()
