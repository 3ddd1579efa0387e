"""`--deep`: which language models of this machine read along, or how to get one."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from daicho.cli.console import _, say
from daicho.errors import UsageError
from scanners.presidio.deep import MODELS, installed_models

_LOCK = Path(__file__).resolve().parents[2] / "requirements" / "deep.lock"


def language_models(wanted: Mapping[str, Sequence[str]] = MODELS) -> dict[str, str]:
    """Return language -> the first installed of its models, and say which.

    Raises `UsageError` where none is installed.
    """
    models = installed_models(wanted)
    if not models:
        raise UsageError(
            _(
                "--deep には Presidio と spaCy のモデルが要りますが、見つかりません。入れるには: {command}",
                command=install_command(),
            )
        )
    say(_("文章を読む言語モデル: {models}", models=", ".join(models[each] for each in sorted(models))))
    return models


def install_command() -> str:
    """Return the line that installs Presidio, spaCy and a Japanese model into the running environment."""
    what = ["--require-hashes", "-r", str(_LOCK)] if _LOCK.exists() else ["presidio-analyzer", "ja-ginza"]
    return shlex.join([sys.executable, "-m", "pip", "install", *what])
