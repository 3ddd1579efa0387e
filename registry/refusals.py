"""Reasons for refusing a request 不開示等の理由, from data/rights_refusals.yaml, each with its article."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from data import read_text


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, in both languages."""

    id: str
    ja: str
    en: str
    law_ja: str
    law_en: str
    kinds: frozenset[str]

    def words(self, language: str) -> str:
        """Return the reason in "ja" or "en"."""
        return self.en if language == "en" else self.ja

    def law(self, language: str) -> str:
        """Return the article in "ja" or "en"."""
        return self.law_en if language == "en" else self.law_ja


@cache
def refusals() -> Mapping[str, Refusal]:
    """Return every reason by its id."""
    return {
        row["id"]: Refusal(
            row["id"], row["ja"], row["en"], row["law_ja"], row["law"], frozenset(row["kinds"])
        )
        for row in yaml.safe_load(read_text("rights_refusals.yaml"))
    }


def refusals_for(kind: str) -> list[Refusal]:
    """Return the reasons for which a kind of request may be refused."""
    return [each for each in refusals().values() if kind in each.kinds]
