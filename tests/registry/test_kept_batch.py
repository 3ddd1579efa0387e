"""Results that a scan's memory keeps are counted and written alike, one by one or whole."""

from __future__ import annotations

from pathlib import Path

from registry.findings import FindingsStore, RunFile
from registry.kept_batch import KeptBatch
from registry.model import RunId, SourceId, UnitId
from registry.result_bytes import written
from registry.vault import Vault
from scanners.engine import ScanKeys, ScanOptions, scan
from scanners.model import Category, ObjectResult, RunTotals
from scanners.selection import Selection
from scanners.sources.local import LocalSource


def found_in(folder: Path) -> list[ObjectResult]:
    """Return results of many kinds: tables and texts, members, what is left out and what cannot be read."""
    (folder / "名簿.csv").write_text(
        "氏名,電話番号\n" + "".join(f"架空 太郎{n},090-1234-{n:04}\n" for n in range(30)), encoding="utf-8"
    )
    (folder / "memo.txt").write_text("連絡先 090-1234-5678", encoding="utf-8")
    (folder / "empty").write_bytes(b"")
    (folder / "left.txt").write_text("x", encoding="utf-8")
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 broken")
    (folder / "link").symlink_to("memo.txt")
    source = LocalSource(folder, selection=Selection(exclude=("left.txt",)))
    return list(scan(source, ScanKeys(fingerprint=b"f" * 32), ScanOptions(jobs=1, names=False)))


def test_a_batch_is_what_its_results_are(tmp_path: Path) -> None:
    """Totals, counts and every row of the run's three files."""
    (tmp_path / "share").mkdir()
    results = found_in(tmp_path / "share")
    assert sum(bool(result.categories) for result in results) == 2
    kept = KeptBatch([written(results[:2]), *(written([result]) for result in results[2:])])
    store = FindingsStore(tmp_path / "store", Vault(b"k" * 32))
    singly = store.writer(RunId("singly"), UnitId(1), SourceId(2))
    wholly = store.writer(RunId("wholly"), UnitId(1), SourceId(2))
    totals = RunTotals()
    for result in results:
        singly.add(result)
        totals = totals.plus(result)
    wholly.add_kept(kept)
    assert kept.totals == totals
    assert (totals.listed, totals.by_policy, totals.failed) == (len(results), 2, 1)
    assert kept.counts[Category.PHONE] == 31
    assert [result.id for result in kept.results()] == [result.id for result in results]
    assert totals.together(totals).listed == 2 * totals.listed
    files = [{file.kind: file for file in writer.commit()} for writer in (singly, wholly)]
    assert files[0].keys() == files[1].keys() == {"objects", "findings", "lookup"}
    for kind in files[0]:
        one, other = (rows(store, each[kind]) for each in files)
        assert one == other
        assert one


def rows(store: FindingsStore, file: RunFile) -> list[dict[str, object]]:
    """Return the rows of a file, whatever run it is of."""
    return [row | {"run_id": ""} for row in store.table(file.name).to_pylist()]
