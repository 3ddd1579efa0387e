"""How accurate detection is, beside three peers: python -m benchmarks.accuracy [--json] [--write].

Runs the development set (DAICHO_SHARED, or ../shared), public sentences, radiology reports, and adversarial
names, English names and whole documents of our own. Peers run in virtual environments of their own under
build/, which are made on the first run. --write puts the results into docs/accuracy.md; --no-peers leaves
the comparison out.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import accuracy_sets as sets  # noqa: E402  the checkout must be on the path first
from benchmarks.accuracy_report import OWN, Results, markdown, plain  # noqa: E402
from benchmarks.adversarial import sentences  # noqa: E402
from benchmarks.calibration import FITTED, MEASURED, tally  # noqa: E402
from benchmarks.peers import PEERS, PeerProcess  # noqa: E402
from benchmarks.scoring import TOTAL, score  # noqa: E402
from benchmarks.written import measure as written  # noqa: E402

DOCUMENT = ROOT / "docs" / "accuracy.md"


def measure(*, with_peers: bool) -> Results:
    """Run everything and return the figures."""
    results = Results()
    texts = [*sets.text_sets(), *written.text_sets()]
    for each in texts:
        _measure_own(results, each)
    results.tables[OWN] = sets.table_typing(sets.own_columns())
    results.persons = sets.person_count(sets.own_persons())
    for name in written.TITLES:
        results.written[written.key(name)] = (
            written.table_typing(name, sets.scanned),
            written.person_count(name, sets.scanned),
        )
    for group, items in sentences().items():
        found = sets.own_spans([item.text for item in items])
        results.groups[group] = score(items, found, ("PERSON",)).categories[TOTAL]
    for peer in PEERS if with_peers else ():
        process = PeerProcess(peer)
        _measure_spans(results, peer.title, texts, process.find)
        results.tables[peer.title] = sets.table_typing(sets.peer_columns(process.find))
        process.close()
    return results


def _measure_own(results: Results, each: sets.TextSet) -> None:
    print(f"{OWN}: {each.title}", file=sys.stderr)
    found = sets.own_matches([item.text for item in each.items])
    results.titles[each.key] = each.title
    results.scores[each.key, OWN] = score(each.items, [sets.spans(matches) for matches in found], each.only)
    if each.key in FITTED:
        tally(results.reliability, each, found)
    elif each.key in MEASURED:
        tally(results.reliability_measured, each, found)


def _measure_spans(results: Results, who: str, texts: list[sets.TextSet], find: sets.Find) -> None:
    for each in texts:
        print(f"{who}: {each.title}", file=sys.stderr)
        results.titles[each.key] = each.title
        results.scores[each.key, who] = score(each.items, find([item.text for item in each.items]), each.only)


def figures(results: Results) -> dict[str, Any]:
    """Return the figures of our own engine as one JSON object."""
    dev = results.scores["dev", OWN]
    return {
        "f1": {name: round(each.overlap.value, 4) for name, each in dev.categories.items()},
        "strict_f1": {name: round(each.strict.value, 4) for name, each in dev.categories.items()},
        "macro_f1": round(dev.macro, 4),
        "fp_per_mb": round(dev.false_per_mb, 1),
        "table_typing": round(results.tables[OWN][0] / results.tables[OWN][1], 4),
        "person_count": round(results.persons[0] / results.persons[1], 4),
        "names": {
            key: {"f1": round(total.overlap.value, 4), "strict_f1": round(total.strict.value, 4)}
            for (key, who), scores in results.scores.items()
            if who == OWN
            and key != "dev"
            and key not in results.written
            and (total := scores.categories.get("PERSON")) is not None
        },
        "written": {
            key: {
                "f1": {
                    name: round(each.overlap.value, 4)
                    for name, each in results.scores[key, OWN].categories.items()
                },
                "strict_f1": round(results.scores[key, OWN].categories[TOTAL].strict.value, 4),
                "macro_f1": round(results.scores[key, OWN].macro, 4),
                "fp_per_mb": round(results.scores[key, OWN].false_per_mb, 1),
                "table_typing": round(columns[0] / columns[1], 4) if columns[1] else None,
                "person_count": round(persons[0] / persons[1], 4),
            }
            for key, (columns, persons) in results.written.items()
        },
        "peers": {
            f"{who}: {results.titles[key]}": round(scores.categories[TOTAL].overlap.value, 4)
            for (key, who), scores in results.scores.items()
            if who != OWN
        },
    }


def main() -> None:
    """Print the tables, or one JSON object as the last line; write the document when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--no-peers", action="store_true", help="measure our own engine only")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md (needs the peers)")
    options = parser.parse_args()
    if options.write and options.no_peers:
        parser.error("--write needs the peers")
    results = measure(with_peers=not options.no_peers)
    if options.write:
        DOCUMENT.write_text(markdown(results), encoding="utf-8")
    if options.json:
        print(json.dumps(figures(results), ensure_ascii=False))
    else:
        print(plain(results))


if __name__ == "__main__":
    main()
