"""The files themselves: encodings, formats, members, and that planted values really stand in them."""

import csv
import email
import email.policy
import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import pypdfium2
import pytest
import python_calamine
from lxml import etree

from daicho.demo import DemoGroup, build
from daicho.demo.archives import zip_bytes
from daicho.demo.databases import HR_SCHEMA, hr_tables, write_postgresql
from daicho.demo.formats import TEXT_ENCODINGS, docx_bytes, pdf_bytes, text_bytes, xlsx_bytes
from daicho.demo.mails import Mail, mail_bytes
from daicho.demo.people import population
from daicho.demo.shares import broken_bytes
from scanners.model import Exposure

HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text and the encoding that it is surely written in."""
    if data.startswith(b"\xff\xfe"):
        return data.decode("utf-16"), "utf16"
    if b"\x1b$B" in data:
        return data.decode("iso2022_jp"), "jis"
    for kind in ("txt", "sjis", "euc"):
        try:
            text = data.decode(TEXT_ENCODINGS[kind])
        except UnicodeDecodeError:
            continue
        if not HALF_WIDTH_KANA.search(text):  # what EUC-JP looks like when it is read as CP932
            return text, kind
    raise AssertionError("text in no known encoding")


def text_of(path: Path) -> str:
    """Return the text of a spreadsheet, csv or text file of the group."""
    if path.suffix == ".xlsx":
        rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        return "\n".join("\t".join(str(cell) for cell in row) for row in rows)
    return decoded(path.read_bytes())[0]


def test_text_files_come_in_all_five_encodings(group: DemoGroup) -> None:
    """Each encoding of old Japanese files occurs several times, and each file decodes."""
    share = group.directory / "share"
    kinds = Counter(decoded(path.read_bytes())[1] for path in share.rglob("*.txt"))
    assert set(kinds) == {"txt", "sjis", "euc", "jis", "utf16"}
    assert min(kinds.values()) >= 3


@pytest.mark.parametrize("kind", sorted(TEXT_ENCODINGS))
def test_text_survives_its_encoding(kind: str) -> None:
    """Text decodes to what was written, with Windows line ends."""
    data = text_bytes("氏名：山田 太郎\n電話", kind)
    assert data.decode("utf-16" if kind == "utf16" else TEXT_ENCODINGS[kind]) == "氏名：山田 太郎\r\n電話"


def test_csv_files_are_marked_utf8_or_cp932(group: DemoGroup) -> None:
    """Lists are saved both ways, and every row has as many cells as the heading."""
    marked = 0
    for path in (group.directory / "share").rglob("*.csv"):
        data = path.read_bytes()
        marked += data.startswith(b"\xef\xbb\xbf")
        text = data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "cp932")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert len({len(row) for row in rows}) == 1
        assert len(rows) > 1
    assert 10 < marked < len(list((group.directory / "share").rglob("*.csv"))) - 10


def test_planted_persons_stand_in_their_files(group: DemoGroup) -> None:
    """The health-check list holds 1,204 rows of different persons, the delivery list 1,842."""
    for path, column, persons in (
        ("HOSP-SAKURA/CHECKUP/健診2025/結果一覧.xlsx", 1, 1204),
        ("TOWA-LOGI/FUNABASHI/営業部/配送/配送先一覧.csv", 0, 1842),
    ):
        text = text_of(group.directory / "share" / path)
        rows = [line.split("\t" if path.endswith("xlsx") else ",") for line in text.splitlines()]
        assert len({row[column] for row in rows[1:]}) == persons


def test_every_canary_stands_in_the_files(group: DemoGroup) -> None:
    """Each canary is really there to be found, and none is so short that it occurs by chance."""
    everything = "\n".join(
        text_of(path)
        for path in (group.directory / "share").rglob("*")
        if path.suffix in (".xlsx", ".csv", ".txt") and str(path) not in group.unexaminable
    )
    everything += (group.directory / "databases/hr.db").read_bytes().decode("utf-8", "replace")
    everything += (group.directory / "databases/patient_register.db").read_bytes().decode("utf-8", "replace")
    everything += "\n".join(path.name for path in (group.directory / "share").rglob("*"))
    assert len(group.canaries) >= 40
    for value in group.canaries:
        assert value in everything
        assert len(value) >= 4


def test_wrong_unit_files_tell_of_the_registered_patients(group: DemoGroup) -> None:
    """The copies on another entity's share hold the very patients of the hospital's own list."""
    share = group.directory / "share"
    own = text_of(share / "HOSP-SAKURA/MAIN/看護部/病棟/入院患者_最新.csv")
    copy = text_of(share / "TOWA-LIFE/CHIBA/営業部/病院連携/入院患者一覧.xlsx")
    numbers = [line.split("\t")[1] for line in copy.splitlines()[1:]]
    assert len(numbers) == 260
    assert all(number in own for number in numbers)


def test_documents_without_personal_data_hold_lookalikes(group: DemoGroup) -> None:
    """Phone-shaped part numbers and wrong My Numbers stand in files that the truth calls harmless."""
    harmless = [Path(one.path) for one in group.objects if not one.personal and "!" not in one.path]
    texts = [text_of(path) for path in harmless if path.suffix in (".csv", ".txt")]
    assert sum("090-1234-5678" in text for text in texts) >= 5
    assert sum("伝票番号" in text for text in texts) >= 5


def test_mails_decode_and_hold_their_attachments(group: DemoGroup) -> None:
    """Every mail has a Japanese or English body and subject, and its attachments are the listed members."""
    charsets = set()
    for path in (group.directory / "share").rglob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, email.message.EmailMessage)
        body = message.get_body()
        assert body is not None
        charsets.add(body.get_content_charset())
        assert len(body.get_content()) > 50
        names = {part.get_filename() for part in message.iter_attachments()}
        assert names == {
            one.path.partition("!")[2] for one in group.objects if one.path.startswith(f"{path}!")
        }
    assert charsets == {"utf-8", "iso-2022-jp"}


def test_a_mail_says_what_it_was_given() -> None:
    """Names with kanji survive the headers of both charsets."""
    from datetime import UTC, datetime

    for charset in ("utf-8", "iso-2022-jp"):
        sent = datetime(2026, 4, 1, tzinfo=UTC)
        mail = Mail(
            "お問い合わせ", ("山田 太郎", "taro@mail.example.jp"), ("東和", "i@t.example"), "本文", sent
        )
        read = email.message_from_bytes(mail_bytes(mail, charset), policy=email.policy.default)
        assert read["Subject"] == "お問い合わせ"
        assert read["From"].addresses[0].display_name == "山田 太郎"


def test_zip_members_have_cp932_names(group: DemoGroup) -> None:
    """Archives say no UTF-8, their names are CP932, and their members are the listed ones."""
    archives = list((group.directory / "share").rglob("*.zip"))
    assert len(archives) >= 10
    for path in archives:
        if str(path) in group.unexaminable:
            continue
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert all(not member.flag_bits & 0x800 for member in archive.infolist())
            names = {member.filename.encode("cp437").decode("cp932") for member in archive.infolist()}
        assert names == {
            one.path.partition("!")[2] for one in group.objects if one.path.startswith(f"{path}!")
        }


def test_the_locked_zip_opens_with_its_password_only() -> None:
    """The encryption is the real one: the right password opens it, none at all does not."""
    with zipfile.ZipFile(io.BytesIO(zip_bytes([("a.txt", b"content" * 50)], password="secret"))) as archive:
        assert archive.read("a.txt", pwd=b"secret") == b"content" * 50
        with pytest.raises(RuntimeError, match="password required"):
            archive.read("a.txt")


def test_what_cannot_be_examined_cannot(group: DemoGroup) -> None:
    """Each such file is on a share, and damaged or locked as its name is listed."""
    assert len(group.unexaminable) >= 4
    assert set(group.unexaminable) <= {one.path for one in group.objects if not one.personal}
    for name in group.unexaminable:
        if "!" in name:
            assert name.partition("!")[0] in group.unexaminable
            continue
        data = Path(name).read_bytes()
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                assert all(member.flag_bits & 1 for member in archive.infolist())
        else:
            with pytest.raises(zipfile.BadZipFile):
                zipfile.ZipFile(io.BytesIO(data))


def test_unknown_damage_is_refused() -> None:
    """A misspelt line of the plan is an error, not a whole file."""
    with pytest.raises(ValueError, match="unknown kind"):
        broken_bytes("bent")


def test_office_files_and_pdfs_can_be_read_back() -> None:
    """Word, spreadsheet and pdf say what was written, escaped characters included."""
    with zipfile.ZipFile(io.BytesIO(docx_bytes("題 & 名", "一行目 <1>\n二行目", [["列"], ["値"]]))) as word:
        tree = etree.fromstring(word.read("word/document.xml"))
    assert [node.text for node in tree.iter(f"{WORD}t")] == [
        "題 & 名",
        None,
        "一行目 <1>",
        "二行目",
        "列",
        "値",
        None,
    ]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(xlsx_bytes("表", [["番号"], ["0012"]])))
    assert book.get_sheet_by_index(0).to_python() == [["番号"], ["0012"]]
    page = pypdfium2.PdfDocument(pdf_bytes("見積書", "#金額 *100* 円", [["氏名"], ["山田"]]))[0]
    text = page.get_textpage().get_text_range()
    assert "見積書" in text
    assert "#金額 *100* 円" in text
    assert "山田" in text


def test_the_databases_hold_the_people(group: DemoGroup) -> None:
    """The register has 1,200 patients, the HR database 480 employees, and both have tables about nobody."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(group.directory / "databases/patient_register.db")) as register:
        first = register.execute("select patient_name from patient").fetchall()
        assert register.execute("select count(distinct patient_id) from visit").fetchone() == (1200,)
    assert len(first) == 1200
    seed = 20261123
    assert first[0][0] == population(seed, "HOSP-SAKURA:patients", 1)[0].facts["name"]
    with closing(sqlite3.connect(group.directory / "databases/hr.db")) as hr:
        names = {row[0] for row in hr.execute("select name from sqlite_master where type = 'table'")}
        assert hr.execute("select count(*) from employee").fetchone() == (480,)
    assert names == {"employee", "dependents", "payroll_account", "audit_log", "product"}


def test_hr_tables_go_into_their_own_schema(postgres_url: str, tmp_path: Path) -> None:
    """In PostgreSQL the schema is made anew each time, nothing else is touched, and no password is told."""
    import sqlalchemy as sa

    engine = sa.create_engine(postgres_url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("create table employee (kept integer)"))
        write_postgresql(postgres_url, hr_tables(1))
        made = build(tmp_path, database_url=postgres_url)
        with engine.connect() as connection:
            found = connection.execute(sa.text(f"select count(*) from {HR_SCHEMA}.employee")).scalar_one()
            kept = connection.execute(sa.text("select count(*) from public.employee")).scalar_one()
    finally:
        engine.dispose()
    assert (found, kept) == (480, 0)
    password = sa.make_url(postgres_url).password
    assert password
    assert all(password not in source.url for source in made.sources)
    assert any(source.url.startswith("postgresql") for source in made.sources)
    prefixes = {entry.prefix for entry in made.entries if entry.exposure is Exposure.UNKNOWN}
    assert f"{HR_SCHEMA}.employee" in prefixes
