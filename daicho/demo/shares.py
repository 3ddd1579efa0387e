"""Writes the shares: folders, files, rights and times, and collects what the ledger says of them."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from daicho.demo import formats
from daicho.demo.archives import zip_bytes
from daicho.demo.chance import dice_for
from daicho.demo.documents import Document, Scene, documents, harmless
from daicho.demo.model import DemoEntry, DemoObject, PlantedDifference
from daicho.demo.organisation import Entity, Site, read_yaml
from registry.model import DiscrepancyKind, UnitKind
from scanners.model import Category, Exposure

RETENTION_END = date(2040, 3, 31)
_NO_ENTRY = (DiscrepancyKind.UNREGISTERED, DiscrepancyKind.WRONG_UNIT)
_EXPOSURE = {"0644": Exposure.EVERYONE, "0640": Exposure.GROUP, "0600": Exposure.OWNER}
_FAMILY = {UnitKind.HOSPITAL: "hospital", UnitKind.OVERSEAS: "overseas"}
LOCKED_MEMBER = "受領データ.txt"
_MOVED = "このフォルダのデータは移行が済みました。\n新しい保管場所はシステム管理者に確認してください。\n"


@dataclass(slots=True)
class Written:
    """What has been written so far."""

    entries: list[DemoEntry] = field(default_factory=list)
    planted: list[PlantedDifference] = field(default_factory=list)
    objects: list[DemoObject] = field(default_factory=list)
    unexaminable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Folder:
    """One line of the plan: a folder with personal data and how it differs from the ledger."""

    kind: Mapping[str, Any]
    line: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The folder below the share."""
        path: str = self.line.get("path", self.kind["path"])
        return path

    @property
    def planted(self) -> DiscrepancyKind | None:
        """How the folder differs from the ledger, None when it does not."""
        return DiscrepancyKind(self.line["planted"]) if "planted" in self.line else None


def source_name(entity: Entity, site: Site) -> str:
    """Return the name under which the share of an entity's site is registered."""
    if entity.kind is UnitKind.OVERSEAS:
        return f"{entity.name_en} {site.name_en} share"
    return f"{entity.name_ja} {site.name_ja} 共有フォルダ"


def share_of(directory: Path, entity: Entity, site: Site) -> Path:
    """Return the directory of a site's share."""
    return directory / "share" / entity.code / site.code.removeprefix(f"{entity.code}-")


def folders(entity: Entity) -> tuple[Folder, ...]:
    """Return the planned folders of one entity."""
    kinds = read_yaml("kinds.yaml")
    return tuple(Folder(kinds[line["kind"]], line) for line in read_yaml("plan.yaml")["shares"][entity.code])


class Share:
    """The shares of one entity's sites while they are written."""

    def __init__(self, directory: Path, entity: Entity, seed: int, written: Written) -> None:
        self.directory = directory
        self.root = directory / "share" / entity.code
        self.entity = entity
        self.seed = seed
        self.written = written

    def write(self) -> None:
        """Write every folder of the plan, then as many objects without personal data."""
        before = len(self.written.objects)
        for folder in folders(self.entity):
            self._write_folder(folder)
        self._write_unexaminable()
        self._write_harmless(len(self.written.objects) - before)
        for place in sorted(self.root.rglob("*"), reverse=True):
            if place.is_dir():
                _stamp(place, datetime(2026, 11, 2, tzinfo=UTC))
        _stamp(self.root, datetime(2026, 11, 2, tzinfo=UTC))

    def _write_folder(self, folder: Folder) -> None:
        line = folder.line
        if folder.planted is DiscrepancyKind.NOT_FOUND:
            self._put(f"{folder.path}/移行済み.txt", formats.text_bytes(_MOVED, "txt"), line["mode"], 2024)
            self._tell(f"{folder.path}/移行済み.txt", Document("", b"", frozenset(), frozenset()))
            found: list[tuple[str, Document]] = []
        else:
            found = [(f"{folder.path}/{made.name}", made) for made in self._documents(folder)]
        for path, made in found:
            self._put(path, made.content, line["mode"], line.get("year", 2026))
            self._tell(path, made)
        if folder.planted not in _NO_ENTRY:
            self.written.entries.append(self._entry(folder, found))
        if folder.planted is not None:
            path = found[0][0] if folder.planted is DiscrepancyKind.UNREGISTERED else f"{folder.path}/"
            site = self.entity.site_of(path)
            source = source_name(self.entity, site)
            self.written.planted.append(
                PlantedDifference(folder.planted, site.code, source, path, line["note"])
            )

    def _documents(self, folder: Folder) -> Iterator[Document]:
        people = folder.line.get("people", f"{self.entity.code}:{folder.kind['people']}")
        year = folder.line.get("year", 2026)
        scene = Scene(self.seed, self.entity, people, folder.line["persons"], folder.path, year)
        for spec in folder.kind["files"]:
            yield from documents(spec, scene)

    def _entry(self, folder: Folder, found: list[tuple[str, Document]]) -> DemoEntry:
        line, site = folder.line, self.entity.site_of(folder.path)
        name, purpose, owner, end_of_use = folder.kind["entry"]
        exposure = _EXPOSURE[line.get("allowed", line["mode"])]
        parts = [part for _, made in found for part in (made, *made.members)]
        items = frozenset[Category]().union(*(part.categories for part in parts)) or _usual_items(folder)
        left_out = frozenset(Category(name) for name in line.get("without", ()))
        persons = len(frozenset[str]().union(*(part.people for part in parts))) or line["persons"]
        return DemoEntry(
            unit_code=site.code,
            source_name=source_name(self.entity, site),
            prefix=f"{folder.path}/",
            place_text=folder.path.replace("/", " "),
            name=name,
            items=items - left_out,
            purpose=purpose,
            storage_method=self._words("Shared folder", "共有フォルダ（アクセス権による制限）"),
            access_holders=self._words(*_HOLDERS[exposure]),
            end_of_use=end_of_use,
            retention_months=line.get("months"),
            retention_until=line.get("until", None if "months" in line else RETENTION_END),
            approximate_count=line.get("count", round(persons, -1) if persons >= 100 else persons),
            exposure=exposure,
            owner=owner,
        )

    def _words(self, english: str, japanese: str) -> str:
        return english if self.entity.kind is UnitKind.OVERSEAS else japanese

    def _write_harmless(self, count: int) -> None:
        family = _FAMILY.get(self.entity.kind, "company")
        endless = harmless(read_yaml("plan.yaml")["harmless"][family], self.seed, self.entity)
        for number, (place, made) in enumerate(islice(endless, count)):
            path = f"{place}/{made.name}"
            self._put(path, made.content, "0644" if number % 3 else "0640", 2017 + number % 10, closed=False)
            self._tell(path, made)

    def _write_unexaminable(self) -> None:
        for line in read_yaml("plan.yaml")["unexaminable"]:
            if line["unit"] == self.entity.code:
                self._put(line["path"], broken_bytes(line["how"]), "0640", 2024)
                place = str(self._place(line["path"]))
                locked = line["how"] == "locked_zip"
                members = (Document(LOCKED_MEMBER, b"", frozenset(), frozenset()),) if locked else ()
                self.written.unexaminable += [place, *(f"{place}!{member.name}" for member in members)]
                self._tell(line["path"], Document("", b"", frozenset(), frozenset(), members))

    def _tell(self, path: str, made: Document) -> None:
        outer = str(self._place(path))
        unit_code = self.entity.site_of(path).code
        told = [(outer, made), *((f"{outer}!{member.name}", member) for member in made.members)]
        self.written.objects.extend(
            DemoObject(place, unit_code, one.people, one.categories) for place, one in told
        )

    def _place(self, path: str) -> Path:
        return share_of(self.directory, self.entity, self.entity.site_of(path)) / path

    def _put(self, path: str, content: bytes, mode: str, year: int, *, closed: bool = True) -> None:
        """Write one file; the folder of a file that not everyone may read is closed to others too."""
        target = self._place(path)
        missing = [place for place in (target.parent, *target.parent.parents) if not place.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        for place in missing:
            place.chmod(0o755)
        if closed and mode != "0644":
            target.parent.chmod(0o750)
        target.write_bytes(content)
        target.chmod(int(mode, 8))
        dice = dice_for(self.seed, self.entity.code, path, "time")
        day = datetime(year, 1, 5, 9, 0, tzinfo=UTC) + timedelta(days=dice.randrange(290))
        _stamp(target, day + timedelta(seconds=dice.randrange(30_000)))


_HOLDERS = {
    Exposure.EVERYONE: ("All workers", "全従業者"),
    Exposure.ALL_STAFF: ("Everybody with an account", "アカウントを持つ全従業者"),
    Exposure.GROUP: ("Members of the department", "所管部署の担当者"),
    Exposure.OWNER: ("Head of the department", "所管部署の責任者"),
    Exposure.UNKNOWN: ("Accounts of the database", "データベースの利用者"),
}


def _usual_items(folder: Folder) -> frozenset[Category]:
    """Return the categories that such a folder would hold if it were not empty."""
    from daicho.demo.fields import categories_of

    tables = read_yaml("tables.yaml")
    columns = (
        tables[spec["t"]]["columns"].values() for spec in folder.kind["files"] if spec.get("t") in tables
    )
    return frozenset[Category]().union(*(categories_of(list(names)) for names in columns))


def _stamp(path: Path, moment: datetime) -> None:
    os.utime(path, (moment.timestamp(), moment.timestamp()))


def broken_bytes(how: str) -> bytes:
    """Return a file that cannot be read: an encrypted zip, or an office document cut off in the middle."""
    match how:
        case "locked_zip":
            inside = formats.text_bytes("受領データの控え。開くには別送のパスワードが必要。\n" * 40, "sjis")
            return zip_bytes([(LOCKED_MEMBER, inside)], password="himitsu-2024")  # noqa: S106 - a test file
        case "truncated_docx":
            whole = formats.docx_bytes("控え", "四半期の集計と所見。\n" * 200)
        case "truncated_xlsx":
            whole = formats.xlsx_bytes("集計", [["月", "件数"], *([str(n), str(n * 31)] for n in range(400))])
        case _:
            raise ValueError(f"unknown kind of broken file: {how}")
    return whole[: len(whole) * 3 // 5]
