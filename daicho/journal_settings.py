"""What the settings say of the journal: the place of its anchors and the time-stamping authority."""

from __future__ import annotations

from pathlib import Path

from daicho.errors import UsageError
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry.timestamps import Authority


def anchor_folder(workspace: Workspace) -> Path | None:
    """Return the folder of the anchors, None when none is set; raises UsageError for one in the workspace."""
    folder = workspace.settings.anchors
    return None if folder is None else outside(workspace, folder)


def outside(workspace: Workspace, folder: Path) -> Path:
    """Return the folder when it is not part of the workspace that its anchors guard."""
    if folder.resolve().is_relative_to(workspace.path.resolve()):
        raise UsageError(
            f"{folder} lies in the workspace. An anchor protects only in another place: choose one."
        )
    return folder


def authority_of(settings: Settings) -> Authority | None:
    """Return the time-stamping authority, None when no certificates of one are set."""
    if settings.tsa_certificates is None:
        return None
    return Authority.load(settings.tsa_url, settings.tsa_certificates)
