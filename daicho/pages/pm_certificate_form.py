"""Forms of a certificate: register, correct, overrule its window, record its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import streamlit as st

from daicho.pages import frame, pm_words
from daicho.pages.context import PageContext
from privacy_mark.certificates import marks
from privacy_mark.certificates import register as services
from privacy_mark.certificates.bodies import bodies
from privacy_mark.certificates.fees import Size, tariff
from privacy_mark.certificates.model import Certificate, Scale, State, Term
from registry.errors import InvalidValue
from registry.limits import months_after
from registry.model import Unit, UnitId

YEN = 10_000  # capital is asked for in units of 10,000 yen 万円


class _Told(NamedTuple):
    body: str
    scale: Scale
    mark: str
    first: date | None
    last: date | None


def register(writers: Sequence[Unit], names: Mapping[UnitId, str], said: str, context: PageContext) -> None:
    """Show the form for a new certificate."""
    text = context.text
    with st.expander(text("付与を登録する")), st.form("certificate-new", border=False):
        frame.note(text("これから取得する単位は、登録番号と有効期間を空けて登録します。"))
        unit = st.selectbox(text("単位"), writers, format_func=lambda each: names[each.id])
        told = _fields(None, context)
        sent = st.form_submit_button(text("付与を登録"), type="primary", key="certificate-register")
    if sent:
        term = _term(told, context)
        if not isinstance(term, str):
            pm_words.do(
                lambda tx: services.register(tx, unit.id, told.body, scale=told.scale, term=term),
                text("付与を登録しました。一覧から開いて、申請の日程を決めてください。"),
                context,
                key=said,
            )


def correct(of: Certificate, said: str, context: PageContext) -> None:
    """Show the form that corrects a certificate."""
    text = context.text
    with st.expander(text("登録の内容を直す")), st.form("certificate-change", border=False):
        told = _fields(of, context)
        sent = st.form_submit_button(text("変更を保存"), key="certificate-save")
    if sent:
        term = _term(told, context)
        if not isinstance(term, str):
            pm_words.do(
                lambda tx: services.change(
                    tx, of.id, body=told.body, scale=told.scale, term=term, expected_version=of.version
                ),
                text("変更を保存しました。"),
                context,
                key=said,
            )


def window(of: Certificate, said: str, context: PageContext) -> None:
    """Show the form that overrules the window."""
    text, formats = context.text, context.formats
    held = of.window
    if held is None:
        return
    with st.expander(text("更新の受付期間を手で決める")), st.form("certificate-window", border=False):
        frame.note(
            text(
                "規則による受付期間は {first} から {last} までです。"
                "審査機関の案内が違うときだけ変えてください。",
                first=formats.day(held.opens_by_rule),
                last=formats.day(held.closes_by_rule),
            )
        )
        left, right = st.columns(2)
        opens = left.date_input(text("受付開始日"), held.opens, format="YYYY/MM/DD")
        closes = right.date_input(text("受付終了日"), held.closes, format="YYYY/MM/DD")
        reason = st.text_input(text("理由（規則と違うときは必須）"), held.reason, max_chars=300)
        sent = st.form_submit_button(text("受付期間を保存"), key="certificate-window-save")
    if sent:
        own_opens = None if opens == held.opens_by_rule else opens
        own_closes = None if closes == held.closes_by_rule else closes
        pm_words.do(
            lambda tx: services.set_window(
                tx,
                of.id,
                opens=own_opens,
                closes=own_closes,
                reason=reason if own_opens or own_closes else "",
                expected_version=of.version,
            ),
            text("受付期間を保存しました。"),
            context,
            key=said,
        )


def ending(of: Certificate, today: date, said: str, context: PageContext) -> None:
    """Show the form that records the end of a certificate."""
    text = context.text
    ends = (State.WITHDRAWN, State.LAPSED) if of.term else (State.WITHDRAWN,)
    with st.expander(text("返上・失効を記録する")):
        state = st.selectbox(
            text("終わり方"), ends, format_func=lambda each: text(pm_words.STATE[each]), key="certificate-end"
        )
        on = st.date_input(text("終了の日"), today, format="YYYY/MM/DD", key="certificate-ended")
        reason = st.text_input(text("理由（必須）"), max_chars=300, key="certificate-why")
        sure = st.checkbox(
            text("付与 {number} の終わりを記録しますか？元に戻せません。", number=of.number),
            key="certificate-sure",
        )
        pressed = st.button(text("終わりを記録"), disabled=not sure, key="certificate-finish")
    if pressed and isinstance(on, date):
        pm_words.do(
            lambda tx: services.end(tx, of.id, state, on=on, reason=reason, expected_version=of.version),
            text("終わりを記録しました。"),
            context,
            key=said,
        )


def _fields(of: Certificate | None, context: PageContext) -> _Told:
    text, language = context.text, context.language
    known = list(bodies())
    sectors = list(tariff().sectors)
    last_term = of.granted if of else None
    left, right = st.columns(2)
    with left:
        body = st.selectbox(
            text("審査機関"),
            known,
            index=known.index(of.body) if of and of.body in known else 0,
            format_func=lambda each: bodies()[each].name.of(language),
        )
        number = st.text_input(
            text("登録番号（例：第18820040(07)号）"),
            str(last_term.mark) if last_term else "",
            max_chars=40,
        )
        first = st.date_input(
            text("有効期間の開始日"),
            last_term.valid_from if last_term else None,
            format="YYYY/MM/DD",
        )
        last = st.date_input(
            text("有効期間の満了日（空けると開始日から 2 年）"),
            last_term.valid_until if last_term else None,
            format="YYYY/MM/DD",
        )
    with right:
        sector = st.selectbox(
            text("業種（費用の区分）"),
            sectors,
            index=sectors.index(of.scale.sector) if of else 0,
            format_func=lambda each: tariff().sectors[each].name.of(language),
        )
        capital = st.number_input(
            text("資本金（万円）"),
            min_value=0,
            value=of.scale.capital_yen // YEN if of and of.scale.capital_yen is not None else None,
            step=1,
        )
        workers = st.number_input(
            text("従業者数"), min_value=1, value=of.scale.workers if of else None, step=1
        )
        size = st.selectbox(
            text("規模（空けると業種・資本金・従業者数から決まります）"),
            list(Size),
            index=list(Size).index(of.scale.size) if of and of.scale.size else None,
            placeholder=text("規則による"),
            format_func=lambda each: text(pm_words.SIZE[each]),
        )
    return _Told(
        body,
        Scale(
            sector,
            None if capital is None else int(capital) * YEN,
            None if workers is None else int(workers),
            size,
        ),
        number,
        first if isinstance(first, date) else None,
        last if isinstance(last, date) else None,
    )


def _term(told: _Told, context: PageContext) -> Term | str | None:
    """Return the term of the fields, None when they are empty; a text when they are refused."""
    if not told.mark.strip() and told.first is None:
        return None
    if told.first is None:
        return _shown(InvalidValue("term", "required"), context)
    try:
        made = marks.parse(told.mark)
    except InvalidValue as error:
        return _shown(error, context)
    return Term(made, told.first, told.last or two_years(told.first))


def _shown(error: InvalidValue, context: PageContext) -> str:
    shown = pm_words.refused(error, context)
    st.error(shown)
    return shown


def two_years(first: date) -> date:
    """Return the last day of a term of two years that begins on a day."""
    return date.fromordinal(months_after(first, 24).toordinal() - 1)
