"""Object stores: whatever a key is called, what the store refuses, and what it loses."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from scanners.credentials import NO_CREDENTIALS, Credentials
from scanners.engine import Scanner
from scanners.errors import SourceError
from scanners.model import Category, Entry, Exposure, Gap, Outcome, Reason
from scanners.options import ScanKeys, ScanOptions
from scanners.selection import EVERYTHING, Selection
from scanners.sources import open_source, s3, s3_client
from scanners.sources.interface import Checked, Guarded, Source, Step
from scanners.sources.ranged import PIECE
from tests.sources.contract import Planted, SourceContract, content, entries, gaps, named, refusal
from tests.sources.servers.faults import DIES, PASSES, Fault, Running, free_port, running
from tests.sources.servers.s3 import refusal as refused

KEYS = ScanKeys(b"0123456789abcdef0123456789abcdef")
LOGIN = Credentials("AKIDTESTS", "hush-hush-secret")
ODD = ("/lead.txt", "a//b.txt", "a/../c.txt", "x\x01y", "z%41 +?#.txt", "😀/é.txt", "~!$&'()*,;=:@")
_numbers = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One store for all tests of this file; each has a bucket of its own."""
    folder = tmp_path_factory.mktemp("s3")
    with running("tests.sources.servers.s3", log=folder / "log") as started:
        yield started
    s3_client.CLIENTS.close()
    writer.cache_clear()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once; nothing of the environment is ever used."""
    monkeypatch.setattr(s3_client, "_wait", 0.001)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-environment")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")


@lru_cache(maxsize=4)
def writer(server: Running) -> Any:
    """Return a client that fills the store."""
    nothing = (None, None, None, None)
    session = botocore.session.Session(session_vars={"profile": nothing})
    return session.create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id="planter",
        aws_secret_access_key="planter",
        config=botocore.config.Config(proxies={}),
    )


@pytest.fixture
def bucket(server: Running) -> str:
    """The name of an empty bucket."""
    name = f"files-{next(_numbers)}"
    writer(server).create_bucket(Bucket=name)
    return name


@pytest.fixture
def put(server: Running, bucket: str) -> Callable[..., None]:
    """Put an object into the bucket."""
    client = writer(server)

    def plant(key: str, held: bytes = b"x", **more: str) -> None:
        client.put_object(Bucket=bucket, Key=key, Body=held, **more)

    return plant


def store(
    server: Running, place: str, chosen: Selection = EVERYTHING, login: Credentials = LOGIN, more: str = ""
) -> Source:
    """Return the source of a bucket or of a prefix in it."""
    url = f"s3://{place}?endpoint=http://127.0.0.1:{server.port}{more}"
    return open_source(url, credentials=login, selection=chosen)


@pytest.fixture
def planted(server: Running, bucket: str, put: Callable[..., None]) -> Iterator[Planted]:
    """A bucket with odd keys, an object that may not be read and an archived one."""
    held = {"人事/名簿.csv": b"a" * (PIECE + 5), "empty": b"", **{key: key.encode() for key in ODD}}
    for key, content_ in held.items():
        put(key, content_)
    put("folder/", b"")
    put("denied.txt")
    put("cold.txt", StorageClass="DEEP_ARCHIVE")
    client = writer(server)
    with server.failing(Fault(403, "GET", f"/{bucket}/denied.txt", refused("AccessDenied"))):
        yield Planted(
            opened=lambda chosen: store(server, bucket, chosen),
            contents=held,
            secret=LOGIN.secret,
            state=lambda: [
                (each["Key"], each["ETag"], each["LastModified"])
                for each in client.list_objects_v2(Bucket=bucket)["Contents"]
            ],
            change=lambda key: put(key, held[key] + b"more"),
            remove=lambda key: client.delete_object(Bucket=bucket, Key=key),
            denied="denied.txt",
            folder="人事",
            excludable="empty",
            nowhere=lambda: store(server, "not-there"),
            gaps={Reason.UNREADABLE: 1},
        )


class TestContract(SourceContract):
    """Object stores keep to what every source keeps to."""


def test_an_archived_object_is_never_restored(server: Running, bucket: str, put: Callable[..., None]) -> None:
    """It is told with its storage class, and nothing but questions reaches the store."""
    put("cold.txt", StorageClass="GLACIER")
    put("warm.txt", StorageClass="GLACIER_IR")
    server.fail()
    source = store(server, bucket)
    assert [entry.name for entry in entries(source)] == ["warm.txt"]
    (gap,) = gaps(source)
    assert (gap.reason, gap.uri) == (Reason.UNREADABLE, f"{source.place}cold.txt")
    assert "GLACIER" in gap.detail
    assert {method for method, *_ in server.asked()} == {"GET"}
    listed = Entry(gap.uri, "cold.txt", 1, 0)
    told = refusal(source, listed)
    assert told is not None
    assert (told.reason, told.detail.partition(":")[0]) == (Reason.UNREADABLE, "InvalidObjectState")


def test_pages_are_followed_and_excluded_folders_jumped_over(
    server: Running, bucket: str, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of thousands that is left out costs one request, and is one gap."""
    monkeypatch.setattr(s3, "_page", 4)
    for number in range(20):
        put(f"b/{number:04d}")
    put("a.txt")
    put("b0.txt")  # the first key behind the folder
    server.fail()
    assert len(entries(store(server, bucket))) == 22
    asked = [where for _, where, *_ in server.asked() if "list-type=2" in where]
    assert len(asked) == 6
    server.fail()
    left = list(store(server, bucket, Selection(exclude=("b",))).entries())
    assert [item.name if isinstance(item, Entry) else item.reason for item in left] == [
        "a.txt",
        Reason.EXCLUDED,
        "b0.txt",
    ]
    assert len([where for _, where, *_ in server.asked() if "list-type=2" in where]) == 2


def test_a_prefix_is_a_folder_or_one_object(server: Running, bucket: str, put: Callable[..., None]) -> None:
    """What merely begins alike is not meant; nothing there is an error."""
    for key in ("logs/a.txt", "logs-old/b.txt", "one.txt"):
        put(key)
    assert [(e.name, e.uri) for e in entries(store(server, f"{bucket}/logs"))] == [
        ("a.txt", f"s3://127.0.0.1:{server.port}/{bucket}/logs/a.txt")
    ]
    assert [entry.name for entry in entries(store(server, f"{bucket}/one.txt"))] == ["one.txt"]
    with pytest.raises(SourceError, match="NoSuchKey"):
        entries(store(server, f"{bucket}/log"))


def test_all_buckets_of_an_account(server: Running, bucket: str, put: Callable[..., None]) -> None:
    """Each is a folder; one that may not be listed is a gap, and the account's buckets must be askable."""
    put("a.txt")
    other = f"{bucket}-closed"
    writer(server).create_bucket(Bucket=other)
    source = store(server, "")
    with server.failing(Fault(403, "GET", f"/{other}?", refused("AccessDenied"))):
        listed = list(source.entries())
    assert f"{bucket}/a.txt" in {item.name for item in listed if isinstance(item, Entry)}
    assert content(source, named(source, f"{bucket}/a.txt")) == b"x"
    assert [
        (gap.reason, gap.detail) for gap in listed if not isinstance(gap, Entry) and other in gap.uri
    ] == [(Reason.NOT_LISTED, "AccessDenied")]
    chosen = store(server, "", Selection(exclude=(bucket,)))
    assert not [item for item in entries(chosen) if item.name.startswith(f"{bucket}/")]
    refusing = Fault(403, "GET", "/?", refused("AccessDenied"))
    with server.failing(refusing), pytest.raises(SourceError, match="name one"):
        entries(source)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (404, refused("NoSuchKey"), Reason.VANISHED),
        (412, refused("PreconditionFailed"), Reason.CHANGED),
        (403, refused("AccessDenied"), Reason.DENIED),
        (400, refused("InvalidRequest", "stored using a form of Server Side Encryption"), Reason.DENIED),
        (403, refused("InvalidObjectState"), Reason.UNREADABLE),
        (503, refused("SlowDown"), Reason.UNREACHABLE),
        (500, "", Reason.UNREACHABLE),
        (418, "<html>a proxy</html>", Reason.UNREADABLE),
    ],
)
def test_refusals_to_read_are_told_apart(
    server: Running, bucket: str, put: Callable[..., None], status: int, body: str, reason: Reason
) -> None:
    """Each says whether to ask for a right, to try later, or to look elsewhere."""
    put("a.txt")
    source = store(server, bucket)
    (entry,) = entries(source)
    with server.failing(Fault(status, "GET", "/a.txt", body)):
        told = refusal(source, entry)
        tries = len([path for _, path, *_ in server.asked() if "/a.txt" in path])
    assert told is not None
    assert told.reason is reason
    assert tries == (4 if reason is Reason.UNREACHABLE else 1)


def test_a_busy_store_is_asked_again(server: Running, bucket: str, put: Callable[..., None]) -> None:
    """Two refusals to serve, at listing and at reading, leave no trace in the result."""
    put("a.txt", b"held")
    source = store(server, bucket)
    busy = refused("SlowDown")
    with server.failing(Fault(503, "GET", "list-type", busy, 2), Fault(503, "GET", "/a.txt", busy, 2)):
        (entry,) = entries(source)
        assert content(source, entry) == b"held"


def test_a_store_that_ignores_ranges_or_conditions_is_found_out(
    server: Running, bucket: str, put: Callable[..., None]
) -> None:
    """A large object that comes whole where a part was asked for is a gap, not a full memory."""
    put("large.bin", b"a" * (2 * PIECE))
    source = store(server, bucket)
    (entry,) = entries(source)
    with server.failing(Fault(PASSES, "GET", "/large.bin", strip="HTTP_RANGE")):
        told = refusal(source, entry)
    assert told is not None
    assert (told.reason, told.detail) == (Reason.UNREADABLE, "RangesNotSupported")
    put("large.bin", b"b" * (2 * PIECE))  # the same size in the same second
    with server.failing(Fault(PASSES, "GET", "/large.bin", strip="HTTP_IF_MATCH")):
        told = refusal(source, entry)
    assert told is not None
    assert told.reason is Reason.CHANGED


def test_buckets_come_in_pages(server: Running, bucket: str, put: Callable[..., None]) -> None:
    """An account of very many buckets is listed to its end."""
    put("a.txt", b"held")
    first = (
        '<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets><Bucket>'
        "<Name>aaa-gone</Name></Bucket></Buckets><ContinuationToken>x</ContinuationToken>"
        "</ListAllMyBucketsResult>"
    )
    source = store(server, "")
    with server.failing(Fault(200, "GET", "/?", first, 1)):
        listed = list(source.entries())
    assert "NoSuchBucket" in [each.detail for each in listed if isinstance(each, Gap)]
    assert f"{bucket}/a.txt" in [each.name for each in listed if isinstance(each, Entry)]


def test_a_listing_that_goes_round_is_an_error(server: Running, bucket: str) -> None:
    """Keys come in order: a store that begins again would be listed for ever."""
    source = store(server, bucket)
    page = (
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>'
        "<NextContinuationToken>{}</NextContinuationToken><Contents><Key>a.txt</Key><Size>1</Size>"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>"
    )
    faults = [Fault(200, "GET", "list-type", page.format(number), 1) for number in range(3)]
    with server.failing(*faults), pytest.raises(SourceError, match="KeysOutOfOrder"):
        list(source.entries())


def test_a_store_that_dies_in_mid_listing_is_loud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was listed so far is not taken for all there is."""
    monkeypatch.setattr(s3, "_page", 2)
    with running("tests.sources.servers.s3", log=tmp_path / "log") as server:
        client = writer(server)
        client.create_bucket(Bucket="files")
        for number in range(3):
            client.put_object(Bucket="files", Key=f"{number:04d}", Body=b"x")
        server.fail(Fault(DIES, "GET", "continuation-token"))
        listing = store(server, "files").entries()
        seen: list[Entry | Gap] = []
        with pytest.raises(SourceError, match="no answer"):
            seen.extend(listing)
        assert server.process.wait(10) == 1


def test_a_public_policy_and_grants_are_read(server: Running, bucket: str, put: Callable[..., None]) -> None:
    """Public is everyone, unless a block says otherwise; what cannot be asked is unknown."""
    client = writer(server)
    put("a.txt")
    source = store(server, bucket)
    assert isinstance(source, Guarded)
    (entry,) = entries(source)
    assert entry.exposure is Exposure.UNKNOWN
    assert source.readers(entry).exposure is Exposure.UNKNOWN
    client.put_object_acl(Bucket=bucket, Key="a.txt", ACL="authenticated-read")
    told = source.readers(entry)
    assert told.exposure is Exposure.EVERYONE
    assert "AuthenticatedUsers" in told.names
    with server.failing(Fault(403, "GET", "acl", refused("AccessDenied"))):
        assert source.readers(entry).exposure is Exposure.UNKNOWN
    block = {"IgnorePublicAcls": True, "RestrictPublicBuckets": False}
    client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    (blocked,) = entries(source)
    assert blocked.access != entry.access  # nothing of the object changed, only who may read it
    assert source.readers(blocked).exposure is Exposure.UNKNOWN
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    status = (
        "<?xml version='1.0'?><PolicyStatus xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>"
        "<IsPublic>true</IsPublic></PolicyStatus>"
    )
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    with server.failing(Fault(200, "GET", "policyStatus", status)):  # moto answers no such question
        (public,) = entries(source)
        assert public.exposure is Exposure.EVERYONE
        assert source.readers(public).exposure is Exposure.EVERYONE


def test_only_what_the_address_names_signs(server: Running, bucket: str, put: Callable[..., None]) -> None:
    """Keys of the environment are never used; nobody is asked for without a word."""
    put("a.txt", ACL="public-read")
    with pytest.raises(SourceError, match="anonymous=1"):
        store(server, bucket, login=NO_CREDENTIALS)
    with pytest.raises(SourceError, match="either"):
        store(server, bucket, more="&anonymous=1")
    signed = Fault(403, "GET", "", refused("AccessDenied"), header="HTTP_AUTHORIZATION", holds="Credential=")
    with server.failing(signed):
        source = store(server, bucket, login=NO_CREDENTIALS, more="&anonymous=1")
        (entry,) = entries(source)
        assert content(source, entry) == b"x"
        assert isinstance(source, Guarded)
        assert source.readers(entry).exposure is Exposure.EVERYONE
    ours = Fault(403, "GET", "", refused("AccessDenied"), header="HTTP_AUTHORIZATION", holds="AKIDENVIRON")
    with server.failing(ours):
        assert len(entries(store(server, bucket))) == 1


def test_a_profile_signs_when_it_is_asked_for(
    server: Running, bucket: str, put: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keys, and not those of the environment."""
    put("a.txt")
    (tmp_path / "keys").write_text(
        "[scan]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = x\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
    theirs = Fault(403, "GET", "", refused("AccessDenied"), header="HTTP_AUTHORIZATION", holds="AKIDPROFILE")
    source = store(server, bucket, login=NO_CREDENTIALS, more="&profile=scan")
    assert len(entries(source)) == 1
    with server.failing(theirs), pytest.raises(SourceError, match="AccessDenied"):
        entries(source)
    with pytest.raises(SourceError, match="check profile"):
        entries(store(server, bucket, login=NO_CREDENTIALS, more="&profile=other"))


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("InvalidAccessKeyId", Step.SIGN_IN),
        ("SignatureDoesNotMatch", Step.SIGN_IN),
        ("AccessDenied", Step.LIST),
    ],
)
def test_a_test_says_what_is_wrong(
    server: Running, bucket: str, put: Callable[..., None], code: str, step: Step
) -> None:
    """The step that fails is the last, with the store's own code."""
    put("a.txt")
    source = store(server, bucket)
    assert isinstance(source, Checked)
    assert [(check.step, check.passed) for check in source.check()] == [(each, True) for each in Step]
    with server.failing(Fault(403, "GET", f"/{bucket}", refused(code))):
        *passed, failed = source.check()
    assert all(check.passed for check in passed)
    assert (failed.step, failed.passed, failed.detail) == (step, False, code)
    with server.failing(Fault(403, "GET", "/a.txt", refused("AccessDenied"))):
        *_, failed = source.check()
    assert (failed.step, failed.passed, failed.detail) == (Step.READ, False, "AccessDenied")


def test_a_port_where_nothing_answers() -> None:
    """Name and port are told before anything is signed."""
    source = open_source(f"s3://x?endpoint=http://127.0.0.1:{free_port()}", credentials=LOGIN)
    assert isinstance(source, Checked)
    assert [(check.step, check.passed) for check in source.check()] == [(Step.NAME, True), (Step.PORT, False)]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://b?endpoint=http://store.example", "TLS"),
        ("s3://b?endpoint=ftp://store.example", "malformed"),
        ("s3://b?endpoint=https://store.example/x", "malformed"),
        ("s3://b?regoin=x", "options"),
        ("s3://b/a#b", "%23"),
        ("s3://b--x-s3", "directory buckets"),
        ("s3://b?ca=/not/there", "ca="),
    ],
)
def test_addresses_that_are_none(url: str, said: str) -> None:
    """They are refused with what is wrong about them."""
    with pytest.raises(SourceError, match=said):
        open_source(url, credentials=LOGIN)


def test_places_are_addresses_of_their_store() -> None:
    """Two stores may have a bucket of one name; the place of each can be opened again."""
    amazon = open_source("s3://AKID:geheim@b/p?region=ap-northeast-1")
    own = open_source("s3://b/p?endpoint=https://store.example&region=x", credentials=LOGIN)
    assert amazon.place == "s3://b/p"
    assert own.place == "s3://store.example:443/b/p"
    assert open_source(own.place, credentials=LOGIN).place == own.place
    assert "geheim" not in repr(amazon)


def test_a_whole_scan_finds_what_lies_there(server: Running, bucket: str, put: Callable[..., None]) -> None:
    """Confined workers read over the network."""
    put("名簿.csv", "氏名,電話番号\n架空太郎,090-0000-0001\n".encode())
    put("人事/メモ.txt", "電話 090-0000-0002 まで".encode())
    with Scanner(KEYS, ScanOptions(jobs=1)) as scanner:
        results = list(scanner.scan(store(server, bucket)))
    assert "ports" in str(scanner.confinements[0])
    assert len(results) == 2
    assert all(Category.PHONE in result.categories for result in results)
    assert {result.outcome for result in results} == {Outcome.COMPLETE}
