"""Builds the whole demonstration group in a directory: `build` is the front door of this package."""

from pathlib import Path

from daicho.demo import databases
from daicho.demo.databases import DemoTable
from daicho.demo.model import DemoEntry, DemoGroup, DemoObject, DemoSource, PlantedDifference
from daicho.demo.organisation import (
    Entity,
    Site,
    accounts,
    bases,
    beyond_contract,
    entities,
    processors,
    units,
)
from daicho.demo.people import Person, population
from daicho.demo.shares import RETENTION_END, Share, Written, share_of, source_name
from registry.model import DiscrepancyKind, UnitKind
from scanners.model import Exposure

SEED = 20261123

_TABLE_ENTRIES = {
    "employee": ("社員マスタ", "人事管理", "人事部長", "退職後7年"),
    "dependents": ("扶養親族マスタ", "扶養手当及び年末調整の事務", "人事部長", "退職後7年"),
    "payroll_account": ("給与振込口座", "給与の支払", "経理部長", "退職後7年"),
    "patient": ("患者登録簿", "診療の提供及び診療報酬の請求", "医事課長", "最終受診後5年"),
    "visit": ("受診記録", "診療の提供及び診療報酬の請求", "医事課長", "最終受診後5年"),
}


def build(directory: Path, *, seed: int = SEED, database_url: str | None = None) -> DemoGroup:
    """Write the group's shares and databases into a directory and return what must be registered for them.

    The same seed gives the same bytes, names, rights and times. With `database_url` (PostgreSQL) the HR
    tables go into the schema `daicho_demo_hr` of that database, which is dropped and made anew; its
    address is returned without the password. Raises FileExistsError when the directory already holds a group.
    """
    directory = directory.resolve()
    for taken in (directory / "share", directory / "databases"):
        if taken.exists():
            raise FileExistsError(f"{taken} exists already; remove it or choose another directory")
    written = Written()
    group = entities()
    for entity in group:
        Share(directory, entity, seed, written).write()
    (directory / "share").chmod(0o755)
    sources = [_share_source(directory, entity, site) for entity in group for site in entity.sites]
    sources += _write_databases(directory, seed, database_url, written)
    return DemoGroup(
        directory=directory,
        units=units(),
        sources=tuple(sources),
        entries=tuple(written.entries),
        accounts=accounts(),
        bases=bases(),
        processors=processors(),
        planted=tuple(written.planted),
        unexaminable=tuple(written.unexaminable),
        objects=tuple(written.objects),
        canaries=canaries(seed),
    )


def _share_source(directory: Path, entity: Entity, site: Site) -> DemoSource:
    owner = "General Affairs" if entity.kind is UnitKind.OVERSEAS else "総務部"
    url = share_of(directory, entity, site).as_uri()
    return DemoSource(source_name(entity, site), site.code, url, owner)


def _write_databases(
    directory: Path, seed: int, database_url: str | None, written: Written
) -> list[DemoSource]:
    hr_tables, register_tables = databases.hr_tables(seed), databases.register_tables(seed)
    if database_url is None:
        hr_url, schema = databases.write_sqlite(directory / "databases" / "hr.db", hr_tables), ""
    else:
        hr_url, schema = databases.write_postgresql(database_url, hr_tables), f"{databases.HR_SCHEMA}."
    register = databases.write_sqlite(directory / "databases" / "patient_register.db", register_tables)
    hr_source = DemoSource("人事データベース", databases.HR_SITE, hr_url, "人事部")
    register_source = DemoSource("患者登録データベース", databases.REGISTER_SITE, register, "医事課")
    _tell_tables(hr_source, schema, hr_tables, written)
    _tell_tables(register_source, "", register_tables, written)
    return [hr_source, register_source]


def _tell_tables(source: DemoSource, schema: str, tables: tuple[DemoTable, ...], written: Written) -> None:
    for table in tables:
        name = f"{schema}{table.name}"
        path = f"{source.url}!{name}"
        written.objects.append(DemoObject(path, source.unit_code, table.people, table.categories))
        if table.categories:
            written.entries.append(_table_entry(source, name, table))
        for source_of, beyond, note in beyond_contract():
            if (source_of, beyond) == (source.name, table.name):
                written.planted.append(
                    PlantedDifference(DiscrepancyKind.NO_CONTRACT, source.unit_code, source.name, name, note)
                )


def _table_entry(source: DemoSource, prefix: str, table: DemoTable) -> DemoEntry:
    name, purpose, owner, end_of_use = _TABLE_ENTRIES[table.name]
    return DemoEntry(
        unit_code=source.unit_code,
        source_name=source.name,
        prefix=prefix,
        place_text=f"{source.name} {table.name}",
        name=name,
        items=table.categories,
        purpose=purpose,
        storage_method="データベース（利用者ごとの認証）",
        access_holders="データベースの利用者",
        end_of_use=end_of_use,
        retention_months=None,
        retention_until=RETENTION_END,
        approximate_count=len(table.people),
        exposure=Exposure.UNKNOWN,
        owner=owner,
    )


def canaries(seed: int) -> tuple[str, ...]:
    """Return raw values, as they stand in files or their names, that must not be seen anywhere else."""
    planted = (
        ("HOSP-SAKURA:checkups", ("name_wide", "patient_id")),
        ("HOSP-SAKURA:patients", ("name", "patient_id", "address")),
        ("TOWA-LOGI:employees", ("name", "my_number", "mobile")),
        ("TOWA-LOGI:drivers", ("name", "license")),
        ("TOWA-LOGI:receivers", ("name", "mobile")),
        ("TOWA-DENKI:employees", ("name", "address", "mobile")),
        ("TOWA-VN:employees", ("passport", "email")),
        ("TOWA-SYS:expatriates", ("residence_card",)),
        ("TOWA-DENKI:applicants", ("name_joined",)),  # in the names of files
    )
    return tuple(
        who.facts[field] for name, fields in planted for who in _telling(seed, name) for field in fields
    )


def _telling(seed: int, name: str) -> list[Person]:
    """Return three early people with long names: short ones also occur by chance in other words."""
    crowd = population(seed, name, 5)
    return sorted(crowd, key=lambda who: -len(who.facts.get("name_joined", "")))[:3]
