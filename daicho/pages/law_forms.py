"""Forms of the list of laws: one decision, several at once, an addition, a change of a law."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.pages import frame, law_words
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.laws import amendments, entries
from privacy_mark.laws.amendments import LONGEST_OWNER
from privacy_mark.laws.catalogue import Kind
from privacy_mark.laws.entries import LONGEST_NAME, LONGEST_TEXT
from privacy_mark.laws.model import AmendmentDraft, Applies, LawDraft, Line
from registry.errors import InvalidValue
from registry.model import UnitId
from registry.store import Tx

_CHOICES = (Applies.APPLIES, Applies.NOT)
_OWN_KINDS = (
    Kind.ORDINANCE,
    Kind.INDUSTRY,
    Kind.CONTRACT,
    Kind.GUIDELINE,
    Kind.ACT,
    Kind.RULE,
    Kind.STANDARD,
)


def together(unit_id: UnitId, undecided: Sequence[Line], context: PageContext, *, key: str) -> None:
    """Offer to decide on several norms with one reason; nothing is chosen beforehand."""
    text = context.text
    if not undecided:
        return
    names = {line.law: line.name(context.language) for line in undecided}
    with st.expander(text("まとめて判断する"), expanded=False), st.form("laws-together", border=False):
        chosen = st.multiselect(
            text("理由が同じ法令等"),
            list(names),
            format_func=lambda each: names[each],
            placeholder=text("選んでください"),
            key="laws-together-chosen",
        )
        applies, reason, owner = _decision(None, context, key="laws-together")
        sent = st.form_submit_button(text("選んだ法令等を判断する"), type="primary", key="laws-together-save")
    if sent:
        draft = LawDraft(applies, reason, owner)
        take(
            lambda tx: _decide(tx, unit_id, chosen, draft),
            text("{number} 件を判断しました。", number=len(chosen)),
            context,
            key=key,
            refused=law_words.refused,
        )


def addition(unit_id: UnitId, context: PageContext, *, key: str) -> None:
    """Offer to add a norm of one's own."""
    text = context.text
    with st.expander(text("法令等を追加する")), st.form("law-add", border=False, clear_on_submit=False):
        frame.note(text("自治体の条例、業界の規則、取引先との契約で求められることなどを加えます。"))
        name, number, authority, address, since, until, kind = _particulars(None, context, key="law-add")
        applies, reason, owner = _decision(None, context, key="law-add")
        sent = st.form_submit_button(text("一覧に加える"), type="primary", key="law-add-save")
    if sent:
        draft = LawDraft(applies, reason, owner, kind, name, number, authority, address, since, until)
        take(
            lambda tx: entries.add(tx, unit_id, draft),
            text("一覧に加えました。"),
            context,
            key=key,
            refused=law_words.refused,
        )


def decision(unit_id: UnitId, line: Line, context: PageContext, *, key: str) -> None:
    """Show the decision on one norm as a form, with what the catalogue may have wrong."""
    text = context.text
    with st.form("law-decide", border=False):
        applies, reason, owner = _decision(line, context, key="law-decide")
        title = text("名称・番号など") if line.own else text("名称・番号・公表元・施行日を直す")
        with st.expander(title, expanded=line.own):
            if not line.own:
                frame.note(
                    text("空のままの欄は、用意した内容のとおりです。この会社・病院の一覧だけが変わります。")
                )
            name, number, authority, address, since, until, kind = _particulars(
                line, context, key="law-decide"
            )
        sent = st.form_submit_button(text("判断を保存"), type="primary", key="law-decide-save")
    if sent:
        draft = LawDraft(applies, reason, owner, kind, name, number, authority, address, since, until)
        take(
            lambda tx: entries.decide(tx, unit_id, line.law, draft, expected_version=line.version),
            text("判断を保存しました。"),
            context,
            key=key,
            refused=law_words.refused,
        )


def amendment(unit_id: UnitId, line: Line, today: date, context: PageContext, *, key: str) -> None:
    """Offer to note a change of a norm."""
    text = context.text
    with st.expander(text("改正を記録する")), st.form("law-amend", border=False):
        summary = st.text_area(
            text("改正の内容（必須）"), max_chars=LONGEST_TEXT, height=90, key="law-amend-summary"
        )
        meaning = st.text_area(
            text("自社への影響（必須）"), max_chars=LONGEST_TEXT, height=90, key="law-amend-meaning"
        )
        left, middle, right = st.columns(3)
        with left:
            effective = st.date_input(
                text("改正の施行日"), today, format="YYYY/MM/DD", key="law-amend-effective"
            )
        with middle:
            due_on = st.date_input(text("対応の期限"), today, format="YYYY/MM/DD", key="law-amend-due")
        with right:
            owner = st.text_input(text("対応する人・部署"), max_chars=LONGEST_OWNER, key="law-amend-owner")
        sent = st.form_submit_button(text("改正を記録"), type="primary", key="law-amend-save")
    if sent:
        draft = AmendmentDraft(line.law, effective, due_on, summary, meaning, owner)
        take(
            lambda tx: amendments.note(tx, unit_id, draft),
            text("改正を記録しました。期限までに対応し、行ったことを記録します。"),
            context,
            key=key,
            refused=law_words.refused,
        )


def _decide(tx: Tx, unit_id: UnitId, chosen: Sequence[str], draft: LawDraft) -> None:
    if not chosen:
        raise InvalidValue("laws", "required")
    for law in chosen:
        entries.decide(tx, unit_id, law, draft, expected_version=0)


def _decision(line: Line | None, context: PageContext, *, key: str) -> tuple[Applies, str, str]:
    text = context.text
    said = line.said if line else None
    left, right = st.columns(2)
    with left:
        applies = st.radio(
            text("適用の有無（必須）"),
            _CHOICES,
            index=_CHOICES.index(said.applies) if said and said.applies in _CHOICES else None,
            format_func=lambda each: text(law_words.APPLIES[each]),
            horizontal=True,
            key=f"{key}-applies",
        )
    with right:
        owner = st.text_input(
            text("担当する人・部署"), said.owner if said else "", max_chars=LONGEST_NAME, key=f"{key}-owner"
        )
    reason = st.text_area(
        text("理由（必須）"),
        said.reason if said else "",
        max_chars=LONGEST_TEXT,
        height=90,
        key=f"{key}-reason",
    )
    return applies or Applies.UNDECIDED, reason, owner


def _particulars(
    line: Line | None, context: PageContext, *, key: str
) -> tuple[str, str, str, str, date | None, date | None, Kind]:
    """Show name, number and so on; of a norm of the catalogue its own stand as placeholders."""
    text, language = context.text, context.language
    said, known = (line.said if line else None), (line.known if line else None)
    kinds: Sequence[Kind] = (known.kind,) if known else _OWN_KINDS
    left, right = st.columns(2)
    with left:
        name = st.text_input(
            text("法令等の名称"),
            said.name if said else "",
            max_chars=LONGEST_NAME,
            placeholder=known.name.of(language) if known else "",
            key=f"{key}-name",
        )
        authority = st.text_input(
            text("所管・相手先"),
            said.authority if said else "",
            max_chars=LONGEST_NAME,
            placeholder=known.authority.of(language) if known else "",
            key=f"{key}-authority",
        )
        since = st.date_input(
            text("施行日"), said.since if said else None, format="YYYY/MM/DD", key=f"{key}-since"
        )
        kind = st.selectbox(
            text("種類"),
            kinds,
            index=kinds.index(said.kind) if said and said.kind in kinds else 0,
            format_func=lambda each: text(law_words.KIND[each]),
            key=f"{key}-kind",
        )
    with right:
        number = st.text_input(
            text("番号"),
            said.number if said else "",
            max_chars=LONGEST_NAME,
            placeholder=known.number if known else "",
            key=f"{key}-number",
        )
        address = st.text_input(
            text("公表元のアドレス"),
            said.address if said else "",
            max_chars=LONGEST_NAME,
            placeholder=known.address if known else "https://",
            key=f"{key}-address",
        )
        until = st.date_input(
            text("終わりの日"), said.until if said else None, format="YYYY/MM/DD", key=f"{key}-until"
        )
    return name, number, authority, address, since, until, kind
