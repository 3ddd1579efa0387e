"""How the time of detection grows with one long line: python -m benchmarks.growth [--json].

Every piece is repeated to a text of SIZE characters and to one of FACTOR times as many; the figure of a piece
is the ratio of the two CPU times, divided by FACTOR. One is linear, FACTOR is a loop within a loop.
`growth_max` is that of the worst piece, which is named before.
"""

import argparse
import json
import time

REPEATED = (
    *("癌", "山田", "ア", "ﾔﾏﾀﾞ", "あ", "か\u3099", "昭和", "番号", "カナ ", "氏名：", "電話番号", "電話\n\n"),
    *("東京都千代田区", "病名\t氏名\n", "68歳男性、胃癌術後で通院中。"),
    *("電話 090-1234-5678 ", "090-1234-5678 ", "2025-01-15,", "0123456789", "1234567 ", "1-", "1\n", "\n"),
    *("A-", "Ab ", "A b\n", "Mr. A. B.", "Taro Yamada ", "a-ku ", "a@", "a@b.jp "),
    *("(", "[{", "(((", "\ud800"),
)
SIZE = 30_000
FACTOR = 4
ROUNDS = 5


def measure() -> dict[str, float]:
    """Return the growth of every piece: small and large texts are read in turn, the best of each counts."""
    from scanners.preload import analyzer

    engine = analyzer()

    def seconds(text: str) -> float:
        begun = time.process_time()
        engine.text(text)
        return time.process_time() - begun

    grown = {}
    for piece in REPEATED:
        small, large = (piece * (size // len(piece)) for size in (SIZE, FACTOR * SIZE))
        taken = [(seconds(small), seconds(large)) for _ in range(ROUNDS)]
        grown[piece] = min(each[1] for each in taken) / min(each[0] for each in taken) / FACTOR
    return grown


def main() -> None:
    """Print the growth of every piece, or the worst alone as a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args()
    grown = measure()
    for piece, ratio in sorted(grown.items(), key=lambda each: each[1]):
        print(f"{ratio:6.2f}  {piece!r}")
    if options.json:
        print(json.dumps({"growth_max": round(max(grown.values()), 3)}))


if __name__ == "__main__":
    main()
