"""Which heading of a file is which column 項目の対応: proposed by its words, remembered from the last file.

HR systems and e-learning systems head their columns each in their own way; what a person chose once for a
file of the same headings is proposed the next time.
"""

from __future__ import annotations

import difflib
import enum
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LEAST = 0.8  # below this a heading is not like another one


class Kind(enum.StrEnum):
    """What a file tells."""

    WORKERS = "workers"  # 従業者の名簿, from HR
    COMPLETIONS = "completions"  # 受講の結果, from another e-learning system


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a column of a file is taken for; `column` is empty where it is not read."""

    heading: str
    column: str
    remembered: bool


_WORKERS: Mapping[str, tuple[str, ...]] = {
    "number": (
        "社員番号",
        "従業員番号",
        "職員番号",
        "社員コード",
        "従業者番号",
        "employee number",
        "employee id",
    ),
    "name": ("氏名", "名前", "社員名", "職員名", "name", "full name"),
    "unit": ("所属", "所属コード", "部署コード", "組織コード", "所属の記号", "unit", "department code"),
    "employment": ("雇用区分", "社員区分", "雇用形態", "職員区分", "employment", "employment type"),
    "manager": ("管理職", "役職区分", "manager", "is manager"),
    "system_administrator": ("システム管理者", "system administrator"),
    "joined": ("入社日", "入職日", "採用日", "受入日", "joined", "hire date", "start date"),
    "left": ("退職日", "終了日", "契約終了日", "left", "leaving date"),
    "mail": ("メールアドレス", "メール", "e-mail", "email", "mail"),
    "moved": ("異動日", "発令日", "moved", "transfer date"),
    "leave": ("休職区分", "休業区分", "休職", "休業", "leave", "leave type"),
    "leave_from": ("休職開始日", "休業開始日", "leave from", "leave start"),
    "leave_until": ("休職終了日", "休業終了日", "復職予定日の前日", "leave until", "leave end"),
}
_COMPLETIONS: Mapping[str, tuple[str, ...]] = {
    "number": _WORKERS["number"],
    "mail": ("メールアドレス", "ログインid", "ユーザーid", "e-mail", "email", "mail", "login", "user id"),
    "taken": ("受講日", "修了日", "完了日", "受験日", "実施日", "taken", "completed on", "completion date"),
    "score": ("点数", "得点", "スコア", "正答率", "score", "grade"),
    "passed": ("合否", "結果", "修了", "状態", "ステータス", "passed", "result", "status"),
}
COLUMNS: Mapping[Kind, Mapping[str, tuple[str, ...]]] = {
    Kind.WORKERS: _WORKERS,
    Kind.COMPLETIONS: _COMPLETIONS,
}
REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.WORKERS: ("number", "name", "unit", "joined"),
    Kind.COMPLETIONS: ("taken",),
}


def propose(
    kind: Kind, headings: Sequence[str], remembered: Mapping[str, str] | None = None
) -> tuple[Proposed, ...]:
    """Return what each heading is taken for; each column once, for the heading that fits best."""
    kept = remembered or {}
    fits: list[tuple[float, int, str]] = []
    for index, heading in enumerate(headings):
        key = plain(heading)
        if key in kept:
            fits.append((2.0, index, kept[key]))
            continue
        for column, words in COLUMNS[kind].items():
            fits.append((max(_likeness(key, plain(word)) for word in (column, *words)), index, column))
    chosen: dict[int, str] = {}
    for likeness, index, column in sorted(fits, key=lambda fit: (-fit[0], fit[1])):
        if likeness >= _LEAST and index not in chosen and (not column or column not in chosen.values()):
            chosen[index] = column
    return tuple(
        Proposed(heading, chosen.get(index, ""), plain(heading) in kept)
        for index, heading in enumerate(headings)
    )


def lacking(kind: Kind, columns: Sequence[str]) -> list[str]:
    """Return the columns without which a file says too little; a worker needs a number or a mail address."""
    missing = [column for column in REQUIRED[kind] if column not in columns]
    if kind is Kind.COMPLETIONS and not {"number", "mail"} & set(columns):
        missing.insert(0, "number")
    return missing


def digest(headings: Sequence[str]) -> str:
    """Return what a file's headings are remembered by."""
    return hashlib.sha256("\n".join(map(plain, headings)).encode()).hexdigest()


def plain(heading: str) -> str:
    """Return a heading for comparison: without width, case and blanks."""
    return "".join(unicodedata.normalize("NFKC", heading).casefold().split())


def _likeness(key: str, word: str) -> float:
    if key == word:
        return 1.0
    if len(word) >= 2 and word in key and len(key) <= len(word) + 6:
        return 0.9
    return difflib.SequenceMatcher(None, key, word, autojunk=False).ratio() * 0.95
