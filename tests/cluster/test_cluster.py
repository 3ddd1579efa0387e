"""Several machines read what one would have read, also when one of them dies."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from distributed import Client

from daicho.cluster import certificates
from daicho.cluster.connection import address, security
from daicho.cluster.pool import ClusterPool, ClusterSource
from daicho.cluster.running import connected
from daicho.cluster.work import Batch, Place, Station, key_check, own_folder
from daicho.errors import UsageError
from registry.collected.results import open_results
from scanners.engine import Scanner
from scanners.errors import ScannerError, SourceError
from scanners.model import Category, ObjectResult, Reason
from scanners.options import ScanKeys, ScanOptions
from scanners.sources import open_source
from scanners.tasks import Task
from tests.scan import deadly

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
KEYS = ScanKeys(bytes(range(32)))
OPTIONS = ScanOptions(jobs=1)
HEADQUARTERS = X25519PrivateKey.generate()
_STARTUP_SECONDS = 60


class Machines:
    """The processes of one cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificates = folder / "certificates"
        certificates.make(self.certificates, ["scheduler", "worker", "headquarters"], hosts=["127.0.0.1"])
        self.running: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._ready(*self._start("scheduler", {}))

    def workers(self, *sites: str, keys: ScanKeys = KEYS, poison: str = "") -> list[subprocess.Popen[bytes]]:
        """Start one worker for each site and wait until they have joined."""
        told = {
            "scheduler": self.scheduler,
            "fingerprint": keys.fingerprint.hex(),
            "headquarters": HEADQUARTERS.public_key().public_bytes_raw().hex(),
            "poison": poison,
        }
        started = [self._start("worker", {**told, "site": site}) for site in sites]
        for each in started:
            self._ready(*each)
        return [process for process, _ in started]

    def _start(self, role: str, told: dict[str, Any]) -> tuple[subprocess.Popen[bytes], Path]:
        place = self.folder / f"{role}{len(self.running)}"
        config = {
            "certificates": str(self.certificates),
            "name": role,
            "told": str(place.with_suffix(".told")),
            **told,
        }
        place.with_suffix(".json").write_text(json.dumps(config), encoding="utf-8")
        with place.with_suffix(".log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.cluster.machines", role, str(place.with_suffix(".json"))],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process, place

    def _ready(self, process: subprocess.Popen[bytes], place: Path) -> str:
        ready = place.with_suffix(".told")
        until = time.monotonic() + _STARTUP_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(place.with_suffix(".log").read_text(encoding="utf-8"))
            time.sleep(0.05)
        return ready.read_text(encoding="utf-8")

    def end(self) -> None:
        """End every process with all that it started."""
        for process in self.running:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a machine at once, as a power cut does."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def machines(folder: Path) -> Iterator[tuple[Machines, Client]]:
    """Give a cluster without workers, and a connection to it."""
    made = Machines(folder)
    try:
        with connected(made.scheduler, security(made.certificates, "headquarters")) as client:
            yield made, client
    finally:
        made.end()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machines, Client]]:
    """Give the cluster of these tests: a scheduler, two sites of two workers each, a worker of other keys."""
    with machines(tmp_path_factory.mktemp("cluster")) as (made, client):
        made.workers("HOSPITAL", "CLINIC", "CLINIC")
        yield made, client


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A share of 520 files in folders, more than one piece of a listing, 60 of which tell of somebody."""
    share = tmp_path_factory.mktemp("estate") / "share"
    for number in range(520):
        folder = share / f"部署{number % 6}"
        folder.mkdir(parents=True, exist_ok=True)
        text = f"連絡先 090-1234-{number:04d} 架空花子様\n" * 20 if number < 60 else f"議事録 {number}\n"
        (folder / f"{number:03d}.txt").write_text(text, encoding="utf-8")
    return share


def scanned(
    client: Client, place: Place, site: str = "", options: ScanOptions = OPTIONS
) -> Iterator[ObjectResult]:
    """Scan a place by the workers of a cluster."""
    private = HEADQUARTERS.private_bytes_raw()
    pool = ClusterPool(client, place, KEYS, options, lambda sealed: open_results(private, sealed), site=site)
    with Scanner(KEYS, options, elsewhere=lambda _source: pool) as scanner:
        yield from scanner.scan(ClusterSource(client, place, site))


def plain(results: Iterator[ObjectResult] | list[ObjectResult]) -> list[tuple[object, ...]]:
    """Return what two scans of the same place must agree on, in order of the objects."""
    return sorted(
        (
            each.uri,
            each.id,
            each.outcome.value,
            str(each.reason),
            each.bytes,
            each.mtime_ns,
            sorted(
                (category.value, tally.count, tally.distinct) for category, tally in each.categories.items()
            ),
            sorted(map(str, each.findings.to_pylist())) if each.findings is not None else [],
        )
        for each in results
    )


def test_three_workers_of_which_one_dies_find_what_one_machine_finds(
    cluster: tuple[Machines, Client], estate: Path
) -> None:
    """A worker that is killed while it reads loses nothing, and nothing counts twice."""
    with Scanner(KEYS, OPTIONS) as scanner:
        alone = plain(scanner.scan(open_source(str(estate))))
    made, client = cluster
    (third,) = made.workers("CLINIC")
    results = []
    for result in scanned(client, Place(str(estate)), "CLINIC"):
        results.append(result)
        if len(results) == 1:
            kill(third)
    assert plain(results) == alone
    assert len(alone) == 520
    assert sum(bool(each[6]) for each in alone) == 60


@pytest.mark.slow
def test_an_object_that_kills_its_reader_costs_that_object(
    cluster: tuple[Machines, Client], tmp_path: Path
) -> None:
    """The process that reads it dies on the machine that reads; that machine and all else live on."""
    for number in range(40):
        text = "DIE" if number % 16 == 9 else f"議事録 {number}\n"
        (tmp_path / f"{number:02d}.txt").write_text(text, encoding="utf-8")
    options = replace(OPTIONS, names=False, detectors=deadly.detectors)
    with Scanner(KEYS, options) as scanner:
        alone = list(scanner.scan(open_source(str(tmp_path))))
    _, client = cluster
    found = list(scanned(client, Place(str(tmp_path)), "CLINIC", options))
    assert plain(found) == plain(alone)
    assert [each.name for each in _failed(found)] == ["09.txt", "25.txt"]


def _failed(results: list[ObjectResult]) -> list[Path]:
    """Return the places of what ended its reader."""
    return sorted(Path(each.uri) for each in results if each.reason is Reason.CRASHED)


@pytest.mark.slow
def test_a_worker_that_dies_between_two_pieces_of_a_listing_is_replaced(
    cluster: tuple[Machines, Client], estate: Path
) -> None:
    """Another one lists again from the start; nothing is missing, and nothing comes twice."""
    made, client = cluster
    before = ClusterSource(client, Place(str(estate)), "LISTING")
    (first,) = made.workers("LISTING")
    listing = before.entries()
    items = [next(listing) for _ in range(500)]
    kill(first)
    made.workers("LISTING")
    items += listing
    assert [each.uri for each in items] == [each.uri for each in open_source(str(estate)).entries()]


def test_data_of_a_site_are_read_by_its_workers_alone(cluster: tuple[Machines, Client], estate: Path) -> None:
    """One of another site never gets its entries; without any the scan says so instead of waiting on."""
    _, client = cluster

    def count() -> dict[str, int]:
        ran = client.run(lambda dask_worker: dask_worker.state.executed_count)
        known = client.scheduler_info(n_workers=-1)["workers"]
        return {next(iter(known[worker]["resources"])): done for worker, done in ran.items()}

    before = count()
    place = Place(str(estate / "部署0"))
    found = list(scanned(client, place, "HOSPITAL"))
    assert sum(Category.PHONE in each.categories for each in found) == 10
    after = count()
    assert {site for site in after if after[site] != before[site]} == {"site:HOSPITAL"}
    with pytest.raises(SourceError, match="no worker of the site NOWHERE"):
        next(ClusterSource(client, place, "NOWHERE", patience=0.1).entries())
    private = HEADQUARTERS.private_bytes_raw()
    pool = ClusterPool(
        client,
        place,
        KEYS,
        OPTIONS,
        lambda sealed: open_results(private, sealed),
        site="NOWHERE",
        patience=0.1,
    )
    with (
        Scanner(KEYS, OPTIONS, elsewhere=lambda _source: pool) as scanner,
        pytest.raises(ScannerError, match="no worker of the site NOWHERE"),
    ):
        list(scanner.scan(ClusterSource(client, place, "HOSPITAL")))


def test_a_worker_with_other_keys_is_refused(cluster: tuple[Machines, Client], estate: Path) -> None:
    """Fingerprints of another key could be compared with nothing: the scan fails, and no log names a file."""
    made, client = cluster
    made.workers("OTHER", keys=ScanKeys(b"o" * 32))
    with pytest.raises(ScannerError, match="other fingerprint keys"):
        list(scanned(client, Place(str(estate)), "OTHER"))
    with pytest.raises(SourceError, match="nowhere"):
        list(scanned(client, Place(str(estate / "nowhere")), "OTHER"))
    logs = "".join(each.read_text(encoding="utf-8") for each in made.folder.glob("*.log"))
    assert "WrongKeysError" in logs  # Dask logs the task that failed
    assert ".txt" not in logs


def test_nobody_joins_without_a_certificate_of_the_cluster(
    cluster: tuple[Machines, Client], tmp_path: Path
) -> None:
    """A certificate of another authority opens nothing, and no other machine can pass for the scheduler."""
    made, _ = cluster
    certificates.make(tmp_path / "theirs", ["headquarters"])
    with pytest.raises(SourceError, match="cannot be reached"):
        connected(made.scheduler, security(tmp_path / "theirs", "headquarters"), seconds=1)
    elsewhere = made.scheduler.replace("127.0.0.1", "localhost")  # its certificate names the address alone
    with pytest.raises(SourceError, match="cannot be reached"):
        connected(elsewhere, security(made.certificates, "headquarters"), seconds=1)


@pytest.mark.slow
def test_web_pages_of_dask_show_nothing(cluster: tuple[Machines, Client]) -> None:
    """The port that Dask opens all the same has no page, neither at the scheduler nor at workers."""
    _, client = cluster
    info = client.scheduler_info(n_workers=-1)
    places = [(info["address"], info["services"].get("dashboard"))]
    places += [(at, each["services"].get("dashboard")) for at, each in info["workers"].items()]
    assert any(port for _, port in places)
    for at, port in places:
        if not port:
            continue
        for page in ("", "status", "info/main/workers.html", "metrics", "json/counts.json", "health"):
            host = at.removeprefix("tls://").partition(":")[0]
            connection = http.client.HTTPConnection(host, port, timeout=10)
            connection.request("GET", f"/{page}")
            assert connection.getresponse().status == 404, (at, page)
            connection.close()


@pytest.mark.slow
def test_a_scan_ends_with_an_error_when_the_scheduler_is_gone(tmp_path: Path, estate: Path) -> None:
    """It does not wait for ever."""
    with machines(tmp_path) as (made, client):
        made.workers("")
        results = scanned(client, Place(str(estate)))
        next(results)
        kill(made.running[0])
        with pytest.raises(ScannerError):
            list(results)


@pytest.mark.slow
def test_two_scans_at_once_share_a_worker(tmp_path: Path) -> None:
    """A batch of other options ends no processes that another batch still gives work to."""
    (tmp_path / "a.txt").write_text("連絡先 090-1234-0001\n", encoding="utf-8")
    public = HEADQUARTERS.public_key().public_bytes_raw()
    station = Station(KEYS, public, 1, lambda place: open_source(place.location))
    place, other = Place(str(tmp_path)), replace(OPTIONS, names=False)
    source = open_source(place.location)
    (task,) = (Task(item) for item in source.entries())
    try:
        with station.workers(OPTIONS, ()) as first:
            assert station.read(Batch(place, "", (task,), other, key_check(KEYS))).counts == (1,)
            assert first.submit(source, task).result()[0].categories.keys() == {Category.PHONE}
        assert station.read(Batch(place, "", (task,), other, key_check(KEYS))).counts == (1,)
    finally:
        station.stop()


def test_a_workspace_that_a_worker_sees_is_left_out(tmp_path: Path) -> None:
    """Nobody's data lie there; another folder of that path is scanned."""
    place = Place(str(tmp_path), own=str(tmp_path / "workspace"))
    assert own_folder(place) is None
    assert own_folder(Place(str(tmp_path))) is None
    (tmp_path / "workspace").mkdir()
    assert own_folder(place) is None
    (tmp_path / "workspace" / "daicho.toml").touch()
    assert own_folder(place) == tmp_path / "workspace"


def test_certificates_are_for_their_owner_and_never_made_twice(tmp_path: Path) -> None:
    """Keys are 0600, the authority signs later machines as well, names are checked."""
    folder = tmp_path / "c"
    certificates.make(folder, ["a"], hosts=["10.0.0.7"])
    later = certificates.make(folder, ["b.example.internal"])
    assert {path.name for path in later} == {"b.example.internal.key", "b.example.internal.pem"}
    for key in folder.glob("*.key"):
        assert key.stat().st_mode & 0o777 == 0o600
    authority = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    for name in ("a", "b.example.internal"):
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        certificate.verify_directly_issued_by(authority)
    with pytest.raises(UsageError, match="exists"):
        certificates.make(folder, ["a"])
    with pytest.raises(UsageError, match="cannot name"):
        certificates.make(folder, ["../x"])
    (folder / "a.key").chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        security(folder, "a")
    with pytest.raises(UsageError, match="daicho cluster certs"):
        security(folder, "missing")
    assert security(folder, "b.example.internal").require_encryption


@pytest.mark.parametrize(
    ("text", "expected"), [("dask://h", "tls://h:8786"), ("dask://10.0.0.1:99", "tls://10.0.0.1:99")]
)
def test_address_of_an_executor(text: str, expected: str) -> None:
    """The port may be left out."""
    assert address(text) == expected
    with pytest.raises(UsageError):
        address(f"http{text[4:]}")
    with pytest.raises(UsageError):
        address(text + "/x")
