"""The catalogue of a workspace: the product's, corrected by every YAML file in its folder `requirements`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from privacy_mark.requirements.catalogue import FOLDER, product
from privacy_mark.requirements.corrections import corrected
from privacy_mark.requirements.model import Catalogue
from registry.corrections import Files, files_of
from registry.errors import ReferenceFileError


def catalogue_of(workspace: Path) -> Catalogue:
    """Return the catalogue; raises `ReferenceFileError` naming file and line."""
    return _joined(files_of(workspace / FOLDER))


def catalogue_or_product(workspace: Path) -> Catalogue:
    """Return the same, or the product's where a file cannot be read: the page of requirements tells of it."""
    try:
        return catalogue_of(workspace)
    except ReferenceFileError:
        return product()


@lru_cache(maxsize=8)
def _joined(files: Files) -> Catalogue:
    return corrected(product(), files)
