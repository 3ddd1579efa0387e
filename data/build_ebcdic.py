"""Writes data/ebcdic.txt: what IBM's Japanese code pages 930 and 939 mean to iconv of the GNU C library.

`python data/build_ebcdic.py`; one line per table: its name, then the characters in the order of their bytes,
U+FFFD where there is none. "290" and "1027" hold one byte a character, "300 41" the second bytes 41-FE.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TABLE = Path(__file__).resolve().parent / "ebcdic.txt"
NOTHING = "\ufffd"


def _meanings(page: str, signs: list[bytes]) -> str:
    """Return what each of some byte sequences means; `-c` leaves out what means nothing."""
    data = b"\x25".join(signs)
    done = subprocess.run(
        ["iconv", "-c", "-f", page, "-t", "UTF-8"],
        input=data,
        capture_output=True,
        check=False,
    )
    texts = done.stdout.decode("utf-8").split("\n")
    if len(texts) != len(signs):
        raise SystemExit(f"iconv gave {len(texts)} answers for {len(signs)} questions")
    return "".join(text if len(text) == 1 and text.isprintable() else NOTHING for text in texts)


def main() -> None:
    """Ask iconv and write."""
    lines = []
    for name, page in (("290", "IBM930"), ("1027", "IBM939")):
        signs = [bytes((byte,)) if byte not in (0x0E, 0x0F, 0x25) else b"\x00" for byte in range(256)]
        lines.append(f"{name}\t{_meanings(page, signs)}")
    for lead in range(0x41, 0xFF):
        row = _meanings("IBM939", [bytes((0x0E, lead, trail, 0x0F)) for trail in range(0x41, 0xFF)])
        if row.strip(NOTHING):
            lines.append(f"300 {lead:02X}\t{row}")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stderr.write(f"{TABLE.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
