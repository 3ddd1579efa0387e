"""What a rule states, on its page: each fact beside what it is now, and the forms that link them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from daicho.pages import document_words, frame, tables, words
from daicho.pages.context import PageContext
from daicho.pages.document_versions import SAID, Held
from daicho.pages.steps import take
from privacy_mark.documents import fact_links, facts
from privacy_mark.documents.fact_links import LONGEST_VALUE, Fact
from privacy_mark.documents.facts import ROLES, FactKind, FactRef
from privacy_mark.documents.model import Version
from registry import processors
from registry.limits import limits
from registry.model import Role, Unit, UnitId


def show(
    held: Held, version: Version, stated: Sequence[Fact], units: Sequence[Unit], context: PageContext
) -> None:
    """Show the facts of a version."""
    text = context.text
    frame.heading(
        text("規程が述べる事実"),
        text(
            "登録された事実が変わると、この規程は改定が必要になります。第 {number} 版について。",
            number=version.number,
        ),
    )
    if stated:
        _table(held, stated, context)
    else:
        frame.note(text("結び付けた事実はまだありません。担当者の氏名や保存期間などを結び付けてください。"))
    if held.may_keep and held.of.ended_on is None:
        _link(held, version, units, context)
        if stated:
            _correct(held, stated, context)


def _table(held: Held, stated: Sequence[Fact], context: PageContext) -> None:
    text, day = context.text, context.formats.day
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(document_words.fact(each, held.names, context)),
                tables.Cell(
                    document_words.value(each.ref, each.stated, context),
                    below="" if each.said else text("本文に見当たりません"),
                ),
                tables.Cell(document_words.value(each.ref, each.now, context)),
                tables.Cell(
                    text("食い違い") if each.differs else text("一致"),
                    below=text("{day} から", day=day(each.changed_on)) if each.changed_on else "",
                ),
            ],
        )
        for each in stated
    ]
    labels = (text("事実"), text("規程に書いてある値"), text("今の値"), text("照合"))
    columns = [tables.Column(label, nowrap=label == labels[3]) for label in labels]
    tables.show(tables.Table("", columns, rows), key="document-facts")


def _link(held: Held, version: Version, units: Sequence[Unit], context: PageContext) -> None:
    text = context.text
    with st.expander(text("事実を結び付ける")):
        kinds: Sequence[FactKind] = tuple(FactKind)
        kind = st.selectbox(
            text("事実の種類"),
            kinds,
            format_func=lambda each: text(document_words.FACT[each]),
            key="document-fact-kind",
        )
        ref = _subject(kind, held, units, context)
        if ref is None:
            return
        with context.read() as tx:
            now = facts.current(tx, [ref])[ref]
        value = st.text_input(
            text("規程に書いてある値（必須）"),
            now,
            max_chars=LONGEST_VALUE,
            key=f"document-fact-{kind}-{ref.subject_id}-{ref.detail}",
        )
        frame.note(text("今の値：{value}", value=document_words.value(ref, now, context)))
        if st.button(text("結び付ける"), key="document-fact-state"):
            take(
                lambda tx: fact_links.state(tx, version.id, ref, value),
                text("事実を結び付けました。"),
                context,
                key=SAID,
                refused=document_words.refused,
            )


def _subject(kind: FactKind, held: Held, units: Sequence[Unit], context: PageContext) -> FactRef | None:
    """Show what the kind is about; None until something is chosen."""
    text = context.text
    if kind is FactKind.RIGHTS_LIMIT:
        country = st.selectbox(text("国・地域"), sorted(limits()), key="document-fact-country")
        return FactRef(kind, detail=country)
    if kind is FactKind.RETENTION:
        number = st.text_input(
            text("台帳の番号"), max_chars=64, placeholder="L-0001", key="document-fact-entry"
        )
        with context.read() as tx:
            found = facts.entry_id_of(tx, number) if number.strip() else 0
        if number.strip() and not found:
            frame.note(text("この番号の台帳の記載は、見られる範囲にありません。"))
        return FactRef(kind, found) if found else None
    if kind is FactKind.PROCESSOR:
        with context.read() as tx:
            known = {each.id: each.draft.name for each in processors.processors(tx, unit_id=held.of.unit_id)}
        if not known:
            frame.note(text("この組織に登録された委託先はありません。"))
            return None
        chosen = st.selectbox(
            text("委託先"), list(known), format_func=lambda each: known[each], key="document-fact-processor"
        )
        return FactRef(kind, chosen)
    choices = _near(held.of.unit_id, units)
    unit = st.selectbox(
        text("組織"),
        choices,
        index=choices.index(held.of.unit_id) if held.of.unit_id in choices else 0,
        format_func=lambda each: held.names.get(each, "—"),
        key="document-fact-unit",
    )
    if kind is not FactKind.ROLE_HOLDER:
        return FactRef(kind, unit)
    roles: Sequence[Role] = ROLES
    role = st.selectbox(
        text("役割"),
        roles,
        index=1,
        format_func=lambda each: text(words.ROLE[each]),
        key="document-fact-role",
    )
    return FactRef(kind, unit, role.value)


def _near(unit_id: UnitId, units: Sequence[Unit]) -> list[UnitId]:
    """Return the units above and below one, and itself, in the order of the tree."""
    known = {unit.id: unit for unit in units}

    def line(start: UnitId) -> list[UnitId]:
        found: list[UnitId] = []
        at: UnitId | None = start
        while at is not None and at in known:
            found.append(at)
            at = known[at].parent_id
        return found

    above = set(line(unit_id))
    return [
        unit.id for unit in units if unit.closed_at is None and (unit.id in above or unit_id in line(unit.id))
    ]


def _correct(held: Held, stated: Sequence[Fact], context: PageContext) -> None:
    text = context.text
    with st.expander(text("値を直す、外す")):
        chosen = st.selectbox(
            text("事実"),
            stated,
            format_func=lambda each: document_words.fact(each, held.names, context),
            key="document-fact-chosen",
        )
        value = st.text_input(
            text("規程に書いてある値（必須）"),
            chosen.stated,
            max_chars=LONGEST_VALUE,
            key=f"document-fact-value-{chosen.id}",
        )
        left, right = st.columns(2)
        with left:
            if st.button(text("値を直す"), key="document-fact-restate"):
                take(
                    lambda tx: fact_links.restate(tx, chosen.id, value, expected_version=chosen.version),
                    text("値を直しました。"),
                    context,
                    key=SAID,
                    refused=document_words.refused,
                )
        with right:
            if st.button(text("結び付きを外す"), key="document-fact-remove"):
                take(
                    lambda tx: fact_links.remove(tx, chosen.id, expected_version=chosen.version),
                    text("結び付きを外しました。もう一度結び付けられます。"),
                    context,
                    key=SAID,
                    refused=document_words.refused,
                )
