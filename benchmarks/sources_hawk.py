"""hawk-scanner beside our scan, on the same table of a real PostgreSQL.

hawk-scanner lives in an environment of its own under build/peers/. It asks for its patterns over the network
when none are given; it gets seven that anybody in Japan would write. Mails and mobile numbers are compared.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.detection import CUSTOMER_COLUMNS, customers
from benchmarks.peers import ROOT, Peer, python_of
from scanners.engine import Scanner
from scanners.fingerprint import Fingerprinter
from scanners.model import Category
from scanners.options import ScanKeys, ScanOptions
from scanners.sources import open_source
from tests.servers import SessionServices, Unavailable

HAWK = Peer(
    "hawk",
    "hawk-scanner 0.3.39",
    ROOT / "build" / "peers" / "hawk",
    "hawk_scanner",
    ("hawk-scanner==0.3.39",),
)
ROWS = 50_000
_PATTERNS = """\
Email: "[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\\\.[A-Za-z]{2,}"
Mobile: "0[789]0-[0-9]{4}-[0-9]{4}"
Telephone: "0[1-9][0-9]{0,3}-[0-9]{1,4}-[0-9]{4}"
Postal code: "[0-9]{3}-[0-9]{4}"
My Number: "[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{4}"
Card: "[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}"
Date of birth: "(19|20)[0-9]{2}[/.-][01]?[0-9][/.-][0-3]?[0-9]"
"""
_OF = {"Email": Category.EMAIL, "Mobile": Category.PHONE}
KEYS = ScanKeys(bytes(range(32)))


def hawk(given: SessionServices, folder: Path) -> dict[str, float]:
    """Return how many times longer a row takes it, and how many true values it finds that we miss."""
    server = given.postgres()
    if isinstance(server, Unavailable):
        print(f"  left out: {server.reason}")
        return {}
    url = server.url(server.create())
    values = _filled(url.replace("+psycopg", ""))
    theirs, seconds = _theirs(url, folder)
    began = time.perf_counter()
    with Scanner(KEYS, ScanOptions(jobs=1)) as scanner:
        (found,) = scanner.scan(open_source(f"{url}?scan=complete"))
    ours = time.perf_counter() - began
    if found.findings is None:
        raise RuntimeError("nothing was found")
    known = set(zip(*(found.findings[name].to_pylist() for name in ("category", "fingerprint")), strict=True))
    known_as = Fingerprinter(KEYS.fingerprint, KEYS.older, KEYS.objects)
    true = {(category, value) for category, value in theirs if value in values[category]}
    missed = {each for each in true if (each[0].value, known_as.of(*each)) not in known}
    mine = sum(
        (category.value, known_as.of(category, value)) in known
        for category, held in values.items()
        for value in held
    )
    print(
        f"  {ROWS:,} rows: hawk-scanner {seconds:.1f} s, ours {ours:.1f} s with its workers' start; "
        f"of {sum(map(len, values.values())):,} values it finds {len(true):,}, we {mine:,}"
    )
    return {"hawk_seconds_vs_ours": round(seconds / ours, 3), "missed_of_hawk": float(len(missed))}


def _filled(url: str) -> dict[Category, set[str]]:
    """Fill a table of customers with notes in which mail addresses and numbers stand; return these values."""
    chance = random.Random(20_261_130)
    values: dict[Category, set[str]] = {Category.EMAIL: set(), Category.PHONE: set()}
    with psycopg.connect(url) as connection:
        columns = ", ".join(f'"{name}" text' for name in (*CUSTOMER_COLUMNS, "連絡事項"))
        connection.execute(f"CREATE TABLE customers ({columns})")
        with connection.cursor().copy("COPY customers FROM STDIN") as copy:
            for number, row in enumerate(customers(ROWS)):
                mail = f"kokyaku{number}@mail{chance.randrange(90)}.kaku-jigyo.jp"
                phone = (
                    f"0{chance.choice('789')}0-{chance.randrange(1000, 9999)}-{chance.randrange(10_000):04}"
                )
                note = chance.choice(
                    (f"返信は{mail}宛て", f"携帯は{phone}、夜間のみ", "特になし", f"{phone}／{mail}")
                )
                values[Category.EMAIL].update({mail} if mail in note else ())
                values[Category.PHONE].update({phone, row[5]} if phone in note else {row[5]})
                copy.write_row((*row, note))
    return values


def _theirs(url: str, folder: Path) -> tuple[set[tuple[Category, str]], float]:
    address = make_url(url)
    (folder / "fingerprint.yml").write_text(_PATTERNS, encoding="utf-8")
    place = {
        "host": address.host,
        "port": address.port,
        "user": address.username,
        "password": address.password,
        "database": address.database,
        "limit_end": ROWS,
    }
    connection = {"sources": {"postgresql": {"bench": place}}, "notify": {"redacted": False}}
    (folder / "connection.yml").write_text(json.dumps(connection), encoding="utf-8")
    told = folder / "hawk.json"
    command = [
        *(python_of(HAWK).with_name("hawk_scanner"), "postgresql", "--connection", folder / "connection.yml"),
        *("--fingerprint", folder / "fingerprint.yml", "--json", told, "--quiet", "--shutup", "--no-write"),
    ]
    began = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    seconds = time.perf_counter() - began
    answers = json.loads(told.read_text(encoding="utf-8"))["postgresql"]
    return {
        (_OF[each["pattern_name"]], value)
        for each in answers
        if each["pattern_name"] in _OF
        for value in each["matches"]
    }, seconds
