"""Shares and buckets of real servers: an object is read, removed as it was found, and put back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from remediation.errors import Fault, RemediationError
from remediation.interface import Place
from remediation.table import open_place
from scanners.credentials import NO_CREDENTIALS, Credentials
from scanners.model import Entry
from scanners.sources import open_source, s3_client
from tests.servers import SessionServices, Unavailable
from tests.sources.servers.faults import Running, running
from tests.sources.servers.smb import session_server

HELD = "架空 太郎\n".encode() * 900_000  # more than one part of an upload
NAME = "人事 部/名簿 #1.txt"


@dataclass
class Planted:
    """One place with one object, and the means to look at it and change it from elsewhere."""

    url: str
    credentials: Credentials
    write: Callable[[bytes], None]
    held: Callable[[], bytes | None]

    @cached_property
    def place(self) -> Place:
        """The place as remediation opens it."""
        return open_place(self.url, self.credentials)

    @property
    def uri(self) -> str:
        """The object's address as scans write it."""
        (entry,) = [
            each
            for each in open_source(self.url, credentials=self.credentials).entries()
            if isinstance(each, Entry)
        ]
        return entry.uri


@pytest.fixture
def local(tmp_path: Path) -> Planted:
    """A folder of this machine."""
    path = tmp_path / "share" / NAME
    path.parent.mkdir(parents=True)

    def held() -> bytes | None:
        return path.read_bytes() if path.exists() else None

    return Planted(str(tmp_path / "share"), NO_CREDENTIALS, lambda data: _write(path, data), held)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


@pytest.fixture
def smb(session_services: SessionServices) -> Planted:
    """A folder of the session's Samba."""
    server = session_server(session_services)
    if isinstance(server, Unavailable):
        pytest.skip(server.reason)
    below = f"files/r{secrets.token_hex(6)}"
    path = server.folder / below / NAME

    def held() -> bytes | None:
        return path.read_bytes() if path.exists() else None

    def write(data: bytes) -> None:
        server.made(f"{below}/{NAME}", data)

    return Planted(server.url(below), server.credentials, write, held)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One object store for the file."""
    with running("tests.sources.servers.s3", log=tmp_path_factory.mktemp("s3") / "log") as started:
        yield started
    s3_client.CLIENTS.close()


def _client(store: Running) -> Any:
    return botocore.session.Session(session_vars={"profile": (None, None, None, None)}).create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{store.port}",
        aws_access_key_id="AKIDTESTS",
        aws_secret_access_key="hush-hush-secret",
    )


@pytest.fixture
def s3(store: Running) -> Planted:
    """A prefix of a bucket of its own."""
    client, bucket, key = _client(store), f"r{secrets.token_hex(6)}", f"2026/{NAME}"
    client.create_bucket(Bucket=bucket)

    def held() -> bytes | None:
        try:
            return bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except client.exceptions.NoSuchKey:
            return None

    def write(data: bytes) -> None:
        client.put_object(Bucket=bucket, Key=key, Body=data, ContentType="text/plain", Metadata={"a": "b"})

    url = f"s3://127.0.0.1:{store.port}/{bucket}/2026"
    return Planted(url, Credentials("AKIDTESTS", "hush-hush-secret"), write, held)


@pytest.fixture(params=["local", "smb", "s3"])
def planted(request: pytest.FixtureRequest) -> Iterator[Planted]:
    """Each kind of place with one object."""
    found: Planted = request.getfixturevalue(request.param)
    found.write(HELD)
    yield found
    found.place.close()


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def refused(action: Callable[[], object]) -> Fault:
    """Return why a place refuses."""
    with pytest.raises(RemediationError) as error:
        action()
    return error.value.fault


def test_an_object_goes_and_comes_back(planted: Planted) -> None:
    """Read whole, removed, gone; put back as it was; never over what lies there."""
    place, uri = planted.place, planted.uri
    now = place.standing(uri)
    assert b"".join(place.read(uri)) == HELD
    place.remove(uri, now, digest(HELD))
    assert planted.held() is None
    for action in (lambda: place.standing(uri), lambda: list(place.read(uri))):
        assert refused(action) is Fault.GONE
    place.put_back(uri, iter([HELD[:1_000_000], HELD[1_000_000:]]), now.kept, now.mtime_ns)
    assert planted.held() == HELD
    back = place.standing(uri)
    assert (back.size, back.kept) == (now.size, now.kept)
    if not planted.url.startswith("s3:"):
        assert back.mtime_ns == now.mtime_ns
    for data in (b"small", HELD):
        assert refused(lambda data=data: place.put_back(uri, iter([data]), {}, 0)) is Fault.OCCUPIED  # type: ignore[misc]
    assert planted.held() == HELD
    assert planted.uri == uri  # nothing else was left beside it


def test_another_version_stays(planted: Planted) -> None:
    """Other bytes, or another expectation, and nothing is removed; nor anything outside the place."""
    place, uri = planted.place, planted.uri
    now = place.standing(uri)
    planted.write(HELD[:-3] + b"?!\n")
    assert refused(lambda: place.remove(uri, now, digest(HELD))) is Fault.CHANGED
    assert planted.held() == HELD[:-3] + b"?!\n"
    outside = uri.replace("%E4%BA%BA%E4%BA%8B", "..%2F..%2Fx", 1) if "s3:" not in uri else uri[:12]
    assert refused(lambda: place.standing(outside)) in (Fault.OUTSIDE, Fault.GONE)


def test_a_bucket_that_keeps_versions_is_refused(s3: Planted, store: Running) -> None:
    """The data would stay below the marker of deletion."""
    s3.write(b"found")
    place, uri = s3.place, s3.uri
    bucket = uri.split("/")[3]
    now = place.standing(uri)
    _client(store).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert refused(lambda: place.remove(uri, now, digest(b"found"))) is Fault.VERSIONED
    assert s3.held() == b"found"


def test_a_wrong_credential_and_other_kinds_are_refused(smb: Planted) -> None:
    """Denied by the server; no hands for mailboxes and databases."""
    smb.write(b"found")
    uri = smb.uri
    wrong = open_place(smb.url.replace("127.0.0.1", "localhost"), Credentials("games", "wrong"))
    assert refused(lambda: wrong.standing(uri.replace("127.0.0.1", "localhost"))) is Fault.DENIED
    for url in ("imaps://mail.example/sato", "postgresql://db/x", "sftp://host/x", "collector://a"):
        assert refused(lambda url=url: open_place(url, NO_CREDENTIALS)) is Fault.NOT_SUPPORTED  # type: ignore[misc]
