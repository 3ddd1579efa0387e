"""Locked files: recognised as such, opened with a listed password, told by its number only."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import pypdfium2
import pytest

from daicho.errors import UsageError
from daicho.password_file import read_passwords
from scanners.engine import ScanKeys, ScanOptions, scan
from scanners.errors import ExtractionError
from scanners.extractors import passwords
from scanners.extractors.interface import Budget, Extracted, Limits, Member, Opened
from scanners.extractors.table import EXTRACTORS, REFUSED
from scanners.kinds import sniff
from scanners.model import Category, Gap, Outcome, Reason
from scanners.sources import open_source
from tests.extractors import samples
from tests.extractors import samples_archives as made

LISTED = ("wrong", "another", made.PASSWORD)
PDF = "documents/testPDF_protected.pdf"
SHARED = Path(__file__).parents[2].parent / "shared" / "samples"


def read(data: bytes, listed: tuple[str, ...] = LISTED) -> tuple[str, list[Extracted]]:
    """Return the kind of a file and what its reader says with these passwords."""
    kind = sniff(io.BytesIO(data))
    found: list[Extracted] = []
    try:
        found.extend(
            EXTRACTORS[kind].segments(io.BytesIO(data), Budget(Limits(), len(data), passwords=listed))
        )
    except ExtractionError as error:
        found.append(error.gap)
    return kind, found


def locked_pdf(password: str) -> bytes:
    """Return a PDF of one page, encrypted with RC4 of 40 bits (ISO 32000-1, 7.6.3)."""
    import hashlib

    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")

    def rc4(key: bytes, data: bytes) -> bytes:
        state, j, out = list(range(256)), 0, bytearray()
        for i in range(256):
            j = (j + state[i] + key[i % len(key)]) & 255
            state[i], state[j] = state[j], state[i]
        i = j = 0
        for byte in data:
            i = (i + 1) & 255
            j = (j + state[i]) & 255
            state[i], state[j] = state[j], state[i]
            out.append(byte ^ state[(state[i] + state[j]) & 255])
        return bytes(out)

    padded = (password.encode() + padding)[:32]
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + b"\xfc\xff\xff\xff" + b"0123456789abcdef").digest()[:5]
    user = rc4(key, padding)
    plain = samples.pdf_file(1)
    start = plain.index(b"stream\n") + 7
    end = plain.index(b"\nendstream")
    number = hashlib.md5(key + b"\x05\0\0\0\0").digest()[:10]
    body = plain[:start] + rc4(number, plain[start:end]) + plain[end:]
    encrypt = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<%s><%s>]" % (
        owner.hex().encode(), user.hex().encode(), b"0123456789abcdef".hex().encode(), b"00",
    )  # fmt: skip
    return body.replace(b"/Root 1 0 R>>", b"/Root 1 0 R" + encrypt + b">>")


@pytest.mark.parametrize("aes", [True, False])
def test_a_locked_zip_is_opened(aes: bool) -> None:
    """Both encryptions; its open members are read in any case."""
    kind, parts = read(made.locked_zip(made.PASSWORD, aes=aes))
    assert kind == "zip"
    (member,) = [part for part in parts if isinstance(part, Member)]
    assert member.stream is not None
    assert member.stream.read() == made.TEXT  # type: ignore[union-attr]
    assert member.note == "opened with listed password no. 3"
    _, locked = read(made.locked_zip("other", aes=aes))
    assert [part.gap for part in locked if isinstance(part, Member)] == [
        Gap(Reason.ENCRYPTED, "none of 3 listed passwords")
    ]
    assert Gap(Reason.ENCRYPTED, "1 of 1 members") in locked


@pytest.mark.parametrize("header", [True, False])
def test_a_locked_7z_is_opened(header: bool) -> None:
    """With locked names too; what stays locked says so, with its name where that can be read."""
    data = made.seven_zip({"一.txt": made.TEXT, "二.txt": b"b" * 100}, made.PASSWORD, header=header)
    _, parts = read(data)
    members = {part.name: part for part in parts if isinstance(part, Member)}
    assert set(members) == {"一.txt", "二.txt"}
    assert members["一.txt"].stream.read() == made.TEXT  # type: ignore[union-attr]
    assert members["二.txt"].note == "opened with listed password no. 3"
    _, locked = read(data, ("wrong",))
    assert locked[-1] == Gap(Reason.ENCRYPTED, "none of 1 listed passwords")
    assert [part.name for part in locked if isinstance(part, Member)] == (
        [] if header else ["一.txt", "二.txt"]
    )


def test_wrong_passwords_of_a_7z_cost_nothing_of_its_bounds() -> None:
    """What comes out of a wrong try is no content, and each member is counted once."""
    import py7zr

    out = io.BytesIO()
    stored = [{"id": py7zr.FILTER_COPY}, {"id": py7zr.FILTER_CRYPTO_AES256_SHA256}]
    with py7zr.SevenZipFile(out, "w", password=made.PASSWORD, filters=stored) as archive:
        for name in "ab":
            archive.writestr(made.TEXT * 50, name)
    budget = Budget(Limits(members=2), out.tell(), passwords=LISTED)
    parts = list(EXTRACTORS["7z"].segments(out, budget))
    assert [part.gap for part in parts if isinstance(part, Member)] == [None, None]
    assert (budget.expanded, budget.members) == (2 * len(made.TEXT * 50), 2)
    few = Budget(Limits(members=1), out.tell(), passwords=LISTED)
    first, told = EXTRACTORS["7z"].segments(out, few)
    assert isinstance(first, Member)
    assert told == Gap(Reason.TOO_MANY_MEMBERS, "more than 1 members; read: 1 of 2 members")


def test_locked_office_files_are_opened_and_read_as_what_they_are() -> None:
    """A workbook that needs a password is a workbook; one that Excel locks by itself needs no list."""
    kind, parts = read(made.locked_workbook(samples.xlsx_file(), made.PASSWORD))
    assert kind == "ole-encrypted"
    assert parts[0] == Opened("opened with listed password no. 3", "xlsx")
    assert len(parts) > 3
    _, locked = read(made.locked_workbook(samples.xlsx_file(), "other"))
    assert locked == [Gap(Reason.ENCRYPTED, "office document: none of 3 listed passwords")]
    _, own = read(made.everything()["ole-encrypted"], ())
    assert own[0] == Opened("opened with the password that its program sets by itself", "xlsx")


def test_a_locked_pdf_is_opened() -> None:
    """The page comes as always."""
    data = locked_pdf("geheim")
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(data)
    _, parts = read(data, ("wrong", "geheim"))
    assert parts[0] == Opened("opened with listed password no. 2")
    assert "Kakuu Taro" in str(parts[1])
    assert read(data, ())[1] == [Gap(Reason.ENCRYPTED, "pdf")]


def test_a_damaged_pdf_is_not_taken_for_the_locked_one_before_it() -> None:
    """What pdfium last said stays until it says something else."""
    damaged = samples.pdf_file(2).replace(b"/Catalog", b"/Xatalog").replace(b"/Pages", b"/Xages")
    assert read(locked_pdf("geheim"), ())[1] == [Gap(Reason.ENCRYPTED, "pdf")]
    (gap,) = [part for part in read(damaged, ())[1] if isinstance(part, Gap)]
    assert gap.reason is Reason.DAMAGED


def test_old_office_files_and_open_documents_are_seen_to_be_locked() -> None:
    """Real files: an xls whose cells are ciphered, a docx, an odt."""
    folder = SHARED / "documents"
    if not folder.is_dir():
        pytest.skip("development data not present")
    xls = (folder / "testEXCEL_protected_passtika.xls").read_bytes()
    kind, locked = read(xls, ())
    assert (kind, locked) == ("xls", [Gap(Reason.ENCRYPTED, "office document")])
    assert "no. 2" in str(read(xls, ("wrong", "tika"))[1][0])
    odt = (folder / "testODTEncrypted.odt").read_bytes()
    assert REFUSED[sniff(io.BytesIO(odt))] is Reason.ENCRYPTED


def test_tries_are_bounded_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list ends early, and the one that fitted is tried first on the next."""
    monkeypatch.setattr(passwords, "TRIES", 2)
    budget = Budget(Limits(), 1, passwords=("a", "b", "c"))
    seen: list[str] = []
    with pytest.raises(ExtractionError) as caught:
        passwords.tried(budget, lambda each: seen.append(each))  # type: ignore[func-returns-value]
    assert seen == ["a", "b"]
    assert caught.value.gap == Gap(Reason.ENCRYPTED, "tried 2 of 3 listed passwords")
    assert passwords.tried(budget, lambda each: each if each == "b" else None).number == 2
    seen.clear()
    passwords.tried(budget, lambda each: seen.append(each) or each)  # type: ignore[func-returns-value]
    assert seen == ["b"]


def test_a_scan_opens_what_it_can_and_nowhere_tells_a_password(tmp_path: Path) -> None:
    """From the options to the results: the values count, the number is told, the password nowhere."""
    for name, password in (("open.zip", made.PASSWORD), ("shut.zip", "other")):
        (tmp_path / name).write_bytes(made.locked_zip(password, aes=True))
    options = ScanOptions(jobs=1, names=False, passwords=LISTED)
    results = {
        result.uri.rpartition("/")[2]: result
        for result in scan(open_source(str(tmp_path)), ScanKeys(bytes(32)), options)
    }
    opened = results["open.zip!list.txt"]
    assert (opened.outcome, opened.reason, opened.detail) == (
        Outcome.COMPLETE,
        None,
        "opened with listed password no. 3",
    )
    assert opened.categories[Category.PHONE].count == 1
    shut = results["shut.zip!list.txt"]
    assert (shut.outcome, shut.reason) == (Outcome.FAILED, Reason.ENCRYPTED)
    told = repr(options) + repr(Budget(Limits(), 1, passwords=LISTED)) + "".join(map(repr, results.values()))
    assert made.PASSWORD not in told
    assert made.PASSWORD.encode() not in pickle.dumps([result.detail for result in results.values()])


def test_the_file_of_passwords_is_its_owners_alone(tmp_path: Path) -> None:
    """Mode 0600, one a line, each once; Japanese ones in either encoding."""
    path = tmp_path / "passwords"
    path.write_bytes("春はあけぼの\r\nwith space \n\nabc\nabc\n".encode("cp932"))
    path.chmod(0o600)
    assert read_passwords(path) == ("春はあけぼの", "with space ", "abc")
    for mode in (0o640, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(UsageError, match="chmod 600"):
            read_passwords(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_passwords(tmp_path / "none")
    with pytest.raises(UsageError, match="not a file"):
        read_passwords(tmp_path)
    path.write_bytes(b"\n".join(b"%d" % number for number in range(1_001)))
    path.chmod(0o600)
    with pytest.raises(UsageError, match="at most 1000"):
        read_passwords(path)
