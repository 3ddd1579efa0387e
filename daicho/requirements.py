"""The catalogue of a workspace: the product's, corrected by every YAML file in its folder `requirements`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from privacy_mark.requirements.catalogue import FOLDER, corrected, product
from privacy_mark.requirements.model import Catalogue
from registry.errors import ReferenceFileError


def catalogue_of(workspace: Path) -> Catalogue:
    """Return the catalogue; raises `ReferenceFileError` naming file and line."""
    folder = workspace / FOLDER
    files = sorted(each for each in folder.glob("*.y*ml") if each.suffix in (".yaml", ".yml"))
    return _joined(tuple((_text(path), str(path)) for path in files))


def catalogue_or_product(workspace: Path) -> Catalogue:
    """Return the same, or the product's where a file cannot be read: the page of requirements tells of it."""
    try:
        return catalogue_of(workspace)
    except ReferenceFileError:
        return product()


@lru_cache(maxsize=8)
def _joined(files: tuple[tuple[str, str], ...]) -> Catalogue:
    return corrected(product(), files)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ReferenceFileError(f"{path}: cannot be read ({error.strerror}); correct its rights") from None
    except UnicodeDecodeError:
        raise ReferenceFileError(f"{path}: is no UTF-8 text; save it as UTF-8") from None
