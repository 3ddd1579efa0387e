"""The group's databases: an HR database and a patient register, with tables about nobody beside them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from daicho.demo.chance import dice_for
from daicho.demo.fields import THINGS, categories_of
from daicho.demo.people import Person, population
from scanners.model import Category

HR_SCHEMA = "daicho_demo_hr"
HR_UNIT = "TOWA-DENKI"
HR_SITE = "TOWA-DENKI-KAWASAKI"
REGISTER_UNIT = "HOSP-SAKURA"
REGISTER_SITE = "HOSP-SAKURA-OUT"
EMPLOYEES = 480
PATIENTS = 1_200
LAST_CHANGE = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)

Row = Mapping[str, str | int | date | datetime]


@dataclass(frozen=True, slots=True)
class DemoTable:
    """One table; `fields` are the personal ones among its columns, as templates name them."""

    name: str
    rows: tuple[Row, ...]
    people: frozenset[str]  # keys of those whom it tells of
    fields: tuple[str, ...] = ()

    @property
    def categories(self) -> frozenset[Category]:
        """The categories that the table holds."""
        return categories_of(self.fields)


def hr_tables(seed: int) -> tuple[DemoTable, ...]:
    """Return the tables of the HR database, two of them about nobody."""
    dice = dice_for(seed, "hr database")
    staff = population(seed, f"{HR_UNIT}:employees", EMPLOYEES)
    employees = frozenset(who.key for who in staff)
    family = population(seed, f"{HR_UNIT}:patients of no hospital", EMPLOYEES)
    events = ("login", "export", "logout", "backup", "config")
    moments = (datetime(2026, 10, 1 + n % 28, 8 + n % 10, n * 7 % 60, tzinfo=UTC) for n in range(2_000))
    return (
        DemoTable(
            "employee",
            tuple(_employee(who, dice) for who in staff),
            employees,
            ("staff_no", "name", "kana", "dob", "postal", "address", "mobile", "work_email"),
        ),
        DemoTable(
            "dependents",
            tuple(_dependents(staff, family)),
            frozenset(who.key for who in family),
            ("staff_no", "name", "kana", "dob"),
        ),
        DemoTable(
            "payroll_account",
            tuple(_account(who, dice) for who in staff),
            employees,
            ("staff_no", "account_no", "kana"),
        ),
        DemoTable(
            "audit_log",
            tuple(
                {"id": n + 1, "at": at.isoformat(), "event": events[n % 5], "terminal": f"192.0.2.{n % 250}"}
                for n, at in enumerate(moments)
            ),
            frozenset(),
        ),
        DemoTable("product", tuple(_product(n, dice) for n in range(300)), frozenset()),
    )


def _employee(who: Person, dice: Random) -> Row:
    facts = who.facts
    return {
        "employee_no": facts["staff_no"],
        "full_name": facts["name"],
        "full_name_kana": facts["kana"],
        "birth_date": date.fromisoformat(facts["dob_iso"]),
        "department": THINGS["department"](dice),
        "postal_code": facts["postal"],
        "address": facts["address"],
        "mobile_phone": facts["mobile"],
        "email": f"{facts['mail_local']}.{facts['number']}@denki.towa.example",
    }


def _dependents(staff: Sequence[Person], family: Sequence[Person]) -> Iterable[Row]:
    for number, (who, dependent) in enumerate(zip(staff, family, strict=True)):
        given = dependent.facts["name"].split()[1]
        yield {
            "id": number + 1,
            "employee_no": who.facts["staff_no"],
            "dependent_name": f"{who.facts['family']} {given}",
            "dependent_kana": f"{who.facts['kana'].split()[0]} {dependent.facts['kana'].split()[1]}",
            "birth_date": date.fromisoformat(dependent.facts["dob_iso"]),
            "relation": ("配偶者", "子", "父", "母")[number % 4],
        }


def _account(who: Person, dice: Random) -> Row:
    facts = who.facts
    return {
        "employee_no": facts["staff_no"],
        "bank": facts["bank"],
        "branch": facts["branch"],
        "account_type": "普通",
        "account_number": facts["account_no"],
        "account_holder_kana": facts["kana"],
        "monthly_pay": THINGS["salary"](dice),
    }


def _product(number: int, dice: Random) -> Row:
    return {
        "product_code": THINGS["phone_like"](dice),
        "jan": THINGS["jan"](dice),
        "product_name": THINGS["product"](dice),
        "slip_no": THINGS["wrong_my_number"](dice),
        "stock": number * 3 % 170,
    }


def register_tables(seed: int) -> tuple[DemoTable, ...]:
    """Return the tables of the patient register; the wards tell of nobody."""
    dice = dice_for(seed, "patient register")
    patients = population(seed, f"{REGISTER_UNIT}:patients", PATIENTS)
    told = frozenset(who.key for who in patients)
    wards: Iterable[Row] = (
        {"ward_code": f"W{n:02d}", "ward_name": f"{n // 3 + 2}階{'東西南'[n % 3]}病棟", "beds": 28 + n * 4}
        for n in range(12)
    )
    visits = tuple(_visit(number, who, dice) for number, who in enumerate([*patients, *patients]))
    fields = (
        "patient_id",
        "name",
        "kana",
        "dob",
        "postal",
        "address",
        "mobile",
        "insurer",
        "insured",
        "disease",
    )
    return (
        DemoTable("patient", tuple(_patient(who) for who in patients), told, fields),
        DemoTable("visit", visits, told, ("patient_id", "disease")),
        DemoTable("ward", tuple(wards), frozenset()),
    )


def _patient(who: Person) -> Row:
    facts = who.facts
    return {
        "patient_id": facts["patient_id"],
        "patient_name": facts["name"],
        "patient_kana": facts["kana"],
        "birth_date": date.fromisoformat(facts["dob_iso"]),
        "sex": facts["sex"],
        "postal_code": facts["postal"],
        "address": facts["address"],
        "phone": facts["mobile"],
        "insurer_number": facts["insurer"],
        "insured_symbol_number": facts["insured"],
        "main_disease": facts["disease"],
    }


def _visit(number: int, who: Person, dice: Random) -> Row:
    first = number < PATIENTS
    return {
        "visit_id": number + 1,
        "patient_id": who.facts["patient_id"],
        "visited_on": date(2026, 1 + dice.randrange(10), 1 + dice.randrange(28)),
        "clinic": THINGS["clinic"](dice),
        "diagnosis": who.facts["disease" if first else "other_disease"],
    }


def write_sqlite(path: Path, tables: Sequence[DemoTable]) -> str:
    """Write a new SQLite file and return its URL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{path}"
    _write(url, None, tables)
    path.chmod(0o640)
    os.utime(path, (LAST_CHANGE.timestamp(), LAST_CHANGE.timestamp()))
    return url


def write_postgresql(url: str, tables: Sequence[DemoTable]) -> str:
    """Write the tables into the schema `daicho_demo_hr`, dropped first; return the URL without password."""
    _write(url, HR_SCHEMA, tables)
    return make_url(url)._replace(password=None).render_as_string()


def _write(url: str, schema: str | None, tables: Sequence[DemoTable]) -> None:
    engine = sa.create_engine(url)
    metadata = sa.MetaData(schema=schema)
    made = [sa.Table(table.name, metadata, *_columns(table.rows[0])) for table in tables]
    try:
        with engine.begin() as connection:
            if schema is not None:
                connection.execute(sa.schema.DropSchema(schema, cascade=True, if_exists=True))
                connection.execute(sa.schema.CreateSchema(schema))
            metadata.create_all(connection)
            for target, table in zip(made, tables, strict=True):
                connection.execute(sa.insert(target), [dict(row) for row in table.rows])
    finally:
        engine.dispose()


def _columns(row: Row) -> list[sa.Column[object]]:
    kinds: dict[type, sa.types.TypeEngine[Any]] = {str: sa.Text(), int: sa.Integer(), date: sa.Date()}
    return [sa.Column(name, kinds[type(content)]) for name, content in row.items()]
