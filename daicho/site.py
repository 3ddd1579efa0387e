"""A scan at a site without connection: keys and rules of a kit, one sealed file of results, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daicho.errors import UsageError
from registry.access import today_in_japan
from registry.collected.container import Description, RunFile
from registry.collected.errors import CollectedError, Fault, told_of
from registry.collected.kit import KIT_AT_MOST, Kit, open_kit
from scanners.engine import ScanKeys
from scanners.model import ObjectResult
from scanners.presidio.countries import COUNTRIES, is_installed
from scanners.rules.model import RuleSet
from scanners.sources.local import path_of

SCOPE = "site"


@dataclass(slots=True)
class Site:
    """What a scan at a site is made with, and where its results go."""

    rules: RuleSet
    keys: ScanKeys = field(repr=False)
    countries: tuple[str, ...]
    opened: Callable[[str], RunFile] = field(repr=False)  # takes the version of the rules
    file: RunFile | None = field(default=None, repr=False)
    empty: list[str] = field(default_factory=list)  # places at which nothing was listed

    def kept(self, results: Iterator[ObjectResult], rules_version: str, place: str) -> Iterator[ObjectResult]:
        """Pass results on and write them into the file."""
        if self.file is None:
            self.file = self.opened(rules_version)
            self.file.__enter__()
        before = self.file.listed
        for result in results:
            self.file.add(result)
            yield result
        if self.file.listed == before:
            self.empty.append(place)


def kit_at(path: Path, passphrase: str) -> Kit:
    """Return the kit in a file; CollectedError naming the file."""
    with told_of(path):
        if not path.is_file():
            raise CollectedError(Fault.UNREADABLE)
        if path.stat().st_size > KIT_AT_MOST:
            raise CollectedError(Fault.TOO_LARGE)
        return open_kit(path.read_bytes(), passphrase)


@contextmanager
def site_scan(
    kit: Kit, export: Path, targets: Sequence[str], *, clock: Callable[[], datetime]
) -> Iterator[Site]:
    """Open a scan at a site; when the block ends well its file stands under its name, otherwise nothing does.

    `targets` are what is scanned, as the registry writes addresses. Raises `RuleError` for rules of the kit
    that this version does not read.
    """
    from scanners.rules.loading import joined, load  # with every detector: not for other commands

    started = clock()
    loaded = joined(load(text, name, today_in_japan(started)) for name, text in kit.rules)
    rules = replace(loaded, judged={SCOPE: kit.judged} if kit.judged else {})

    def opened(rules_version: str) -> RunFile:
        return RunFile(
            export,
            collector=kit.collector,
            kit=kit.kit,
            signing=Ed25519PrivateKey.from_private_bytes(kit.signing),
            headquarters=kit.headquarters,
            description=Description(started, rules_version, product_version(), tuple(targets)),
        )

    keys = ScanKeys(kit.fingerprint, kit.older, kit.objects)
    countries = (kit.country,) if kit.country in COUNTRIES and is_installed() else ()
    site = Site(rules, keys, countries, opened)
    try:
        yield site
        if site.file is not None:
            site.file.commit(clock())
    finally:
        if site.file is not None:
            site.file.__exit__(None, None, None)


def require_outside(export: Path, locations: Sequence[str]) -> None:
    """Raise `UsageError` when the file of results would lie in what is scanned, or its folder is missing."""
    folder = export.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder. Make it, or choose another place.")
    if export.is_dir():
        raise UsageError(f"{export}: is a folder. Name the file to write.")
    for location in locations:
        scheme, separator, _ = location.partition("://")
        if separator and scheme.lower() != "file":
            continue
        place = path_of(location) if separator else Path(location)
        if folder.resolve().is_relative_to(place.resolve()):
            raise UsageError(f"{export}: lies in {location}, which is scanned. Choose another place.")


def product_version() -> str:
    """Return the version of Daicho that scans."""
    try:
        return version("daicho")
    except PackageNotFoundError:  # run from a checkout
        return "0"
