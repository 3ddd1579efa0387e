"""Notices and consent texts 通知・同意文: their wordings, where they are read, and which entries they cover.

J.8.4 on acquisition, J.8.5 when collected in writing from the person, J.10.3 on retained data, notices posted
in a hospital 院内掲示, and consent. A wording is never changed: a new one begins on its day, and which text
was in force when stays provable. Where an entry's purposes are told by no notice in force, that is shown
(APPI Art. 18, 21).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm.attributes import flag_modified

from registry.access import entity_id_of, require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import EntryId, Permission, UnitId
from registry.purposes import untold
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.rights_tables import Notice as NoticeRow
from registry.store.rights_tables import NoticeEntry, NoticeText
from registry.store.tables import LedgerRecord

NoticeId = NewType("NoticeId", int)
_TABLE, _TEXT = "notice", "notice_text"
_WORDING_AT_MOST = 20_000
_ASKED = 500  # values in one question: databases limit them


class NoticeKind(enum.StrEnum):
    """What a text is for."""

    ACQUISITION = "acquisition"  # J.8.4 個人情報を取得した場合の措置
    DIRECT = "direct"  # J.8.5 本人から直接書面によって取得する場合の措置
    RETAINED = "retained"  # J.10.3 保有個人データに関する事項の周知
    POSTED = "posted"  # 院内掲示
    CONSENT = "consent"  # 同意文
    OPT_OUT = "opt_out"  # 研究のオプトアウトの情報公開文書


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a notice."""

    revision: int
    text: str
    purposes: tuple[str, ...]
    valid_from: date
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice with its wordings, the newest first."""

    id: NoticeId
    number: str
    unit_id: UnitId
    kind: NoticeKind
    title: str
    posted: str
    wordings: tuple[Wording, ...]
    entry_ids: tuple[EntryId, ...]
    version: int

    def in_force(self, today: date) -> Wording | None:
        """Return the wording in force on a day; None before the first one begins."""
        begun = [each for each in self.wordings if each.valid_from <= today]
        return max(begun, key=lambda each: (each.valid_from, each.revision), default=None)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Purposes of an entry that no notice linked to it tells; `linked` is False where there is no notice."""

    entry_id: EntryId
    number: str
    name: str
    unit_id: UnitId
    untold: tuple[str, ...]
    linked: bool


def write_notice(
    tx: Tx,
    *,
    unit_id: UnitId,
    kind: NoticeKind,
    title: str,
    text: str,
    purposes: Sequence[str],
    valid_from: date,
    posted: str = "",
) -> Notice:
    """Add a notice with its first wording.

    Raises AccessDenied without EDIT_LEDGER in the unit, InvalidValue: `title`, `text`, `purposes` `required`
    or `too_long`.
    """
    require(tx, Permission.EDIT_LEDGER, unit_id)
    require_open(tx, unit_id)
    found = checked({"title": title, "posted": posted}, "title", longest=500)
    row = NoticeRow(
        number=f"N-{(tx.session.scalar(select(func.max(NoticeRow.id))) or 0) + 1:04d}",
        unit_id=unit_id,
        kind=kind.value,
        title=found["title"],
        posted=found["posted"],
    )
    tx.session.add(row)
    tx.session.flush()
    _add_wording(tx, row, 1, text, purposes, valid_from)
    return _notice(tx, row)


def reword(
    tx: Tx,
    notice_id: NoticeId,
    *,
    text: str,
    purposes: Sequence[str],
    valid_from: date,
    expected_version: int,
) -> Notice:
    """Add a wording that begins on a day; earlier ones stay as they are. Raises as `write_notice`, NotFound.

    Conflict when somebody else wrote one meanwhile, InvalidValue `valid_from` `before_last`.
    """
    row = _held(tx, notice_id, expected_version)
    last = _notice(tx, row).wordings[0]
    if valid_from < last.valid_from:
        raise InvalidValue("valid_from", "before_last")
    _add_wording(tx, row, last.revision + 1, text, purposes, valid_from)
    _touch(tx, row)
    return _notice(tx, row)


def link(tx: Tx, notice_id: NoticeId, entry_ids: Sequence[EntryId], *, expected_version: int) -> Notice:
    """Say which ledger entries' data are collected under a notice; replaces what was linked.

    Raises as `reword`, NotFound for an entry of another entity.
    """
    row = _held(tx, notice_id, expected_version)
    wanted = sorted(set(entry_ids))
    entity = tx.session.scalar(select(entity_id_of(row.unit_id)))
    own = LedgerRecord.unit_id == row.unit_id
    known = set(
        tx.session.scalars(
            select(LedgerRecord.id).where(
                LedgerRecord.id.in_(wanted),
                LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)),
                own if entity is None else entity_id_of(LedgerRecord.unit_id) == entity,
            )
        )
    )
    if known != set(wanted):
        raise NotFound("ledger_entry")
    before = list(_notice(tx, row).entry_ids)
    tx.session.execute(delete(NoticeEntry).where(NoticeEntry.notice_id == row.id))
    tx.session.add_all(NoticeEntry(notice_id=row.id, entry_id=each, unit_id=row.unit_id) for each in wanted)
    _touch(tx, row)
    unit_id = UnitId(row.unit_id)
    tx.record(Action.NOTICE_LINKED, _TABLE, row.id, unit_id, {"entries": before}, {"entries": wanted})
    return _notice(tx, row)


def notices(tx: Tx, *, unit_id: UnitId | None = None) -> list[Notice]:
    """Return the notices of units whose ledger one may see, by number; `unit_id` narrows to one unit."""
    query = _seen(tx).order_by(NoticeRow.id)
    if unit_id is not None:
        query = query.where(NoticeRow.unit_id == unit_id)
    return _notices(tx, list(tx.session.scalars(query)))


def mismatches(tx: Tx, *, unit_id: UnitId | None = None) -> list[Mismatch]:
    """Return the visible entries of which a purpose stands in no notice in force that is linked to them."""
    today = today_in_japan(tx.now)
    told: dict[int, list[str]] = {}
    for notice in notices(tx):
        wording = notice.in_force(today)
        for entry_id in notice.entry_ids:
            told.setdefault(entry_id, []).extend(() if wording is None else wording.purposes)
    query = select(LedgerRecord).where(LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)))
    if unit_id is not None:
        query = query.where(LedgerRecord.unit_id == unit_id)
    found = []
    for row in tx.session.scalars(query.order_by(LedgerRecord.id)):
        missing = untold(row.purpose, told.get(row.id, ()))
        if missing:
            unit = UnitId(row.unit_id)
            found.append(
                Mismatch(EntryId(row.id), row.number, row.name, unit, missing, linked=row.id in told)
            )
    return found


def _add_wording(
    tx: Tx, row: NoticeRow, revision: int, text: str, purposes: Sequence[str], valid_from: date
) -> None:
    lines = [line for each in purposes if (line := " ".join(each.split()))]
    found = checked(
        {"text": text, "purposes": "\n".join(lines)}, "text", "purposes", longest=_WORDING_AT_MOST
    )
    uid = new_uid()
    tx.session.add(
        NoticeText(
            uid=uid,
            notice_id=row.id,
            unit_id=row.unit_id,
            revision=revision,
            wording=found["text"],
            purposes=found["purposes"],
            valid_from=valid_from,
            written_at=tx.now,
            **Row(tx, _TEXT, uid).sealed({"written_by": tx.principal.name}),
        )
    )
    tx.session.flush()
    after = {"title": row.title, "revision": revision, "valid_from": valid_from, "purposes": lines}
    tx.record(Action.NOTICE_WRITTEN, _TABLE, row.id, UnitId(row.unit_id), None, after)


def _touch(tx: Tx, row: NoticeRow) -> None:
    """Give the notice its next version, though only its wordings or entries changed."""
    flag_modified(row, "title")
    tx.session.flush()


def _seen(tx: Tx) -> Select[NoticeRow]:
    return select(NoticeRow).where(NoticeRow.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)))


def _held(tx: Tx, notice_id: NoticeId, expected_version: int) -> NoticeRow:
    row = tx.session.scalar(_seen(tx).where(NoticeRow.id == notice_id))
    if row is None:
        raise NotFound(_TABLE)
    require(tx, Permission.EDIT_LEDGER, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, _TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row


def _notice(tx: Tx, row: NoticeRow) -> Notice:
    return _notices(tx, [row])[0]


def _notices(tx: Tx, rows: Sequence[NoticeRow]) -> list[Notice]:
    """Return notices with their wordings and entries, asked for together."""
    texts: dict[int, list[NoticeText]] = {}
    entries: dict[int, list[EntryId]] = {}
    for start in range(0, len(rows), _ASKED):
        ids = [row.id for row in rows[start : start + _ASKED]]
        found = select(NoticeText).where(NoticeText.notice_id.in_(ids)).order_by(NoticeText.revision.desc())
        for text in tx.session.scalars(found):
            texts.setdefault(text.notice_id, []).append(text)
        linked = select(NoticeEntry.notice_id, NoticeEntry.entry_id).where(NoticeEntry.notice_id.in_(ids))
        for notice_id, entry_id in tx.session.execute(linked.order_by(NoticeEntry.entry_id)):
            entries.setdefault(notice_id, []).append(EntryId(entry_id))
    return [
        Notice(
            id=NoticeId(row.id),
            number=row.number,
            unit_id=UnitId(row.unit_id),
            kind=NoticeKind(row.kind),
            title=row.title,
            posted=row.posted,
            wordings=tuple(_wording(tx, text) for text in texts.get(row.id, ())),
            entry_ids=tuple(entries.get(row.id, ())),
            version=row.version,
        )
        for row in rows
    ]


def _wording(tx: Tx, text: NoticeText) -> Wording:
    return Wording(
        text.revision,
        text.wording,
        tuple(text.purposes.splitlines()),
        text.valid_from,
        text.written_at,
        Row(tx, _TEXT, text.uid).opened("written_by", text.written_by_sealed),
    )
