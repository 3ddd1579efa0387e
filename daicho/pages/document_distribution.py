"""Distribution of a rule on its page: to whom it was given, how many have read, and who has not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from daicho.pages import document_words, frame, tables
from daicho.pages.context import PageContext
from daicho.pages.document_versions import SAID, Held
from daicho.pages.steps import take
from privacy_mark.documents import distribution
from privacy_mark.documents.distribution import Progress, Unread
from privacy_mark.documents.model import Version, VersionId
from registry.access import units_allowed
from registry.model import Permission, Unit, UnitId
from registry.store import Tx
from registry.views import SensitiveList

_TERM = timedelta(days=30)


def show(held: Held, units: Sequence[Unit], context: PageContext) -> None:
    """Show how far the newest approved version has come, and the form that gives it out."""
    text = context.text
    version = held.of.newest_approved()
    if version is None:
        return
    frame.heading(
        text("配布と周知"),
        text(
            "配布した組織とその配下の全員が、読んだことを自分で記録します。第 {number} 版について。",
            number=version.number,
        ),
    )
    with context.read() as tx:
        found = distribution.progress(tx, version.id)
        may = units_allowed(tx, Permission.MANAGE_REVIEWS)
        earlier = [each for each in held.of.versions if each.approved_at and each.number < version.number]
        before = distribution.progress(tx, earlier[0].id).given if earlier and not found.given else ()
    if found.given:
        standing(found, held.names, held.today, context)
        people(version.id, held.of.unit_id, held.names, context)
    else:
        frame.message(text("まだ配布していません。配布すると、対象の方の「規程を読む」に出ます。"))
    if not held.may_keep or held.of.ended_on is not None:
        return
    given = {each.unit_id for each in found.given}
    choices = [
        each.id for each in units if each.id in may and each.closed_at is None and each.id not in given
    ]
    proposed = [each.unit_id for each in before if each.unit_id in choices]
    if choices:
        _give(version, choices, proposed, held, context, expanded=not found.given)
    if found.given:
        _take_back(version, found, held, context)


def standing(found: Progress, names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    """Show to whom a version was given, and the rate by legal entity, the lowest first."""
    text, formats = context.text, context.formats
    last = max(each.due_on for each in found.given)
    frame.bar(
        text(
            "**{read} / {people} 人**が読みました（{percent}%）",
            read=formats.number(found.total.read),
            people=formats.number(found.total.people),
            percent=found.total.percent,
        ),
        found.total.percent / 100,
    )
    if last < today and found.total.read < found.total.people:
        frame.message(
            text(
                "期限（{day}）を過ぎて、まだ {number} 人が読んでいません。",
                day=formats.day(last),
                number=formats.number(found.total.people - found.total.read),
            )
        )
    frame.pairs_list(
        [
            (
                text("{unit}とその配下", unit=names.get(each.unit_id, text("上位の組織"))),
                text("{day} まで", day=formats.day(each.due_on)),
            )
            for each in found.given
        ]
    )
    if len(found.entities) < 2:
        return
    shares = sorted(found.entities.items(), key=lambda each: (each[1].percent, each[0]))
    rows = [
        tables.Row(
            str(unit),
            [
                tables.Cell(names.get(unit, "—")),
                tables.Cell(formats.number(share.people), order=share.people),
                tables.Cell(formats.number(share.read), order=share.read),
                tables.Cell(f"{share.percent}%", order=share.percent),
            ],
        )
        for unit, share in shares
    ]
    labels = (text("法人・組織"), text("対象者数"), text("読んだ人数"), text("読了率"))
    columns = [tables.Column(label, right=label != labels[0], sortable=True) for label in labels]
    caption = text("{number} 法人・組織、読了率の低い順", number=formats.number(len(rows)))
    with st.expander(text("法人・組織ごとに見る")):
        tables.show(tables.Table(caption, columns, rows), key="document-shares")


def people(version_id: VersionId, unit_id: UnitId, names: Mapping[UnitId, str], context: PageContext) -> None:
    """Show the names of those who have not read, on demand: the view is recorded."""
    text = context.text
    if not context.may(Permission.VIEW_TRAINING):
        return
    if not st.toggle(text("まだ読んでいない方を見る"), key="document-unread"):
        return
    context.viewed(SensitiveList.TRAINING, unit_id)
    with context.read() as tx:
        found, total = distribution.unread(tx, version_id)
    if not found:
        frame.note(text("見られる範囲に、まだ読んでいない方はいません。"))
        return
    _names(found, total, names, context)


def _names(found: Sequence[Unread], total: int, names: Mapping[UnitId, str], context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(str(number), [tables.Cell(each.name), tables.Cell(names.get(each.unit_id, "—"))])
        for number, each in enumerate(found)
    ]
    caption = text(
        "まだ読んでいない方 {total} 人のうち {shown} 人",
        total=formats.number(total),
        shown=formats.number(len(found)),
    )
    labels = (text("氏名"), text("所属"))
    tables.show(tables.Table(caption, [tables.Column(label) for label in labels], rows), key="document-names")


def _give(
    version: Version,
    choices: Sequence[UnitId],
    proposed: Sequence[UnitId],
    held: Held,
    context: PageContext,
    *,
    expanded: bool,
) -> None:
    text = context.text
    with st.expander(text("配布する"), expanded=expanded), st.form("document-give", border=False):
        chosen = st.multiselect(
            text("配布する組織（配下を含む）"),
            choices,
            list(proposed),
            format_func=lambda each: held.names.get(each, "—"),
            placeholder=text("組織を選ぶ"),
            key=f"document-give-units-{version.id}",
        )
        due_on = st.date_input(
            text("読む期限"),
            held.today + _TERM,
            min_value=held.today,
            format="YYYY/MM/DD",
            key="document-give-due",
        )
        sent = st.form_submit_button(text("この版を配布"), type="primary", key="document-give-save")
    if not sent or not isinstance(due_on, date):
        return
    if not chosen:
        st.error(text("配布する組織を選んでください。"))
        return

    def give(tx: Tx) -> None:
        for unit_id in chosen:
            distribution.distribute(tx, version.id, unit_id, due_on=due_on)

    take(give, text("配布しました。"), context, key=SAID, refused=document_words.refused)


def _take_back(version: Version, found: Progress, held: Held, context: PageContext) -> None:
    text = context.text
    with st.expander(text("配布を取り消す")):
        frame.note(text("読んだという記録は残ります。もう一度配布できます。"))
        unit_id = st.selectbox(
            text("配布先"),
            [each.unit_id for each in found.given],
            format_func=lambda each: held.names.get(each, "—"),
            key="document-take-back-unit",
        )
        if st.button(text("この配布を取り消す"), key="document-take-back"):
            take(
                lambda tx: distribution.take_back(tx, version.id, unit_id),
                text("配布を取り消しました。"),
                context,
                key=SAID,
                refused=document_words.refused,
            )
