"""The drawer of one object: what was found, where, who can read it, masked samples and the ledger's view."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from html import escape

import streamlit as st

from daicho.pages import addresses, frame, not_personal, scope, sentences, separation, tables, words
from daicho.pages.context import PageContext
from daicho.pages.formats import percent
from daicho.remediating import is_enabled
from registry import cases, inventory, ledger, organisation, sources
from registry.access import allowed
from registry.errors import AccessDenied, NotFound
from registry.model import (
    LedgerEntry,
    ObjectId,
    ObjectRow,
    Permission,
    RiskTermKind,
    Sample,
    SourceId,
    SourceRow,
)
from registry.places import name_below
from registry.store import Tx
from registry.views import SensitiveList
from scanners.model import Exposure, Outcome, Suffix

DRAFTING = (Permission.EDIT_LEDGER, Permission.APPLY_LEDGER)
"""Who may make an entry of what was found: written at once, or applied for."""
SAMPLES = 20
_NAMES = 12  # of accounts and groups that may read an object


def ledger_state(row: ObjectRow, context: PageContext) -> str:
    """Return how an object stands to the ledger, in words."""
    state = sentences.basis(row.risk, RiskTermKind.LEDGER) if row.risk else ""
    if state:
        return context.text(words.LEDGER_STATE[state])
    return context.text("台帳のとおり") if row.entry_ids else context.text("台帳にない")


def show(object_id: ObjectId, context: PageContext) -> None:
    """Open the drawer on the right; it asks the registry anew in the name of the person."""
    text = context.text
    store = context.workspace.findings
    try:
        with context.read() as tx:
            row = inventory.object_row(tx, store, object_id)
            samples = _samples_of(tx, row, context)
            unit = organisation.unit(tx, row.unit_id)
            unit_name = scope.full_names(organisation.units(tx), context.language)[unit.id]
            place = place_of(row, visible_sources(tx))
            entries = _entries_of(tx, row)
            closed = row.unit_id in separation.closed(tx)
            about = cases.case_about(tx, row.id)
            drafts = any(allowed(tx, each, row.unit_id) for each in DRAFTING)
            remedies = is_enabled(context.workspace) and allowed(tx, Permission.HANDLE_CASES, row.unit_id)
    except (AccessDenied, NotFound):
        frame.message(text("この対象は見つからないか、閲覧できません。"))
        return
    if samples:
        context.viewed(SensitiveList.SAMPLES, row.unit_id)

    @st.dialog(name_of(row, context), position="right", width="medium", on_dismiss=_closed)
    def drawer() -> None:
        _head(row, unit_name, place, entries, context)
        _samples(row, samples, closed, context)
        _actions(row, unit.code, entries, context, drafts=drafts)
        if about is not None and st.button(text("差異への対応を見る"), key="open-case"):
            addresses.go(addresses.CASES, unit=unit.code, case=str(about.id))
        if remedies and row.shown and st.button(text("是正を提案する"), key="propose-remediation"):
            addresses.go(addresses.REMEDIATION, object=row.id)

    drawer()


def _entries_of(tx: Tx, row: ObjectRow) -> list[LedgerEntry]:
    """Return the entries that speak of an object, without those of units above the person's own."""
    found = []
    for entry_id in row.entry_ids:
        with suppress(NotFound):
            found.append(ledger.entry(tx, entry_id))
    return found


def _samples_of(tx: Tx, row: ObjectRow, context: PageContext) -> list[Sample] | None:
    """Return the samples; None when the person may not see those of this unit."""
    try:
        return inventory.samples(tx, context.workspace.findings, row.id, limit=SAMPLES)
    except AccessDenied:
        return None


def _share(row: ObjectRow, context: PageContext) -> str:
    """Return how much of an object that was read in part was examined, where that is known."""
    if row.outcome is not Outcome.PARTIAL or row.share is None:
        return ""
    return context.text("{share} を調査", share=percent(min(row.share, 0.99)))


def notes(row: ObjectRow, context: PageContext) -> str:
    """Return what a list says below an object: that it was read in part, or calls itself something else."""
    text = context.text
    told = []
    if row.outcome is Outcome.PARTIAL:
        told.append(_share(row, context) or text(words.OUTCOME[row.outcome]))
    if row.suffix is Suffix.MISLEADING:
        told.append(text("拡張子と内容が違う"))
    return words.listed(told, text)


def place_of(row: ObjectRow, known: Mapping[SourceId, SourceRow]) -> str:
    """Return where an object lies as people say it: the source's name and the folder below it."""
    source = known.get(row.source_id) if row.source_id is not None else None
    if source is None:
        return row.folder
    return f"{source.name}　{below(row.shown, source).removesuffix(row.name)}".rstrip("　")


def below(shown: str, source: SourceRow) -> str:
    """Return a shown location without what its source's address already says."""
    return name_below(shown, source.url) or shown


def visible_sources(tx: Tx) -> dict[SourceId, SourceRow]:
    """Return the sources that the person may know, by id."""
    return {source.id: source for source in sources.list_sources(tx)}


def name_of(row: ObjectRow, context: PageContext) -> str:
    """Return what an object is called for the person; its place may be out of their sight."""
    return row.name or row.shown or context.text("場所は閲覧できません")


def _closed() -> None:
    """Take the object out of the address when the drawer is closed."""
    st.query_params.pop("object", None)


def _head(row: ObjectRow, unit: str, place: str, entries: list[LedgerEntry], context: PageContext) -> None:
    text, formats = context.text, context.formats
    chip = frame.chip(row.risk.score, text) if row.risk else ""
    changed = text("{day} 更新", day=formats.day(row.modified.date())) if row.modified else ""
    about = "　".join(filter(None, (place, formats.size(row.bytes), changed)))
    st.html(f"{chip} <span class='dc-muted'>{escape(about)}</span>")
    examined = text(words.OUTCOME[row.outcome])
    if row.reason is not None:
        examined = text("{outcome}（{reason}）", outcome=examined, reason=text(words.REASON[row.reason]))
    further = {text("調べていない部分"): row.detail} if row.detail and row.outcome is Outcome.PARTIAL else {}
    if row.suffix is not Suffix.FINE:
        further[text("拡張子")] = text(words.SUFFIX[row.suffix], kind=row.kind)
    named = {}
    if row.readers and row.exposure is not Exposure.EVERYONE:
        accounts = (words.account(each, text) for each in row.readers)
        named[text("読めるアカウントとグループ")] = words.listed(accounts, text, _NAMES)
    covered = words.listed((f"{entry.number} {entry.name}" for entry in entries), text)
    if row.entry_ids and not entries:
        covered = text("閲覧できない上位の単位の記載があります")
    frame.facts(
        {
            text("単位"): unit,
            text("読める人"): text(words.READERS[row.exposure]),
            **named,
            text("本人の数"): text("{number} 人", number=formats.persons(row.persons)),
            text("見つかった種類"): words.listed(
                (
                    text(
                        "{name} {number} 件",
                        name=text(words.CATEGORY[category]),
                        number=formats.number(tally.count),
                    )
                    for category in words.GRAVITY
                    if (tally := row.categories.get(category)) is not None
                ),
                text,
            ),
            text("台帳"): covered or text("該当する記載がありません"),
            text("台帳との突合"): ledger_state(row, context),
            text("走査"): "　".join(filter(None, (examined, _share(row, context)))),
            **further,
        }
    )


def _samples(row: ObjectRow, samples: list[Sample] | None, closed: bool, context: PageContext) -> None:
    text, formats = context.text, context.formats
    if samples is None:
        frame.note(
            separation.why(context) if closed else text("検出の見本は、個人情報保護管理者だけが見られます。")
        )
        return
    total = sum(tally.count for tally in row.categories.values())
    frame.heading(
        text("検出の見本（伏せ字）"),
        text(
            "{total} 件から {shown} 件。元の値は保存していません。",
            total=formats.number(total),
            shown=len(samples),
        ),
    )
    judging = context.may(Permission.REVIEW_FINDINGS)
    known = not_personal.known_in(row, context) if judging else {}
    table = tables.Table(
        caption="",
        columns=[
            tables.Column(text("種類"), nowrap=True),
            tables.Column(text("見本")),
            tables.Column(text("場所")),
            tables.Column(text("理由")),
            tables.Column(text("確からしさ"), right=True),
            *([tables.Column(text("判断"))] if judging else []),
        ],
        rows=[
            tables.Row(
                str(index),
                [
                    tables.Cell(text(words.CATEGORY[sample.category])),
                    tables.Cell(sample.masked, code=True),
                    tables.Cell(sample.location or "—"),
                    tables.Cell(words.evidence(sample.why, text)),
                    tables.Cell(f"{sample.score:.2f}"),
                    *([not_personal.action(sample, known, context)] if judging else []),
                ],
            )
            for index, sample in enumerate(samples)
        ],
    )
    opened = tables.show(table, key="samples")
    if opened:
        not_personal.choose(opened)
    not_personal.form(row, samples, context)


def _actions(
    row: ObjectRow, unit_code: str, entries: list[LedgerEntry], context: PageContext, *, drafts: bool
) -> None:
    text = context.text
    if entries:
        if st.button(
            text("台帳 {number} を開く", number=entries[0].number), key="open-entry", type="primary"
        ):
            addresses.go(addresses.LEDGER, entry=str(entries[0].id))
        return
    if row.entry_ids or not drafts or row.risk is None or not row.shown:
        return
    if st.button(text("台帳の下書きを作る"), key="draft-entry", type="primary"):
        addresses.go(addresses.LEDGER, unit=unit_code, draft=row.id)
