"""From a line of the plan to finished files, with the truth about each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from daicho.demo import formats
from daicho.demo.archives import zip_bytes
from daicho.demo.chance import dice_for
from daicho.demo.fields import categories_of, fill, people_needed, placeholders, value
from daicho.demo.mails import Mail, mail_bytes
from daicho.demo.organisation import Entity, read_yaml
from daicho.demo.people import Person, population
from scanners.model import Category

HARMLESS_ROWS = 40


@dataclass(frozen=True, slots=True)
class Document:
    """One finished file or member of one; `people` are the keys of those it tells of."""

    name: str
    content: bytes
    people: frozenset[str]
    categories: frozenset[Category]
    members: tuple["Document", ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Where documents are written: whose they are, whom they tell of, and a key for chance."""

    seed: int
    entity: Entity
    people: str  # population, "" for documents about nobody
    persons: int
    place: str  # folder: keeps the chance of one folder apart from another's
    year: int = 2026  # when members of archives were last changed and mails were sent

    def crowd(self, size: int) -> tuple[Person, ...]:
        """Return the first `size` people of the population."""
        return population(self.seed, self.people, size) if self.people else ()


def _template(name: str) -> Mapping[str, Any]:
    for book in ("tables.yaml", "letters.yaml", "harmless.yaml"):
        templates: Mapping[str, Mapping[str, Any]] = read_yaml(book)
        if name in templates:
            return templates[name]
    raise KeyError(name)


def _file_name(stem: str, kind: str) -> str:
    return f"{stem}.{formats.SUFFIX.get(kind, kind)}"


def _table(spec: Mapping[str, Any], kind: str, scene: Scene, stem: str) -> Document:
    template = _template(spec["t"])
    dice = dice_for(scene.seed, scene.entity.code, scene.place, stem, kind)
    columns: Mapping[str, str] = template["columns"]
    crowd: tuple[Person | None, ...]
    if scene.people:
        crowd = scene.crowd(scene.persons if spec["p"] == "all" else int(spec["p"]))
    else:
        crowd = (None,) * (HARMLESS_ROWS + dice.randrange(40))
    rows = [list(columns)]
    rows.extend([value(field, who, scene.entity, dice) for field in columns.values()] for who in crowd)
    return Document(
        name=_file_name(stem, kind),
        content=formats.file_bytes(kind, template["title"], "", rows),
        people=frozenset(who.key for who in crowd if who is not None),
        categories=categories_of(list(columns.values())) if scene.people else frozenset(),
    )


def _letter(spec: Mapping[str, Any], kind: str, scene: Scene, number: int, stem: str) -> Document:
    template = _template(spec["t"])
    dice = dice_for(scene.seed, scene.entity.code, scene.place, stem, kind)
    needed = people_needed(template["text"]) if scene.people else 0
    crowd = scene.crowd(max(scene.persons, needed))
    told = tuple(crowd[(number * needed + index) % len(crowd)] for index in range(needed))
    text = fill(template["text"], told, scene.entity, dice)
    if spec.get("named"):
        stem = f"{stem}_{told[0].facts['name_joined']}"
    found = categories_of(placeholders(template["text"])) if needed else frozenset()
    people = frozenset(who.key for who in told)
    if kind == "eml":
        return _mail(spec, scene, stem, text, told, found, number)
    title = template["title"]
    return Document(_file_name(stem, kind), formats.file_bytes(kind, title, text), people, found)


def _mail(
    spec: Mapping[str, Any],
    scene: Scene,
    stem: str,
    text: str,
    told: tuple[Person, ...],
    found: frozenset[Category],
    number: int,
) -> Document:
    attached: tuple[Document, ...] = ()
    if "with" in spec:
        inner = spec["with"]
        attached = (document_of(inner, scene, f"{_template(inner['t'])['title']}_{number + 1:02d}", number),)
    writer = told[0].facts
    mail = Mail(
        subject=f"{_template(spec['t'])['title']}（{writer['name']}）",
        sender=(writer["name"], writer["email"]),
        recipient=(scene.entity.name_ja, f"info@{scene.entity.domain}"),
        body=text,
        sent=datetime(scene.year, 1 + number % 10, 3 + number * 5 % 25, 9, number * 7 % 60, tzinfo=UTC),
        attachments=tuple((member.name, member.content) for member in attached),
    )
    return Document(
        name=f"{stem}.eml",
        content=mail_bytes(
            mail, "iso-2022-jp" if number % 2 and scene.entity.kind != "overseas" else "utf-8"
        ),
        people=frozenset(who.key for who in told),
        categories=found | {Category.PERSON, Category.EMAIL},
        members=attached,
    )


def document_of(spec: Mapping[str, Any], scene: Scene, stem: str, number: int = 0) -> Document:
    """Return the document of one line of the plan; `number` counts the copies and chooses the format."""
    kind = spec["f"][number % len(spec["f"])]
    if "columns" in _template(spec["t"]):
        return _table(spec, kind, scene, stem)
    return _letter(spec, kind, scene, number, stem)


def _archive(spec: Mapping[str, Any], scene: Scene, suffix: str = "") -> Document:
    members = tuple(
        document_of(inner, scene, f"{_template(inner['t'])['title']}{suffix}") for inner in spec["members"]
    )
    content = zip_bytes([(member.name, member.content) for member in members], year=scene.year)
    return Document(f"{spec['zip']}{suffix}.zip", content, frozenset(), frozenset(), members)


def documents(spec: Mapping[str, Any], scene: Scene) -> Iterator[Document]:
    """Yield the files of one line of the plan."""
    if "zip" in spec:
        yield _archive(spec, scene)
        return
    count = spec.get("n", 1)
    title = spec.get("name") or _template(spec["t"])["title"]
    part = f"_{spec['p']}名" if "p" in spec and spec["p"] != "all" else ""
    for number in range(count):
        stem = f"{title}_{number + 1:02d}" if count > 1 else f"{title}{part}"
        yield document_of(spec, scene, stem, number)


def harmless(specs: list[Mapping[str, Any]], seed: int, entity: Entity) -> Iterator[tuple[str, Document]]:
    """Yield (folder, document) about nobody without end: the plan's lines in turn, numbered from 01."""
    round_number = 0
    while True:
        for spec in specs:
            scene = Scene(seed, entity, "", 0, f"{spec['path']}/{round_number}")
            mark = f"_{round_number + 1:02d}"
            if "zip" in spec:
                yield spec["path"], _archive(spec, scene, mark)
            else:
                title = _template(spec["t"])["title"]
                yield spec["path"], document_of(spec, scene, f"{title}{mark}", round_number)
        round_number += 1
