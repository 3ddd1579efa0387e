"""What is installed is exactly what was resolved: every package of every lock carries hashes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
LISTS = ("core", "dev", "bench", "peers", "deep", "ocr")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]+\])?==(\S+)")


def names(text: str) -> set[str]:
    """Return the normalised package names of a requirement list (PEP 503)."""
    found = re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", text, flags=re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in found}


def entries(text: str) -> list[str]:
    """Return the entries of a lock, each with its continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [entry for entry in "\n".join(lines).replace("\\\n", " ").splitlines() if entry.strip()]


@pytest.mark.parametrize("name", LISTS)
def test_every_locked_package_is_pinned_and_hashed(name: str) -> None:
    """One version each, and at least one SHA-256 to hold it to."""
    locked = entries((REQUIREMENTS / f"{name}.lock").read_text(encoding="utf-8"))
    assert len(locked) > 5
    for entry in locked:
        assert PINNED.match(entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("name", LISTS)
def test_every_wanted_package_is_locked(name: str) -> None:
    """A package added to a list without `make lock` is noticed."""
    wanted = names((REQUIREMENTS / f"{name}.in").read_text(encoding="utf-8"))
    locks = [name] if name == "core" else ["core", name]
    locked = set().union(
        *(names((REQUIREMENTS / f"{each}.lock").read_text(encoding="utf-8")) for each in locks)
    )
    assert wanted - locked == set()


def test_the_package_of_the_english_model_is_pinned_and_hashed() -> None:
    """It is installed over bench.lock, which brings all that it needs."""
    (entry,) = entries((REQUIREMENTS / "english.lock").read_text(encoding="utf-8"))
    assert PINNED.match(entry)
    assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry)
    assert names((REQUIREMENTS / "english.in").read_text(encoding="utf-8")) == names(entry)


@pytest.mark.parametrize("name", ["dev", "bench", "deep", "ocr"])
def test_the_lists_agree_with_the_core(name: str) -> None:
    """What two lists share has one version, so that they install together."""

    def versions(which: str) -> dict[str, str]:
        locked = entries((REQUIREMENTS / f"{which}.lock").read_text(encoding="utf-8"))
        return dict(match.groups() for entry in locked if (match := PINNED.match(entry)))  # type: ignore[misc]  # two groups

    core, other = versions("core"), versions(name)
    assert {package for package in core.keys() & other.keys() if core[package] != other[package]} == set()


@pytest.mark.parametrize("name", LISTS)
def test_a_lock_names_no_place_of_the_machine_that_made_it(name: str) -> None:
    """No index address, no local path: the lock holds wherever it is used."""
    text = (REQUIREMENTS / f"{name}.lock").read_text(encoding="utf-8")
    assert re.search(r"https?://|file://|--index-url|--find-links|(^|\s)/", text, flags=re.MULTILINE) is None
