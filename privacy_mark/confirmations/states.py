"""How far one confirmation 運用の確認 is."""

from __future__ import annotations

import enum


class ConfirmationState(enum.StrEnum):
    """How far one confirmation is; the ids are public API."""

    OPEN = "open"  # 未回答
    ANSWERED = "answered"  # 確認待ち
    RETURNED = "returned"  # 差戻し
    CONFIRMED = "confirmed"  # 確認済み
    WITHDRAWN = "withdrawn"  # 対象外: the operation ended before anybody answered


UNANSWERED = (ConfirmationState.OPEN, ConfirmationState.RETURNED)
