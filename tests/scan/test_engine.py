"""The scan goes on whatever a file does, and every object ends as exactly one outcome."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from scanners.engine import ScanKeys, ScanOptions, scan
from scanners.errors import ScannerError, SourceError
from scanners.extractors.interface import Limits
from scanners.model import Category, ObjectResult, Outcome, Reason, RunTotals
from scanners.sources import open_source
from scanners.sources.interface import Source
from tests.extractors import samples
from tests.extractors.samples_legacy import PARTIAL
from tests.scan.hostile import VALUE, HostileSource

KEYS = ScanKeys(b"k" * 32)
OPTIONS = ScanOptions(jobs=2, names=False)


def run(source: Source, options: ScanOptions = OPTIONS) -> list[ObjectResult]:
    """Return all results, having checked that the totals reconcile."""
    results = list(scan(source, KEYS, options))
    totals = RunTotals()
    for result in results:
        totals = totals.plus(result)
    assert totals.listed == totals.complete + totals.partial + totals.skipped + totals.failed == len(results)
    assert len({result.id for result in results}) == len(results)
    return results


def test_hostile_entries_fail_alone() -> None:
    """Crash, exit, hang, memory and a fault of ours each end as one failed object; all good ones are read."""
    names = ("good1", "abort", "good2", "exit", "hang", "good3", "memory", "fault", "gap", "good4")
    options = ScanOptions(jobs=2, names=False, limits=Limits(seconds=4.0))
    results = {result.uri.rsplit("/", 1)[-1]: result for result in run(HostileSource(names), options)}
    assert set(results) == set(names)
    reasons = {name: result.reason for name, result in results.items() if not name.startswith("good")}
    # a process may end before its pool has heard of its task: then only the time tells
    for name in ("abort", "exit"):
        assert reasons.pop(name) in (Reason.CRASHED, Reason.TIME_LIMIT)
    assert reasons == {
        "hang": Reason.TIME_LIMIT,
        "memory": Reason.MEMORY_LIMIT,
        "fault": Reason.INTERNAL,
        "gap": Reason.NOT_LISTED,
    }
    assert all(results[name].outcome is Outcome.FAILED for name in names if not name.startswith("good"))
    for name in ("good1", "good2", "good3", "good4"):
        assert results[name].reason is None
        assert results[name].categories[Category.PHONE].count == 1
    assert VALUE not in repr(results)


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every kind, nested, damaged, oversized and unsupported."""
    folder = tmp_path_factory.mktemp("share")
    for kind, data in samples.everything(tmp_path_factory.mktemp("samples")).items():
        (folder / f"sample.{kind}").write_bytes(data)
    nested = samples.zip_file({"中/mail.eml": samples.mail_file(), "a.txt": b"x", "locked.txt": b"y"})
    (folder / "nested.zip").write_bytes(nested)
    (folder / "locked.zip").write_bytes(samples.encrypted_zip())
    (folder / "cut.docx").write_bytes(samples.docx_file()[:9000])
    (folder / "film.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom")
    (folder / "large.bin").write_bytes(b"x" * 300_000)
    (folder / "empty.txt").touch()
    (folder / "link").symlink_to(folder / "empty.txt")
    return folder


@pytest.fixture(scope="module")
def results(share: Path) -> dict[str, ObjectResult]:
    """The share's results by the last part of their location."""
    before = {
        path: (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns)
        for path in share.iterdir()
    }
    options = ScanOptions(jobs=2, names=False, limits=Limits(object_bytes=200_000))
    found = {
        result.uri.removeprefix(share.as_uri() + "/"): result
        for result in run(open_source(str(share)), options)
    }
    after = {
        path: (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns)
        for path in share.iterdir()
    }
    assert before == after
    return found


def test_members_are_objects_of_their_own(results: dict[str, ObjectResult]) -> None:
    """Archives, attachments inside them and tables of database files have a location and a result each."""
    for inner in (
        "sample.zip!名簿/一覧.txt",
        "nested.zip!中/mail.eml",
        "nested.zip!中/mail.eml!名簿.csv",
        "sample.sqlite!member",
        "sample.eml!名簿.csv",
    ):
        assert results[inner].outcome is Outcome.COMPLETE, inner
    assert results["sample.sqlite!member"].kind == "table"
    assert results["nested.zip!中/mail.eml!名簿.csv"].categories[Category.PHONE].count == 3


@pytest.mark.parametrize(
    ("name", "outcome", "reason"),
    [
        ("locked.zip", Outcome.FAILED, Reason.ENCRYPTED),
        ("locked.zip!secret.txt", Outcome.FAILED, Reason.ENCRYPTED),
        ("cut.docx", Outcome.PARTIAL, Reason.DAMAGED),
        ("film.mp4", Outcome.SKIPPED, Reason.UNSUPPORTED),
        ("large.bin", Outcome.SKIPPED, Reason.OVERSIZED),
        ("link", Outcome.SKIPPED, Reason.LINK),
        ("empty.txt", Outcome.COMPLETE, None),
    ],
)
def test_what_cannot_be_read_has_its_reason(
    results: dict[str, ObjectResult], name: str, outcome: Outcome, reason: Reason | None
) -> None:
    """Every object that is not complete says why."""
    assert (results[name].outcome, results[name].reason) == (outcome, reason)


def test_every_kind_is_complete(results: dict[str, ObjectResult]) -> None:
    """A whole file of every kind is examined in full and called by its kind; some say what they leave."""
    for name, result in results.items():
        if name.startswith("sample.") and "!" not in name:
            kind = name.removeprefix("sample.")
            expected = Outcome.PARTIAL if kind in {*PARTIAL, "heic"} else Outcome.COMPLETE
            assert result.outcome is expected, (name, result.reason, result.detail)
            assert result.kind == {"ole-encrypted": "xlsx"}.get(kind, kind)  # once open it is what it holds


def test_findings_say_where(results: dict[str, ObjectResult]) -> None:
    """Rows carry sheet and cell; offsets are given for plain text kinds only."""
    rows = results["sample.xlsx"].findings.to_pylist()
    assert {"名簿!C4", "名簿!C5"} <= {row["location"] for row in rows if row["category"] == "PHONE"}
    assert all(row["start"] is None for row in rows)
    text = samples.csv_file().decode("cp932")
    phones = [row for row in results["sample.csv"].findings.to_pylist() if row["category"] == "PHONE"]
    assert [text[row["start"] : row["end"]] for row in phones] == [
        "090-0000-1234",
        "090-0000-5678",
        "090-0000-1111",
    ]


def test_no_value_leaves_the_worker(results: dict[str, ObjectResult]) -> None:
    """Results hold masks and fingerprints only."""
    printed = repr(
        [(result, result.findings.to_pylist() if result.findings else []) for result in results.values()]
    )
    for value in ("090-0000-1234", "090-0000-5678", "0000-1234"):
        assert value not in printed


def test_nesting_has_a_limit(tmp_path: Path) -> None:
    """Archives within archives are followed to the limit, and the next level is said to be too deep."""
    data = b"x"
    for _ in range(5):
        data = samples.zip_file({"inner.zip": data})
    (tmp_path / "deep.zip").write_bytes(data)
    found = run(open_source(str(tmp_path)), ScanOptions(jobs=1, names=False, limits=Limits(depth=3)))
    assert [result.reason for result in found].count(Reason.TOO_DEEP) == 1
    assert len(found) == 5


def test_members_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Two members that share their name are two objects."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "1")
        archive.writestr("b.txt", "2")
    (tmp_path / "twice.zip").write_bytes(out.getvalue().replace(b"b.txt", b"a.txt"))
    found = run(open_source(str(tmp_path)), ScanOptions(jobs=1, names=False))
    assert [result.uri.partition("!")[2] for result in found] == ["", "a.txt", "a.txt#2"]


def test_a_location_with_personal_data_is_shown_masked(tmp_path: Path) -> None:
    """Folder and member names are scanned as text; only the masked form is shown."""
    folder = tmp_path / "090-0000-1234"
    folder.mkdir()
    (folder / "メモ_090-0000-5678.zip").write_bytes(samples.zip_file({"090-0000-9999.txt": b"x"}))
    (tmp_path / "議事録_2024.txt").write_text("x", encoding="utf-8")
    results = run(open_source(str(tmp_path)), ScanOptions(jobs=1, names=False))
    plain = next(result for result in results if result.kind == "txt" and "!" not in result.uri)
    assert plain.shown == plain.uri
    outer, inner = (result for result in results if result is not plain)
    assert "090-0000-1234" in outer.uri
    for result, count in ((outer, 2), (inner, 1)):
        assert "0000" not in result.shown
        assert result.categories[Category.PHONE].count == count
        assert {row["location"] for row in result.findings.to_pylist()} == {"name"}
    assert inner.shown.startswith(outer.shown + "!")


def test_listing_is_reported_and_fed_lazily(tmp_path: Path) -> None:
    """The caller learns how many were listed; the listing runs only a window ahead of the results."""
    told: list[tuple[int, bool]] = []
    source = HostileSource(tuple(f"good{number}" for number in range(200)))
    results = scan(
        source, KEYS, ScanOptions(jobs=1, names=False), on_listed=lambda n, over: told.append((n, over))
    )
    next(results)
    assert told[-1][0] < 100
    assert len(list(results)) == 199
    assert told[-1] == (200, True)


def test_closing_the_results_ends_the_workers() -> None:
    """A caller that stops early leaves no process behind."""
    results = scan(
        HostileSource(("good", *["hang"] * 4)),
        KEYS,
        ScanOptions(jobs=2, names=False, limits=Limits(seconds=20.0)),
    )
    assert next(results).outcome is Outcome.COMPLETE
    results.close()  # type: ignore[attr-defined]  # a generator
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if children.exists():
        for child in children.read_text(encoding="ascii").split():
            assert "hang" not in Path(f"/proc/{child}/cmdline").read_bytes().decode("utf-8", "replace")


def test_a_source_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    """Nothing is scanned and nothing pretended."""
    with pytest.raises(SourceError):
        list(scan(open_source(str(tmp_path / "none")), KEYS, OPTIONS))


def test_an_empty_folder_is_an_empty_scan(tmp_path: Path) -> None:
    """No object, no result, no error."""
    assert run(open_source(str(tmp_path))) == []


def test_tables_of_a_database_are_objects(postgres_url: str) -> None:
    """A table of PostgreSQL is scanned row by row, with typed columns."""
    from tests.sources.test_sources import create_tables, sa

    create_tables(sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://")))
    results = {result.uri.partition("!")[2]: result for result in run(open_source(postgres_url))}
    member = results["public.member"]
    assert (member.kind, member.outcome) == ("table", Outcome.COMPLETE)
    assert member.categories[Category.PHONE].count == 2005
    assert member.findings.to_pylist()[0]["location"] == "phone[1]"


def test_the_callers_main_program_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan started from a page script works, although that script cannot be imported by a worker."""
    script = tmp_path / "page.py"
    script.write_text("raise SystemExit('run again')\n", encoding="utf-8")
    page = ModuleType("__main__")
    page.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", page)
    (tmp_path / "note.txt").write_text("議事録\n", encoding="utf-8")
    (result,) = scan(open_source(str(tmp_path / "note.txt")), KEYS, OPTIONS)
    assert result.outcome is Outcome.COMPLETE
    assert sys.modules["__main__"] is page


def test_a_tables_name_is_counted_once(tmp_path: Path) -> None:
    """A table that is called after a person is one finding, as object and as table."""
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute('CREATE TABLE "090-0000-1234" (a)')
    (result,) = run(open_source(f"sqlite:///{tmp_path}/x.db"))
    assert result.categories[Category.PHONE].count == 1


def test_workers_that_cannot_start_end_the_scan_with_the_way_out(tmp_path: Path) -> None:
    """A memory limit below what a worker needs to start is told, not waited for."""
    (tmp_path / "note.txt").write_text("議事録\n", encoding="utf-8")
    options = ScanOptions(jobs=1, limits=Limits(memory_bytes=1 << 20))
    with pytest.raises(ScannerError, match="memory"):
        list(scan(open_source(str(tmp_path)), KEYS, options))
