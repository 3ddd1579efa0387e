"""Facts as text: how they are kept sealed with the minutes, and by which digest the journal knows them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from privacy_mark.reviews.model import Behind, Facts, Figure


def text_of(facts: Facts) -> str:
    """Return facts as JSON; equal facts give equal texts."""
    return json.dumps(asdict(facts), ensure_ascii=False, sort_keys=True, default=date.isoformat)


def facts_of(text: str) -> Facts:
    """Return the facts that a text of `text_of` tells."""
    read: Mapping[str, Any] = json.loads(text)
    rows = [{**row, "day": date.fromisoformat(row["day"]) if row["day"] else None} for row in read["rows"]]
    return Facts(
        tuple(Figure(**figure) for figure in read["figures"]),
        tuple(Behind(**row) for row in rows),
        read["left"],
    )


def digest(*texts: str) -> str:
    """Return what texts are known by in the journal: SHA-256 of them in their order, hexadecimal."""
    told = json.dumps(texts, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()
