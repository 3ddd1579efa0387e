"""Loads what every worker needs; imported by worker processes only, because it bounds their libraries.

The fork server imports this once, so that a worker which replaces a dead one starts at once.
"""

import gc
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[_name] = "1"  # one entry, one core
# Arrow's own allocator reserves a gigabyte of address space, which the memory limit would count
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"

import pyarrow as pa  # noqa: E402  the environment first

from scanners.detection import analyzer  # noqa: E402
from scanners.examined import Tools  # noqa: E402
from scanners.examiner import Examiner  # noqa: E402
from scanners.extension import extended  # noqa: E402
from scanners.places import Places  # noqa: E402
from scanners.readers import with_readers  # noqa: E402
from scanners.sources.paced import paced  # noqa: E402

__all__ = ["Examiner", "Places", "Tools", "analyzer", "extended", "paced", "with_readers"]

analyzer(model=False)  # compiles the expressions of all detectors, which every worker then only loads
pa.array([""])  # Arrow imports pandas at its first list: before the first task's time runs

# What was loaded stays for good, and matches form no cycles: the collector need look at neither often
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 20, 20)
