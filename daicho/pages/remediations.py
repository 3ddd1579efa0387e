"""Remediation 是正 of what scans found: what waits for a second person, what was done, what scans tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from daicho.pages import addresses, frame, remediation_drawer, remediation_form, scope, separation, tables
from daicho.pages.context import PageContext
from daicho.pages.remediation_words import KIND, SEEN
from daicho.remediating import is_enabled
from registry import remediation as book
from registry.model import ObjectId, Permission, UnitId
from registry.remediation_states import (
    OPEN,
    Remediation,
    RemediationId,
    RemediationKind,
    RemediationState,
    Seen,
)
from registry.views import SensitiveList

PAGE = 50


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(
            text("データの是正"),
            text(
                "見つかったデータを隔離・除外するか、所有者に依頼します。別の方が承認し、次の走査で確認します。"
            ),
        )
    if not context.may(Permission.VIEW_LOCATIONS):
        frame.no_right(text)
        return
    if not is_enabled(context.workspace):
        frame.message(text("是正は使わない設定です。daicho.toml の [remediation] で使うようにできます。"))
        return
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "remediation-scope", whole=len(units) > 1)
        found = book.remediations(tx, unit_id=unit.id if unit else None)
        closed = separation.closed(tx)
    if said := st.session_state.pop(remediation_drawer.SAID, ""):
        frame.message(said)
    separation.note(closed, units, context)
    wanted = st.query_params.get("object", "")
    if wanted:
        remediation_form.show(ObjectId(wanted), context)
        return
    if not found:
        frame.message(text("是正はまだありません。データの所在で対象を開き、提案してください。"))
        return
    context.viewed(SensitiveList.LOCATIONS, unit.id if unit else None)
    _verdict(found, context)
    names = scope.full_names(units, context.language)
    _table(found, names, context)
    chosen = addresses.number("remediation")
    if chosen is not None:
        remediation_drawer.show(RemediationId(chosen), names, context)


def _verdict(found: Sequence[Remediation], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    states = [each.state for each in found]
    again = sum(_is_again(each) for each in found)
    frame.verdict(
        text(
            "**{proposed} 件が承認待ち**、{approved} 件が実施待ち、{failed} 件が失敗しています。",
            proposed=number(states.count(RemediationState.PROPOSED)),
            approved=number(sum(map(_waits, found))),
            failed=number(states.count(RemediationState.FAILED)),
        )
    )
    if again:
        frame.message(
            text("隔離したのに、走査で同じ場所に見つかったものが {number} 件あります。", number=number(again))
        )


def _waits(each: Remediation) -> bool:
    runs = {RemediationState.APPROVED, RemediationState.RUNNING}
    return each.state in runs and not each.kind.is_exclusion


def _is_again(each: Remediation) -> bool:
    return each.kind is RemediationKind.QUARANTINE and each.seen is Seen.REAPPEARED


def _table(found: Sequence[Remediation], names: Mapping[UnitId, str], context: PageContext) -> None:
    text, formats = context.text, context.formats
    ordered = sorted(found, key=lambda each: (each.state not in OPEN, not _is_again(each), -each.id))
    pages = -(-len(ordered) // PAGE)
    first = (min(int(st.session_state.get("remediation-page", 1)), pages) - 1) * PAGE
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.facts.shown.rpartition("/")[2] or each.facts.shown, link=True),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(text(KIND[each.kind])),
                tables.Cell(remediation_drawer.state(each, context), below=_told(each, context)),
                tables.Cell(formats.day(each.until) if each.until else "—"),
                tables.Cell(each.proposer, below=formats.moment(each.proposed_at)),
            ],
        )
        for each in ordered[first : first + PAGE]
    ]
    columns = [
        tables.Column(text("対象")),
        tables.Column(text("単位")),
        tables.Column(text("是正"), nowrap=True),
        tables.Column(text("状態"), nowrap=True),
        tables.Column(text("期限"), nowrap=True),
        tables.Column(text("提案した方"), nowrap=True),
    ]
    caption = text("{number} 件、対応の要るものから", number=formats.number(len(found)))
    opened = tables.show(
        tables.Table(caption, columns, rows, selected=st.query_params.get("remediation", "")),
        key="remediations",
    )
    if pages > 1:
        st.pagination(pages, key="remediation-page")
    if opened:
        addresses.go(addresses.REMEDIATION, unit=scope.chosen_code(), remediation=opened)


def _told(each: Remediation, context: PageContext) -> str:
    followed = {RemediationState.DONE, RemediationState.DESTROYED}
    if each.kind.is_exclusion or each.state not in followed:
        return ""
    return context.text(SEEN[each.seen])
