"""Units and sign-ins of the group, read from `data/demo/group.yaml`."""

import importlib.resources
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from daicho.demo.model import DemoAccount, DemoUnit
from registry.model import Role, UnitKind


@dataclass(frozen=True, slots=True)
class Entity:
    """A company or hospital as the writers of its documents know it."""

    code: str
    kind: UnitKind
    name_ja: str
    name_en: str
    domain: str


@cache
def read_yaml(name: str) -> Any:  # each caller knows the shape of its own file
    """Return the content of a file in `data/demo`."""
    return yaml.safe_load((importlib.resources.files("data") / "demo" / name).read_text(encoding="utf-8"))


def entities() -> tuple[Entity, ...]:
    """Return the 13 companies and hospitals, headquarters first."""
    return tuple(
        Entity(row["code"], UnitKind(row["kind"]), row["ja"], row["en"], row["domain"])
        for row in read_yaml("group.yaml")["entities"]
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
        code, name_ja, name_en = row["site"]
        site = f"{row['code']}-{code}"
        found.append(DemoUnit(site, UnitKind.SITE, name_ja, name_en, row["code"], country))
        found.extend(
            DemoUnit(f"{site}-{short}", UnitKind.DEPARTMENT, ja, en, site, country)
            for short, ja, en in plan["departments"][row["kind"]]
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
