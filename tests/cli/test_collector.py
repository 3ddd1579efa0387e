"""A site without connection scans with a kit, and headquarters takes its file in once."""

from __future__ import annotations

import hashlib
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from daicho import collecting
from daicho.errors import UsageError
from daicho.scanning import targets_for
from daicho.settings import Settings
from daicho.site import kit_at, require_outside
from daicho.workspace import Workspace
from registry import collectors, runs
from registry.collected import container, rows
from registry.collected.container import Description, RunFile
from registry.collected.errors import CollectedError, Fault
from registry.collected.kit import Kit, open_kit, seal_kit
from registry.collected.sealing import open_chunks
from registry.journal import Action
from registry.model import Run
from registry.rotation import serve_new_fingerprints
from registry.store import utc_now
from registry.store.tables import JournalRecord
from scanners.model import ObjectResult
from tests.cli.conftest import Command
from tests.cli.documents import VALUES
from tests.collected.samples import result

Site = Callable[..., Path]


def opened(workspace: Path) -> Workspace:
    """Open a workspace."""
    return Workspace.open(Settings(workspace=workspace))


@pytest.fixture
def kit(
    daicho: Command, made_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[Path, Path]:
    """Make a kit at headquarters; return it and the file of its passphrase, as the site has them."""
    site = tmp_path / "site"
    site.mkdir()
    assert daicho("collector", "kit", "--unit", "TOWA", "--name", "病院", "-o", site / "site.dck") == 0
    passphrase = site / "passphrase"
    passphrase.write_text(capsys.readouterr().out.strip() + "\n", encoding="utf-8")
    passphrase.chmod(0o600)
    return site / "site.dck", passphrase


@pytest.fixture
def scanned(daicho: Command, kit: tuple[Path, Path], share: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Scan at the site, which has no workspace; return the file of results."""

    def scan(name: str = "run.dcr", *, expect: int = 0) -> Path:
        run = kit[0].with_name(name)
        with monkeypatch.context() as patch:
            patch.setenv("DAICHO_WORKSPACE", str(kit[0].with_name("nothing")))
            code = daicho(
                "scan", share, "--kit", kit[0], "--passphrase-file", kit[1], "--export", run, "--jobs", 1
            )
        assert code == expect
        return run

    return scan


def test_results_are_never_written_into_what_is_scanned(tmp_path: Path) -> None:
    """However the place is named."""
    for location in (str(tmp_path), tmp_path.as_uri()):
        with pytest.raises(UsageError, match="which is scanned"):
            require_outside(tmp_path / "run.dcr", [location])
    require_outside(tmp_path / "run.dcr", ["smb://files.example/share", str(tmp_path / "share")])


def made_by_hand(
    kit: tuple[Path, Path],
    name: str,
    results: list[ObjectResult],
    places: tuple[str, ...] = ("file:///srv/share",),
) -> Path:
    """Write a file of results with the keys of a kit, without scanning."""
    keys, path = opened_kit(kit), kit[0].with_name(name)
    with RunFile(
        path,
        collector=keys.collector,
        kit=keys.kit,
        signing=Ed25519PrivateKey.from_private_bytes(keys.signing),
        headquarters=keys.headquarters,
        description=Description(utc_now(), "rules/1", "test", places),
    ) as file:
        for each in results:
            file.add(each)
        file.commit(utc_now())
    return path


def opened_kit(kit: tuple[Path, Path]) -> Kit:
    """Open a kit."""
    return kit_at(kit[0], kit[1].read_text(encoding="utf-8"))


def what_was_found(workspace: Path) -> list[tuple[Run, pa.Table, pa.Table]]:
    """Return every latest run with its objects and findings."""
    at = opened(workspace)
    with at.registry.read(at.owner()) as tx:
        latest = runs.latest_runs(tx)
        found = [
            (
                run,
                at.findings.dataset(runs.files_of(tx, [run.id], "objects"), "objects").to_table(),
                at.findings.dataset(runs.files_of(tx, [run.id], "findings"), "findings").to_table(),
            )
            for run in latest
        ]
    at.close()
    return found


def refused(workspace: Path, path: Path) -> Fault:
    """Return why a file is not taken in."""
    at = opened(workspace)
    try:
        with pytest.raises(CollectedError) as error:
            collecting.take_in(at, at.owner(), path)
        assert str(path) in str(error.value)
        return error.value.fault
    finally:
        at.close()


def test_an_imported_run_is_the_one_that_a_scan_here_finds(
    daicho: Command, kit: tuple[Path, Path], scanned: Site, share: Path, made_workspace: Path
) -> None:
    """Objects, counts and fingerprints are those of a direct scan; names of objects are the site's own."""
    assert daicho("import", scanned()) == 0
    assert daicho("scan", share, "--jobs", 1) == 0
    (one, ours, our_findings), (other, theirs, their_findings) = sorted(
        what_was_found(made_workspace), key=lambda each: each[0].source_id or 0
    )
    assert (one.source_id, one.totals) == (None, other.totals)
    assert one.rules_version == other.rules_version
    apart = {"object_id", "run_id", "unit_id", "source_id"}
    columns = [name for name in ours.column_names if name not in apart]
    rows = [sorted(map(repr, table.select(columns).to_pylist())) for table in (ours, theirs)]
    assert rows[0] == rows[1]
    where = [
        dict(zip(*(table[name].to_pylist() for name in ("object_id", "uri")), strict=True))
        for table in (ours, theirs)
    ]
    told = [
        Counter((names[row.pop("object_id")], repr(row)) for row in table.to_pylist())
        for names, table in zip(where, (our_findings, their_findings), strict=True)
    ]
    assert told[0] == told[1]
    assert told[0]
    assert not where[0].keys() & where[1].keys()


def test_a_place_that_is_empty_now_is_no_place_where_all_was_deleted(
    daicho: Command,
    kit: tuple[Path, Path],
    scanned: Site,
    share: Path,
    made_workspace: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Said at the site, refused at headquarters unless somebody knows; a first run may find nothing."""
    away = share.rename(share.with_name("away"))
    share.mkdir()
    nothing = scanned("first.dcr", expect=3)
    assert f"{share}: nothing is there. Check that it is mounted." in capsys.readouterr().err
    assert daicho("import", nothing) == 0
    for each in away.iterdir():
        each.rename(share / each.name)
    assert daicho("import", scanned("second.dcr")) == 0
    for each in share.iterdir():
        each.unlink()
    emptied = scanned("third.dcr", expect=3)
    assert daicho("import", emptied) == 4
    assert "--empty" in (told := capsys.readouterr().err)
    assert share.as_uri() in told
    ((run, objects, _),) = what_was_found(made_workspace)
    assert run.totals.listed == objects.num_rows > 0
    assert daicho("import", emptied, "--empty") == 0
    ((run, objects, _),) = what_was_found(made_workspace)
    assert run.totals.listed == objects.num_rows == 0


def test_one_of_several_places_that_is_empty_now_is_refused_too(
    made_workspace: Path, kit: tuple[Path, Path]
) -> None:
    """What lies at the others does not hide it; a name that begins alike is another place."""
    one, two = result(1), replace(result(2), uri="file:///srv/share2/b.csv")
    at = opened(made_workspace)
    places = ("file:///srv/share", "file:///srv/share2")
    collecting.take_in(at, at.owner(), made_by_hand(kit, "a.dcr", [one, two], places))
    with pytest.raises(CollectedError, match="file:///srv/share:") as refusal:
        collecting.take_in(at, at.owner(), made_by_hand(kit, "b.dcr", [two], places))
    assert refusal.value.fault is Fault.EMPTIED
    collecting.take_in(at, at.owner(), made_by_hand(kit, "c.dcr", [two], places), empty=True)
    at.close()


def test_the_same_site_names_its_objects_alike_and_two_sites_do_not(
    daicho: Command, kit: tuple[Path, Path], made_workspace: Path
) -> None:
    """A new kit of a collector keeps the names of objects; another hospital's same path is another object."""
    at = opened(made_workspace)
    unit = at.first_unit().id
    again = collecting.make_kit(at, at.owner(), unit, "病院")
    elsewhere = collecting.make_kit(at, at.owner(), unit, "別の病院")
    at.close()
    first = opened_kit(kit)
    assert (again.objects, again.fingerprint) == (first.objects, first.fingerprint)
    assert again.signing != first.signing
    assert elsewhere.objects != first.objects
    assert elsewhere.fingerprint == first.fingerprint


def test_a_file_is_taken_in_once_also_by_two_at_the_same_time(
    daicho: Command, scanned: Site, made_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of several imports at once exactly one takes it in; the files of the others are gone."""
    run = scanned()
    outcomes: list[Fault | None] = []

    def take() -> None:
        at = opened(made_workspace)
        try:
            collecting.take_in(at, at.owner(), run)
            outcomes.append(None)
        except CollectedError as error:
            outcomes.append(error.fault)
        finally:
            at.close()

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["None", "taken", "taken"]
    assert len(what_was_found(made_workspace)) == 1
    assert len(list((made_workspace / "findings").glob("*/objects.parquet"))) == 1
    capsys.readouterr()
    assert daicho("import", run) == 4
    assert "was taken in before" in capsys.readouterr().err


def test_every_changed_byte_and_every_cut_is_refused(
    kit: tuple[Path, Path], made_workspace: Path, tmp_path: Path
) -> None:
    """Head, wrapped key, chunks, lengths, marks and signature: nothing of a file may change or be missing."""
    whole = made_by_hand(kit, "small.dcr", [result(1, 2), result(2)]).read_bytes()
    at = opened(made_workspace)
    bad = tmp_path / "bad.dcr"
    places = {*range(16, 20), *range(0, len(whole), 19), *range(len(whole) - 70, len(whole), 9)}
    for place in sorted(places):
        for data in (
            whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :],
            whole[:place],
        ):
            bad.write_bytes(data)
            with pytest.raises(CollectedError):
                collecting.take_in(at, at.owner(), bad)
    bad.write_bytes(whole + b"\0")
    with pytest.raises(CollectedError):
        collecting.take_in(at, at.owner(), bad)
    at.close()
    assert what_was_found(made_workspace) == []
    assert list((made_workspace / "findings").iterdir()) == []


def test_each_refusal_says_what_is_wrong(
    daicho: Command,
    kit: tuple[Path, Path],
    made_workspace: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another format, a cut file, another unit, a revoked kit, a folder: each by its name."""
    good = made_by_hand(kit, "good.dcr", [result(1, 2)])
    whole, bad = good.read_bytes(), tmp_path / "bad.dcr"
    for data, fault in (
        (b"PK\3\4" + whole[4:], Fault.NOT_ONE),
        (whole[:15] + b"\2" + whole[16:], Fault.FORMAT),
        (whole[:15] + b"\0" + whole[16:], Fault.FORMAT),
        (whole[:-1], Fault.UNFINISHED),
        (whole[:200], Fault.UNFINISHED),
        (b"", Fault.UNFINISHED),
        (whole[:-1] + bytes([whole[-1] ^ 1]), Fault.CHANGED),
        (whole[:400] + bytes([whole[400] ^ 1]) + whole[401:], Fault.CHANGED),
    ):
        bad.write_bytes(data)
        assert refused(made_workspace, bad) is fault
    assert refused(made_workspace, tmp_path) is Fault.UNREADABLE
    assert refused(made_workspace, tmp_path / "none") is Fault.UNREADABLE
    assert daicho("unit", "add", "--code", "OTHER", "--name", "別", "--kind", "site", "--parent", "TOWA") == 0
    assert daicho("import", good, "--unit", "OTHER") == 4
    assert "belongs to another unit" in capsys.readouterr().err
    assert daicho("collector", "revoke", "病院") == 0
    assert refused(made_workspace, good) is Fault.REVOKED
    assert daicho("collector", "revoke", "病院") == 2


def test_another_headquarters_opens_nothing(
    daicho: Command, kit: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file goes to the headquarters of its kit alone."""
    good = made_by_hand(kit, "good.dcr", [result(1, 2)])
    monkeypatch.setenv("DAICHO_WORKSPACE", str(tmp_path / "other"))
    assert daicho("init", "--code", "TOWA") == 0
    assert refused(tmp_path / "other", good) is Fault.ELSEWHERE


def test_a_kit_cannot_speak_for_another(kit: tuple[Path, Path], made_workspace: Path) -> None:
    """A stolen kit signs in its own name only."""
    at = opened(made_workspace)
    other = collecting.make_kit(at, at.owner(), at.first_unit().id, "別の病院")
    at.close()
    own = opened_kit(kit)
    path = kit[0].with_name("forged.dcr")
    with RunFile(
        path,
        collector=other.collector,
        kit=other.kit,
        signing=Ed25519PrivateKey.from_private_bytes(own.signing),
        headquarters=own.headquarters,
        description=Description(utc_now(), "rules/1", "test", ("file:///srv/share",)),
    ) as file:
        file.commit(utc_now())
    assert refused(made_workspace, path) is Fault.CHANGED


def test_a_run_of_the_future_is_refused(kit: tuple[Path, Path], made_workspace: Path) -> None:
    """Otherwise it would count as the newest for ever."""
    keys, path = opened_kit(kit), kit[0].with_name("future.dcr")
    late = utc_now() + 3 * collecting.CLOCKS_APART
    with RunFile(
        path,
        collector=keys.collector,
        kit=keys.kit,
        signing=Ed25519PrivateKey.from_private_bytes(keys.signing),
        headquarters=keys.headquarters,
        description=Description(late, "rules/1", "test", ("file:///srv/share",)),
    ) as file:
        file.commit(late)
    assert refused(made_workspace, path) is Fault.CLOCK


def test_neither_kit_nor_file_holds_what_must_not_leave(
    kit: tuple[Path, Path], scanned: Site, share: Path, made_workspace: Path
) -> None:
    """No master key, in no spelling, no raw value and no path; the kit alone does not even tell its name."""
    run = scanned()
    master = bytes.fromhex((made_workspace / "keys" / "master.key").read_text(encoding="ascii").strip())
    keys = opened_kit(kit)
    held = [keys.signing, keys.fingerprint, *keys.older, keys.objects, keys.headquarters]
    assert master not in held
    for data in (kit[0].read_bytes(), run.read_bytes()):
        for telling in (master, master.hex().encode(), "病院".encode(), b"TOWA", str(share).encode(), *held):
            assert telling not in data
        for value in VALUES.values():
            assert value.encode() not in data
            assert value.encode("cp932") not in data
    for path in (kit[0], run):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_master_key_does_not_follow_from_a_kit(kit: tuple[Path, Path], made_workspace: Path) -> None:
    """No key of a kit leads to the keys of other purposes by the ways in which keys are made here."""
    at, keys = opened(made_workspace), opened_kit(kit)
    for held in (keys.signing, keys.fingerprint, keys.objects, keys.headquarters):
        for purpose in ("field", "findings", "collected", "sqlcipher", "journal", "target"):
            info = f"daicho/{purpose}/v1".encode()
            derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(held)
            wanted = at.vault.subkey(purpose)
            assert wanted not in (held, derived, hashlib.sha256(held).digest())
    at.close()


def test_a_kit_opens_with_its_passphrase_alone(kit: tuple[Path, Path]) -> None:
    """However it is typed; with another one, or changed anywhere, it stays closed."""
    data, passphrase = kit[0].read_bytes(), kit[1].read_text(encoding="utf-8").strip()
    keys = open_kit(data, f" {passphrase.lower().replace('-', ' ')} ")
    assert passphrase not in repr(keys)
    assert keys.signing.hex() not in repr(keys)
    assert open_kit(seal_kit(keys, "A"), "A") == keys
    for changed, typed in (
        (data, passphrase[:-1] + ("A" if passphrase[-1] != "A" else "B")),
        (data[:20] + bytes([data[20] ^ 1]) + data[21:], passphrase),
        (data[:-1], passphrase),
    ):
        with pytest.raises(CollectedError) as error:
            open_kit(changed, typed)
        assert error.value.fault is Fault.PASSPHRASE
    for changed, fault in (
        (data[:15] + b"\2" + data[16:], Fault.FORMAT),
        (b"PK" + data, Fault.NOT_ONE),
        (data[:30], Fault.UNFINISHED),
    ):
        with pytest.raises(CollectedError) as error:
            open_kit(changed, passphrase)
        assert error.value.fault is fault


def test_the_site_keeps_nothing_but_its_file(
    daicho: Command, kit: tuple[Path, Path], scanned: Site, share: Path
) -> None:
    """No workspace, no temporary file; a place that cannot be listed leaves no file at all."""
    before = set(kit[0].parent.iterdir())
    run = scanned()
    assert set(kit[0].parent.iterdir()) == before | {run}
    code = daicho(
        "scan",
        share,
        share / "none",
        "--kit",
        kit[0],
        "--passphrase-file",
        kit[1],
        "--export",
        run.with_name("second.dcr"),
        "--jobs",
        1,
    )
    assert code == 4
    assert set(kit[0].parent.iterdir()) == before | {run}
    assert daicho("scan", share, "--kit", kit[0], "--export", share / "run.dcr") == 2
    assert daicho("scan", share, "--kit", kit[0]) == 2
    assert daicho("scan", "--kit", kit[0], "--export", run.with_name("x.dcr")) == 2


def test_results_of_a_kit_from_before_a_rotation_still_open(
    daicho: Command, kit: tuple[Path, Path], scanned: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every key may have been replaced meanwhile, the master key too; older fingerprints are told."""
    run = scanned()
    assert daicho("key", "rotate", "fingerprint") == 0
    assert daicho("key", "rotate", "collected") == 0
    assert daicho("key", "rotate", "master") == 0
    assert daicho("collector", "kit", "--unit", "TOWA", "-o", kit[0].with_name("new.dck")) == 0
    at = opened(Path(Settings.load().workspace))
    assert serve_new_fingerprints(at.keys()) is not None
    at.close()
    capsys.readouterr()
    assert daicho("import", run) == 0
    assert "earlier version of the fingerprint key" in capsys.readouterr().err


def test_collectors_are_listed_and_never_scanned_from_here(
    daicho: Command, kit: tuple[Path, Path], made_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list tells what a kit sent; a scan of all sources leaves a site to its collector."""
    assert daicho("import", made_by_hand(kit, "good.dcr", [result(2, 2)])) == 0
    capsys.readouterr()
    assert daicho("collector", "list") == 0
    cells = capsys.readouterr().out.strip().split("\t")
    assert (cells[0], cells[1], cells[5], cells[7]) == ("病院", "TOWA", "1", "valid")
    at = opened(made_workspace)
    with at.registry.read(at.owner()) as tx:
        (collector,) = collectors.collectors(tx)
        assert collector.works
        actions = {row.action for row in tx.session.query(JournalRecord)}
    assert {Action.COLLECTOR_KIT_MADE, Action.RUN_COLLECTED, Action.RUN_RECORDED} <= actions
    with pytest.raises(UsageError):
        targets_for(at, at.owner(), [], "")
    at.close()


def test_rules_and_judgements_go_with_the_kit(
    daicho: Command, made_workspace: Path, tmp_path: Path, share: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the workspace's rules leave out is left out at the site too."""
    (made_workspace / "rules").mkdir(exist_ok=True)
    (made_workspace / "rules" / "own.yaml").write_text(
        "thresholds:\n  PHONE: 1.0\n  PERSON: 1.0\n", encoding="utf-8"
    )
    assert daicho("collector", "kit", "--unit", "TOWA", "-o", tmp_path / "site.dck") == 0
    passphrase = capsys.readouterr().out.strip()
    keys = kit_at(tmp_path / "site.dck", passphrase)
    assert [name for name, _ in keys.rules] == ["own.yaml"]
    assert "thresholds" in keys.rules[0][1]


def test_a_large_file_is_written_and_read_with_bounded_memory(
    kit: tuple[Path, Path], made_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No chunk grows with the number of findings: what is held at once is the same for many objects."""
    sizes: list[int] = []

    def watched(*given: Any) -> Iterator[tuple[bytes, bytes]]:
        for kind, payload in open_chunks(*given):
            sizes.append(len(payload))
            yield kind, payload

    monkeypatch.setattr(container, "open_chunks", watched)
    monkeypatch.setattr(rows, "FINDINGS_AT_ONCE", 1_000)
    few = made_by_hand(kit, "few.dcr", [result(number, 300) for number in range(12)])
    at = opened(made_workspace)
    collecting.take_in(at, at.owner(), few)
    largest, count = max(sizes), len(sizes)
    sizes.clear()
    many = made_by_hand(kit, "many.dcr", [*(result(number, 300) for number in range(90)), result(90, 9_000)])
    made = collecting.take_in(at, at.owner(), many)
    at.close()
    assert made.findings == 90 * 300 + 9_000
    assert len(sizes) > 5 * count
    assert max(sizes) <= 1.2 * largest
