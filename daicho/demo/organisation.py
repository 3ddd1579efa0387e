"""Units and sign-ins of the group, read from `data/demo/group.yaml`."""

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from daicho.demo.model import DemoAccount, DemoBasis, DemoProcessor, DemoUnit
from registry.disclosures import DisclosureKind
from registry.model import Role, UnitKind
from scanners.model import Category


@dataclass(frozen=True, slots=True)
class Site:
    """A place of a company or hospital, with a share of its own."""

    code: str
    name_ja: str
    name_en: str
    folders: frozenset[str]  # top folders of its share; none: everything of the entity lies here

    def holds(self, folder: str) -> bool:
        """Return whether a top folder, most often one per department, lies on this site's share."""
        return not self.folders or folder in self.folders


@dataclass(frozen=True, slots=True)
class Entity:
    """A company or hospital as the writers of its documents know it."""

    code: str
    kind: UnitKind
    name_ja: str
    name_en: str
    domain: str
    sites: tuple[Site, ...]

    def site_of(self, path: str) -> Site:
        """Return the site on whose share a path lies; ValueError for a top folder of no or several sites."""
        top = path.partition("/")[0]
        [site] = (site for site in self.sites if site.holds(top))
        return site


@cache
def read_yaml(name: str) -> Any:  # each caller knows the shape of its own file
    """Return the content of a file in `data/demo`."""
    return yaml.safe_load((importlib.resources.files("data") / "demo" / name).read_text(encoding="utf-8"))


def entities() -> tuple[Entity, ...]:
    """Return the 13 companies and hospitals, headquarters first."""
    return tuple(
        Entity(row["code"], UnitKind(row["kind"]), row["ja"], row["en"], row["domain"], _sites(row))
        for row in read_yaml("group.yaml")["entities"]
    )


def _sites(row: Mapping[str, Any]) -> tuple[Site, ...]:
    return tuple(
        Site(f"{row['code']}-{code}", name_ja, name_en, frozenset(*folders))
        for code, name_ja, name_en, *folders in row["sites"]
    )


def units() -> tuple[DemoUnit, ...]:
    """Return the whole tree, parents before children."""
    plan = read_yaml("group.yaml")
    group = plan["group"]
    found = [DemoUnit(group["code"], UnitKind.GROUP, group["ja"], group["en"], None)]
    for row in plan["entities"]:
        country = row.get("country", "JP")
        kind = UnitKind(row["kind"])
        found.append(DemoUnit(row["code"], kind, row["ja"], row["en"], group["code"], country, row["mark"]))
        for site in _sites(row):
            found.append(DemoUnit(site.code, UnitKind.SITE, site.name_ja, site.name_en, row["code"], country))
            found.extend(
                DemoUnit(f"{site.code}-{short}", UnitKind.DEPARTMENT, ja, en, site.code, country)
                for short, ja, en in plan["departments"][row["kind"]]
                if site.holds(en if kind is UnitKind.OVERSEAS else ja)
            )
    return tuple(found)


def accounts() -> tuple[DemoAccount, ...]:
    """Return the sign-ins; all share one password that says what it is for."""
    plan = read_yaml("group.yaml")
    return tuple(
        DemoAccount(
            row["login"], row["name"], plan["password"], Role(row["role"]), row["unit"], row["language"]
        )
        for row in plan["accounts"]
    )


def bases() -> tuple[DemoBasis, ...]:
    """Return the bases on which companies and hospitals show their data to the headquarters."""
    return tuple(
        DemoBasis(row["from"], DisclosureKind(row["kind"]), row["document"], row["representative"])
        for row in read_yaml("group.yaml")["bases"]
    )


def processors() -> tuple[DemoProcessor, ...]:
    """Return the processors of the group with their contracts."""
    return tuple(
        DemoProcessor(
            unit_code=row["unit"],
            name=row["name"],
            source_name=row.get("source", ""),
            contract=row["contract"],
            categories=frozenset(map(Category, row["categories"])),
            valid_from=row["from"],
            valid_until=row.get("until"),
        )
        for row in read_yaml("group.yaml")["processors"]
    )


def beyond_contract() -> tuple[tuple[str, str, str], ...]:
    """Return what is planted beyond the contracts: source, table and note."""
    return tuple(
        (row["source"], row["planted"]["table"], row["planted"]["note"])
        for row in read_yaml("group.yaml")["processors"]
        if "planted" in row
    )
